"""A dose on the grid of another one, and by how much interpolating once more may have moved it.

A dose is trilinear between its voxel centres. Looked up at the nodes of another grid and taken as trilinear between
those, it is cut straight wherever it bends inside a cell of that grid. Along an axis, a bend by J Gy/mm at the
distances a and b from the cell's ends moves the dose by at most J·a·b/(a + b); bends of one cell and of the three
axes add up. This bound is exact for one bend and needs no assumption of smoothness; a linear dose, and one whose
voxels are nodes of the grid, has none.

Grids that are turned against each other have no such bound: there the dose is compared in the middle of every cell,
of its faces and of its edges.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic.lattice import alignment, along, axes_of, positions_of
from dosimetry.geometry import SAME_POSITION_MM, Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dose_arithmetic.lattice import Matched
    from dosimetry.model.dose import Dose

    Floats = NDArray[np.float64]

__all__ = ["Resampled", "resampled", "trilinear"]

# Nodes this close to a voxel centre, in cells, are on it.
_ON_NODE = 1e-9


@dataclass(frozen=True, eq=False)
class Resampled:
    """A dose on another grid.

    Attributes
    ----------
    values_gy
        Dose at the grid's nodes, shape (frames, rows, columns); NaN beyond the outermost voxel centres.
    error_gy
        By how much the dose may have moved anywhere in the cells around each node, same shape.
    is_bound
        Whether that is a bound; otherwise it was measured in the middles of cells, faces and edges.
    """

    values_gy: Floats
    error_gy: Floats
    is_bound: bool


def resampled(dose: Dose, grid: Grid) -> Resampled:
    """Return a dose at the nodes of a grid; both with at least two frames, rows and columns."""
    matches = alignment(grid, dose.grid)
    if matches is None:
        return _turned(dose, grid)
    source = [along(grid, dose.grid, axis, match) for axis, match in enumerate(matches)]
    target = [positions_of(grid, axis) for axis in range(3)]
    values = _arranged(dose.values_gy, matches)
    error = _bound(values, source, target)
    looked_up = _looked_up(values, source, target)
    if dose.error_gy is not None:
        error = error + np.nan_to_num(_looked_up(_arranged(dose.error_gy, matches), source, target))
    return Resampled(looked_up, error, is_bound=True)


def _arranged(values: Floats, matches: tuple[Matched, Matched, Matched]) -> Floats:
    """Return voxels in the order of the target's axes."""
    turned = values.transpose([match.axis for match in matches])
    for axis, match in enumerate(matches):
        if match.sign < 0:
            turned = np.flip(turned, axis)
    return turned


def _looked_up(values: Floats, source: list[Floats], target: list[Floats]) -> Floats:
    """Return trilinear values at the target's nodes, one axis after the other; NaN beyond the source."""
    # The axis that shrinks most goes first.
    for axis in sorted(range(3), key=lambda a: target[a].size / source[a].size):
        at, to = source[axis], target[axis]
        cell = np.clip(np.searchsorted(at, to, side="right") - 1, 0, at.size - 2)
        share = (to - at[cell]) / (at[cell + 1] - at[cell])
        share[np.abs(share) <= _ON_NODE] = 0.0  # a voxel of both grids keeps its value bit by bit
        share[np.abs(share - 1.0) <= _ON_NODE] = 1.0
        share[(to < at[0] - SAME_POSITION_MM) | (to > at[-1] + SAME_POSITION_MM)] = np.nan
        if np.isin(share, (0.0, 1.0)).all():  # every node is a voxel
            values = np.take(values, cell + (share > 0), axis)
            continue
        shape = [1, 1, 1]
        shape[axis] = to.size
        weight = share.reshape(shape)
        values = (1.0 - weight) * np.take(values, cell, axis) + weight * np.take(values, cell + 1, axis)
    return np.ascontiguousarray(values)


def _bound(values: Floats, source: list[Floats], target: list[Floats]) -> Floats:
    """Return by how much the dose may move in the cells around each target node."""
    cells = np.zeros([to.size - 1 for to in target])
    for axis in range(3):
        bends = _bends(np.moveaxis(values, axis, 0), source[axis], target[axis])
        if bends is None:
            continue
        bends = np.moveaxis(bends, 0, axis)
        for other in range(3):
            if other != axis:
                bends = _highest(bends, other, source[other], target[other])
        cells += bends
    return _around_nodes(cells)


def _bends(values: Floats, at: Floats, to: Floats) -> Floats | None:
    """Return what the bends along the first axis add up to in each of the target's cells; None without any."""
    if at.size < 3:
        return None
    slopes = np.diff(values, axis=0) / np.diff(at)[:, None, None]
    inner = at[1:-1]
    cell = np.searchsorted(to, inner, side="right") - 1
    total: Floats | None = None
    for k in np.flatnonzero((cell >= 0) & (cell < to.size - 1)):
        low, high = to[cell[k]], to[cell[k] + 1]
        arm = (inner[k] - low) * (high - inner[k]) / (high - low)
        if arm <= _ON_NODE * (high - low):
            continue
        if total is None:
            total = np.zeros((to.size - 1, *values.shape[1:]))
        total[cell[k]] += arm * np.abs(slopes[k + 1] - slopes[k])
    return total


def _highest(values: Floats, axis: int, at: Floats, to: Floats) -> Floats:
    """Return the highest value along an axis among the source's nodes that each of the target's cells touches."""
    moved = np.moveaxis(values, axis, 0)
    first = np.clip(np.searchsorted(at, to[:-1], side="right") - 1, 0, at.size - 1)
    last = np.clip(np.searchsorted(at, to[1:], side="left"), 0, at.size - 1)
    out = np.empty((to.size - 1, *moved.shape[1:]))
    for cell, (begin, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        out[cell] = moved[begin : end + 1].max(axis=0)
    return np.moveaxis(out, 0, axis)


def _around_nodes(cells: Floats) -> Floats:
    """Return the highest of the cells around each node."""
    for axis in range(3):
        cells = _around(cells, axis)
    return cells


def _turned(dose: Dose, grid: Grid) -> Resampled:
    """Return a dose on a grid that is turned against its own."""
    values = trilinear(dose.values_gy, dose.grid, grid)
    error = np.zeros(grid.shape)
    for halves in product((False, True), repeat=3):
        if any(halves):
            error = np.maximum(error, _missed(dose, grid, values, halves))
    if dose.error_gy is not None:
        error = error + np.nan_to_num(trilinear(dose.error_gy, dose.grid, grid))
    return Resampled(values, error, is_bound=False)


def _missed(dose: Dose, grid: Grid, values: Floats, halves: tuple[bool, ...]) -> Floats:
    """Return what interpolation misses around each node, halfway between nodes along these axes."""
    frames = grid.frame_positions_mm
    points = Grid(  # where frames start in the first gap, the grid moves its own origin there
        origin_mm=grid.map_index_to_mm([(0.5 * halves[2], 0.5 * halves[1], 0.0)])[0],
        row_axis=grid.row_axis,
        column_axis=grid.column_axis,
        spacing_mm=grid.spacing_mm,
        frame_positions_mm=0.5 * (frames[1:] + frames[:-1]) if halves[0] else frames,
        rows=grid.rows - halves[1],
        columns=grid.columns - halves[2],
    )
    between = values
    for axis in np.flatnonzero(halves).tolist():
        between = 0.5 * (_without_last(between, axis) + _without_first(between, axis))
    missed = np.nan_to_num(np.abs(between - trilinear(dose.values_gy, dose.grid, points)))
    for axis, half in enumerate(halves):
        missed = _around(missed, axis)
        if not half:  # a node touches the points of its neighbours too
            missed = np.maximum(_without_last(missed, axis), _without_first(missed, axis))
    return missed


def _without_last(values: Floats, axis: int) -> Floats:
    return values[(slice(None),) * axis + (slice(None, -1),)]


def _without_first(values: Floats, axis: int) -> Floats:
    return values[(slice(None),) * axis + (slice(1, None),)]


def _around(values: Floats, axis: int) -> Floats:
    """Return the higher of the two values beside each node, where values lie between nodes along an axis."""
    out = np.empty([size + (at == axis) for at, size in enumerate(values.shape)])
    along_axis, nodes = np.moveaxis(values, axis, 0), np.moveaxis(out, axis, 0)
    nodes[0], nodes[-1] = along_axis[0], along_axis[-1]
    np.maximum(along_axis[:-1], along_axis[1:], out=nodes[1:-1])
    return out


def trilinear(values: Floats, own: Grid, grid: Grid) -> Floats:
    """Return values of one grid at the nodes of any other; NaN beyond.

    Parameters
    ----------
    values
        At the voxel centres of `own`, float64, shape (frames, rows, columns), each at least 2.
    own, grid
        Where the values are, and where they are wanted; `grid` may be a single plane.
    """
    from dosimetry.kernels.resample import resample  # noqa: PLC0415  numba is imported where it runs

    scale = np.array([*own.spacing_mm, 1.0])
    basis = np.array(axes_of(own))[::-1]  # columns, rows, frames
    directions = np.array(axes_of(grid))[::-1]
    steps = directions @ basis.T / scale * np.array([*grid.spacing_mm, 1.0])[:, None]
    frames = []
    for position in grid.frame_positions_mm:  # they may be unevenly spaced
        start = basis @ (grid.origin_mm + position * grid.normal - own.origin_mm) / scale
        frames.append(
            resample(
                np.ascontiguousarray(values), own.frame_positions_mm, start, steps, (1, grid.rows, grid.columns)
            )[0]
        )
    return np.stack(frames)
