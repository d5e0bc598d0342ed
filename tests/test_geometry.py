"""Index to millimetre and back, for grids of any orientation and spacing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import GeometryError
from dosimetry.geometry import Grid


def grid(**changes):
    values = {
        "origin_mm": np.array([-31.25, 14.5, -203.0]),
        "row_axis": np.array([1.0, 0, 0]),
        "column_axis": np.array([0, 1.0, 0]),
        "spacing_mm": (2.5, 2.0),
        "frame_positions_mm": np.array([0.0, 3.0, 6.0, 11.5]),
        "rows": 5,
        "columns": 7,
    }
    return Grid(**values | changes)


@st.composite
def turned_axes(draw):
    q = np.array(draw(st.lists(st.floats(-1, 1), min_size=4, max_size=4)))
    if np.linalg.norm(q) < 0.1:
        q = np.array([1.0, 0, 0, 0])
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)],
            [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)],
        ]
    )


def test_axial_grid():
    made = grid()
    assert made.shape == (4, 5, 7)
    assert made.normal.tolist() == [0, 0, 1]
    assert made.pixel_area_mm2 == 5.0
    assert made.map_index_to_mm([(0, 0, 0), (6, 4, 3), (1, 2, 1.5), (0, 0, 2.5)]).tolist() == [
        [-31.25, 14.5, -203.0],
        [-16.25, 22.5, -191.5],
        [-28.75, 18.5, -198.5],
        [-31.25, 14.5, -194.25],  # half way between frames 5.5 mm apart
    ]
    low, high = made.extent_mm()
    assert (low.tolist(), high.tolist()) == ([-31.25, 14.5, -203.0], [-16.25, 22.5, -191.5])


def test_frames_before_the_origin_move_it():
    made = grid(frame_positions_mm=np.array([-6.0, -3.0, 0.0]))
    assert made.origin_mm.tolist() == [-31.25, 14.5, -209.0]
    assert made.frame_positions_mm.tolist() == [0, 3, 6]
    assert made.same_as(grid(origin_mm=np.array([-31.25, 14.5, -209.0]), frame_positions_mm=np.array([0.0, 3, 6])))


@given(
    turned_axes(),
    st.tuples(st.floats(0.1, 20), st.floats(0.1, 20)),
    st.lists(st.floats(0.1, 10), min_size=1, max_size=5),
    st.lists(st.floats(-500, 500), min_size=3, max_size=3),
)
def test_plane_coordinates_invert_positions(axes, spacing, steps, origin):
    made = grid(
        row_axis=axes[0],
        column_axis=axes[1],
        spacing_mm=spacing,
        origin_mm=np.array(origin),
        frame_positions_mm=np.append(0.0, np.cumsum(steps)),
    )
    frames = made.shape[0]
    index = np.array([(c, r, f) for c in (0, 2.5, 6) for r in (0, 1.25, 4) for f in range(frames)], dtype=float)
    found = made.map_mm_to_plane(made.map_index_to_mm(index))
    np.testing.assert_allclose(found[:, :2], index[:, :2], atol=1e-9)
    np.testing.assert_allclose(found[:, 2], made.frame_positions_mm[index[:, 2].astype(int)], atol=1e-9)
    assert np.linalg.det([made.row_axis, made.column_axis, made.normal]) == pytest.approx(1.0)


def test_rounded_direction_cosines_are_made_unit():
    made = grid(row_axis=np.array([0.99985, 0.01745, 0]), column_axis=np.array([-0.01745, 0.99985, 0]))
    assert np.linalg.norm(made.row_axis) == pytest.approx(1.0, abs=1e-15)


def test_same_places():
    made = grid()
    assert made.same_as(grid(origin_mm=made.origin_mm + np.array([0.009, 0, 0])))
    assert not made.same_as(grid(origin_mm=made.origin_mm + np.array([0, 0, 0.02])))
    assert not made.same_as(grid(rows=6))
    assert not made.same_as(grid(spacing_mm=(2.5, 2.01)))
    assert not made.same_as(grid(frame_positions_mm=np.array([0.0, 3.0, 6.1, 11.5])))
    assert not made.same_as(grid(row_axis=np.array([-1.0, 0, 0])))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"row_axis": np.array([1.0, 0.01, 0])}, "row and column directions are not orthogonal"),
        ({"row_axis": np.array([0.0, 0, 0])}, "row direction: direction cosines do not form a unit vector"),
        ({"row_axis": np.array([2.0, 0, 0])}, "row direction"),
        ({"column_axis": np.array([0, np.nan, 0])}, "column direction"),
        ({"column_axis": np.array([0, 1.0])}, "column direction"),
        ({"spacing_mm": (0.0, 2.0)}, "pixel spacing is not positive"),
        ({"spacing_mm": (2.0, -1.0)}, "pixel spacing is not positive"),
        ({"spacing_mm": (np.nan, 1.0)}, "pixel spacing is not positive"),
        ({"spacing_mm": (1.0, np.nan)}, "pixel spacing is not positive"),
        ({"spacing_mm": (np.inf, 1.0)}, "pixel spacing is not positive"),
        ({"frame_positions_mm": np.array([0.0, 3.0, 3.0])}, "frame positions are not strictly monotone"),
        ({"frame_positions_mm": np.array([3.0, 0.0])}, "frame positions"),
        ({"frame_positions_mm": np.array([])}, "frame positions"),
        ({"frame_positions_mm": np.array([0.0, np.inf])}, "frame positions"),
        ({"origin_mm": np.array([0.0, 0.0])}, "grid origin is not a point"),
        ({"origin_mm": np.array([0.0, 0.0, np.nan])}, "grid origin is not a point"),
        ({"rows": 0}, "grid has no voxels; found 0 rows, 7 columns"),
    ],
)
def test_refused(changes, words):
    with pytest.raises(GeometryError) as caught:
        grid(**changes)
    assert words in str(caught.value)
