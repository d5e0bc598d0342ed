"""What else was assessed of the risk, as sections of a report."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.report.document import Cautions, Gallery, Picture, Section
from dosimetry.report.risk_sheets import relative_sheet, risk_sheets, used_models
from dosimetry.report.risk_text import doi, standing, with_ci
from dosimetry.report.sheet import Sheet
from dosimetry.report.svg import inline_svg

if TYPE_CHECKING:
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.increment import RiskEstimate

__all__ = ["beside_headline", "risk_sections"]

_HYPHEN = re.compile(r"(?<![\w.])-(?=\d)")


def risk_sections(result: Assessment) -> tuple[Section, ...]:
    """Return what was assessed: pictures first, then every table."""
    stated = result.request.patient.as_dict().items()
    patient = "; ".join(f"{name.replace('_', ' ')} {_word(value)}" for name, value in stated)
    lead = (
        f"Patient: {patient}. No other factor was stated, and none is assumed."
        if patient
        else "No patient factor was stated, and none is assumed."
    )
    made = [relative_sheet(result), *risk_sheets(result)]
    if result.sensitivity is not None:
        inner = result.sensitivity
        basis = next(iter(inner.request.doses.values())).basis
        made += [
            replace(sheet, title=f"Sensitivity, doses {basis}: {sheet.title}")
            for sheet in (relative_sheet(inner), *risk_sheets(inner))
        ]
    return (
        Section(
            "further",
            "Risk in absolute terms",
            (Gallery(_figures(result)), Cautions(result.warnings)),
            lead,
        ),
        Section("tables", "Risk, table by table", (*map(_with_true_minus, made), _models(result))),
    )


def beside_headline(result: Assessment) -> tuple[str, ...]:
    """Return what each heart model that is no headline adds, in one line: for where the headline stands."""
    return tuple(
        _HYPHEN.sub("\N{MINUS SIGN}", _in_one_line(estimate))
        for estimate in result.relative
        if estimate.model.structure == "heart" and not estimate.model.headline
    )


def _in_one_line(estimate: RiskEstimate) -> str:
    model = estimate.model
    added, rise = (
        with_ci(number.value, number.coefficient) for number in (estimate.added_err, estimate.relative_increase)
    )
    absent = "" if model.per_gy_ci is not None else "; no interval published"
    return (
        f"Beside the headline, {standing(model, estimate.warnings)}: added ERR {added} percentage points, relative "
        f"increase {rise} %{absent}; {model.endpoint}; horizon: {model.horizon}; {doi(model.source)}."
    )


def _with_true_minus(sheet: Sheet) -> Sheet:
    """Return a table whose minus signs are not hyphens, as on the rest of a page."""
    return replace(
        sheet, rows=tuple(tuple(_HYPHEN.sub("\N{MINUS SIGN}", cell) for cell in row) for row in sheet.rows)
    )


def _figures(result: Assessment) -> tuple[Picture, ...]:
    from dosimetry.report.risk_figures import age_figure, balance_figure, forest_figure  # noqa: PLC0415  matplotlib

    found = []
    if result.curves:
        found.append(("Cumulative risk over age, of both plans", "age", age_figure(result.curves)))
    if result.balances:
        found.append(("Deaths averted beside deaths added", "balance", balance_figure(result.balances)))
    if result.absolute:
        found.append(("Excess of IMN irradiation by model", "forest", forest_figure(result)))
    return tuple(Picture(title, inline_svg(figure, prefix, title), is_wide=True) for title, prefix, figure in found)


def _models(result: Assessment) -> Sheet:
    rows = [
        (
            standing(model),
            *(model.endpoint, model.horizon, f"{model.form.value} in {model.dose_metric}", model.source.citation),
            "; ".join(notes),
        )
        for model, notes in used_models(result)
    ]
    heads = ("Model", "Counts", "Over", "Form", "Source", "To know")
    return Sheet("Risk models used", "", heads, tuple(rows), "llllll")


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
