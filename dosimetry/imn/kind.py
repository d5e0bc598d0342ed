"""What kind of comparison two sides are: the increment of IMN irradiation, or something else by that name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.dose_arithmetic.alike import same_dose
from dosimetry.dose_arithmetic.cases import same_contours
from dosimetry.errors import ComparisonError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from dosimetry.imn.anatomy import Anatomy
    from dosimetry.imn.sides import Side

__all__ = ["Comparability", "Kind", "classify", "require_comparable"]


class Kind(StrEnum):
    """Stable names of the kinds."""

    INCREMENT = "increment"
    IMN_FIELD = "imn-field"
    NODES_DROPPED = "nodes-dropped-too"
    STRUCTURES_DIFFER = "structures-differ"
    TECHNIQUE = "technique-comparison"

    @property
    def text(self) -> str:
        """The kind in words."""
        return _TEXT[self]


_TEXT = {
    Kind.INCREMENT: (
        "two plans on the same structure set and frame of reference: the increment of IMN irradiation"
    ),
    Kind.IMN_FIELD: (
        "contribution of the IMN field: both sides share a plan, and one of them has fields or a plan more; "
        "not the increment over a plan made without the IMN"
    ),
    Kind.NODES_DROPPED: (
        "the plan without IMN drops other nodal irradiation too: the increment is that of all nodes, "
        "not of the IMN alone"
    ),
    Kind.STRUCTURES_DIFFER: (
        "the same frame of reference, but heart or IMN target were drawn differently: "
        "the difference holds the contouring too"
    ),
    Kind.TECHNIQUE: "different CT series: a comparison of techniques, not an IMN increment",
}


@dataclass(frozen=True, slots=True)
class Comparability:
    """What the two sides have in common.

    Attributes
    ----------
    kind
        The kind of comparison.
    same_patient, same_frame, same_structures
        Patient ID, frame of reference, and structure set (or the same heart and IMN contours).
    warnings
        What follows for the increment.
    """

    kind: Kind
    same_patient: bool
    same_frame: bool
    same_structures: bool
    warnings: tuple[Caution, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the comparison as JSON-ready values."""
        return {
            "class": self.kind.value,
            "text": self.kind.text,
            "same_patient": self.same_patient,
            "same_frame_of_reference": self.same_frame,
            "same_structure_set": self.same_structures,
        }


def _same_frame(without: Side, with_: Side) -> bool:
    frame = with_.dose.frame_of_reference_uid
    return bool(frame) and frame == without.dose.frame_of_reference_uid


def require_comparable(without: Side, with_: Side, *, any_patient: bool) -> bool:
    """Refuse pairs that must not be compared; return whether both sides carry the same patient ID.

    Raises
    ------
    ComparisonError
        For different patients (unless `any_patient`), the same dose on both sides, or a mixture of physical and
        RBE-weighted dose.
    """
    ids = [{part.patient.identity[1].strip() for part in side.parts} for side in (without, with_)]
    together = ids[0] | ids[1]
    # Without any ID the frame of reference still ties both plans to one CT.
    same = len(together) == 1 and (bool(next(iter(together))) or _same_frame(without, with_))
    if not same and not any_patient:
        named = all(together)
        raise ComparisonError(
            "the plans are of different patients" if named else "the plans do not tell whose they are",
            expected="one patient ID on both sides",
            found=f"{len(together)} patient IDs" if named else "a missing patient ID",
            remedy="--same-patient, if you are sure that they are the same person",
        )
    if without.dose.dose_type is not with_.dose.dose_type:
        raise ComparisonError(
            "physical and RBE-weighted doses cannot be compared",
            found=f"{without.dose.dose_type.value} without, {with_.dose.dose_type.value} with IMN",
        )
    if same_dose(without.dose, with_.dose):
        raise ComparisonError(
            "the same dose on both sides",
            expected="a plan without and a plan with the IMN target",
            found="two doses that agree in every voxel",
            remedy="check which plan was exported twice",
        )
    return same


def classify(
    without: Side, with_: Side, anatomies: tuple[Anatomy, Anatomy], *, same_patient: bool, nodes_dropped: bool
) -> Comparability:
    """Tell what kind of comparison two comparable sides are."""
    frame = _same_frame(without, with_)
    structures = frame and _same_structures(without, with_, anatomies)
    notes: list[Caution] = []
    if not same_patient:
        text = "patient IDs do not agree; taken as the same patient because the user says so"
        notes.append(Caution(Code.PATIENT_MISMATCH, "comparison", text))
    if not frame:
        kind = Kind.TECHNIQUE
        text = "the plans lie on different CT series: their difference holds breathing, position and contouring too"
        notes.append(Caution(Code.DIFFERENT_CT, "comparison", text))
    elif not structures:
        kind = Kind.STRUCTURES_DIFFER
        notes.append(Caution(Code.STRUCTURES_DIFFER, "comparison", Kind.STRUCTURES_DIFFER.text))
    elif nodes_dropped:
        kind = Kind.NODES_DROPPED
    elif _shares_plan(without, with_):
        kind = Kind.IMN_FIELD
        notes.append(Caution(Code.IMN_FIELD_ALONE, "comparison", Kind.IMN_FIELD.text))
        if without.without_beams:
            notes.append(_by_subtraction(without.without_beams))
    else:
        kind = Kind.INCREMENT
    if nodes_dropped:  # said whatever the kind: it may hide behind another CT or redrawn structures
        notes.append(Caution(Code.NODES_DROPPED_TOO, "comparison", Kind.NODES_DROPPED.text))
    return Comparability(kind, same_patient, frame, structures, (*notes, *_fractionation(without, with_)))


def _same_structures(without: Side, with_: Side, anatomies: tuple[Anatomy, Anatomy]) -> bool:
    """Whether heart and IMN target have the same contours: an edited structure set can keep its UID."""
    return all(
        before.name == after.name and same_contours(without.structures, with_.structures, after.name)
        for before, after in zip(*((anatomy.heart, anatomy.imn) for anatomy in anatomies), strict=True)
    )


def _shares_plan(without: Side, with_: Side) -> bool:
    """Whether the sides differ by fields of one plan, or by a plan added to otherwise unchanged ones."""
    if without.without_beams:
        return True
    doses = [
        {part.dose.sop_instance_uid for part in side.parts if part.dose.sop_instance_uid}
        for side in (without, with_)
    ]
    if doses[0] & doses[1]:
        return True
    plans = [
        {part.rtplan.sop_instance_uid for part in side.parts if part.rtplan and part.rtplan.sop_instance_uid}
        for side in (without, with_)
    ]
    fields = any(not part.dose.summation.is_whole_plan for side in (without, with_) for part in side.parts)
    return fields and bool(plans[0] & plans[1])


def _by_subtraction(beams: tuple[str, ...]) -> Caution:
    text = (
        f"the plan without IMN is the plan with IMN less beam {', '.join(beams)}: its other beams were planned "
        "with that field in mind, and a plan made without the IMN would have others"
    )
    return Caution(Code.IMN_BY_SUBTRACTION, "comparison", text)


def _fractionation(without: Side, with_: Side) -> tuple[Caution, ...]:
    counts = [
        sorted(part.rtplan.fractions if part.rtplan and part.rtplan.fractions else 0 for part in side.parts)
        for side in (without, with_)
    ]
    if 0 in counts[0] + counts[1]:
        text = "the number of fractions is not known on both sides: it cannot be checked that they are the same"
        return (Caution(Code.FRACTIONATION_UNKNOWN, "comparison", text),)
    if counts[0] == counts[1]:
        return ()
    shown = [" + ".join(str(count) for count in side) for side in counts]
    if len({*counts[0], *counts[1]}) == 1:
        text = (
            f"{shown[0]} fractions without and {shown[1]} with IMN: no plan states whether the parts of a sum are "
            "given in the same fractions"
        )
        return (Caution(Code.FRACTIONATION_UNKNOWN, "comparison", text),)
    text = (
        f"{shown[0]} fractions without and {shown[1]} with IMN: "
        "doses of different fractionations do not compare gray by gray"
    )
    return (Caution(Code.FRACTIONATION_DIFFERS, "comparison", text),)
