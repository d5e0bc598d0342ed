"""Risk added between two plans, from the mean doses of one structure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.doses import MAX_MEAN_GY, DoseBounds, MeanDoses
from dosimetry.risk.forms import relative_risk
from dosimetry.risk.intervals import COMBINED, Bounded, bounded
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from dosimetry.risk.models import Model, RiskModel

__all__ = [
    "MAX_MEAN_GY",
    "PHYSICAL",
    "READINGS",
    "RiskEstimate",
    "increment_risk",
    "model_cautions",
    "model_notes",
    "require_structure",
    "slopes",
]

PHYSICAL = "physical"
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
    added_err
        Their difference [% of the unirradiated rate], with its intervals.
    relative_increase
        Rise of the risk over the plan without [%], with its intervals.
    notes
        Remarks of the model's file and of this calculation.
    warnings
        What the reader must know with these numbers.
    basis
        What the doses are: physical, or isoeffective.
    """

    model: RiskModel
    mean_without_gy: float
    mean_with_gy: float
    err_without_pct: float
    err_with_pct: float
    added_err: Bounded
    relative_increase: Bounded
    notes: tuple[str, ...]
    warnings: tuple[Caution, ...]
    basis: str = field(default=PHYSICAL)

    @property
    def added_err_pct(self) -> float:
        """Added excess [% of the unirradiated rate]."""
        return self.added_err.value

    @property
    def added_err_ci_pct(self) -> tuple[float, float] | None:
        """The same with the slope through its published interval; None where there is none."""
        return self.added_err.coefficient

    @property
    def relative_increase_pct(self) -> float:
        """Rise over the plan without [%]."""
        return self.relative_increase.value

    @property
    def relative_increase_ci_pct(self) -> tuple[float, float] | None:
        """The same with the slope through its published interval; None where there is none."""
        return self.relative_increase.coefficient

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
            "doi": model.source.doi,
            "horizon": model.horizon,
            "structure": model.structure,
            "dose_metric": model.dose_metric,
            "dose_basis": self.basis,
            "added_err_dose_interval_pct": _listed(self.added_err.dose),
            "added_err_combined_interval_pct": _listed(self.added_err.combined),
            "relative_increase_dose_interval_pct": _listed(self.relative_increase.dose),
            "relative_increase_combined_interval_pct": _listed(self.relative_increase.combined),
        }


def increment_risk(
    model: RiskModel,
    mean_without_gy: float,
    mean_with_gy: float,
    *,
    bounds: DoseBounds | None = None,
    basis: str = PHYSICAL,
) -> RiskEstimate:
    """Return the risk that a model adds between a plan without and a plan with IMN irradiation.

    Parameters
    ----------
    model
        The model; its form decides how risk grows with dose.
    mean_without_gy, mean_with_gy
        Mean dose of the model's structure in each plan [Gy].
    bounds
        How far these doses are certain; None for not known.
    basis
        What the doses are: ``"physical"``, as published slopes are used, or how they were converted.

    Raises
    ------
    RiskError
        For a dose that is not finite, negative or above `MAX_MEAN_GY`, or for bounds that do not hold it.

    References
    ----------
    Darby et al., N Engl J Med 2013;368:987-98, doi 10.1056/NEJMoa1209825.
    """
    doses = MeanDoses(mean_without_gy, mean_with_gy, bounds, basis)

    def added(per_gy: float, without_gy: float, with_gy: float) -> float:
        return 100 * (relative_risk(model.form, per_gy, with_gy) - relative_risk(model.form, per_gy, without_gy))

    def relative(per_gy: float, without_gy: float, with_gy: float) -> float:
        before = relative_risk(model.form, per_gy, without_gy)
        return 100 * (relative_risk(model.form, per_gy, with_gy) / before - 1)

    known = model.per_gy_ci is not None
    return RiskEstimate(
        model=model,
        mean_without_gy=doses.without,
        mean_with_gy=doses.with_,
        err_without_pct=100 * (relative_risk(model.form, model.per_gy, doses.without) - 1),
        err_with_pct=100 * (relative_risk(model.form, model.per_gy, doses.with_) - 1),
        added_err=bounded(added, slopes(model), doses, has_interval=known),
        relative_increase=bounded(relative, slopes(model), doses, has_interval=known),
        notes=model_notes(model, has_interval=known, doses=doses),
        warnings=model_cautions(model, doses),
        basis=basis,
    )


def slopes(model: RiskModel) -> tuple[float, ...]:
    """Return a model's slope, then the limits of its interval where there is one [1/Gy]."""
    return (model.per_gy, *(model.per_gy_ci or ()))


def model_notes(model: Model, *, has_interval: bool, doses: MeanDoses) -> tuple[str, ...]:
    """Return what stands beside every result of a model: its own notes, its interval and its range."""
    notes = list(model.notes)
    if not has_interval:
        notes.append("no interval published")
    elif doses.bounds is None:
        level = getattr(model, "ci_level_pct", None)
        notes.append(
            f"interval from the slope's {level:g} % CI only: dose, delineation and choice of model are not in it"
        )
    else:
        notes.append(f"{COMBINED}; delineation and choice of model are not in it")
    if model.dose_range_gy is None:
        notes.append(f"dose range not stated [{Code.DOSE_RANGE_NOT_STATED.value}]")
    return tuple(notes)


def model_cautions(model: Model, doses: MeanDoses) -> tuple[Caution, ...]:
    """Return what a reader must know of a model at these doses: extrapolated, unverified, plans swapped."""
    found = []
    if model.dose_range_gy is not None:
        low, high = model.dose_range_gy
        for side, dose_gy in (("without", doses.without), ("with", doses.with_)):
            if not low <= dose_gy <= high:
                text = (
                    f"extrapolated: mean dose {side} IMN, {dose_gy:.4g} Gy, "
                    f"lies outside the observed {low:g} to {high:g} Gy"
                )
                found.append(Caution(Code.DOSE_EXTRAPOLATED, model.id, text))
    if not model.verified:
        text = f"the coefficients were not seen at their source ({model.where}): unverified"
        found.append(Caution(Code.MODEL_UNVERIFIED, model.id, text))
    if doses.with_ < doses.without:
        text = f"mean dose falls by {doses.without - doses.with_:.4g} Gy with IMN: are the plans swapped?"
        found.append(Caution(Code.INCREMENT_NEGATIVE, model.structure, text))
    return tuple(found)


def require_structure(model: Model, structure: str) -> None:
    """Refuse to feed a model with the dose of another structure.

    Raises
    ------
    RiskError
        Where it asks for another one: a dose at the site of a tumour is no mean lung dose.
    """
    if model.structure != structure:
        raise RiskError(
            "model asks for another dose",
            item=model.id,
            expected=model.dose_metric,
            found=f"mean dose of {structure}",
        )


def _listed(pair: tuple[float, float] | None) -> list[float] | None:
    return None if pair is None else list(pair)
