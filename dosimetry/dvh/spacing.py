"""How thick a slice of a structure is, told from its own planes and from its structure set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import StructureError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.model.structures import Structure

__all__ = ["usual_spacing"]

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
        text = f"one contour plane: taken to be {usual:g} mm thick, the spacing of the structure set"
        return usual, (Caution(Code.SPACING_ASSUMED, structure.name, text),)
    return usual, ()
