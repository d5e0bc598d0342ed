"""The tables of names, read once and checked as they are read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from dosimetry.names.roles import Role, Side

__all__ = ["Entry", "Kind", "Vocabulary", "vocabulary"]

Kind = Literal["organ", "primary", "nodal"]
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """The phrases of one role.

    Attributes
    ----------
    kind
        Which other words a name of this role may have.
    phrases
        Phrase -> the side that it implies, unknown for most.
    guarded
        Phrases that count only beside a volume or nodal word.
    """

    role: Role
    kind: Kind
    phrases: dict[Phrase, Side]
    guarded: frozenset[Phrase]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All tables.

    Attributes
    ----------
    exact
        Name -> the standard that defines it, its role and its side; no side where the organ is unpaired.
    entries
        Roles with their phrases.
    words
        Word classes by name: left, right, volume, nodal ...
    known
        Every word that has a meaning somewhere.
    """

    exact: dict[str, tuple[str, Role, Side | None]]
    entries: tuple[Entry, ...]
    words: dict[str, frozenset[str]]
    known: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """Return the tables that come with the package."""
    raw = _load("vocabulary.toml")
    words = {name: frozenset(members) for name, members in raw["words"].items()}
    entries = tuple(_entry(Role(name), table, raw["role"]) for name, table in raw["role"].items())
    phrased = {word for entry in entries for phrase in entry.phrases for word in phrase}
    exact = {
        name: (standard, Role(row["role"]), Side(row["side"]) if "side" in row else None)
        for standard, rows in _load("exact.toml").items()
        for name, row in rows.items()
    }
    return Vocabulary(exact, entries, words, frozenset(phrased.union(*words.values())))


def _entry(role: Role, table: dict[str, Any], roles: dict[str, Any]) -> Entry:
    source = roles[table["of"]] if "of" in table else table
    phrases = {tuple(phrase.split()): Side.UNKNOWN for phrase in source["phrases"]}
    for side in (Side.LEFT, Side.RIGHT, Side.BOTH):
        phrases.update({tuple(phrase.split()): side for phrase in source.get(side.value, ())})
    guarded = frozenset(tuple(phrase.split()) for phrase in table.get("guarded", ()))
    return Entry(role, table["kind"], phrases, guarded)


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(files("dosimetry.names").joinpath(name).read_text(encoding="utf-8"))
