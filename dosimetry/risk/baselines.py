"""Risks without irradiation: given, published, and SCORE2's."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.files import packaged, read_toml
from dosimetry.risk.models import Source
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from dosimetry.risk.baseline_schema import Score2Entry
    from dosimetry.risk.patient import Patient

__all__ = [
    "SCORE2_REGIONS",
    "Baseline",
    "given_baseline",
    "of_age",
    "published_baselines",
    "score2",
    "score2_baseline",
]

SCORE2_REGIONS = ("low", "moderate", "high", "very-high")
_SCORE2_NEEDS = ("age", "smoking", "systolic_mmhg", "total_cholesterol_mmol_l", "hdl_cholesterol_mmol_l")


@dataclass(frozen=True, slots=True)
class Baseline:
    """A risk without irradiation over some time.

    Attributes
    ----------
    id
        Its name.
    risk
        A fraction from 0 to 1.
    endpoint, counts
        What it counts, as text and as the key that models use; None where nobody said.
    horizon, years
        Over which time, in words and in years since radiotherapy.
    source
        Whose number it is.
    verified
        Whether it was seen at its source.
    warnings
        What a reader of anything made from it must know.
    from_age
        The age that it begins at; None where it was given for this patient.
    """

    id: str
    risk: float
    endpoint: str
    counts: str
    horizon: str
    years: float
    source: str
    verified: bool
    warnings: tuple[Caution, ...] = ()
    from_age: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.risk < 1.0:
            raise RiskError(
                "baseline risk is no probability",
                item=self.id,
                expected="0 to below 100 %",
                found=f"{100 * self.risk:g} %",
            )


def given_baseline(risk_pct: float, counts: str, years: float, source: str = "") -> Baseline:
    """Return a baseline that the user states [%], over some years from radiotherapy on."""
    return Baseline(
        id="given",
        risk=risk_pct / 100,
        endpoint=counts.replace("-", " "),
        counts=counts,
        horizon=f"{years:g} years from radiotherapy",
        years=years,
        source=source or "given by the user, without a source",
        verified=True,
    )


@cache
def published_baselines() -> tuple[Baseline, ...]:
    """Return the baselines that come with the package."""
    from dosimetry.risk.baseline_schema import BaselineFile  # noqa: PLC0415  pydantic, only when files are read
    from dosimetry.risk.schema import check  # noqa: PLC0415

    document, _ = read_toml(_file("darby_2013.toml"), "baseline")
    checked = check(BaselineFile, document, "darby_2013.toml", "baseline")
    source = Source(**checked.source.model_dump())
    return tuple(
        Baseline(
            id=entry.id,
            risk=entry.risk_pct / 100,
            endpoint=f"{entry.endpoint}; {entry.group}",
            counts=entry.counts,
            horizon=f"from age {entry.from_age:g} to age {entry.to_age:g}",
            years=entry.to_age - entry.from_age,
            from_age=entry.from_age,
            source=f"{source.citation}, {entry.where}",
            verified=entry.verified,
            warnings=() if entry.verified else (_unverified(entry.id, entry.where),),
        )
        for entry in checked.baseline
    )


def of_age(baseline: Baseline, age: float | None) -> Baseline:
    """Return a baseline, with a warning where it is of women of another age than the patient."""
    if age is None or baseline.from_age in (None, age):
        return baseline
    text = f"of women aged {baseline.from_age:g}, this patient is {age:g}"
    return replace(baseline, warnings=(*baseline.warnings, Caution(Code.COHORT_DIFFERS, baseline.id, text)))


def score2(
    age: float, *, smoker: bool, systolic_mmhg: float, total_mmol_l: float, hdl_mmol_l: float, region: str
) -> float:
    """Return a woman's 10-year risk of fatal and non-fatal cardiovascular disease, a fraction.

    Parameters
    ----------
    age
        40 to 69 years.
    smoker
        Whether she smokes now.
    systolic_mmhg
        Systolic blood pressure [mmHg].
    total_mmol_l, hdl_mmol_l
        Total and HDL cholesterol [mmol/L].
    region
        One of `SCORE2_REGIONS`.

    Raises
    ------
    RiskError
        For an age that it was not made for, an unknown region, or a value out of any range.

    References
    ----------
    SCORE2 working group, Eur Heart J 2021;42:2439-54, doi 10.1093/eurheartj/ehab309.
    """
    c = _score2()
    if region not in c.scales:
        raise RiskError("no such SCORE2 region", item=region, expected="one of " + ", ".join(SCORE2_REGIONS))
    for name, value, low, high, unit in (
        ("age", age, 40, 69.999, "years"),
        ("systolic pressure", systolic_mmhg, 60, 260, "mmHg"),
        ("total cholesterol", total_mmol_l, 1, 15, "mmol/L"),
        ("HDL cholesterol", hdl_mmol_l, 0.2, 5, "mmol/L"),
    ):
        if not low <= value <= high:
            raise RiskError(
                "SCORE2 is not made for it", item=name, expected=f"{low} to {high} {unit}", found=f"{value:g}"
            )
    aged, pressed = (age - 60) / 5, (systolic_mmhg - 120) / 20
    total, hdl, smokes = total_mmol_l - 6, (hdl_mmol_l - 1.3) / 0.5, float(smoker)
    predictor = c.age * aged + c.smoking * smokes + c.systolic * pressed + c.total * total + c.hdl * hdl
    predictor += aged * (c.age_smoking * smokes + c.age_systolic * pressed + c.age_total * total + c.age_hdl * hdl)
    uncalibrated = 1 - c.baseline_survival ** math.exp(predictor)
    first, second = c.scales[region]
    return 1 - math.exp(-math.exp(first + second * math.log(-math.log(1 - uncalibrated))))


def score2_baseline(patient: Patient, region: str) -> Baseline:
    """Return SCORE2's risk as the baseline of coronary events that it is a proxy for.

    Raises
    ------
    RiskError
        Where a factor is missing, or the patient is one that SCORE2 was not made for.
    """
    patient.require(_SCORE2_NEEDS, "SCORE2")
    for name in ("diabetes", "prior_cardiovascular_disease"):
        if getattr(patient, name):
            raise RiskError("SCORE2 is not made for patients with it", item=name.replace("_", " "))
    values = patient.numbers
    risk = score2(
        values["age"],
        smoker=patient.smoking == "current",
        systolic_mmhg=values["systolic_mmhg"],
        total_mmol_l=values["total_cholesterol_mmol_l"],
        hdl_mmol_l=values["hdl_cholesterol_mmol_l"],
        region=region,
    )
    c = _score2()
    text = "counts fatal and non-fatal cardiovascular disease including stroke: a proxy for a coronary baseline"
    cautions = [Caution(Code.BASELINE_PROXY, "score2", text)]
    if not c.verified:
        cautions.append(_unverified("score2", c.where))
    for name in ("diabetes", "prior_cardiovascular_disease"):
        if getattr(patient, name) is None:
            told = f"{name.replace('_', ' ')} not stated: SCORE2 is for patients without"
            cautions.append(Caution(Code.FACTOR_MISSING, "score2", told))
    return Baseline(
        id=f"score2-{region}",
        risk=risk,
        endpoint="fatal and non-fatal cardiovascular disease including stroke",
        counts="cardiovascular-event",
        horizon="10 years from radiotherapy",
        years=10.0,
        source="SCORE2 working group Eur Heart J 2021;42:2439-54, doi 10.1093/eurheartj/ehab309",
        verified=c.verified,
        warnings=tuple(cautions),
    )


@cache
def _score2() -> Score2Entry:
    from dosimetry.risk.baseline_schema import Score2File  # noqa: PLC0415
    from dosimetry.risk.schema import check  # noqa: PLC0415

    document, _ = read_toml(_file("score2.toml"), "SCORE2")
    return check(Score2File, document, "score2.toml", "SCORE2").score2


def _file(name: str) -> Traversable:
    return next(path for path in packaged("baselines", ".toml") if path.name == name)


def _unverified(subject: str, where: str) -> Caution:
    return Caution(Code.MODEL_UNVERIFIED, subject, f"numbers were not seen at their source ({where}): unverified")
