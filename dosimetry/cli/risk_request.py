"""What the options of ``dosimetry risk`` ask for, as one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from dosimetry.risk.assessment import Request
    from dosimetry.risk.baselines import Baseline
    from dosimetry.risk.doses import MeanDoses
    from dosimetry.risk.patient import Patient
    from dosimetry.risk.timelines import LifePlan

__all__ = ["Given", "Pair", "make_request"]

_MOST_YEARS = 100.0


@dataclass(frozen=True)
class Pair:
    """Options of the mean doses of one structure.

    Attributes
    ----------
    option
        Name of the option of the dose without IMN, without its dashes.
    without, with_
        The doses [Gy].
    intervals
        Of the dose without, of the dose with, and of the increment, as ``LOW,HIGH``.
    """

    option: str
    without: float | None
    with_: float | None
    intervals: tuple[str | None, str | None, str | None] = (None, None, None)


@dataclass(frozen=True, kw_only=True)
class Given:
    """The options as they were given."""

    pairs: dict[str, Pair] = field(default_factory=dict)
    isoeffective: dict[str, Pair] = field(default_factory=dict)
    alpha_beta: float | None = None
    models: list[str] = field(default_factory=list)
    every: bool = False
    own: list[Path] = field(default_factory=list)
    patient: Path | None = None
    factors: list[str] = field(default_factory=list)
    age: float | None = None
    to_age: float | None = None
    horizon: float | None = None
    baseline: str | None = None
    baseline_endpoint: str | None = None
    baseline_source: str | None = None
    score2: str | None = None
    rates: Path | None = None
    other_causes: str = "table"
    breast_death: float | None = None
    cardiac_death: float | None = None
    lung_death: float | None = None
    threshold: str | None = None


def make_request(given: Given, doses: dict[str, MeanDoses] | None = None) -> Request:
    """Return the request that options ask for; `doses` stand in for those of the options.

    Raises
    ------
    UsageError, RiskError
        Where they do not go together, or a file is unusable.
    """
    from dosimetry.risk.assessment import Deaths, Request
    from dosimetry.risk.evidence import find_threshold
    from dosimetry.risk.models import all_models
    from dosimetry.risk.rates import BREAST

    if doses is None:
        doses = _doses(given.pairs, "physical")
        if given.alpha_beta is not None and not _any_isoeffective(given):
            needs = "it together with --isoeffective-heart-mean"
            raise UsageError("has no use here", item="--alpha-beta", expected=needs)
    if not doses:
        raise UsageError(
            "missing", item="--heart-mean", remedy="give a mean heart dose in Gy, or --list for the models"
        )
    _refuse_idle(given)
    patient = _patient(given)
    life = _life(given, patient)
    baseline = _baseline(given, patient)
    if life is not None and life.breast_death is None and BREAST not in life.table.rates:
        for option, risk in (("--cardiac-death", given.cardiac_death), ("--lung-cancer-death", given.lung_death)):
            if risk is not None:
                needs = "it together with --breast-cancer-death, or that column in the rate table"
                raise UsageError("has no use here", item=option, expected=needs)
    horizon = given.horizon
    if horizon is None and life is not None:
        horizon = life.years
    threshold = None
    if given.threshold is not None:
        rule = find_threshold(given.threshold)
        threshold = float(given.threshold) if rule is None else rule.points
        if life is None and baseline is None:
            raise UsageError(
                "needs an absolute risk", item="--threshold", remedy="give --baseline, --score2 or --rates"
            )
    return Request(
        doses=doses,
        known=all_models(given.own),
        chosen=tuple(given.models),
        every=given.every,
        patient=patient,
        baseline=baseline,
        life=life,
        deaths=Deaths(given.breast_death, given.cardiac_death, given.lung_death),
        horizon_years=horizon,
        threshold_points=threshold,
        isoeffective=_isoeffective(given, doses),
    )


def _refuse_idle(given: Given) -> None:
    """Refuse an option that nothing would use: the user expects a result of it.

    Raises
    ------
    UsageError
        Naming the option, and what it would need.
    """
    is_number = given.baseline is not None and _percent(given.baseline) is not None
    has_breast = given.breast_death is not None or given.rates is not None  # a table may have the column
    asked = (
        ("--cardiac-death", given.cardiac_death, has_breast, "--breast-cancer-death"),
        ("--lung-cancer-death", given.lung_death, has_breast, "--breast-cancer-death"),
        ("--other-causes", given.other_causes != "table" or None, given.rates is not None, "--rates"),
        ("--baseline-endpoint", given.baseline_endpoint, is_number, "--baseline PCT"),
        ("--baseline-source", given.baseline_source, is_number, "--baseline PCT"),
        ("--to-age", given.to_age, is_number or given.rates is not None, "--rates or --baseline PCT"),
    )
    for option, value, has_use, needs in asked:
        if value is not None and not has_use:
            raise UsageError("has no use here", item=option, expected=f"it together with {needs}")
    if given.every and given.models:
        raise UsageError("either chosen models or all of them", item="--all-models", found=", ".join(given.models))
    deaths = 0.0
    for option, risk in (
        ("--breast-cancer-death", given.breast_death),
        ("--cardiac-death", given.cardiac_death),
        ("--lung-cancer-death", given.lung_death),
    ):
        if risk is not None and not 0 <= risk < 100:
            raise UsageError("is no probability", item=option, expected="0 to below 100 %", found=f"{risk:g} %")
        deaths += risk or 0.0
    if deaths > 100:
        raise UsageError(
            "risks of death add up to more than 100 %", item="--breast-cancer-death", found=f"{deaths:g} %"
        )
    if given.horizon is not None and not 0 < given.horizon <= _MOST_YEARS:
        raise UsageError("is out of range", item="--horizon", expected="above 0, at most 100 years")
    if given.horizon is not None and not is_number and given.rates is None and given.breast_death is None:
        needs = (
            "it together with --rates, --baseline PCT or --breast-cancer-death: other baselines have their own time"
        )
        raise UsageError("has no use here", item="--horizon", expected=needs)


def _percent(text: str) -> float | None:
    """Return a baseline in percent; None where it is the name of a published one.

    Raises
    ------
    UsageError
        Where it is neither.
    """
    from dosimetry.risk.baselines import published_baselines

    known = [baseline.id for baseline in published_baselines()]
    if text in known:
        return None
    try:
        return float(text)
    except ValueError:
        raise UsageError("no such baseline", item=text, expected="percent, or one of " + ", ".join(known)) from None


def _doses(pairs: dict[str, Pair], basis: str) -> dict[str, MeanDoses]:
    from dosimetry.risk.doses import DoseBounds, MeanDoses

    found = {}
    for structure, pair in pairs.items():
        if pair.without is None and pair.with_ is None:
            if any(pair.intervals):
                raise UsageError("interval of a dose that is not given", item=f"--{pair.option}")
            continue
        for value, option in ((pair.without, pair.option), (pair.with_, f"{pair.option}-with-imn")):
            if value is None:
                raise UsageError(
                    "missing",
                    item=f"--{option}",
                    remedy=f"give a mean {structure.replace('_', ' ')} dose in Gy, or --list for the models",
                )
        bounds = None
        first, second, change = (_interval(text, pair.option) for text in pair.intervals)
        if first is not None and second is not None:
            bounds = DoseBounds(first, second, change)
        elif (first, second, change) != (None, None, None):
            raise UsageError(
                "intervals of both doses are needed", item=f"--{pair.option}", remedy="give one for each plan"
            )
        assert pair.without is not None  # noqa: S101  checked above
        assert pair.with_ is not None  # noqa: S101  checked above
        found[structure] = MeanDoses(pair.without, pair.with_, bounds, basis)
    return found


def _interval(text: str | None, option: str) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(
            "not an interval", item=f"--{option}", expected="LOW,HIGH in Gy, as in 4.1,4.3", found=text
        ) from None
    if not low <= high:
        raise UsageError("interval does not ascend", item=f"--{option}", found=text)
    return low, high


def _isoeffective(given: Given, doses: dict[str, MeanDoses]) -> dict[str, MeanDoses]:
    asked = _any_isoeffective(given)
    if asked and given.alpha_beta is None:
        raise UsageError(
            "missing", item="--alpha-beta", remedy="say with which value the isoeffective doses were computed"
        )
    if given.alpha_beta is None:
        return {}
    if not given.alpha_beta or not 0 < given.alpha_beta < 100:
        raise UsageError("is out of range", item="--alpha-beta", expected="above 0, below 100 Gy")
    if not asked:
        return {}
    basis = f"isoeffective in 25 fractions, alpha/beta {given.alpha_beta:g} Gy"
    found = _doses(given.isoeffective, basis)
    for structure in found:
        if structure not in doses:
            raise UsageError("needs the physical doses too", item=f"--{given.isoeffective[structure].option}")
    return found


def _any_isoeffective(given: Given) -> bool:
    return any(pair.without is not None or pair.with_ is not None for pair in given.isoeffective.values())


def _patient(given: Given) -> Patient:
    from dosimetry.risk.patient import Patient, parse_factors, read_patient

    patient = Patient() if given.patient is None else read_patient(given.patient)
    factors = parse_factors(given.factors)
    if given.age is not None:
        if "age" in factors:
            raise UsageError("is given twice", item="--age")
        factors["age"] = given.age
    return patient.updated(factors)


def _life(given: Given, patient: Patient) -> LifePlan | None:
    from dosimetry.risk.rates import read_rates
    from dosimetry.risk.timelines import LifePlan

    if given.rates is None:
        return None
    if patient.age is None:
        raise UsageError("missing", item="--age", remedy="a life table begins at the age at radiotherapy")
    to_age = given.to_age
    if to_age is None and given.horizon is not None:
        to_age = patient.age + given.horizon
    if to_age is None:
        raise UsageError("missing", item="--to-age", remedy="a life table ends at a chosen age, or with --horizon")
    if given.horizon is not None and abs(patient.age + given.horizon - to_age) > 1e-9:
        raise UsageError("--to-age and --horizon say different things", item="horizon")
    breast = None if given.breast_death is None else given.breast_death / 100
    predict = given.other_causes == "predict"
    return LifePlan(read_rates(given.rates), patient.age, to_age, breast, predict, patient)


def _baseline(given: Given, patient: Patient) -> Baseline | None:
    from dosimetry.risk.baselines import given_baseline, of_age, published_baselines
    from dosimetry.risk.score2 import score2_baseline

    named = [
        name for name, value in (("--baseline", given.baseline), ("--score2", given.score2)) if value is not None
    ]
    if len(named) > 1:
        raise UsageError("only one baseline at a time", item=" and ".join(named))
    if given.score2 is not None:
        return score2_baseline(patient, given.score2)
    if given.baseline is None:
        return None
    known = {baseline.id: baseline for baseline in published_baselines()}
    if given.baseline in known:
        return of_age(known[given.baseline], patient.age)
    risk_pct = _percent(given.baseline)
    assert risk_pct is not None  # noqa: S101  the names are done with above
    years = given.horizon
    if patient.age is not None and given.to_age is not None:
        between = given.to_age - patient.age
        if years is not None and abs(between - years) > 1e-9:
            raise UsageError("--to-age and --horizon say different things", item="horizon")
        years = between
    if given.baseline_endpoint is None or years is None or not years > 0:
        raise UsageError(
            "a risk in percent needs to say of what and over which time",
            item="--baseline",
            expected="--baseline-endpoint, and --horizon or --age and --to-age",
        )
    counts = _endpoint(given.baseline_endpoint)
    return given_baseline(risk_pct, counts, years, given.baseline_source or "")


def _endpoint(name: str) -> str:
    from typing import get_args

    from dosimetry.risk.schema import Counts

    if name not in get_args(Counts):
        raise UsageError(
            "no such endpoint",
            item="--baseline-endpoint",
            expected="one of " + ", ".join(get_args(Counts)),
            found=name,
        )
    return name
