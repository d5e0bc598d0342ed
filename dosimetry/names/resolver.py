"""Which ROI of a structure set plays which role.

Strict on purpose: no candidate is an error with suggestions, several are an error that lists them and the
option that settles it. There is no preference among candidates, not even of CTV over PTV.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dosimetry.errors import AmbiguityError, StructureError
from dosimetry.names.match import Match, match_name, mentions
from dosimetry.names.roles import TARGETS, Role, Side

if TYPE_CHECKING:
    from dosimetry.model.structures import Structure, StructureSet
    from dosimetry.names.aliases import Aliases

__all__ = ["Resolution", "Resolved", "choose", "resolve_roles"]

_NUMBER = re.compile(r"#\s*([0-9]{1,9})")
# How many names an error line still shows.
_SHOWN = 40


@dataclass(frozen=True, eq=False, slots=True)
class Resolved:
    """One ROI whose name has a role.

    Attributes
    ----------
    structure
        The ROI.
    match
        Its role and side, and the rule that gave them.
    """

    structure: Structure
    match: Match


@dataclass(frozen=True, eq=False)
class Resolution:
    """The roles found in one structure set.

    Attributes
    ----------
    structures
        The structure set.
    matches
        ROIs with a role, in the order of the file; ROIs without contours among them.
    """

    structures: StructureSet
    matches: tuple[Resolved, ...]

    def match_of(self, structure: Structure) -> Match | None:
        """Return what the name of a ROI of this set says; None where it has no role."""
        return next((found.match for found in self.matches if found.structure is structure), None)

    def candidates(self, role: Role, side: Side | None = None) -> tuple[Structure, ...]:
        """Return the ROIs with contours that may play a role.

        With a side, organs must name that side; targets may also name none, since ESTRO's names have none.
        """
        return tuple(r.structure for r in self._named(role, side) if r.structure.contours is not None)

    def find(
        self, role: Role, side: Side | None = None, *, option: str, choice: str | None = None
    ) -> Structure | None:
        """Return the one ROI that plays a role, None if there is none.

        Parameters
        ----------
        role, side
            What is sought; no side means any.
        option
            The command line option that settles an ambiguity, as ``--heart``.
        choice
            The user's own choice, a ROI name or ``#number``; it overrides the names.

        Raises
        ------
        AmbiguityError
            If several ROIs could play the role.
        StructureError
            If the user's choice is absent or empty.
        """
        if choice is not None:
            return choose(self.structures, choice, option=option)
        found = self.candidates(role, side)
        if len(found) > 1:
            raise AmbiguityError(
                f"{len(found)} ROIs may be the {_wanted(role, side)}",
                file=_file(self.structures),
                found=_listed(found),
                remedy=f"choose one with {option} NAME or {option} '#NUMBER'",
            )
        return found[0] if found else None

    def require(self, role: Role, side: Side | None = None, *, option: str, choice: str | None = None) -> Structure:
        """Return the one ROI that plays a role; as :meth:`find`, but absence is an error with suggestions."""
        found = self.find(role, side, option=option, choice=choice)
        if found is not None:
            return found
        empty = tuple(r.structure for r in self._named(role, side))
        near = self._suggestions(role)
        hint = f"; similar: {_listed(near)}" if near else ""
        raise StructureError(
            f"no ROI with contours is recognised as the {_wanted(role, side)}",
            file=_file(self.structures),
            found=f"without contours {_listed(empty)}" if empty else _listed(self.structures.values()),
            remedy=f"name it with {option} NAME or {option} '#NUMBER'{hint}",
        )

    def _named(self, role: Role, side: Side | None) -> list[Resolved]:
        sides = set(Side) | {None} if side is None else {side} | ({Side.UNKNOWN} if role in TARGETS else set())
        return [r for r in self.matches if r.match.role is role and r.match.side in sides]

    def _suggestions(self, role: Role) -> tuple[Structure, ...]:
        """Return ROIs whose names hold a word of the role or are spelled like it."""
        near = set(get_close_matches(role.label, [s.name.lower() for s in self.structures], n=5, cutoff=0.7))
        return tuple(s for s in self.structures if s.name.lower() in near or mentions(s.name, role))


def resolve_roles(structures: StructureSet, aliases: Aliases | None = None) -> Resolution:
    """Return the roles that the ROI names of a structure set state.

    A name that a standard defines letter by letter comes first, then the institution's own, then words.
    """
    found = ((structure, _match(structure.name, aliases)) for structure in structures)
    return Resolution(structures, tuple(Resolved(structure, match) for structure, match in found if match))


def _match(name: str, aliases: Aliases | None) -> Match | None:
    if aliases is None or not aliases.knows(name):
        return match_name(name)
    return aliases.match(name)  # never against a standard: the file was checked as it was read


def choose(structures: StructureSet, choice: str, *, option: str) -> Structure:
    """Return the ROI that the user chose by name or by ``#number``; an exact name goes first.

    Raises
    ------
    AmbiguityError
        If several ROIs have this name.
    StructureError
        If no ROI has this name or number, or the ROI has no contours.
    """
    named = tuple(structure for structure in structures if structure.name == choice)
    if len(named) > 1:
        raise AmbiguityError(
            f"{len(named)} ROIs are named {choice!r}",
            file=_file(structures),
            item=option,
            found=_listed(named),
            remedy=f"choose one by its number: {option} '#{named[0].number}'",
        )
    number = _NUMBER.fullmatch(choice.strip())
    if named:
        chosen = named[0]
    elif number:
        chosen = structures.by_number(int(number[1]))
    else:
        chosen = structures[choice]
    if chosen.contours is None:
        raise StructureError(
            f"ROI {chosen.name!r} has no contours",
            file=_file(structures),
            item=option,
            remedy="choose another ROI",
        )
    return chosen


def _wanted(role: Role, side: Side | None) -> str:
    return f"{side} {role.label}" if side in {Side.LEFT, Side.RIGHT} else role.label


def _listed(structures: tuple[Structure, ...]) -> str:
    shown = ", ".join(f"#{s.number} {s.name!r}" for s in structures[:_SHOWN])
    more = f" and {len(structures) - _SHOWN} more" if len(structures) > _SHOWN else ""
    return shown + more or "no ROI at all"


def _file(structures: StructureSet) -> str | None:
    return None if structures.source is None else structures.source.name
