"""The comparison with and without the IMN target as a report: what must be seen first, then everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.imn.kind import Kind
from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report import imni_view as view
from dosimetry.report import imni_words as words
from dosimetry.report.conventions import describe_convention
from dosimetry.report.document import Document, Gallery, Section, Statement, Traits
from dosimetry.report.imni import imni_document, imni_rows
from dosimetry.report.imni_figures import pictures, undrawn
from dosimetry.report.imni_summary import TONES, ci, share, slope, summary
from dosimetry.report.numbers import change, limits, number
from dosimetry.report.opinion_page import opinion_sections
from dosimetry.report.provenance_page import identity_lines, provenance_section
from dosimetry.report.risk_page import risk_sections
from dosimetry.report.sheet import Sheet
from dosimetry.risk.increment import READINGS
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.crosscheck.finding import Check
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.coverage import Coverage
    from dosimetry.protocols.verdict import Checked
    from dosimetry.report.document import Block
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.increment import RiskEstimate

__all__ = ["imni_report", "with_page_intervals"]

# An interval measures a structure ten times more, for both plans. The sample pair's body outline alone takes two
# thirds of the time that its ten other structures take together.
_LARGE_CC = 5000.0


def with_page_intervals(result: ImnComparison) -> ImnComparison:
    """Return the comparison with the intervals that its report shows."""
    return result.with_intervals(at_most_cc=_LARGE_CC)


def imni_report(
    result: ImnComparison,
    *,
    identify: bool = False,
    assessment: Assessment | None = None,
    second: Sequence[Check] = (),
    tps: Sequence[Check] = (),
    protocols: Sequence[tuple[str, Checked]] = (),
    further: Sequence[Section] = (),
) -> Document:
    """Return the comparison as a report.

    Parameters
    ----------
    result
        What to show; intervals that it lacks are added, but for structures above 5,000 cc.
    identify
        Whether to show patient names, IDs, raw UIDs and file names.
    assessment
        What else was assessed of the risk; None for nothing.
    second, tps
        What dicompyler-core and the planning system's own histograms say.
    protocols
        Constraint sheets, each with the plan that was held against it, in words.
    further
        Parts that others made, such as maps of dose; they stand behind the histograms.
    """
    result = with_page_intervals(result)
    values = imni_document(
        result, identify=identify, assessment=assessment, second=second, tps=tps, protocols=protocols
    )
    header, rows = imni_rows(result, identify=identify, assessment=assessment)
    told = merge(
        result.all_warnings,
        *(check.warnings for check in (*second, *tps)),
        *(checked.all_warnings for _, checked in protocols),
        assessment.warnings if assessment is not None else (),
    )
    word = "increment" if result.comparability.kind is Kind.INCREMENT else "difference"
    side = result.laterality.side.value
    patients = sorted({part.patient.pseudonym for part in (*result.without.parts, *result.with_.parts)})
    links = [
        (f"{one.label} IMN", link.subject, link.rule, link.reason)
        for one in (result.without, result.with_)
        for part in one.parts
        for link in part.links
    ]
    convention = describe_convention(result.request.convention)
    return Document(
        eyebrow="Plan comparison with and without internal mammary nodes",
        title=f"IMN irradiation, {side} side",
        patients=tuple(patients),
        identity=identity_lines(values),
        basis=f"Side from {result.laterality.basis}",
        summary=(Statement(words.QUESTION.format(side)), *summary(result, word, assessment, told)),
        sections=(
            _histograms(result),
            *further,
            *(risk_sections(assessment) if assessment is not None else ()),
            _glance(result, word),
            _targets(result),
            _plans(result),
            *_models(result),
            *opinion_sections(second, tps, protocols),
            _metrics(result, word),
            provenance_section(values, links, f"contours taken as {convention}"),
        ),
        values=values,
        header=tuple(header),
        rows=tuple(rows),
        intended_use=INTENDED_USE,
        version=package_version(),
    )


def _histograms(result: ImnComparison) -> Section:
    found = pictures(result)
    lead = f"{words.LINES} {words.SHADED}" if found and result.has_intervals else words.LINES
    left = undrawn(result)
    notes = (words.UNDRAWN.format(", ".join(left)),) if left else ()
    return Section("dvh", "Dose-volume histograms", (Gallery(found, notes=notes),), lead)


def _glance(result: ImnComparison, word: str) -> Section:
    found = view.glance(result)
    groups = [(f"{row.label} [{row.unit}]", 3) for row in found[0].rows]
    short = "incr." if word == "increment" else "diff."
    rows = []
    for block in found:
        told = " ".join([block.part, *(caution.code.value for caution in block.warnings)]).strip()
        cells = [text for row in block.rows for text in (row.without, row.with_, row.change)]
        rows.append((f"{block.name}\n{told}" if told else block.name, block.volume, *cells))
    sheet = Sheet(
        "",
        words.GLANCE.format(word),
        ("Structure", "Volume [cc]", *("without", "with", short) * len(groups)),
        tuple(rows),
        groups=(("", 2), *groups),
    )
    return Section("doses", "Doses at a glance", (sheet,))


def _targets(result: ImnComparison) -> Section:
    rule = str(result.request.rule)
    rows = []
    for target in (result.imn, *result.others):
        prescribed = f"{target.prescribed}\n{target.prescribed.basis}" if target.prescribed else "none usable"
        rows.append(
            (
                f"{target.name}\nIMN target" if target is result.imn else target.name,
                number(target.volume_cc, "cc"),
                prescribed,
                *(number(target.mean_without_gy, "Gy"), number(target.mean_with_gy, "Gy")),
                *(number(target.d95_without_gy, "Gy"), number(target.d95_with_gy, "Gy")),
                *_shares(result, target),
            )
        )
    sheet = Sheet(
        "",
        f"{rule[:1].upper()}{rule[1:]}. Doses in Gy.",
        ("Target", "Volume [cc]", "Prescription", *("without", "with") * 3),
        tuple(rows),
        "lrlrrrrrr",
        groups=(("", 3), ("Mean [Gy]", 2), ("D95% [Gy]", 2), (f"V{result.request.rule.dose_pct:g}%", 2)),
    )
    return Section("targets", "Target coverage", (sheet,))


def _shares(result: ImnComparison, target: Coverage) -> tuple[str, str]:
    return (
        f"{share(result, target.covered_without_pct)} {TONES[target.is_covered_without][0]}",
        f"{share(result, target.covered_with_pct)} {TONES[target.is_covered_with][0]}",
    )


def _plans(result: ImnComparison) -> Section:
    rows = []
    for side in (result.without, result.with_):
        for part in side.describe_parts():
            prescriptions = part["prescriptions_gy"]
            doses = [number(dose, "Gy") for dose in prescriptions] if isinstance(prescriptions, list) else []
            left_out = part.get("without_beams")
            plan = str(part["plan"] or "–")
            rows.append(
                (
                    f"{side.label} IMN",
                    f"{plan}\nwithout {', '.join(map(str, left_out))}" if isinstance(left_out, list) else plan,
                    ", ".join(doses) or "none stated",
                    str(part["fractions"] or "unknown"),
                    str(part["summation"]),
                    str(part["type"]).lower(),
                    number(float(str(part["max_gy"])), "Gy"),
                )
            )
    sheet = Sheet(
        "",
        words.PLANS,
        (
            *("Side", "Plan", "Prescriptions [Gy]", "Fractions", "Dose summation", "Dose type"),
            "Highest dose [Gy]",
        ),
        tuple(rows),
        "lllrllr",
    )
    return Section("plans", "Plans on each side", (sheet,))


def _models(result: ImnComparison) -> tuple[Section, ...]:
    if not result.risk:
        return ()
    bounded = result.has_intervals
    rows = []
    traits: list[Block] = []
    for estimate in result.risk:
        model, added = estimate.model, estimate.added_err
        by_dose = [limits(pair, "%") if pair else "–" for pair in (added.dose, added.combined)] if bounded else []
        rows.append(
            (
                f"{model.label}\n{model.id}",
                slope(model),
                *(number(estimate.err_without_pct, "%"), number(estimate.err_with_pct, "%")),
                f"{change(estimate.added_err_pct, '%')} {ci(estimate.added_err_ci_pct)}",
                *by_dose,
                f"{change(estimate.relative_increase_pct, '%')} {ci(estimate.relative_increase_ci_pct)}",
            )
        )
        traits.append(_traits(estimate))
    heads = ("Model", "Slope", "ERR without [%]", "ERR with [%]", "Added ERR [percentage points]")
    sheet = Sheet(
        "",
        f"{READINGS} Brackets: from the confidence interval of the slope only.",
        (*heads, *(("by dose", "combined") if bounded else ()), "Relative increase [%]"),
        tuple(rows),
        "ll" + "r" * (len(rows[0]) - 2),
    )
    return (Section("models", "Risk models", (sheet, *traits)),)


def _traits(estimate: RiskEstimate) -> Traits:
    model = estimate.model
    source = " ".join(filter(None, (model.source.authors, model.source.title and f"{model.source.title}.")))
    source = f"{source} {model.source.journal}".strip()
    observed = "not stated"
    if model.dose_range_gy:
        observed = f"{model.dose_range_gy[0]:g} to {model.dose_range_gy[1]:g} Gy observed"
    seen = "yes, seen at its source" if model.verified else "no, not seen at its source"
    return Traits(
        model.label,
        (
            ("Endpoint", model.endpoint),
            ("Horizon", model.horizon),
            ("Population", model.population),
            ("Dose", model.dose_metric),
            ("Form", model.form.value),
            ("Dose range", observed),
            ("Verified", f"{seen} ({model.where})"),
            ("Source", f"{source}, doi {model.source.doi}" if model.source.doi else source),
            *(("Note", note) for note in estimate.notes),
        ),
        estimate.warnings,
    )


def _metrics(result: ImnComparison, word: str) -> Section:
    lead = words.METRICS.format(f"{word[:1].upper()}{word[1:]}")
    if result.has_intervals:
        lead += f" {words.METRICS_BOUNDED.format(f'an {word}' if word == 'increment' else f'a {word}')}"
        left = view.unbounded(result)
        if left:
            lead += f" None was computed for structures above 5000 cc: {', '.join(left)}."
    blocks: list[Block] = []
    for block in view.blocks(result):
        part = f"{block.part}, " if block.part else ""
        rows = tuple(
            (
                f"{row.label} [{row.unit}]",
                *(
                    f"{text}\n({bounds})" if bounds and bounds != view.NO_INTERVAL else f"{text}\n{bounds}".rstrip()
                    for text, bounds in zip((row.without, row.with_, row.change), row.bounds, strict=True)
                ),
            )
            for row in block.rows
        )
        blocks.append(
            Sheet(
                block.name,
                f"{part}{block.volume} cc",
                ("Metric", "without", "with", word),
                rows,
                notes=tuple(f"{caution.text} [{caution.code.value}]" for caution in block.warnings),
                empty="not measured",
                is_dense=True,
            )
        )
    return Section("metrics", "Every metric, structure by structure", tuple(blocks), lead)
