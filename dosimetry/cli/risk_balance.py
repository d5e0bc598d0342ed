"""Benefit against harm, and the break-even, as pages for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.cli.risk_table import with_ci
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.risk.absolute import AbsoluteEstimate
    from dosimetry.risk.balance import Balance
    from dosimetry.risk.break_even import BreakEven
    from dosimetry.risk.models import Model

__all__ = ["print_balances", "print_break_even", "print_nodal"]


def print_nodal(nodal: dict[str, Any]) -> None:
    """Print how likely internal mammary nodes are involved."""
    columns = (
        *(Column("Positive axillary nodes", right=False), Column("Involved (CI) [%]")),
        *(Column("Found by", right=False), Column("Counted")),
    )
    rows = []
    for entry in nodal["involvement"]:
        counted = entry["counted"]
        limits = None if entry["ci_pct"] is None else tuple(entry["ci_pct"])
        rows.append(
            (
                *(entry["axillary_nodes"], with_ci(entry["involved_pct"], limits, signed=False)),
                *(entry["method"], None if counted is None else f"{counted[0]}/{counted[1]}"),
            )
        )
    table("Involvement of internal mammary nodes", columns, rows)
    say()
    for text in (*nodal["sentinel"], nodal["guideline"], f"high risk, {nodal['high_risk']}"):
        say(f"{text[:1].upper()}{text[1:]}.")


def print_balances(balances: Sequence[Balance]) -> None:
    """Print deaths averted beside deaths added, by study, with every figure's source."""
    columns = (
        *(Column("Over", right=False), Column("Deaths", right=False), Column("Points (interval)")),
        *(Column("Of 1000 women"), Column("From", right=False)),
    )
    for number, balance in enumerate(balances):
        if number:
            say()
        gain, trial = balance.averted, balance.averted.trial
        horizon = f"{balance.horizon_years:g} years"
        ratio = trial.breast_death_hr or [1.0]
        source = trial.label if trial.doi is None else f"{trial.label}, doi {trial.doi}"
        hazard = f"hazard ratio {ratio[0]:g} ({ratio[1]:g}–{ratio[2]:g}) of {gain.without_pct:g} %; {source}"
        rows = [
            (
                *(horizon, "breast cancer, averted"),
                with_ci(gain.averted_pct.value, gain.averted_pct.coefficient, 2),
                *(f"{10 * gain.averted_pct.value:+.1f}", hazard),
            )
        ]
        for harm in balance.added:
            model, excess = harm.function.model, harm.excess_pct
            ends = excess.combined or excess.coefficient
            turned = None if ends is None else (-ends[1], -ends[0])
            standing = "" if model.verified else " (unverified)"
            rows.append(
                (
                    *(
                        harm.function.horizon,
                        f"{harm.function.counts.removesuffix('-death').replace('-', ' ')}, added",
                    ),
                    *(with_ci(-excess.value, turned, 2), f"{-10 * excess.value:+.1f}"),
                    f"{model.id}{standing} on {harm.none_pct:.2f} %; {_doi(model)}",
                )
            )
        rows.append(
            (
                *(horizon, "net", with_ci(balance.net_pct, balance.net_interval_pct, 2)),
                *(f"{10 * balance.net_pct:+.1f}", balance.words),
            )
        )
        table(f"Benefit against harm, deaths only: {trial.label}, {trial.design}", columns, rows)
    say()
    say(
        "Deaths alone are weighed; events that do not kill stand apart. Overall survival holds cardiac deaths "
        "already: it is context, below."
    )
    say()
    _context()


def _doi(model: Model) -> str:
    return model.source.citation if model.source.doi is None else f"doi {model.source.doi}"


def _cause(harm: AbsoluteEstimate) -> str:
    return harm.function.counts.removesuffix("-death").replace("-", " ")


def _context() -> None:
    from dosimetry.risk.evidence import trials

    entries = []
    for trial in trials():
        lines = [f"{trial.design}, {trial.patients} patients" + (f", {trial.years:g} years" if trial.years else "")]
        if trial.overall_survival_pct is not None:
            with_, without = trial.overall_survival_pct
            ratio = trial.overall_survival_hr
            shown = "" if ratio is None else f", hazard ratio {ratio[0]:g} ({ratio[1]:g}–{ratio[2]:g})"
            lines.append(f"overall survival {with_:g} % with, {without:g} % without{shown}")
        lines += [trial.other] if trial.other else []
        lines.append(f"{trial.source}, {'no DOI' if trial.doi is None else f'doi {trial.doi}'}")
        if not trial.isolates_imn:
            lines.append("- does not isolate the IMN: context only")
        lines += [f"- {caveat}" for caveat in trial.caveats]
        entries.append((trial.label if trial.verified else f"{trial.label} (unverified)", lines))
    definitions(entries)


def print_break_even(found: Sequence[BreakEven]) -> None:
    """Print how far the mean dose may rise before the excess passes the threshold, and what techniques spare."""
    from dosimetry.risk.evidence import find_threshold, techniques

    points = found[0].threshold_points
    columns = (
        *(Column("Model", right=False), Column("Excess [points]"), Column("Increment [Gy]")),
        *(Column("Largest within (interval) [Gy]"), Column("To spare [Gy]")),
        *(Column("Risk of", right=False), Column("Over", right=False)),
    )
    rows = []
    for even in found:
        most, ends = even.most_increment_gy, even.interval_gy
        shown = "above 60 Gy in all" if most is None else f"{most:.2f}"
        if most is not None and ends is not None:
            shown += f" ({ends[0]:.2f}–{f'{ends[1]:.2f}' if ends[1] is not None else '…'})"
        shown += ", extrapolated" if even.is_extrapolated else ""
        spare = even.to_spare_gy
        met = "none: met" if spare is None or spare <= 0 else f"{spare:.2f}"
        model = even.function.model
        rows.append(
            (
                f"{model.id}{'' if model.verified else ' (unverified)'}",
                *(f"{even.excess_points:+.2f}", f"{even.increment_gy:+.2f}", shown, met),
                *(even.function.endpoint, even.function.horizon),
            )
        )
    rule = find_threshold("nl-2-points")
    named = f"; {rule.text} ({rule.source})" if rule is not None and rule.points == points else ""
    table(f"Break-even: increment of mean dose that adds {points:g} percentage points{named}", columns, rows)
    say()
    say("What techniques did to the mean heart dose:")
    definitions(
        (f"{entry.mhd_gy[0]:g} to {entry.mhd_gy[1]:g} Gy", [f"{entry.label}; {entry.source}"])
        for entry in techniques()
    )
