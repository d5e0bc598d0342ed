"""All that the risk layer can say of a pair of plans, from what was given: one request in, one assessment out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dosimetry.errors import RiskError
from dosimetry.risk.absolute import age_curve, from_baseline, from_life_table
from dosimetry.risk.balance import averted, weigh
from dosimetry.risk.baselines import given_baseline
from dosimetry.risk.break_even import break_even
from dosimetry.risk.by_time import increment_by_time
from dosimetry.risk.complications import additive_risk, applies, combine, complication
from dosimetry.risk.evidence import nodal_status
from dosimetry.risk.increment import increment_risk, require_structure
from dosimetry.risk.models import (
    AdditiveModel,
    BandedModel,
    NtcpModel,
    RiskModel,
    default_models,
    load_models,
    select_models,
)
from dosimetry.risk.patient import Patient
from dosimetry.risk.timelines import breast_timeline
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Callable

    from dosimetry.risk.absolute import AbsoluteEstimate, AgeCurve, RiskFunction
    from dosimetry.risk.balance import Balance
    from dosimetry.risk.baselines import Baseline
    from dosimetry.risk.break_even import BreakEven
    from dosimetry.risk.by_time import BandEstimate
    from dosimetry.risk.complications import Complication
    from dosimetry.risk.doses import MeanDoses
    from dosimetry.risk.increment import RiskEstimate
    from dosimetry.risk.models import Model
    from dosimetry.risk.timelines import LifePlan

__all__ = ["Assessment", "Deaths", "Request", "assess"]

_Kind = TypeVar("_Kind", bound="Model")
_Made = TypeVar("_Made")
_KINDS = ("smoking", "cardiac_risk_factor")
_CARDIAC_DEATH, _LUNG_DEATH = "taylor-cardiac", "lung-pooled-11"
"""Models of added deaths: the one of cardiac mortality, and the pooled one of lung cancer, taken for its deaths."""


@dataclass(frozen=True, slots=True)
class Deaths:
    """Risks of death without IMN irradiation over one horizon [%]; None for what nobody stated."""

    breast_cancer_pct: float | None = None
    cardiac_pct: float | None = None
    lung_cancer_pct: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What was given.

    Attributes
    ----------
    doses
        Mean doses by structure: ``heart``, ``lungs``, ``lung_site``.
    known
        All models there are; None for those of the package.
    chosen
        Models by name; empty for the headline ones.
    every
        Whether all models of the structures are wanted.
    patient
        Her factors.
    baseline
        A risk without irradiation.
    life
        What a life table is made from.
    deaths, horizon_years
        Risks of death for the balance, and the time that they are over.
    threshold_points
        Threshold of the break-even [percentage points].
    isoeffective
        The same doses converted to 25 fractions, for the sensitivity analysis.
    """

    doses: dict[str, MeanDoses]
    known: tuple[Model, ...] | None = None
    chosen: tuple[str, ...] = ()
    every: bool = False
    patient: Patient = field(default_factory=Patient)
    baseline: Baseline | None = None
    life: LifePlan | None = None
    deaths: Deaths = field(default_factory=Deaths)
    horizon_years: float | None = None
    threshold_points: float | None = None
    isoeffective: dict[str, MeanDoses] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """What came out; every part is empty where nothing was given for it.

    Attributes
    ----------
    request
        What was given.
    relative, by_time
        Relative risks, and those by years since radiotherapy.
    absolute, curves
        Absolute risks, and their courses over age.
    complications, additive, combined
        Complication probabilities; risks that each gray adds; and of the latter at least one [%] without and with
        IMN irradiation, where the patient's factors leave one of each kind.
    nodal
        What is known of the involvement of the nodes.
    balances
        Deaths averted beside deaths added.
    break_evens
        How far the dose may rise.
    sensitivity
        The same with isoeffective doses; None where there are none.
    missing
        What could not be said, and for want of what.
    """

    request: Request
    relative: tuple[RiskEstimate, ...]
    by_time: tuple[BandEstimate, ...]
    absolute: tuple[AbsoluteEstimate, ...]
    curves: tuple[AgeCurve, ...]
    complications: tuple[Complication, ...]
    additive: tuple[Complication, ...]
    combined: tuple[float, float] | None
    nodal: dict[str, object] | None
    balances: tuple[Balance, ...]
    break_evens: tuple[BreakEven, ...]
    sensitivity: Assessment | None
    missing: tuple[Caution, ...]

    @property
    def warnings(self) -> tuple[Caution, ...]:
        """All warnings, each one once; those of the sensitivity analysis are in it."""
        own = merge(
            *(part.warnings for part in self.relative),
            *(part.warnings for part in self.by_time),
            *(part.warnings for part in self.absolute),
            *(part.warnings for part in (*self.complications, *self.additive)),
            *(part.warnings for part in self.balances),
            *(found.warnings for found in self.break_evens),
            self.request.patient.cautions(),
            self.missing,
        )
        return merge(own, *([self.sensitivity.warnings] if self.sensitivity else []))

    @property
    def models(self) -> tuple[Model, ...]:
        """All models that something was computed with, each one once."""
        used: list[Model] = [part.model for part in self.relative]
        used += [part.model for part in (*self.complications, *self.additive)]
        used += [part.model for part in self.by_time]
        used += [part.function.model for part in self.absolute]
        used += [harm.function.model for balance in self.balances for harm in balance.added]
        return tuple({model.id: model for model in used}.values())


def assess(request: Request) -> Assessment:
    """Return all that can be said of a pair of plans.

    Raises
    ------
    RiskError
        Where nothing can be said with what was asked for: unusable doses, a model of another dose, a rate that is
        not there for the only model chosen.
    """
    models = _models(request)
    missing: list[Caution] = []
    relative = tuple(
        increment_risk(model, doses.without, doses.with_, bounds=doses.bounds, basis=doses.basis)
        for model, doses in _paired(models, request, RiskModel)
    )
    by_time = tuple(
        estimate
        for model, doses in _paired(models, request, BandedModel)
        for made in _tried(missing, model, partial(increment_by_time, model, doses))
        for estimate in made
    )
    evaluated = [
        (function, doses, estimate)
        for function, doses in _functions(request, models, missing)
        for estimate in _tried(missing, function.model, partial(function.estimate, doses))
    ]
    functions = [(function, doses) for function, doses, _ in evaluated]
    absolute = tuple(estimate for _, _, estimate in evaluated)
    life = request.life
    tabled = [(function, doses) for function, doses in functions if function.method.startswith("life table")]
    curves = () if life is None else tuple(age_curve(function.model, life, doses) for function, doses in tabled)
    complications = tuple(
        found
        for model, doses in _paired(models, request, NtcpModel)
        for found in _tried(missing, model, partial(complication, model, "lungs", doses, request.patient))
    )
    additive, combined = _additive(request, models, missing)
    threshold = request.threshold_points
    nodes = request.patient.nodes
    balances = _balances(request, missing)
    return Assessment(
        request=request,
        relative=relative,
        by_time=by_time,
        absolute=absolute,
        curves=curves,
        complications=complications,
        additive=additive,
        combined=combined,
        nodal=nodal_status(nodes) if nodes is not None or balances else None,
        balances=balances,
        break_evens=()
        if threshold is None
        else tuple(break_even(function, doses, threshold) for function, doses in functions),
        sensitivity=_sensitivity(request),
        missing=tuple(missing),
    )


def _models(request: Request) -> tuple[Model, ...]:
    """Return the models to use: those chosen, all of the structures given, or the headline ones of the heart."""
    known = load_models() if request.known is None else request.known
    if request.chosen:
        models = select_models(request.chosen, known)
        for model in models:
            if model.structure not in request.doses:
                require_structure(model, " and ".join(request.doses))
        return models
    if request.every:
        return known
    # by the gray and the kind of patient: shown where something is known of her, or lungs are asked for
    kinds = "lungs" in request.doses or request.patient.missing(_KINDS) != _KINDS
    others = [
        model for model in known if model.structure != "heart" or (isinstance(model, AdditiveModel) and kinds)
    ]
    return (*default_models(known), *others)


def _paired(models: tuple[Model, ...], request: Request, kind: type[_Kind]) -> list[tuple[_Kind, MeanDoses]]:
    return [
        (model, request.doses[model.structure])
        for model in models
        if isinstance(model, kind) and model.structure in request.doses
    ]


def _functions(
    request: Request, models: tuple[Model, ...], missing: list[Caution]
) -> list[tuple[RiskFunction, MeanDoses]]:
    """Return the absolute risk over dose of every model that a baseline or a life table serves."""
    found: list[tuple[RiskFunction, MeanDoses]] = []
    baseline, life = request.baseline, request.life
    if baseline is not None:
        lung = baseline.counts.startswith("lung")
        for model, doses in _paired(models, request, RiskModel):
            if model.structure.startswith("lung") is lung:
                found.append((from_baseline(model, baseline), doses))
    if life is not None:
        pairs: list[tuple[RiskModel | BandedModel, MeanDoses]] = [*_paired(models, request, RiskModel)]
        pairs += _paired(models, request, BandedModel)
        for timed, doses in pairs:
            made = _tried(missing, timed, partial(from_life_table, timed, life))
            found += [(function, doses) for function in made]
        if pairs and not found:
            reasons = dict.fromkeys(caution.text.removeprefix("not evaluated: ") for caution in missing)
            raise RiskError("life table serves no model", found="; ".join(reasons))
    return found


def _tried(missing: list[Caution], model: Model, make: Callable[[], _Made]) -> list[_Made]:
    """Return what can be made, or nothing and a note of what it would have needed."""
    try:
        return [make()]
    except RiskError as error:
        needs = f"{error.item}: {error.problem}" if error.item else error.problem
        if error.expected:
            needs += f" ({error.expected})"
        caution = Caution(Code.FACTOR_MISSING, model.id, f"not evaluated: {needs}")
        missing += [] if caution in missing else [caution]
        return []


def _additive(
    request: Request, models: tuple[Model, ...], missing: list[Caution]
) -> tuple[tuple[Complication, ...], tuple[float, float] | None]:
    """Return the risks that each gray adds for patients like this one, and the two of them together."""
    pairs = _paired(models, request, AdditiveModel)
    apt = [(model, doses, applies(model, request.patient)) for model, doses in pairs]
    found = tuple(additive_risk(model, model.structure, doses) for model, doses, fits in apt if fits is not False)
    unknown = [model for model, _, fits in apt if fits is None]
    if unknown:
        absent = request.patient.missing(_KINDS)
        text = f"given for each kind of patient: {' and '.join(absent).replace('_', ' ')} not stated"
        missing.append(Caution(Code.FACTOR_MISSING, unknown[0].source.id, text))
    kinds = [estimate.model.counts for estimate in found]
    if unknown or sorted(kinds) != ["cardiac-death", "lung-cancer-death"]:
        return found, None
    return found, (
        combine([estimate.without_pct.value for estimate in found]),
        combine([estimate.with_pct.value for estimate in found]),
    )


def _balances(request: Request, missing: list[Caution]) -> tuple[Balance, ...]:
    """Return deaths averted beside deaths added, by each study."""
    deaths, years = request.deaths, request.horizon_years
    timeline = None if request.life is None else breast_timeline(request.life)
    if deaths.breast_cancer_pct is None and timeline is None:
        return ()
    if request.life is not None:
        years = request.life.years
    if years is None:
        raise RiskError("breast cancer mortality needs its horizon", remedy="give --horizon, or --age and --to-age")
    known = {model.id: model for model in load_models()}
    harms: list[AbsoluteEstimate] = []
    for structure, name, counts, given in (
        ("heart", _CARDIAC_DEATH, "cardiac-death", deaths.cardiac_pct),
        ("lungs", _LUNG_DEATH, "lung-cancer-death", deaths.lung_cancer_pct),
    ):
        model, doses = known[name], request.doses.get(structure)
        if doses is None or not isinstance(model, RiskModel):
            continue
        if given is not None:
            harms.append(from_baseline(model, given_baseline(given, counts, years)).estimate(doses))
        elif request.life is not None:
            made = _tried(missing, model, partial(from_life_table, model, request.life, counts))
            harms += [function.estimate(doses) for function in made]
    gains = averted(deaths.breast_cancer_pct, timeline)
    return tuple(weigh(gain, harms, years, request.patient.nodes) for gain in gains)


def _sensitivity(request: Request) -> Assessment | None:
    if not request.isoeffective:
        return None
    inner = replace(request, doses=request.isoeffective, isoeffective={}, deaths=Deaths(), threshold_points=None)
    result = assess(inner)
    basis = next(iter(request.isoeffective.values())).basis
    text = f"sensitivity analysis with doses {basis}: slopes rest on physical doses near 50 Gy in 25 fractions"
    return replace(result, nodal=None, missing=(*result.missing, Caution(Code.DOSE_ISOEFFECTIVE, "risk", text)))
