"""Segmented photon fields, electron fields, scanned protons and doses of single beams, read back by pydicom."""

from __future__ import annotations

import exports
import numpy as np
import pydicom
import pytest

from dosimetry.dicom.plan import read_plan
from dosimetry.dicom.write import (
    BeamSetup,
    ControlPoint,
    IonBeamSetup,
    IonLayer,
    StudyHeader,
    write_dose,
    write_ion_plan,
    write_plan,
)
from dosimetry.errors import OutputError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose, DoseType, Summation
from dosimetry.model.plan import Beam, Plan, Prescription

HEADER = StudyHeader(patient_id="SYNTHETIC-BEAMS")


def plan_of(*radiations):
    beams = tuple(Beam(k, f"beam {k}", radiation, "TREATMENT") for k, radiation in enumerate(radiations, start=1))
    return Plan("TEST", (Prescription("target", "VOLUME", 3, 50.0),), (25,), beams, "UNAPPROVED")


def test_leaves_move_from_one_control_point_to_the_next(tmp_path):
    points = tuple(
        ControlPoint(share, leaves)
        for share, leaves in ((0.0, (-30, -30, 30, 30)), (0.4, (-20, -30, 30, 25)), (1.0, (0, 0, 5, 5)))
    )
    setup = BeamSetup(leaf_edges_mm=(-10.0, 0.0, 10.0), control_points=points, meterset_mu=120.0)
    write_plan(tmp_path / "rp.dcm", plan_of("PHOTON"), HEADER, setups=[setup], structure_set_uid="1.2.3")
    (beam,) = pydicom.dcmread(tmp_path / "rp.dcm").BeamSequence
    assert (beam.BeamType, beam.NumberOfControlPoints) == ("DYNAMIC", 3)
    assert [float(p.CumulativeMetersetWeight) for p in beam.ControlPointSequence] == [0.0, 0.4, 1.0]
    assert [p.ControlPointIndex for p in beam.ControlPointSequence] == [0, 1, 2]
    leaves = [p.BeamLimitingDevicePositionSequence[-1].LeafJawPositions for p in beam.ControlPointSequence]
    assert [list(map(float, each)) for each in leaves] == [[-30, -30, 30, 30], [-20, -30, 30, 25], [0, 0, 5, 5]]


def test_electrons_have_an_applicator_and_a_cutout(tmp_path):
    corners = (-25.0, -80.0, 25.0, -80.0, 25.0, 80.0, -25.0, 80.0)
    setup = BeamSetup(applicator_mm=200.0, cutout_mm=corners, energy_mv=12.0)
    write_plan(tmp_path / "rp.dcm", plan_of("ELECTRON"), HEADER, setups=[setup], structure_set_uid="1.2.3")
    (beam,) = pydicom.dcmread(tmp_path / "rp.dcm").BeamSequence
    assert beam.RadiationType == "ELECTRON"
    assert float(beam.ControlPointSequence[0].NominalBeamEnergy) == 12.0
    assert beam.ApplicatorSequence[0].ApplicatorID == "A20"
    assert [float(x) for x in beam.BlockSequence[0].BlockData] == list(corners)
    assert beam.BlockSequence[0].BlockNumberOfPoints == 4


def test_ion_plan_is_read_as_a_plan_of_protons(tmp_path):
    layers = (IonLayer(120.0, (0.0, 0.0, 8.0, 0.0), (1.5, 0.5)), IonLayer(100.0, (0.0, 8.0), (2.0,)))
    setup = IonBeamSetup(10.0, (1.0, 2.0, 3.0), 50.0, 14.13, layers, 2.0)
    assert setup.meterset == 4.0
    write_ion_plan(tmp_path / "rp.dcm", plan_of("PROTON"), HEADER, [setup], structure_set_uid="1.2.3")
    plan = read_plan(tmp_path / "rp.dcm")
    assert [(beam.name, beam.radiation) for beam in plan.beams] == [("beam 1", "PROTON")]
    assert (plan.fractions, plan.prescriptions[0].dose_gy) == (25, 50.0)
    (beam,) = pydicom.dcmread(tmp_path / "rp.dcm").IonBeamSequence
    points = beam.IonControlPointSequence
    assert [float(p.CumulativeMetersetWeight) for p in points] == [0.0, 2.0, 2.0, 4.0]
    assert [float(p.NominalBeamEnergy) for p in points] == [120.0, 120.0, 100.0, 100.0]
    assert list(points[0].ScanSpotPositionMap) == [0.0, 0.0, 8.0, 0.0]
    assert list(points[0].ScanSpotMetersetWeights) == [1.5, 0.5]
    assert list(points[1].ScanSpotMetersetWeights) == [0.0, 0.0]
    with pytest.raises(OutputError, match="each beam needs one setup"):
        write_ion_plan(tmp_path / "none.dcm", plan_of("PROTON"), HEADER, [])
    assert not (tmp_path / "none.dcm").exists()


def test_dose_of_a_beam_names_its_beam(tmp_path):
    grid = Grid(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), (2.0, 2.0), np.arange(2.0), 2, 2)
    dose = Dose(grid, np.ones(grid.shape), summation=Summation.BEAM, beam_numbers=(2,))
    write_dose(tmp_path / "beam.dcm", dose, HEADER, plan_uid="1.2.3")
    (plan,) = pydicom.dcmread(tmp_path / "beam.dcm").ReferencedRTPlanSequence
    group = plan.ReferencedFractionGroupSequence[0]
    assert (group.ReferencedFractionGroupNumber, group.ReferencedBeamSequence[0].ReferencedBeamNumber) == (1, 2)
    assert plan.ReferencedSOPClassUID == pydicom.uid.RTPlanStorage
    effective = Dose(grid, np.ones(grid.shape), dose_type=DoseType.EFFECTIVE)
    write_dose(tmp_path / "protons.dcm", effective, HEADER, plan_uid="1.2.3")
    (plan,) = pydicom.dcmread(tmp_path / "protons.dcm").ReferencedRTPlanSequence
    assert plan.ReferencedSOPClassUID == pydicom.uid.RTIonPlanStorage


def test_small_plan_still_writes_without_setups(tmp_path):
    write_plan(tmp_path / "rp.dcm", exports.small_plan(), HEADER)
    assert read_plan(tmp_path / "rp.dcm").label == exports.small_plan().label
