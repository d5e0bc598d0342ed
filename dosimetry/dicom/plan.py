"""RTPLAN to :class:`~dosimetry.model.plan.Plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.elements import float_values, integer, items, optional_text, raw_bytes
from dosimetry.dicom.files import open_file
from dosimetry.errors import NotDicomError
from dosimetry.model.plan import Beam, Plan, Prescription
from dosimetry.provenance import SourceFile
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

    from dosimetry.dicom.files import OpenedFile

__all__ = ["read_plan"]


def read_plan(path: Path) -> Plan:
    """Read an RTPLAN or RT Ion Plan file.

    Raises
    ------
    NotDicomError, DicomFileError
        If the file is no RTPLAN, or damaged.
    """
    with open_file(path) as opened:
        return plan_of(opened)


def plan_of(opened: OpenedFile) -> Plan:
    """Return the plan of an opened RTPLAN file; errors as in :func:`read_plan`."""
    path, dataset = opened.path, opened.dataset
    if opened.kind != "RTPLAN":
        raise NotDicomError("is not an RT Plan", file=path, expected="RTPLAN", found=opened.kind)
    notes = list(opened.warnings)
    with tidy(path, notes):
        approval = optional_text(dataset, "ApprovalStatus").upper()
        if approval != "APPROVED":
            text = f"the plan is not approved (ApprovalStatus {approval or 'not stated'})"
            notes.append(Caution(Code.DOSE_NOT_APPROVED, "plan", text))
        groups = items(dataset, "FractionGroupSequence")
        fractions = tuple(integer(group, "NumberOfFractionsPlanned", path, default=0) or None for group in groups)
        beams = items(dataset, "BeamSequence") or items(dataset, "IonBeamSequence")
        references = items(dataset, "ReferencedStructureSetSequence")
        missing = _missing(dataset, path, groups, beams)
        if missing:
            text = f"the file has no {missing}, which it must have: was it cut short?"
            notes.append(Caution(Code.FILE_INCOMPLETE, "plan", text))
        uid = optional_text(dataset, "SOPInstanceUID") or None
        return Plan(
            label=optional_text(dataset, "RTPlanLabel"),
            prescriptions=_prescriptions(dataset, path),
            fraction_counts=fractions,
            beams=tuple(_beam(beam, path) for beam in beams),
            approval=approval,
            frame_of_reference_uid=optional_text(dataset, "FrameOfReferenceUID") or None,
            sop_instance_uid=uid,
            study_uid=optional_text(dataset, "StudyInstanceUID") or None,
            structure_set_uid=next(
                (found for item in references if (found := optional_text(item, "ReferencedSOPInstanceUID"))),
                None,
            ),
            source=SourceFile("RTPLAN", opened.sha256, uid, path.name),
            warnings=tuple(notes),
        )


def _missing(dataset: Dataset, path: Path, groups: Sequence[Dataset], beams: Sequence[Dataset]) -> str:
    """Return what the plan must have and has not: a file that ends between two elements looks whole otherwise."""
    if not groups and not beams:
        return "fractions and beams"
    if not beams and any(integer(group, "NumberOfBeams", path, default=0) for group in groups):
        return "beams"
    if optional_text(dataset, "RTPlanGeometry") == "PATIENT" and "ReferencedStructureSetSequence" not in dataset:
        return "reference to a structure set"
    return ""


def _prescriptions(dataset: Dataset, path: Path) -> tuple[Prescription, ...]:
    """Return the items that prescribe a dose to a target."""
    found = []
    for item in items(dataset, "DoseReferenceSequence"):
        raw = raw_bytes(item, "TargetPrescriptionDose")
        if optional_text(item, "DoseReferenceType").upper() != "TARGET" or not (raw or b"").strip(b" \0"):
            continue
        roi = integer(item, "ReferencedROINumber", path, default=-1)
        found.append(
            Prescription(
                description=optional_text(item, "DoseReferenceDescription"),
                structure_type=optional_text(item, "DoseReferenceStructureType").upper(),
                roi_number=None if roi < 0 else roi,
                dose_gy=float(float_values(item, "TargetPrescriptionDose", path, 1)[0]),
            )
        )
    return tuple(found)


def _beam(item: Dataset, path: Path) -> Beam:
    return Beam(
        number=integer(item, "BeamNumber", path, default=0),
        name=optional_text(item, "BeamName"),
        radiation=optional_text(item, "RadiationType").upper(),
        delivery=optional_text(item, "TreatmentDeliveryType").upper(),
    )
