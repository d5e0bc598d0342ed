"""Contour planes that the frames of the dose do not follow: sagittal, coronal and tilted ones."""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace

import numpy as np
import pytest
from bodies import circle, dose_from, grid, prism, rectangle
from reference import sampled_dose
from tilted import FRAMES, OBLIQUE, linear, tilt, turned

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.solid import build_solid
from dosimetry.warnings import Code

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="minutes as plain Python")

LEVELS = (99, 98, 95, 50, 5, 2, 1)


def gaussian(sigma=15.0):
    return dose_from(
        lambda x, y, z: 60 * np.exp(-((x - 3) ** 2 + (y + 2) ** 2 + (z - 4) ** 2) / 2 / sigma**2), grid()
    )


@needs_jit
@pytest.mark.parametrize("where", FRAMES)
def test_a_linear_dose_on_a_box_is_exact(where):
    """The dose of a box in a linear field: the sum of three uniform doses, whatever the frame."""
    body = turned(prism(rectangle(-10.3, -7.2, 13.1, 12.9), -11.64, 2.0, 12), *FRAMES[where])
    contours = body.contours.frame
    gradient = np.array(OBLIQUE)
    slopes = [float(gradient @ axis) for axis in (contours.u_axis, contours.v_axis, contours.normal)]
    lows, highs = (-10.3, -7.2, -12.64), (13.1, 12.9, 11.36)
    dvh = compute_dvh(linear(), body)
    assert dvh.volume_cc == pytest.approx(23.4 * 20.1 * 24.0 / 1000, rel=1e-12)
    assert dvh.outside_grid_cc == 0.0
    middle = 100 + sum(s * (a + b) / 2 for s, a, b in zip(slopes, lows, highs, strict=True))
    half = sum(abs(s) * (b - a) / 2 for s, a, b in zip(slopes, lows, highs, strict=True))
    assert dvh.mean_gy == pytest.approx(middle, rel=1e-9)
    assert (dvh.min_gy, dvh.max_gy) == pytest.approx((middle - half, middle + half), abs=1e-6)
    # the same solid, measured in its own frame
    straight = compute_dvh(
        dose_from(lambda x, y, z: 100.0 + slopes[0] * x + slopes[1] * y + slopes[2] * z, grid()),
        prism(rectangle(-10.3, -7.2, 13.1, 12.9), -11.64, 2.0, 12),
    )
    for level in LEVELS:
        assert dvh.metric(f"D{level}%[Gy]") == pytest.approx(straight.metric(f"D{level}%[Gy]"), abs=1e-3)


@needs_jit
@pytest.mark.parametrize("where", FRAMES)
def test_a_curved_dose_agrees_with_dense_sampling(where):
    body = turned(prism(circle(12.0, (0.37, -0.81), 60), -11.64, 2.0, 12), *FRAMES[where])
    dose = gaussian()
    dvh = compute_dvh(dose, body)
    solid = build_solid(body, DEFAULT_CONVENTION)
    doses, volume_cc = sampled_dose(dose, body, list(zip(solid.low_mm, solid.high_mm, strict=True)), 1_500_000)
    share = volume_cc / dvh.volume_cc
    assert share == pytest.approx(1.0, abs=3e-3)
    error = doses.std() / math.sqrt(len(doses))
    assert dvh.mean_gy == pytest.approx(doses.mean(), abs=3 * error + 5e-4)
    for level in LEVELS:
        p = 1 - level / 100
        around = np.quantile(doses, [max(p - 0.0015, 0), min(p + 0.0015, 1)])
        assert around[0] - 1e-3 <= dvh.metric(f"D{level}%[Gy]") <= around[1] + 1e-3


@needs_jit
def test_sagittal_planes_in_uneven_frames():
    on = replace(grid(), frame_positions_mm=np.cumsum(np.tile([2.0, 5.0, 3.5], 14)))
    body = turned(prism(rectangle(-10.3, -7.2, 13.1, 12.9), -11.64, 2.0, 12), *FRAMES["sagittal"])
    one, other = compute_dvh(linear(), body), compute_dvh(linear(on), body)
    assert other.mean_gy == pytest.approx(one.mean_gy, rel=1e-9)
    for level in LEVELS:
        assert other.metric(f"D{level}%[Gy]") == pytest.approx(one.metric(f"D{level}%[Gy]"), abs=1e-3)


@needs_jit
@pytest.mark.parametrize("where", ["sagittal", "twenty degrees"])
def test_what_lies_outside_the_grid_is_not_measured(where):
    """A grid that ends at x = 0 cuts a box whose planes hold x, or are stacked along it."""
    on = grid((-60, -60, -60), shape=(41, 49, 25))
    body = prism(rectangle(-9.0, -9.0, 9.0, 9.0), -8.0, 2.0, 9)
    normal, along = ((1, 0, 0), (0.0, 0.0, 1.0)) if where == "sagittal" else (tilt(20.0), (1.0, 0.0, 0.0))
    dvh = compute_dvh(linear(on), turned(body, normal, along))
    assert dvh.outside_grid_cc == pytest.approx(0.5 * dvh.volume_cc, rel=1e-9)
    assert Code.OUTSIDE_GRID in {caution.code for caution in dvh.warnings}


@needs_jit
def test_wholly_outside_has_no_dose():
    body = turned(prism(circle(5.0, (0.0, 0.0), 40), -5.0, 2.0, 5), *FRAMES["oblique"])
    dvh = compute_dvh(linear(grid((100, 100, 100))), body)
    assert dvh.outside_grid_cc == dvh.volume_cc
    assert math.isnan(dvh.mean_gy)


def test_planes_tilted_by_less_than_their_decimals_follow_the_grid():
    body = prism(circle(5.0, (0.0, 0.0), 40), -5.0, 2.0, 5)
    nudged = turned(body, (0.0, 5e-5, 1.0), (1.0, 0.0, 0.0))
    assert compute_dvh(linear(), nudged).mean_gy == pytest.approx(compute_dvh(linear(), body).mean_gy, abs=1e-3)


@needs_jit
@pytest.mark.parametrize("where", FRAMES)
def test_a_rough_dose_is_off_by_no_more_than_is_told(where):
    """Noise from voxel to voxel, against 10^6 points: extremes and D values."""
    noise = np.random.default_rng(3).normal(50.0, 1.0, grid().shape)
    dose = replace(linear(), values_gy=noise)
    body = turned(prism(circle(12.0, (0.37, -0.81), 60), -11.64, 2.0, 12), *FRAMES[where])
    dvh = compute_dvh(dose, body)
    told = [caution for caution in dvh.warnings if caution.code is Code.DOSE_LOOKED_UP]
    assert len(told) == (where not in ("sagittal", "coronal"))
    loss = float(re.search(r"up to ([\d.e-]+) Gy", told[0].text)[1]) if told else 1e-3
    solid = build_solid(body, DEFAULT_CONVENTION)
    doses, _ = sampled_dose(dose, body, list(zip(solid.low_mm, solid.high_mm, strict=True)), 1_300_000)
    assert dvh.min_gy <= doses.min() + loss
    assert dvh.max_gy >= doses.max() - loss
    for level in LEVELS:
        p = 1 - level / 100
        around = np.quantile(doses, [max(p - 0.0015, 0), min(p + 0.0015, 1)])
        assert around[0] - loss <= dvh.metric(f"D{level}%[Gy]") <= around[1] + loss


@needs_jit
@pytest.mark.parametrize("where", FRAMES)
def test_a_linear_dose_is_looked_up_without_a_word(where):
    body = turned(prism(circle(12.0, (0.37, -0.81), 60), -11.64, 2.0, 12), *FRAMES[where])
    assert compute_dvh(linear(), body).warnings == ()
