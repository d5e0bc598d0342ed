"""The main job: two sides in; doses, coverage, increments and risk out."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dosimetry.dvh.convention import DEFAULT_CONVENTION, Convention
from dosimetry.dvh.cores import on_all_cores
from dosimetry.dvh.measured import measure
from dosimetry.dvh.metrics import DEFAULT_METRICS, parse_metric
from dosimetry.errors import LateralityError, PrescriptionError, StructureError
from dosimetry.imn.anatomy import Anatomy, find_anatomy
from dosimetry.imn.course import Prescribed, prescribed_to
from dosimetry.imn.coverage import Coverage, CoverageRule, judge_imn, judge_other
from dosimetry.imn.increment import Increment, increment_of
from dosimetry.imn.kind import Comparability, classify, require_comparable
from dosimetry.imn.risk import heart_doses
from dosimetry.model.dose import DoseType
from dosimetry.names.parts import HEART, IMN, Choices
from dosimetry.risk.increment import RiskEstimate, increment_risk
from dosimetry.risk.models import default_models
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.imn.sides import Side
    from dosimetry.model.structures import Structure
    from dosimetry.names.laterality import Laterality

__all__ = ["ImnComparison", "Request", "compare"]

_MEAN = "Mean[Gy]"
_TREATED = 0.5


@dataclass(frozen=True)
class Request:
    """What the user asks for.

    Attributes
    ----------
    choices
        ROIs named for a role, and the side of the patient.
    prescriptions
        Prescriptions by ROI name; they go before those of the plans.
    rule
        When a target counts as covered.
    metrics
        Canonical names; the mean is always among them.
    convention
        How contours become a solid.
    any_patient
        Whether the user vouches that both plans are of the same patient.
    """

    choices: Choices = field(default_factory=Choices)
    prescriptions: Mapping[str, Prescribed] = field(default_factory=dict)
    rule: CoverageRule = field(default_factory=CoverageRule)
    metrics: Sequence[str] = DEFAULT_METRICS
    convention: Convention = DEFAULT_CONVENTION
    any_patient: bool = False


@dataclass(frozen=True, eq=False)
class ImnComparison:
    """The result of comparing a plan without and a plan with the IMN target.

    Attributes
    ----------
    without, with_
        The sides.
    comparability
        What kind of comparison it is.
    laterality
        The treated side.
    increments
        Of every structure that both sides have; heart first, then the IMN target.
    imn
        Coverage of the IMN target.
    others
        Coverage of the other targets.
    risk
        What each model makes of the increment of mean heart dose; empty where it was withheld.
    warnings
        Of the comparison as a whole; each increment and estimate has its own besides.
    request
        What was asked for.
    """

    without: Side
    with_: Side
    comparability: Comparability
    laterality: Laterality
    increments: tuple[Increment, ...]
    imn: Coverage
    others: tuple[Coverage, ...]
    risk: tuple[RiskEstimate, ...]
    warnings: tuple[Caution, ...]
    request: Request

    def with_intervals(self, at_most_cc: float = math.inf) -> ImnComparison:
        """Return the comparison with the interval of every metric and every increment.

        Structures above `at_most_cc` on either side stay without. The risk gets that of the mean heart dose.
        """
        increments = tuple(
            increment.with_intervals() if increment.volume_cc <= at_most_cc else increment
            for increment in self.increments
        )
        return replace(
            self, increments=increments, risk=_risk(increments[0], self.with_)[0] if self.risk else self.risk
        )

    @property
    def has_intervals(self) -> bool:
        """Whether intervals were asked for."""
        return any(increment.intervals for increment in self.increments)

    @property
    def heart(self) -> Increment:
        """The heart's increment."""
        return self.increments[0]

    @property
    def all_warnings(self) -> tuple[Caution, ...]:
        """Every warning, each one once."""
        return merge(
            self.warnings,
            *(increment.warnings for increment in self.increments),
            *(estimate.warnings for estimate in self.risk),
        )


def compare(without: Side, with_: Side, request: Request | None = None) -> ImnComparison:
    """Compare a plan without and a plan with the IMN target.

    Raises
    ------
    ComparisonError
        If the sides must not be compared.
    StructureError, AmbiguityError, LateralityError
        If heart or IMN target are missing or ambiguous, or the treated side is not certain.
    PrescriptionError
        If a prescription was given for an ROI that is not there.
    """
    request = request or Request()
    same_patient = require_comparable(without, with_, any_patient=request.any_patient)
    after = find_anatomy(with_.structures, request.choices)
    before = after if without.structures is with_.structures else find_anatomy(without.structures, request.choices)
    _require_known(request.prescriptions, without, with_)
    if before.laterality.side is not after.laterality.side:
        raise LateralityError(
            "the two plans treat different sides of the patient",
            found=f"{before.laterality.side} without, {after.laterality.side} with IMN",
        )
    increments = _increments(without, with_, before, after, request)
    by_key = {increment.key: increment for increment in increments}
    _require_one_sided(with_, after, by_key[IMN.key], request)
    imn, others, dropped, notes = _coverage(by_key, increments, with_, after, request)
    comparability = classify(without, with_, (before, after), same_patient=same_patient, nodes_dropped=dropped)
    risk, risk_notes = _risk(by_key[HEART.key], with_)
    return ImnComparison(
        without=without,
        with_=with_,
        comparability=comparability,
        laterality=after.laterality,
        increments=increments,
        imn=imn,
        others=others,
        risk=risk,
        warnings=merge(
            comparability.warnings,
            notes,
            risk_notes,
            after.warnings,
            () if before is after else before.warnings,
            _left_out(without, with_, increments),
            _of_side(without),
            _of_side(with_),
        ),
        request=request,
    )


def _require_one_sided(with_: Side, anatomy: Anatomy, imn: Increment, request: Request) -> None:
    """Refuse a plan that treats targets on both sides of the patient.

    Drawn targets on the other side are no treatment: those that get half the mean dose of the IMN target are.
    """
    reference = imn.with_.metrics[_MEAN].value or 0.0
    for target in anatomy.opposite:
        measured = measure(with_.dose, target, [_MEAN], convention=request.convention)
        mean = measured.metrics[_MEAN].value if measured.dvh else None
        if mean is not None and mean >= _TREATED * reference > 0:
            raise LateralityError(
                "both sides are treated",
                item=f"ROI {target.name!r}",
                expected="a plan that treats one side",
                found=f"a mean of {mean:.1f} Gy on the other side, {reference:.1f} Gy in the IMN target",
                remedy="bilateral plans are not compared",
            )


def _left_out(without: Side, with_: Side, increments: Sequence[Increment]) -> tuple[Caution, ...]:
    """Name the ROIs that are not compared because another one has the same name."""
    measured = {increment.name for increment in increments}
    return tuple(
        Caution(
            Code.STRUCTURE_DUPLICATE_NAME,
            name,
            "several ROIs have this name and are not compared; choose those that matter by '#NUMBER'",
        )
        for name in sorted(without.structures.duplicate_names() | with_.structures.duplicate_names())
        if name not in measured
    )


def _of_side(side: Side) -> tuple[Caution, ...]:
    """Name the side in warnings that both sides could have."""
    return tuple(
        caution
        if caution.subject == side.label
        else Caution(caution.code, f"{side.label}: {caution.subject}", caution.text)
        for caution in side.warnings
    )


def _require_known(prescriptions: Mapping[str, Prescribed], *sides: Side) -> None:
    known = {name for side in sides for name in side.structures.names()}
    for name in prescriptions:
        if name not in known:
            raise PrescriptionError(
                f"no ROI named {name!r}", item="--rx", found=", ".join(sorted(known)) or "no ROI at all"
            )


def _increments(
    without: Side, with_: Side, before: Anatomy, after: Anatomy, request: Request
) -> tuple[Increment, ...]:
    """Measure on both sides every structure that both have: by the part it plays, or by its name."""
    metrics = list(dict.fromkeys((_MEAN, *(str(parse_metric(spec)) for spec in request.metrics))))
    pairs: list[tuple[Structure, Structure, str | None]] = [
        (before.parts[key], found, key) for key, found in after.parts.items() if key in before.parts
    ]
    taken = {id(found) for pair in pairs for found in pair[:2]}
    repeated = without.structures.duplicate_names() | with_.structures.duplicate_names()
    for found in with_.structures:
        if id(found) in taken or found.contours is None or found.name in repeated:
            continue
        if found.name in without.structures and without.structures[found.name].contours is not None:
            pairs.append((without.structures[found.name], found, None))
    required = (HEART.key, IMN.key)
    both = [(side, roi, key) for old, new, key in pairs for side, roi in ((without, old), (with_, new))]
    measured = on_all_cores(
        lambda job: measure(job[0].dose, job[1], metrics, convention=request.convention, must=job[2] in required),
        both,
    )
    increments = []
    for (_, _, key), one, other in zip(pairs, measured[::2], measured[1::2], strict=True):
        increments.append(increment_of(one, other, key))
    return tuple(increments)


def _coverage(
    by_key: Mapping[str | None, Increment],
    increments: Sequence[Increment],
    with_: Side,
    anatomy: Anatomy,
    request: Request,
) -> tuple[Coverage, tuple[Coverage, ...], bool, tuple[Caution, ...]]:
    """Judge the IMN target, then breast and other nodes; tell whether nodes were dropped with the IMN."""
    target = by_key[IMN.key]
    if target.without.dvh is None or target.with_.dvh is None or not target.with_.dvh.inside_cc > 0:
        raise StructureError("IMN target lies outside the dose grid", item=f"ROI {target.name!r}")
    prescribed, reason = prescribed_to(anatomy.imn, with_.parts, request.prescriptions)
    imn, notes = judge_imn(target.without.dvh, target.with_.dvh, prescribed, reason, request.rule)
    others, dropped = [], False
    treated_gy = _TREATED * max(imn.mean_without_gy, imn.mean_with_gy)
    for increment in increments:
        is_node = increment.name in anatomy.nodes
        if not is_node and increment.key not in ("breast_target", "breast_ipsilateral", "chestwall"):
            continue
        before, after = increment.without.dvh, increment.with_.dvh
        if before is None or after is None or not min(before.inside_cc, after.inside_cc) > 0:
            continue
        wanted, _ = prescribed_to(increment.with_.structure, with_.parts, request.prescriptions)
        coverage, lost, cautions = judge_other(before, after, wanted, request.rule, treated_gy)
        others.append(coverage)
        dropped = dropped or (lost and is_node and coverage.mean_without_gy < coverage.mean_with_gy)
        # The breast as an organ may differ where its target does not.
        if is_node or increment.key == "breast_target" or "breast_target" not in by_key:
            notes = (*notes, *cautions)
    return imn, tuple(others), dropped, notes


def _risk(heart: Increment, with_: Side) -> tuple[tuple[RiskEstimate, ...], tuple[Caution, ...]]:
    """Return what every model makes of the mean heart doses; nothing where the increment was withheld."""
    doses = heart_doses(heart)
    if doses is None:
        text = "risk withheld: there is no increment of mean heart dose to apply a slope to"
        return (), (Caution(Code.RISK_WITHHELD, heart.name, text),)
    notes: tuple[Caution, ...] = ()
    if with_.dose.dose_type is DoseType.EFFECTIVE:
        text = "the slopes rest on physical mean heart dose and are applied to an RBE-weighted one"
        notes = (Caution(Code.DOSE_EFFECTIVE, "risk", text),)
    estimates = (
        increment_risk(model, doses.without, doses.with_, bounds=doses.bounds) for model in default_models()
    )
    return tuple(estimates), notes
