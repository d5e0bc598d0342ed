"""Techniques beside a reference: differences, what confounds them, and the risk that they change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dosimetry.compare.confounders import confounders
from dosimetry.compare.two_by_two import TwoByTwo, two_by_two
from dosimetry.dvh.interval import increment_interval
from dosimetry.errors import ComparisonError, DosimetryError, UsageError
from dosimetry.imn.increment import MAX_OUTSIDE
from dosimetry.model.quantity import Quantity
from dosimetry.risk.doses import MeanDoses
from dosimetry.risk.increment import RiskEstimate, increment_risk
from dosimetry.risk.models import default_models
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.compare.technique import Technique
    from dosimetry.risk.absolute import AbsoluteEstimate

__all__ = ["Compared", "compare_techniques"]


@dataclass(frozen=True, eq=False)
class Compared:
    """Techniques of one patient.

    Attributes
    ----------
    techniques
        In the order given.
    reference
        The one that the others are held against.
    differences
        By label, part and metric: the technique minus the reference. A value is None where it was withheld.
    risk
        By label: what each model says of the technique against the reference.
    confounders
        By label: what besides the technique differs from the reference.
    square
        Breathing and IMN as a two by two; None where not all four are there.
    warnings
        What touches all of it.
    absolute
        By label: absolute risks of the reference and the technique, where a baseline was given.
    """

    techniques: tuple[Technique, ...]
    reference: Technique
    differences: dict[str, dict[str, dict[str, Quantity]]]
    risk: dict[str, tuple[RiskEstimate, ...]]
    confounders: dict[str, tuple[Caution, ...]]
    square: TwoByTwo | None
    warnings: tuple[Caution, ...]
    absolute: dict[str, tuple[AbsoluteEstimate, ...]] = field(default_factory=dict)

    def mean_doses(self, label: str) -> dict[str, MeanDoses]:
        """Return the mean doses that risk models ask for, reference first, of a technique that has them."""
        found = {}
        for key in ("heart", "lungs"):
            quantity = self.differences.get(label, {}).get(key, {}).get("Mean[Gy]")
            one = next(technique for technique in self.techniques if technique.label == label)
            before, after = self.reference.value(key, "Mean[Gy]"), one.value(key, "Mean[Gy]")
            if quantity is not None and quantity.value is not None and before is not None and after is not None:
                found[key] = MeanDoses(before, after)
        return found

    @property
    def all_warnings(self) -> tuple[Caution, ...]:
        """Every warning once."""
        return merge(
            self.warnings,
            *(_of(technique.label, technique.all_warnings) for technique in self.techniques),
            *self.confounders.values(),
            *(
                quantity.warnings
                for parts in self.differences.values()
                for metrics in parts.values()
                for quantity in metrics.values()
            ),
            *(estimate.warnings for estimates in self.risk.values() for estimate in estimates),
            *(estimate.warnings for estimates in self.absolute.values() for estimate in estimates),
        )


def _of(label: str, cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Return warnings with the technique that they are about."""
    return tuple(
        caution if caution.subject == label else replace(caution, subject=f"{label}: {caution.subject}")
        for caution in cautions
    )


def compare_techniques(
    techniques: Sequence[Technique],
    *,
    reference: str | None = None,
    any_patient: bool = False,
    intervals: bool = False,
) -> Compared:
    """Hold techniques against one of them.

    Parameters
    ----------
    techniques
        At least two, with labels of their own.
    reference
        Label of the reference; by default the first.
    any_patient
        Whether the user says that all are of one patient, whatever their IDs.
    intervals
        Whether every difference gets its calculation interval: the same alternative on both plans at once.

    Raises
    ------
    ComparisonError
        If the plans are of different patients, treat different sides, or one of them has a dose that must not be
        compared with the others.
    UsageError
        If labels are missing, repeated or unknown.
    """
    labels = [technique.label for technique in techniques]
    if len(labels) < 2 or len(set(labels)) < len(labels):
        raise UsageError("at least two techniques with labels of their own are needed", found=", ".join(labels))
    if reference is not None and reference not in labels:
        raise UsageError(f"no technique is called {reference!r}", item="--reference", expected=" or ".join(labels))
    base = techniques[labels.index(reference)] if reference is not None else techniques[0]
    warnings = _one_patient(techniques, any_patient=any_patient)
    _one_side(techniques)
    others = [technique for technique in techniques if technique is not base]
    differences = {one.label: _differences(base, one, intervals=intervals) for one in others}
    return Compared(
        tuple(techniques),
        base,
        differences,
        {one.label: _risk(base, one, differences[one.label]) for one in others},
        {one.label: confounders(base, one) for one in others},
        two_by_two(techniques),
        warnings,
    )


def _one_patient(techniques: Sequence[Technique], *, any_patient: bool) -> tuple[Caution, ...]:
    ids = {part.patient.identity[1].strip() for technique in techniques for part in technique.side.parts}
    if len(ids) == 1 and all(ids):
        return ()
    if not any_patient:
        raise ComparisonError(
            "the plans are of different patients" if all(ids) else "the plans do not tell whose they are",
            expected="one patient ID",
            found=f"{len(ids)} patient IDs" if all(ids) else "a missing patient ID",
            remedy="--same-patient, if you are sure that they are the same person",
        )
    text = "patient IDs do not agree; taken as the same patient because the user says so"
    return (Caution(Code.PATIENT_MISMATCH, "comparison", text),)


def _one_side(techniques: Sequence[Technique]) -> None:
    sides = {technique.laterality.side for technique in techniques if technique.laterality}
    if len(sides) > 1:
        raise ComparisonError(
            "the plans treat different sides",
            found=", ".join(f"{one.label} {one.laterality.side}" for one in techniques if one.laterality),
        )


def _differences(base: Technique, one: Technique, *, intervals: bool) -> dict[str, dict[str, Quantity]]:
    found: dict[str, dict[str, Quantity]] = {}
    mixed = base.side.dose.dose_type is not one.side.dose.dose_type
    for key, measured in one.parts.items():
        before = base.parts.get(key)
        if before is None or before.dvh is None or measured.dvh is None:
            continue
        outside = max(dvh.outside_grid_cc / dvh.volume_cc for dvh in (before.dvh, measured.dvh))
        found[key] = {}
        for metric, after in measured.metrics.items():
            first = before.metrics[metric].value
            note: tuple[Caution, ...] = ()
            if outside > MAX_OUTSIDE:
                text = f"difference withheld: {outside:.2%} of the volume lies outside a dose grid"
                note = (Caution(Code.INCREMENT_WITHHELD, f"{one.label}: {measured.structure.name}", text),)
            if first is None or after.value is None or note:
                found[key][metric] = Quantity(None, after.unit, warnings=note)
                continue
            low, high = None, None
            if intervals:
                try:
                    low, high = increment_interval(measured.dvh, before.dvh, metric)
                except DosimetryError as error:
                    text = f"the difference of {metric} has no interval: {error.reason}"
                    subject = f"{one.label}: {measured.structure.name}"
                    note = (Caution(Code.INTERVAL_NOT_EVALUABLE, subject, text),)
            if mixed:
                text = "RBE-weighted and physical dose stand side by side: their difference rests on the RBE used"
                note = (*note, Caution(Code.DOSE_EFFECTIVE, one.label, text))
            found[key][metric] = Quantity(after.value - first, after.unit, low, high, note)
    return found


def _risk(base: Technique, one: Technique, differences: dict[str, dict[str, Quantity]]) -> tuple[RiskEstimate, ...]:
    """Return what the models say of the mean heart dose; nothing where its difference was withheld."""
    difference = differences.get("heart", {}).get("Mean[Gy]")
    before, after = base.value("heart", "Mean[Gy]"), one.value("heart", "Mean[Gy]")
    if difference is None or difference.value is None or before is None or after is None:
        return ()
    estimates = [increment_risk(model, before, after) for model in default_models()]
    # a technique may well spare the heart: that says nothing of swapped plans
    return tuple(
        replace(one, warnings=tuple(note for note in one.warnings if note.code is not Code.INCREMENT_NEGATIVE))
        for one in estimates
    )
