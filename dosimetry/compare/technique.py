"""One technique: a plan on its own CT, with its parts measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.anatomy import find_structure
from dosimetry.compare.facts import Facts, facts_of
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.cores import on_all_cores
from dosimetry.dvh.measured import Measured, measure
from dosimetry.errors import DerivationError
from dosimetry.imn.course import Prescribed, prescribed_to, stated_course
from dosimetry.names.parts import PARTS, Choices, treated_side
from dosimetry.names.placement import find_midline, require_sides
from dosimetry.names.resolver import resolve_roles
from dosimetry.names.roles import TARGETS
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.dvh.convention import Convention
    from dosimetry.imn.sides import Side as PlanSide
    from dosimetry.model.structures import Structure
    from dosimetry.names.laterality import Laterality

__all__ = ["METRICS", "Asked", "Technique", "measure_technique"]

METRICS: dict[str, tuple[str, ...]] = {
    "heart": ("Mean[Gy]", "D2%[Gy]", "V5Gy[%]", "V20Gy[%]"),
    "left_ventricle": ("Mean[Gy]", "V5Gy[%]"),
    "lad": ("Mean[Gy]", "D2%[Gy]"),
    "lung_ipsilateral": ("Mean[Gy]", "V5Gy[%]", "V20Gy[%]"),
    "lung_contralateral": ("Mean[Gy]", "V5Gy[%]"),
    "lungs": ("Mean[Gy]",),
    "breast_contralateral": ("Mean[Gy]", "D2%[Gy]"),
    "imn_target": ("Mean[Gy]", "D95%[Gy]", "V90%[%]"),
    "breast_target": ("D95%[Gy]", "D2%[Gy]", "V95%[%]"),
    "chestwall_target": ("D95%[Gy]", "D2%[Gy]", "V95%[%]"),
    "spinal_cord": ("Max[Gy]",),
}
"""What is compared of each part."""


@dataclass(frozen=True)
class Asked:
    """How techniques are measured.

    Attributes
    ----------
    choices
        ROIs that the user named, the side, and the institution's names: the same for all techniques.
    prescriptions
        Prescriptions that the user stated, by ROI name.
    convention
        How contours become a solid.
    any_patient
        Whether the user says that all plans are of one patient, whatever their IDs.
    """

    choices: Choices = field(default_factory=Choices)
    prescriptions: Mapping[str, Prescribed] = field(default_factory=dict)
    convention: Convention = DEFAULT_CONVENTION
    any_patient: bool = False


@dataclass(frozen=True, eq=False)
class Technique:
    """One plan, measured.

    Attributes
    ----------
    label
        As the user calls it.
    side
        The plan, or the explicit sum.
    laterality
        The treated side and how it was decided; None where no target is recognised.
    parts
        Measured structures by the part that they play.
    prescribed
        Prescriptions of the targets among them.
    course
        The highest prescription with its fractions; None where the plan states none.
    facts
        Geometry.
    warnings
        What touches all of its numbers.
    """

    label: str
    side: PlanSide
    laterality: Laterality | None
    parts: dict[str, Measured]
    prescribed: dict[str, Prescribed]
    course: Prescribed | None
    facts: Facts
    warnings: tuple[Caution, ...]

    def value(self, part: str, metric: str) -> float | None:
        """Return a number; None where it is not there."""
        measured = self.parts.get(part)
        quantity = None if measured is None else measured.metrics.get(metric)
        return None if quantity is None else quantity.value

    @property
    def covers_imn(self) -> bool | None:
        """Whether 90 % of the IMN target receive 90 % of its prescription; None where that is not known."""
        share = self.value("imn_target", "V90%[%]")
        return None if share is None else share >= 90.0

    @property
    def all_warnings(self) -> tuple[Caution, ...]:
        """Every warning once."""
        return merge(self.warnings, *(measured.warnings for measured in self.parts.values()))


def measure_technique(label: str, side: PlanSide, asked: Asked) -> Technique:
    """Measure one plan.

    Raises
    ------
    AmbiguityError
        If several ROIs may play a part; the message names the option that settles it.
    LateralityError
        If names and positions contradict each other.
    """
    resolution = resolve_roles(side.structures, asked.choices.aliases)
    targets = [
        found.structure
        for found in resolution.matches
        if found.match.role in TARGETS and found.structure.contours is not None
    ]
    laterality: Laterality | None = None
    if targets or asked.choices.laterality is not None:
        laterality = treated_side(resolution, targets, asked.choices)
    else:
        require_sides(resolution, find_midline(resolution, asked.choices.by_option))
    notes: list[Caution] = list(laterality.warnings) if laterality else []
    if laterality is None:
        text = "no target is recognised: parts of the treated and of the other side are left out"
        notes.append(Caution(Code.ROLE_NOT_AVAILABLE, label, text))
    found: dict[str, Structure] = {}
    for key in METRICS:
        part = PARTS[key]
        if part.relation and laterality is None:
            continue
        try:
            structure = find_structure(resolution, part, laterality.side if laterality else None, asked.choices)
        except DerivationError as error:
            notes.append(Caution(Code.ROLE_NOT_AVAILABLE, part.label, str(error)))
            continue
        if structure is not None:
            found[key] = structure
    prescribed = _prescribed(side, found, asked)

    def one(key: str) -> Measured:
        dose = prescribed.get(key)
        return measure(
            side.dose,
            found[key],
            METRICS[key],
            convention=asked.convention,
            prescription_gy=dose.dose_gy if dose else None,
        )

    parts = dict(zip(found, on_all_cores(one, found), strict=True))
    courses = [course for case in side.parts if (course := stated_course(case)) is not None]
    course = courses[0] if len(courses) == 1 == len(side.parts) else None
    facts = facts_of(parts, side.parts[0].patient.position, course.dose_gy if course else None)
    warnings = merge(side.warnings, notes)
    return Technique(label, side, laterality, parts, prescribed, course, facts, warnings)


def _prescribed(side: PlanSide, found: Mapping[str, Structure], asked: Asked) -> dict[str, Prescribed]:
    """Return the prescriptions of those targets that have one."""
    known = {}
    for key, structure in found.items():
        if PARTS[key].role in TARGETS:
            dose, _ = prescribed_to(structure, side.parts, asked.prescriptions)
            if dose is not None:
                known[key] = dose
    return known
