"""The sweep's work, counted: by points and crossings, never by points times edges."""

from __future__ import annotations

import os

import numpy as np
import pytest

from dosimetry.kernels.evenodd import MOST_CROSSINGS, plane_areas, trapezoids
from dosimetry.kernels.sweep import grown, sweep

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow as plain Python")
NONE = np.empty(0)


def swept(points, cuts=NONE, most=MOST_CROSSINGS):
    pieces, crossings = sweep(points, np.array([0, len(points)]), cuts, most)
    area = 0.5 * float((pieces[:, 1] - pieces[:, 0]) @ (pieces[:, 4] - pieces[:, 2] + pieces[:, 5] - pieces[:, 3]))
    return area, len(pieces), crossings


def comb(teeth):
    """Return upright teeth of random height: half of all edges lie beside each other at mid-height."""
    rng = np.random.default_rng(teeth)
    heights = np.where(np.arange(2 * teeth) % 2, 50 + rng.random(2 * teeth), rng.random(2 * teeth))
    upper = np.column_stack((0.01 * np.arange(2 * teeth), heights))
    return np.vstack((upper, [(upper[-1, 0], -1.0), (0.0, -1.0)]))


def noisy(count):
    """Return a ragged outline, rounded to 0.1 mm, that touches and crosses itself at every other point."""
    angle = 2 * np.pi * np.arange(count) / count
    radius = 50 + 5 * np.sin(40 * angle)
    smooth = np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
    return np.round(smooth + np.random.default_rng(1).normal(0, 0.3, (count, 2)), 1)


def checkerboard(side):
    cells = [(x, y) for x in range(side) for y in range(side) if (x + y) % 2 == 0]
    return [np.array([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], dtype=float) for x, y in cells]


def tangle(count):
    return np.random.default_rng(7).uniform(0, 100, (count, 2))


@needs_jit
@pytest.mark.parametrize("turn", [False, True])
@pytest.mark.parametrize("teeth", [10, 1000, 10_000])
def test_a_comb_makes_as_many_trapezoids_as_it_has_points(teeth, turn):
    points = comb(teeth)
    upper = points[:-2]
    expected = float(np.trapezoid(upper[:, 1] + 1.0, upper[:, 0]))
    area, pieces, crossings = swept(np.ascontiguousarray(points[:, ::-1]) if turn else points)
    assert area == pytest.approx(expected, rel=1e-9)
    assert pieces <= len(points)
    assert crossings == 0


@needs_jit
def test_a_ragged_outline_costs_its_points_and_crossings():
    points = noisy(20_000)
    _, pieces, crossings = swept(points)
    assert crossings < 3 * len(points)
    assert pieces <= 2 * (len(points) + crossings)


@needs_jit
def test_squares_that_touch_at_corners_stay_as_many_trapezoids():
    polygons = checkerboard(50)
    offsets = 4 * np.arange(len(polygons) + 1)
    pieces, crossings = sweep(np.concatenate(polygons), offsets, NONE, 0)
    assert crossings == 0
    assert len(pieces) == 1250


@needs_jit
@pytest.mark.parametrize("most", [0, 1000, 50_000])
def test_a_tangle_is_given_up_after_so_many_crossings(most):
    _, pieces, crossings = swept(tangle(20_000), most=most)
    assert most < crossings <= most + 1
    assert pieces <= 2 * (20_000 + crossings)


@needs_jit
def test_crossings_of_all_planes_count_together():
    """Each of the planes has 440,000 crossings: the third one is too many, and nothing more is swept."""
    points = np.tile(tangle(2000), (4, 1))
    contours, planes = 2000 * np.arange(5), np.arange(5)
    areas = plane_areas(points, contours, planes)
    assert np.isfinite(areas).tolist() == [True, True, False, False]
    assert areas[0] == areas[1] == pytest.approx(swept(tangle(2000))[0], rel=1e-12)
    assert trapezoids(tangle(4000), np.array([0, 4000]), NONE).shape == (0, 6)


@needs_jit
def test_cuts_change_no_area_and_no_trapezoid_spans_one():
    cuts = np.arange(0.5, 100.0, 1.0)
    whole, _, crossings = swept(tangle(60))
    cut, _, again = swept(tangle(60), cuts)
    pieces, _ = sweep(tangle(60), np.array([0, 60]), cuts, MOST_CROSSINGS)
    assert cut == pytest.approx(whole, rel=1e-12)
    assert again == crossings > 300
    assert (np.searchsorted(cuts, pieces[:, 0], "right") >= np.searchsorted(cuts, pieces[:, 1])).all()
    assert (np.diff(pieces[:, 1]) >= 0).all()


def test_grown_keeps_what_was_there():
    array = np.arange(6.0).reshape(3, 2)
    assert grown(array, 3) is array
    larger = grown(array, 4)
    assert larger.shape == (6, 2)
    assert larger[:3].tolist() == array.tolist()
