"""What the engine promises of bodies that stacked contours represent exactly, in every orientation and at any tilt.

Volume and mean to 1e-5, D99 % to D1 % and D0.03cc within 0.005 Gy at 1 Gy/mm, extremes to 0.001 Gy. The order of
contours, their direction and starting point, and the patient's orientation change nothing beyond 1e-9.
"""

from __future__ import annotations

import math
import os
from dataclasses import replace

import numpy as np
import pytest
from bodies import circle, dose_from, grid, prism, rectangle, stack
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from dosimetry.dvh.engine import compute_dvh
from dosimetry.model.structures import PlaneFrame
from dosimetry.validation.orientations import POSITIONS

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="minutes as plain Python")

LEVELS = (99, 98, 95, 50, 5, 2, 1)
RADIUS = 12.0
FIRST, SPACING, COUNT = -11.3, 1.8, 14  # 25.2 mm with their caps, from -12.2 on
DOSES = ("Mean[Gy]", "Min[Gy]", "Max[Gy]", *(f"D{level}%[Gy]" for level in LEVELS), "D0.03cc[Gy]")
METRICS = (*DOSES, "V98Gy[%]", "V105Gy[%]")


def tilt(degrees, about):
    """Return axial axes turned by some degrees about one of them."""
    a, (i, j) = math.radians(degrees), {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[about]
    turn = np.eye(3)
    turn[i, i] = turn[j, j] = math.cos(a)
    turn[i, j], turn[j, i] = -math.sin(a), math.sin(a)
    return turn


PLANES = {
    "axial": np.eye(3),
    "tilted by 1 degree": tilt(1.0, "x"),
    "tilted by 12 degrees": tilt(12.0, "y"),
    "sagittal": np.array([(0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)]),
    "coronal": np.array([(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0)]),
    "oblique": tilt(30.0, "x") @ tilt(25.0, "y"),
}


def in_planes(axes, body):
    """Return a body whose planes are spanned by the first two axes; the same numbers in another frame."""
    return replace(body, contours=replace(body.contours, frame=PlaneFrame(*axes)))


def cylinder_share(u):
    """Return the share of a circle beyond u radii from its centre."""
    return (math.acos(u) - u * math.sqrt(1 - u * u)) / math.pi


@needs_jit
@pytest.mark.parametrize("where", PLANES)
@pytest.mark.parametrize("along", ["axis", "radius"])
def test_a_cylinder_at_one_gray_a_millimetre(where, along):
    axes = PLANES[where]
    gradient = axes[2] if along == "axis" else axes[0]
    body = in_planes(axes, prism(circle(RADIUS, (0.0, 0.0), 2000), FIRST, SPACING, COUNT))
    on = grid((-41.3, -40.7, -41.1), (2.5, 2.5, 3.0), (28, 33, 33))
    dvh = compute_dvh(
        dose_from(lambda x, y, z: 100 + gradient[0] * x + gradient[1] * y + gradient[2] * z, on), body
    )
    height = SPACING * COUNT
    volume = math.pi * RADIUS**2 * height
    assert dvh.volume_cc == pytest.approx(volume / 1000, rel=1e-5)
    shares = [level / 100 for level in LEVELS] + [30.0 / volume]
    if along == "axis":
        low = FIRST - SPACING / 2
        mean, ends = 100 + low + height / 2, (100 + low, 100 + low + height)
        doses = [ends[1] - share * height for share in shares]
    else:
        mean, ends = 100.0, (100 - RADIUS, 100 + RADIUS)
        doses = [100 + RADIUS * brentq(lambda u, s=share: cylinder_share(u) - s, -1, 1) for share in shares]
    assert dvh.mean_gy == pytest.approx(mean, rel=1e-5)
    assert (dvh.min_gy, dvh.max_gy) == pytest.approx(ends, abs=1e-3)
    found = [dvh.metric(f"D{level}%[Gy]") for level in LEVELS] + [dvh.metric("D0.03cc[Gy]")]
    assert found == pytest.approx(doses, abs=0.005)


@needs_jit
@pytest.mark.parametrize("sigma", [15.0, 8.0])
@pytest.mark.parametrize("where", ["axial", "tilted by 12 degrees", "sagittal"])
def test_halving_the_cells_changes_no_metric_by_a_milligray(where, sigma):
    body = in_planes(PLANES[where], prism(circle(RADIUS, (0.4, -0.3), 300), FIRST, SPACING, COUNT))

    def peaked(x, y, z):
        return 60 * np.exp(-((x - 3) ** 2 + (y + 2) ** 2 + (z - 4) ** 2) / 2 / sigma**2)

    dose = dose_from(peaked, grid((-41.3, -40.7, -41.1), (2.5, 2.5, 3.0), (28, 33, 33)))
    one = compute_dvh(dose, body)
    other = compute_dvh(dose, body, accuracy=one.basis.accuracy.refined(2))
    for spec in DOSES:
        assert one.metric(spec) == pytest.approx(other.metric(spec), abs=1e-3)


def rough(on=None):
    def waves(x, y, z):
        return 100 + 5 * np.sin(x / 4) + 4 * np.cos(y / 5 + z / 6) + 0.1 * x * y / (9 + abs(z))

    return dose_from(waves, on or grid((-41.3, -40.7, -41.1), (2.5, 2.5, 3.0), (28, 33, 33)))


@needs_jit
@given(st.randoms(use_true_random=False), st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_order_direction_and_start_of_contours_change_nothing(random, start):
    shapes = {
        z: [circle(11, (1, 2), 70), circle(6, (2, 1), 40), rectangle(-20, -9, -12, -3), circle(3, (-15, -6), 17)]
        for z in (-6.0, -3.0, 0.0, 3.0, 6.0)
    }
    shuffled = {}
    for z, polygons in shapes.items():
        turned = [np.roll(polygon, start, axis=0)[:: random.choice((1, -1))] for polygon in polygons]
        random.shuffle(turned)
        shuffled[z] = turned
    one, other = compute_dvh(rough(), stack(shapes)), compute_dvh(rough(), stack(shuffled))
    assert other.volume_cc == pytest.approx(one.volume_cc, rel=1e-9)
    for spec in METRICS:
        assert other.metric(spec) == pytest.approx(one.metric(spec), rel=1e-9)


@needs_jit
@pytest.mark.parametrize("position", POSITIONS)
def test_the_patient_s_orientation_changes_nothing(position):
    """The same voxels in another order of rows, columns and frames."""
    row_axis, column_axis = (np.array(axis, dtype=float) for axis in POSITIONS[position])
    normal = np.cross(row_axis, column_axis)
    centre = np.array((0.3, -0.2, 0.4))
    origin = centre - 40.0 * (row_axis + column_axis + normal)
    first = grid(centre - 40.0, (2.5, 2.5, 2.5), (33, 33, 33))
    turned = grid(origin, (2.5, 2.5, 2.5), (33, 33, 33), row_axis=row_axis, column_axis=column_axis)
    shapes = {z: [circle(11, (1, 2), 70), circle(6, (2, 1), 40)] for z in (-6.0, -3.0, 0.0, 3.0, 6.0)}
    one, other = compute_dvh(rough(first), stack(shapes)), compute_dvh(rough(turned), stack(shapes))
    assert other.volume_cc == pytest.approx(one.volume_cc, rel=1e-9)
    for spec in METRICS:
        assert other.metric(spec) == pytest.approx(one.metric(spec), rel=1e-9)
