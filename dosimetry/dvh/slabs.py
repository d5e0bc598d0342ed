"""From contour planes to the slabs of a solid, and from slabs to the frames of a dose grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import StructureError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.convention import Convention
    from dosimetry.kernels.deposit import Slabs
    from dosimetry.model.structures import Structure

__all__ = ["SlabStack", "cut_at_frames", "stack_slabs"]

# A cell is entered only where the slab covers more of it than rounding would.
_SLIVER_MM = 1e-9
# Contours this many slices apart may still be a structure drawn on some slices only; farther ones are doubtful.
_SPARSE = 3.0
_JITTER_MM = 0.05  # planes are written with two or three decimals
_EVEN = 0.05


@dataclass(frozen=True, eq=False)
class SlabStack:
    """One slab of constant cross-section for each contour plane.

    Attributes
    ----------
    low_mm, high_mm
        Ends of each slab along the planes' normal, shape (planes,).
    warnings
        Gaps that were not bridged, spacings that had to be assumed.
    """

    low_mm: NDArray[np.float64]
    high_mm: NDArray[np.float64]
    warnings: tuple[Caution, ...]

    @property
    def thickness_mm(self) -> NDArray[np.float64]:
        """Thickness of each slab, shape (planes,)."""
        return self.high_mm - self.low_mm


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


def _usual_spacing(
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


def stack_slabs(structure: Structure, convention: Convention) -> SlabStack:
    """Return the slabs of a structure under a convention.

    Parameters
    ----------
    structure
        With contours.
    convention
        Slice rule, end cap and gap factor.

    Raises
    ------
    StructureError
        If there are no contours, or a single plane whose thickness nothing tells.
    """
    contours = structure.contours
    if contours is None:
        raise StructureError("has no closed planar contour", item=f"ROI {structure.name!r}")
    at = contours.positions_mm
    gaps = np.diff(at)
    usual, warnings = _usual_spacing(structure, gaps, convention.gap_factor)
    bridged = gaps <= convention.gap_factor * usual + _JITTER_MM
    if not bridged.all():
        where = ", ".join(f"{at[i]:g} to {at[i + 1]:g} mm" for i in np.flatnonzero(~bridged)[:5])
        text = f"contours pause for {int((~bridged).sum())} gap(s), taken as separate pieces: {where}"
        warnings = (*warnings, Caution(Code.CONTOUR_GAP, structure.name, text))
    # Half the distance to the neighbour; at an end of a piece the same cap as on its other side, or, for a
    # piece of one plane, half the usual spacing.
    half = 0.5 * gaps
    above, below = np.full(at.size, np.nan), np.full(at.size, np.nan)
    above[:-1][bridged] = half[bridged]
    below[1:][bridged] = half[bridged]
    top, bottom = np.isnan(above), np.isnan(below)
    above[top & ~bottom] = below[top & ~bottom]
    below[bottom & ~top] = above[bottom & ~top]
    above[top & bottom] = below[top & bottom] = 0.5 * usual
    return SlabStack(at - below, at + above, warnings)


def cut_at_frames(
    low_mm: NDArray[np.float64], high_mm: NDArray[np.float64], frames_mm: NDArray[np.float64]
) -> Slabs:
    """Cut slabs at the frames of a dose grid; what lies beyond the first and last frame is left out.

    Parameters
    ----------
    low_mm, high_mm
        Ends of each slab along the grid's normal, relative to its first frame, shape (planes,).
    frames_mm
        Positions of the frames, ascending, shape (frames,).
    """
    from dosimetry.kernels.deposit import Slabs  # noqa: PLC0415  numba is imported where it runs

    cells: list[int] = []
    spans: list[tuple[float, float, float]] = []
    offsets = [0]
    for low, high in zip(low_mm.tolist(), high_mm.tolist(), strict=True):
        first = max(int(np.searchsorted(frames_mm, low, side="right")) - 1, 0)
        for cell in range(first, frames_mm.size - 1):
            start, end = float(frames_mm[cell]), float(frames_mm[cell + 1])
            if start >= high:
                break
            a, b = max(low, start), min(high, end)
            if b - a > _SLIVER_MM:
                cells.append(cell)
                spans.append(((a - start) / (end - start), (b - start) / (end - start), b - a))
        offsets.append(len(cells))
    return Slabs(
        np.array(cells, dtype=np.int64),
        np.array(spans, dtype=np.float64).reshape(-1, 3),
        np.array(offsets, dtype=np.int64),
    )
