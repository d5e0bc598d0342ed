"""Contours that exports hold by mistake: lines without area, and what is drawn twice and would cancel itself.

Under the even-odd rule an area that is drawn twice is none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from dosimetry.model.structures import ContourPlanes

__all__ = ["Laps", "lines", "without_laps", "without_repeats"]

# Far below the last decimal of any file, and above the rounding of a change of axes.
_SAME_MM = 1e-6
_DECIMALS = 6


def lines(points_mm: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which contours have all their points on a line, or in a point, shape (contours,).

    Parameters
    ----------
    points_mm
        Vertices, LPS, shape (points, 3).
    offsets
        Contour c has the points ``offsets[c]:offsets[c + 1]``, shape (contours + 1,).
    """
    starts, counts = offsets[:-1], np.diff(offsets)
    found = np.zeros(counts.size, dtype=bool)
    # Three points far apart along the contour make a triangle, but for a few that a closer look decides.
    first = points_mm[starts]
    one, other = points_mm[starts + counts // 3] - first, points_mm[starts + 2 * counts // 3] - first
    longest = np.maximum(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))
    for c in np.flatnonzero(np.linalg.norm(np.cross(one, other), axis=1) <= _SAME_MM * longest):
        polygon = points_mm[offsets[c] : offsets[c + 1]] - first[c]
        along = polygon[np.argmax((polygon**2).sum(axis=1))]
        length = float(np.linalg.norm(along))
        aside = np.linalg.norm(np.cross(polygon, along), axis=1) / length if length > 0 else np.zeros(1)
        found[c] = aside.max() <= _SAME_MM
    return found


@dataclass(frozen=True)
class Laps:
    """What was found of contours that run along themselves again.

    Attributes
    ----------
    whole
        How many ran several times around the same ring; one lap of it is left.
    partial
        How many run again along a part of themselves, or all the way back; they are as they were.
    """

    whole: int = 0
    partial: int = 0


def without_laps(planes: ContourPlanes) -> tuple[ContourPlanes, Laps]:
    """Return contours of which none runs several times around the same ring, and what was found.

    A contour is looked at closely if it passes its first point again on its way. The bridge of a keyhole, along
    which it goes and comes back, is no fault: a line that it goes along twice the same way is.
    """
    points, offsets = planes.points_mm, planes.contour_offsets
    starts, counts = offsets[:-1], np.diff(offsets)
    first = np.repeat(points[starts], counts, axis=0)
    again = (np.abs(points[:, 0] - first[:, 0]) <= _SAME_MM) & (np.abs(points[:, 1] - first[:, 1]) <= _SAME_MM)
    again[starts] = again[offsets[1:] - 1] = False  # many repeat it at the end, which closes them
    passed = np.flatnonzero(np.add.reduceat(again, starts, dtype=np.int64))
    whole = partial = 0
    keep = np.ones(len(points), dtype=bool)
    for c in passed.tolist():
        begin, end = offsets[c : c + 2].tolist()
        rounded = _rounded(points[begin:end])
        kept = np.flatnonzero((rounded != np.roll(rounded, -1, axis=0)).any(axis=1))
        path = np.unique(rounded[kept], axis=0, return_inverse=True)[1].ravel()
        if not _runs_again(path):
            continue
        lap = _lap(path)
        if lap == path.size:
            partial += 1
            continue
        whole += 1
        keep[begin:end] = False
        keep[begin + kept[:lap]] = True
    if whole:
        left = np.add.reduceat(keep, starts, dtype=np.int64)
        planes = replace(
            planes,
            points_mm=np.ascontiguousarray(points[keep]),
            contour_offsets=np.append(0, np.cumsum(left)),
        )
    return planes, Laps(whole, partial)


def _runs_again(path: NDArray[np.int64]) -> bool:
    """Tell whether a closed path of point numbers goes along a line twice the same way, or bounds nothing."""
    following = np.roll(path, -1)
    low, high = np.minimum(path, following), np.maximum(path, following)
    line = np.unique(low * (path.max() + 1) + high, return_inverse=True)[1].ravel()
    onward = np.bincount(line, weights=np.where(path < following, 1.0, -1.0))
    return bool((np.abs(onward) > 1.0).any() or not (np.bincount(line) % 2).any())


def _lap(path: NDArray[np.int64]) -> int:
    """Return after how many points a closed path repeats itself: all of them, unless it consists of laps."""
    for lap in np.flatnonzero(path == path[0])[1:].tolist():
        if path.size % lap == 0 and (path.reshape(-1, lap) == path[:lap]).all():
            return int(lap)
    return int(path.size)


def without_repeats(planes: ContourPlanes) -> tuple[ContourPlanes, int]:
    """Return contours of which none comes twice in its plane, and how many were left out.

    Two contours are the same if they go through the same points in the same order, wherever they start and
    whichever way they go; a point that repeats the one before it does not count.
    """
    drop: list[int] = []
    starts = planes.contour_offsets[:-1]
    # cheap, and the same for every order: few contours share these by chance
    extremes = (np.minimum.reduceat, np.maximum.reduceat)
    corners = np.hstack([extreme(planes.points_mm, starts, axis=0) for extreme in extremes])
    corners = _rounded(corners)
    for first, last in pairwise(planes.plane_offsets.tolist()):
        if last - first < 2:
            continue
        alike: dict[Hashable, list[int]] = defaultdict(list)
        for c in range(first, last):
            alike[corners[c].tobytes()].append(c)
        for same in alike.values():
            if len(same) < 2:
                continue
            seen: set[bytes] = set()
            for c in same:
                path = _path(planes.points_mm[planes.contour_offsets[c] : planes.contour_offsets[c + 1]])
                if path in seen:
                    drop.append(c)
                seen.add(path)
    return (_without(planes, drop), len(drop)) if drop else (planes, 0)


def _rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.round(points, _DECIMALS) + 0.0)  # no negative zeros


def _path(points: NDArray[np.float64]) -> bytes:
    """Return the same bytes for a contour whatever its first point and direction."""
    rounded = _rounded(points)
    rounded = rounded[(rounded != np.roll(rounded, 1, axis=0)).any(axis=1)]
    if not len(rounded):
        return b""  # a point
    lowest = rounded[np.lexsort(rounded.T)[0]]
    ways: list[bytes] = [
        np.roll(way, -start, axis=0).tobytes()
        for way in (rounded, rounded[::-1])
        for start in np.flatnonzero((way == lowest).all(axis=1))
    ]
    return min(ways)


def _without(planes: ContourPlanes, drop: list[int]) -> ContourPlanes:
    counts = np.diff(planes.contour_offsets)
    keep = np.ones(counts.size, dtype=bool)
    keep[drop] = False
    kept_before = np.append(0, np.cumsum(keep))
    return replace(
        planes,
        points_mm=np.ascontiguousarray(planes.points_mm[np.repeat(keep, counts)]),
        contour_offsets=np.append(0, np.cumsum(counts[keep])),
        plane_offsets=kept_before[planes.plane_offsets],
    )
