"""The comparison with and without the IMN target as a page for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.cli.cells import bounded
from dosimetry.cli.risk_sections import print_results
from dosimetry.cli.risk_table import print_estimates
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, print_warnings, say
from dosimetry.dvh.interval import INTERVAL_MEANING
from dosimetry.imn.kind import Kind
from dosimetry.provenance import INTENDED_USE
from dosimetry.report.conventions import describe_convention
from dosimetry.report.imni import labels
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from dosimetry.cli.formats import Cell
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.coverage import Coverage
    from dosimetry.imn.increment import Increment
    from dosimetry.imn.sides import Side
    from dosimetry.risk.assessment import Assessment

__all__ = ["print_imni"]

# What a reader looks for first and a terminal has room for; all metrics are in JSON, CSV and the report.
_SHOWN = ("Mean[Gy]", "V20Gy[%]")


def print_imni(result: ImnComparison, *, identify: bool = False, assessment: Assessment | None = None) -> None:
    """Print doses, coverage, increments, risk and warnings."""
    patient = result.with_.parts[0].patient
    who = " ".join(filter(None, patient.identity)) if identify else patient.pseudonym
    say(f"{who}: IMN irradiation, {result.laterality.side} side ({result.laterality.basis})")
    say()
    definitions(
        [
            ("Comparison", [result.comparability.kind.text]),
            ("Without IMN", _parts(result.without)),
            ("With IMN", _parts(result.with_)),
            ("IMN target", _imn(result)),
            *([("Other targets", [_other(item) for item in result.others])] if result.others else []),
        ]
    )
    say()
    _doses(result)
    say()
    _headline(result)
    if result.risk:
        say()
        if result.comparability.kind is not Kind.INCREMENT:
            say("The risk below is that of the difference described above, not that of IMN irradiation alone.")
            say()
        if assessment is None:
            print_estimates(result.risk)
        else:
            print_results(assessment)
    say()
    print_warnings(merge(result.all_warnings, assessment.warnings if assessment is not None else ()))
    say(f"Convention: {describe_convention(result.request.convention)}. {INTENDED_USE}")


def _parts(side: Side) -> list[str]:
    lines = []
    for part in side.describe_parts():
        doses = part["prescriptions_gy"]
        levels = sorted(set(doses)) if isinstance(doses, list) else []
        prescribed = " and ".join(f"{dose:g}" for dose in levels)
        lines.append(
            f"{part['summation']} dose, {str(part['type']).lower()}, highest {part['max_gy']:.1f} Gy; "
            + (f"prescribed {prescribed} Gy" if prescribed else "no prescription")
            + (f" in {part['fractions']} fractions" if part["fractions"] else ", fractions unknown")
            + (f"; without beam {', '.join(side.without_beams)}" if side.without_beams else "")
        )
    return lines


def _imn(result: ImnComparison) -> list[str]:
    imn = result.imn
    lines = [f"{imn.name}, {imn.volume_cc:.2f} cc"]
    if imn.prescribed is None:
        lines.append("coverage not evaluable: no usable prescription")
    else:
        rule = result.request.rule
        lines[0] += f", prescribed {imn.prescribed} ({imn.prescribed.basis})"
        for label, share, covered in (
            ("without", imn.covered_without_pct, imn.is_covered_without),
            ("with", imn.covered_with_pct, imn.is_covered_with),
        ):
            lines.append(f"{label}: V{rule.dose_pct:g}% = {share:.1f} %, {'covered' if covered else 'not covered'}")
        lines.append(f"({rule})")
    return lines


def _other(coverage: Coverage) -> str:
    return f"{coverage.name}: D95% {coverage.d95_without_gy:.1f} Gy without, {coverage.d95_with_gy:.1f} Gy with IMN"


def _doses(result: ImnComparison) -> None:
    metrics = [name for name in _SHOWN if name in result.heart.metrics] or list(result.heart.metrics)[:2]
    columns = [Column("Structure", right=False), Column("Volume [cc]", digits=1)]
    for name in metrics:
        columns += [Column(f"{name} without"), Column("with", attached=True), Column(_word(result), attached=True)]
    names = labels(result)
    table("", columns, [_row(names[increment], increment, metrics) for increment in result.increments])


def _word(result: ImnComparison) -> str:
    return "increment" if result.comparability.kind is Kind.INCREMENT else "difference"


def _row(name: str, increment: Increment, metrics: list[str]) -> list[Cell]:
    volume = increment.with_.dvh.volume_cc if increment.with_.dvh else None
    cells: list[Cell] = [name, volume]
    for metric in metrics:
        cells += [bounded(side.metrics.get(metric), 2) for side in (increment.without, increment.with_)]
        cells.append(bounded(increment.metrics.get(metric), 2, signed=True))
    return cells


def _headline(result: ImnComparison) -> None:
    mean, heart = "Mean[Gy]", result.heart
    if heart.metrics[mean].value is None:
        say(f"Mean heart dose: {_word(result)} withheld")
    else:
        before, after = (bounded(side.metrics[mean], 2) for side in (heart.without, heart.with_))
        change = bounded(heart.metrics[mean], 2, signed=True)
        say(f"Mean heart dose: {before} Gy without IMN, {after} Gy with IMN, {_word(result)} {change} Gy")
    if result.has_intervals:
        say(f"In brackets beside doses: calculation interval ({INTERVAL_MEANING})")
