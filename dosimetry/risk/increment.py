"""Risk added between two plans, from the mean doses of one structure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.forms import relative_risk
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from dosimetry.risk.models import RiskModel

__all__ = ["MAX_MEAN_GY", "READINGS", "RiskEstimate", "increment_risk"]

MAX_MEAN_GY = 60.0  # above every breast prescription: a mean beyond it is a unit error
READINGS = (
    "Added ERR is the excess that IMN irradiation adds, in percent of the unirradiated rate; "
    "relative increase is the rise over the rate of the plan without IMN."
)


@dataclass(frozen=True, slots=True)
class RiskEstimate:
    """What one model says about a pair of plans.

    Attributes
    ----------
    model
        The model.
    mean_without_gy, mean_with_gy
        Mean doses that went in [Gy].
    err_without_pct, err_with_pct
        Excess relative risk of each plan over no dose [%].
    added_err_pct
        Their difference [% of the unirradiated rate].
    relative_increase_pct
        Rise of the risk over the plan without [%].
    added_err_ci_pct, relative_increase_ci_pct
        The same with the slope at the limits of its published interval, low first [%]; None where no
        interval was published. Other uncertainties are not in it.
    notes
        Remarks of the model's file and of this calculation.
    warnings
        What the reader must know with these numbers.
    """

    model: RiskModel
    mean_without_gy: float
    mean_with_gy: float
    err_without_pct: float
    err_with_pct: float
    added_err_pct: float
    added_err_ci_pct: tuple[float, float] | None
    relative_increase_pct: float
    relative_increase_ci_pct: tuple[float, float] | None
    notes: tuple[str, ...]
    warnings: tuple[Caution, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the estimate as JSON-ready values; these keys are a contract with outside users."""
        model = self.model
        return {
            "model": model.id,
            "source": model.source.citation,
            "verified": model.verified,
            "form": model.form.value,
            "per_gy_pct": model.per_gy_pct,
            "per_gy_ci_pct": _listed(model.per_gy_ci_pct),
            "err_without_pct": self.err_without_pct,
            "err_with_pct": self.err_with_pct,
            "added_err_pct": self.added_err_pct,
            "added_err_ci_pct": _listed(self.added_err_ci_pct),
            "relative_increase_pct": self.relative_increase_pct,
            "relative_increase_ci_pct": _listed(self.relative_increase_ci_pct),
            "endpoint": model.endpoint,
            "notes": list(self.notes),
            "dose_range_gy": _listed(model.dose_range_gy),
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


def increment_risk(model: RiskModel, mean_without_gy: float, mean_with_gy: float) -> RiskEstimate:
    """Return the risk that a model adds between a plan without and a plan with IMN irradiation.

    Parameters
    ----------
    model
        The model; its form decides how risk grows with dose.
    mean_without_gy, mean_with_gy
        Mean physical dose of the model's structure in each plan [Gy].

    Raises
    ------
    RiskError
        For a dose that is not finite, negative or above `MAX_MEAN_GY`.

    References
    ----------
    Darby et al., N Engl J Med 2013;368:987-98, doi 10.1056/NEJMoa1209825.
    """
    without_gy = _checked(mean_without_gy, "mean dose without IMN")
    with_gy = _checked(mean_with_gy, "mean dose with IMN")
    err_without, err_with, added, relative = _readings(model, model.per_gy, without_gy, with_gy)
    added_ci = relative_ci = None
    if model.per_gy_ci is not None:
        at_limits = [_readings(model, limit, without_gy, with_gy) for limit in model.per_gy_ci]
        # a decrement turns the limits round
        added_ci = _ascending(at_limits[0][2], at_limits[1][2])
        relative_ci = _ascending(at_limits[0][3], at_limits[1][3])
    return RiskEstimate(
        model=model,
        mean_without_gy=without_gy,
        mean_with_gy=with_gy,
        err_without_pct=err_without,
        err_with_pct=err_with,
        added_err_pct=added,
        added_err_ci_pct=added_ci,
        relative_increase_pct=relative,
        relative_increase_ci_pct=relative_ci,
        notes=_notes(model),
        warnings=_warnings(model, without_gy, with_gy),
    )


def _readings(
    model: RiskModel, per_gy: float, without_gy: float, with_gy: float
) -> tuple[float, float, float, float]:
    """Return ERR without, ERR with, added ERR and relative increase [%] for one value of the slope."""
    before = relative_risk(model.form, per_gy, without_gy)
    after = relative_risk(model.form, per_gy, with_gy)
    return 100 * (before - 1), 100 * (after - 1), 100 * (after - before), 100 * (after / before - 1)


def _checked(dose_gy: float, item: str) -> float:
    value = float(dose_gy)
    if not math.isfinite(value) or value < 0:
        raise RiskError("not a dose", item=item, expected="a finite number of Gy, 0 or more", found=f"{value:g}")
    if value > MAX_MEAN_GY:
        raise RiskError(
            "implausible: cGy by mistake?",
            item=item,
            expected=f"at most {MAX_MEAN_GY:g} Gy",
            found=f"{value:g}",
            remedy="give the dose in Gy",
        )
    return value + 0.0  # turns -0.0 into 0.0


def _ascending(first: float, second: float) -> tuple[float, float]:
    return (first, second) if first <= second else (second, first)


def _listed(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)


def _notes(model: RiskModel) -> tuple[str, ...]:
    notes = list(model.notes)
    if model.per_gy_ci_pct is None:
        notes.append("no interval published")
    else:
        notes.append(
            f"interval from the slope's {model.ci_level_pct:g} % CI only: "
            "dose, delineation and choice of model are not in it"
        )
    if model.dose_range_gy is None:
        notes.append(f"dose range not stated [{Code.DOSE_RANGE_NOT_STATED.value}]")
    return tuple(notes)


def _warnings(model: RiskModel, without_gy: float, with_gy: float) -> tuple[Caution, ...]:
    found = []
    if model.dose_range_gy is not None:
        low, high = model.dose_range_gy
        for side, dose_gy in (("without", without_gy), ("with", with_gy)):
            if not low <= dose_gy <= high:
                text = (
                    f"extrapolated: mean dose {side} IMN, {dose_gy:.4g} Gy, "
                    f"lies outside the observed {low:g} to {high:g} Gy"
                )
                found.append(Caution(Code.DOSE_EXTRAPOLATED, model.id, text))
    if not model.verified:
        text = f"the slope was not seen at its source ({model.where}): unverified"
        found.append(Caution(Code.MODEL_UNVERIFIED, model.id, text))
    if with_gy < without_gy:
        text = f"mean dose falls by {without_gy - with_gy:.4g} Gy with IMN: are the plans swapped?"
        found.append(Caution(Code.INCREMENT_NEGATIVE, model.structure, text))
    return tuple(found)
