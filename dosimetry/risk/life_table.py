"""Cumulative incidence with competing mortality: cause-specific hazards, constant within each interval.

In an interval of length Δ with the hazards h_c of the endpoint and h_o of everything else that ends the risk,
h = h_c + h_o, the women who are free of both at its start, S, give S·(h_c/h)·(1 - e^(-hΔ)) cases. That is exact for
hazards constant within the interval, whatever its length. Irradiation multiplies h_c by the relative risk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import RiskError
from dosimetry.risk.forms import relative_risks
from dosimetry.risk.models import BandedModel, RiskModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["BANDS_AT_ONCE", "Course", "Timeline", "band_slopes", "follow", "risk_over_time"]


BANDS_AT_ONCE = (
    "all bands of time stand at their lower, then at their upper limits at once: an envelope, wider than a "
    "confidence interval of the whole time"
)


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Hazards of a woman without irradiation, from radiotherapy to the horizon.

    Attributes
    ----------
    edges_years
        Ends of the intervals, in years since radiotherapy, ascending from 0; shape (n + 1,).
    endpoint, competing
        Hazards of the endpoint and of all else that ends the risk [1/year]; shape (n,) each.
    """

    edges_years: NDArray[np.float64]
    endpoint: NDArray[np.float64]
    competing: NDArray[np.float64]

    def __post_init__(self) -> None:
        ascending = bool(np.all(np.diff(self.edges_years) > 0)) and self.edges_years[0] == 0.0
        sized = self.endpoint.shape == self.competing.shape == (self.edges_years.size - 1,)
        rates = np.concatenate([self.endpoint, self.competing])
        if not (ascending and sized and np.all(np.isfinite(rates)) and np.all(rates >= 0.0)):
            raise RiskError(
                "hazards are no life table", expected="ascending years from 0, finite rates of 0 or more"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What becomes of a woman: three probabilities that add up to 1, at the edges of the intervals.

    Attributes
    ----------
    endpoint, competing, free
        Had the endpoint first; was removed by another cause first; neither. Shape (n + 1,) each.
    """

    endpoint: NDArray[np.float64]
    competing: NDArray[np.float64]
    free: NDArray[np.float64]


def follow(timeline: Timeline, relative_risk: ArrayLike = 1.0) -> Course:
    """Return what becomes of a woman whose hazard of the endpoint is multiplied.

    Parameters
    ----------
    timeline
        Her hazards without irradiation.
    relative_risk
        One factor, or one for each interval; shape (n,).
    """
    lengths = np.diff(timeline.edges_years)
    own = timeline.endpoint * np.asarray(relative_risk, dtype=np.float64)
    total = own + timeline.competing
    free = np.concatenate([[1.0], np.exp(-np.cumsum(total * lengths))])
    lost = free[:-1] * -np.expm1(-total * lengths)
    share = np.divide(own, total, out=np.zeros_like(total), where=total > 0.0)
    cases = np.concatenate([[0.0], np.cumsum(lost * share)])
    others = np.concatenate([[0.0], np.cumsum(lost * (1.0 - share))])
    return Course(cases, others, free)


def risk_over_time(
    model: RiskModel | BandedModel, band_slopes: tuple[float, ...], dose_gy: float, timeline: Timeline
) -> NDArray[np.float64]:
    """Return the relative risk in each interval of a timeline; shape (n,).

    Parameters
    ----------
    model
        Decides the form, and where the bands of time begin.
    band_slopes
        One slope for each band [1/Gy]; one in all for a model without bands.
    dose_gy
        Mean dose [Gy].

    Raises
    ------
    RiskError
        Where the model has no meaning at this dose.
    """
    starts = [band.from_years for band in model.bands] if isinstance(model, BandedModel) else [0.0]
    middles = (timeline.edges_years[1:] + timeline.edges_years[:-1]) / 2
    which = np.searchsorted(starts, middles, side="right") - 1
    risks = relative_risks(model.form, np.asarray(band_slopes), dose_gy)[which]
    latency = 0.0 if isinstance(model, BandedModel) else model.from_years
    return np.where(middles >= latency, risks, 1.0)


def band_slopes(model: RiskModel | BandedModel) -> tuple[tuple[float, ...], ...]:
    """Return the slopes of a model's bands, then all at their lower and all at their upper limits [1/Gy]."""
    if isinstance(model, RiskModel):
        return tuple((slope,) for slope in (model.per_gy, *(model.per_gy_ci or ())))
    sets = [tuple(band.per_gy_pct / 100 for band in model.bands)]
    for end in (0, 1):
        limits = tuple(band.per_gy_ci_pct[end] / 100 for band in model.bands if band.per_gy_ci_pct is not None)
        sets += [limits] if len(limits) == len(model.bands) else []
    return tuple(sets)
