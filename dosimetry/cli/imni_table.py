"""The comparison with and without the IMN target as a page for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.cli.output import Column, definitions, print_warnings, say, table
from dosimetry.cli.risk_table import print_estimates
from dosimetry.imn.kind import Kind
from dosimetry.provenance import INTENDED_USE
from dosimetry.report.imni import labels

if TYPE_CHECKING:
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.coverage import Coverage
    from dosimetry.imn.increment import Increment
    from dosimetry.imn.sides import Side

__all__ = ["print_imni"]

# What a reader looks for first and a terminal has room for; all metrics are in JSON, CSV and the report.
_SHOWN = ("Mean[Gy]", "V20Gy[%]")


def print_imni(result: ImnComparison, *, identify: bool = False) -> None:
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
        print_estimates(result.risk)
    say()
    print_warnings(result.all_warnings)
    say(f"Convention: {result.request.convention.name}. {INTENDED_USE}")


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


def _row(name: str, increment: Increment, metrics: list[str]) -> list[str | float | None]:
    volume = increment.with_.dvh.volume_cc if increment.with_.dvh else None
    cells: list[str | float | None] = [name, volume]
    for metric in metrics:
        before, after = increment.without.metrics.get(metric), increment.with_.metrics.get(metric)
        change = increment.metrics[metric].value if metric in increment.metrics else None
        cells += [
            before.value if before else None,
            after.value if after else None,
            None if change is None else _signed(change),
        ]
    return cells


def _signed(change: float) -> str:
    rounded = round(change, 2)
    return f"{rounded:+.2f}" if rounded else "0.00"  # neither +0.00 nor -0.00


def _headline(result: ImnComparison) -> None:
    heart = result.heart
    before, after = heart.without.metrics["Mean[Gy]"].value, heart.with_.metrics["Mean[Gy]"].value
    change = heart.metrics["Mean[Gy]"].value
    if before is None or after is None or change is None:
        say(f"Mean heart dose: {_word(result)} withheld")
        return
    say(f"Mean heart dose: {before:.2f} Gy without IMN, {after:.2f} Gy with IMN, {_word(result)} {change:+.2f} Gy")
