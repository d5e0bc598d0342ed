"""Sums of cases: plans, or the beams of one plan, that were made on the same structures."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic.alike import same_dose
from dosimetry.dose_arithmetic.beams import sum_of_beams
from dosimetry.errors import ComparisonError
from dosimetry.model.dose import Summation
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import StructureSet

__all__ = ["course_dose", "plans_of", "repeated_doses", "require_same_structures", "same_contours"]


def course_dose(case: Case) -> Dose:
    """Return the dose of a case with the number of fractions that its plan states."""
    if case.dose.fractions is not None or case.rtplan is None or case.rtplan.fractions is None:
        return case.dose
    return replace(case.dose, fractions=case.rtplan.fractions)


def plans_of(cases: Sequence[Case], item: str | None = None) -> tuple[Case, ...]:
    """Return one case for each plan: the doses of all beams of a plan are put together.

    Raises
    ------
    ComparisonError
        If one dose is there twice, or two doses are of one plan and not both of beams: one of them holds the other.
    LinkError
        If a beam is missing or there twice.
    """
    for one, other in combinations(cases, 2):
        if one.dose.sop_instance_uid and one.dose.sop_instance_uid == other.dose.sop_instance_uid:
            raise ComparisonError(
                "the same dose is given twice",
                item=item,
                file=other.dose.source.name if other.dose.source else None,
                remedy="name each plan of a sum once",
            )
    groups: list[list[Case]] = []
    for case in cases:
        own = set(case.dose.plan_uids)
        known = next((group for group in groups if any(own & set(one.dose.plan_uids) for one in group)), None)
        if known is None:
            groups.append([case])
        else:
            known.append(case)
    return tuple(group[0] if len(group) == 1 else _beams_together(group, item) for group in groups)


def _beams_together(group: Sequence[Case], item: str | None) -> Case:
    first = group[0]
    if any(case.dose.summation is not Summation.BEAM for case in group):
        raise ComparisonError(
            "two doses of one plan are not added up: one of them may hold the other",
            item=item,
            expected="one dose of each plan, or the doses of all of its beams",
            found=", ".join(case.dose.summation.value for case in group),
            remedy="name the plan's dose alone, or its beams' doses alone",
        )
    plan = next((case.rtplan for case in group if case.rtplan is not None), None)
    if plan is None:
        raise ComparisonError(
            "beams are added up where the plan tells which there are",
            item=item,
            expected="the RTPLAN that the beam doses refer to",
            remedy="name the RTPLAN file too",
        )
    require_same_structures(group, item)
    total = sum_of_beams(plan, [course_dose(case) for case in group])
    warnings = merge(*(case.warnings for case in group))
    return replace(first, dose=total, rtplan=plan, warnings=warnings)


def require_same_structures(cases: Sequence[Case], item: str | None = None) -> None:
    """Refuse to put plans together that were made on different structures."""
    for case in cases[1:]:
        if case.structures is not cases[0].structures and not _same_set(cases[0].structures, case.structures):
            raise ComparisonError(
                "plans to be added were made on different structure sets",
                item=item,
                remedy="add plans of one structure set only",
            )


def repeated_doses(doses: Sequence[Dose], label: str) -> tuple[Caution, ...]:
    """Warn where two files hold the same dose."""
    for one, other in combinations(doses, 2):
        if same_dose(one, other):
            text = "two of the summed doses agree in every voxel: was one plan exported twice?"
            return (Caution(Code.DOSE_SUMMED, label, text),)
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
