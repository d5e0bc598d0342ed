"""The part of a dose around a solid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.geometry import Grid

if TYPE_CHECKING:
    from dosimetry.dvh.solid import Solid
    from dosimetry.model.dose import Dose

    Voxel = tuple[int, int, int]

__all__ = ["lies_across", "part_of", "turned_over", "voxels_around"]


def voxels_around(grid: Grid, solid: Solid) -> tuple[Voxel, Voxel]:
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


def part_of(grid: Grid, low: Voxel, high: Voxel) -> Grid:
    """Return the grid of the voxels from `low` to `high` (exclusive), as (frame, row, column)."""
    along = grid.frame_positions_mm[low[0] : high[0]]
    return Grid(
        origin_mm=grid.map_index_to_mm([low[::-1]])[0],
        row_axis=grid.row_axis,
        column_axis=grid.column_axis,
        spacing_mm=grid.spacing_mm,
        frame_positions_mm=along - along[0],
        rows=high[1] - low[1],
        columns=high[2] - low[2],
    )


def lies_across(grid: Grid, solid: Solid) -> bool:
    """Tell whether a grid's columns run along the planes' second axis, as those of a decubitus patient do."""
    u = solid.contours.frame.u_axis
    return abs(float(u @ grid.row_axis)) < abs(float(u @ grid.column_axis))


def turned_over(dose: Dose, solid: Solid) -> Dose:
    """Return a dose around a solid with rows and columns exchanged, so that every orientation is cut up alike."""
    low, high = voxels_around(dose.grid, solid)
    grid = part_of(dose.grid, low, high)
    values = dose.values_gy[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    last = float(grid.frame_positions_mm[-1])
    turned = Grid(
        origin_mm=grid.origin_mm + last * grid.normal,
        row_axis=grid.column_axis,
        column_axis=grid.row_axis,
        spacing_mm=(grid.spacing_mm[1], grid.spacing_mm[0]),
        frame_positions_mm=last - grid.frame_positions_mm[::-1],  # the normal turns over with the axes
        rows=grid.columns,
        columns=grid.rows,
    )
    return replace(dose, grid=turned, values_gy=np.ascontiguousarray(values[::-1].transpose(0, 2, 1)))
