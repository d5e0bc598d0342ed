"""The two sides of a comparison: one plan each, or an explicit sum of several."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic import add, same_dose, scaled
from dosimetry.errors import ComparisonError, PrescriptionError
from dosimetry.imn.course import equivalent_2gy, stated_course
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import StructureSet

__all__ = ["DoseIs", "Side", "make_side", "same_contours"]

# Every whole course in use exceeds this: 26 Gy in 5 fractions is worth 41 Gy. A boost alone does not.
_PARTIAL_COURSE_EQD2_GY = 30.0
# No whole plan leaves its hottest voxel below this share of its prescription.
_PARTIAL_DOSE = 0.5
_SOURCE_FRACTION_GY = (1.7, 2.3)


class DoseIs(StrEnum):
    """What the user says a dose is whose summation type leaves it open."""

    TOTAL = "total"
    FRACTION = "fraction"


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
    """

    label: str
    parts: tuple[Case, ...]
    dose: Dose
    structures: StructureSet
    warnings: tuple[Caution, ...]

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
                }
            )
        return described


def make_side(label: str, cases: Sequence[Case], dose_is: DoseIs | None = None) -> Side:
    """Return one side from the case or cases that the user named.

    Raises
    ------
    ComparisonError
        If a dose may not be that of a whole plan and the user did not say what it is, or the parts of a sum
        have different structure sets or are the same file.
    PrescriptionError
        If a dose is said to be that of a fraction and the number of fractions is not known.
    """
    doses = [_whole(label, case, dose_is) for case in cases]
    first = cases[0]
    for case in cases[1:]:
        if not _same_set(first.structures, case.structures):
            raise ComparisonError(
                "plans to be added were made on different structure sets",
                item=f"--{label}",
                remedy="add plans of one structure set only",
            )
    notes = _repeated(label, doses)
    dose = add(doses)
    warnings = merge(*(case.all_warnings for case in cases), dose.warnings, notes)
    warnings = (*warnings, *_partial(label, cases, dose), *_unlike_source(label, cases))
    return Side(label, tuple(cases), dose, first.structures, warnings)


def _repeated(label: str, doses: Sequence[Dose]) -> tuple[Caution, ...]:
    """Refuse to add one file to itself; warn where two files hold the same dose."""
    for one, other in combinations(doses, 2):
        if one.sop_instance_uid and one.sop_instance_uid == other.sop_instance_uid:
            raise ComparisonError(
                "the same dose is given twice",
                item=f"--{label}",
                file=other.source.name if other.source else None,
                remedy="name each plan of a sum once",
            )
        if same_dose(one, other):
            text = "two of the summed doses agree in every voxel: was one plan exported twice?"
            return (Caution(Code.DOSE_SUMMED, label, text),)
    return ()


def _whole(label: str, case: Case, dose_is: DoseIs | None) -> Dose:
    """Return the total dose of a case, or refuse where that is not known."""
    dose = case.dose
    if dose.summation.is_whole_plan:
        return dose
    if dose_is is None:
        raise ComparisonError(
            "the dose may not be that of a whole plan",
            file=dose.source.name if dose.source else None,
            item="DoseSummationType",
            expected="PLAN or MULTI_PLAN",
            found=dose.summation.value,
            remedy="say what it is with --dose-is total or --dose-is fraction",
        )
    if dose_is is DoseIs.TOTAL:
        return dose
    fractions = case.rtplan.fractions if case.rtplan else None
    if fractions is None:
        raise PrescriptionError(
            "the number of fractions is not known",
            item=f"--{label}",
            remedy="give the RTPLAN too, or a dose of the whole plan",
        )
    text = f"the {label} dose was said to be that of one fraction and was multiplied by {fractions}"
    return scaled(dose, float(fractions), Caution(Code.DOSE_SUMMATION_UNCLEAR, label, text))


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


def _same_set(one: StructureSet, other: StructureSet) -> bool:
    """Whether two structure sets hold the same contours; their UIDs do not tell, since sets are edited."""
    return one.names() == other.names() and all(same_contours(one, other, name) for name in set(one.names()))


def same_contours(one: StructureSet, other: StructureSet, name: str) -> bool:
    """Tell whether the ROIs of this name have the same contours in both structure sets."""
    pairs = [
        [structure.contours for structure in structures if structure.name == name] for structures in (one, other)
    ]
    if len(pairs[0]) != len(pairs[1]):
        return False
    for a, b in zip(*pairs, strict=True):
        if a is b:
            continue
        if a is None or b is None:
            return False
        same = np.array_equal(a.frame.normal, b.frame.normal) and all(
            x.shape == y.shape and np.allclose(x, y, rtol=0, atol=0.01)
            for x, y in (
                (a.points_mm, b.points_mm),
                (a.positions_mm, b.positions_mm),
                (a.contour_offsets, b.contour_offsets),
                (a.plane_offsets, b.plane_offsets),
            )
        )
        if not same:
            return False
    return True
