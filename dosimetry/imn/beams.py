"""The contribution of the IMN field: one plan, and the same plan without the beams that treat the IMN."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.dose_arithmetic.beams import (
    beam_label,
    doses_by_beam,
    find_beams,
    sum_of_beams,
    treatment_beams,
    without_beams,
)
from dosimetry.dose_arithmetic.cases import course_dose
from dosimetry.dose_arithmetic.differences import remainder
from dosimetry.dose_arithmetic.fractionation import total_dose
from dosimetry.dose_arithmetic.sums import add_doses
from dosimetry.errors import LinkError, PrescriptionError, UsageError
from dosimetry.imn.sides import Side, side_of
from dosimetry.imn.total import DoseIs, settled, undecided
from dosimetry.model.dose import Summation
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.plan_beams import PlanBeams

__all__ = ["sides_by_beam"]


def sides_by_beam(found: PlanBeams, names: Sequence[str], dose_is: DoseIs | None = None) -> tuple[Side, Side]:
    """Return the sides without and with the named beams of one plan.

    The side with them is the plan's dose, or the sum of all of its beams; the one without is the sum of the other
    beams, or the plan's dose less that of the named ones. Where plan and all beams are there, they must agree.

    Parameters
    ----------
    found
        The plan with the doses of its beams.
    names
        BeamName or BeamNumber of the beams to take out.
    dose_is
        Whether the beams' doses are totals or of one fraction, where nothing tells.

    Raises
    ------
    LinkError, AmbiguityError
        If a beam is not there, ambiguous, or lacks its dose.
    ComparisonError
        If doses contradict one another, or it is not known whether they are totals.
    """
    case, plan = found.case, found.case.rtplan
    if plan is None:
        raise LinkError("no RTPLAN that tells which beams there are", item="--imn-beam")
    taken = find_beams(plan, names, "--imn-beam")
    if not taken:
        raise UsageError("names no beam", item="--imn-beam")
    beams = [course_dose(replace(case, dose=dose)) for dose in found.beams]
    whole = found.whole and course_dose(replace(case, dose=found.whole))
    present = doses_by_beam(plan, beams)
    complete = all(beam.number in present for beam in treatment_beams(plan))
    stated: tuple[Caution, ...] = ()
    if whole is None:
        dose_is, stated = _told(case, sum_of_beams(plan, beams), dose_is)
    elif not complete:  # nothing to hold these beams against: a fraction of one is as possible as all of them
        if dose_is is None:
            raise undecided(beams[0])
        dose_is, stated = _told(case, beams[0], dose_is)
    if dose_is is DoseIs.FRACTION:
        beams = [total_dose(dose) for dose in beams]
    total = sum_of_beams(plan, beams, whole) if complete else None
    left = without_beams(plan, taken, beams, whole)
    if total is None:
        total = _less_than_plan(beams, whole)
    elif whole is None:
        total = replace(total, summation=Summation.PLAN)
    else:
        stated = tuple(note for note in total.warnings if note.code is Code.BEAMS_UNLIKE_PLAN)
        total = whole
    left = replace(left, summation=total.summation)
    labels = tuple(beam_label(beam) for beam in taken)
    return (
        side_of("without", [replace(case, dose=left)], left, stated, without_beams=labels),
        side_of("with", [replace(case, dose=total)], total, stated),
    )


def _less_than_plan(beams: Sequence[Dose], whole: Dose | None) -> Dose:
    """Return the plan's dose, or refuse beams that exceed it."""
    if whole is None:  # sum_of_beams has refused an incomplete set before
        raise AssertionError
    remainder(whole, add_doses(beams))
    return whole


def _told(case: Case, total: Dose, dose_is: DoseIs | None) -> tuple[DoseIs, tuple[Caution, ...]]:
    """Return whether beam doses are totals or of one fraction, where no plan's dose tells."""
    if dose_is is not None:
        text = f"the beam doses were said to be {'totals' if dose_is is DoseIs.TOTAL else 'of one fraction'}"
    else:
        found = settled(replace(case, dose=total))
        if found is None:
            raise undecided(total)
        dose_is, text = found
    if dose_is is DoseIs.FRACTION:
        if total.fractions is None:
            raise PrescriptionError(
                "the number of fractions is not known",
                item="--dose-is",
                remedy="it stands in the RTPLAN; export the plan's dose instead",
            )
        text += f" and were multiplied by {total.fractions}"
    return dose_is, (Caution(Code.DOSE_SUMMATION_UNCLEAR, "dose", text),)
