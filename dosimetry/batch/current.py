"""The results of a store that count now.

A store keeps what was computed with other settings or by another version. Counted together with the new results,
each plan would stand in a cohort twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from sys import intern
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.batch.store import Store

__all__ = ["About", "current_results"]


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a result besides its numbers.

    Attributes
    ----------
    kind, patient, technique, imn, laterality, class_, state
        As in the table ``results``; empty where that is.
    """

    kind: str
    patient: str
    technique: str
    imn: str
    laterality: str
    class_: str
    state: str

    @property
    def has_numbers(self) -> bool:
        """Whether it is no failure."""
        return self.state != "failed"

    def label(self, side: str) -> str:
        """Return the technique with its side: ``FB, without IMN``."""
        label, stated = self.technique or "plan", side or self.imn
        if stated == "increment":
            return label
        return f"{label}, {stated} IMN" if stated else label


def current_results(store: Store) -> dict[str, About]:
    """Return the results that count, by key.

    Of all results of one dose and kind, those count that have the settings and the version of the one that was kept
    last. Failures are among them.
    """
    last: dict[tuple[str, str], tuple[str, str, str]] = {}
    for row in store.dicts("results"):
        place, made = (row["kind"], row["ref"]), (row["ended"], intern(row["version"]), intern(row["settings"]))
        last[place] = max(last.get(place, made), made)
    found: dict[str, About] = {}
    for row in store.dicts("results"):
        if last[row["kind"], row["ref"]][1:] == (row["version"], row["settings"]):
            names = ("kind", "patient", "technique", "imn", "laterality", "class", "state")
            found[row["key"]] = About(*(intern(row[name] or "") for name in names))
    return found
