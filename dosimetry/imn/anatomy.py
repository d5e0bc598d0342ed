"""Which ROI plays which role on each side, and which side of the patient is treated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.errors import AmbiguityError
from dosimetry.names.laterality import Laterality, decide, side_from_geometry, side_from_names
from dosimetry.names.match import match_name
from dosimetry.names.resolver import resolve_roles
from dosimetry.names.roles import NODAL_TARGETS, TARGETS, Role, Side
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.model.structures import Structure, StructureSet
    from dosimetry.names.resolver import Resolution

__all__ = ["Anatomy", "Choices", "Part", "find_anatomy"]


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
        1 on the treated side, -1 on the other one, 0 where it has no side.
    option
        The command line option that names it; where it has a side, ``left`` or ``right`` is added.
    """

    key: str
    label: str
    role: Role
    relation: int
    option: str


HEART = Part("heart", "heart", Role.HEART, 0, "--heart")
IMN = Part("imn_target", "IMN target", Role.IMN_TARGET, 1, "--imn-target")
_OPTIONAL = (
    Part("lad", "LAD", Role.LAD, 0, "--lad"),
    Part("lung_ipsilateral", "ipsilateral lung", Role.LUNG, 1, "--lung"),
    Part("lung_contralateral", "contralateral lung", Role.LUNG, -1, "--lung"),
    Part("breast_ipsilateral", "ipsilateral breast", Role.BREAST, 1, "--breast"),
    Part("breast_contralateral", "contralateral breast", Role.BREAST, -1, "--breast"),
    Part("breast_target", "breast target", Role.BREAST_TARGET, 1, "--breast-target"),
    Part("chestwall", "chest wall", Role.CHESTWALL, 1, "--chestwall"),
    Part("spinal_cord", "spinal cord", Role.SPINAL_CORD, 0, "--spinal-cord"),
)


@dataclass(frozen=True)
class Choices:
    """ROIs that the user named for a role, by option, and the side that the user states."""

    by_option: Mapping[str, str] = field(default_factory=dict)
    laterality: Side | None = None


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The roles of one structure set.

    Attributes
    ----------
    laterality
        The treated side and how it was decided.
    parts
        Structures by the key of their part; heart and IMN target are always among them.
    nodes
        Other nodal targets of the treated side, by ROI name.
    opposite
        Targets whose names state the other side of the patient.
    warnings
        Parts that are not available, and what remains unconfirmed.
    """

    laterality: Laterality
    parts: dict[str, Structure]
    nodes: dict[str, Structure]
    opposite: tuple[Structure, ...]
    warnings: tuple[Caution, ...]

    @property
    def heart(self) -> Structure:
        """The heart."""
        return self.parts[HEART.key]

    @property
    def imn(self) -> Structure:
        """The IMN target."""
        return self.parts[IMN.key]

    def key_of(self, structure: Structure) -> str | None:
        """Return the key of the part that a structure plays, or None."""
        return next((key for key, found in self.parts.items() if found is structure), None)


def find_anatomy(structures: StructureSet, choices: Choices) -> Anatomy:
    """Return the roles of a structure set.

    Raises
    ------
    StructureError
        If heart or IMN target are not there.
    AmbiguityError
        If several ROIs may play a role; the message names the option that settles it.
    LateralityError
        If the treated side is unknown, contradictory or both.
    """
    resolution = resolve_roles(structures)
    chosen = choices.by_option
    imn = resolution.require(Role.IMN_TARGET, choices.laterality, option=IMN.option, choice=chosen.get(IMN.option))
    laterality = _laterality(resolution, imn, choices)
    side = laterality.side
    parts = {
        HEART.key: resolution.require(HEART.role, option=HEART.option, choice=chosen.get(HEART.option)),
        IMN.key: imn,
    }
    warnings = list(laterality.warnings)
    for part in _OPTIONAL:
        of_side = {1: side, -1: side.opposite, 0: None}[part.relation]
        option = f"{part.option}-{of_side}" if of_side and part.role in (Role.LUNG, Role.BREAST) else part.option
        found = resolution.find(part.role, of_side, option=option, choice=chosen.get(option))
        if found is None:
            text = f"not available: no ROI is recognised as the {part.label}; name it with {option}"
            warnings.append(Caution(Code.ROLE_NOT_AVAILABLE, part.label, text))
        else:
            parts[part.key] = found
    _require_distinct(parts)
    nodes = {
        match.structure.name: match.structure
        for match in resolution.matches
        if match.match.role in NODAL_TARGETS
        and match.structure.contours is not None
        and match.match.side in (side, Side.UNKNOWN)
        and match.structure is not imn
    }
    opposite = tuple(
        found.structure
        for found in resolution.matches
        if found.match.role in TARGETS
        and found.match.side is side.opposite
        and found.structure.contours is not None
    )
    return Anatomy(laterality, parts, nodes, opposite, tuple(warnings))


def _require_distinct(parts: Mapping[str, Structure]) -> None:
    """Refuse one ROI in two parts: at least one of them was chosen by mistake."""
    by_number: dict[int, str] = {}
    for key, structure in parts.items():
        if structure.number in by_number:
            raise AmbiguityError(
                "one ROI cannot play two parts",
                item=f"ROI {structure.name!r}",
                found=f"{by_number[structure.number].replace('_', ' ')} and {key.replace('_', ' ')}",
                remedy="check the ROIs named on the command line",
            )
        by_number[structure.number] = key


def _laterality(resolution: Resolution, imn: Structure, choices: Choices) -> Laterality:
    """Decide the treated side from the targets' names, confirmed by where the IMN target lies."""

    def centroid(role: Role, side: Side | None, option: str) -> list[float] | None:
        found = resolution.find(role, side, option=option, choice=choices.by_option.get(option))
        return None if found is None or found.contours is None else found.contours.centroid_mm.tolist()

    own = match_name(imn.name)
    drawn = [found.match for found in resolution.matches if found.structure.contours is not None]
    # Without the user's word all targets must agree; with it the IMN target's own name is what may contradict.
    matches = drawn if choices.laterality is None else [own] if own is not None else []
    if imn.contours is None:  # the resolver returns only ROIs with contours
        raise AssertionError
    placement = side_from_geometry(
        imn.contours.centroid_mm.tolist(),
        left_lung_mm=centroid(Role.LUNG, Side.LEFT, "--lung-left"),
        right_lung_mm=centroid(Role.LUNG, Side.RIGHT, "--lung-right"),
        body_mm=centroid(Role.BODY, None, "--body"),
    )
    return decide(side_from_names(matches), placement, chosen=choices.laterality)
