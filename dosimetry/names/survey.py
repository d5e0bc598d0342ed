"""Every ROI of a structure set with what its name says, and what is wrong with that."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.names.aliases import told
from dosimetry.names.match import mentions
from dosimetry.names.placement import find_midline, require_sides
from dosimetry.names.resolver import resolve_roles
from dosimetry.names.roles import PAIRED, TARGETS, Role, Side
from dosimetry.names.vocabulary import vocabulary

if TYPE_CHECKING:
    from dosimetry.model.structures import Structure, StructureSet
    from dosimetry.names.aliases import Aliases
    from dosimetry.names.laterality import Placement
    from dosimetry.names.match import Match

__all__ = ["Survey", "Surveyed", "survey"]

_NEAR = 3


@dataclass(frozen=True, eq=False)
class Surveyed:
    """One ROI.

    Attributes
    ----------
    structure
        The ROI.
    match
        What its name says, and by which rule; None where it plays no role that is known.
    placement
        On which side it lies; None where it has no contours, or no side matters.
    problem
        What keeps it from being used, or an empty text.
    near
        Meanings that its name resembles, in the words of an alias file: suggestions, never a match.
    """

    structure: Structure
    match: Match | None
    placement: Placement | None
    problem: str
    near: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Survey:
    """A structure set.

    Attributes
    ----------
    rows
        Its ROIs in the order of the file.
    problem
        What is wrong with the sides of the whole set, or an empty text.
    """

    rows: tuple[Surveyed, ...]
    problem: str

    @property
    def is_usable(self) -> bool:
        """Whether no name or position stands in the way of a calculation."""
        return not self.problem and not any(row.problem for row in self.rows)


def survey(structures: StructureSet, aliases: Aliases | None = None) -> Survey:
    """Return what every ROI is by its name, where it lies, and what is wrong."""
    resolution = resolve_roles(structures, aliases)
    problem, midline = "", None
    try:
        midline = find_midline(resolution)
        require_sides(resolution, midline)
    except DosimetryError as error:
        problem = str(error)
    rivals: dict[tuple[Role, Side | None], list[str]] = {}
    for found in resolution.matches:
        if found.structure.contours is not None:
            rivals.setdefault((found.match.role, found.match.side), []).append(f"#{found.structure.number}")
    rows = []
    for structure in structures:
        match = resolution.match_of(structure)
        placement: Placement | None = None
        if midline is not None and match is not None and match.role in PAIRED and structure.contours is not None:
            try:
                placement = midline.place(structure)
            except DosimetryError:  # mirrored lungs: told once, for the whole set
                placement = None
        wrong = ""
        if match is not None and structure.contours is None:
            wrong = "has no contours"
        elif match is not None and match.role is not Role.NODES:
            same = rivals[match.role, match.side]
            if len(same) > 1:
                side = f"{match.side} " if match.side in (Side.LEFT, Side.RIGHT) else ""
                wrong = f"{len(same)} ROIs may be the {side}{match.role.label}: {', '.join(same)}"
        known = aliases is not None and aliases.knows(structure.name)
        near = () if match is not None or known else _near(structure.name)
        rows.append(Surveyed(structure, match, placement, wrong, near))
    return Survey(tuple(rows), problem)


def _near(name: str) -> tuple[str, ...]:
    """Return the roles whose words stand in a name, or whose standard names it resembles."""
    exact = vocabulary().exact
    close = get_close_matches(name, exact, n=_NEAR, cutoff=0.75)
    alike = [told(exact[one][1], exact[one][2]) for one in close]
    mentioned = [role.value for role in Role if role not in TARGETS and mentions(name, role)]
    mentioned += [role.value for role in (Role.IMN_TARGET,) if mentions(name, role)]
    return tuple(dict.fromkeys([*alike, *mentioned]))[:_NEAR]
