"""How a store stands."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dosimetry.batch.current import current_results

if TYPE_CHECKING:
    from dosimetry.batch.store import Store

__all__ = ["Status", "status_of"]

_LATELY = timedelta(hours=1)
_LEAST = 2  # results that a rate is taken of


@dataclass(frozen=True)
class Status:
    """Counts of the results that count; see :func:`~dosimetry.batch.current.current_results`.

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
    rate_per_h
        Results an hour, of those within the hour before the last; None for fewer than two.
    seconds
        Of calculation.
    files
        Files of the store.
    versions
        Of the program, by number of results.
    superseded
        Results of other settings or another version, which count no more.
    """

    states: dict[tuple[str, str], int]
    reasons: dict[tuple[str, str], int]
    patients: int
    first: str
    last: str
    rate_per_h: float | None
    seconds: float
    files: int
    versions: dict[str, int]
    superseded: int

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
            "rate_per_h": self.rate_per_h,
            "seconds": self.seconds,
            "files": self.files,
            "versions": self.versions,
            "superseded": self.superseded,
        }


def status_of(store: Store) -> Status:
    """Return how a store stands."""
    states: Counter[tuple[str, str]] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    versions: Counter[str] = Counter()
    patients: set[str] = set()
    ended: list[str] = []
    seconds, superseded = 0.0, 0
    counting = current_results(store)
    for row in store.dicts("results"):
        if row["key"] not in counting:
            superseded += 1
            continue
        states[row["kind"], row["state"]] += 1
        versions[row["version"]] += 1
        seconds += row["seconds"] or 0.0
        ended.append(row["ended"])
        if row["code"] is not None:
            reasons[row["code"], row["reason"] or ""] += 1
        elif row["patient"]:
            patients.add(row["patient"])
    return Status(
        states=dict(sorted(states.items())),
        reasons=dict(reasons.most_common()),
        patients=len(patients),
        first=min(ended, default=""),
        last=max(ended, default=""),
        rate_per_h=_rate_per_h(ended),
        seconds=seconds,
        files=len(store.files),
        versions=dict(versions.most_common()),
        superseded=superseded,
    )


def _rate_per_h(ended: list[str]) -> float | None:
    if len(ended) < _LEAST:
        return None
    last = datetime.fromisoformat(max(ended))
    since = (last - _LATELY).isoformat(timespec="milliseconds")
    lately = [one for one in ended if one >= since]
    span = last - datetime.fromisoformat(min(lately))
    return (len(lately) - 1) * _LATELY / span if span else None
