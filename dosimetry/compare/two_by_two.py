"""Breathing and IMN as a two by two: what each of them does to the mean heart dose, and both together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.compare.technique import Technique

__all__ = ["Breathing", "TwoByTwo", "breathing_of", "two_by_two"]

_FREE = {"fb", "free"}
_HELD = {"dibh", "bh", "abc", "inspiration"}
Breathing = str


@dataclass(frozen=True, eq=False)
class TwoByTwo:
    """Four techniques.

    Attributes
    ----------
    free_without, free_with, held_without, held_with
        Free breathing and deep inspiration, without and with the IMN covered.
    """

    free_without: Technique
    free_with: Technique
    held_without: Technique
    held_with: Technique

    def effects(self, part: str, metric: str) -> dict[str, float] | None:
        """Return what changes a metric, None where one of the four numbers is not there.

        ``imn_free`` and ``imn_held``: what the IMN adds; ``breath_without`` and ``breath_with``: what deep
        inspiration changes; ``interaction``: how much less, or more, the IMN adds in deep inspiration.
        """
        cells = [
            one.value(part, metric)
            for one in (self.free_without, self.free_with, self.held_without, self.held_with)
        ]
        known = [cell for cell in cells if cell is not None]
        if len(known) < len(cells):
            return None
        free_without, free_with, held_without, held_with = known
        imn_free, imn_held = free_with - free_without, held_with - held_without
        return {
            "imn_free": imn_free,
            "imn_held": imn_held,
            "breath_without": held_without - free_without,
            "breath_with": held_with - free_with,
            "interaction": imn_held - imn_free,
        }


def breathing_of(label: str) -> Breathing | None:
    """Return ``"free"`` or ``"held"`` by the words of a label; None where it does not tell."""
    words = set(re.findall(r"[a-z]+", label.lower()))
    free, held = bool(words & _FREE), bool(words & _HELD)
    if free is held:
        return None
    return "free" if free else "held"


def two_by_two(techniques: Sequence[Technique]) -> TwoByTwo | None:
    """Return the two by two where each of its cells is filled by exactly one technique.

    Breathing is told by the label (FB, DIBH …), the IMN by its coverage.
    """
    cells: dict[tuple[str, bool], list[Technique]] = {}
    for technique in techniques:
        breathing, covered = breathing_of(technique.label), technique.covers_imn
        if breathing is not None and covered is not None and technique.facts.position != "HFP":
            cells.setdefault((breathing, covered), []).append(technique)
    wanted = [("free", False), ("free", True), ("held", False), ("held", True)]
    if any(len(cells.get(key, [])) != 1 for key in wanted):
        return None
    return TwoByTwo(*(cells[key][0] for key in wanted))
