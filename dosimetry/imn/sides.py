"""The two sides of a comparison: one plan each, or an explicit sum of several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.dose_arithmetic.cases import plans_of, repeated_doses, require_same_structures
from dosimetry.dose_arithmetic.lattice import Beyond
from dosimetry.dose_arithmetic.sums import add_doses
from dosimetry.imn.course import equivalent_2gy, stated_course
from dosimetry.imn.total import DoseIs, option_of, total_of, unlike_prescribed
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import StructureSet

__all__ = ["DoseIs", "Side", "make_side", "side_of"]

# Every whole course in use exceeds this: 26 Gy in 5 fractions is worth 41 Gy. A boost alone does not.
_PARTIAL_COURSE_EQD2_GY = 30.0
# No whole plan leaves its hottest voxel below this share of its prescription.
_PARTIAL_DOSE = 0.5
_SOURCE_FRACTION_GY = (1.7, 2.3)


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a comparison.

    Attributes
    ----------
    label
        ``"without"`` or ``"with"``.
    parts
        The plan, or the plans that are summed.
    dose
        The dose of all parts together.
    structures
        The structure set that the dose is measured on.
    warnings
        What touches every number of this side.
    without_beams
        The beams, as their plan names them, that were taken out of it.
    """

    label: str
    parts: tuple[Case, ...]
    dose: Dose
    structures: StructureSet
    warnings: tuple[Caution, ...]
    without_beams: tuple[str, ...] = ()

    @property
    def fractions(self) -> int | None:
        """Fractions of all parts together; None where a part does not state them."""
        counts = [part.rtplan.fractions if part.rtplan else None for part in self.parts]
        return sum(count for count in counts if count) if all(counts) else None

    def describe_parts(self) -> list[dict[str, object]]:
        """Return each part's dose and fractions as JSON-ready values."""
        described: list[dict[str, object]] = []
        for part in self.parts:
            course = stated_course(part)
            plan = part.rtplan
            described.append(
                {
                    "summation": part.dose.summation.value,
                    "type": part.dose.dose_type.value,
                    "max_gy": float(part.dose.values_gy.max()),
                    "prescriptions_gy": [item.dose_gy for item in plan.prescriptions] if plan else [],
                    "highest_prescription_gy": course.dose_gy if course else None,
                    "fractions": plan.fractions if plan else None,
                    "plan": plan.label if plan else None,
                    **({"without_beams": list(self.without_beams)} if self.without_beams else {}),
                }
            )
        return described


def make_side(
    label: str,
    cases: Sequence[Case],
    dose_is: DoseIs | None = None,
    *,
    across_fractionations: bool = False,
    beyond: Beyond | str = Beyond.UNKNOWN,
) -> Side:
    """Return one side from the case or cases that the user named.

    Parameters
    ----------
    label
        ``"without"`` or ``"with"``; another word for a plan that stands alone.
    cases
        One plan, or several whose doses are added up; the doses of all beams of a plan count as the plan's.
    dose_is
        What a dose is whose file leaves it open.
    across_fractionations, beyond
        As for :func:`~dosimetry.dose_arithmetic.sums.add_doses`.

    Raises
    ------
    ComparisonError
        If a dose may not be that of a whole plan and neither the user nor its prescription says what it is, or
        doses cannot be added.
    PrescriptionError
        If a dose is said to be that of a fraction and the number of fractions is not known.
    """
    item = option_of(label)
    require_same_structures(cases, item)
    parts = plans_of(cases, item)
    doses = [total_of(case, dose_is, label) for case in parts]
    notes = repeated_doses(doses, label)
    dose = add_doses(doses, across_fractionations=across_fractionations, beyond=beyond)
    return side_of(label, parts, dose, notes)


def side_of(
    label: str,
    parts: Sequence[Case],
    dose: Dose,
    notes: Sequence[Caution] = (),
    without_beams: tuple[str, ...] = (),
) -> Side:
    """Return a side of plans whose total dose is known."""
    unlike = (unlike_prescribed(part, label) for part in parts)
    warnings = merge(*(part.all_warnings for part in parts), dose.warnings, notes, *unlike)
    warnings = (*warnings, *_partial(label, parts, dose), *_unlike_source(label, parts))
    return Side(label, tuple(parts), dose, parts[0].structures, warnings, without_beams)


def _partial(label: str, cases: Sequence[Case], dose: Dose) -> tuple[Caution, ...]:
    """Warn where a side is worth less than any whole course, such as a boost alone."""
    courses = [stated_course(case) for case in cases]
    highest = float(dose.values_gy.max())
    if all(courses):
        worth = sum(equivalent_2gy(course) for course in courses if course)
        shown = " + ".join(str(course) for course in courses)
        if worth < _PARTIAL_COURSE_EQD2_GY:
            text = f"{shown} is less than any whole course (a boost alone?): slopes per Gy rest on whole courses"
            return (Caution(Code.PARTIAL_COURSE, label, text),)
        if highest < _PARTIAL_DOSE * max(course.dose_gy for course in courses if course):
            text = f"the highest dose is {highest:.1f} Gy where {shown} is prescribed: one fraction, or a part?"
            return (Caution(Code.PARTIAL_COURSE, label, text),)
        return ()
    if highest < 0.8 * _PARTIAL_COURSE_EQD2_GY:
        text = f"the highest dose is {highest:.1f} Gy: less than a whole course (a boost alone, or one fraction?)"
        return (Caution(Code.PARTIAL_COURSE, label, text),)
    return ()


def _unlike_source(label: str, cases: Sequence[Case]) -> tuple[Caution, ...]:
    """Warn where a course is not fractionated like those that the slopes per gray come from."""
    for case in cases:
        course = stated_course(case)
        if course is not None and course.fractions:
            each = course.dose_gy / course.fractions
            if not _SOURCE_FRACTION_GY[0] <= each <= _SOURCE_FRACTION_GY[1]:
                text = (
                    f"{course} are {each:.2f} Gy a fraction: slopes per Gy rest on courses near 50 Gy in 25 "
                    "fractions, and are applied to the physical dose as it is"
                )
                return (Caution(Code.FRACTIONATION_UNLIKE_SOURCE, label, text),)
    return ()
