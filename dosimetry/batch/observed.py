"""What a store holds as observations of a cohort: numbers of patients by technique."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dosimetry.cohort.observations import Observation
from dosimetry.errors import UsageError

if TYPE_CHECKING:
    from dosimetry.batch.store import Store

__all__ = ["observations"]


def observations(store: Store) -> tuple[Observation, ...]:
    """Return the numbers of all patients.

    Where the store has pairs, each side of a pair is a technique: its label with ``without IMN`` or ``with IMN``
    behind it. Without pairs each case is one, by its label.

    Raises
    ------
    UsageError
        If there is no number, or if a patient has two plans under one label with different numbers.
    """
    results = {row["key"]: row for row in store.dicts("results") if row["state"] != "failed"}
    kind = "pair" if any(row["kind"] == "pair" for row in results.values()) else "case"
    found: dict[tuple[str, str, str, str], Observation] = {}
    for row in store.dicts("measurements"):
        result = results.get(row["key"])
        if result is None or result["kind"] != kind or not row["part"] or row["side"] == "increment":
            continue
        if row["value"] is None:
            continue
        label = str(result["technique"] or "plan")
        side = row["side"] or result["imn"]
        technique = f"{label}, {side} IMN" if side else label
        one = Observation(result["patient"], technique, row["part"], row["metric"], row["unit"], row["value"])
        place = (one.patient, technique, one.part, one.metric)
        known = found.get(place)
        if known is not None and not math.isclose(known.value, one.value, rel_tol=1e-9, abs_tol=1e-12):
            raise UsageError(
                "one patient has two different numbers",
                item=f"{one.patient}, {technique}: {one.part} {one.metric}",
                found=f"{known.value:g} and {one.value:g}",
                remedy="give every plan of a patient a technique of its own in the manifest",
            )
        found[place] = one
    if not found:
        raise UsageError("no number in this store")
    return tuple(found.values())
