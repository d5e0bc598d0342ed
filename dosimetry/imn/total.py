"""Whether a stored dose is that of the whole course, where its file leaves that open.

DoseSummationType FRACTION is ambiguous: some systems write the total dose under it, others that of one fraction. A
BEAM dose does not say either. The dose of the ROI that the plan prescribes to settles it where it is clearly the
prescribed total or clearly one fraction of it; otherwise only the user can.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.dose_arithmetic.beams import treatment_beams
from dosimetry.dose_arithmetic.cases import course_dose
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.measured import measure
from dosimetry.errors import ComparisonError, PrescriptionError
from dosimetry.model.dose import Measure, Summation
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure

__all__ = ["DoseIs", "as_total", "option_of", "settled", "total_of", "undecided", "unlike_prescribed"]

# Median dose of the target over the prescription, within which a dose is what was prescribed.
_LIKE_PRESCRIBED = (0.9, 1.15)
# Beyond these something is wrong: the units, the place of the grid, or the prescription is of another dose.
_NOT_UNLIKE = (0.7, 1.3)
_MEDIAN = "D50%[Gy]"


class DoseIs(StrEnum):
    """What the user says a dose is whose summation type leaves it open."""

    TOTAL = "total"
    FRACTION = "fraction"


def option_of(label: str) -> str | None:
    """Return the option that a side of a comparison is given with; None for a plan that stands alone."""
    return f"--{label}" if label in ("without", "with") else None


def total_of(case: Case, dose_is: DoseIs | None, label: str) -> Dose:
    """Return the total dose of a case, or refuse where that is not known.

    Raises
    ------
    ComparisonError
        If the dose is not in gray as given, or may not be that of a whole plan and neither the user nor its
        prescription says what it is.
    PrescriptionError
        If it is said to be that of a fraction and the number of fractions is not known.
    """
    dose = course_dose(case)
    if dose.measure is not Measure.DOSE:
        raise ComparisonError(
            f"a {dose.measure.value} is not the dose of a plan",
            item=option_of(label),
            expected="a dose in gray as given",
        )
    if dose.summation.is_whole_plan:
        if dose_is is not DoseIs.FRACTION:
            return dose
        text = f"DoseSummationType is {dose.summation.value}: --dose-is fraction does not touch this dose"
        note = Caution(Code.DOSE_SUMMATION_UNCLEAR, label, text)
        return replace(dose, warnings=merge(dose.warnings, (note,)))
    found = settled(case)
    if dose_is is not None:
        what = "the total" if dose_is is DoseIs.TOTAL else "that of one fraction"
        doubt = f", against what its file shows: {found[1]}" if found and found[0] is not dose_is else ""
        return as_total(dose, dose_is, label, f"the dose was said to be {what}{doubt}")
    if found is None:
        raise undecided(dose)
    return as_total(dose, found[0], label, found[1])


def undecided(dose: Dose) -> ComparisonError:
    """Return the error for a dose of which nothing tells whether it is the total."""
    return ComparisonError(
        "the dose may not be that of a whole plan",
        file=dose.source.name if dose.source else None,
        item="DoseSummationType",
        expected="PLAN or MULTI_PLAN",
        found=f"{dose.summation.value}, and no prescribed target whose dose tells whether it is the total",
        remedy="say what it is with --dose-is total or --dose-is fraction",
    )


def as_total(dose: Dose, dose_is: DoseIs, label: str, text: str) -> Dose:
    """Return the total of a dose that is it or that of a fraction, with the words that say how this is known."""
    factor = 1
    if dose_is is DoseIs.FRACTION:
        if dose.fractions is None:
            raise PrescriptionError(
                "the number of fractions is not known",
                item=option_of(label),
                remedy="give the RTPLAN too, or a dose of the whole plan",
            )
        factor = dose.fractions
        text += f" and was multiplied by {factor}"
    caution = Caution(Code.DOSE_SUMMATION_UNCLEAR, label, text)
    return replace(
        dose,
        values_gy=dose.values_gy if factor == 1 else dose.values_gy * factor,
        error_gy=None if dose.error_gy is None else dose.error_gy * factor,
        summation=dose.summation if dose.summation is Summation.BEAM else Summation.PLAN,
        warnings=merge(dose.warnings, (caution,)),
    )


def settled(case: Case) -> tuple[DoseIs, str] | None:
    """Return what a dose is by that of the targets which its plan prescribes to, and why; None where that is open.

    The dose of one beam among several is never settled: it is neither.
    """
    dose, plan = case.dose, case.rtplan
    if plan is None or plan.fractions is None or plan.fractions < 2:
        return None
    beams = {beam.number for beam in treatment_beams(plan)}
    if dose.summation is not Summation.FRACTION and not (beams and beams <= set(dose.beam_numbers)):
        return None
    verdicts: list[tuple[DoseIs, str]] = []
    for target, prescribed_gy in _targets(case):
        measured = measure(dose, target, [_MEDIAN], convention=DEFAULT_CONVENTION)
        median = measured.metrics[_MEDIAN].value if measured.dvh else None
        if median is None:
            return None
        for dose_is, wanted in ((DoseIs.TOTAL, prescribed_gy), (DoseIs.FRACTION, prescribed_gy / plan.fractions)):
            if _LIKE_PRESCRIBED[0] * wanted <= median <= _LIKE_PRESCRIBED[1] * wanted:
                what = "the total" if dose_is is DoseIs.TOTAL else "that of one fraction"
                text = (
                    f"DoseSummationType is {dose.summation.value}; the median dose of {target.name}, "
                    f"{median:.2f} Gy where {prescribed_gy:g} Gy in {plan.fractions} fractions are prescribed, "
                    f"tells that it is {what}"
                )
                verdicts.append((dose_is, text))
                break
        else:
            return None
    return verdicts[0] if len({dose_is for dose_is, _ in verdicts}) == 1 else None


def unlike_prescribed(case: Case, label: str = "") -> tuple[Caution, ...]:
    """Return a warning for every target whose median dose is far from what the plan prescribes to it.

    A dose in other units, or on a grid in another place or of another size, is seen by nothing else: each of its
    numbers is a legal one. `label` is the side of a comparison that the plan stands on.
    """
    if case.rtplan is None or not case.dose.is_plan_dose or case.dose.summation is Summation.MULTI_PLAN:
        return ()
    notes = []
    side = f", {label} IMN," if option_of(label) else ","
    for target, prescribed_gy in _targets(case):
        measured = measure(case.dose, target, [_MEDIAN], convention=DEFAULT_CONVENTION)
        quantity = measured.metrics.get(_MEDIAN) if measured.dvh else None
        median = quantity.value if quantity else None
        low, high = (share * prescribed_gy for share in _NOT_UNLIKE)
        if median is None or not low <= median <= high:
            found = "no dose that can be measured" if median is None else f"a median dose of {median:.2f} Gy"
            text = f"{found}{side} and the plan prescribes {prescribed_gy:g} Gy"
            text += ": is this the plan's dose, and in place?"
            notes.append(Caution(Code.DOSE_UNLIKE_PRESCRIPTION, target.name, text))
    return tuple(notes)


def _targets(case: Case) -> Iterable[tuple[Structure, float]]:
    """Yield the ROIs that the plan prescribes to, each with its dose, if the plan is of this structure set."""
    plan = case.rtplan
    if plan is None or (
        plan.structure_set_uid
        and case.structures.sop_instance_uid
        and plan.structure_set_uid != case.structures.sop_instance_uid
    ):
        return
    by_number = {structure.number: structure for structure in case.structures}
    for item in plan.prescriptions:
        target = by_number.get(item.roi_number) if item.roi_number is not None else None
        if target is not None and target.contours is not None:
            yield target, item.dose_gy
