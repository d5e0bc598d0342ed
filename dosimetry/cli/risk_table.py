"""Risk estimates as a table for the terminal, with what a reader must know of each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, say
from dosimetry.report.risk_text import roles, standing, with_ci

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.risk.increment import RiskEstimate
    from dosimetry.risk.models import Model, RiskModel

__all__ = ["describe", "estimate_table", "print_estimates", "slope"]


def print_estimates(estimates: Sequence[RiskEstimate], title: str = "") -> None:
    """Print what each model makes of a pair of doses, what the columns mean, and where the slopes come from."""
    estimate_table(estimates, title)
    say()
    definitions((e.model.id, describe(e.model, e.notes)) for e in estimates)


def estimate_table(estimates: Sequence[RiskEstimate], title: str = "") -> None:
    """Print what each model makes of a pair of doses, and what the columns mean."""
    from dosimetry.risk.increment import READINGS

    columns = (
        *(Column("Model", right=False), Column("Slope (CI) [%/Gy]")),
        *(Column("ERR without [%]", digits=1), Column("ERR with [%]", digits=1)),
        *(Column("Added ERR (CI) [%]"), Column("Relative increase (CI) [%]")),
    )
    rows = [
        (
            *(standing(e.model, e.warnings), slope(e.model), e.err_without_pct, e.err_with_pct),
            with_ci(e.added_err_pct, e.added_err_ci_pct),
            with_ci(e.relative_increase_pct, e.relative_increase_ci_pct),
        )
        for e in estimates
    ]
    table(title, columns, rows)
    say()
    say(f"ERR is the excess relative risk. {READINGS}")
    if text := roles(e.model for e in estimates):
        say()
        say(text)


def describe(model: Model, notes: Sequence[str]) -> list[str]:
    """Return lines that say what a model counts, from where it is, and what to know of it."""
    name = model.label if model.verified else f"{model.label}, unverified"
    return [
        f"{name}: {model.endpoint}; {model.form.value} in {model.dose_metric}",
        f"horizon: {model.horizon}",
        model.source.citation,
        *(f"- {note}" for note in notes),
    ]


def slope(model: RiskModel) -> str:
    """Return a model's slope with its published interval."""
    limits = model.per_gy_ci_pct
    shown = f"{model.per_gy_pct:g}"
    return shown if limits is None else f"{shown} ({limits[0]:g}–{limits[1]:g})"
