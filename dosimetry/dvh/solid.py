"""From contour planes to a solid: a stack of prisms, whatever the convention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.convention import EndCap, SliceRule
from dosimetry.dvh.spacing import bridged_gaps, half_beyond, usual_spacing
from dosimetry.errors import StructureError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.convention import Convention
    from dosimetry.model.structures import ContourPlanes, Structure

__all__ = ["Solid", "build_solid"]


@dataclass(frozen=True, eq=False)
class Solid:
    """A stack of prisms: the section at each plane, filled from `low_mm` to `high_mm`.

    Attributes
    ----------
    contours
        The sections; of a convention that fills the space between contours there are more than were drawn.
    low_mm, high_mm
        Ends of each prism along the planes' normal, shape (planes,).
    warnings
        Gaps that were not bridged, spacings that had to be assumed.
    """

    contours: ContourPlanes
    low_mm: NDArray[np.float64]
    high_mm: NDArray[np.float64]
    warnings: tuple[Caution, ...]

    @property
    def thickness_mm(self) -> NDArray[np.float64]:
        """Thickness of each prism, shape (planes,)."""
        return self.high_mm - self.low_mm


def build_solid(structure: Structure, convention: Convention) -> Solid:
    """Return the solid that a convention makes of a structure's contours.

    Parameters
    ----------
    structure
        With contours.
    convention
        Slice rule, end cap and gap factor; the inclusion of voxels needs a grid, and is not looked at here.

    Raises
    ------
    StructureError
        If there are no contours, or a single plane whose thickness nothing tells; without end caps also where a
        plane has no neighbour.
    """
    contours = structure.contours
    if contours is None:
        raise StructureError("has no closed planar contour", item=f"ROI {structure.name!r}")
    at = contours.positions_mm
    gaps = np.diff(at)
    usual, warnings = usual_spacing(structure, gaps, convention.gap_factor)
    bridged, doubts = bridged_gaps(structure, at, usual, convention.gap_factor)
    warnings = (*warnings, *doubts)
    if not bridged.all():
        where = ", ".join(f"{at[i]:g} to {at[i + 1]:g} mm" for i in np.flatnonzero(~bridged)[:5])
        text = f"contours pause for {int((~bridged).sum())} gap(s), taken as separate pieces: {where}"
        warnings = (*warnings, Caution(Code.CONTOUR_GAP, structure.name, text))
    # Half the distance to the neighbour; at an end of a piece half that to the next slice of the structure set, or
    # the same as on its other side, or, for a piece of one plane, half the usual spacing.
    half = 0.5 * gaps
    above, below = np.full(at.size, np.nan), np.full(at.size, np.nan)
    above[:-1][bridged] = half[bridged]
    below[1:][bridged] = half[bridged]
    beyond = half_beyond(structure, at, bridged, usual, convention.gap_factor)
    top, bottom = np.isnan(above), np.isnan(below)
    above[top & ~bottom] = below[top & ~bottom]
    below[bottom & ~top] = above[bottom & ~top]
    above[top & bottom] = below[top & bottom] = 0.5 * usual
    for ends, reach, known in ((bottom, below, beyond[0]), (top, above, beyond[1])):
        found = ends & ~np.isnan(known)
        reach[found] = known[found]
    apart = ~bridged  # whatever the caps, pieces do not overlap
    above[:-1][apart] = np.minimum(above[:-1], half)[apart]
    below[1:][apart] = np.minimum(below[1:], half)[apart]
    above[top] = _cap(above[top], convention)
    below[bottom] = _cap(below[bottom], convention)
    if not (above + below > 0).all():
        lone = at[above + below == 0]
        raise StructureError(
            f"end cap {convention.end_cap.value!r} leaves no volume to a contour without neighbours",
            item=f"ROI {structure.name!r}",
            found=f"{lone.size} lone plane(s), the first at {lone[0]:g} mm",
            remedy="use a convention with end caps",
        )
    low, high = at - below, at + above
    if convention.slice_rule is not SliceRule.PRISM or convention.end_cap is EndCap.ROUNDED:
        from dosimetry.dvh.shapes import reshaped  # noqa: PLC0415  only for conventions that need it

        contours, low, high = reshaped(contours, low, high, (bottom, top), convention)
    return Solid(contours, low, high, warnings)


def _cap(half_mm: NDArray[np.float64], convention: Convention) -> NDArray[np.float64]:
    """Return how far end caps reach, where half a slice is `half_mm`."""
    if convention.end_cap is EndCap.NONE:
        return np.zeros_like(half_mm)
    return half_mm if convention.cap_limit_mm is None else np.minimum(half_mm, convention.cap_limit_mm)
