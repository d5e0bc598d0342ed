"""How a store stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.batch.store import Store

__all__ = ["Status", "status_of"]


@dataclass(frozen=True)
class Status:
    """Counts.

    Attributes
    ----------
    states
        Results by kind and state.
    reasons
        Failures by code and reason, the most frequent first.
    patients
        Pseudonyms that have results.
    first, last
        When the first and the last result was kept, in UTC; empty for none.
    seconds
        Of calculation.
    files
        Files of the store.
    versions
        Of the program, by number of results.
    """

    states: dict[tuple[str, str], int]
    reasons: dict[tuple[str, str], int]
    patients: int
    first: str
    last: str
    seconds: float
    files: int
    versions: dict[str, int]

    @property
    def failed(self) -> int:
        """Results that are failures."""
        return sum(count for (_, state), count in self.states.items() if state == "failed")

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {
            "schema": "dosimetry/batch-status/1",
            "results": [
                {"kind": kind, "state": state, "count": count} for (kind, state), count in self.states.items()
            ],
            "failures": [
                {"code": code, "reason": reason, "count": count} for (code, reason), count in self.reasons.items()
            ],
            "patients": self.patients,
            "first": self.first or None,
            "last": self.last or None,
            "seconds": self.seconds,
            "files": self.files,
            "versions": self.versions,
        }


def status_of(store: Store) -> Status:
    """Return how a store stands."""
    states: Counter[tuple[str, str]] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    versions: Counter[str] = Counter()
    patients: set[str] = set()
    ended: list[str] = []
    seconds = 0.0
    for row in store.dicts("results"):
        states[row["kind"], row["state"]] += 1
        versions[row["version"]] += 1
        seconds += row["seconds"] or 0.0
        ended.append(row["ended"])
        if row["code"] is not None:
            reasons[row["code"], row["reason"] or ""] += 1
        elif row["patient"]:
            patients.add(row["patient"])
    return Status(
        dict(sorted(states.items())),
        dict(reasons.most_common()),
        len(patients),
        min(ended, default=""),
        max(ended, default=""),
        seconds,
        len(store.files),
        dict(versions.most_common()),
    )
