"""An assessment of risk as a page for the terminal."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from dosimetry.cli.cells import interval
from dosimetry.cli.risk_balance import print_balances, print_break_even, print_nodal
from dosimetry.cli.risk_table import describe, estimate_table, with_ci
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, print_warnings, say
from dosimetry.provenance import INTENDED_USE
from dosimetry.risk.intervals import COMBINED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dosimetry.risk.absolute import AbsoluteEstimate
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.complications import Complication
    from dosimetry.risk.intervals import Bounded, MeanDoses
    from dosimetry.risk.models import Model

__all__ = ["absolute_rows", "best", "needed", "print_assessment"]

_NAMES = {
    "heart": "Mean heart dose",
    "lungs": "Mean dose of both lungs",
    "lung_site": "Dose at the site of the lung tumour",
}


def print_assessment(result: Assessment) -> None:
    """Print everything that was computed, then the models behind it and the warnings."""
    _sections(result)
    if result.sensitivity is not None:
        inner = result.sensitivity
        basis = next(iter(inner.request.doses.values())).basis
        say()
        say(f"SENSITIVITY ANALYSIS: doses {basis}")
        say()
        _sections(inner)
    say()
    definitions((model.id, describe(model, notes)) for model, notes in _used(result))
    say()
    print_warnings(result.warnings)
    say(INTENDED_USE)


def _sections(result: Assessment) -> None:
    """Print the tables, an empty line between two."""
    for number, show in enumerate(_parts(result)):
        if number:
            say()
        show()


def _parts(result: Assessment) -> Iterator[Callable[[], None]]:
    for structure, doses in result.request.doses.items():
        estimates = [estimate for estimate in result.relative if estimate.model.structure == structure]
        if estimates:
            yield partial(estimate_table, estimates, _title(structure, doses))
    if any(doses.bounds is not None for doses in result.request.doses.values()):
        yield lambda: _dose_intervals(result)
    if result.by_time:
        yield lambda: _by_time(result)
    order = list(dict.fromkeys(_asked(estimate) for estimate in result.absolute))
    sorted_ = sorted(result.absolute, key=lambda estimate: order.index(_asked(estimate)))
    for _, group in groupby(sorted_, key=_asked):
        yield partial(_absolute, list(group))
    if result.complications:
        yield lambda: _complications(result.complications, "Complication probability")
    if result.additive:
        yield lambda: _complications(result.additive, "Absolute risk that each gray adds", result.combined)
    yield from _benefit_parts(result)


def _benefit_parts(result: Assessment) -> Iterator[Callable[[], None]]:
    if result.nodal is not None:
        nodal = result.nodal
        yield lambda: print_nodal(nodal)
    if result.balances:
        yield lambda: print_balances(result.balances)
    if result.break_evens:
        yield lambda: print_break_even(result.break_evens)


def _asked(estimate: AbsoluteEstimate) -> tuple[str, str]:
    return estimate.function.endpoint, estimate.function.horizon


def _title(structure: str, doses: MeanDoses) -> str:
    what = _NAMES[structure]
    basis = "" if doses.basis == "physical" else f", {doses.basis}"
    return (
        f"{what} {doses.without:.2f} Gy without IMN, {doses.with_:.2f} Gy with IMN: "
        f"{doses.with_ - doses.without:+.2f} Gy{basis}"
    )


def _dose_intervals(result: Assessment) -> None:
    columns = (
        Column("Model", right=False),
        *(Column("Added ERR [%]"), Column("by slope"), Column("by dose"), Column("combined")),
        *(Column("Relative increase [%]"), Column("by slope"), Column("by dose"), Column("combined")),
    )
    rows = [
        (
            estimate.model.id,
            *(f"{estimate.added_err.value:+.1f}", *_three(estimate.added_err)),
            *(f"{estimate.relative_increase.value:+.1f}", *_three(estimate.relative_increase)),
        )
        for estimate in result.relative
    ]
    table("Where the intervals come from", columns, rows)
    say()
    say(f"{COMBINED[:1].upper()}{COMBINED[1:]}.")


def _three(number: Bounded) -> tuple[str | None, ...]:
    pairs = (number.coefficient, number.dose, number.combined)
    return tuple(None if pair is None else interval(*pair) for pair in pairs)


def _by_time(result: Assessment) -> None:
    first = result.by_time[0]
    columns = (
        *(Column("Years since radiotherapy", right=False), Column("Slope (CI) [%/Gy]")),
        *(Column("Added ERR (CI) [%]"), Column("Relative increase (CI) [%]")),
    )
    rows = [
        (
            str(found.band),
            with_ci(found.band.per_gy_pct, found.band.per_gy_ci_pct, signed=False),
            with_ci(found.added_err.value, found.added_err.coefficient),
            with_ci(found.relative_increase.value, found.relative_increase.coefficient),
        )
        for found in result.by_time
    ]
    standing = "" if first.model.verified else ", unverified"
    table(f"By years since radiotherapy: {first.model.id}{standing}, {first.model.endpoint}", columns, rows)


def _absolute(estimates: Sequence[AbsoluteEstimate]) -> None:
    function = estimates[0].function
    ends = "combined" if estimates[0].excess_pct.combined else "CI"
    columns = (
        *(Column("Model", right=False), Column("No irradiation [%]")),
        *(Column(f"Without IMN ({ends}) [%]"), Column(f"With IMN ({ends}) [%]")),
        *(Column(f"Excess ({ends}) [points]"), Column("Number needed to harm")),
    )
    table(f"Absolute risk of {function.endpoint}, {function.horizon}", columns, absolute_rows(estimates))
    say()
    say(f"Baseline: {function.baseline_source}. Method: {function.method}.")


def absolute_rows(estimates: Sequence[AbsoluteEstimate]) -> list[tuple[str, ...]]:
    """Return the cells of absolute risks."""
    return [
        (
            f"{e.function.model.id}{'' if e.function.model.verified else ' (unverified)'}",
            f"{e.none_pct:.2f}",
            with_ci(e.without_pct.value, best(e.without_pct), 2, signed=False),
            with_ci(e.with_pct.value, best(e.with_pct), 2, signed=False),
            with_ci(e.excess_pct.value, best(e.excess_pct), 2),
            needed(e),
        )
        for e in estimates
    ]


def best(number: Bounded) -> tuple[float, float] | None:
    """Return the interval to show beside a number: of both doubts where there is one, else the coefficient's."""
    return number.combined or number.coefficient


def needed(estimate: AbsoluteEstimate) -> str:
    """Return the number needed to harm, with its interval, in words where it has no end."""
    value, low, high = estimate.number_needed
    if value is None:
        return "none: no excess"
    if low is None:
        return f"{value:.0f}"
    return f"{value:.0f} ({low:.0f}–{f'{high:.0f}' if high is not None else 'no limit'})"


def _complications(parts: Sequence[Complication], title: str, combined: tuple[float, float] | None = None) -> None:
    columns = (
        *(Column("Model", right=False), Column("Endpoint", right=False), Column("In", right=False)),
        *(Column("Without IMN [%]"), Column("With IMN [%]"), Column("Difference [points]")),
    )
    rows = [
        (
            f"{part.model.id}{'' if part.model.verified else ' (unverified)'}",
            *(part.model.endpoint, part.model.population),
            with_ci(part.without_pct.value, best(part.without_pct), 2, signed=False),
            with_ci(part.with_pct.value, best(part.with_pct), 2, signed=False),
            with_ci(part.difference_pct.value, best(part.difference_pct), 2),
        )
        for part in parts
    ]
    if combined is not None:
        without, with_ = combined
        numbers = (f"{without:.2f}", f"{with_:.2f}", f"{with_ - without:+.2f}")
        rows.append(("both", "at least one of them", "1 - prod(1 - p)", *numbers))
    table(title, columns, rows)
    for part in parts:
        for modifier in part.modifiers:
            say(f"{part.model.id}: {modifier}")


def _used(result: Assessment) -> list[tuple[Model, tuple[str, ...]]]:
    """Return each model that something was computed with, and the notes of its first result."""
    found: dict[str, tuple[Model, tuple[str, ...]]] = {}
    pairs = [(e.model, e.notes) for e in result.relative]
    pairs += [(e.model, e.notes) for e in result.by_time]  # type: ignore[misc]
    pairs += [(e.function.model, e.notes) for e in result.absolute]  # type: ignore[misc]
    pairs += [(e.model, e.notes) for e in (*result.complications, *result.additive)]  # type: ignore[misc]
    pairs += [(h.function.model, h.notes) for b in result.balances for h in b.added]  # type: ignore[misc]
    for model, notes in pairs:
        found.setdefault(model.id, (model, notes))
    return list(found.values())
