"""What a stack of contours is taken to mean.

Planning systems differ in how they fill the space between contours and beyond the last one; they seldom say so.
A :class:`Convention` states it, and is passed wherever it matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dosimetry.errors import UsageError
from dosimetry.text import clean

__all__ = ["CONVENTIONS", "DEFAULT_CONVENTION", "Convention", "EndCap", "Inclusion", "SliceRule", "find_convention"]


class SliceRule(StrEnum):
    """How the space between two contour planes is filled."""

    PRISM = "prism"
    SHAPE_BASED = "shape-based"


class EndCap(StrEnum):
    """How far a structure reaches beyond its first and last plane."""

    NONE = "none"
    HALF_SLICE = "half-slice"
    LIMITED = "limited"
    ROUNDED = "rounded"


class Inclusion(StrEnum):
    """Which part of a voxel counts."""

    EXACT = "exact"
    CENTRE = "centre"
    TOUCHED = "touched"


@dataclass(frozen=True, slots=True)
class Convention:
    """How contours become a solid.

    Attributes
    ----------
    name
        As printed with every result.
    slice_rule
        ``prism``: each contour holds unchanged up to the middle between its plane and the next.
        ``shape-based``: between two planes the signed distance to the contour is interpolated linearly.
    end_cap
        ``half-slice``: the first and last contour reach half a slice spacing further; ``none``: they end at their
        plane; ``limited``: half a slice, but at most `cap_limit_mm`; ``rounded``: half a slice, shrinking to
        nothing like a spheroid.
    inclusion
        ``exact``: the part of a voxel that is inside. ``centre``: voxels whose centre is inside, whole.
        ``touched``: voxels of which any part is inside, whole.
    cap_limit_mm
        Of ``limited`` end caps.
    gap_factor
        Planes further apart than this multiple of the usual spacing belong to separate pieces, each with its
        own end caps; they are not bridged, unless the structure set has no slice in between to draw on.
    """

    name: str
    slice_rule: SliceRule = SliceRule.PRISM
    end_cap: EndCap = EndCap.HALF_SLICE
    inclusion: Inclusion = Inclusion.EXACT
    cap_limit_mm: float | None = None
    gap_factor: float = 1.5

    def as_dict(self) -> dict[str, str | float | None]:
        """Return the convention as JSON-ready values."""
        return {
            "name": self.name,
            "slice_rule": self.slice_rule.value,
            "end_cap": self.end_cap.value,
            "inclusion": self.inclusion.value,
            "cap_limit_mm": self.cap_limit_mm,
            "gap_factor": self.gap_factor,
        }


DEFAULT_CONVENTION = Convention("prism-half-slice")
CONVENTIONS = {DEFAULT_CONVENTION.name: DEFAULT_CONVENTION}


def find_convention(name: str) -> Convention:
    """Return a convention by its name.

    Raises
    ------
    UsageError
        If there is none of this name; the message lists those there are.
    """
    if name not in CONVENTIONS:
        raise UsageError(
            f"no convention named {clean(name)!r}", item="--convention", expected=" or ".join(CONVENTIONS)
        )
    return CONVENTIONS[name]
