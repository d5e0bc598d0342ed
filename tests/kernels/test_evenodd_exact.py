"""Even-odd areas against rational numbers, where floating point is worst."""

from __future__ import annotations

import os

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


@pytest.mark.skipif(PLAIN_PYTHON, reason="too slow without compiled kernels")
@settings(max_examples=5)
@given(st.integers(0, 1000))
def test_a_tangle_of_chords_is_exact(seed):
    assert_exact([np.random.default_rng(seed).uniform(0, 60, (40, 2))])
