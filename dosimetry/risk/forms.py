"""Functional forms: how a risk grows with dose. Numbers or arrays in, the same out."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import RiskError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SLOPES", "Form", "additive", "logistic", "probit", "relative_risk", "relative_risks"]


class Form(StrEnum):
    """Form that a published model declares; each model is evaluated in its own form."""

    LINEAR = "linear"
    LOG_LINEAR = "log-linear"
    TIME_BANDED = "time-banded"
    LOGISTIC = "logistic"
    PROBIT = "probit"
    ADDITIVE = "additive"


SLOPES = (Form.LINEAR, Form.LOG_LINEAR)
"""Forms that one slope describes."""


def relative_risk(form: Form, per_gy: float, dose_gy: float) -> float:
    """Return the risk relative to no dose.

    Parameters
    ----------
    form
        ``linear`` and ``time-banded``: RR = 1 + K·D, in a band of time its own K. ``log-linear``: RR = (1 + K)^D,
        where 1 + K is the hazard ratio per gray.
    per_gy
        Slope K as a fraction [1/Gy]: 0.074 for 7.4 %/Gy.
    dose_gy
        Dose in the metric that the model asks for [Gy].

    Returns
    -------
    float
        Relative risk, above 0.

    Raises
    ------
    RiskError
        Where the slope is so negative that the form yields no risk at this dose.

    References
    ----------
    Darby et al., doi 10.1056/NEJMoa1209825: linear, RR 1.74 at 10 Gy.
    van den Bogaard et al., doi 10.1200/JCO.2016.69.8480: log-linear, hazard ratio 1.165 per Gy.
    """
    return float(relative_risks(form, per_gy, dose_gy))


def relative_risks(form: Form, per_gy: ArrayLike, dose_gy: ArrayLike) -> NDArray[np.float64]:
    """Return :func:`relative_risk` of arrays of slopes [1/Gy] and doses [Gy], broadcast against each other.

    Raises
    ------
    RiskError
        As for one number; the message names the first that has no meaning.
    """
    slope, dose = np.asarray(per_gy, dtype=np.float64), np.asarray(dose_gy, dtype=np.float64)
    if form is Form.LOG_LINEAR:
        if np.any(slope <= -1.0):
            raise RiskError(
                "slope gives no log-linear model", expected="above -100 %/Gy", found=f"{slope.min():.6g} per Gy"
            )
        risk = np.exp(dose * np.log1p(slope))
    elif form in (Form.LINEAR, Form.TIME_BANDED):
        risk = 1.0 + slope * dose
    else:
        raise RiskError("form has no relative risk", item=form.value, expected=", ".join(SLOPES))
    if not np.all(risk > 0.0):
        first = np.flatnonzero(~(risk > 0.0).ravel())[0]
        slopes, doses = np.broadcast_arrays(slope, dose)
        raise RiskError(
            f"{form.value} model has no meaning at {doses.ravel()[first]:.6g} Gy",
            expected="a relative risk above 0",
            found=f"{risk.ravel()[first]:.6g} with {100 * slopes.ravel()[first]:.6g} %/Gy",
        )
    return np.asarray(risk)


def logistic(score: ArrayLike) -> NDArray[np.float64]:
    """Return the probability 1 / (1 + exp(-S)) of a score S = b0 + b1·D + modifiers.

    References
    ----------
    Marks et al., QUANTEC lung: S = -3.87 + 0.126·MLD.
    """
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(score, dtype=np.float64))))


def probit(dose_gy: ArrayLike, td50_gy: float, m: float) -> NDArray[np.float64]:
    """Return the probability Φ((D - TD50) / (m·TD50)): Lyman's model of a mean dose, n = 1."""
    from scipy.special import ndtr  # noqa: PLC0415  scipy takes long to import, and few results need it

    return np.asarray(ndtr((np.asarray(dose_gy, dtype=np.float64) - td50_gy) / (m * td50_gy)))


def additive(per_gy: ArrayLike, dose_gy: ArrayLike) -> NDArray[np.float64]:
    """Return the absolute risk that a dose adds: so many percentage points per gray, at most all.

    Raises
    ------
    RiskError
        Where it comes to more than certainty: the model was not made for such doses.
    """
    risk = np.asarray(per_gy, dtype=np.float64) * np.asarray(dose_gy, dtype=np.float64)
    if np.any(risk > 1.0):
        raise RiskError("additive model gives no probability", expected="at most 100 %", found=f"{risk.max():.4g}")
    return np.asarray(risk)
