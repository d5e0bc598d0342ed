"""The dose grid of a plan: voxels of the CT that hold every structure but the outer parts of the body."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.geometry import Grid
from dosimetry.synthetic.thorax import Posture
from dosimetry.synthetic.tissue import VOXEL_MM, body_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.tissue import Tissue

    Field = NDArray[np.float64]

__all__ = ["dose_grid", "points_in_body", "slices_mm", "whole"]

_X_MM = (-171.0, 171.0)
_BACK_MM = 99.0
_TOP_MM = 138.0
_FRONT_MM = MappingProxyType(
    {Posture.FREE_BREATHING: -153.0, Posture.DEEP_INSPIRATION: -165.0, Posture.PRONE: -192.0}
)
_FLOOR_MM = MappingProxyType(
    {Posture.FREE_BREATHING: -123.0, Posture.DEEP_INSPIRATION: -156.0, Posture.PRONE: -123.0}
)
_SPARE_MM = 2.0 * VOXEL_MM


def dose_grid(posture: Posture) -> Grid:
    """Return the dose grid, 3 mm in all directions."""
    low = np.array([_X_MM[0], _FRONT_MM[posture], _FLOOR_MM[posture]])
    columns, rows, frames = np.rint((np.array([_X_MM[1], _BACK_MM, _TOP_MM]) - low) / VOXEL_MM).astype(int).tolist()
    return Grid(
        origin_mm=low,
        row_axis=np.array([1.0, 0.0, 0.0]),
        column_axis=np.array([0.0, 1.0, 0.0]),
        spacing_mm=(VOXEL_MM, VOXEL_MM),
        frame_positions_mm=VOXEL_MM * np.arange(frames + 1.0),
        rows=rows + 1,
        columns=columns + 1,
    )


def slices_mm(posture: Posture) -> Field:
    """Return the heights of the slices that structures are drawn on: those of the CT, within the dose grid."""
    return np.arange(_FLOOR_MM[posture] + _SPARE_MM, _TOP_MM - _SPARE_MM + 1.0, VOXEL_MM)


def _within(grid: Grid) -> tuple[slice, slice, slice]:
    """Return where a dose grid lies in the CT's, as slices of (frames, rows, columns)."""
    first = np.rint((grid.origin_mm - body_grid().origin_mm) / VOXEL_MM).astype(int).tolist()
    return tuple(slice(a, a + n) for a, n in zip(first[::-1], grid.shape, strict=True))  # type: ignore[return-value]


def points_in_body(tissue: Tissue, grid: Grid) -> tuple[NDArray[np.bool_], Field]:
    """Return which voxels of a dose grid hold tissue, shape of the grid, and their middles, shape (points, 3)."""
    inside = tissue.body[_within(grid)] > 0
    places = np.argwhere(inside)
    return inside, np.asarray(grid.origin_mm + VOXEL_MM * places[:, ::-1])


def whole(inside: NDArray[np.bool_], values: Field) -> Field:
    """Return values at the voxels that hold tissue as an array of the grid, 0 elsewhere."""
    result = np.zeros(inside.shape)
    result[inside] = values
    return result
