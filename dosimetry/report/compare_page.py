"""Techniques side by side as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.compare.technique import METRICS
from dosimetry.dvh.interval import INTERVAL_MEANING
from dosimetry.names.parts import PARTS
from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report.compare import FACTS, compare_document, compare_rows
from dosimetry.report.compare_figures import techniques_figure
from dosimetry.report.conventions import describe_convention
from dosimetry.report.document import Card, Document, Fact, Gallery, Picture, Section, Statement
from dosimetry.report.numbers import MISSING, change, change_bounds, limits, number
from dosimetry.report.provenance_page import identity_lines, provenance_section
from dosimetry.report.sheet import Sheet
from dosimetry.report.svg import inline_svg
from dosimetry.risk.increment import READINGS
from dosimetry.warnings import gathered

if TYPE_CHECKING:
    from dosimetry.compare.comparison import Compared
    from dosimetry.compare.technique import Asked, Technique

__all__ = ["compare_report"]

_COVERED = {None: "not evaluable", True: "covered", False: "not covered"}


def compare_report(result: Compared, asked: Asked, *, identify: bool = False) -> Document:
    """Return a comparison of techniques as a report."""
    values = compare_document(result, asked, identify=identify)
    header, rows = compare_rows(result, identify=identify)
    told = gathered(result.all_warnings)
    label = "Cumulative dose-volume histograms of the techniques, one panel for each part"
    picture = Picture("Dose-volume histograms", inline_svg(techniques_figure(result), "dvh", label), is_wide=True)
    links = [
        (one.label, link.subject, link.rule, link.reason)
        for one in result.techniques
        for part in one.side.parts
        for link in part.links
    ]
    sections = [
        Section("dvh", "Dose-volume histograms", (Gallery((picture,)),)),
        Section("doses", "Doses", (_doses(result),)),
        Section("geometry", "Geometry", (_geometry(result),)),
    ]
    risk = [sheet for sheet in (_risk(result), _absolute(result)) if sheet is not None]
    if risk:
        sections.append(Section("risk", "Risk against the reference", tuple(risk)))
    patients = {part.patient.pseudonym for one in result.techniques for part in one.side.parts}
    return Document(
        eyebrow="Techniques side by side",
        title=", ".join(one.label for one in result.techniques),
        patients=tuple(sorted(patients)),
        identity=identity_lines(values),
        summary=(
            Statement(f"Differences are to {result.reference.label}."),
            _hearts(result),
            *([square] if (square := _square(result)) is not None else []),
            Card(
                "What confounds the comparison, and other warnings",
                lead="" if told else "Nothing was found.",
                cautions=told,
                tone="warn",
            ),
        ),
        sections=(
            *sections,
            provenance_section(values, links, f"contours taken as {describe_convention(asked.convention)}"),
        ),
        values=values,
        header=tuple(header),
        rows=tuple(rows),
        intended_use=INTENDED_USE,
        version=package_version(),
    )


def _hearts(result: Compared) -> Card:
    facts = []
    for one in result.techniques:
        difference = result.differences.get(one.label, {}).get("heart", {}).get("Mean[Gy]")
        notes = [f"IMN {_COVERED[one.covers_imn]}"]
        if difference is not None and difference.value is not None:
            bounds = change_bounds(difference)
            told = f"{change(difference.value, 'Gy')} Gy{f' ({bounds})' if bounds else ''}"
            notes.insert(0, f"{told} against {result.reference.label}")
        facts.append(Fact(one.label, number(one.value("heart", "Mean[Gy]"), "Gy"), "Gy", notes=tuple(notes)))
    meaning = f"In brackets: calculation interval of the difference ({INTERVAL_MEANING})."
    bounded = any("(" in note for fact in facts for note in fact.notes)
    return Card("Mean heart dose", tuple(facts), notes=(meaning,) if bounded else ())


def _square(result: Compared) -> Card | None:
    square = result.square
    effects = None if square is None else square.effects("heart", "Mean[Gy]")
    if square is None or effects is None:
        return None
    before, after = (change(effects[name], "Gy") for name in ("breath_without", "breath_with"))
    return Card(
        "Breathing and IMN, mean heart dose",
        (
            Fact("IMN adds, free breathing", change(effects["imn_free"], "Gy"), "Gy"),
            Fact("IMN adds, deep inspiration", change(effects["imn_held"], "Gy"), "Gy"),
            Fact("Difference of the two", change(effects["interaction"], "Gy"), "Gy", is_key=True),
        ),
        notes=(f"Deep inspiration changes the dose by {before} Gy without and {after} Gy with IMN.",),
    )


def _doses(result: Compared) -> Sheet:
    heads = ["Part", "Metric"]
    for one in result.techniques:
        heads.append(one.label)
        if one is not result.reference:
            heads.append("difference")
    rows = []
    for key, metrics in METRICS.items():
        if not any(key in one.parts for one in result.techniques):
            continue
        for metric in metrics:
            unit = "Gy" if metric.endswith("[Gy]") else "%"
            cells = [PARTS[key].label, metric]
            for one in result.techniques:
                cells.append(number(one.value(key, metric), unit))
                if one is not result.reference:
                    cells.append(_difference(result, one, key, metric, unit))
            rows.append(tuple(cells))
    return Sheet(
        "",
        "Differences of percentages are percentage points.",
        tuple(heads),
        tuple(rows),
        "ll" + "r" * (len(heads) - 2),
    )


def _difference(result: Compared, one: Technique, key: str, metric: str, unit: str) -> str:
    found = result.differences[one.label].get(key, {}).get(metric)
    if found is None or found.value is None:
        return MISSING
    bounds = change_bounds(found)
    return f"{change(found.value, unit)}{f' ({bounds})' if bounds else ''}"


def _geometry(result: Compared) -> Sheet:
    facts = [one.facts.as_dict() for one in result.techniques]
    rows = [("Position", *(one.facts.position or MISSING for one in result.techniques))]
    for name, (words, unit) in FACTS.items():
        values = [fact[name] for fact in facts]
        if any(value is not None for value in values):
            shown = [f"{value:.0f}" if isinstance(value, float) else MISSING for value in values]
            rows.append((f"{words} [{unit}]", *shown))
    rows.append(("IMN target", *(_COVERED[one.covers_imn] for one in result.techniques)))
    heads = ("", *(one.label for one in result.techniques))
    return Sheet(
        "", "What explains differences of dose, and what stands in the way of comparing them.", heads, tuple(rows)
    )


def _risk(result: Compared) -> Sheet | None:
    rows = [
        (
            *(label, f"{estimate.model.label}\n{estimate.model.id}", estimate.model.endpoint),
            f"{change(estimate.added_err_pct, '%')} {_ci(estimate.added_err_ci_pct)}",
            f"{change(estimate.relative_increase_pct, '%')} {_ci(estimate.relative_increase_ci_pct)}",
            f"doi {estimate.model.source.doi}" if estimate.model.source.doi else estimate.model.source.citation,
        )
        for label, estimates in result.risk.items()
        for estimate in estimates
    ]
    if not rows:
        return None
    lead = READINGS.replace("IMN irradiation adds", "the technique adds").replace("plan without IMN", "reference")
    heads = ("Technique", "Model", "Endpoint", "Added ERR (CI) [%]", "Relative change (CI) [%]", "Source")
    return Sheet("Relative", lead, heads, tuple(rows), "lllrrl")


def _absolute(result: Compared) -> Sheet | None:
    rows = []
    for label, estimates in result.absolute.items():
        for one in estimates:
            ends = one.excess_pct.combined or one.excess_pct.coefficient
            function = one.function
            rows.append(
                (
                    *(label, function.model.id, f"{function.endpoint}, {function.horizon}"),
                    *(number(one.without_pct.value, ""), number(one.with_pct.value, "")),
                    f"{change(one.excess_pct.value, '')} {_ci(ends)}",
                )
            )
    if not rows:
        return None
    heads = ("Technique", "Model", "Endpoint", "Reference [%]", "Technique [%]", "Excess (interval) [points]")
    return Sheet("Absolute", "", heads, tuple(rows), "lllrrr")


def _ci(ends: tuple[float, float] | None) -> str:
    return "no interval published" if ends is None else f"({limits((min(ends), max(ends)), '%')})"
