"""An institution's own names: what its ROIs are, where no standard tells.

A TOML file with one table:

.. code-block:: toml

    [names]
    "Hrt neu" = "heart"
    "Lung Ipsi li" = "lung, left"
    "z_help" = "nothing"

Names are compared without regard to case and to runs of blanks. What a standard defines letter by letter cannot be
given another meaning.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import UsageError
from dosimetry.labels import masked_name
from dosimetry.names.match import Match
from dosimetry.names.roles import PAIRED, Role, Side
from dosimetry.names.vocabulary import vocabulary
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["NOTHING", "Aliases", "meaning_of", "read_aliases", "starter_file", "told"]

NOTHING = "nothing"
"""What a ROI is that plays no role."""

_MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Aliases:
    """Names of one institution.

    Attributes
    ----------
    file, sha256
        Name and hash of the file.
    meanings
        Role and side by folded name; no side where the part is unpaired; None for what plays no role.
    """

    file: str
    sha256: str
    meanings: Mapping[str, tuple[Role, Side | None] | None]

    def knows(self, name: str) -> bool:
        """Return whether the file says what a name is."""
        return _folded(name) in self.meanings

    def match(self, name: str) -> Match | None:
        """Return what a name is by the file; None where it plays no role or is not there."""
        meaning = self.meanings.get(_folded(name))
        return None if meaning is None else Match(*meaning, f"alias file {self.file}", name)


def read_aliases(path: Path) -> Aliases:
    """Read an alias file.

    Raises
    ------
    UsageError
        Where there is no such file, it is not TOML, a meaning is none, a name comes twice, or a name has another
        meaning by a standard.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError("far too large for an alias file", file=path)
        content = path.read_bytes()
        document = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=path, item="--aliases") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"not a TOML file: {error}", file=path) from error
    names = document.get("names")
    if set(document) != {"names"} or not isinstance(names, dict):
        raise UsageError(
            "holds no names", file=path, expected="one table [names] with lines like 'ROI' = \"heart\""
        )
    meanings: dict[str, tuple[Role, Side | None] | None] = {}
    for name, text in names.items():
        key, meaning = _folded(name), _meaning(path, name, text)
        if meanings.get(key, meaning) != meaning:
            raise UsageError("a name has two meanings", file=path, item=repr(name))
        _require_no_contradiction(path, name, meaning)
        meanings[key] = meaning
    return Aliases(masked_name(path), hashlib.sha256(content).hexdigest(), meanings)


def told(role: Role, side: Side | None) -> str:
    """Return a meaning in the words of an alias file."""
    return role.value if side in (None, Side.UNKNOWN) else f"{role.value}, {side}"


def meaning_of(text: str) -> tuple[Role, Side | None] | None:
    """Return role and side of a meaning in the words of an alias file; None where it is none.

    No side is stated where the text states none: any side is meant.
    """
    word, _, shown = (part.strip().lower() for part in text.partition(","))
    sides = [side.value for side in Side if side is not Side.UNKNOWN]
    if word not in tuple(Role) or (shown and (shown not in sides or Role(word) not in PAIRED)):
        return None
    return Role(word), Side(shown) if shown else None


def starter_file(known: Iterable[Match], unknown: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Return the text of an alias file to begin with.

    Parameters
    ----------
    known
        What is recognised already: written as comments, for the reader.
    unknown
        Names that are not, each with the meanings that come nearest: written as "nothing", to be edited.
    """
    lines = [
        '# Names of ROIs of this institution: \'name\' = "role" or "role, left|right|both".',
        f'# Roles: {", ".join(role.value for role in Role)}; "{NOTHING}" for what plays no role.',
        "",
        "[names]",
        *(
            f"# {_quoted(match.name)} = {_quoted(told(match.role, match.side))}  # by {match.rule}"
            for match in known
        ),
    ]
    for name, near in unknown:
        hints = ", ".join(near)
        lines.append(f"{_quoted(name)} = {_quoted(NOTHING)}" + (f"  # similar: {clean(hints)}" if hints else ""))
    return "\n".join(lines) + "\n"


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _meaning(path: Path, name: str, text: object) -> tuple[Role, Side | None] | None:
    def wrong(expected: str) -> UsageError:
        return UsageError("has no meaning", file=path, item=repr(name), expected=expected, found=repr(text))

    if not isinstance(text, str):
        raise wrong("a role, as in 'lung, left'")
    if text.strip().lower() == NOTHING:
        return None
    word, comma, shown = (part.strip().lower() for part in text.partition(","))
    if word not in tuple(Role):
        raise wrong(f"{NOTHING} or {' or '.join(role.value for role in Role)}")
    role = Role(word)
    if role not in PAIRED:
        if comma:
            raise wrong(f"{role.value} without a side")
        return role, None
    sides = [side.value for side in Side if side is not Side.UNKNOWN]
    if comma and shown not in sides:
        raise wrong(f"{role.value}, {' or '.join(sides)}")
    return role, Side(shown) if comma else Side.UNKNOWN


def _require_no_contradiction(path: Path, name: str, meaning: tuple[Role, Side | None] | None) -> None:
    standard = vocabulary().exact.get(name.strip())
    if standard is None or standard[1:] == meaning:
        return
    if meaning is not None and standard[1] is meaning[0] and standard[2] is Side.UNKNOWN:
        return  # ESTRO's names leave the side open
    raise UsageError(
        "a standard gives this name another meaning",
        file=path,
        item=repr(name),
        expected=f"{told(standard[1], standard[2])} by {standard[0]}",
        found=NOTHING if meaning is None else told(*meaning),
        remedy="rename the ROI",
    )


def _quoted(text: str) -> str:
    """Return a TOML string on one line."""
    shown = clean(text, limit=200).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{shown}"'
