"""The slices that a structure set was drawn on, told from the planes of all its ROIs.

An RTSTRUCT does not say where the slices of its CT are. Where many ROIs have a plane there is one.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from dosimetry.model.structures import ContourPlanes

    Floats = NDArray[np.float64]

__all__ = ["slice_positions", "slice_spacing"]

# The same slice, written by two ROIs with a little jitter.
_SAME_SLICE_MM = 0.1
# Every second slice drawn gives a share of a half; an isodose on the planes of its dose grid, or a ROI filled up
# to 1 mm, meets fewer slices.
_IN_STEP = 0.4


def slice_spacing(contours: Sequence[ContourPlanes | None]) -> float | None:
    """Return the usual distance between the axial planes of a structure set, or None where it shows none.

    Each ROI's own gaps count: an ROI that was drawn on other slices, such as an isodose, must not halve them.
    Where no ROI has two planes, the planes of all of them stand for the slices.
    """
    axial = [planes.positions_mm for planes in contours if planes is not None and planes.frame.normal[2] == 1.0]
    if not axial:
        return None
    gaps: Floats = np.concatenate([np.diff(at) for at in axial])
    if not gaps.size:
        gaps = np.diff(np.unique(np.concatenate(axial)))
        gaps = gaps[gaps > _SAME_SLICE_MM]
    return float(np.median(gaps)) if gaps.size else None


def slice_positions(
    contours: Sequence[ContourPlanes | None], frame_uids: Sequence[str | None]
) -> list[Floats | None]:
    """Return the slices that each ROI could have been drawn on: the planes of all ROIs that share its slices.

    Parameters
    ----------
    contours, frame_uids
        Of each ROI.

    Returns
    -------
    list
        For each ROI the positions along the normal of its planes, ascending; None where no other ROI shares
        them, so that they are not known.
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for roi, (planes, uid) in enumerate(zip(contours, frame_uids, strict=True)):
        if planes is not None:
            groups[uid, planes.frame.normal.tobytes()].append(roi)
    found: list[Floats | None] = [None] * len(contours)
    for rois in groups.values():
        positions = [planes.positions_mm for roi in rois if (planes := contours[roi]) is not None]
        in_step = _in_step(positions)
        if in_step.sum() < 2:
            continue
        together = np.concatenate([at for at, member in zip(positions, in_step, strict=True) if member])
        slices = _merged(together)
        for roi, member in zip(rois, in_step, strict=True):
            found[roi] = slices if member else None
    return found


def _merged(positions: Floats) -> Floats:
    """Return positions in ascending order, those of the same slice once, by their median."""
    ordered = np.sort(positions)
    starts = [0]
    for i in range(1, ordered.size):
        if ordered[i] - ordered[starts[-1]] > _SAME_SLICE_MM:
            starts.append(i)
    return ordered[[(a + b) // 2 for a, b in pairwise([*starts, ordered.size])]]


def _in_step(positions: list[Floats]) -> NDArray[np.bool_]:
    """Tell which ROIs are drawn on the slices of the ROI whose planes most other ROIs share."""
    slices = _merged(np.concatenate(positions))
    others = np.full(slices.size, -1)
    for at in positions:
        others[_nearest(slices, at)] += 1
    # of two that meet the same planes of others the one with fewer of its own
    leader = max(positions, key=lambda at: (int(others[_nearest(slices, at)].sum()), -at.size))
    return np.array([_shares(leader, at) for at in positions])


def _nearest(slices: Floats, at: Floats) -> NDArray[np.intp]:
    right = np.clip(np.searchsorted(slices, at), 1, max(slices.size - 1, 1))
    if slices.size == 1:
        return np.zeros(at.size, dtype=np.intp)
    return np.where(at - slices[right - 1] < slices[right] - at, right - 1, right)


def _shares(leader: Floats, at: Floats) -> bool:
    """Tell whether planes lie on the leader's slices, as far as these reach."""
    within = at[(at >= leader[0] - _SAME_SLICE_MM) & (at <= leader[-1] + _SAME_SLICE_MM)]
    if not within.size:
        return True
    met = np.abs(leader[_nearest(leader, within)] - within) <= _SAME_SLICE_MM
    return float(met.mean()) >= _IN_STEP
