"""Functional forms: how the relative risk grows with dose."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Form", "relative_risk"]


class Form(StrEnum):
    """Form that a published model declares; each model is evaluated in its own form."""

    LINEAR = "linear"
    LOG_LINEAR = "log-linear"


def _linear(per_gy: float, dose_gy: float) -> float:
    return 1.0 + per_gy * dose_gy


def _log_linear(per_gy: float, dose_gy: float) -> float:
    if per_gy <= -1.0:
        raise RiskError("slope gives no log-linear model", expected="above -100 %/Gy", found=f"{per_gy:.6g} per Gy")
    return math.exp(dose_gy * math.log1p(per_gy))


_FORMULAS: dict[Form, Callable[[float, float], float]] = {
    Form.LINEAR: _linear,
    Form.LOG_LINEAR: _log_linear,
}


def relative_risk(form: Form, per_gy: float, dose_gy: float) -> float:
    """Return the risk relative to no dose.

    Parameters
    ----------
    form
        ``linear``: RR = 1 + K·D. ``log-linear``: RR = (1 + K)^D, where 1 + K is the hazard ratio per gray.
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
    risk = _FORMULAS[form](per_gy, dose_gy)
    if risk <= 0.0:
        raise RiskError(
            f"{form.value} model has no meaning at {dose_gy:.6g} Gy",
            expected="a relative risk above 0",
            found=f"{risk:.6g} with {100 * per_gy:.6g} %/Gy",
        )
    return risk
