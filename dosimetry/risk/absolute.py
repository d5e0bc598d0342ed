"""Absolute risk from a baseline risk and an excess relative risk."""

from __future__ import annotations

import math

from dosimetry.errors import RiskError

__all__ = ["absolute_risk"]


def absolute_risk(baseline: float, err: float) -> float:
    """Return the cumulative risk when every hazard behind a baseline risk grows by the same factor.

    A relative risk multiplies rates, not probabilities: p = 1 - (1 - p0)^(1 + ERR). Multiplying p0 itself
    overstates the risk, the more so the higher p0 is, and can exceed 1.

    Parameters
    ----------
    baseline
        Risk p0 without dose over some horizon, a fraction from 0 to 1.
    err
        Excess relative risk, a fraction of at least -1: K·D for a linear model.

    Returns
    -------
    float
        Risk over the same horizon, a fraction from 0 to 1.

    Raises
    ------
    RiskError
        Where the baseline is no probability or the excess lies below -1.

    References
    ----------
    Darby et al., N Engl J Med 2013;368:987-98, doi 10.1056/NEJMoa1209825: the worked example of a woman
    aged 50 follows this formula.
    """
    if not 0.0 <= baseline <= 1.0:
        raise RiskError(
            "baseline risk is no probability", expected="a fraction from 0 to 1", found=f"{baseline:.6g}"
        )
    if not (math.isfinite(err) and err >= -1.0):
        raise RiskError(
            "excess relative risk is out of range",
            expected="a finite number, at least -1",
            found=f"{err:.6g}",
        )
    if baseline == 1.0:
        return 1.0 if err > -1.0 else 0.0
    return -math.expm1((1.0 + err) * math.log1p(-baseline))  # keeps digits where p0 is small
