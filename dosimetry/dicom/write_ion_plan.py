"""Write a plan of scanned proton fields as an RT Ion Plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset
from pydicom.uid import RTIonPlanStorage

from dosimetry.dicom.study import EXPLICIT, decimal, decimals, items, save
from dosimetry.dicom.write_beam import no_rotation
from dosimetry.dicom.write_plan import general_plan
from dosimetry.errors import OutputError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from dosimetry.dicom.study import StudyHeader
    from dosimetry.model.plan import Beam, Plan

__all__ = ["IonBeamSetup", "IonLayer", "write_ion_plan"]

_AXIS_MM = (2000.0, 2000.0)


@dataclass(frozen=True, slots=True)
class IonLayer:
    """The spots of one energy.

    Attributes
    ----------
    energy_mev
        NominalBeamEnergy.
    spots_mm
        x and y of each spot at the isocentre, in turn.
    weights
        ScanSpotMetersetWeights, one for each spot.
    """

    energy_mev: float
    spots_mm: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IonBeamSetup:
    """How a scanned field is set up.

    Attributes
    ----------
    gantry_deg
        Gantry angle; couch and snout stand at 0.
    isocentre_mm
        LPS.
    shifter_mm
        Water-equivalent thickness of the range shifter.
    spot_mm
        Full width of a spot at half its maximum.
    layers
        From the highest energy to the lowest.
    dose_gy
        BeamDose of one fraction.
    """

    gantry_deg: float
    isocentre_mm: tuple[float, float, float]
    shifter_mm: float
    spot_mm: float
    layers: tuple[IonLayer, ...]
    dose_gy: float

    @property
    def meterset(self) -> float:
        """Sum of all weights: the monitor units of one fraction."""
        return sum(sum(layer.weights) for layer in self.layers)


def write_ion_plan(
    path: str | os.PathLike[str],
    plan: Plan,
    header: StudyHeader,
    setups: Sequence[IonBeamSetup],
    *,
    structure_set_uid: str | None = None,
    transfer_syntax: str = EXPLICIT,
) -> str:
    """Write a plan of scanned protons; parameters and errors are those of :func:`write_plan`.

    Returns
    -------
    str
        The SOPInstanceUID.
    """
    path = Path(path)
    if len(setups) != len(plan.beams):
        raise OutputError(
            "each beam needs one setup", file=path, expected=f"{len(plan.beams)}", found=f"{len(setups)}"
        )
    given = [(setup.dose_gy, round(setup.meterset, 4)) for setup in setups]
    dataset = general_plan(plan, header, RTIonPlanStorage, structure_set_uid, given)
    dataset.IonBeamSequence = items(*map(_beam_item, plan.beams, setups))
    save(path, dataset, transfer_syntax)
    return str(dataset.SOPInstanceUID)


def _beam_item(beam: Beam, setup: IonBeamSetup) -> Dataset:
    item = Dataset()
    item.BeamNumber = str(beam.number)
    item.BeamName = beam.name
    item.BeamType = "STATIC"
    item.RadiationType = "PROTON"
    item.ScanMode = "MODULATED"
    item.ModulatedScanModeType = "STATIONARY"
    item.TreatmentMachineName = "SYNTHETIC"
    item.PrimaryDosimeterUnit = "MU"
    item.VirtualSourceAxisDistances = list(_AXIS_MM)
    item.ReferencedPatientSetupNumber = "1"
    item.PatientSupportType = "TABLE"
    for name in ("Wedges", "Compensators", "Boli", "Blocks", "LateralSpreadingDevices", "RangeModulators"):
        setattr(item, f"NumberOf{name}", "0")
    item.NumberOfRangeShifters = "1"
    shifter = Dataset()
    shifter.RangeShifterNumber = "1"
    shifter.RangeShifterID = f"RS{setup.shifter_mm:g}"
    shifter.RangeShifterType = "BINARY"
    item.RangeShifterSequence = items(shifter)
    item.TreatmentDeliveryType = beam.delivery
    item.FinalCumulativeMetersetWeight = decimal(setup.meterset)
    points: list[Dataset] = []
    total = 0.0
    for layer in setup.layers:
        # Each energy has a point before and after its spots; the second one carries no weight of its own.
        points.append(_control_point(setup, layer, len(points), total))
        total += sum(layer.weights)
        points.append(_end_point(layer, len(points), total))
    item.NumberOfControlPoints = str(len(points))
    item.IonControlPointSequence = items(*points)
    return item


def _control_point(setup: IonBeamSetup, layer: IonLayer, index: int, total: float) -> Dataset:
    point = _spots(layer, index, total, layer.weights)
    if index == 0:
        point.GantryAngle = setup.gantry_deg
        point.GantryRotationDirection = "NONE"
        point.GantryPitchAngle = 0.0
        point.GantryPitchRotationDirection = "NONE"
        no_rotation(point)
        point.TableTopPitchAngle = 0.0
        point.TableTopPitchRotationDirection = "NONE"
        point.TableTopRollAngle = 0.0
        point.TableTopRollRotationDirection = "NONE"
        point.IsocenterPosition = decimals(setup.isocentre_mm)
        point.SnoutPosition = 400.0
        shifter = Dataset()
        shifter.ReferencedRangeShifterNumber = "1"
        shifter.RangeShifterSetting = "IN"
        shifter.IsocenterToRangeShifterDistance = 300.0
        shifter.RangeShifterWaterEquivalentThickness = setup.shifter_mm
        point.RangeShifterSettingsSequence = items(shifter)
        point.ScanningSpotSize = [setup.spot_mm, setup.spot_mm]
    return point


def _end_point(layer: IonLayer, index: int, total: float) -> Dataset:
    return _spots(layer, index, total, (0.0,) * len(layer.weights))


def _spots(layer: IonLayer, index: int, total: float, weights: tuple[float, ...]) -> Dataset:
    point = Dataset()
    point.ControlPointIndex = str(index)
    point.NominalBeamEnergy = decimal(layer.energy_mev)
    point.CumulativeMetersetWeight = decimal(round(total, 6))
    point.ScanSpotTuneID = "SYNTHETIC"
    point.NumberOfScanSpotPositions = str(len(weights))
    point.ScanSpotPositionMap = list(layer.spots_mm)
    point.ScanSpotMetersetWeights = list(weights)
    point.NumberOfPaintings = "1"
    return point
