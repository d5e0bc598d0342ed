"""Numbers of many patients, read from tables in long form: one row for each number of each technique."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import UsageError
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["COLUMNS", "Key", "Observation", "read_observations"]

COLUMNS = ("patient", "technique", "part", "metric", "unit", "value")
"""What a table must have; ``dosimetry compare --format csv`` writes them, and more."""

_MOST_ROWS = 5_000_000
Key = tuple[str, str, str]
"""Part, metric and unit."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One number.

    Attributes
    ----------
    patient
        Pseudonym.
    technique
        Label.
    part, metric, unit
        What was measured.
    value
        The number.
    """

    patient: str
    technique: str
    part: str
    metric: str
    unit: str
    value: float

    @property
    def key(self) -> Key:
        """What was measured."""
        return self.part, self.metric, self.unit


def read_observations(paths: Iterable[Path]) -> tuple[Observation, ...]:
    """Read tables; rows without a part or a number are left out.

    Raises
    ------
    UsageError
        Where a file is no such table, a number is none, or one number of a patient is there twice and differs.
    """
    found: dict[tuple[str, str, Key], Observation] = {}
    for path in paths:
        for line, one in _rows(path):
            place = (one.patient, one.technique, one.key)
            known = found.get(place)
            if known is not None and not math.isclose(known.value, one.value, rel_tol=1e-9, abs_tol=1e-12):
                raise UsageError(
                    "one patient has two different numbers",
                    file=path,
                    item=f"line {line}: {one.technique}, {one.part} {one.metric}",
                    found=f"{known.value:g} and {one.value:g}",
                    remedy="give every plan of a patient a label of its own",
                )
            found[place] = one
    if not found:
        raise UsageError("no number in these tables", expected=f"columns {', '.join(COLUMNS)}")
    return tuple(found.values())


def _rows(path: Path) -> Iterator[tuple[int, Observation]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UsageError("column is missing", file=path, expected=", ".join(missing))
            for number, row in enumerate(reader, start=2):
                if number > _MOST_ROWS:
                    raise UsageError("too many rows", file=path, expected=f"at most {_MOST_ROWS:,}")
                if row.get("kind") not in (None, "", "dose", "fact") or not row["value"]:
                    continue
                part = row["part"] or "geometry"
                yield number, _observation(path, number, row, part)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", file=path) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError("is no CSV table in UTF-8", file=path) from error


def _observation(path: Path, number: int, row: dict[str, str], part: str) -> Observation:
    try:
        value = float(row["value"])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(
            "is no number", file=path, item=f"line {number}: value", found=clean(row["value"], limit=40)
        )
    patient, technique = row["patient"].strip(), row["technique"].strip()
    if not patient or not technique:
        raise UsageError("is empty", file=path, item=f"line {number}: {'technique' if patient else 'patient'}")
    return Observation(patient, technique, part, row["metric"], row["unit"], value)
