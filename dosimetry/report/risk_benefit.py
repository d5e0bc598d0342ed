"""Benefit against harm, and the break-even, as tables of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.report.risk_text import (
    cited,
    doi,
    envelopes,
    is_extrapolated,
    limits_text,
    standing,
    widest,
    with_ci,
    without_interval,
)
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
_NO_SOURCE = "series and guideline are named as they were given here; no DOI of them is recorded"
_ALONE = (
    "One life table, each cause changed alone: that women spared from breast cancer die of something else within "
    "the time is left out of the net."
)
_INTERVALS_OF = {
    "combined": "combined: slope and dose",
    "CI": "CI of the slope",
    "dose interval": "dose interval; no CI of the slope published",
    "": "no interval published",
}


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
    notes = (*nodal["sentinel"], nodal["guideline"], f"high risk, {nodal['high_risk']}", _NO_SOURCE)
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
    ratio = trial.breast_death_hr or [1.0, 1.0, 1.0]
    basis = "by life table" if gain.by_life_table else "as stated"
    if is_extrapolated(caution for caution in balance.warnings if caution.subject == trial.id):
        basis += f", extrapolated from {trial.years:g} years"
    averted = gain.averted_pct
    rows = [
        _row(
            *("breast cancer, averted", averted.value, averted.coefficient, "CI of the hazard ratio"),
            f"hazard ratio {ratio[0]:g} ({ratio[1]:g}–{ratio[2]:g}) on {gain.without_pct:.4g} % {basis}",
        )
    ]
    sources = [cited(trial.label, trial.doi)]
    for harm in balance.added:
        model, (ends, kind) = harm.function.model, widest(harm.excess_pct)
        turned = None if ends is None else (-ends[1], -ends[0])
        cause = harm.function.counts.removesuffix("-death").replace("-", " ")
        basis = f"{standing(model, harm.warnings)} on {harm.none_pct:.2f} %"
        rows.append(_row(f"{cause}, added", -harm.excess_pct.value, turned, _INTERVALS_OF[kind], basis))
        sources.append(f"{model.id}, {doi(model.source)}")
    ends = balance.net_interval_pct
    kind = "all at their worst ends" if ends is not None else "none: a part is missing or has no interval"
    rows.append(_row(balance.net_name, balance.net_pct, ends, kind, balance.words))
    return Sheet(
        f"Benefit against harm, deaths only: {trial.label}",
        f"{_over(balance)} {trial.design[:1].upper()}{trial.design[1:]}. {_WEIGHED}",
        ("Deaths", "Points", "Interval", "Interval of", "Of 1000 women", "From"),
        tuple(rows),
        "lrrlrl",
        (
            *([_ALONE] if gain.by_life_table else []),
            *(f"{caveat[:1].upper()}{caveat[1:]}." for caveat in trial.caveats),
            f"Sources: {'; '.join(dict.fromkeys(sources))}.",
        ),
    )


def _row(name: str, points: float, ends: tuple[float, float] | None, kind: str, basis: str) -> tuple[str, ...]:
    return name, f"{points:+z.2f}", limits_text(ends, 2), kind, f"{10 * points:+z.1f}", basis


def _over(balance: Balance) -> str:
    """Return the one time that all deaths of a balance are counted over."""
    ages = dict.fromkeys(
        harm.function.horizon for harm in balance.added if harm.function.horizon.startswith("from age")
    )
    return f"Over {balance.horizon_years:g} years{''.join(f', {text}' for text in ages)}."


def _context(found: Sequence[TrialEntry]) -> Sheet:
    rows = []
    for trial in found:
        survival = "–"
        if trial.overall_survival_pct is not None:
            with_, without = trial.overall_survival_pct
            ratio = trial.overall_survival_hr
            shown = "" if ratio is None else f"; hazard ratio {ratio[0]:g} ({ratio[1]:g}–{ratio[2]:g})"
            survival = f"{with_:g} / {without:g}{shown}"
        rows.append(
            (
                trial.label if trial.verified else f"{trial.label} (unverified)",
                "yes" if trial.isolates_imn else "no: context only",
                *(trial.design, f"{trial.patients}", f"{trial.years:g}" if trial.years else "–"),
                *(survival, trial.other or "–"),
            )
        )
    return Sheet(
        "Studies of IMN irradiation",
        "Only studies in which the IMN are the only difference bear on this decision.",
        (
            *("Study", "Isolates the IMN", "Design", "Patients", "Years"),
            *("Overall survival with / without [%]", "Besides"),
        ),
        tuple(rows),
        "lllrrll",
        tuple(
            f"{trial.label}: {trial.source}, no DOI." if trial.doi is None else f"{trial.label}: doi {trial.doi}."
            for trial in found
        ),
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
                standing(even.function.model, even.warnings),
                *(f"{even.excess_points:+.2f}", f"{even.increment_gy:+.2f}", _largest(even)),
                "none: met" if spare is None or spare <= 0 else f"{spare:.2f}",
                *(even.function.endpoint, even.function.horizon),
            )
        )
    heads: tuple[str, ...] = (
        *("Model", "Excess [points]", "Increment [Gy]", "Largest within (CI) [Gy]", "To spare [Gy]"),
        *("Risk of", "Over"),
    )
    align = "lrrrrll"
    lead = ""
    rule = find_threshold("nl-2-points")
    if rule is not None and rule.points == points:
        lead = f"{rule.text} ({rule.source}). A shorter horizon than a lifetime makes it easier to meet."
    for text in ("Over", "Risk of"):  # the last column first; the same for all: said once
        if len({row[-1] for row in rows}) == 1:
            lead = f"{text}: {rows[0][-1]}. {lead}".rstrip()
            rows, heads, align = [row[:-1] for row in rows], heads[:-1], align[:-1]
        else:
            break
    spared = [(f"{entry.mhd_gy[0]:g} to {entry.mhd_gy[1]:g}", entry.label, entry.source) for entry in techniques()]
    return [
        Sheet(
            f"Break-even: increment of mean dose that adds {points:g} percentage points",
            lead,
            heads,
            tuple(rows),
            align,
            (
                f"Sources: {'; '.join(dict.fromkeys(_source(even) for even in found))}.",
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


def _source(even: BreakEven) -> str:
    return f"{even.function.model.id}, {doi(even.function.model.source)}"


def _largest(even: BreakEven) -> str:
    most, ends = even.most_increment_gy, even.interval_gy
    if most is None:
        return "met by all up to 60 Gy"
    shown = f"{most:.2f}"
    if ends is not None:
        shown += f" ({ends[0]:.2f}–{'no limit' if ends[1] is None else f'{ends[1]:.2f}'})"
    return f"{shown}, extrapolated" if even.is_extrapolated else shown
