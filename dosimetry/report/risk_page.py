"""What else was assessed of the risk, in the shape of a section of a page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dosimetry.report.risk_sheets import relative_sheet, risk_sheets, used_models
from dosimetry.report.risk_text import doi, standing, with_ci
from dosimetry.report.sheet import Sheet
from dosimetry.report.svg import inline_svg

if TYPE_CHECKING:
    from markupsafe import Markup

    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.increment import RiskEstimate

__all__ = ["FurtherRisk", "further_risk"]

_HYPHEN = re.compile(r"(?<![\w.])-(?=\d)")


@dataclass(frozen=True)
class FurtherRisk:
    """One section.

    Attributes
    ----------
    patient
        The factors that were stated, in words.
    figures
        Pictures: curves over age, deaths averted beside deaths added.
    sheets
        Tables.
    beside
        What each heart model that is no headline adds, in one line: for the place where the headline stands.
    """

    patient: tuple[str, ...]
    figures: tuple[Markup, ...]
    sheets: tuple[Sheet, ...]
    beside: tuple[str, ...] = ()


def further_risk(result: Assessment) -> FurtherRisk:
    """Return the section of an assessment."""
    stated = result.request.patient.as_dict().items()
    patient = tuple(f"{name.replace('_', ' ')} {_word(value)}" for name, value in stated)
    made = [relative_sheet(result), *risk_sheets(result)]
    if result.sensitivity is not None:
        inner = result.sensitivity
        basis = next(iter(inner.request.doses.values())).basis
        made += [
            replace(sheet, title=f"Sensitivity, doses {basis}: {sheet.title}")
            for sheet in (relative_sheet(inner), *risk_sheets(inner))
        ]
    sheets = (*map(_with_true_minus, made), _models(result))
    beside = tuple(
        _HYPHEN.sub("\N{MINUS SIGN}", _in_one_line(estimate))
        for estimate in result.relative
        if estimate.model.structure == "heart" and not estimate.model.headline
    )
    return FurtherRisk(patient, _figures(result), sheets, beside)


def _in_one_line(estimate: RiskEstimate) -> str:
    model = estimate.model
    added, rise = (
        with_ci(number.value, number.coefficient) for number in (estimate.added_err, estimate.relative_increase)
    )
    absent = "" if model.per_gy_ci is not None else "; no interval published"
    return (
        f"{standing(model, estimate.warnings)}: added ERR {added} percentage points, relative increase {rise} %"
        f"{absent}; {model.endpoint}; horizon: {model.horizon}; {doi(model.source)}"
    )


def _with_true_minus(sheet: Sheet) -> Sheet:
    """Return a table whose minus signs are not hyphens, as on the rest of a page."""
    return replace(
        sheet, rows=tuple(tuple(_HYPHEN.sub("\N{MINUS SIGN}", cell) for cell in row) for row in sheet.rows)
    )


def _figures(result: Assessment) -> tuple[Markup, ...]:
    from dosimetry.report.risk_figures import age_figure, balance_figure, forest_figure  # noqa: PLC0415  matplotlib

    found = []
    if result.curves:
        found.append(inline_svg(age_figure(result.curves), "age", "Cumulative risk over age, of both plans"))
    if result.balances:
        found.append(inline_svg(balance_figure(result.balances), "balance", "Deaths averted beside deaths added"))
    if result.absolute:
        found.append(inline_svg(forest_figure(result), "forest", "Excess of IMN irradiation by model"))
    return tuple(found)


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
