"""Cover of cells: each cell's area against clipping, full cells, and the borders of the grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import clipped_to_box, shoelace

from dosimetry.kernels.coverage import cover
from dosimetry.kernels.evenodd import plane_areas


def cell_areas(polygons, rows, columns):
    """Return the covered area of every cell, shape (rows - 1, columns - 1)."""
    points = np.concatenate([np.asarray(p, dtype=float) for p in polygons])
    offsets = np.append(0, np.cumsum([len(p) for p in polygons])).astype(np.int64)
    found = cover(points, offsets, np.array([0, len(polygons)]), rows, columns)
    areas = np.zeros((rows - 1, columns - 1))
    for row, start, end in found.runs:
        areas[row, start:end] += 1.0
    owners = np.repeat(np.arange(len(found.cells)), np.diff(found.first_piece))
    for (y0, y1, l0, l1, r0, r1), cell in zip(found.pieces, owners, strict=True):
        assert 0 <= y0 <= y1 <= 1
        assert 0 <= min(l0, l1) <= max(r0, r1) <= 1
        areas[tuple(found.cells[cell])] += 0.5 * (y1 - y0) * ((r0 - l0) + (r1 - l1))
    in_part = areas.copy()
    for row, start, end in found.runs:
        in_part[row, start:end] -= 1.0
    for (row, column), moments in zip(found.cells, found.moments, strict=True):
        assert moments[0] == pytest.approx(in_part[row, column], abs=1e-13)
    return areas


def convex(rng, centre, radius, count):
    angle = np.sort(rng.uniform(0, 2 * np.pi, count))
    return np.column_stack((centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)))


@pytest.mark.parametrize("seed", range(12))
def test_each_cell_equals_the_clipped_polygon(seed):
    rng = np.random.default_rng(seed)
    polygon = convex(rng, rng.uniform(3, 6, 2), rng.uniform(0.4, 5), int(rng.integers(3, 40)))
    areas = cell_areas([polygon], 9, 11)
    for row in range(8):
        for column in range(10):
            piece = clipped_to_box(polygon, column, row, column + 1, row + 1)
            expected = shoelace(piece) if len(piece) > 2 else 0.0
            assert areas[row, column] == pytest.approx(expected, abs=1e-12)


def test_hole_and_island_on_grid_lines():
    outer, hole, island = [
        np.array([(a, a), (b, a), (b, b), (a, b)], dtype=float) for a, b in ((1, 8), (2, 7), (4, 5))
    ]
    areas = cell_areas([outer, hole, island], 10, 10)
    expected = np.zeros((9, 9))
    expected[1:8, 1:8] = 1
    expected[2:7, 2:7] = 0
    expected[4, 4] = 1
    np.testing.assert_allclose(areas, expected, atol=1e-14)


def test_full_cells_come_as_runs():
    square = np.array([(0.5, 0.5), (6.5, 0.5), (6.5, 4.5), (0.5, 4.5)])
    found = cover(square, np.array([0, 4]), np.array([0, 1]), 8, 8)
    assert found.runs.tolist() == [[1, 1, 6], [2, 1, 6], [3, 1, 6]]


def test_cells_filled_by_strips_of_several_contours_are_full():
    """Two contours that meet within a row of cells: a seam is no border."""
    lower = np.array([(0.0, 0.0), (5.0, 0.0), (5.0, 1.5), (0.0, 1.5)])
    upper = np.array([(0.0, 1.5), (5.0, 1.5), (5.0, 3.0), (0.0, 3.0)])
    found = cover(np.concatenate((lower, upper)), np.array([0, 4, 8]), np.array([0, 2]), 6, 6)
    assert found.runs.tolist() == [[0, 0, 5], [1, 0, 5], [2, 0, 5]]
    assert len(found.pieces) == 0


@pytest.mark.parametrize("shift", [(-3.3, 0.0), (4.7, 1.1), (0.4, -2.2), (1.3, 5.9), (-20.0, 0.0), (0.0, 30.0)])
def test_what_lies_beyond_the_outermost_voxel_centres_is_left_out(shift):
    polygon = np.array([(0.2, 0.3), (6.1, 0.9), (5.2, 6.8), (1.1, 5.5)]) + shift
    areas = cell_areas([polygon], 7, 8)
    piece = clipped_to_box(polygon, 0, 0, 7, 6)
    assert areas.sum() == pytest.approx(shoelace(piece) if len(piece) > 2 else 0.0, abs=1e-12)


coordinates = st.floats(0, 12).map(lambda v: round(v, 3))


@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=12))
def test_self_crossing_polygons_lose_nothing(polygon):
    points = np.array(polygon, dtype=float)
    total = plane_areas(points, np.array([0, len(polygon)]), np.array([0, 1]))[0]
    areas = cell_areas([points], 13, 13)
    assert areas.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert areas.max() <= 1 + 1e-9


def test_edges_from_far_beyond_the_grid_cost_its_own_columns():
    """Walked line by line, a billion columns would take minutes, and a place for each piece all memory."""
    far = np.array([(-1e9, -0.5), (1e9, 3.5), (1e9, 4.5), (-1e9, 0.5)])
    areas = cell_areas([far], 6, 7)
    expected = np.zeros((5, 6))
    expected[1] = expected[2] = 0.5  # between 1.5 and 2.5, all but level there
    np.testing.assert_allclose(areas, expected, atol=1e-6)
