"""From one ROI name to one role, or to none.

A name has a role only if every word of it is explained. What is not explained makes it another structure:
a margin (PRV, 05), a difference (Lungs-GTV), a helper (opt, ring, z), a segment (prox). Likeness never
decides; it is left to the suggestions in error messages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dosimetry.names.roles import NODAL_TARGETS, PAIRED, Role, Side
from dosimetry.names.tokens import is_reserved, words
from dosimetry.names.vocabulary import Entry, Vocabulary, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Match", "match_name", "mentions"]

_COPY = re.compile(r"[1-4]")  # HEART4: the fourth of its name; from 5 on it may as well be a margin in mm
_LEVEL_DOSE = re.compile(r"(?:[2-9][0-9]|[1-9][0-9]{2,})(?:[.,][0-9]+)?")  # PTVn IMN 50; 05, 10 and 15 are margins
_DOSE = re.compile(rf"{_COPY.pattern}|{_LEVEL_DOSE.pattern}")  # not beside a level, where a digit is another level
_LEVELS = frozenset("1234")
_CROP = re.compile(r"[-+]\s*0?[0-9](?:[.,][0-9]+)?(?![0-9])")  # PTV_Breast-5: 5 mm taken away


@dataclass(frozen=True, slots=True)
class Match:
    """What a name says.

    Attributes
    ----------
    role
        The anatomical role.
    side
        None for organs that are not paired, unknown where the name of a paired one does not tell.
    rule
        How it was found: the standard that defines the name, or the words that were recognised.
    name
        The ROI name.
    """

    role: Role
    side: Side | None
    rule: str
    name: str


def match_name(name: str) -> Match | None:
    """Return the role of a ROI name; None where it has none or could have several."""
    tables = vocabulary()
    if name.strip() in tables.exact:
        standard, role, side = tables.exact[name.strip()]
        return Match(role, side, f"{standard} name", name)
    if is_reserved(name):
        return None
    tokens = _tokens(name, tables)
    found = {entry.role: hit for entry in tables.entries if (hit := _fit(entry, tokens, name, tables))}
    if len(found) == 1:
        return next(iter(found.values()))
    return None if found else _several_levels(tokens, name, tables)


def mentions(name: str, role: Role) -> bool:
    """Return whether a phrase of the role stands anywhere in the name: a suggestion, never a match."""
    tables = vocabulary()
    tokens = _tokens(name, tables)
    return any(next(_places(tokens, p), None) for e in tables.entries if e.role is role for p in e.phrases)


def _tokens(name: str, tables: Vocabulary) -> tuple[str, ...]:
    sides = tables.words["left"] | tables.words["right"]
    return words(name, tables.known, tables.words["gluing"], sides)


def _places(tokens: tuple[str, ...], phrase: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the words before and behind the phrase for each place where it stands."""
    n = len(phrase)
    for at in range(len(tokens) - n + 1):
        if tokens[at : at + n] == phrase:
            yield tokens[:at], tokens[at + n :]


def _fit(entry: Entry, tokens: tuple[str, ...], name: str, tables: Vocabulary) -> Match | None:
    """Return the match if some phrase of the role stands in the name and the role allows all other words."""
    for phrase in sorted(entry.phrases, key=len, reverse=True):
        for before, behind in _places(tokens, phrase):
            if _is_other(entry, before, behind, name, tables):
                continue
            rest = _sided(phrase, before + behind, tables)
            side = _side(rest, entry.phrases[phrase], tables)
            if entry.role is Role.LUNG and side is Side.UNKNOWN and any(t in tables.words["whole"] for t in rest):
                side = Side.BOTH
            if _allowed(entry, phrase, rest, tables) and _side_fits(entry, side, rest, tables):
                shown = side if entry.role in PAIRED else None
                return Match(entry.role, shown, f"words '{' '.join(phrase)}'", name)
    return None


def _is_other(
    entry: Entry, before: tuple[str, ...], behind: tuple[str, ...], name: str, tables: Vocabulary
) -> bool:
    """Return whether the words around a phrase, by their places, say that this is another structure."""
    if any(token in tables.words["only_behind"] for token in before):
        return True  # "PTV sin CMI" is without it, "Lunge sin" is the left one
    if entry.kind != "organ" and entry.role not in NODAL_TARGETS and (_levels(before) or _levels(behind)):
        return True  # "CTVn_IMN_L4" holds level 4; that its l could also mean left does not make it the IMN alone
    return entry.role not in NODAL_TARGETS and _CROP.search(name) is not None


def _levels(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return the digits that stand directly behind an l, which makes levels of them."""
    return tuple(b for a, b in pairwise(tokens) if a == "l" and len(b) == 1 and b.isdigit())


def _sided(phrase: tuple[str, ...], rest: tuple[str, ...], tables: Vocabulary) -> tuple[str, ...]:
    """Return the words with the side letters of the phrase's language spelled out: "poumon g", "mama d"."""
    w = tables.words
    french = any(word in w["french"] for word in phrase)
    romance = french or any(word in w["romance"] for word in phrase)
    letters = {"g": "left"} if french else {}
    letters |= {"d": "right"} if romance else {}
    return tuple(letters.get(token, token) for token in rest)


def _allowed(entry: Entry, phrase: tuple[str, ...], rest: tuple[str, ...], tables: Vocabulary) -> bool:
    w = tables.words
    accepted = w["left"] | w["right"] | w["both"] | w["joiner"] | w["filler"]
    number, most = _DOSE, 2  # PTVn2 IMN 50
    if entry.kind == "organ":
        accepted |= w["whole"]
        cues: frozenset[str] = frozenset()
        number, most = _COPY, 1
    elif entry.kind == "primary":
        cues = w["volume"] | w["primary"]
        accepted |= cues | w["dose"] | w["whole"]
    else:
        cues = w["nodal"] if phrase[-1].isdigit() else w["nodal"] | w["volume"]
        accepted |= w["nodal"] | w["volume"] | w["nodal_filler"] | w["dose"]
        if entry.role in NODAL_TARGETS:
            number = _LEVEL_DOSE
    numbers = {token for token in rest if number.fullmatch(token)}
    needs_cue = entry.kind == "primary" or phrase in entry.guarded
    return (
        all(token in accepted or token in numbers for token in rest)
        and len(numbers) <= most
        and (not needs_cue or any(token in cues for token in rest))
    )


def _side(rest: tuple[str, ...], implied: Side, tables: Vocabulary) -> Side:
    w = tables.words
    left = implied is Side.LEFT or any(token in w["left"] for token in rest)
    right = implied is Side.RIGHT or any(token in w["right"] for token in rest)
    if left and right:
        return Side.BOTH
    if left or right:
        # "Lungs_L": the plural is a habit, the letter is meant.
        return Side.LEFT if left else Side.RIGHT
    both = implied is Side.BOTH or any(token in w["both"] for token in rest)
    return Side.BOTH if both else Side.UNKNOWN


def _side_fits(entry: Entry, side: Side, rest: tuple[str, ...], tables: Vocabulary) -> bool:
    """Return whether the side makes sense: none for unpaired organs, a joiner only between two sides."""
    if entry.role not in PAIRED and side is not Side.UNKNOWN:
        return False
    return _is_joined(rest, tables) if _has_both(rest, tables) else not _is_joined(rest, tables)


def _has_both(rest: tuple[str, ...], tables: Vocabulary) -> bool:
    w = tables.words
    return any(token in w["left"] for token in rest) and any(token in w["right"] for token in rest)


def _is_joined(rest: tuple[str, ...], tables: Vocabulary) -> bool:
    return any(token in tables.words["joiner"] for token in rest)


def _several_levels(tokens: tuple[str, ...], name: str, tables: Vocabulary) -> Match | None:
    """Return the general nodal role for a name that is made of nodal words alone, the IMN's excepted."""
    if not tokens:
        return None
    w = tables.words
    phrases = [phrase for entry in tables.entries if entry.role in NODAL_TARGETS for phrase in entry.phrases]
    telling = w["nodal"] | {phrase[0] for phrase in phrases if len(phrase) == 1}
    accepted = telling.union(*phrases, w["volume"], w["nodal_filler"], w["dose"], w["filler"])
    accepted |= w["left"] | w["right"] | w["both"] | w["joiner"]
    explained = all(token in accepted or _DOSE.fullmatch(token) for token in tokens)
    known = set(_levels(tokens)) <= _LEVELS
    rest = _without_levels(tokens)
    clash = _has_both(rest, tables) and not _is_joined(rest, tables)
    if explained and known and not clash and any(token in telling for token in tokens):
        return Match(Role.NODES, _side(rest, Side.UNKNOWN, tables), "nodal words", name)
    return None


def _without_levels(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words without the l of l 1, l 2 ..., which stands for level and not for left."""
    following = (*tokens[1:], "")
    return tuple(a for a, b in zip(tokens, following, strict=True) if not (a == "l" and b in _LEVELS))
