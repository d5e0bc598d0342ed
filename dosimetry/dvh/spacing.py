"""How thick a slice of a structure is, told from its own planes and from its structure set.

Where the slices of the structure set are known, distances between planes are counted in slices too: a CT may have
two spacings, and a structure pauses only where there was a slice to draw it on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import StructureError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.model.structures import Structure

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["JITTER_MM", "bridged_gaps", "half_beyond", "usual_spacing"]

JITTER_MM = 0.05  # planes are written with two or three decimals
# A plane and a slice of the set this close are the same.
_SAME_SLICE_MM = 0.1
# No CT for planning has wider slices: where even those of the set are further apart, no ROI of it was drawn.
_WIDEST_SLICE_MM = 10.0

# Contours this many slices apart may still be a structure drawn on some slices only; farther ones are doubtful.
_SPARSE = 3.0
_EVEN = 0.05


def _own_spacing(
    gaps_mm: NDArray[np.float64], usual: float | None, gap_factor: float
) -> tuple[float, str | None] | None:
    """Return the spacing that a structure's own planes show, with what is doubtful of it; None if they are too few.

    `usual` is the spacing of the structure set.
    """
    if gaps_mm.size >= 3:
        # a second look without the pauses: half of the gaps may be some
        own = float(np.median(gaps_mm))
        own = float(np.median(gaps_mm[gaps_mm <= gap_factor * own]))
        if usual is None or own <= _SPARSE * usual:
            return own, None
        drawn = gaps_mm[gaps_mm <= gap_factor * usual]
        if drawn.size:  # drawn slice by slice, in places far apart
            return float(np.median(drawn)), None
        return own, f"planes {own:g} mm apart are bridged; the structure set has a spacing of {usual:g} mm"
    if gaps_mm.size == 2 and usual is not None:
        low, high = sorted(gaps_mm.tolist())
        if gap_factor * usual < low and high <= _SPARSE * usual and high - low <= _EVEN * high:
            return 0.5 * (low + high), None  # every second slice drawn
    return None


def usual_spacing(
    structure: Structure, gaps_mm: NDArray[np.float64], gap_factor: float
) -> tuple[float, tuple[Caution, ...]]:
    """Return the spacing of the structure's planes, from itself where it has enough planes to show it."""
    usual = structure.slice_spacing_mm
    own = _own_spacing(gaps_mm, usual, gap_factor)
    if own is not None:
        spacing, doubt = own
        return spacing, () if doubt is None else (Caution(Code.SPACING_ASSUMED, structure.name, doubt),)
    if usual is None:
        if gaps_mm.size:
            return float(gaps_mm.min()), ()
        raise StructureError(
            "has one contour plane, and the structure set shows no slice spacing",
            item=f"ROI {structure.name!r}",
            expected="a second plane, in this or in another ROI",
            found="one plane",
            remedy="its thickness cannot be guessed",
        )
    if gaps_mm.size == 0:
        usual = _around(structure, usual, gap_factor)
        text = f"one contour plane: taken to be {usual:g} mm thick, the spacing of the structure set"
        return usual, (Caution(Code.SPACING_ASSUMED, structure.name, text),)
    return usual, ()


def bridged_gaps(
    structure: Structure, at_mm: Floats, usual: float, gap_factor: float
) -> tuple[Flags, tuple[Caution, ...]]:
    """Tell which planes are one piece with the next, shape (planes - 1,), with what is doubtful of it.

    Planes are, up to `gap_factor` times the usual spacing. Where the slices of the structure set are known, those
    further apart are too if no more slices lie between them than the structure leaves out elsewhere.
    """
    gaps = np.diff(at_mm)
    near: Flags = gaps <= gap_factor * usual + JITTER_MM
    slices = structure.slice_positions_mm
    if slices is None or near.all():
        return near, ()
    steps, stride = _steps(slices, at_mm, near)
    steady = _steady(slices, gap_factor)
    widths = np.diff(slices)
    bridged, doubtful = near.copy(), []
    for i in np.flatnonzero(~near & (steps <= gap_factor * stride)):
        first, last = _nearest(slices, at_mm[i]), _nearest(slices, at_mm[i + 1])
        bridged[i] = last > first and widths[first:last].max() <= _WIDEST_SLICE_MM
        if bridged[i] and not steady[first:last].all():
            doubtful.append(f"{at_mm[i]:g} to {at_mm[i + 1]:g} mm")
    if not doubtful:
        return bridged, ()
    text = f"bridged where the structure set has no slice: {', '.join(doubtful[:5])}"
    return bridged, (Caution(Code.SPACING_ASSUMED, structure.name, text),)


def half_beyond(
    structure: Structure, at_mm: Floats, bridged: Flags, usual: float, gap_factor: float
) -> tuple[Floats, Floats]:
    """Return half the distance from each plane to the next slice that was not drawn, below and above, in mm.

    A structure ends somewhere before that slice, on average half way. NaN where a piece goes on, where the slices
    are not known, and where the distance is that to the plane on the other side, or the usual one for a piece of
    one plane: only a change of spacing matters.
    """
    below, above = np.full(at_mm.size, np.nan), np.full(at_mm.size, np.nan)
    slices = structure.slice_positions_mm
    if slices is None or slices.size < 2:
        return below, above
    _, stride = _steps(slices, at_mm, bridged)
    steady = _steady(slices, gap_factor)
    gaps = np.diff(at_mm)
    goes_on = (np.append(False, bridged), np.append(bridged, False))
    distances = (np.append(np.nan, gaps), np.append(gaps, np.nan))
    for half, side, other in ((below, 0, 1), (above, 1, 0)):
        for i in np.flatnonzero(~goes_on[side]):
            here = _nearest(slices, at_mm[i])
            there = here + (stride if side else -stride)
            if not 0 <= there < slices.size or not steady[min(here, there) : max(here, there)].all():
                continue
            distance = abs(float(slices[there] - at_mm[i]))
            inner = float(distances[other][i]) if goes_on[other][i] else usual
            if not abs(distance - inner) <= JITTER_MM:
                half[i] = 0.5 * distance
    return below, above


def _around(structure: Structure, usual: float, gap_factor: float) -> float:
    """Return the spacing of the structure set around a structure's only plane; `usual` where that is the same."""
    if structure.contours is None:
        return usual
    at = structure.contours.positions_mm
    below, above = half_beyond(structure, at, np.zeros(0, dtype=bool), usual, gap_factor)
    return float(sum(0.5 * usual if np.isnan(half[0]) else half[0] for half in (below, above)))


def _steps(slices: Floats, at_mm: Floats, near: Flags) -> tuple[NDArray[np.intp], int]:
    """Return how many slices each plane is from the next, and how many it usually is where they are near."""
    after = np.searchsorted(slices, at_mm[:-1] + _SAME_SLICE_MM, side="right")
    before = np.searchsorted(slices, at_mm[1:] - _SAME_SLICE_MM)
    steps = np.asarray(before - after + 1)
    return steps, max(int(np.median(steps[near])), 1) if near.any() else 1


def _steady(slices: Floats, gap_factor: float) -> Flags:
    """Tell which slices are about as far from the next as another pair beside them, shape (slices - 1,)."""
    widths = np.diff(slices)
    padded = np.concatenate(([0.0], widths, [0.0]))
    return np.asarray((widths <= gap_factor * np.maximum(padded[:-2], padded[2:])) & (widths <= _WIDEST_SLICE_MM))


def _nearest(slices: Floats, at: float) -> int:
    return int(np.argmin(np.abs(slices - at)))
