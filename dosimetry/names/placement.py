"""Whether the sides that names state are those where the ROIs lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import LateralityError
from dosimetry.names.laterality import Placement, side_from_geometry
from dosimetry.names.roles import Role, Side

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.model.structures import Structure
    from dosimetry.names.resolver import Resolution

__all__ = ["Midline", "find_midline", "require_sides"]


@dataclass(frozen=True)
class Midline:
    """What tells the patient's left from right.

    Attributes
    ----------
    left_lung_mm, right_lung_mm, body_mm
        Centroids, LPS; None for what is not there.
    """

    left_lung_mm: list[float] | None
    right_lung_mm: list[float] | None
    body_mm: list[float] | None

    def place(self, structure: Structure) -> Placement:
        """Return on which side a ROI with contours lies.

        Raises
        ------
        LateralityError
            If the lungs are mirrored or mislabelled.
        """
        if structure.contours is None:
            return Placement(Side.UNKNOWN, None, "nothing")
        return side_from_geometry(
            structure.contours.centroid_mm.tolist(),
            left_lung_mm=self.left_lung_mm,
            right_lung_mm=self.right_lung_mm,
            body_mm=self.body_mm,
        )


def find_midline(resolution: Resolution, chosen: Mapping[str, str] | None = None) -> Midline:
    """Return what tells left from right in a structure set.

    Parameters
    ----------
    resolution
        Its roles.
    chosen
        ROIs that the user named, by option.

    Raises
    ------
    AmbiguityError
        If two ROIs may be a lung or the body; the message names the option that settles it.
    """
    choices = chosen or {}

    def centroid(role: Role, side: Side | None, option: str) -> list[float] | None:
        found = resolution.find(role, side, option=option, choice=choices.get(option))
        return None if found is None or found.contours is None else found.contours.centroid_mm.tolist()

    return Midline(
        centroid(Role.LUNG, Side.LEFT, "--lung-left"),
        centroid(Role.LUNG, Side.RIGHT, "--lung-right"),
        centroid(Role.BODY, None, "--body"),
    )


def require_sides(resolution: Resolution, midline: Midline) -> None:
    """Refuse a structure set in which a ROI lies on the other side than its name states.

    Raises
    ------
    LateralityError
        With the names of these ROIs and where they lie.
    """
    wrong = []
    for found in resolution.matches:
        stated = found.match.side
        if stated not in (Side.LEFT, Side.RIGHT) or found.structure.contours is None:
            continue
        placement = midline.place(found.structure)
        if placement.side is stated.opposite and placement.offset_mm is not None:
            wrong.append(
                f"{found.structure.name!r} {abs(placement.offset_mm):.0f} mm {placement.side} of "
                f"{placement.reference}"
            )
    if wrong:
        raise LateralityError(
            "names and positions contradict each other",
            expected="ROIs on the side that their names state",
            found=" and ".join(wrong),
            remedy="check the contours and their names, and that the images are not mirrored",
        )
