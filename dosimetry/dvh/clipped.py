"""The part of a solid within the support of a dose grid that its planes do not follow.

The support ends at the outermost voxel centres. A face of it that is slanted against the planes cuts each prism
along a slope, which thin prisms follow: only where a face crosses, and as thin as a fixed number of them allows.
Two at a time have the sections of Gauss's rule, so that volume and moments in the planes are exact wherever the
section changes as a cubic; the steps reach over the face by less than a third of a pair's thickness.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.solid import Solid
from dosimetry.dvh.variants import chosen_planes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.model.structures import ContourPlanes

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

__all__ = ["within_support"]

_ON_MM = 1e-9  # a point this far beyond a face is on it, but for rounding
_ALONG = 1e-9  # a face whose normal leans less towards the planes' own cuts every section of a prism alike
_PAIRS = 1000  # of thin prisms for a solid, about
_FEWEST = 12
_THINNEST_MM = 0.01  # unless there would be fewer
_GAUSS = 0.5 - 0.5 / math.sqrt(3.0)


def within_support(solid: Solid, grid: Grid) -> Solid:
    """Return the part of a solid within the outermost voxel centres of a grid; without a plane where none is.

    Parameters
    ----------
    solid
        Its planes may lie in any direction. It is returned as it is where it crosses no face.
    grid
        Of the dose.
    """
    crossed = [face for face in _faces(solid, grid) if _beyond(solid, face).max() > _ON_MM]
    if not crossed:
        return solid
    planes, low, high, at = _layers(solid, crossed)
    contours = replace(chosen_planes(solid.contours, planes), positions_mm=at)
    for face in crossed:
        contours = _cut(contours, face)
    filled = np.flatnonzero(np.diff(contours.plane_offsets))
    starts = np.append(contours.plane_offsets[filled], contours.plane_offsets[-1])
    contours = replace(contours, plane_offsets=starts, positions_mm=at[filled])
    return Solid(contours, low[filled], high[filled], solid.warnings)


def _faces(solid: Solid, grid: Grid) -> list[Floats]:
    """Return the six half-spaces (a, b, c, d) of the support: a u + b v + c w <= d in the planes' own axes."""
    frame = solid.contours.frame
    faces = []
    for axis, length in (
        (grid.row_axis, (grid.columns - 1) * grid.spacing_mm[0]),
        (grid.column_axis, (grid.rows - 1) * grid.spacing_mm[1]),
        (grid.normal, float(grid.frame_positions_mm[-1])),
    ):
        slopes = [float(own @ axis) for own in (frame.u_axis, frame.v_axis, frame.normal)]
        begin = float(grid.origin_mm @ axis)
        faces.append(np.array([*slopes, begin + length]))
        faces.append(-np.array([*slopes, begin]))
    return faces


def _in_planes(contours: ContourPlanes, face: Floats) -> Floats:
    return np.asarray(contours.points_mm @ face[:2])


def _plane_starts(contours: ContourPlanes) -> Numbers:
    return contours.contour_offsets[contours.plane_offsets]


def _beyond(solid: Solid, face: Floats) -> Floats:
    """Return how far each prism reaches beyond a face, in mm, shape (planes,)."""
    farthest = np.maximum.reduceat(_in_planes(solid.contours, face), _plane_starts(solid.contours)[:-1])
    return np.asarray(farthest + np.maximum(face[2] * solid.low_mm, face[2] * solid.high_mm) - face[3])


def _layers(solid: Solid, faces: list[Floats]) -> tuple[Numbers, Floats, Floats, Floats]:
    """Return the prisms that follow the faces: plane, lower and upper end, and the height of the section."""
    starts = _plane_starts(solid.contours)[:-1]
    slanted = [face for face in faces if abs(face[2]) > _ALONG]
    spans = []  # of heights at which each face crosses each section
    for face in slanted:
        across = _in_planes(solid.contours, face)
        ends = [(face[3] - extreme.reduceat(across, starts)) / face[2] for extreme in (np.minimum, np.maximum)]
        spans.append((np.minimum(*ends), np.maximum(*ends), abs(float(face[2]))))
    stretches: list[tuple[int, float, float, float]] = []  # plane, ends, and how steeply a face crosses
    for plane, (low, high) in enumerate(zip(solid.low_mm.tolist(), solid.high_mm.tolist(), strict=True)):
        here = [(float(first[plane]), float(last[plane]), steep) for first, last, steep in spans]
        cuts = sorted({low, high, *(end for span in here for end in span[:2] if low < end < high)})
        for begin, end in pairwise(cuts):
            middle = 0.5 * (begin + end)
            steepest = max((steep for first, last, steep in here if first < middle < last), default=0.0)
            stretches.append((plane, begin, end, steepest))
    whole = sum((end - begin) * steep for _, begin, end, steep in stretches)
    thickness = max(whole / _PAIRS, min(whole / _FEWEST, _THINNEST_MM))
    planes: list[int] = []
    layers: list[tuple[float, float, float]] = []
    for plane, begin, end, steep in stretches:
        if steep == 0.0:
            planes.append(plane)
            layers.append((begin, end, 0.5 * (begin + end)))
            continue
        pairs = math.ceil((end - begin) * steep / thickness)
        step = (end - begin) / pairs
        for pair in range(pairs):
            bottom, middle, top = (begin + (pair + share) * step for share in (0.0, 0.5, 1.0))
            planes += (plane, plane)
            layers += ((bottom, middle, bottom + _GAUSS * step), (middle, top, top - _GAUSS * step))
    low_mm, high_mm, at = np.array(layers).T
    return np.array(planes, dtype=np.int64), low_mm, high_mm, at


def _cut(contours: ContourPlanes, face: Floats) -> ContourPlanes:
    """Return what of each section lies within a half-space at the section's height."""
    points, offsets = contours.points_mm, contours.contour_offsets
    if not points.size:
        return contours
    starts = _plane_starts(contours)
    over = _in_planes(contours, face) + face[2] * np.repeat(contours.positions_mm, np.diff(starts)) - face[3]
    following = np.arange(1, len(points) + 1)
    following[offsets[1:] - 1] = offsets[:-1]
    kept = over <= 0.0
    crosses = kept != kept[following]
    share = np.divide(over, over - over[following], out=np.zeros_like(over), where=crosses)
    border = points + share[:, None] * (points[following] - points)
    taken = np.column_stack((kept, crosses))  # each point, and behind it the one where its edge crosses the face
    counts = np.add.reduceat(taken.sum(axis=1), offsets[:-1])
    left = counts > 0
    cut = replace(
        contours,
        points_mm=np.ascontiguousarray(np.stack((points, border), axis=1)[taken]),
        contour_offsets=np.append(0, np.cumsum(counts[left])),
        plane_offsets=np.append(0, np.cumsum(left))[contours.plane_offsets],
    )
    per_plane = np.diff(np.append(0, np.cumsum(crosses))[starts])
    if per_plane.max() <= 2:  # what leaves once comes back once: straight along the cut
        return cut
    enters = np.column_stack((np.zeros_like(kept), crosses & ~kept))[taken]
    return _parted(cut, enters, np.array((-face[1], face[0])))


def _parted(cut: ContourPlanes, enters: NDArray[np.bool_], along: Floats) -> ContourPlanes:
    """Return contours that run along the cut only where it runs through the inside.

    `enters` tells the points where a contour comes back from beyond the face.
    """
    offsets, entries = cut.contour_offsets.tolist(), np.flatnonzero(enters).tolist()
    numbers, places = np.arange(len(cut.points_mm)), (cut.points_mm @ along).tolist()
    contours: list[Numbers] = []
    counts = [0]
    for first, last in pairwise(cut.plane_offsets.tolist()):
        chains: list[Numbers] = []
        for begin, end in pairwise(offsets[first : last + 1]):
            mine = entries[bisect_left(entries, begin) : bisect_left(entries, end)]
            if mine:
                chains += [numbers[one:next_] for one, next_ in pairwise(mine)]
                chains.append(np.concatenate((numbers[mine[-1] : end], numbers[begin : mine[0]])))
            else:
                contours.append(numbers[begin:end])
        contours += _closed(chains, [places[chain[at]] for chain in chains for at in (0, -1)])
        counts.append(len(contours))
    return replace(
        cut,
        points_mm=cut.points_mm[np.concatenate(contours)],
        contour_offsets=np.append(0, np.cumsum([one.size for one in contours])),
        plane_offsets=np.array(counts, dtype=np.int64),
    )


def _closed(chains: list[Numbers], ends: list[float]) -> list[Numbers]:
    """Join chains of points that begin and end on a line to contours.

    Ordered along the line, it runs inside from the first of their ends to the second, from the third to the fourth,
    and so on. `ends` are the places of the first and the last point of each.
    """
    order = sorted(range(len(ends)), key=ends.__getitem__)
    other = dict(zip(order[0::2], order[1::2], strict=True))
    other |= {two: one for one, two in other.items()}
    contours = []
    left = dict.fromkeys(range(len(chains)))
    while left:
        end = 2 * next(iter(left))
        parts = []
        while end // 2 in left:
            del left[end // 2]
            parts.append(chains[end // 2][:: -1 if end % 2 else 1])
            end = other[end ^ 1]
        contours.append(np.concatenate(parts))
    return contours
