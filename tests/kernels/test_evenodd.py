"""Even-odd areas: closed forms, awkward polygons, and the point-in-polygon twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import inside_even_odd, rows_of, shoelace

from dosimetry.kernels.evenodd import plane_areas, trapezoids

BOW_TIE = [(0, 0), (2, 2), (2, 0), (0, 2)]
SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]
HOLE = [(1, 1), (3, 1), (3, 3), (1, 3)]
ISLAND = [(1.5, 1.5), (2.5, 1.5), (2.5, 2.5), (1.5, 2.5)]
KEYHOLE = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 2), (1, 2), (1, 3), (3, 3), (3, 1), (1, 1), (1, 2), (0, 2)]
TOUCHING = [(0, 0), (2, 0), (1, 1), (2, 2), (0, 2), (1, 1)]
STAR = [(np.cos(a), np.sin(a)) for a in np.arange(5) * 4 * np.pi / 5]
SPIKE = [(0, 0), (2, 0), (2, 2), (1, 2), (1, 5), (1, 2), (0, 2)]
TWICE = [*SQUARE, *SQUARE]


def area(*polygons):
    points = np.concatenate([np.asarray(p, dtype=float) for p in polygons])
    offsets = np.append(0, np.cumsum([len(p) for p in polygons])).astype(np.int64)
    return float(plane_areas(points, offsets, np.array([0, len(polygons)]))[0])


def pentagram_even_odd():
    """Area of the five points of a unit pentagram without its inner pentagon."""
    outer = 5 * np.sin(np.pi / 5) * np.cos(np.pi / 5)
    inner_radius = np.cos(2 * np.pi / 5) / np.cos(np.pi / 5)
    inner = 2.5 * inner_radius**2 * np.sin(2 * np.pi / 5)
    # ten triangles: the tips, each of base inner side and apex on the unit circle
    side = 2 * inner_radius * np.sin(np.pi / 5)
    tip = 0.5 * side * (1 - inner_radius * np.cos(np.pi / 5))
    assert outer > inner
    return 5 * tip


@pytest.mark.parametrize(
    ("polygons", "expected"),
    [
        ([SQUARE], 16.0),
        ([SQUARE[::-1]], 16.0),
        ([BOW_TIE], 2.0),
        ([SQUARE, HOLE], 12.0),
        ([SQUARE, HOLE[::-1]], 12.0),
        ([SQUARE, HOLE, ISLAND], 13.0),
        ([KEYHOLE], 12.0),
        ([TOUCHING], 2.0),
        ([SPIKE], 4.0),
        ([TWICE], 0.0),
        ([SQUARE, SQUARE], 0.0),
        ([[(0, 0), (3, 0), (3, 3), (0, 3)], [(2, 2), (5, 2), (5, 5), (2, 5)]], 16.0),
        ([SQUARE, [(4, 0), (8, 0), (8, 4), (4, 4)]], 32.0),
        ([STAR], pentagram_even_odd()),
        ([[(0, 0), (1, 1), (2, 2)]], 0.0),
        ([[(0, 1), (5, 1), (9, 1)]], 0.0),
    ],
)
def test_area_of_awkward_polygons(polygons, expected):
    assert area(*polygons) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_regular_polygon_has_its_closed_form():
    for count in (3, 7, 360):
        angle = 2 * np.pi * np.arange(count) / count + 0.1234
        points = np.column_stack((211.3 + 17.7 * np.cos(angle), -93.1 + 17.7 * np.sin(angle)))
        expected = 0.5 * count * 17.7**2 * np.sin(2 * np.pi / count)
        assert area(points) == pytest.approx(expected, rel=1e-12)


coordinates = st.floats(-50, 50).map(lambda v: round(v, 2))
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=9)


@given(polygons, st.integers(0, 8), st.booleans())
def test_start_and_direction_change_nothing(polygon, start, reverse):
    turned = polygon[start % len(polygon) :] + polygon[: start % len(polygon)]
    if reverse:
        turned = turned[::-1]
    assert area(turned) == pytest.approx(area(polygon), rel=1e-9, abs=1e-9)


@given(polygons, polygons)
def test_order_of_contours_changes_nothing(one, other):
    assert area(one, other) == pytest.approx(area(other, one), rel=1e-9, abs=1e-9)


@given(polygons)
def test_integer_lines_cut_no_area_off(polygon):
    points = np.array(polygon, dtype=float)
    offsets = np.array([0, len(polygon)])
    cut = trapezoids(points, offsets, rows_of(points))
    total = 0.5 * ((cut[:, 1] - cut[:, 0]) * (cut[:, 4] - cut[:, 2] + cut[:, 5] - cut[:, 3])).sum()
    assert total == pytest.approx(area(polygon), rel=1e-9, abs=1e-9)
    assert (np.floor(cut[:, 0] + 1e-12) >= np.ceil(cut[:, 1] - 1e-12) - 1).all()
    assert (cut[:, 4] >= cut[:, 2]).all()
    assert (cut[:, 5] >= cut[:, 3]).all()


@given(st.lists(polygons, min_size=1, max_size=3))
def test_even_odd_twin_agrees_at_points(contours):
    """The trapezoids hold exactly the points that the ray-casting twin calls inside."""
    points = np.concatenate([np.array(p, dtype=float) for p in contours])
    offsets = np.append(0, np.cumsum([len(p) for p in contours])).astype(np.int64)
    pieces = trapezoids(points, offsets, np.empty(0))
    probes = np.random.default_rng(7).uniform(-51, 51, (40, 2))
    expected = inside_even_odd(probes, [np.array(p, dtype=float) for p in contours])
    for (x, y), inside in zip(probes, expected, strict=True):
        rows = pieces[(pieces[:, 0] <= y) & (y < pieces[:, 1])]
        t = (y - rows[:, 0]) / (rows[:, 1] - rows[:, 0])
        left = rows[:, 2] + t * (rows[:, 3] - rows[:, 2])
        right = rows[:, 4] + t * (rows[:, 5] - rows[:, 4])
        if np.abs(np.concatenate((left - x, right - x, [1.0]))).min() < 1e-6:
            continue  # on an edge both answers are right
        assert bool(((left <= x) & (x < right)).any()) == inside


def test_shoelace_of_simple_polygons_far_from_the_origin():
    rng = np.random.default_rng(1)
    for _ in range(20):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 25))
        radius = rng.uniform(5, 9, 25)
        polygon = np.column_stack((512.7 + radius * np.cos(angle), -1033.1 + radius * np.sin(angle)))
        assert area(polygon) == pytest.approx(shoelace(polygon), rel=1e-9)


def test_planes_are_independent():
    points = np.array([*SQUARE, *HOLE, *BOW_TIE], dtype=float)
    areas = plane_areas(points, np.array([0, 4, 8, 12]), np.array([0, 2, 3]))
    assert areas == pytest.approx([12.0, 2.0], rel=1e-12)


@pytest.mark.parametrize("shift", [100.0, 1e3, 1e4, 1e5])
def test_crossings_are_found_far_from_the_origin(shift):
    """Rounding at one crossing must not hide those above it in the same strip."""
    star = np.array([(60 * np.cos(a), 60 * np.sin(a)) for a in 2 * np.pi * 20 * np.arange(41) / 41])
    assert area(star + shift) == pytest.approx(area(star), rel=1e-9)
    rng = np.random.default_rng(5)
    for decimals in (0, 1, 2, 3):
        for _ in range(5):
            polygon = np.round(60 * rng.random((40, 2)), decimals)
            assert area(polygon + shift) == pytest.approx(area(polygon), rel=1e-9)
            moved = trapezoids(polygon + shift, np.array([0, 40]), rows_of(polygon + shift))
            widths = moved[:, 4] - moved[:, 2] + moved[:, 5] - moved[:, 3]
            total = 0.5 * float(widths @ (moved[:, 1] - moved[:, 0]))
            assert total == pytest.approx(area(polygon), rel=1e-8)
