"""Constraint sheets as objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.protocols.limit import Limit

__all__ = ["Constraint", "Levels", "Sheet"]


@dataclass(frozen=True, slots=True)
class Levels:
    """One level of a constraint, the same for every course or one limit for each number of fractions.

    Attributes
    ----------
    always
        The limit whatever the course; None where it depends on it.
    by_fractions
        The limit by number of fractions.
    """

    always: Limit | None
    by_fractions: Mapping[int, Limit]

    def limit(self, fractions: int | None) -> Limit | None:
        """Return the limit for a course; None where the sheet has none for it."""
        if self.always is not None:
            return self.always
        return None if fractions is None else self.by_fractions.get(fractions)

    def as_json(self) -> object:
        """Return the level as JSON-ready values."""
        if self.always is not None:
            return str(self.always)
        return {str(count): str(limit) for count, limit in self.by_fractions.items()}


@dataclass(frozen=True, slots=True)
class Constraint:
    """One line of a sheet.

    Attributes
    ----------
    parts
        Keys of the anatomical parts that it applies to, each of those that are there; empty where `roi` is given.
    roi
        Exact name of the ROI; None where parts are given.
    goal
        What should be kept.
    acceptable
        What may be kept instead; None where there is one level.
    verified
        Whether the figures were seen at their source.
    note
        A line for the reader, or an empty text.
    obstacle
        Why the line could not be read from its file; it then has no limit and is never kept.
    """

    parts: tuple[str, ...]
    roi: str | None
    goal: Levels
    acceptable: Levels | None
    verified: bool
    note: str = ""
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One protocol.

    Attributes
    ----------
    id, title
        Its name on the command line and in words.
    citation, doi, where
        The source, and the place in it; no DOI where none is known.
    fractions
        Numbers of fractions that the limits were written for; empty where the source does not say.
    constraints
        Its lines.
    notes
        What a reader must know.
    sha256
        Hash of the file that it came from.
    """

    id: str
    title: str
    citation: str
    doi: str | None
    where: str
    fractions: tuple[int, ...]
    constraints: tuple[Constraint, ...]
    notes: tuple[str, ...]
    sha256: str

    @property
    def is_verified(self) -> bool:
        """Whether every figure was seen at its source."""
        return all(constraint.verified for constraint in self.constraints)
