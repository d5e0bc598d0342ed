"""Benefit against harm, and the break-even, as tables of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.report.risk_text import cited, doi, envelopes, standing, with_ci, without_interval
from dosimetry.report.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.risk.balance import Balance
    from dosimetry.risk.break_even import BreakEven
    from dosimetry.risk.evidence_schema import TrialEntry

__all__ = ["balance_sheets", "break_even_sheets", "nodal_sheet"]

_WEIGHED = (
    "Deaths alone are weighed; events that do not kill stand apart. Overall survival holds cardiac deaths already: "
    "it is context."
)


def nodal_sheet(nodal: dict[str, Any]) -> Sheet:
    """Return how likely internal mammary nodes are involved."""
    rows = []
    for entry in nodal["involvement"]:
        counted = entry["counted"]
        limits = None if entry["ci_pct"] is None else tuple(entry["ci_pct"])
        rows.append(
            (
                *(entry["axillary_nodes"], with_ci(entry["involved_pct"], limits, signed=False)),
                *(entry["method"], "–" if counted is None else f"{counted[0]}/{counted[1]}"),
            )
        )
    notes = (*nodal["sentinel"], nodal["guideline"], f"high risk, {nodal['high_risk']}")
    return Sheet(
        "Involvement of internal mammary nodes",
        "",
        ("Positive axillary nodes", "Involved (CI) [%]", "Found by", "Counted"),
        tuple(rows),
        "lrll",
        tuple(f"{text[:1].upper()}{text[1:]}." for text in notes),
    )


def balance_sheets(balances: Sequence[Balance]) -> list[Sheet]:
    """Return deaths averted beside deaths added, by study, and all studies as context."""
    from dosimetry.risk.evidence import trials  # noqa: PLC0415  pydantic is needed only where evidence is shown

    if not balances:
        return []
    return [*(_balance(balance) for balance in balances), _context(trials())]


def _balance(balance: Balance) -> Sheet:
    gain, trial = balance.averted, balance.averted.trial
    horizon = f"{balance.horizon_years:g} years"
    ratio = trial.breast_death_hr or [1.0, 1.0, 1.0]
    basis = "by life table" if gain.by_life_table else "as stated"
    hazard = f"hazard ratio {ratio[0]:g} ({ratio[1]:g}–{ratio[2]:g}) on {gain.without_pct:.4g} % {basis}"
    rows = [
        (
            *("breast cancer, averted", with_ci(gain.averted_pct.value, gain.averted_pct.coefficient, 2)),
            *(f"{10 * gain.averted_pct.value:+.1f}", horizon, f"{hazard}; {cited(trial.label, trial.doi)}"),
        )
    ]
    for harm in balance.added:
        function, excess = harm.function, harm.excess_pct
        ends = excess.combined or excess.coefficient
        turned = None if ends is None else (-ends[1], -ends[0])
        cause = function.counts.removesuffix("-death").replace("-", " ")
        source = f"{standing(function.model)} on {harm.none_pct:.2f} %; {doi(function.model.source)}"
        rows.append(
            (
                *(f"{cause}, added", with_ci(-excess.value, turned, 2), f"{-10 * excess.value:+.1f}"),
                *(function.horizon, source),
            )
        )
    net = with_ci(balance.net_pct, balance.net_interval_pct, 2)
    rows.append((balance.net_name, net, f"{10 * balance.net_pct:+.1f}", horizon, balance.words))
    return Sheet(
        f"Benefit against harm, deaths only: {trial.label}",
        f"{trial.design[:1].upper()}{trial.design[1:]}. {_WEIGHED}",
        ("Deaths", "Points (interval)", "Of 1000 women", "Over", "From"),
        tuple(rows),
        "lrrll",
        (_intervals_of(balance), *(f"{caveat[:1].upper()}{caveat[1:]}." for caveat in trial.caveats)),
    )


def _intervals_of(balance: Balance) -> str:
    """Return what each interval of a balance is of."""
    by_dose = any(harm.excess_pct.combined for harm in balance.added)
    added = "of the slope's confidence interval combined with that of the dose" if by_dose else "of the slope's"
    return (
        "Intervals: of the hazard ratio's confidence interval for deaths averted; "
        f"{added}{'' if by_dose else ' confidence interval'} for deaths added; of the net, all at their worst ends."
    )


def _context(found: Sequence[TrialEntry]) -> Sheet:
    rows = []
    for trial in found:
        survival = "–"
        if trial.overall_survival_pct is not None:
            with_, without = trial.overall_survival_pct
            ratio = trial.overall_survival_hr
            shown = "" if ratio is None else f"; hazard ratio {ratio[0]:g} ({ratio[1]:g}–{ratio[2]:g})"
            survival = f"{with_:g} / {without:g} %{shown}"
        rows.append(
            (
                trial.label if trial.verified else f"{trial.label} (unverified)",
                "yes" if trial.isolates_imn else "no: context only",
                *(trial.design, f"{trial.patients}", f"{trial.years:g}" if trial.years else "–"),
                *(
                    survival,
                    trial.other or "–",
                    f"{trial.source}, no DOI" if trial.doi is None else f"doi {trial.doi}",
                ),
            )
        )
    return Sheet(
        "Studies of IMN irradiation",
        "Only studies in which the IMN are the only difference bear on this decision.",
        (
            *("Study", "Isolates the IMN", "Design", "Patients", "Years"),
            *("Overall survival with / without", "Besides", "Source"),
        ),
        tuple(rows),
        "lllrrlll",
    )


def break_even_sheets(found: Sequence[BreakEven]) -> list[Sheet]:
    """Return how far the mean dose may rise before the excess passes the threshold, and what techniques spare."""
    from dosimetry.risk.evidence import find_threshold, techniques  # noqa: PLC0415  pydantic, as above

    if not found:
        return []
    points = found[0].threshold_points
    rows: list[tuple[str, ...]] = []
    for even in found:
        spare = even.to_spare_gy
        rows.append(
            (
                standing(even.function.model),
                *(f"{even.excess_points:+.2f}", f"{even.increment_gy:+.2f}", _largest(even)),
                "none: met" if spare is None or spare <= 0 else f"{spare:.2f}",
                *(even.function.endpoint, even.function.horizon),
            )
        )
    heads: tuple[str, ...] = (
        *("Model", "Excess [points]", "Increment [Gy]", "Largest within (interval) [Gy]", "To spare [Gy]"),
        *("Risk of", "Over"),
    )
    align = "lrrrrll"
    rule = find_threshold("nl-2-points")
    lead = ""
    if rule is not None and rule.points == points:
        lead = f"{rule.text} ({rule.source}). A shorter horizon than a lifetime makes it easier to meet."
    if len({row[5:] for row in rows}) == 1:  # the same for all: said once
        lead = f"Risk of {rows[0][5]}, {rows[0][6]}. {lead}".rstrip()
        rows, heads, align = [row[:5] for row in rows], heads[:5], align[:5]
    spared = [(f"{entry.mhd_gy[0]:g} to {entry.mhd_gy[1]:g}", entry.label, entry.source) for entry in techniques()]
    return [
        Sheet(
            f"Break-even: increment of mean dose that adds {points:g} percentage points",
            lead,
            heads,
            tuple(rows),
            align,
            (
                *without_interval((even.function.model, bool(even.interval_gy)) for even in found),
                *envelopes(even.function.model for even in found if even.interval_gy),
            ),
        ),
        Sheet(
            "What techniques did to the mean heart dose",
            "",
            ("Mean heart dose [Gy]", "Technique", "Source"),
            tuple(spared),
            "lll",
        ),
    ]


def _largest(even: BreakEven) -> str:
    most, ends = even.most_increment_gy, even.interval_gy
    if most is None:
        return "met by all up to 60 Gy"
    shown = f"{most:.2f}"
    if ends is not None:
        shown += f" ({ends[0]:.2f}–{'no limit' if ends[1] is None else f'{ends[1]:.2f}'})"
    return f"{shown}, extrapolated" if even.is_extrapolated else shown
