"""Write a plan of photon and electron fields as an RTPLAN."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

from dosimetry.dicom.study import EXPLICIT, decimal, items, new_object, reference, save
from dosimetry.dicom.write_beam import BeamSetup, beam_item
from dosimetry.errors import OutputError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from dosimetry.dicom.study import StudyHeader
    from dosimetry.model.plan import Beam, Plan, Prescription

__all__ = ["general_plan", "write_plan"]


def write_plan(
    path: str | os.PathLike[str],
    plan: Plan,
    header: StudyHeader,
    *,
    setups: Sequence[BeamSetup] | None = None,
    structure_set_uid: str | None = None,
    transfer_syntax: str = EXPLICIT,
) -> str:
    """Write a plan.

    Parameters
    ----------
    path
        The file to write.
    plan
        Prescriptions, fraction groups and beams; every beam belongs to every fraction group.
    header
        The study; the plan's own UIDs win over the header's.
    setups
        One for each beam of the plan, in its order; by default a 10 cm x 10 cm field at gantry 0 each.
    structure_set_uid
        SOPInstanceUID to refer to; by default the one that the plan names.
    transfer_syntax
        `IMPLICIT`, `EXPLICIT` or `DEFLATED`, each little endian.

    Returns
    -------
    str
        The SOPInstanceUID.

    Raises
    ------
    OutputError
        If setups and beams differ in number, the transfer syntax is not offered, or the file cannot be
        written.
    """
    path = Path(path)
    placed = [BeamSetup() for _ in plan.beams] if setups is None else list(setups)
    if len(placed) != len(plan.beams):
        raise OutputError(
            "each beam needs one setup", file=path, expected=f"{len(plan.beams)}", found=f"{len(placed)}"
        )
    given = [(setup.dose_gy, setup.meterset_mu) for setup in placed]
    dataset = general_plan(plan, header, RTPlanStorage, structure_set_uid, given)
    if plan.beams:
        dataset.BeamSequence = items(*map(beam_item, plan.beams, placed))
    save(path, dataset, transfer_syntax)
    return str(dataset.SOPInstanceUID)


def general_plan(
    plan: Plan,
    header: StudyHeader,
    sop_class_uid: str,
    structure_set_uid: str | None,
    given: Sequence[tuple[float, float]],
) -> Dataset:
    """Return what plans of every kind of radiation have: identity, prescriptions, fractions, patient setup.

    `given` is BeamDose and BeamMeterset of each beam.
    """
    dataset = new_object(header, "RTPLAN", sop_class_uid, plan.sop_instance_uid, plan.study_uid)
    dataset.FrameOfReferenceUID = plan.frame_of_reference_uid or header.frame
    dataset.PositionReferenceIndicator = ""
    dataset.InstanceNumber = "1"
    dataset.RTPlanLabel = plan.label[:16]
    dataset.RTPlanName = plan.label
    dataset.RTPlanDate = header.date
    dataset.RTPlanTime = header.time
    dataset.PlanIntent = "RESEARCH"
    structures = structure_set_uid or plan.structure_set_uid
    # A plan that refers to no structure set has treatment geometry only (PS3.3 C.8.8.9).
    dataset.RTPlanGeometry = "PATIENT" if structures else "TREATMENT_DEVICE"
    if structures:
        dataset.ReferencedStructureSetSequence = items(reference(RTStructureSetStorage, structures))
    if plan.prescriptions:
        dataset.DoseReferenceSequence = items(
            *(_prescription_item(header, p, number) for number, p in enumerate(plan.prescriptions, start=1))
        )
    if plan.fraction_counts:
        dataset.FractionGroupSequence = items(
            *(
                _fraction_item(plan.beams, given, count, number)
                for number, count in enumerate(plan.fraction_counts, start=1)
            )
        )
    setup = Dataset()
    setup.PatientSetupNumber = "1"
    setup.PatientPosition = header.patient_position
    dataset.PatientSetupSequence = items(setup)
    dataset.ApprovalStatus = plan.approval or "UNAPPROVED"
    return dataset


def _prescription_item(header: StudyHeader, prescription: Prescription, number: int) -> Dataset:
    item = Dataset()
    item.DoseReferenceNumber = str(number)
    item.DoseReferenceUID = header.uid("RTPLAN", header.series_label, "dose reference", number)
    item.DoseReferenceStructureType = prescription.structure_type
    item.DoseReferenceDescription = prescription.description
    item.DoseReferenceType = "TARGET"
    if prescription.roi_number is not None:
        item.ReferencedROINumber = str(prescription.roi_number)
    item.TargetPrescriptionDose = decimal(prescription.dose_gy)
    return item


def _fraction_item(
    beams: Sequence[Beam], given: Sequence[tuple[float, float]], count: int | None, number: int
) -> Dataset:
    item = Dataset()
    item.FractionGroupNumber = str(number)
    item.NumberOfFractionsPlanned = None if count is None else str(count)
    item.NumberOfBeams = str(len(beams))
    item.NumberOfBrachyApplicationSetups = "0"
    used = []
    for beam, (dose_gy, meterset) in zip(beams, given, strict=True):
        entry = Dataset()
        entry.ReferencedBeamNumber = str(beam.number)
        entry.BeamDose = decimal(dose_gy)
        entry.BeamMeterset = decimal(meterset)
        used.append(entry)
    if used:
        item.ReferencedBeamSequence = items(*used)
    return item
