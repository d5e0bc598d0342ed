"""Solids in whole voxels, as systems see them that count a voxel or do not.

A voxel is the box around its centre: half a pixel either way, and half way to the frames beside it. Beyond the
first and last frame it reaches as far as on its other side. Where contours lie in sagittal or coronal planes the
voxels are taken in layers along these.

Voxels continue beyond the dose grid as they lie within it: a structure has the same volume wherever the grid ends,
and what of it has no dose is counted, not forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.aligned import even_axes, parallel
from dosimetry.dvh.convention import Inclusion
from dosimetry.dvh.solid import Solid
from dosimetry.errors import StructureError, UnsupportedError
from dosimetry.geometry import Grid
from dosimetry.model.structures import ContourPlanes, PlaneFrame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["voxelised"]

# In pixels, and in mm along the normal: a voxel that is touched by less is touched by rounding.
_SLIVER = 1e-9
# A body in voxels of a millimetre has a fifth of these.
_MOST_VOXELS = 300_000_000


def voxelised(solid: Solid, grid: Grid, inclusion: Inclusion, name: str = "") -> Solid:
    """Return the union of the voxels that count, within the grid and beyond: rectangles, one plane for each frame.

    Parameters
    ----------
    solid
        With planes parallel to any two axes of the grid.
    grid
        Of the dose; its frames evenly apart, unless the planes are parallel to them.
    inclusion
        ``centre``: voxels whose centre is inside. ``touched``: voxels that share any volume with the solid.
        ``exact``: the solid is returned as it is.
    name
        Of the ROI, for messages.

    Raises
    ------
    UnsupportedError
        If the planes are oblique to the grid, or across frames that are unevenly apart; if the grid has a single
        frame, or the structure is as large as hundreds of millions of voxels.
    StructureError
        If no voxel counts.
    """
    if inclusion is Inclusion.EXACT:
        return solid
    item = f"ROI {name!r}"
    if grid.shape[0] < 2:
        raise UnsupportedError("a dose of a single plane has no voxels", item=item)
    grid = _in_layers(grid, solid.contours.frame, inclusion, item)
    lattice = _around(grid, solid, item)
    counted = _counted(solid, lattice, inclusion)
    if not counted.any():
        raise StructureError(
            f"no voxel of the dose grid counts by {inclusion.value!r}",
            item=item,
            remedy="use a convention with the inclusion 'exact'",
        )
    return _boxes(counted, lattice, solid)


def _in_layers(grid: Grid, frame: PlaneFrame, inclusion: Inclusion, item: str) -> Grid:
    """Return the grid with the same voxels whose frames are parallel to the planes of a solid."""
    if parallel(frame.normal, grid.normal):
        return grid
    axes = even_axes(grid)
    for number, (normal, spacing, count) in enumerate(axes):
        if parallel(frame.normal, normal) and len(axes) == 3:
            row, column = axes[(number + 1) % 3], axes[(number + 2) % 3]
            return Grid(
                origin_mm=grid.origin_mm,
                row_axis=row[0],
                column_axis=column[0],
                spacing_mm=(row[1], column[1]),
                frame_positions_mm=spacing * np.arange(float(count)),
                rows=column[2],
                columns=row[2],
            )
    across = any(parallel(frame.normal, axis) for axis in (grid.row_axis, grid.column_axis))
    where = "across frames that are unevenly apart" if across else "oblique to the dose grid"
    raise UnsupportedError(
        f"voxels cannot be told inside or outside by {inclusion.value!r} in planes {where}",
        item=item,
        remedy="use a convention with the inclusion 'exact'",
    )


def _around(grid: Grid, solid: Solid, item: str) -> Grid:
    """Return the voxels around a solid, those of the grid and as many beyond it as the solid reaches over."""
    points = _in_pixels(solid.contours, grid)
    first, last = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
    along = float(solid.contours.frame.normal @ grid.normal)
    ends = along * np.array((solid.low_mm.min(), solid.high_mm.max())) - grid.origin_mm @ grid.normal
    gaps = np.diff(grid.frame_positions_mm)
    size = [*(last - first + 1.0).tolist(), float(np.ceil(np.ptp(ends) / gaps.min()))]
    if np.prod(size) > _MOST_VOXELS:
        raise UnsupportedError(
            "the contours reach over too many voxels of the dose grid's size",
            item=item,
            expected=f"at most {_MOST_VOXELS:,}",
            found=" x ".join(f"{number:,.0f}" for number in size),
            remedy="use a convention with the inclusion 'exact'",
        )
    u, v = first * grid.spacing_mm
    return Grid(
        origin_mm=grid.origin_mm + u * grid.row_axis + v * grid.column_axis,
        row_axis=grid.row_axis,
        column_axis=grid.column_axis,
        spacing_mm=grid.spacing_mm,
        frame_positions_mm=_reaching(grid.frame_positions_mm, float(ends.min()), float(ends.max())),
        rows=int(size[1]),
        columns=int(size[0]),
    )


def _reaching(frames: Floats, low: float, high: float) -> Floats:
    """Return the frames from below `low` to above `high`, continued as far apart as the outermost are."""
    first, last = frames[1] - frames[0], frames[-1] - frames[-2]
    below = frames[0] - first * np.arange(max(np.ceil((frames[0] - low) / first), 0.0) + 1.0, 0.0, -1.0)
    above = frames[-1] + last * np.arange(1.0, max(np.ceil((high - frames[-1]) / last), 0.0) + 2.0)
    all_ = np.concatenate((below, frames, above))
    begin, end = np.searchsorted(all_, (low, high))
    return np.asarray(all_[max(int(begin) - 2, 0) : int(end) + 2])


def _borders(frames: Floats) -> Floats:
    """Return where the voxels of each frame begin, and where those of the last end, shape (frames + 1,)."""
    middles = 0.5 * (frames[:-1] + frames[1:])
    return np.concatenate(([2 * frames[0] - middles[0]], middles, [2 * frames[-1] - middles[-1]]))


def _counted(solid: Solid, grid: Grid, inclusion: Inclusion) -> Flags:
    """Return which voxels count, shape (frames, rows, columns)."""
    contours = solid.contours
    # along the normal of the solid, whichever way the frames of the grid go
    along, start = float(contours.frame.normal @ grid.normal), float(grid.origin_mm @ grid.normal)
    frames, borders = along * (start + grid.frame_positions_mm), along * (start + _borders(grid.frame_positions_mm))
    begins, ends = np.minimum(borders[1:], borders[:-1]), np.maximum(borders[1:], borders[:-1])
    counted = np.zeros(grid.shape, dtype=np.bool_)
    points = _in_pixels(contours, grid)
    for plane, (low, high) in enumerate(zip(solid.low_mm.tolist(), solid.high_mm.tolist(), strict=True)):
        if inclusion is Inclusion.CENTRE:
            # a frame where two prisms meet belongs to the upper one, whatever rounding says of their ends
            met = (frames >= low - _SLIVER) & (frames < high - _SLIVER)
        else:
            met = np.minimum(ends, high) - np.maximum(begins, low) > _SLIVER
        if met.any():
            first, last = contours.plane_offsets[plane : plane + 2].tolist()
            offsets = contours.contour_offsets[first : last + 1]
            in_plane = _centres if inclusion is Inclusion.CENTRE else _touched
            section = points[offsets[0] : offsets[-1]]
            counted[met] |= in_plane(section, offsets - offsets[0], grid.rows, grid.columns)
    return counted


def _in_pixels(contours: ContourPlanes, grid: Grid) -> Floats:
    """Return the points of all planes as (column, row) index coordinates."""
    frame = contours.frame
    w = np.repeat(contours.positions_mm, np.diff(contours.contour_offsets[contours.plane_offsets]))
    points = contours.points_mm @ np.stack((frame.u_axis, frame.v_axis)) + np.outer(w, frame.normal)
    return np.ascontiguousarray(grid.map_mm_to_plane(points)[:, :2])


def _centres(points: Floats, offsets: NDArray[np.int64], rows: int, columns: int) -> Flags:
    """Return which pixels have their centre inside, shape (rows, columns)."""
    from dosimetry.kernels.distance import inside_nodes  # noqa: PLC0415  numba is imported where it runs

    following = np.arange(1, len(points) + 1)
    following[offsets[1:] - 1] = offsets[:-1]
    return inside_nodes(np.hstack((points, points[following])), (0.0, 0.0), 1.0, (rows, columns))


def _touched(points: Floats, offsets: NDArray[np.int64], rows: int, columns: int) -> Flags:
    """Return which pixels share any area with the interior, shape (rows, columns)."""
    from dosimetry.kernels.evenodd import trapezoids  # noqa: PLC0415

    # half a pixel on: pixel (row, column) then lies between these numbers and the next
    pieces = trapezoids(points + 0.5, offsets, np.arange(rows + 1.0))
    pieces = pieces[pieces[:, 1] - pieces[:, 0] > _SLIVER]
    row = np.floor(0.5 * (pieces[:, 0] + pieces[:, 1])).astype(np.int64)
    # a trapezoid is convex: it shares area with every pixel of its row between its ends
    left = np.floor(pieces[:, 2:4].min(axis=1) + _SLIVER).astype(np.int64)
    right = np.ceil(pieces[:, 4:6].max(axis=1) - _SLIVER).astype(np.int64)
    left, right = np.clip(left, 0, columns), np.clip(right, 0, columns)
    kept = (row >= 0) & (row < rows) & (left < right)
    steps = np.zeros((rows, columns + 1), dtype=np.int64)
    np.add.at(steps, (row[kept], left[kept]), 1)
    np.add.at(steps, (row[kept], right[kept]), -1)
    return np.cumsum(steps, axis=1)[:, :-1] > 0


def _boxes(counted: Flags, grid: Grid, solid: Solid) -> Solid:
    """Return the solid of all voxels that count, runs of a row as one rectangle."""
    frames = np.flatnonzero(counted.any(axis=(1, 2)))
    steps = np.diff(np.pad(counted[frames].astype(np.int8), ((0, 0), (0, 0), (1, 1))), axis=2)
    frame, row, begins = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[2]  # in the same order: a run that begins ends before the next
    u, v = grid.spacing_mm
    left, right = u * (begins - 0.5), u * (ends - 0.5)
    bottom, top = v * (row - 0.5), v * (row + 0.5)
    corners = np.stack(((left, bottom), (right, bottom), (right, top), (left, top)))
    origin = np.array((grid.origin_mm @ grid.row_axis, grid.origin_mm @ grid.column_axis))
    along = float(grid.origin_mm @ grid.normal)
    borders = _borders(grid.frame_positions_mm)
    contours = ContourPlanes(
        frame=PlaneFrame(grid.row_axis, grid.column_axis, grid.normal),
        points_mm=np.ascontiguousarray(corners.transpose(2, 0, 1).reshape(-1, 2) + origin),
        contour_offsets=np.arange(0, 4 * frame.size + 1, 4, dtype=np.int64),
        plane_offsets=np.searchsorted(frame, np.arange(frames.size + 1)).astype(np.int64),
        positions_mm=along + grid.frame_positions_mm[frames],
    )
    return Solid(contours, along + borders[frames], along + borders[frames + 1], solid.warnings)
