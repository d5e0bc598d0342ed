"""A solid placed in a dose grid, and the doses deposited in it.

Large solids are measured in blocks of planes, a fixed number whatever the machine, and added up in their order:
results do not depend on how many threads did the work.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.cores import on_all_cores
from dosimetry.dvh.sections import blocks_of_planes
from dosimetry.dvh.slabs import cut_at_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.accuracy import Accuracy
    from dosimetry.dvh.solid import Solid
    from dosimetry.geometry import Grid
    from dosimetry.kernels.coverage import Cover
    from dosimetry.kernels.deposit import Bins, Slabs
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import ContourPlanes

    Floats = NDArray[np.float64]

__all__ = ["Deposition", "PlacedSolid", "deposit_solid", "place_in_grid"]

_CELLS_PER_BLOCK = 5_000  # about a millisecond of work: less is not worth a thread
_FEWEST_BINS = 2048
_SPARE_BINS = 2


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
    from dosimetry.kernels.deposit import Bins  # noqa: PLC0415  numba is imported where it runs

    range_gy = _range_gy(dose, solid)
    if range_gy is None:
        return _NOTHING
    low, high = range_gy
    # the hottest bin begins above the highest dose: no block shall reach beyond it
    width = max((high - low) / min(accuracy.bins, max((high - low) / accuracy.bin_gy, _FEWEST_BINS)), 1e-9)
    number = int(np.ceil((high - low) / width)) + 2 * _SPARE_BINS
    grid = dose.grid
    cell_mm3 = grid.pixel_area_mm2 * float(grid.frame_positions_mm[-1]) / (grid.frame_positions_mm.size - 1)
    cells = volume_mm3 / cell_mm3
    coarseness = accuracy.coarseness(cells)
    cut = min(accuracy.cut_gy, accuracy.range_share * (high - low)) * coarseness
    bins = Bins(high + _SPARE_BINS * width, 1.0 / width, number, cut, accuracy.ratio * coarseness)
    stats, volumes, plateaus = _in_blocks(dose, solid, bins, cells / _CELLS_PER_BLOCK)
    inside, integral, lowest, highest = stats
    if not inside > 0:
        return _NOTHING
    edges, falling = _cumulative(bins, volumes, plateaus, (lowest, highest))
    edges = np.concatenate(([lowest], edges, [highest]))
    share = np.concatenate(([1.0], np.minimum(falling / falling[0], 1.0), [0.0]))
    new = np.append(True, (np.diff(edges) != 0) | (np.diff(share) != 0))
    edges, share = edges[new], share[new]
    return Deposition(inside, integral / inside, lowest, highest, edges, share)


_NOTHING = Deposition(0.0, math.nan, math.nan, math.nan, np.zeros(2), np.zeros(2))


def _cumulative(bins: Bins, volumes: Floats, plateaus: Floats, ends: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return doses, ascending, and the volume that receives at least each; it falls at plateaus' very doses.

    Bins end at the lowest and at the highest dose: what they hold lies within.
    """
    volumes = np.maximum(volumes, 0.0)
    # summed from the hot end, where the small volumes are
    rising = np.append(0.0, np.cumsum(volumes + plateaus[:, 0]))
    edges = np.clip(bins.high - np.arange(bins.number + 1.0) / bins.per_dose, *ends)
    at = np.flatnonzero(plateaus[:, 0])
    if at.size:
        doses = np.clip(plateaus[at, 1], edges[at + 1], edges[at])
        width = edges[at] - edges[at + 1]
        share = np.divide(edges[at] - doses, width, out=np.ones_like(width), where=width > 0)
        without = rising[at] + volumes[at] * share
        steps = np.column_stack((without, without + plateaus[at, 0])).ravel()
        after = np.repeat(at + 1, 2)
        edges, rising = np.insert(edges, after, np.repeat(doses, 2)), np.insert(rising, after, steps)
    return edges[::-1], rising[::-1]


def _in_blocks(
    dose: Dose, solid: PlacedSolid, bins: Bins, number: float
) -> tuple[tuple[float, ...], Floats, Floats]:
    """Return (volume mm³, integral, lowest, highest), the volume of each bin and its plateaus."""
    from dosimetry.kernels.coverage import cover  # noqa: PLC0415
    from dosimetry.kernels.deposit import Slabs, deposit  # noqa: PLC0415

    contours, slabs, grid = solid.contours, solid.slabs, dose.grid
    planes = blocks_of_planes(contours, number)
    firsts = np.cumsum([0, *(block.size - 1 for block in planes)]).tolist()

    def block(first: int, planes: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        covered = solid.covers.get(first)
        if covered is None:
            covered = cover(solid.points, contours.contour_offsets, planes, grid.rows, grid.columns)
            solid.covers[first] = covered
        mine = (slabs.planes >= first) & (slabs.planes < first + planes.size - 1)
        part = Slabs(slabs.frames[mine], slabs.planes[mine] - first, slabs.spans[mine])
        return deposit(covered, part, dose.values_gy, grid.pixel_area_mm2, bins)

    parts = on_all_cores(lambda pair: block(*pair), zip(firsts[:-1], planes, strict=True))
    stats = reduce(_joined, (part[0].tolist() for part in parts))
    volumes: Floats = reduce(np.add, (part[1] for part in parts))
    return tuple(stats), volumes, reduce(_joined_plateaus, (part[2] for part in parts))


def _joined(one: list[float], other: list[float]) -> list[float]:
    return [one[0] + other[0], one[1] + other[1], min(one[2], other[2]), max(one[3], other[3])]


def _joined_plateaus(one: Floats, other: Floats) -> Floats:
    volume = one[:, 0] + other[:, 0]
    share = np.divide(other[:, 0], volume, out=np.zeros_like(volume), where=volume > 0)
    return np.column_stack((volume, one[:, 1] + (other[:, 1] - one[:, 1]) * share))


def _range_gy(dose: Dose, solid: PlacedSolid) -> tuple[float, float] | None:
    """Return the lowest and highest dose of the voxels around a solid; None where it is outside."""
    from dosimetry.kernels.deposit import dose_range  # noqa: PLC0415

    slabs, points = solid.slabs, solid.points
    if slabs.frames.size == 0:
        return None
    frames, rows, columns = dose.grid.shape
    (c0, r0), (c1, r1) = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
    if c0 >= columns - 1 or r0 >= rows - 1 or c1 <= 0 or r1 <= 0:
        return None
    block = dose.values_gy[
        int(slabs.frames.min()) : min(int(slabs.frames.max()) + 2, frames),
        max(int(r0), 0) : min(int(r1) + 1, rows),
        max(int(c0), 0) : min(int(c1) + 1, columns),
    ]
    low, high = dose_range(block)
    return (low, high) if low <= high else None
