"""An assessment of risk as rows: one for each model, and one for each further number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.doses import MeanDoses
    from dosimetry.risk.increment import RiskEstimate
    from dosimetry.risk.intervals import Bounded
    from dosimetry.risk.models import Model
    from dosimetry.warnings import Caution

__all__ = ["HEADER", "further_numbers", "risk_rows"]

Cell = str | float | None
HEADER = (
    *("model", "heart_mean_without_gy", "heart_mean_with_imn_gy", "form", "verified"),
    *("per_gy_pct", "per_gy_ci_low_pct", "per_gy_ci_high_pct", "err_without_pct", "err_with_pct"),
    *("added_err_pct", "added_err_ci_low_pct", "added_err_ci_high_pct"),
    *("relative_increase_pct", "relative_increase_ci_low_pct", "relative_increase_ci_high_pct"),
    *("endpoint", "source", "notes", "warnings"),
    *("kind", "structure", "mean_without_gy", "mean_with_gy", "dose_basis", "horizon"),
    *("quantity", "unit", "value", "ci_low", "ci_high", "dose_low", "dose_high", "combined_low", "combined_high"),
)
_BLANK: dict[str, Cell] = dict.fromkeys(HEADER)


def risk_rows(result: Assessment) -> list[tuple[Cell, ...]]:
    """Return the rows of an assessment.

    A row of the kind ``relative`` holds all of one model. Rows of other kinds hold one number each in the last
    columns: its name, unit and value, the coefficient's interval, the dose's, and that of both.
    """
    return [tuple(row.values()) for row in _rows(result)]


def further_numbers(result: Assessment) -> list[dict[str, Cell]]:
    """Return the rows of everything beside the relative risks, by column."""
    return [row for row in _rows(result) if row["kind"] != "relative"]


def _rows(result: Assessment) -> Iterator[dict[str, Cell]]:
    for estimate in result.relative:
        yield _relative(estimate)
    for found in result.by_time:
        for name, number in (("added_err", found.added_err), ("relative_increase", found.relative_increase)):
            row = _one(found.model, found.doses, "by-time", found.notes, found.warnings)
            yield row | {"horizon": f"{found.band} years since radiotherapy"} | _number(name, "%", number)
    for absolute in result.absolute:
        function = absolute.function
        row = _one(function.model, absolute.doses, "absolute", absolute.notes, absolute.warnings)
        row |= {"endpoint": function.endpoint, "horizon": function.horizon}
        yield row | {"quantity": "risk_without_irradiation", "unit": "%", "value": absolute.none_pct}
        yield row | _number("risk_without_imn", "%", absolute.without_pct)
        yield row | _number("risk_with_imn", "%", absolute.with_pct)
        yield row | _number("excess", "percentage points", absolute.excess_pct)
        value, low, high = absolute.number_needed
        needed: dict[str, Cell] = {"quantity": "number_needed_to_harm", "unit": "women", "value": value}
        yield row | needed | {"ci_low": low, "ci_high": high}
    yield from _further_rows(result)
    yield from _balance_rows(result)
    if result.sensitivity is not None:
        yield from _rows(result.sensitivity)


def _further_rows(result: Assessment) -> Iterator[dict[str, Cell]]:
    for kind, parts in (("complication", result.complications), ("additive", result.additive)):
        for part in parts:
            row = _one(part.model, part.doses, kind, part.notes, part.warnings)
            yield row | _number("risk_without_imn", "%", part.without_pct)
            yield row | _number("risk_with_imn", "%", part.with_pct)
            yield row | _number("difference", "percentage points", part.difference_pct)


def _balance_rows(result: Assessment) -> Iterator[dict[str, Cell]]:
    for balance in result.balances:
        trial, low_high = balance.averted.trial, balance.net_interval_pct or (None, None)
        row = _BLANK | {
            "model": trial.id,
            "kind": "balance",
            "source": f"{trial.source}, {'no DOI' if trial.doi is None else f'doi {trial.doi}'}",
            "verified": str(trial.verified).lower(),
            "endpoint": "death",
            "horizon": f"{balance.horizon_years:g} years",
            "notes": balance.words,
            "warnings": _told(balance.warnings),
        }
        yield row | _number("breast_cancer_deaths_averted", "percentage points", balance.averted.averted_pct)
        for harm in balance.added:
            name = f"{harm.function.counts.replace('-', '_')}s_added"
            yield row | _number(name, "percentage points", harm.excess_pct)
        name = "net_deaths_averted" if balance.is_complete else "net_of_the_deaths_known"
        net: dict[str, Cell] = {"quantity": name, "unit": "percentage points"}
        yield row | net | {"value": balance.net_pct, "combined_low": low_high[0], "combined_high": low_high[1]}
    for even in result.break_evens:
        ends = even.interval_gy or (None, None)
        row = _one(even.function.model, None, "break-even", even.notes, even.warnings)
        row |= {"endpoint": even.function.endpoint, "horizon": even.function.horizon}
        row |= {"quantity": f"most_increment_for_{even.threshold_points:g}_points", "unit": "Gy"}
        yield row | {"value": even.most_increment_gy, "ci_low": ends[0], "ci_high": ends[1]}


def _relative(e: RiskEstimate) -> dict[str, Cell]:
    absent = (None, None)
    is_heart = e.model.structure == "heart"
    slope, added = e.model.per_gy_ci_pct or absent, e.added_err_ci_pct or absent
    rise = e.relative_increase_ci_pct or absent
    return (
        _BLANK
        | {
            "model": e.model.id,
            "heart_mean_without_gy": e.mean_without_gy if is_heart else None,
            "heart_mean_with_imn_gy": e.mean_with_gy if is_heart else None,
            "form": e.model.form.value,
            "verified": str(e.model.verified).lower(),
            "per_gy_pct": e.model.per_gy_pct,
            "per_gy_ci_low_pct": slope[0],
            "per_gy_ci_high_pct": slope[1],
            "err_without_pct": e.err_without_pct,
            "err_with_pct": e.err_with_pct,
            "added_err_pct": e.added_err_pct,
            "added_err_ci_low_pct": added[0],
            "added_err_ci_high_pct": added[1],
            "relative_increase_pct": e.relative_increase_pct,
            "relative_increase_ci_low_pct": rise[0],
            "relative_increase_ci_high_pct": rise[1],
            "endpoint": e.model.endpoint,
            "source": e.model.source.citation,
            "notes": "; ".join(e.notes),
            "warnings": _told(e.warnings),
            "kind": "relative",
            "structure": e.model.structure,
            "mean_without_gy": e.mean_without_gy,
            "mean_with_gy": e.mean_with_gy,
            "dose_basis": e.basis,
            "horizon": e.model.horizon,
        }
        | _number("added_err", "%", e.added_err)
    )


def _one(
    model: Model, doses: MeanDoses | None, kind: str, notes: Iterable[str], warnings: Iterable[Caution]
) -> dict[str, Cell]:
    return _BLANK | {
        "model": model.id,
        "form": model.form.value,
        "verified": str(model.verified).lower(),
        "endpoint": model.endpoint,
        "source": model.source.citation,
        "notes": "; ".join(notes),
        "warnings": _told(warnings),
        "kind": kind,
        "structure": model.structure,
        "mean_without_gy": None if doses is None else doses.without,
        "mean_with_gy": None if doses is None else doses.with_,
        "dose_basis": None if doses is None else doses.basis,
        "horizon": model.horizon,
    }


def _number(name: str, unit: str, number: Bounded) -> dict[str, Cell]:
    ends = [pair or (None, None) for pair in (number.coefficient, number.dose, number.combined)]
    return {
        "quantity": name,
        "unit": unit,
        "value": number.value,
        "ci_low": ends[0][0],
        "ci_high": ends[0][1],
        "dose_low": ends[1][0],
        "dose_high": ends[1][1],
        "combined_low": ends[2][0],
        "combined_high": ends[2][1],
    }


def _told(cautions: Iterable[Caution]) -> str:
    return "; ".join(str(caution) for caution in merge(cautions))
