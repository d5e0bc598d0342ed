"""SCORE2 for women: a 10-year risk that stands in for a coronary baseline, and says so."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.baselines import Baseline, baseline_file, unverified
from dosimetry.risk.files import read_toml
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from dosimetry.risk.baseline_schema import Score2Entry
    from dosimetry.risk.patient import Patient

__all__ = ["SCORE2_REGIONS", "score2", "score2_baseline"]

SCORE2_REGIONS = ("low", "moderate", "high", "very-high")
_SCORE2_NEEDS = ("age", "smoking", "systolic_mmhg", "total_cholesterol_mmol_l", "hdl_cholesterol_mmol_l")


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
    if region not in SCORE2_REGIONS:
        raise RiskError("no such SCORE2 region", item=region, expected="one of " + ", ".join(SCORE2_REGIONS))
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
        cautions.append(unverified("score2", c.where))
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

    document, _ = read_toml(baseline_file("score2.toml"), "SCORE2")
    return check(Score2File, document, "score2.toml", "SCORE2").score2
