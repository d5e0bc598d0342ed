"""Even-odd areas against rational numbers, where floating point is worst, and how their cost grows."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import exact_area, rows_of

from dosimetry.kernels.evenodd import plane_areas, trapezoids

PLAIN_PYTHON = os.environ.get("NUMBA_DISABLE_JIT") == "1"


def flat(polygons):
    points = np.concatenate([np.asarray(p, dtype=float) for p in polygons])
    return points, np.append(0, np.cumsum([len(p) for p in polygons])).astype(np.int64)


def assert_exact(polygons):
    """Within a few hundred roundings of the size of the box times the length of the edges."""
    points, offsets = flat(polygons)
    size = float(np.ptp(points, axis=0).max())
    length = sum(float(np.linalg.norm(p - np.roll(p, -1, axis=0), axis=1).sum()) for p in map(np.asarray, polygons))
    slack = 1e-13 * size * length
    expected = exact_area(polygons)
    areas = plane_areas(points, offsets, np.array([0, len(polygons)]))
    assert areas.tolist() == pytest.approx([expected], abs=slack)
    far = np.abs(points).max() * 2.0**-50 * length  # a kernel that is handed far coordinates can resolve no more
    cut = trapezoids(points, offsets, rows_of(points))
    total = 0.5 * float((cut[:, 1] - cut[:, 0]) @ (cut[:, 4] - cut[:, 2] + cut[:, 5] - cut[:, 3]))
    assert total == pytest.approx(expected, abs=slack + far)


def contours(corner, most=9):
    return st.lists(st.lists(corner, min_size=3, max_size=most).map(np.array), min_size=1, max_size=3)


hundredths = st.integers(-5000, 5000).map(lambda v: v / 100)
few = st.integers(0, 4).map(float)
nearly = st.tuples(st.integers(0, 2), st.sampled_from([0.0, 3e-16, 1e-13, 1e-12, 1e-9, 1e-6])).map(sum)


@given(contours(st.tuples(hundredths, hundredths)))
def test_hundredths_of_a_millimetre(polygons):
    assert_exact(polygons)


@given(contours(st.tuples(few, few)))
def test_edges_and_vertices_on_one_another(polygons):
    """On 25 places most edges touch, cross or lie upon others."""
    assert_exact(polygons)


@given(contours(st.tuples(hundredths, nearly)), st.booleans())
def test_nearly_horizontal_and_nearly_upright_edges(polygons, turn):
    assert_exact([p[:, ::-1] for p in polygons] if turn else polygons)


@given(contours(st.tuples(hundredths, hundredths)), st.sampled_from([(1e5, 1e5), (-1e5, 1e5), (1e5, 0.0)]))
def test_far_from_the_origin(polygons, shift):
    assert_exact([p + shift for p in polygons])


@given(contours(st.tuples(hundredths, hundredths), most=6), st.sampled_from([0.0, 1e-13, 1e-11, 1e-9, 1e-6]))
def test_edges_that_nearly_coincide(polygons, apart):
    """Every polygon and a copy that is moved by less than anything real."""
    assert_exact([*polygons, *(p + np.array((apart, -apart / 3)) for p in polygons)])


@given(contours(st.tuples(few, few), most=7), st.integers(1, 6))
def test_vertices_in_the_middle_of_edges(polygons, parts):
    split = []
    for p in polygons:
        steps = np.arange(parts)[:, None] / parts
        split.append(np.concatenate([a + steps * (b - a) for a, b in zip(p, np.roll(p, -1, axis=0), strict=True)]))
    assert_exact([*split, polygons[0]])


def noisy(count, rng):
    """Return a ragged outline, rounded to 0.1 mm, that touches and crosses itself at every other point."""
    angle = 2 * np.pi * np.arange(count) / count
    radius = 50 + 5 * np.sin(40 * angle)
    smooth = np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))
    return np.round(smooth + rng.normal(0, 0.3, (count, 2)), 1)


def checkerboard(side):
    cells = [(x, y) for x in range(side) for y in range(side) if (x + y) % 2 == 0]
    return [np.array([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)], dtype=float) for x, y in cells]


@pytest.mark.skipif(PLAIN_PYTHON, reason="too slow without compiled kernels")
def test_many_points_that_touch_cost_milliseconds():
    """5,000 points on one plane: a few milliseconds; a search through all pairs would take a second."""
    rng = np.random.default_rng(1)
    for polygons in ([noisy(5000, rng)], checkerboard(50)):
        points, offsets = flat(polygons)
        planes = np.array([0, len(polygons)])
        plane_areas(points, offsets, planes)
        best = np.inf
        for _ in range(3):
            start = time.perf_counter()
            plane_areas(points, offsets, planes)
            best = min(best, time.perf_counter() - start)
        assert best < 0.1
    assert plane_areas(points, offsets, planes)[0] == 1250.0


@pytest.mark.skipif(PLAIN_PYTHON, reason="too slow without compiled kernels")
@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_a_tangle_of_chords_is_exact(seed):
    assert_exact([np.random.default_rng(seed).uniform(0, 60, (40, 2))])
