"""Second opinions in the output of a command: the planning system's histograms, and dicompyler-core."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.cells import interval
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import say
from dosimetry.report.numbers import outward
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from dosimetry.cli.formats import Cell
    from dosimetry.crosscheck.finding import Check, Finding, Source
    from dosimetry.dvh.measured import Measured
    from dosimetry.model.case import Case
    from dosimetry.warnings import Caution

__all__ = ["AgainstTpsOption", "Opinion", "SecondCheckOption", "ask", "with_warnings"]

AgainstTpsOption = Annotated[
    bool,
    typer.Option("--against-tps", help="Compare with the planning system's own DVHs in the RTDOSE."),
]
SecondCheckOption = Annotated[
    bool,
    typer.Option("--second-check", help="Compare with dicompyler-core on the same files."),
]
_PARTS = ("", " low", " high", " difference", " tolerance", " status")


@dataclass(frozen=True, eq=False)
class Opinion:
    """What one source says of every row.

    Attributes
    ----------
    source
        Whose numbers they are.
    checks
        One for each row; None where the row has no numbers.
    """

    source: Source
    checks: tuple[Check | None, ...]

    def as_dict(self, row: int) -> dict[str, object] | None:
        """Return what is said of one row as JSON-ready values."""
        check = self.checks[row]
        return None if check is None else check.as_dict()

    def header(self, names: Sequence[str]) -> list[str]:
        """Return the headers of the columns that it adds to a CSV file."""
        return [f"{name} {self.source.key}{part}" for name in self._all(names) for part in _PARTS]

    def cells(self, row: int, names: Sequence[str]) -> list[Cell]:
        """Return what stands in these columns."""
        check = self.checks[row]
        cells: list[Cell] = []
        for name in self._all(names):
            one = check.findings[name] if check else None
            low, high = one.bounds_there if one and one.bounds_there else (None, None)
            cells += (
                [one.there, low, high, one.difference, one.tolerance, one.status.value]
                if one
                else [None] * len(_PARTS)
            )
        return cells

    @staticmethod
    def _all(names: Sequence[str]) -> tuple[str, ...]:
        from dosimetry.dvh.binned import VOLUME

        return (VOLUME, *names)

    def show(self) -> None:
        """Print both numbers of every metric, and what was found."""
        made = [check for check in self.checks if check is not None]
        found = Counter(one.status.value for check in made for one in check.findings.values())
        say()
        title = (
            f"Beside {self.source.name}: {found['agrees']} values agree, {found['differs']} differ, "
            f"{found['not-checked']} unchecked"
        )
        heads = [
            Column("ROI", right=False),
            Column("Metric", right=False),
            Column("Here"),
            Column(self.source.title),
            Column("Difference"),
            Column("", right=False),
        ]
        table(title, heads, [line for check in made for line in _lines(check)])
        say()
        say(f"Beside {self.source.name}, {self.source.rule}")


def _lines(check: Check) -> list[Sequence[Cell]]:
    if all(one.there is None for one in check.findings.values()):
        return [(check.roi, "all", None, None, None, "unchecked")]
    return [
        (check.roi if first == 0 else "", one.metric, _number(one, "here"), _number(one, "there"), *_verdict(one))
        for first, one in enumerate(check.findings.values())
    ]


def _digits(finding: Finding) -> int:
    return 3 if finding.metric.endswith("[Gy]") else 2


def _number(finding: Finding, side: str) -> Cell:
    value, bounds = (finding.here, finding.bounds_here) if side == "here" else (finding.there, finding.bounds_there)
    if value is None:
        return None
    digits = _digits(finding)
    text = f"{value:z.{digits}f}"
    if side == "there" and finding.tolerance is not None:
        return f"{text} ±{math.ceil(finding.tolerance * 10**digits - 1e-6) / 10**digits:.{digits}f}"
    if bounds is None or bounds[0] == bounds[1]:
        return text
    return f"{text} {interval(*outward(bounds, digits), digits)}"


def _verdict(finding: Finding) -> tuple[Cell, Cell]:
    difference = finding.difference
    shown = None if difference is None else f"{difference:+z.{_digits(finding)}f}"
    if shown is not None and not shown.strip("+-0."):
        shown = shown[1:]
    return shown, {"agrees": "", "differs": "DIFFERS"}.get(finding.status.value, "unchecked")


def ask(
    case: Case,
    rows: Sequence[Measured],
    names: Sequence[str],
    paths: Sequence[Path],
    *,
    against_tps: bool,
    second_check: bool,
) -> list[Opinion]:
    """Ask for second opinions on every row that has numbers."""
    opinions = []
    if against_tps:
        from dosimetry.crosscheck.finding import PLANNING_SYSTEM
        from dosimetry.crosscheck.tps import TpsComparison

        tps = TpsComparison(case)
        checks = [tps.check(row.dvh, names) if row.dvh else None for row in rows]
        opinions.append(Opinion(PLANNING_SYSTEM, tuple(checks)))
    if second_check:
        from dosimetry.crosscheck.finding import SECOND_ENGINE
        from dosimetry.crosscheck.second import SecondCheck

        second = SecondCheck(case, paths)
        checks = [second.check(row.dvh, names) if row.dvh else None for row in rows]
        opinions.append(Opinion(SECOND_ENGINE, tuple(checks)))
    return opinions


def with_warnings(rows: Sequence[Measured], opinions: Sequence[Opinion]) -> list[Measured]:
    """Return the rows with the warnings of second opinions among their own."""
    return [
        replace(row, warnings=merge(row.warnings, *(_warnings(opinion.checks[at]) for opinion in opinions)))
        for at, row in enumerate(rows)
    ]


def _warnings(check: Check | None) -> tuple[Caution, ...]:
    return () if check is None else check.warnings
