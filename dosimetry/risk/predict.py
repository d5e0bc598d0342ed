"""Mortality from causes other than breast cancer, by PREDICT's formula: a competing risk for up to 15 years."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import RiskError
from dosimetry.risk.files import packaged, read_toml
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.risk.baseline_schema import PredictEntry

__all__ = ["MOST_YEARS", "cumulative_hazard", "other_mortality", "predict_cautions"]

MOST_YEARS = 15.0


def cumulative_hazard(age: float, years: NDArray[np.float64], *, year: int, smoker: bool) -> NDArray[np.float64]:
    """Return the cumulative hazard of death from other causes, without chemotherapy or dose to the heart.

    Parameters
    ----------
    age
        At diagnosis; the formula begins after 24.
    years
        Since diagnosis, 0 to 15.
    year
        Of diagnosis.
    smoker
        Whether she smokes now.

    Raises
    ------
    RiskError
        For an age, a year or a time that the formula is not made for.

    References
    ----------
    PREDICT Breast v3, npj Breast Cancer 2024;10:6.
    """
    c = _coefficients()
    for name, value, low, high in (
        ("age at radiotherapy", age, 25, 85),
        ("year of diagnosis", year, 2000, 2035),
        ("years after radiotherapy", float(np.max(years, initial=0.0)), 0, MOST_YEARS),
    ):
        if not low <= value <= high + 1e-9:
            raise RiskError(
                "PREDICT is not made for it", item=name, expected=f"{low} to {high:g}", found=f"{value:g}"
            )
    aged = (age - 24) / 100
    index = c.a3 * aged**3 + c.a3_log * aged**3 * math.log(aged) + c.per_year * (year - 2000) + c.radiotherapy
    ratio = c.smoking_rate_ratio
    index += math.log((ratio if smoker else 1.0) / (1 - c.smokers + c.smokers * ratio))
    times = np.asarray(years, dtype=np.float64)
    tenths = np.where(times > 0, times, 1.0) / 10
    hazard = np.exp(c.c0 + c.c1 * np.log(tenths) + c.c2 * tenths + index)
    return np.where(times > 0, hazard, 0.0)


def other_mortality(age: float, years: float, *, year: int, smoker: bool) -> float:
    """Return the risk of death from other causes within some years, a fraction; see :func:`cumulative_hazard`."""
    return -math.expm1(-float(cumulative_hazard(age, np.array([years]), year=year, smoker=smoker)[0]))


def predict_cautions(*, smoker: bool) -> tuple[Caution, ...]:
    """Return what a reader must know of the formula."""
    c = _coefficients()
    text = "all deaths but those of breast cancer, cardiac ones too: the coronary hazard is taken out of it"
    found = [Caution(Code.BASELINE_PROXY, "predict-v3", text)]
    if not c.verified or (smoker and not c.smoking_rate_ratio_verified):
        told = f"numbers were not all seen at their source ({c.where}): unverified"
        found.append(Caution(Code.MODEL_UNVERIFIED, "predict-v3", told))
    return tuple(found)


@cache
def _coefficients() -> PredictEntry:
    from dosimetry.risk.baseline_schema import PredictFile  # noqa: PLC0415  pydantic, only when files are read
    from dosimetry.risk.schema import check  # noqa: PLC0415

    path = next(path for path in packaged("baselines", ".toml") if path.name == "predict_v3.toml")
    document, _ = read_toml(path, "PREDICT")
    return check(PredictFile, document, path.name, "PREDICT").predict
