"""An assessment of risk as tables of text, the same for page and terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.report.risk_benefit import balance_sheets, break_even_sheets, nodal_sheet
from dosimetry.report.risk_text import (
    doi,
    envelopes,
    interval_kind,
    roles,
    standing,
    widest,
    with_ci,
    without_interval,
)
from dosimetry.report.sheet import Sheet
from dosimetry.risk.increment import READINGS
from dosimetry.risk.intervals import COMBINED
from dosimetry.risk.life_table import BANDS_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.risk.absolute import AbsoluteEstimate
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.complications import Complication
    from dosimetry.risk.doses import MeanDoses
    from dosimetry.risk.intervals import Bounded
    from dosimetry.risk.models import Model

__all__ = ["dose_title", "relative_sheet", "risk_sheets", "used_models"]

_NAMES = {
    "heart": "Mean heart dose",
    "lungs": "Mean dose of both lungs",
    "lung_site": "Dose at the site of the lung tumour",
}


def risk_sheets(result: Assessment) -> tuple[Sheet, ...]:
    """Return all tables of an assessment but those of the relative risks themselves."""
    made = [_dose_intervals(result)] if any(doses.bounds for doses in result.request.doses.values()) else []
    if result.by_time:
        made.append(_by_time(result))
    made += _absolute_sheets(result)
    if result.complications:
        made.append(_complications(result.complications, "Complication probability"))
    if result.additive:
        made.append(_complications(result.additive, "Absolute risk that each gray adds", result.combined))
    if result.nodal is not None:
        made.append(nodal_sheet(result.nodal))
    made += balance_sheets(result.balances)
    made += break_even_sheets(result.break_evens)
    return tuple(made)


def relative_sheet(result: Assessment) -> Sheet:
    """Return the relative risks of all models, with the doses that went in."""
    rows = [
        (
            standing(e.model, e.warnings),
            f"{e.model.structure.replace('_', ' ')}, {e.mean_without_gy:.2f} to {e.mean_with_gy:.2f}",
            with_ci(e.model.per_gy_pct, e.model.per_gy_ci_pct, signed=False),
            with_ci(e.added_err.value, e.added_err.coefficient),
            with_ci(e.relative_increase.value, e.relative_increase.coefficient),
        )
        for e in result.relative
    ]
    return Sheet(
        "Relative risk by model",
        READINGS,
        ("Model", "Mean dose [Gy]", "Slope (CI) [%/Gy]", "Added ERR (CI) [%]", "Relative increase (CI) [%]"),
        tuple(rows),
        "llrrr",
        (
            *([text] if (text := roles(e.model for e in result.relative)) else []),
            *without_interval((e.model, bool(e.added_err.coefficient)) for e in result.relative),
        ),
    )


def dose_title(structure: str, doses: MeanDoses) -> str:
    """Return the doses of a structure in one line."""
    basis = "" if doses.basis == "physical" else f", {doses.basis}"
    return (
        f"{_NAMES[structure]} {doses.without:.2f} Gy without IMN, {doses.with_:.2f} Gy with IMN: "
        f"{doses.with_ - doses.without:+.2f} Gy{basis}"
    )


def used_models(result: Assessment) -> list[tuple[Model, tuple[str, ...]]]:
    """Return each model that something was computed with, and the notes of its first result."""
    found: dict[str, tuple[Model, tuple[str, ...]]] = {}

    def add(parts: Iterable[tuple[Model, tuple[str, ...]]]) -> None:
        for model, notes in parts:
            found.setdefault(model.id, (model, notes))

    add((e.model, e.notes) for e in result.relative)
    add((e.model, e.notes) for e in result.by_time)
    add((e.function.model, e.notes) for e in result.absolute)
    add((e.model, e.notes) for e in (*result.complications, *result.additive))
    add((harm.function.model, harm.notes) for balance in result.balances for harm in balance.added)
    return list(found.values())


def _dose_intervals(result: Assessment) -> Sheet:
    rows = [
        (
            standing(estimate.model, estimate.warnings),
            *(f"{estimate.added_err.value:+.1f}", *_three(estimate.added_err)),
            *(f"{estimate.relative_increase.value:+.1f}", *_three(estimate.relative_increase)),
        )
        for estimate in result.relative
    ]
    return Sheet(
        "Where the intervals come from",
        f"{COMBINED[:1].upper()}{COMBINED[1:]}.",
        (
            *("Model", "Added ERR [%]", "by slope", "by dose", "combined"),
            *("Relative increase [%]", "by slope", "by dose", "combined"),
        ),
        tuple(rows),
    )


def _three(number: Bounded) -> tuple[str, ...]:
    pairs = (number.coefficient, number.dose, number.combined)
    return tuple("–" if pair is None else with_ci(None, pair) for pair in pairs)


def _by_time(result: Assessment) -> Sheet:
    first = result.by_time[0]
    model = first.model
    rows = [
        (
            str(found.band),
            with_ci(found.band.per_gy_pct, found.band.per_gy_ci_pct, signed=False),
            with_ci(found.added_err.value, found.added_err.coefficient),
            with_ci(found.relative_increase.value, found.relative_increase.coefficient),
        )
        for found in result.by_time
    ]
    return Sheet(
        f"By years since radiotherapy: {standing(model, first.warnings)}",
        f"{model.endpoint[:1].upper()}{model.endpoint[1:]}; {doi(model.source)}.",
        ("Years since radiotherapy", "Slope (CI) [%/Gy]", "Added ERR (CI) [%]", "Relative increase (CI) [%]"),
        tuple(rows),
    )


def _absolute_sheets(result: Assessment) -> list[Sheet]:
    groups: dict[tuple[str, str, str], list[AbsoluteEstimate]] = {}
    for estimate in result.absolute:
        function = estimate.function
        groups.setdefault((function.endpoint, function.horizon, function.method), []).append(estimate)
    return [_absolute(group) for group in groups.values()]


def _absolute(estimates: Sequence[AbsoluteEstimate]) -> Sheet:
    function = estimates[0].function
    bounded = {e.doses.bounds is not None for e in estimates}
    ends = "CI" if bounded == {False} else "combined" if bounded == {True} else "CI or combined"
    rows = [
        (
            standing(e.function.model, e.warnings),
            f"{e.none_pct:.2f}",
            with_ci(e.without_pct.value, _best(e.without_pct), 2, signed=False),
            with_ci(e.with_pct.value, _best(e.with_pct), 2, signed=False),
            with_ci(e.excess_pct.value, _best(e.excess_pct), 2),
            _needed(e),
        )
        for e in estimates
    ]
    return Sheet(
        f"Absolute risk of {function.endpoint}, {function.horizon}",
        f"Baseline: {function.baseline_source}. Method: {function.method}.",
        (
            *("Model", "No irradiation [%]", f"Without IMN ({ends}) [%]", f"With IMN ({ends}) [%]"),
            *(f"Excess ({ends}) [points]", f"Number needed to harm ({ends})"),
        ),
        tuple(rows),
        "lrrrrr",
        (
            *without_interval((e.function.model, bool(e.excess_pct.coefficient)) for e in estimates),
            *envelopes(e.function.model for e in estimates if BANDS_AT_ONCE in e.notes),
        ),
    )


def _best(number: Bounded) -> tuple[float, float] | None:
    """Return the interval to show beside a number: of both doubts where there is one, else the coefficient's."""
    return number.combined or number.coefficient


def _needed(estimate: AbsoluteEstimate) -> str:
    value, low, high = estimate.number_needed
    if value is None:
        return "none: no excess"
    if low is None:
        return f"{value:.0f}"
    return f"{value:.0f} ({low:.0f}–{f'{high:.0f}' if high is not None else 'no limit'})"


def _complications(parts: Sequence[Complication], title: str, combined: tuple[float, float] | None = None) -> Sheet:
    rows = [
        (
            standing(part.model, part.warnings),
            *(part.model.endpoint, part.model.population),
            with_ci(part.without_pct.value, widest(part.without_pct)[0], 2, signed=False),
            with_ci(part.with_pct.value, widest(part.with_pct)[0], 2, signed=False),
            with_ci(part.difference_pct.value, widest(part.difference_pct)[0], 2),
        )
        for part in parts
    ]
    kind = interval_kind(part.difference_pct for part in parts)
    ends = f" ({kind})" if kind else ""
    if combined is not None:
        without, with_ = combined
        numbers = (f"{without:.2f}", f"{with_:.2f}", f"{with_ - without:+.2f}")
        rows.append(("both", "at least one of them", "1 - prod(1 - p)", *numbers))
    return Sheet(
        title,
        f"Over: {'; '.join(dict.fromkeys(part.model.horizon for part in parts))}.",
        (
            *("Model", "Endpoint", "In"),
            *(f"Without IMN{ends} [%]", f"With IMN{ends} [%]", f"Difference{ends} [points]"),
        ),
        tuple(rows),
        "lllrrr",
        (
            *(f"{part.model.id}: {modifier}" for part in parts for modifier in part.modifiers),
            *without_interval((part.model, bool(part.difference_pct.coefficient)) for part in parts),
        ),
    )
