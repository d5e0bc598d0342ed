"""A solid placed in a dose grid, and the doses deposited in it.

Large solids are measured in blocks of planes, a fixed number whatever the machine, and added up in their order:
results do not depend on how many threads did the work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.cores import on_all_cores
from dosimetry.dvh.cumulative import cumulative
from dosimetry.dvh.resolution import choose_bins, resolve_hottest
from dosimetry.dvh.sections import blocks_of_planes
from dosimetry.dvh.slabs import cut_at_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.accuracy import Accuracy
    from dosimetry.dvh.solid import Solid
    from dosimetry.geometry import Grid
    from dosimetry.kernels.coverage import Cover
    from dosimetry.kernels.deposit import Deposit, Slabs
    from dosimetry.kernels.histogram import Bins
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import ContourPlanes

    Floats = NDArray[np.float64]
    TwoBins = tuple[Bins, Bins]
    Block = tuple[Cover, Slabs, Floats]

__all__ = ["Deposition", "PlacedSolid", "deposit_solid", "place_in_grid"]

_CELLS_PER_BLOCK = 5_000  # about a millisecond of work: less is not worth a thread
_SAMPLES = 20_000  # cells whose doses tell where the hottest are


@dataclass(frozen=True, eq=False)
class PlacedSolid:
    """Contours and slabs in the coordinates of a dose grid.

    Attributes
    ----------
    points
        Vertices as (column, row) index coordinates, shape (points, 2).
    contours
        Which points make a contour, and which contours a plane.
    slabs
        The prisms over each plane, cut at the grid's frames.
    covers
        The covers of its blocks of planes, by their first plane, once they are known: other slabs over the same
        planes share them.
    """

    points: Floats
    contours: ContourPlanes
    slabs: Slabs
    covers: dict[int, Cover] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Deposition:
    """What a dose leaves in a solid.

    Attributes
    ----------
    volume_mm3
        Volume inside the grid.
    mean_gy, min_gy, max_gy
        Of the part inside; NaN where nothing is inside.
    edges_gy, share_at_least
        Share of the volume inside that receives at least the dose of each edge, both of shape (edges,), from the
        lowest dose to the highest. The dose of a plateau comes twice: with its volume, and without.
    """

    volume_mm3: float
    mean_gy: float
    min_gy: float
    max_gy: float
    edges_gy: Floats
    share_at_least: Floats


def place_in_grid(solid: Solid, grid: Grid, covers: dict[int, Cover] | None = None) -> PlacedSolid:
    """Return a stack of prisms in the coordinates of a dose grid whose frames are parallel to its planes.

    `covers` are those of another solid with the same planes in the same grid, or are filled for one.
    """
    contours = solid.contours
    frame = contours.frame
    along = float(frame.normal @ grid.normal)
    per_plane = np.diff(contours.contour_offsets[contours.plane_offsets])
    w = np.repeat(contours.positions_mm, per_plane)
    u, v = contours.points_mm[:, 0], contours.points_mm[:, 1]
    points = np.empty_like(contours.points_mm)
    for column, (axis, spacing) in enumerate(zip((grid.row_axis, grid.column_axis), grid.spacing_mm, strict=True)):
        projected = u * (frame.u_axis @ axis) + v * (frame.v_axis @ axis) + w * (frame.normal @ axis)
        points[:, column] = (projected - grid.origin_mm @ axis) / spacing
    start = float(grid.origin_mm @ grid.normal)
    ends = (solid.low_mm * along - start, solid.high_mm * along - start)
    slabs = cut_at_frames(np.minimum(*ends), np.maximum(*ends), grid.frame_positions_mm)
    return PlacedSolid(points, contours, slabs, {} if covers is None else covers)


def deposit_solid(dose: Dose, solid: PlacedSolid, volume_mm3: float, accuracy: Accuracy) -> Deposition:
    """Deposit a dose in a placed solid.

    Parameters
    ----------
    dose
        On the grid that the solid was placed in.
    solid
        What is measured.
    volume_mm3
        Its whole volume, by which small solids are cut more finely than large ones.
    accuracy
        How finely the histogram resolves dose.
    """
    around_gy = _voxels_around(dose, solid)
    if around_gy is None:
        return _NOTHING
    cells = volume_mm3 / _cell_mm3(dose.grid)
    bins = choose_bins(around_gy, cells, accuracy)
    if bins is None:
        return _NOTHING
    found = _in_blocks(dose, solid, bins, cells, accuracy)
    inside, integral, lowest, highest = found.stats.tolist()
    if not inside > 0:
        return _NOTHING
    edges, share = cumulative([(found.usual, bins[0]), (found.wide, bins[1])], (lowest, highest))
    return Deposition(inside, integral / inside, lowest, highest, edges, share)


_NOTHING = Deposition(0.0, math.nan, math.nan, math.nan, np.zeros(2), np.zeros(2))


def _in_blocks(dose: Dose, solid: PlacedSolid, bins: TwoBins, cells: float, accuracy: Accuracy) -> Deposit:
    """Return the deposit of all planes, made in blocks and added up in their order."""
    from dosimetry.kernels.coverage import cover  # noqa: PLC0415  numba is imported where it runs
    from dosimetry.kernels.deposit import Slabs, deposit  # noqa: PLC0415
    from dosimetry.kernels.histogram import add_histogram  # noqa: PLC0415
    from dosimetry.kernels.sample import sample  # noqa: PLC0415

    contours, slabs, grid = solid.contours, solid.slabs, dose.grid
    planes = blocks_of_planes(contours, cells / _CELLS_PER_BLOCK)
    firsts = np.cumsum([0, *(block.size - 1 for block in planes)]).tolist()
    per_frame = slabs.frames.size / np.unique(slabs.frames).size
    stride = max(int(math.sqrt(cells * per_frame / _SAMPLES)), 1)

    def covered(first: int, planes: NDArray[np.int64]) -> Block:
        found = solid.covers.get(first)
        if found is None:
            found = cover(solid.points, contours.contour_offsets, planes, grid.rows, grid.columns)
            solid.covers[first] = found
        mine = (slabs.planes >= first) & (slabs.planes < first + planes.size - 1)
        part = Slabs(slabs.frames[mine], slabs.planes[mine] - first, slabs.spans[mine])
        return found, part, sample(found, part, dose.values_gy, stride)

    blocks = on_all_cores(lambda pair: covered(*pair), zip(firsts[:-1], planes, strict=True))
    share = max(accuracy.hot_share, accuracy.hot_mm3 / (cells * _cell_mm3(grid)))
    usual, hottest = resolve_hottest(bins[0], np.concatenate([block[2] for block in blocks]), share, accuracy)

    def deposited(block: Block) -> Deposit:
        return deposit(block[0], block[1], dose.values_gy, grid.pixel_area_mm2, usual, hottest, bins[1])

    total, *others = on_all_cores(deposited, blocks)
    for other in others:
        total.stats[:2] += other.stats[:2]
        total.stats[2], total.stats[3] = min(total.stats[2], other.stats[2]), max(total.stats[3], other.stats[3])
        add_histogram(total.usual, other.usual)
        add_histogram(total.wide, other.wide)
    return total


def _cell_mm3(grid: Grid) -> float:
    """Return the mean volume of the cells between voxel centres."""
    return grid.pixel_area_mm2 * float(grid.frame_positions_mm[-1]) / (grid.frame_positions_mm.size - 1)


def _voxels_around(dose: Dose, solid: PlacedSolid) -> Floats | None:
    """Return the doses of the voxels around a solid; None where it is outside."""
    slabs, points = solid.slabs, solid.points
    if slabs.frames.size == 0:
        return None
    frames, rows, columns = dose.grid.shape
    (c0, r0), (c1, r1) = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
    if c0 >= columns - 1 or r0 >= rows - 1 or c1 <= 0 or r1 <= 0:
        return None
    return dose.values_gy[
        int(slabs.frames.min()) : min(int(slabs.frames.max()) + 2, frames),
        max(int(r0), 0) : min(int(r1) + 1, rows),
        max(int(c0), 0) : min(int(c1) + 1, columns),
    ]
