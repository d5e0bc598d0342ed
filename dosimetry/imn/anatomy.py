"""Which ROI plays which role on each side, and which side of the patient is treated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import AmbiguityError
from dosimetry.names.parts import HEART, IMN, PARTS, find_part, option_of, treated_side
from dosimetry.names.resolver import resolve_roles
from dosimetry.names.roles import NODAL_TARGETS, TARGETS, Role, Side
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.model.structures import Structure, StructureSet
    from dosimetry.names.laterality import Laterality
    from dosimetry.names.parts import Choices

__all__ = ["Anatomy", "find_anatomy"]


_OPTIONAL = tuple(
    PARTS[key]
    for key in (
        "lad",
        "lung_ipsilateral",
        "lung_contralateral",
        "breast_ipsilateral",
        "breast_contralateral",
        "breast_target",
        "chestwall",
        "spinal_cord",
    )
)


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
    resolution = resolve_roles(structures, choices.aliases)
    chosen = choices.by_option
    imn = resolution.require(Role.IMN_TARGET, choices.laterality, option=IMN.option, choice=chosen.get(IMN.option))
    laterality = treated_side(resolution, [imn], choices)
    side = laterality.side
    parts = {
        HEART.key: resolution.require(HEART.role, option=HEART.option, choice=chosen.get(HEART.option)),
        IMN.key: imn,
    }
    warnings = list(laterality.warnings)
    for part in _OPTIONAL:
        found = find_part(resolution, part, side, choices)
        if found is None:
            option = option_of(part, side)
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
