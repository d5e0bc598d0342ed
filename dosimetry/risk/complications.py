"""Complication probabilities, and absolute risks that each gray adds: what needs no baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.risk.forms import Form, additive, logistic, probit
from dosimetry.risk.increment import model_cautions, model_notes, require_structure
from dosimetry.risk.intervals import Bounded, bounded
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.risk.doses import MeanDoses
    from dosimetry.risk.models import AdditiveModel, NtcpModel
    from dosimetry.risk.patient import Patient

__all__ = ["Complication", "additive_risk", "applies", "combine", "complication", "score_shift"]


@dataclass(frozen=True, slots=True)
class Complication:
    """Probability of an endpoint with each plan.

    Attributes
    ----------
    model
        The model.
    doses
        Mean doses that went in.
    without_pct, with_pct
        Of each plan [%].
    difference_pct
        What IMN irradiation adds [percentage points].
    modifiers
        What the patient's factors changed, in words.
    notes, warnings
        What the reader must know.
    """

    model: NtcpModel | AdditiveModel
    doses: MeanDoses
    without_pct: Bounded
    with_pct: Bounded
    difference_pct: Bounded
    modifiers: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[Caution, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the estimate as JSON-ready values."""
        model = self.model
        return {
            "model": model.id,
            "source": model.source.citation,
            "doi": model.source.doi,
            "verified": model.verified,
            "form": model.form.value,
            "endpoint": model.endpoint,
            "horizon": model.horizon,
            "population": model.population,
            "dose_metric": model.dose_metric,
            "mean_without_gy": self.doses.without,
            "mean_with_gy": self.doses.with_,
            "dose_basis": self.doses.basis,
            **self.without_pct.as_dict("without", "pct"),
            **self.with_pct.as_dict("with", "pct"),
            **self.difference_pct.as_dict("difference", "points"),
            "modifiers": list(self.modifiers),
            "notes": list(self.notes),
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


def complication(model: NtcpModel, structure: str, doses: MeanDoses, patient: Patient) -> Complication:
    """Return the complication probability of both plans.

    Raises
    ------
    RiskError
        Where the doses are of another structure, or the model asks for a factor that nobody stated.
    """
    require_structure(model, structure)
    shift, told = score_shift(model, patient)

    def risk(_: None, dose_gy: float) -> float:
        if model.form is Form.PROBIT and model.td50_gy is not None and model.m is not None:
            return float(probit(dose_gy, model.td50_gy, model.m))
        return float(logistic((model.b0 or 0.0) + (model.b1_per_gy or 0.0) * dose_gy + shift))

    def result(kind: str) -> Bounded:
        chosen = {
            "without": lambda none, without, _: risk(none, without),
            "with": lambda none, _, with_: risk(none, with_),
            "difference": lambda none, without, with_: risk(none, with_) - risk(none, without),
        }[kind]
        return bounded(chosen, (None,), doses, has_interval=False).scaled(100.0)

    text = f"{model.population}: read it as a difference between plans, not as this patient's level"
    caution = Caution(Code.COHORT_DIFFERS, model.id, text)
    return Complication(
        model=model,
        doses=doses,
        without_pct=result("without"),
        with_pct=result("with"),
        difference_pct=result("difference"),
        modifiers=told,
        notes=model_notes(model, has_interval=False, doses=doses),
        warnings=(caution, *model_cautions(model, doses)),
    )


def score_shift(model: NtcpModel, patient: Patient) -> tuple[float, tuple[str, ...]]:
    """Return what the patient's factors add to a logistic score, and which of them did.

    Raises
    ------
    RiskError
        Naming every factor that the model asks for and nobody stated.
    """
    patient.require(tuple("age" if name == "older_than" else name for name in model.factors), model.id)
    shift, told = 0.0, []
    for modifier in model.modifiers:
        if modifier.factor == "older_than":
            holds = patient.numbers["age"] > float(modifier.value)
        else:
            holds = getattr(patient, modifier.factor) == modifier.value
        if holds:
            shift += modifier.adds
            told.append(f"{modifier.factor.replace('_', ' ')} {modifier.value}: {modifier.adds:+g} in the score")
    return shift, tuple(told)


def additive_risk(model: AdditiveModel, structure: str, doses: MeanDoses) -> Complication:
    """Return the absolute risk that the doses of both plans add, by so much per gray.

    Raises
    ------
    RiskError
        Where the doses are of another structure, or come to more than certainty.
    """
    require_structure(model, structure)
    slopes = (model.per_gy, *(model.per_gy_ci or ()))
    known = len(slopes) > 1
    without, with_, difference = (
        bounded(result, slopes, doses, has_interval=known).scaled(100.0)
        for result in (
            lambda slope, first, _: float(additive(slope, first)),
            lambda slope, _, second: float(additive(slope, second)),
            lambda slope, first, second: float(additive(slope, second) - additive(slope, first)),
        )
    )
    return Complication(
        model=model,
        doses=doses,
        without_pct=without,
        with_pct=with_,
        difference_pct=difference,
        modifiers=(),
        notes=model_notes(model, has_interval=known, doses=doses),
        warnings=model_cautions(model, doses),
    )


def applies(model: AdditiveModel, patient: Patient) -> bool | None:
    """Return whether a slope is of patients like this one; None where the factor that decides was not stated."""
    smokes = None if patient.smoking is None else patient.smoking == "current"
    cardiac = patient.cardiac_risk_factor or smokes  # smoking alone puts a woman into the group at risk
    if cardiac is False and patient.cardiac_risk_factor is None:
        cardiac = None
    return {
        None: True,
        "smoker": smokes,
        "non-smoker": None if smokes is None else not smokes,
        "cardiac-risk-factor": cardiac,
        "no-cardiac-risk-factor": None if cardiac is None or smokes is None else not cardiac,
    }[model.applies_to]


def combine(risks_pct: Sequence[float]) -> float:
    """Return the risk of at least one of several independent endpoints [%]: 1 - ∏(1 - p)."""
    free = 1.0
    for risk in risks_pct:
        free *= 1 - risk / 100
    return 100 * (1 - free)
