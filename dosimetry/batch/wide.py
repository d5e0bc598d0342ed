"""A store as one row for each plan."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from dosimetry.batch.current import current_results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.batch.current import About
    from dosimetry.batch.flatten import Cell
    from dosimetry.batch.store import Store

__all__ = ["wide_rows"]

_ABOUT = ("key", "patient", "technique", "kind", "imn", "laterality", "class", "state", "side")


def wide_rows(store: Store) -> tuple[list[str], Iterator[list[Cell]]]:
    """Return header and rows, one row for each plan that counts: cases, and both sides and the increment of pairs.

    A structure with a part stands under its part, any other under ``ROI`` and its name; of several that are called
    the same in one plan the second and later ones with a number behind. The store is read twice, and not held.
    """
    about = current_results(store)
    columns: dict[str, None] = {}
    for _, _, values in _plans(store, about):
        columns.update(dict.fromkeys(values))
    header = [*_ABOUT, *columns]

    def rows() -> Iterator[list[Cell]]:
        for key, side, values in _plans(store, about):
            one = about[key]
            told = (one.patient, one.technique, one.kind, one.imn, one.laterality, one.class_, one.state)
            yield [key, *told, side, *(values.get(column) for column in columns)]

    return header, rows()


def _plans(store: Store, about: dict[str, About]) -> Iterator[tuple[str, str, dict[str, Cell]]]:
    for (key, side), rows in groupby(store.dicts("measurements"), key=lambda row: (row["key"], row["side"])):
        if key not in about or not about[key].has_numbers:
            continue
        values: dict[str, Cell] = {}
        times: Counter[tuple[str, str]] = Counter()
        for row in rows:
            name = row["part"] or f"ROI {row['structure']}"
            times[name, row["metric"]] += 1
            count = times[name, row["metric"]]
            values[f"{name}{f' ({count})' if count > 1 else ''} {row['metric']}"] = row["value"]
        yield key, side, values
