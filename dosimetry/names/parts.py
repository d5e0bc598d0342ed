"""Anatomical parts relative to the treated side, as results and protocols call them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.names.laterality import Laterality, decide, side_from_names
from dosimetry.names.placement import find_midline, require_sides
from dosimetry.names.roles import Role, Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.model.structures import Structure
    from dosimetry.names.aliases import Aliases
    from dosimetry.names.resolver import Resolution

__all__ = ["HEART", "IMN", "PARTS", "Choices", "Part", "find_part", "option_of", "treated_side"]


@dataclass(frozen=True, slots=True)
class Part:
    """An anatomical part relative to the treated side.

    Attributes
    ----------
    key
        Stable name in results.
    label
        In words.
    role
        What it is.
    relation
        1 on the treated side, -1 on the other one, 0 where it has no side or means both together.
    option
        The command line option that names it; where it has a side, ``left`` or ``right`` may be added.
    """

    key: str
    label: str
    role: Role
    relation: int
    option: str


HEART = Part("heart", "heart", Role.HEART, 0, "--heart")
IMN = Part("imn_target", "IMN target", Role.IMN_TARGET, 1, "--imn-target")
PARTS: dict[str, Part] = {
    part.key: part
    for part in (
        HEART,
        IMN,
        Part("lad", "LAD", Role.LAD, 0, "--lad"),
        Part("left_ventricle", "left ventricle", Role.LEFT_VENTRICLE, 0, "--left-ventricle"),
        Part("lung_ipsilateral", "ipsilateral lung", Role.LUNG, 1, "--lung"),
        Part("lung_contralateral", "contralateral lung", Role.LUNG, -1, "--lung"),
        Part("lungs", "both lungs", Role.LUNG, 0, "--lungs"),
        Part("breast_ipsilateral", "ipsilateral breast", Role.BREAST, 1, "--breast"),
        Part("breast_contralateral", "contralateral breast", Role.BREAST, -1, "--breast"),
        Part("breast_target", "breast target", Role.BREAST_TARGET, 1, "--breast-target"),
        Part("chestwall_target", "chest wall target", Role.CHESTWALL_TARGET, 1, "--chestwall-target"),
        Part("chestwall", "chest wall", Role.CHESTWALL, 1, "--chestwall"),
        Part("brachial_plexus", "ipsilateral brachial plexus", Role.BRACHIAL_PLEXUS, 1, "--brachial-plexus"),
        Part("spinal_cord", "spinal cord", Role.SPINAL_CORD, 0, "--spinal-cord"),
        Part("oesophagus", "oesophagus", Role.OESOPHAGUS, 0, "--oesophagus"),
        Part("liver", "liver", Role.LIVER, 0, "--liver"),
    )
}
"""Every part by its key."""

_OPTION_WITH_SIDE = (Role.LUNG, Role.BREAST)


@dataclass(frozen=True)
class Choices:
    """What the user says about names.

    Attributes
    ----------
    by_option
        ROIs that were named for a role, by option.
    laterality
        The treated side.
    aliases
        Names of the institution.
    """

    by_option: Mapping[str, str] = field(default_factory=dict)
    laterality: Side | None = None
    aliases: Aliases | None = None


def option_of(part: Part, side: Side | None) -> str:
    """Return the option that names a part where the treated side is known, or None for not known."""
    of_side = _side_of(part, side)
    with_side = of_side in (Side.LEFT, Side.RIGHT) and part.role in _OPTION_WITH_SIDE
    return f"{part.option}-{of_side}" if with_side else part.option


def find_part(resolution: Resolution, part: Part, side: Side | None, choices: Choices) -> Structure | None:
    """Return the ROI that plays a part, None if there is none.

    Parameters
    ----------
    resolution
        The roles of a structure set.
    part
        What is sought.
    side
        The treated side; None only for parts without a side.
    choices
        What the user named.

    Raises
    ------
    AmbiguityError
        If several ROIs could play it.
    StructureError
        If the user's choice is absent or empty.
    """
    option = option_of(part, side)
    return resolution.find(part.role, _side_of(part, side), option=option, choice=choices.by_option.get(option))


def treated_side(resolution: Resolution, targets: Sequence[Structure], choices: Choices) -> Laterality:
    """Decide the treated side from the targets' names, confirmed by where they lie.

    Parameters
    ----------
    resolution
        The roles of the structure set.
    targets
        The targets whose positions count: ROIs with contours.
    choices
        What the user named, and the side that the user states.

    Raises
    ------
    LateralityError
        If the side is unknown, contradictory or both.
    """
    own = [match for target in targets if (match := resolution.match_of(target)) is not None]
    drawn = [found.match for found in resolution.matches if found.structure.contours is not None]
    # Without the user's word all targets must agree; with it only the names of these may contradict.
    named = side_from_names(drawn if choices.laterality is None else own)
    midline = find_midline(resolution, choices.by_option)
    require_sides(resolution, midline)
    places = [midline.place(target) for target in targets]
    decisions = [decide(named, place, chosen=choices.laterality) for place in places or (None,)]
    # every place that tells agrees with the names by now; one that tells confirms them
    return next((found for found in decisions if not found.warnings), decisions[0])


def _side_of(part: Part, side: Side | None) -> Side | None:
    if part.role is Role.LUNG and part.relation == 0:
        return Side.BOTH
    if part.relation == 0 or side is None:
        return None
    return side if part.relation > 0 else side.opposite
