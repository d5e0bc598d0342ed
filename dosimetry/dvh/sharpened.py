"""A dose as a smooth one would be averaged, not as straight lines between voxel centres are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.geometry import Grid

if TYPE_CHECKING:
    from dosimetry.dvh.solid import Solid
    from dosimetry.model.dose import Dose

__all__ = ["sharpened"]


def sharpened(dose: Dose, solid: Solid) -> Dose:
    """Return the part of a dose around a solid, less a twelfth of its second differences along each axis.

    Interpolation between voxel centres blunts peaks and fills valleys by that much on average; where a planning
    system's dose grid lies decides how much of it is seen at a point.
    """
    from dosimetry.kernels.sharpen import sharpen  # noqa: PLC0415  numba is imported where it runs

    grid = dose.grid
    low, high = _block(grid, solid)
    values = sharpen(dose.values_gy, grid.frame_positions_mm, low, high)
    (k, j, i), (k1, _, _) = low, high
    along = grid.frame_positions_mm[k:k1]
    part = Grid(
        origin_mm=grid.map_index_to_mm([(i, j, k)])[0],
        row_axis=grid.row_axis,
        column_axis=grid.column_axis,
        spacing_mm=grid.spacing_mm,
        frame_positions_mm=along - along[0],
        rows=values.shape[1],
        columns=values.shape[2],
    )
    return replace(dose, grid=part, values_gy=values)


def _block(grid: Grid, solid: Solid) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return the first and end (frame, row, column) of the voxels around a solid, at least two along each axis."""
    contours = solid.contours
    frame, points = contours.frame, contours.points_mm
    corners = [
        u * frame.u_axis + v * frame.v_axis + w * frame.normal
        for u in (points[:, 0].min(), points[:, 0].max())
        for v in (points[:, 1].min(), points[:, 1].max())
        for w in (solid.low_mm.min(), solid.high_mm.max())
    ]
    places = grid.map_mm_to_plane(corners)
    numbers = np.arange(float(grid.frame_positions_mm.size))
    places[:, 2] = np.interp(places[:, 2], grid.frame_positions_mm, numbers)
    low: list[int] = []
    high: list[int] = []
    for axis, size in zip((2, 1, 0), grid.shape, strict=True):
        first = int(min(max(np.floor(places[:, axis].min()), 0), size - 2))
        low.append(first)
        high.append(int(min(max(np.ceil(places[:, axis].max()), first + 1), size - 1)) + 1)
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])
