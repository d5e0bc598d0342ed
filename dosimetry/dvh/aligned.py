"""A dose in the frame of contour planes that its own frames do not follow: sagittal, coronal or tilted ones.

The dose is looked up on a grid whose frames are parallel to the contours, so that the solid stays exact. Where an
axis of the planes runs along one of the dose, its nodes are the dose's own and nothing changes along it: sagittal
and coronal contours are exact. Other axes get nodes so close that what is lost by interpolating twice is below half
a milligray on average where the dose is smooth, and more where it is rough; a dose that is linear loses nothing.
How much is measured at the voxel centres, and told where it could be seen in a metric.
A solid that reaches beyond the dose's outermost voxel centres is cut there first (:mod:`~dosimetry.dvh.clipped`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.block import part_of, voxels_around
from dosimetry.geometry import PARALLEL_TOLERANCE, Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.solid import Solid
    from dosimetry.model.dose import Dose

    Floats = NDArray[np.float64]

__all__ = ["even_axes", "follows", "in_planes_of", "lookup_loss_gy", "parallel"]

_LOSS_GY = 0.0005
_FINEST = 8  # nodes for each voxel along an axis
_MOST_NODES = 20_000_000
_EVEN_MM = 1e-6


def follows(grid: Grid, solid: Solid) -> bool:
    """Tell whether the frames of a grid are parallel to the planes of a solid."""
    return parallel(solid.contours.frame.normal, grid.normal)


def parallel(one: Floats, other: Floats) -> bool:
    """Tell whether two unit vectors are parallel, either way round."""
    return 1.0 - abs(float(one @ other)) <= 0.5 * PARALLEL_TOLERANCE**2


@dataclass(frozen=True)
class _Axis:
    """Nodes along one axis: `start`, `step` and `count`; `kept` where they are the dose's own."""

    direction: Floats
    start: float
    step: float
    count: int
    kept: bool


def lookup_loss_gy(dose: Dose, looked_up: Dose) -> float:
    """Return the most by which a dose that was looked up differs from the original at a voxel centre.

    A trilinear dose bends at its voxel centres: within a cell it loses less. Voxels without a whole cell of the
    look-up around them do not count.
    """
    from dosimetry.kernels.resample import resample  # noqa: PLC0415

    grid, turned = dose.grid, looked_up.grid
    low, high = _voxels_within(grid, turned)
    part = dose.values_gy[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    axes = np.array(
        [turned.row_axis / turned.spacing_mm[0], turned.column_axis / turned.spacing_mm[1], turned.normal]
    )
    worst = 0.0
    for number, position in enumerate(grid.frame_positions_mm[low[0] : high[0]]):
        first = grid.map_index_to_mm([(low[2], low[1], 0)])[0] + position * grid.normal
        along = (grid.row_axis * grid.spacing_mm[0], grid.column_axis * grid.spacing_mm[1], grid.normal)
        steps = np.array([axes @ step for step in along])
        shape = (1, *part.shape[1:])
        back = resample(
            looked_up.values_gy, turned.frame_positions_mm, axes @ (first - turned.origin_mm), steps, shape
        )
        difference = np.abs(back[0] - part[number])
        worst = max(worst, float(np.max(difference, initial=0.0, where=~np.isnan(difference))))
    return worst


def _voxels_within(grid: Grid, other: Grid) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return the first and end (frame, row, column) of the voxels of a grid in the box around another."""
    frames, rows, columns = other.shape
    corners = [(c, r, f) for c in (0, columns - 1) for r in (0, rows - 1) for f in (0, frames - 1)]
    places = grid.map_mm_to_plane(other.map_index_to_mm(corners))
    (c0, r0, z0), (c1, r1, z1) = places.min(axis=0), places.max(axis=0)
    f0, f1 = np.searchsorted(grid.frame_positions_mm, (z0, z1))
    low = (int(f0), max(int(np.ceil(r0)), 0), max(int(np.ceil(c0)), 0))
    high = (int(f1), min(int(np.floor(r1)) + 1, grid.rows), min(int(np.floor(c1)) + 1, grid.columns))
    return low, (high[0], max(high[1], low[1]), max(high[2], low[2]))


def in_planes_of(dose: Dose, solid: Solid) -> Dose:
    """Return a dose on a grid whose frames are parallel to the planes of a solid, as far as the solid reaches.

    Parameters
    ----------
    dose
        To be looked up.
    solid
        Within the outermost voxel centres of the dose. Nodes beyond them, of cells that lie there in part, hold the
        dose of the border's cells, continued: the part inside is then interpolated from it alone.
    """
    from dosimetry.kernels.resample import resample  # noqa: PLC0415  numba is imported where it runs

    grid = dose.grid
    own = (grid.row_axis, grid.column_axis, grid.normal)
    frame = solid.contours.frame
    directions = (frame.u_axis, frame.v_axis, frame.normal)
    fineness = _fineness(dose)
    axes = [_nodes(grid, solid, direction, fineness) for direction in directions]
    nodes = float(np.prod([axis.count for axis in axes]))
    if nodes > _MOST_NODES:
        free = sum(not axis.kept for axis in axes)
        fineness *= (_MOST_NODES / nodes) ** (1.0 / max(free, 1))
        axes = [_nodes(grid, solid, direction, fineness) for direction in directions]
    columns, rows, frames = axes
    around = _continued(_part_around(dose, solid), max(math.ceil(math.sqrt(3.0) / fineness), 1))
    origin = sum((axis.start * axis.direction for axis in axes), np.zeros(3))
    scale = np.array([*grid.spacing_mm, 1.0])
    basis = np.array(own)
    start = basis @ (origin - around.grid.origin_mm) / scale
    steps = np.array([basis @ (axis.step * axis.direction) / scale for axis in axes])
    shape = (frames.count, rows.count, columns.count)
    values = resample(around.values_gy, around.grid.frame_positions_mm, start, steps, shape)
    turned = Grid(
        origin_mm=origin,
        row_axis=columns.direction,
        column_axis=rows.direction,
        spacing_mm=(columns.step, rows.step),
        frame_positions_mm=np.arange(float(frames.count)) * frames.step,
        rows=rows.count,
        columns=columns.count,
    )
    return replace(dose, grid=turned, values_gy=values)


def _part_around(dose: Dose, solid: Solid) -> Dose:
    low, high = voxels_around(dose.grid, solid)
    values = dose.values_gy[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    return replace(dose, grid=part_of(dose.grid, low, high), values_gy=values)


def _continued(dose: Dose, by: int) -> Dose:
    """Return a dose with `by` more voxels on every side, on the straight lines through the two outermost."""
    grid, values = dose.grid, dose.values_gy
    beyond = np.arange(1.0, by + 1.0)
    for axis in range(3):
        ends = np.moveaxis(values, axis, -1)
        below = ends[..., :1] - beyond[::-1] * (ends[..., 1:2] - ends[..., :1])
        above = ends[..., -1:] + beyond * (ends[..., -1:] - ends[..., -2:-1])
        values = np.moveaxis(np.concatenate((below, ends, above), axis=-1), -1, axis)
    z = grid.frame_positions_mm
    frames = np.concatenate((z[0] - beyond[::-1] * (z[1] - z[0]), z, z[-1] + beyond * (z[-1] - z[-2])))
    u, v = grid.spacing_mm
    wider = replace(
        grid,
        origin_mm=grid.origin_mm - by * (u * grid.row_axis + v * grid.column_axis),
        frame_positions_mm=frames,  # of which the first becomes the origin
        rows=grid.rows + 2 * by,
        columns=grid.columns + 2 * by,
    )
    return replace(dose, grid=wider, values_gy=np.ascontiguousarray(values))


def _fineness(dose: Dose) -> float:
    """Return how many nodes a voxel needs along an axis, by the mean second difference of the dose.

    A piecewise linear dose that is interpolated once more at 1/m of its spacing rises by 1/(12 m²) of it.
    """
    bend = 0.0
    for axis in range(3):
        if dose.values_gy.shape[axis] > 2:
            second = np.abs(np.diff(dose.values_gy, 2, axis=axis))
            bend += float(second[second > 0].mean()) if second.any() else 0.0
    return min(max(float(np.sqrt(bend / (12.0 * _LOSS_GY))), 1.0), _FINEST)


def _nodes(grid: Grid, solid: Solid, direction: Floats, fineness: float) -> _Axis:
    """Return the nodes along a direction that the solid needs."""
    low, high = _reach(solid, direction)
    for axis, spacing, count in even_axes(grid):
        if parallel(axis, direction):
            ends = (grid.origin_mm @ direction, (grid.origin_mm + (count - 1) * spacing * axis) @ direction)
            begin = float(min(ends))
            first = int(min(max(np.floor((low - begin) / spacing), 0), count - 2))
            last = int(min(max(np.ceil((high - begin) / spacing), first + 1), count - 1))
            return _Axis(direction, begin + first * spacing, spacing, last - first + 1, kept=True)
    smallest = min(*grid.spacing_mm, float(np.diff(grid.frame_positions_mm).min()))
    step = smallest / fineness
    number = max(int(np.ceil((high - low) / step)), 1)
    return _Axis(direction, low, (high - low) / number, number + 1, kept=False)


def even_axes(grid: Grid) -> list[tuple[Floats, float, int]]:
    """Return (axis, spacing, number of voxels) of the axes along which voxels are evenly spaced."""
    axes = [
        (grid.row_axis, grid.spacing_mm[0], grid.columns),
        (grid.column_axis, grid.spacing_mm[1], grid.rows),
    ]
    gaps = np.diff(grid.frame_positions_mm)
    if gaps.max() - gaps.min() <= _EVEN_MM:
        axes.append((grid.normal, float(grid.frame_positions_mm[-1]) / gaps.size, gaps.size + 1))
    return axes


def _reach(solid: Solid, direction: Floats) -> tuple[float, float]:
    """Return how far a solid reaches along a direction."""
    contours = solid.contours
    frame, points = contours.frame, contours.points_mm
    per_plane = np.diff(contours.contour_offsets[contours.plane_offsets])
    in_plane = points @ np.array((frame.u_axis @ direction, frame.v_axis @ direction))
    along = float(frame.normal @ direction)
    ends = [in_plane + np.repeat(end * along, per_plane) for end in (solid.low_mm, solid.high_mm)]
    return float(min(end.min() for end in ends)), float(max(end.max() for end in ends))
