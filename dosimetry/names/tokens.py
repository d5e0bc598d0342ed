"""ROI names taken apart into words.

Underscores, hyphens, dots, blanks, case and digits separate words in every combination that planning systems
and people invent. A regular expression's word boundary does not do: it sees none before an underscore.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

__all__ = ["is_reserved", "words"]

# A character that is neither letter, digit nor separator stays as a word of its own, which no role explains:
# "~Heart", "Heart^Opt" and "50%" are other structures than "Heart".
_PIECE = re.compile(r"[A-Za-z]+|[0-9]+(?:[.,][0-9]+)?|[^A-Za-z0-9\s_.,:;()\[\]{}'\"#/-]")
# "LungLeft" and "LNBreast", but not "CTVn" or "IMNs".
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss"})
# LO values have at most 64 characters; a longer one is no name that a person gave.
_MAX_LENGTH = 128


def is_reserved(name: str) -> bool:
    """Return whether the name marks itself as a planning helper, as TG-263 does by a leading underscore."""
    return name.lstrip().startswith("_")


def words(name: str, known: AbstractSet[str], gluing: AbstractSet[str], sides: AbstractSet[str]) -> tuple[str, ...]:
    """Return the words of a name in lower case, without accents, digits apart from letters.

    Parameters
    ----------
    name
        The ROI name, untrusted.
    known
        Words that have a meaning: letters that run together are cut only into these.
    gluing
        Known words to which the letters l and r may be glued.
    sides
        Words for left and right, among `known`.
    """
    if len(name) > _MAX_LENGTH:
        return ()
    found: list[str] = []
    for piece in _PIECE.findall(_plain(name)):
        if not piece.isalpha():
            found.append(piece)
            continue
        camel = tuple(part.lower() for part in _CAMEL.split(piece))
        if len(camel) > 1 and camel[-1] in sides and all(part in known for part in camel):
            found.extend(camel)  # "LungeR" is the right lung, "Lunger" are both
        elif piece.lower() in known:
            found.append(piece if _could_be_sided(piece, known, sides) else piece.lower())
        else:
            cut = None if all(part in known for part in camel) else _cut(piece.lower(), known, gluing, sides)
            found.extend(cut or camel)
    return tuple(found)


def _could_be_sided(piece: str, known: AbstractSet[str], sides: AbstractSet[str]) -> bool:
    """Return whether capitals hide what a word is: "LUNGER" is "Lunger" or "Lunge R"."""
    run = piece.lower()
    return len(run) > 2 and piece.isupper() and run not in sides and run[-1] in sides and run[:-1] in known


def _plain(name: str) -> str:
    """Return the name without accents; full-width and superscript forms become plain ones."""
    decomposed = unicodedata.normalize("NFKD", name.translate(_LIGATURES))
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn")


def _cut(
    run: str, known: AbstractSet[str], gluing: AbstractSet[str], sides: AbstractSet[str]
) -> tuple[str, ...] | None:
    """Return a run of letters as two known words: "ptvimn", "leftlung", "lungl"; None where it is not two."""
    for at in range(1, len(run)):
        pair = run[:at], run[at:]
        if not (pair[0] in known and pair[1] in known):
            continue
        short = [word for word in pair if len(word) <= 2]
        other = [word for word in pair if len(word) > 2]
        if not short or (set(short) <= sides and set(other) <= gluing and other):
            return pair
    return None
