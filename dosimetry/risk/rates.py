"""Tables of age-specific rates that a user supplies: CSV in, checked, with its source.

The file begins with lines of ``# key: value``: ``source``, ``population`` and ``synthetic`` (yes or no) must be
there. Then stand a header and one row for each year of age, without gaps. ``age`` is in completed years; every
other column is a rate per 100,000 person-years, constant through the year, and is named by what it counts:

================================== ==================================================================
column                             counts
================================== ==================================================================
``all_causes_per_100000``          deaths of all causes
``coronary_event_per_100000``      first major coronary events, fatal or not
``coronary_death_per_100000``      coronary deaths
``myocardial_infarction_per_100000`` first infarctions
``heart_disease_per_100000``       first heart disease
``cardiac_death_per_100000``       deaths from heart disease
``cardiovascular_event_per_100000``, ``cardiovascular_death_per_100000`` the same of heart and vessels
``lung_cancer_per_100000``, ``lung_cancer_death_per_100000`` lung cancers, and deaths from them
``breast_cancer_death_per_100000`` deaths from breast cancer of **patients like this one**, not of all women
================================== ==================================================================
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import RiskError
from dosimetry.risk.files import packaged, read_bytes
from dosimetry.text import clean

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray

__all__ = ["ALL_CAUSES", "BREAST", "DEATH_OF", "RateTable", "example_rates", "read_rates"]

_SUFFIX = "_per_100000"
ALL_CAUSES, BREAST = "all_causes", "breast_cancer_death"
DEATH_OF = {
    "coronary-event": "coronary_death",
    "coronary-death": "coronary_death",
    "myocardial-infarction": "coronary_death",
    "heart-disease": "cardiac_death",
    "cardiac-death": "cardiac_death",
    "cardiovascular-event": "cardiovascular_death",
    "lung-cancer": "lung_cancer_death",
    "lung-cancer-death": "lung_cancer_death",
}
"""What of all deaths is not a competing one: the deaths that the endpoint leads to."""
_KNOWN = {ALL_CAUSES, BREAST, *DEATH_OF.values(), *(key.replace("-", "_") for key in DEATH_OF)}
_KEYS = ("source", "population", "synthetic")
_OLDEST = 120


@dataclass(frozen=True, slots=True, eq=False)
class RateTable:
    """Age-specific rates.

    Attributes
    ----------
    first_age
        Completed years of the first row; each further row is one year older.
    rates
        Rates per person-year by column name without its unit; shape (n,) each.
    source, population
        Where the rates are from, and of whom.
    synthetic
        Whether they were made up.
    sha256
        Hash of the file.
    """

    first_age: int
    rates: dict[str, NDArray[np.float64]]
    source: str
    population: str
    synthetic: bool
    sha256: str

    @property
    def last_age(self) -> int:
        """Age at which the last row ends."""
        return self.first_age + next(iter(self.rates.values())).size

    def at(self, name: str, ages: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a column at ages [1/year].

        Raises
        ------
        RiskError
            Where the table lacks the column or an age.
        """
        if name not in self.rates:
            raise RiskError("rate table lacks a column", item=name + _SUFFIX, remedy="add it, with its source")
        if ages.size and (ages.min() < self.first_age or ages.max() > self.last_age):
            raise RiskError(
                "age is outside of the rate table",
                expected=f"{self.first_age} to {self.last_age} years",
                found=f"{ages.min():g} to {ages.max():g}",
            )
        rows = np.minimum(np.floor(ages).astype(np.int64) - self.first_age, self.rates[name].size - 1)
        return self.rates[name][rows]


def read_rates(path: Traversable) -> RateTable:
    """Read a table of rates.

    Raises
    ------
    RiskError
        Where it cannot be read, does not name its source, has an unknown column, a gap, or a rate that is none.
    """
    content = read_bytes(path, "rate table")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise RiskError("is not UTF-8 text", file=str(path), item="rate table") from error
    try:
        stated = _stated(lines)
        names, rows = _cells([line for line in lines if line.strip() and not line.startswith("#")])
        ages = [_age(row[0], number) for number, row in enumerate(rows, 1)]
        _check_ages(ages)
        columns = {
            name: np.array([_rate(row[index], name, age) for row, age in zip(rows, ages, strict=True)])
            for index, name in enumerate(names)
            if index
        }
        _check_deaths(columns, ages)
    except RiskError as error:
        error.path = str(path)
        error.item = f"rate table: {error.item}" if error.item else "rate table"
        raise
    return RateTable(
        ages[0],
        columns,
        stated["source"],
        stated["population"],
        stated["synthetic"] == "yes",
        hashlib.sha256(content).hexdigest(),
    )


def example_rates() -> Traversable:
    """Return the example that comes with the package; its rates are made up."""
    return packaged("examples", ".csv")[0]


def _stated(lines: list[str]) -> dict[str, str]:
    pairs = [line.lstrip("# ").partition(":") for line in lines if line.startswith("#")]
    stated = {key.strip().lower(): clean(value.strip(), limit=300) for key, colon, value in pairs if colon}
    for key in _KEYS:
        if not stated.get(key):
            raise RiskError(f"does not state its {key}", expected=f"a line '# {key}: …' at the top")
    if stated["synthetic"] not in ("yes", "no"):
        raise RiskError("synthetic is neither yes nor no", found=stated["synthetic"])
    return stated


def _cells(lines: list[str]) -> tuple[list[str], list[list[str]]]:
    table = list(csv.reader(io.StringIO("\n".join(lines))))
    if len(table) < 2:
        raise RiskError("has no rows", expected="a header and one row for each year of age")
    header = [name.strip() for name in table[0]]
    names = [name.removesuffix(_SUFFIX) for name in header]
    if header[0] != "age" or len(header) < 2 or len(set(header)) != len(header):
        raise RiskError("header is not one of rates", expected=f"age, then columns such as {ALL_CAUSES}{_SUFFIX}")
    for name, column in zip(header[1:], names[1:], strict=True):
        if column not in _KNOWN or column == name:
            known = ", ".join(sorted(known + _SUFFIX for known in _KNOWN))
            raise RiskError("unknown column", item=name, expected=f"one of {known}")
    for number, row in enumerate(table[1:], 1):
        if len(row) != len(header):
            raise RiskError("row has another number of cells", item=f"row {number}", found=f"{len(row)}")
    return names, table[1:]


def _age(cell: str, number: int) -> int:
    try:
        age = int(cell)
    except ValueError:
        raise RiskError("age is no whole number", item=f"row {number}", found=cell) from None
    if not 0 <= age <= _OLDEST:
        raise RiskError("age is out of range", item=f"row {number}", expected=f"0 to {_OLDEST}", found=cell)
    return age


def _check_ages(ages: list[int]) -> None:
    if [age - ages[0] for age in ages] != list(range(len(ages))):
        raise RiskError("ages are not one year apart, ascending", expected="every age once")


def _rate(cell: str, name: str, age: int) -> float:
    try:
        rate = float(cell) / 100_000
    except ValueError:
        rate = math.nan
    if not (math.isfinite(rate) and 0.0 <= rate <= 10.0):
        raise RiskError("not a rate", item=f"{name} at age {age}", expected="a number of 0 or more", found=cell)
    return rate


def _check_deaths(columns: dict[str, NDArray[np.float64]], ages: list[int]) -> None:
    """Refuse causes of death that kill more women than die."""
    if ALL_CAUSES not in columns:
        return
    for name in sorted(set(DEATH_OF.values()) & set(columns)):
        above = np.flatnonzero(columns[name] > columns[ALL_CAUSES])
        if above.size:
            raise RiskError("more deaths of one cause than of all", item=f"{name} at age {ages[above[0]]}")
