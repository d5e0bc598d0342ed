"""On which grid doses of different grids are put together.

Where the grids' axes are parallel, the finer grid is told axis by axis: along each, the sum has the nodes of the
grid that is closest spaced along it. Grids that are turned against each other meet on that of the smallest voxels.
By default the grid ends where the first of them ends: beyond, the sum is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import GeometryError, UnsupportedError
from dosimetry.geometry import SAME_POSITION_MM, Grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Beyond", "alignment", "axes_of", "common_grid", "described", "positions_of"]

# Over 500 mm axes this far apart part by 0.01 mm.
_PARALLEL = 2e-5
_EVEN_MM = 1e-4
_SAME_SPACING = 1e-6
# More than this, in which the largest of patients fits at 1 mm, is a mistake in one of the grids.
_MOST_VOXELS = 100_000_000


class Beyond(StrEnum):
    """What a dose is taken to be beyond its own grid, where another dose of a sum goes on."""

    UNKNOWN = "unknown"
    ZERO = "zero"


@dataclass(frozen=True, slots=True)
class Matched:
    """An axis of one grid that runs along an axis of another: its number (frames, rows, columns), and its sense."""

    axis: int
    sign: int


def axes_of(grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Return the directions of growing frame, row and column, each of shape (3,)."""
    return grid.normal, grid.column_axis, grid.row_axis


def positions_of(grid: Grid, axis: int) -> Floats:
    """Return the voxel centres along an axis (0 frames, 1 rows, 2 columns) in mm from the first one."""
    if axis == 0:
        return grid.frame_positions_mm
    return np.arange(float(grid.shape[axis])) * grid.spacing_mm[2 - axis]


def alignment(target: Grid, source: Grid) -> tuple[Matched, Matched, Matched] | None:
    """Return which axis of `source` runs along each axis of `target`; None where they are turned."""
    found = []
    for direction in axes_of(target):
        for axis, other in enumerate(axes_of(source)):
            if float(np.linalg.norm(np.cross(direction, other))) <= _PARALLEL:
                found.append(Matched(axis, 1 if float(direction @ other) > 0 else -1))
    return (found[0], found[1], found[2]) if len(found) == 3 else None


def along(target: Grid, source: Grid, axis: int, matched: Matched) -> Floats:
    """Return where `source` has its voxels along an axis of `target`: mm from the target's first, ascending."""
    start = float((source.origin_mm - target.origin_mm) @ axes_of(target)[axis])
    own = start + matched.sign * positions_of(source, matched.axis)
    return own if matched.sign > 0 else own[::-1]


def common_grid(grids: Sequence[Grid], beyond: Beyond = Beyond.UNKNOWN) -> Grid:
    """Return the grid for a sum; the same one, whatever the order of `grids`.

    Raises
    ------
    GeometryError
        If the doses have no part of the patient in common.
    UnsupportedError
        If one of them is a single plane.
    """
    if any(min(grid.shape) < 2 for grid in grids):
        raise UnsupportedError(
            "a dose of a single plane is not put onto another grid",
            expected="at least two frames, rows and columns",
            found=", ".join("x".join(map(str, grid.shape)) for grid in grids),
            remedy="export doses of whole volumes",
        )
    ranked = sorted(grids, key=_rank)
    base = ranked[0]
    matches = [alignment(base, grid) for grid in ranked]
    aligned = [(grid, match) for grid, match in zip(ranked, matches, strict=True) if match is not None]
    nodes = [_nodes(base, aligned, axis, beyond) for axis in range(3)]
    if beyond is Beyond.ZERO:
        turned = [grid for grid, match in zip(ranked, matches, strict=True) if match is None]
        nodes = [_reaching(base, at, axis, turned) for axis, at in enumerate(nodes)]
    if min(at.size for at in nodes) < 2:
        raise GeometryError(
            "doses to be put together hardly overlap",
            expected="grids that share a part of the patient",
            found="; ".join(_extent(grid) for grid in grids),
            remedy="export the doses on grids that cover the structures of interest",
        )
    if float(np.prod([float(at.size) for at in nodes])) > _MOST_VOXELS:
        raise GeometryError(
            "the grid of the sum is too large",
            expected=f"at most {_MOST_VOXELS:,} voxels",
            found=" x ".join(str(at.size) for at in nodes),
            remedy="export the doses on grids that cover the structures of interest alone",
        )
    return _grid_of(base, nodes)


def described(grid: Grid) -> str:
    """Return a grid's spacing in words: columns x rows x frames."""
    gaps = np.diff(grid.frame_positions_mm)
    low, high = float(gaps.min()), float(gaps.max())
    frames = f"{high:.4g}" if high - low <= _EVEN_MM else f"{low:.4g}-{high:.4g}"
    return f"{grid.spacing_mm[0]:.4g} x {grid.spacing_mm[1]:.4g} x {frames} mm"


def _gap(positions: Floats) -> float:
    return float(positions[-1] - positions[0]) / (positions.size - 1)


def _rank(grid: Grid) -> tuple[float, ...]:
    """Return what grids are put in order by: the smallest voxels first, and nothing left to chance."""
    gaps = [_gap(positions_of(grid, axis)) for axis in range(3)]
    numbers = [*gaps, *grid.origin_mm, *grid.normal, *grid.column_axis]
    return (
        round(float(np.prod(gaps)), 6),
        -float(np.prod(grid.shape)),
        *(round(float(n), 6) + 0.0 for n in numbers),
    )


def _nodes(
    base: Grid, grids: Sequence[tuple[Grid, tuple[Matched, Matched, Matched]]], axis: int, beyond: Beyond
) -> Floats:
    """Return the sum's nodes along an axis of `base`, in mm from its first voxel."""
    rows = [along(base, grid, axis, match[axis]) for grid, match in grids]
    usable = [row for row in rows if axis == 0 or np.ptp(np.diff(row)) <= _EVEN_MM]
    finest = usable[0]
    for row in usable[1:]:
        if _gap(row) < _gap(finest) * (1.0 - _SAME_SPACING):
            finest = row
    low, high = [row[0] for row in rows], [row[-1] for row in rows]
    if beyond is Beyond.UNKNOWN:
        inside = (finest >= max(low) - SAME_POSITION_MM) & (finest <= min(high) + SAME_POSITION_MM)
        return np.asarray(finest[inside])
    return _extended(finest, min(low), max(high))


def _reaching(base: Grid, nodes: Floats, axis: int, grids: Sequence[Grid]) -> Floats:
    """Return nodes that go on to the corners of turned grids."""
    direction = axes_of(base)[axis]
    for grid in grids:
        frames, rows, columns = grid.shape
        corners = [(c, r, f) for c in (0, columns - 1) for r in (0, rows - 1) for f in (0, frames - 1)]
        at = (grid.map_index_to_mm(corners) - base.origin_mm) @ direction
        nodes = _extended(nodes, float(at.min()), float(at.max()))
    return nodes


def _extended(nodes: Floats, low: float, high: float) -> Floats:
    """Return nodes continued by their outermost gaps, as far as they stay between `low` and `high`."""
    first, last = float(nodes[1] - nodes[0]), float(nodes[-1] - nodes[-2])
    before = max(int(np.floor((nodes[0] - low + SAME_POSITION_MM) / first)), 0)
    after = max(int(np.floor((high - nodes[-1] + SAME_POSITION_MM) / last)), 0)
    return np.concatenate(
        (nodes[0] - first * np.arange(before, 0, -1.0), nodes, nodes[-1] + last * np.arange(1.0, after + 1))
    )


def _grid_of(base: Grid, nodes: Sequence[Floats]) -> Grid:
    """Return the grid along the axes of `base` with these nodes along frames, rows and columns."""
    frames, rows, columns = nodes
    origin = base.origin_mm + sum(
        (at[0] * direction for at, direction in zip(nodes, axes_of(base), strict=True)), np.zeros(3)
    )
    return Grid(
        origin_mm=origin,
        row_axis=base.row_axis,
        column_axis=base.column_axis,
        spacing_mm=(_gap(columns), _gap(rows)),
        frame_positions_mm=frames - frames[0],
        rows=rows.size,
        columns=columns.size,
    )


def _extent(grid: Grid) -> str:
    low, high = grid.extent_mm()
    return ", ".join(f"{axis} {a:.0f} to {b:.0f} mm" for axis, a, b in zip("xyz", low, high, strict=True))
