"""The benchmark as tables of text, the same for page, Markdown and terminal."""

from __future__ import annotations

import math
from importlib.metadata import version
from typing import TYPE_CHECKING

from dosimetry.report.numbers import MISSING, change, number
from dosimetry.report.sheet import Sheet
from dosimetry.report.validation_text import CHECKS, GAUSSIAN, INTERVALS, MISSES, NELMS, POSITIONS
from dosimetry.validation.nelms import PUBLISHED
from dosimetry.validation.score import VOLUME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.validation.benchmark import Benchmark, Check
    from dosimetry.validation.nelms import NelmsTest, Phase
    from dosimetry.validation.score import Score
    from dosimetry.validation.sweep import Scatter

__all__ = ["Sheet", "checks_sheet", "misses_sheets", "nelms_sheet", "sheets"]

_NOISE = 1e-13


def sheets(result: Benchmark) -> tuple[Sheet, ...]:
    """Return all tables of the benchmark."""
    made = [checks_sheet(result), nelms_sheet(result.nelms), *misses_sheets(result.nelms)]
    made += _scatters(result.scatter)
    made.append(_orientations(result))
    if result.intervals:
        made.append(_intervals(result))
    return tuple(made)


def checks_sheet(result: Benchmark) -> Sheet:
    """Return the limits that the benchmark holds itself to."""
    return Sheet(
        "Limits",
        CHECKS,
        ("Limit", "Found", "Allowed", "Kept"),
        tuple(
            (check.name, _found(check), _allowed(check), "yes" if check.passed else "NO") for check in result.checks
        ),
    )


def nelms_sheet(tests: Sequence[NelmsTest]) -> Sheet:
    """Return how many values are missed, beside dicompyler-core on the same files and published counts."""
    phases = dict.fromkeys(test.phase for test in tests)
    found = {(test.phase, test.number): test for test in tests}
    first = next(iter(phases))
    rows = [("dosimetry", first.text, *(_count(found.get((first, number))) for number in (1, 2)))]
    rows += [(f"{other.system}, published", first.text, *map(str, other.misses)) for other in PUBLISHED]
    second = f"dicompyler-core {version('dicompyler-core')}, plain mode"
    for phase in phases:
        counts = [found[phase, number].second_misses if (phase, number) in found else None for number in (1, 2)]
        if any(count is not None for count in counts):
            rows.append((second, phase.text, *(MISSING if count is None else str(count) for count in counts)))
    rows += [
        ("dosimetry", phase.text, *(_count(found.get((phase, number))) for number in (1, 2)))
        for phase in phases
        if phase is not first
    ]
    return Sheet(
        "Tests of Nelms et al. 2015",
        NELMS,
        ("Program", "Planes and truth", "Test 1, of 340", "Test 2, of 255"),
        tuple(rows),
        align="llrr",
    )


def _count(test: NelmsTest | None) -> str:
    return MISSING if test is None else str(len(test.misses))


def misses_sheets(tests: Sequence[NelmsTest]) -> list[Sheet]:
    """Return every miss by name, a table for each phase; misses that differ in spacing alone share a row."""
    phases: dict[Phase, dict[tuple[str, ...], list[Score]]] = {}
    for test in tests:
        groups = phases.setdefault(test.phase, {})
        for score in test.misses:
            gradient = MISSING if score.metric == VOLUME else score.dose
            groups.setdefault((str(test.number), score.body, gradient, _metric(score.metric)), []).append(score)
    return [
        Sheet(
            f"Every miss: {phase.text}",
            MISSES,
            ("Test", "Body", "Gradient", "Metric", "Misses", "Errors"),
            tuple(
                (
                    *key,
                    str(len(scores)),
                    ", ".join(_error(key[0], score) for score in scores),
                )
                for key, scores in groups.items()
            ),
            align="llllrl",
        )
        for phase, groups in phases.items()
    ]


def _error(test: str, score: Score) -> str:
    spacing = score.grid if test == "1" else f"{score.slice_mm:g}"
    # 6.25 % must not become 6.2 or 6.3 by the last bit of a stored dose
    return f"{spacing} mm: {change(round(score.error_pct, 4), '%')} %"


# Quantity, dose (empty for the volume), and how a table calls it.
_SHOWN = (
    (VOLUME, "", "Volume", "%"),
    ("Mean[Gy]", "CC", "Mean dose, CC gradient", "Gy"),
    ("D99%[Gy]", "CC", "D99 %, CC gradient", "Gy"),
    ("D1%[Gy]", "CC", "D1 %, CC gradient", "Gy"),
    ("D99%[Gy]", "AP", "D99 %, AP gradient", "Gy"),
    ("Mean[Gy]", "Gaussian", "Mean dose, Gaussian", "Gy"),
    ("D99%[Gy]", "Gaussian", "D99 %, Gaussian", "Gy"),
)


def _scatters(scatter: Iterable[Scatter]) -> list[Sheet]:
    """Return the errors of small bodies, one table a quantity."""
    found = {(row.metric, row.dose, row.body, row.slice_mm): row for row in scatter}
    bodies = dict.fromkeys(key[2] for key in found)
    spacings = sorted({key[3] for key in found})
    made = []
    for metric, dose, title, unit in _SHOWN:
        rows = [
            (body, *(_mean_largest(found.get((metric, dose, body, spacing)), unit) for spacing in spacings))
            for body in bodies
            if any((metric, dose, body, spacing) in found for spacing in spacings)
        ]
        lead = f"Error to the ideal body [{unit}], absolute: mean, and largest in brackets, over phases and grids."
        if dose == "Gaussian":
            lead += f" {GAUSSIAN}"
        heads = ("Body", *(f"{spacing:g} mm slices" for spacing in spacings))
        made.append(Sheet(f"Small and thin bodies: {title}", lead, heads, tuple(rows)))
    return made


def _mean_largest(row: Scatter | None, unit: str) -> str:
    if row is None:
        return MISSING
    return f"{number(row.mean, unit)} ({number(row.largest, unit)})"


def _orientations(result: Benchmark) -> Sheet:
    return Sheet(
        "Patient positions",
        POSITIONS,
        ("Position", "Volume, mean, extremes [relative]", "D metrics [Gy]"),
        tuple((row.position, _power(row.exact), _power(row.histogram_gy)) for row in result.orientations),
    )


def _intervals(result: Benchmark) -> Sheet:
    return Sheet(
        "Stated intervals",
        INTERVALS,
        ("Metric", "Intervals", "Hold the truth", "Width over scatter", "Largest", "One spacing"),
        tuple(
            (
                _metric(row.metric),
                str(row.count),
                f"{100 * row.share:.1f} %",
                MISSING if row.ratio is None else f"{row.ratio:.2f}",
                MISSING if row.worst_ratio is None else f"{row.worst_ratio:.2f}",
                MISSING if row.phase_ratio is None else f"{row.phase_ratio:.2f}",
            )
            for row in result.intervals
        ),
    )


def _metric(name: str) -> str:
    return name.partition("[")[0].replace("%", " %")


def _found(check: Check) -> str:
    return f"{_power(check.found)} {_unit(check)}" if _unit(check) else f"{check.found:.3g}"


def _allowed(check: Check) -> str:
    return f"{'≥' if check.at_least else '≤'} {check.limit:g} {_unit(check)}".rstrip()


def _unit(check: Check) -> str:
    return check.unit if check.unit in ("relative", "Gy") else ""


def _power(value: float) -> str:
    """Return the next higher power of ten: rounding noise differs between machines, its size hardly does."""
    return f"< 1e{math.floor(math.log10(max(value, _NOISE))) + 1}"
