"""Write a plan of static photon fields as an RTPLAN."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

from dosimetry.dicom.study import EXPLICIT, decimal, decimals, items, new_object, reference, save
from dosimetry.errors import OutputError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from dosimetry.dicom.study import StudyHeader
    from dosimetry.model.plan import Beam, Plan, Prescription

__all__ = ["BeamSetup", "write_plan"]

_AXIS_MM = 1000.0
# Where jaws and leaves of a common machine stand, source to device.
_DEVICE_MM = {"X": 406.0, "Y": 319.0, "MLCX": 490.0}


@dataclass(frozen=True, slots=True)
class BeamSetup:
    """How a static beam is set up; positions of jaws and leaves at the isocentre, IEC 61217, in mm.

    Attributes
    ----------
    gantry_deg
        Gantry angle; collimator and couch stand at 0.
    isocentre_mm
        LPS.
    x_jaws_mm, y_jaws_mm
        Lower and upper jaw.
    leaf_edges_mm
        Boundaries of the leaf pairs along y, leaves + 1 numbers; empty for a beam without leaves.
    leaves_mm
        Positions of the leaves of the first bank, then of the second, 2 x leaves numbers.
    wedge_deg, wedge_orientation_deg
        Angle and orientation of a physical wedge; angle 0 for none.
    energy_mv
        Nominal beam energy.
    meterset_mu
        Monitor units of one fraction.
    dose_gy
        BeamDose: what one fraction of it gives to the prescription's reference.
    """

    gantry_deg: float = 0.0
    isocentre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    x_jaws_mm: tuple[float, float] = (-50.0, 50.0)
    y_jaws_mm: tuple[float, float] = (-50.0, 50.0)
    leaf_edges_mm: tuple[float, ...] = ()
    leaves_mm: tuple[float, ...] = ()
    wedge_deg: float = 0.0
    wedge_orientation_deg: float = 0.0
    energy_mv: float = 6.0
    meterset_mu: float = 100.0
    dose_gy: float = 1.0


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
    dataset = new_object(header, "RTPLAN", RTPlanStorage, plan.sop_instance_uid, plan.study_uid)
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
                _fraction_item(plan.beams, placed, count, number)
                for number, count in enumerate(plan.fraction_counts, start=1)
            )
        )
    setup = Dataset()
    setup.PatientSetupNumber = "1"
    setup.PatientPosition = header.patient_position
    dataset.PatientSetupSequence = items(setup)
    if plan.beams:
        dataset.BeamSequence = items(*map(_beam_item, plan.beams, placed))
    dataset.ApprovalStatus = plan.approval or "UNAPPROVED"
    save(path, dataset, transfer_syntax)
    return str(dataset.SOPInstanceUID)


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


def _fraction_item(beams: Sequence[Beam], setups: Sequence[BeamSetup], count: int | None, number: int) -> Dataset:
    item = Dataset()
    item.FractionGroupNumber = str(number)
    item.NumberOfFractionsPlanned = None if count is None else str(count)
    item.NumberOfBeams = str(len(beams))
    item.NumberOfBrachyApplicationSetups = "0"
    used = []
    for beam, setup in zip(beams, setups, strict=True):
        entry = Dataset()
        entry.ReferencedBeamNumber = str(beam.number)
        entry.BeamDose = decimal(setup.dose_gy)
        entry.BeamMeterset = decimal(setup.meterset_mu)
        used.append(entry)
    if used:
        item.ReferencedBeamSequence = items(*used)
    return item


def _beam_item(beam: Beam, setup: BeamSetup) -> Dataset:
    item = Dataset()
    item.BeamNumber = str(beam.number)
    item.BeamName = beam.name
    item.BeamType = "STATIC"
    item.RadiationType = beam.radiation
    item.TreatmentDeliveryType = beam.delivery
    item.TreatmentMachineName = "SYNTHETIC"
    item.PrimaryDosimeterUnit = "MU"
    item.SourceAxisDistance = decimal(_AXIS_MM)
    item.BeamLimitingDeviceSequence = items(
        *(_device_item(name, setup) for name in ("X", "Y", *(("MLCX",) if setup.leaves_mm else ())))
    )
    item.ReferencedPatientSetupNumber = "1"
    item.NumberOfWedges = "1" if setup.wedge_deg else "0"
    if setup.wedge_deg:
        item.WedgeSequence = items(_wedge_item(setup))
    item.NumberOfCompensators = "0"
    item.NumberOfBoli = "0"
    item.NumberOfBlocks = "0"
    item.FinalCumulativeMetersetWeight = "1"
    item.NumberOfControlPoints = "2"
    last = Dataset()
    last.ControlPointIndex = "1"
    last.CumulativeMetersetWeight = "1"
    item.ControlPointSequence = items(_first_control_point(setup), last)
    return item


def _device_item(name: str, setup: BeamSetup) -> Dataset:
    item = Dataset()
    item.RTBeamLimitingDeviceType = name
    item.SourceToBeamLimitingDeviceDistance = decimal(_DEVICE_MM[name])
    item.NumberOfLeafJawPairs = "1"
    if name == "MLCX":
        item.NumberOfLeafJawPairs = str(len(setup.leaf_edges_mm) - 1)
        item.LeafPositionBoundaries = decimals(setup.leaf_edges_mm)
    return item


def _wedge_item(setup: BeamSetup) -> Dataset:
    item = Dataset()
    item.WedgeNumber = "1"
    item.WedgeType = "STANDARD"
    item.WedgeID = f"W{setup.wedge_deg:g}"
    item.WedgeAngle = str(round(setup.wedge_deg))
    item.WedgeFactor = None
    item.WedgeOrientation = decimal(setup.wedge_orientation_deg)
    item.SourceToWedgeTrayDistance = None
    return item


def _first_control_point(setup: BeamSetup) -> Dataset:
    point = Dataset()
    point.ControlPointIndex = "0"
    point.NominalBeamEnergy = decimal(setup.energy_mv)
    point.DoseRateSet = "600"
    if setup.wedge_deg:
        wedge = Dataset()
        wedge.ReferencedWedgeNumber = "1"
        wedge.WedgePosition = "IN"
        point.WedgePositionSequence = items(wedge)
    positions: list[tuple[str, tuple[float, ...]]] = [("X", setup.x_jaws_mm), ("Y", setup.y_jaws_mm)]
    if setup.leaves_mm:
        positions.append(("MLCX", setup.leaves_mm))
    devices = []
    for name, values in positions:
        device = Dataset()
        device.RTBeamLimitingDeviceType = name
        device.LeafJawPositions = decimals(values)
        devices.append(device)
    point.BeamLimitingDevicePositionSequence = items(*devices)
    point.GantryAngle = decimal(setup.gantry_deg)
    point.GantryRotationDirection = "NONE"
    point.BeamLimitingDeviceAngle = "0"
    point.BeamLimitingDeviceRotationDirection = "NONE"
    point.PatientSupportAngle = "0"
    point.PatientSupportRotationDirection = "NONE"
    point.TableTopEccentricAngle = "0"
    point.TableTopEccentricRotationDirection = "NONE"
    for axis in ("Vertical", "Longitudinal", "Lateral"):
        setattr(point, f"TableTop{axis}Position", None)
    point.IsocenterPosition = decimals(setup.isocentre_mm)
    point.CumulativeMetersetWeight = "0"
    return point
