"""Signed distances and traced contours, against the twin that tries every edge."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import boundary_distance, inside_even_odd, shoelace

from dosimetry.kernels.distance import inside_nodes, signed_distance, zero_contours

START, PITCH, SHAPE = (-3.3, -2.7), 0.37, (31, 37)
SQUARE = np.array([(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)])
HOLE = np.array([(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)])


def edges(*polygons):
    return np.concatenate([np.hstack((p, np.roll(p, -1, axis=0))) for p in map(np.asarray, polygons)]).astype(float)


def nodes(start=START, pitch=PITCH, shape=SHAPE):
    r, c = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    return np.column_stack((start[0] + pitch * c.ravel(), start[1] + pitch * r.ravel()))


def traced(values, start=START, pitch=PITCH):
    points, offsets = zero_contours(np.asarray(values, dtype=float), start, pitch)
    return [points[a:b] for a, b in pairwise(offsets)]


def signed_area(polygon):
    x, y = polygon.T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


coordinates = st.floats(-5, 12).map(lambda value: round(value, 2))
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8).map(
    lambda p: np.array(p, dtype=float)
)


@settings(max_examples=30, deadline=None)
@given(st.lists(polygons, min_size=1, max_size=3))
def test_distances_and_sides_are_the_twins(contours):
    inside = inside_nodes(edges(*contours), START, PITCH, SHAPE)
    expected = boundary_distance(nodes(), contours).reshape(SHAPE)
    clear = np.abs(expected) > 1e-9  # on an edge either side is right
    np.testing.assert_array_equal(inside[clear], (expected > 0)[clear])
    found = signed_distance(edges(*contours), inside, np.ones(SHAPE, dtype=bool), START, PITCH)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-12)
    np.testing.assert_array_equal(found[clear] > 0, inside[clear])


@settings(max_examples=30, deadline=None)
@given(polygons, st.randoms(use_true_random=False))
def test_order_and_direction_of_edges_change_no_side(polygon, random):
    one = edges(polygon)
    order = list(range(len(one)))
    random.shuffle(order)
    other = one[order]
    other[::2] = other[::2][:, [2, 3, 0, 1]]
    np.testing.assert_array_equal(inside_nodes(one, START, PITCH, SHAPE), inside_nodes(other, START, PITCH, SHAPE))


def test_nodes_that_are_not_needed_hold_their_side():
    inside = inside_nodes(edges(SQUARE, HOLE), START, PITCH, SHAPE)
    needed = np.zeros(SHAPE, dtype=bool)
    needed[10, 12] = True
    found = signed_distance(edges(SQUARE, HOLE), inside, needed, START, PITCH)
    assert found[10, 12] == pytest.approx(boundary_distance(nodes(), [SQUARE, HOLE]).reshape(SHAPE)[10, 12])
    needed[10, 12] = False
    rest = np.ones(SHAPE, dtype=bool)
    rest[10, 12] = False
    np.testing.assert_array_equal(found[rest], np.where(inside, 1.0, -1.0)[rest])


def test_without_edges_all_is_far_outside():
    inside = inside_nodes(np.empty((0, 4)), START, PITCH, SHAPE)
    assert not inside.any()
    found = signed_distance(np.empty((0, 4)), inside, np.ones(SHAPE, dtype=bool), START, PITCH)
    assert (found == -np.inf).all()
    assert traced(found) == []


def test_a_contour_lies_where_values_are_zero():
    """A single node of value 1 among -3: a diamond a quarter of a cell around it."""
    values = np.full((4, 5), -3.0)
    values[1, 2] = 1.0
    (found,) = traced(values, (10.0, 20.0), 2.0)
    expected = {(14.5, 22.0), (14.0, 22.5), (13.5, 22.0), (14.0, 21.5)}
    assert {tuple(point) for point in found.tolist()} == expected
    assert signed_area(found) == pytest.approx(0.5)


def test_holes_are_walked_the_other_way_round():
    values = boundary_distance(nodes(), [SQUARE, HOLE]).reshape(SHAPE)
    areas = sorted(signed_area(polygon) for polygon in traced(values))
    assert areas == pytest.approx([-4.0, 16.0], rel=0.02)  # corners are cut


def test_nodes_corner_to_corner_are_kept_apart():
    values = np.full((4, 4), -1.0)
    values[1, 1] = values[2, 2] = 1.0
    assert [len(polygon) for polygon in traced(values)] == [4, 4]
    values[1, 2] = 1.0
    assert len(traced(values)) == 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 0.9))
def test_every_node_lies_on_its_side_of_the_contours(seed, share):
    rng = np.random.default_rng(seed)
    values = np.full((9, 11), -1.0)
    values[1:-1, 1:-1] = rng.uniform(0.2, 1.0, (7, 9)) * np.where(rng.random((7, 9)) < share, 1, -1)
    found = traced(values)
    inside = (
        inside_even_odd(nodes(shape=values.shape) + 1e-7, found) if found else np.zeros(values.size, dtype=bool)
    )
    np.testing.assert_array_equal(inside.reshape(values.shape), values > 0)


def test_a_disc_is_traced_to_its_area():
    x, y = nodes((-1.3, -1.31), 0.02, (131, 132)).T
    (found,) = traced((1.0 - np.hypot(x, y)).reshape(131, 132), (-1.3, -1.31), 0.02)
    assert shoelace(found) == pytest.approx(np.pi, rel=1e-4)
