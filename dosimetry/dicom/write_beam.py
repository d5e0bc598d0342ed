"""The beams of an RTPLAN: photon fields of one or more apertures, and electron fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset

from dosimetry.dicom.study import decimal, decimals, items

if TYPE_CHECKING:
    from dosimetry.model.plan import Beam

__all__ = ["BeamSetup", "ControlPoint", "beam_item", "no_rotation"]

_AXIS_MM = 1000.0
# Where jaws and leaves of a common machine stand, source to device.
_DEVICE_MM = {"X": 406.0, "Y": 319.0, "MLCX": 490.0}
_TRAY_MM = 950.0  # of an electron applicator


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """Where the leaves stand when a share of the monitor units has been given.

    Attributes
    ----------
    meterset
        CumulativeMetersetWeight, 0 to 1.
    leaves_mm
        Positions of the leaves of the first bank, then of the second, 2 x leaves numbers.
    """

    meterset: float
    leaves_mm: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BeamSetup:
    """How a beam is set up; positions of jaws and leaves at the isocentre, IEC 61217, in mm.

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
    control_points
        Positions of the leaves as the beam goes on, from meterset 0 to 1; empty for a beam that keeps still.
    wedge_deg, wedge_orientation_deg
        Angle and orientation of a physical wedge; angle 0 for none.
    applicator_mm
        Side of a square electron applicator; 0 for none.
    cutout_mm
        Corners of its cut-out, x and y in turn; empty for none.
    energy_mv
        Nominal beam energy, MV of photons or MeV of electrons.
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
    control_points: tuple[ControlPoint, ...] = ()
    wedge_deg: float = 0.0
    wedge_orientation_deg: float = 0.0
    applicator_mm: float = 0.0
    cutout_mm: tuple[float, ...] = ()
    energy_mv: float = 6.0
    meterset_mu: float = 100.0
    dose_gy: float = 1.0

    @property
    def has_leaves(self) -> bool:
        """Whether a multileaf collimator shapes the beam."""
        return bool(self.leaves_mm or self.control_points)


def beam_item(beam: Beam, setup: BeamSetup) -> Dataset:
    """Return the item of the BeamSequence."""
    item = Dataset()
    item.BeamNumber = str(beam.number)
    item.BeamName = beam.name
    item.BeamType = "DYNAMIC" if setup.control_points else "STATIC"
    item.RadiationType = beam.radiation
    item.TreatmentDeliveryType = beam.delivery
    item.TreatmentMachineName = "SYNTHETIC"
    item.PrimaryDosimeterUnit = "MU"
    item.SourceAxisDistance = decimal(_AXIS_MM)
    item.BeamLimitingDeviceSequence = items(
        *(_device_item(name, setup) for name in ("X", "Y", *(("MLCX",) if setup.has_leaves else ())))
    )
    item.ReferencedPatientSetupNumber = "1"
    item.NumberOfWedges = "1" if setup.wedge_deg else "0"
    if setup.wedge_deg:
        item.WedgeSequence = items(_wedge_item(setup))
    item.NumberOfCompensators = "0"
    item.NumberOfBoli = "0"
    item.NumberOfBlocks = "1" if setup.cutout_mm else "0"
    if setup.cutout_mm:
        item.BlockSequence = items(_cutout_item(setup))
    if setup.applicator_mm:
        item.ApplicatorSequence = items(_applicator_item(setup))
    item.FinalCumulativeMetersetWeight = "1"
    points = [_first_control_point(setup), *map(_later_control_point, setup.control_points[1:])]
    if not setup.control_points:
        last = Dataset()
        last.CumulativeMetersetWeight = "1"
        points.append(last)
    for index, point in enumerate(points):
        point.ControlPointIndex = str(index)
    item.NumberOfControlPoints = str(len(points))
    item.ControlPointSequence = items(*points)
    return item


def no_rotation(point: Dataset) -> None:
    """Set collimator and couch to 0, and nothing to turn."""
    point.BeamLimitingDeviceAngle = "0"
    point.BeamLimitingDeviceRotationDirection = "NONE"
    point.PatientSupportAngle = "0"
    point.PatientSupportRotationDirection = "NONE"
    for axis in ("Vertical", "Longitudinal", "Lateral"):
        setattr(point, f"TableTop{axis}Position", None)


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


def _applicator_item(setup: BeamSetup) -> Dataset:
    item = Dataset()
    item.ApplicatorID = f"A{setup.applicator_mm / 10:g}"
    item.ApplicatorType = "ELECTRON_SQUARE"
    return item


def _cutout_item(setup: BeamSetup) -> Dataset:
    item = Dataset()
    item.SourceToBlockTrayDistance = decimal(_TRAY_MM)
    item.BlockType = "APERTURE"
    item.BlockDivergence = "PRESENT"
    item.BlockMountingPosition = "SOURCE_SIDE"
    item.BlockNumber = "1"
    item.BlockName = "SYNTHETIC"
    item.MaterialID = "CERROBEND"
    item.BlockThickness = "15"
    item.BlockTransmission = "0"
    item.BlockNumberOfPoints = str(len(setup.cutout_mm) // 2)
    item.BlockData = decimals(setup.cutout_mm)
    return item


def _positions_item(name: str, values: tuple[float, ...]) -> Dataset:
    item = Dataset()
    item.RTBeamLimitingDeviceType = name
    item.LeafJawPositions = decimals(values)
    return item


def _first_control_point(setup: BeamSetup) -> Dataset:
    point = Dataset()
    point.NominalBeamEnergy = decimal(setup.energy_mv)
    point.DoseRateSet = "600"
    if setup.wedge_deg:
        wedge = Dataset()
        wedge.ReferencedWedgeNumber = "1"
        wedge.WedgePosition = "IN"
        point.WedgePositionSequence = items(wedge)
    positions: list[tuple[str, tuple[float, ...]]] = [("X", setup.x_jaws_mm), ("Y", setup.y_jaws_mm)]
    if setup.has_leaves:
        leaves = setup.control_points[0].leaves_mm if setup.control_points else setup.leaves_mm
        positions.append(("MLCX", leaves))
    point.BeamLimitingDevicePositionSequence = items(*(_positions_item(*each) for each in positions))
    point.GantryAngle = decimal(setup.gantry_deg)
    point.GantryRotationDirection = "NONE"
    no_rotation(point)
    point.TableTopEccentricAngle = "0"
    point.TableTopEccentricRotationDirection = "NONE"
    point.IsocenterPosition = decimals(setup.isocentre_mm)
    point.CumulativeMetersetWeight = "0"
    return point


def _later_control_point(at: ControlPoint) -> Dataset:
    point = Dataset()
    point.BeamLimitingDevicePositionSequence = items(_positions_item("MLCX", at.leaves_mm))
    point.CumulativeMetersetWeight = decimal(at.meterset)
    return point
