"""What must be seen first of a comparison with and without the IMN target, as cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.imn.kind import Kind
from dosimetry.report import imni_view as view
from dosimetry.report import imni_words as words
from dosimetry.report.document import Card, Cautions, Fact, Statement
from dosimetry.report.numbers import change, judged, limits, number
from dosimetry.report.risk_page import beside_headline
from dosimetry.warnings import Code, gathered, merge

if TYPE_CHECKING:
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.report.document import Block
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.increment import RiskEstimate
    from dosimetry.risk.intervals import Bounded
    from dosimetry.risk.models import RiskModel
    from dosimetry.warnings import Caution

__all__ = ["TONES", "ci", "share", "slope", "summary"]

_WITHHELD = (Code.INCREMENT_WITHHELD, Code.RISK_WITHHELD)
# What the whole comparison is warned of stands beside the number it touches too.
_OF_DOSE = (Code.DOSE_EFFECTIVE, Code.DOSE_SUMMATION_UNCLEAR)
_OF_COVERAGE = (Code.COVERAGE_NOT_EVALUABLE, Code.COVERAGE_WITH_LOW, Code.COVERAGE_WITHOUT_HIGH)
_OF_RISK = (
    *(*_OF_DOSE, Code.PARTIAL_COURSE, Code.FRACTIONATION_DIFFERS, Code.FRACTIONATION_UNKNOWN),
    *(Code.COVERAGE_WITH_LOW, Code.COVERAGE_WITHOUT_HIGH, Code.COVERAGE_OTHER_TARGETS),
)
TONES = {None: ("not evaluable", "unknown"), True: ("covered", "good"), False: ("not covered", "bad")}


def summary(
    result: ImnComparison, word: str, assessment: Assessment | None, told: tuple[Caution, ...]
) -> tuple[Block, ...]:
    """Return kind of comparison, heart dose, coverage, risk, and all warnings (`told`); `word` names the change."""
    kind = result.comparability.kind
    meaning = f"{kind.text[:1].upper()}{kind.text[1:]}."
    is_increment = kind is Kind.INCREMENT
    return (
        Statement(
            meaning,
            "IMN increment" if is_increment else "Not a true IMN increment",
            "good" if is_increment else "bad",
        ),
        Cautions(result.comparability.warnings),
        _heart(result, word),
        _coverage(result),
        _risk(result, word, assessment),
        Card("Warnings", lead="" if told else "No warnings.", cautions=gathered(told), tone="warn"),
    )


def _heart(result: ImnComparison, word: str) -> Card:
    mean = view.trio(result.heart, "Mean[Gy]")
    bounds = [f"({text})" if text and text != view.NO_INTERVAL else text for text in mean.bounds]
    withheld = mean.change == view.WITHHELD
    dvh = result.heart.with_.dvh
    return Card(
        "Mean heart dose",
        (
            Fact("without IMN", mean.without, "Gy", bounds[0]),
            Fact("with IMN", mean.with_, "Gy", bounds[1]),
            Fact(
                word,
                mean.change,
                "" if withheld else "Gy",
                bounds[2],
                tone="bad" if withheld else "plain",
                is_key=True,
            ),
        ),
        notes=(
            *([words.IN_BRACKETS] if any(bounds) else []),
            f"ROI {result.heart.name}, {number(dvh.volume_cc if dvh else None, 'cc')} cc",
        ),
        cautions=merge(result.heart.warnings, _among(result, _OF_DOSE)),
        is_half=True,
    )


def _coverage(result: ImnComparison) -> Card:
    imn, rule = result.imn, result.request.rule
    facts = []
    for label, value, covered in (
        ("without IMN", imn.covered_without_pct, imn.is_covered_without),
        ("with IMN", imn.covered_with_pct, imn.is_covered_with),
    ):
        verdict, tone = TONES[covered]
        if covered is False and label == "without IMN":
            tone = "unknown"  # as it is meant to be
        covers = "" if value is None else f"V{rule.dose_pct:g}% = {share(result, value)}"
        facts.append(Fact(label, covers, verdict=verdict, tone=tone))
    prescribed = "no usable prescription"
    if imn.prescribed:
        prescribed = f"prescribed {imn.prescribed} ({imn.prescribed.basis})"
    return Card(
        "IMN coverage",
        tuple(facts),
        notes=(f"ROI {imn.name}, {number(imn.volume_cc, 'cc')} cc, {prescribed}.", f"Rule: {rule}."),
        cautions=_among(result, _OF_COVERAGE),
        is_half=True,
    )


def _risk(result: ImnComparison, word: str, assessment: Assessment | None) -> Card:
    title = f"Risk of the {word}"
    if not result.risk:
        told = merge(result.heart.warnings, result.warnings)
        reasons = tuple(caution for caution in told if caution.code in _WITHHELD)
        return Card(title, lead=words.WITHHELD, tone="bad", cautions=reasons)
    other = "" if word == "increment" else words.NOT_OF_IMN
    headline = [estimate for estimate in result.risk if estimate.model.headline]
    notes = [words.TWO_READINGS, *([words.BY_DOSE] if result.has_intervals else []), words.COHORTS]
    if assessment is not None:
        notes += beside_headline(assessment)
    return Card(
        title,
        lead=other,
        tone="bad" if other else "plain",
        notes=tuple(notes),
        cautions=_among(result, _OF_RISK),
        parts=tuple(_estimate(estimate) for estimate in headline),
    )


def _estimate(estimate: RiskEstimate) -> Card:
    model = estimate.model
    rise = change(estimate.relative_increase_pct, "%").lstrip("+")
    endpoint = model.endpoint.split(" (")[0]
    before, after = (number(value, "%") for value in (estimate.err_without_pct, estimate.err_with_pct))
    excess = f"of the unirradiated rate: excess {before} % without, {after} % with IMN"
    more = f"{rise} % higher" if estimate.relative_increase_pct >= 0 else f"changed by {rise} %"
    return Card(
        model.label,
        (
            Fact(
                "Added ERR",
                change(estimate.added_err_pct, "%"),
                "percentage points",
                ci(estimate.added_err_ci_pct),
                (excess, *_by_dose(estimate.added_err)),
            ),
            Fact(
                "Relative increase",
                change(estimate.relative_increase_pct, "%"),
                "%",
                ci(estimate.relative_increase_ci_pct),
                ("over the rate of the plan without IMN", *_by_dose(estimate.relative_increase)),
            ),
        ),
        lead=f"{slope(model)}; {model.endpoint}; horizon: {model.horizon}",
        notes=(f"In words: the rate of {endpoint} is estimated to be {more} with the plan with IMN.",),
        cautions=estimate.warnings,
        verdict="" if model.verified else "unverified",
        tone="bad",
    )


def _among(result: ImnComparison, codes: tuple[Code, ...]) -> tuple[Caution, ...]:
    return tuple(caution for caution in result.warnings if caution.code in codes)


def share(result: ImnComparison, value: float | None) -> str:
    """Return a covered volume, with as many decimals as show on which side of the rule it lies."""
    return "–" if value is None else f"{judged(value, result.request.rule.volume_pct, '%')} %"


def ci(bounds: tuple[float, float] | None) -> str:
    """Return a confidence interval in brackets, or that none was published."""
    return "no interval published" if bounds is None else f"({limits(bounds, '%')})"


def _by_dose(bounded: Bounded) -> tuple[str, ...]:
    if not bounded.dose:
        return ()
    combined = f"; combined {limits(bounded.combined, '%')}" if bounded.combined else ""
    return (f"by the dose interval {limits(bounded.dose, '%')}{combined}",)


def slope(model: RiskModel) -> str:
    """Return the slope of a model with its interval."""
    if model.per_gy_ci_pct is None:
        return f"{model.per_gy_pct:g} %/Gy, no interval published"
    low, high = model.per_gy_ci_pct
    return f"{model.per_gy_pct:g} %/Gy ({model.ci_level_pct:g} % CI {low:g} to {high:g})"
