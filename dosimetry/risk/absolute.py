"""Absolute risk: from a baseline risk, or by life table; and what IMN irradiation adds to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import RiskError
from dosimetry.risk.forms import relative_risk
from dosimetry.risk.increment import model_cautions, model_notes
from dosimetry.risk.intervals import Bounded, bounded
from dosimetry.risk.life_table import BANDS_AT_ONCE, band_slopes, follow, risk_over_time
from dosimetry.risk.models import BandedModel, RiskModel
from dosimetry.risk.timelines import prepare
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dosimetry.risk.baselines import Baseline
    from dosimetry.risk.doses import MeanDoses
    from dosimetry.risk.timelines import LifePlan

__all__ = [
    "AbsoluteEstimate",
    "AgeCurve",
    "RiskFunction",
    "absolute_risk",
    "age_curve",
    "from_baseline",
    "from_life_table",
    "number_needed",
]

RelativeModel = RiskModel | BandedModel


@dataclass(frozen=True, slots=True, eq=False)
class RiskFunction:
    """Absolute risk as a function of dose, for one model and one woman.

    Attributes
    ----------
    model
        The model.
    risk
        Takes the slopes of the model's bands [1/Gy] and a dose [Gy]; returns a fraction.
    endpoint, counts, horizon, method, baseline_source
        What the risk is of, over which time, and how it was made.
    warnings
        What a reader must know.
    """

    model: RelativeModel
    risk: Callable[[tuple[float, ...], float], float]
    endpoint: str
    counts: str
    horizon: str
    method: str
    baseline_source: str
    warnings: tuple[Caution, ...]

    @property
    def slopes(self) -> tuple[tuple[float, ...], ...]:
        """Slopes of the bands, then all at their lower and all at their upper limits [1/Gy]."""
        return band_slopes(self.model)

    def notes(self, doses: MeanDoses, *, has_interval: bool) -> tuple[str, ...]:
        """Return what stands beside every result of this risk."""
        notes = model_notes(self.model, has_interval=has_interval, doses=doses)
        if not (has_interval and isinstance(self.model, BandedModel)):
            return notes
        return (*(note for note in notes if not note.startswith("interval from the slope's")), BANDS_AT_ONCE)

    def estimate(self, doses: MeanDoses) -> AbsoluteEstimate:
        """Return the risk of both plans and their difference."""
        risk, slopes = self.risk, self.slopes
        known = len(slopes) > 1

        def in_points(result: Callable[[tuple[float, ...], float, float], float]) -> Bounded:
            return bounded(result, slopes, doses, has_interval=known).scaled(100.0)

        return AbsoluteEstimate(
            function=self,
            doses=doses,
            none_pct=100 * risk(slopes[0], 0.0),
            without_pct=in_points(lambda slope, without, _: risk(slope, without)),
            with_pct=in_points(lambda slope, _, with_: risk(slope, with_)),
            excess_pct=in_points(lambda slope, without, with_: risk(slope, with_) - risk(slope, without)),
            notes=self.notes(doses, has_interval=known),
            warnings=merge(self.warnings, model_cautions(self.model, doses)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class AbsoluteEstimate:
    """Absolute risk of a pair of plans by one model.

    Attributes
    ----------
    function
        Model, endpoint, horizon and method.
    doses
        Mean doses that went in.
    none_pct
        Risk without irradiation [%].
    without_pct, with_pct
        Risk of each plan [%].
    excess_pct
        What IMN irradiation adds [percentage points].
    notes, warnings
        What the reader must know.
    """

    function: RiskFunction
    doses: MeanDoses
    none_pct: float
    without_pct: Bounded
    with_pct: Bounded
    excess_pct: Bounded
    notes: tuple[str, ...]
    warnings: tuple[Caution, ...]

    @property
    def number_needed(self) -> tuple[float | None, float | None, float | None]:
        """Women irradiated for one more to have the endpoint, and the interval; see :func:`number_needed`."""
        return number_needed(self.excess_pct)

    def as_dict(self) -> dict[str, object]:
        """Return the estimate as JSON-ready values."""
        function, model = self.function, self.function.model
        value, low, high = self.number_needed
        return {
            "model": model.id,
            "source": model.source.citation,
            "doi": model.source.doi,
            "verified": model.verified,
            "form": model.form.value,
            "endpoint": function.endpoint,
            "horizon": function.horizon,
            "method": function.method,
            "baseline_source": function.baseline_source,
            "mean_without_gy": self.doses.without,
            "mean_with_gy": self.doses.with_,
            "dose_basis": self.doses.basis,
            "none_pct": self.none_pct,
            **self.without_pct.as_dict("without", "pct"),
            **self.with_pct.as_dict("with", "pct"),
            **self.excess_pct.as_dict("excess", "points"),
            **self.without_pct.less(self.none_pct).as_dict("excess_without_over_none", "points"),
            **self.with_pct.less(self.none_pct).as_dict("excess_with_over_none", "points"),
            "number_needed_to_harm": value,
            "number_needed_to_harm_interval": [low, high] if value is not None and low is not None else None,
            "notes": list(self.notes),
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


@dataclass(frozen=True, slots=True, eq=False)
class AgeCurve:
    """Cumulative risk over age, of no irradiation and of both plans [%]; shape (n,) each.

    `low` and `high` bound the plan with the IMN where the slope has an interval.
    """

    estimate: AbsoluteEstimate
    ages: NDArray[np.float64]
    none: NDArray[np.float64]
    without: NDArray[np.float64]
    with_: NDArray[np.float64]
    low: NDArray[np.float64] | None
    high: NDArray[np.float64] | None


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


def from_baseline(model: RiskModel, baseline: Baseline) -> RiskFunction:
    """Return the absolute risk over dose from a risk without irradiation."""

    def risk(slopes: tuple[float, ...], dose_gy: float) -> float:
        return absolute_risk(baseline.risk, relative_risk(model.form, slopes[0], dose_gy) - 1)

    return RiskFunction(
        model=model,
        risk=risk,
        endpoint=baseline.endpoint,
        counts=baseline.counts,
        horizon=baseline.horizon,
        method="1 - (1 - p0)^RR",
        baseline_source=baseline.source,
        warnings=merge(baseline.warnings, _about(model, baseline.counts, baseline.years, at_once=True)),
    )


def from_life_table(model: RelativeModel, plan: LifePlan, counts: str | None = None) -> RiskFunction:
    """Return the absolute risk over dose by life table; `counts` chooses another endpoint than the model's own.

    Raises
    ------
    RiskError
        Where the table lacks what the model needs.
    """
    prepared = prepare(plan, model, counts)

    def risk(slopes: tuple[float, ...], dose_gy: float) -> float:
        factors = risk_over_time(model, slopes, dose_gy, prepared.timeline)
        return float(follow(prepared.timeline, factors).endpoint[-1])

    return RiskFunction(
        model=model,
        risk=risk,
        endpoint=prepared.counts.replace("-", " "),
        counts=prepared.counts,
        horizon=plan.horizon,
        method=prepared.method,
        baseline_source=f"{plan.table.source}; {plan.table.population}",
        warnings=merge(prepared.warnings, _about(model, prepared.counts, plan.years, at_once=False)),
    )


def age_curve(model: RelativeModel, plan: LifePlan, doses: MeanDoses) -> AgeCurve:
    """Return the cumulative risk of both plans over age."""
    prepared = prepare(plan, model)
    sets = band_slopes(model)

    def course(slopes: tuple[float, ...], dose_gy: float) -> NDArray[np.float64]:
        return 100 * follow(prepared.timeline, risk_over_time(model, slopes, dose_gy, prepared.timeline)).endpoint

    limits = [course(slopes, doses.with_) for slopes in sets]
    return AgeCurve(
        estimate=from_life_table(model, plan).estimate(doses),
        ages=plan.age + prepared.timeline.edges_years,
        none=course(sets[0], 0.0),
        without=course(sets[0], doses.without),
        with_=limits[0],
        low=np.min(limits, axis=0) if len(sets) > 1 else None,
        high=np.max(limits, axis=0) if len(sets) > 1 else None,
    )


def number_needed(excess_pct: Bounded) -> tuple[float | None, float | None, float | None]:
    """Return how many women are irradiated for one more event, fewest and most of its interval.

    None where there is no such number: there is no excess, or the interval reaches none and has no upper end.
    """
    if excess_pct.value <= 0:
        return None, None, None
    limits = excess_pct.combined or excess_pct.coefficient
    value = 100 / excess_pct.value
    if limits is None:
        return value, None, None
    return value, 100 / limits[1], 100 / limits[0] if limits[0] > 0 else None


def _about(model: RelativeModel, counts: str, years: float, *, at_once: bool) -> tuple[Caution, ...]:
    found = []
    if isinstance(model, RiskModel) and model.from_years > 0 and at_once:
        text = f"the slope holds from {model.from_years:g} years on, the whole baseline is multiplied: overstated"
        found.append(Caution(Code.HORIZON_EXTRAPOLATED, model.id, text))
    if counts not in (model.counts, *model.also_counts):
        text = f"the slope counts {model.endpoint}, the baseline {counts.replace('-', ' ')}: applied as if alike"
        found.append(Caution(Code.BASELINE_ENDPOINT_DIFFERS, model.id, text))
    if model.most_years is not None and years > model.most_years:
        text = f"extrapolated: observed for {model.most_years:g} years, used over {years:g}"
        found.append(Caution(Code.HORIZON_EXTRAPOLATED, model.id, text))
    return tuple(found)
