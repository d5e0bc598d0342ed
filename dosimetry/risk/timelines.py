"""Hazards of one woman: rates by age from a table, and what competes with them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import RiskError
from dosimetry.risk.life_table import Timeline
from dosimetry.risk.models import BandedModel
from dosimetry.risk.patient import Patient
from dosimetry.risk.predict import MOST_YEARS, cumulative_hazard, predict_cautions
from dosimetry.risk.rates import ALL_CAUSES, BREAST, DEATH_OF, RateTable
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.risk.models import RiskModel

__all__ = ["BREAST_IGNORED", "LifePlan", "Prepared", "breast_timeline", "prepare"]

BREAST_IGNORED = "breast-cancer death ignored: excess overstated"
_STEPS_A_YEAR = 12  # where a hazard is smooth: the error of a step falls with its square
_HEART = ("coronary-event", "coronary-death", "cardiac-death", "heart-disease", "myocardial-infarction")
_LUNG = ("lung-cancer", "lung-cancer-death")


@dataclass(frozen=True, slots=True)
class LifePlan:
    """What a life table is made from.

    Attributes
    ----------
    table
        Rates by age.
    age, to_age
        At radiotherapy, and at the horizon [years].
    breast_death
        Risk of death from breast cancer over the horizon were there no other, a fraction; None where nobody said.
    by_predict
        Whether other causes come from PREDICT's formula and not from the table.
    patient
        Whose year of diagnosis and smoking that formula asks for.
    """

    table: RateTable
    age: float
    to_age: float
    breast_death: float | None = None
    by_predict: bool = False
    patient: Patient = field(default_factory=Patient)

    def __post_init__(self) -> None:
        if not self.table.first_age <= self.age < self.to_age <= self.table.last_age:
            raise RiskError(
                "life table has no such ages",
                item="ages",
                expected=f"{self.table.first_age} up to {self.table.last_age} years, ascending",
                found=f"{self.age:g} to {self.to_age:g}",
            )
        if self.breast_death is not None and not 0 <= self.breast_death < 1:
            raise RiskError("breast cancer mortality is no probability", found=f"{100 * self.breast_death:g} %")
        if self.breast_death is not None and BREAST in self.table.rates:
            raise RiskError("breast cancer mortality is given twice", expected="as an option or in the rate table")
        if self.by_predict and self.years > MOST_YEARS + 1e-9:  # ages are no round numbers
            raise RiskError(
                "PREDICT is not made for it", item="horizon", expected="at most 15 years", found=f"{self.years:g}"
            )

    @property
    def years(self) -> float:
        """Length of the life table [years]."""
        return self.to_age - self.age

    @property
    def horizon(self) -> str:
        """The time that the risk is over, in words."""
        return f"from age {self.age:g} to age {self.to_age:g}"


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A timeline, what its endpoint counts, and what a reader of results must know."""

    timeline: Timeline
    counts: str
    method: str
    warnings: tuple[Caution, ...]


def prepare(plan: LifePlan, model: RiskModel | BandedModel, counts: str | None = None) -> Prepared:
    """Return the hazards that a model's relative risk multiplies.

    Parameters
    ----------
    plan
        Rates, ages and what competes.
    model
        The model: its endpoint chooses the column, its bands of time cut the intervals.
    counts
        The endpoint to take instead of the model's own.

    Raises
    ------
    RiskError
        Where the table lacks a column or an age, or where deaths of the endpoint exceed all deaths.
    """
    table = plan.table
    chosen = counts or _column_for(table, model)
    edges = _edges(plan, _starts(model))
    middles = plan.age + (edges[1:] + edges[:-1]) / 2
    endpoint = table.at(chosen.replace("-", "_"), middles)
    same_cause = table.at(DEATH_OF[chosen], middles)
    cautions: list[Caution] = []
    if plan.by_predict:
        others, told, method = _predicted(plan, edges)
        cautions += told
    else:
        others, method = table.at(ALL_CAUSES, middles), "all causes of the rate table"
    competing = others - same_cause
    if plan.by_predict and float(np.sum(competing * np.diff(edges))) > 0:
        competing = np.maximum(competing, 0.0)  # the formula begins at no hazard at all, a table by age does not
    if np.any(competing < 0):
        age = float(middles[np.argmax(competing < 0)])
        raise RiskError(
            "deaths of the endpoint exceed deaths of other causes",
            item=f"{DEATH_OF[chosen]} at age {age:.0f}",
            remedy="the rates do not belong together",
        )
    method = f"life table; other causes: {method}, less {DEATH_OF[chosen].replace('_', ' ')}"
    breast = _breast(plan, middles)
    if breast is None:
        cautions.append(Caution(Code.BREAST_DEATH_IGNORED, "life table", BREAST_IGNORED))
    else:
        competing = competing + breast
        method += ", plus breast cancer death"
    if table.synthetic:
        cautions.append(Caution(Code.BASELINE_SYNTHETIC, "rate table", f"rates are made up: {table.source}"))
    return Prepared(Timeline(edges, endpoint, competing), chosen, method, tuple(cautions))


def breast_timeline(plan: LifePlan) -> Timeline | None:
    """Return her hazards of death from breast cancer and from all else; None where nobody stated the former.

    Other causes are those without IMN irradiation: the deaths that it adds are weighed, not subtracted here.
    """
    edges = _edges(plan, (0.0,))
    middles = plan.age + (edges[1:] + edges[:-1]) / 2
    breast = _breast(plan, middles)
    if breast is None:
        return None
    others = _predicted(plan, edges)[0] if plan.by_predict else plan.table.at(ALL_CAUSES, middles)
    return Timeline(edges, breast + np.zeros_like(others), others)


def _starts(model: RiskModel | BandedModel) -> tuple[float, ...]:
    return tuple(band.from_years for band in model.bands) if isinstance(model, BandedModel) else (model.from_years,)


def _column_for(table: RateTable, model: RiskModel | BandedModel) -> str:
    """Return the model's own endpoint, or the nearest that the table has: results say so."""
    alike = next((group for group in (_HEART, _LUNG) if model.counts in group), (model.counts,))
    near: tuple[str, ...] = (model.counts, *model.also_counts, *alike)
    for counts in near:
        if counts.replace("-", "_") in table.rates:
            return counts
    table.at(model.counts.replace("-", "_"), np.empty(0))  # says which column is missing
    return model.counts


def _edges(plan: LifePlan, starts: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the ends of intervals in which every hazard is constant, or nearly so where one is smooth.

    `starts` are the years from which a model's slopes hold.
    """
    birthdays = np.arange(math.floor(plan.age) + 1, plan.to_age) - plan.age
    steps = np.arange(1, plan.years * _STEPS_A_YEAR) / _STEPS_A_YEAR if plan.by_predict else np.empty(0)
    inner = np.concatenate([birthdays, starts, steps])
    inner = np.unique(np.round(inner[(inner > 1e-6) & (inner < plan.years - 1e-6)], 9))
    return np.concatenate([[0.0], inner, [plan.years]])


def _breast(plan: LifePlan, middles: NDArray[np.float64]) -> NDArray[np.float64] | float | None:
    if BREAST in plan.table.rates:
        return plan.table.at(BREAST, middles)
    return None if plan.breast_death is None else -math.log1p(-plan.breast_death) / plan.years


def _predicted(plan: LifePlan, edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[Caution, ...], str]:
    plan.patient.require(("year", "smoking"), "PREDICT")
    smoker = plan.patient.smoking == "current"
    year = int(plan.patient.numbers["year"])
    hazard = np.diff(cumulative_hazard(plan.age, edges, year=year, smoker=smoker)) / np.diff(edges)
    return hazard, predict_cautions(smoker=smoker), "PREDICT breast v3 (npj Breast Cancer 2024;10:6)"
