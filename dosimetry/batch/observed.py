"""What a store holds as observations of a cohort: numbers of patients by technique."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dosimetry.batch.current import current_results
from dosimetry.cohort.observations import Observation
from dosimetry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.batch.flatten import Cell
    from dosimetry.batch.store import Store

__all__ = ["LONG", "long_rows", "observations"]

LONG = (
    *("patient", "technique", "kind", "part", "structure", "metric", "unit", "value", "low", "high", "warnings"),
    *("key", "side", "class", "state"),
)
"""Columns that ``dosimetry cohort`` reads, and more."""


def long_rows(store: Store) -> Iterator[tuple[Cell, ...]]:
    """Yield every number of the results that count, with patient and technique.

    Rows of the kind ``dose`` are those that :func:`observations` takes: of pairs where the store has some,
    otherwise of cases. Others are ``plan``, for the cases beside pairs, and ``increment``.
    """
    about = current_results(store)
    taken = "pair" if any(one.kind == "pair" and one.has_numbers for one in about.values()) else "case"
    for row in store.dicts("measurements"):
        one = about.get(row["key"])
        if one is None or not one.has_numbers:
            continue
        kind = (
            "increment" if row["side"] == "increment" else "dose" if one.kind == taken and row["part"] else "plan"
        )
        yield (
            *(one.patient, one.label(row["side"]), kind),
            *(row[name] for name in ("part", "structure", "metric", "unit", "value", "low", "high", "warnings")),
            *(row["key"], row["side"], one.class_, one.state),
        )


def observations(store: Store) -> tuple[Observation, ...]:
    """Return the numbers of all patients.

    Where the store has pairs, each side of a pair is a technique: its label with ``without IMN`` or ``with IMN``
    behind it. Without pairs each case is one, by its label.

    Raises
    ------
    UsageError
        If there is no number, or if a patient has two plans under one label with different numbers.
    """
    found: dict[tuple[str, str, str, str], Observation] = {}
    for row in long_rows(store):
        cells = dict(zip(LONG, row, strict=True))
        value = cells["value"]
        if cells["kind"] != "dose" or not isinstance(value, float):
            continue
        patient, technique, part, metric, unit = (
            str(cells[name]) for name in ("patient", "technique", "part", "metric", "unit")
        )
        place = (patient, technique, part, metric)
        known = found.get(place)
        if known is not None and not math.isclose(known.value, value, rel_tol=1e-9, abs_tol=1e-12):
            raise UsageError(
                "one patient has two different numbers",
                item=f"{patient}, {technique}: {part} {metric}",
                found=f"{known.value:g} and {value:g}",
                remedy="give every plan of a patient a technique of its own in the manifest",
            )
        found[place] = Observation(patient, technique, part, metric, unit, value)
    if not found:
        raise UsageError("no number in this store")
    return tuple(found.values())
