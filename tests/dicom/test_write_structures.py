"""Structures and plans come back from their files as they were."""

from __future__ import annotations

import bodies
import numpy as np
import pydicom
import pytest

from dosimetry.dicom.plan import read_plan
from dosimetry.dicom.structures import read_structures
from dosimetry.dicom.study import decimal
from dosimetry.dicom.write import DEFLATED, IMPLICIT, BeamSetup, StudyHeader, write_plan, write_structures
from dosimetry.errors import ContourError, OutputError, StructureError
from dosimetry.model.plan import Beam, Plan, Prescription
from dosimetry.model.structures import Structure, StructureSet

HEADER = StudyHeader(patient_id="SYNTHETIC-WRITE")


def two_structures():
    ring = [bodies.circle(30.0, points=90), bodies.circle(12.0, points=60)]
    return StructureSet(
        (
            bodies.stack(dict.fromkeys((0.0, 2.5, 5.0), ring), name="Ring", number=3),
            bodies.prism(bodies.rectangle(-1 / 3, 0, 10, 20), -2.5, 2.5, 4, name="Box", number=7),
            Structure(9, "Empty", None),
        ),
        label="TEST",
    )


@pytest.mark.parametrize("syntax", [IMPLICIT, DEFLATED])
def test_contours_come_back(tmp_path, syntax):
    written = two_structures()
    uid = write_structures(tmp_path / "rs.dcm", written, HEADER, transfer_syntax=syntax)
    read = read_structures(tmp_path / "rs.dcm")
    assert read.names() == ("Ring", "Box", "Empty")
    assert [structure.number for structure in read] == [3, 7, 9]
    assert (read.sop_instance_uid, read.frame_of_reference_uids) == (uid, {HEADER.frame})
    assert read["Empty"].contours is None
    for name in ("Ring", "Box"):
        before, after = written[name].contours, read[name].contours
        # 16 characters hold at least 12 digits after the point of numbers below 100 mm.
        np.testing.assert_allclose(after.points_mm, before.points_mm, rtol=0, atol=1e-11)
        np.testing.assert_array_equal(after.contour_offsets, before.contour_offsets)
        np.testing.assert_array_equal(after.plane_offsets, before.plane_offsets)
        np.testing.assert_array_equal(after.positions_mm, before.positions_mm)


def test_colours_and_marks(tmp_path):
    write_structures(tmp_path / "rs.dcm", two_structures(), HEADER, colours=[(1, 2, 3), (4, 5, 6), (7, 8, 9)])
    dataset = pydicom.dcmread(tmp_path / "rs.dcm")
    assert [list(item.ROIDisplayColor) for item in dataset.ROIContourSequence] == [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
    ]
    assert dataset.ApprovalStatus == "UNAPPROVED"
    assert str(dataset.PatientName).startswith("SYNTHETIC")


def test_refuses_bad_structures(tmp_path):
    box = bodies.prism(bodies.rectangle(0, 0, 1, 1), 0, 1, 2, name="Box")
    with pytest.raises(StructureError, match="share a ROI number"):
        write_structures(tmp_path / "rs.dcm", StructureSet((box, box)), HEADER)
    line = bodies.stack({0.0: [[(0, 0), (1, 1)]]}, name="Line")
    with pytest.raises(ContourError, match="Line"):
        write_structures(tmp_path / "rs.dcm", StructureSet((line,)), HEADER)


def test_plan_comes_back(tmp_path):
    plan = Plan(
        label="TEST",
        prescriptions=(
            Prescription("Breast", "VOLUME", 3, 40.05),
            Prescription("Boost", "SITE", None, 13.35),
        ),
        fraction_counts=(15,),
        beams=(Beam(1, "Medial", "PHOTON", "TREATMENT"), Beam(4, "Setup", "PHOTON", "SETUP")),
        approval="UNAPPROVED",
    )
    setups = (BeamSetup(gantry_deg=310.0, wedge_deg=15.0, meterset_mu=101.5), BeamSetup())
    uid = write_plan(tmp_path / "rp.dcm", plan, HEADER, setups=setups, structure_set_uid="1.2.4")
    read = read_plan(tmp_path / "rp.dcm")
    assert (read.label, read.prescriptions, read.fraction_counts) == (plan.label, plan.prescriptions, (15,))
    assert (read.beams, read.approval) == (plan.beams, "UNAPPROVED")
    assert (read.sop_instance_uid, read.structure_set_uid) == (uid, "1.2.4")
    assert read.frame_of_reference_uid == HEADER.frame
    beam = pydicom.dcmread(tmp_path / "rp.dcm").BeamSequence[0]
    assert beam.ControlPointSequence[0].GantryAngle == 310
    assert beam.WedgeSequence[0].WedgeAngle == 15


def test_setups_must_match_beams(tmp_path):
    plan = Plan(label="TEST", beams=(Beam(1, "Medial", "PHOTON", "TREATMENT"),))
    with pytest.raises(OutputError, match="one setup"):
        write_plan(tmp_path / "rp.dcm", plan, HEADER, setups=())


@pytest.mark.parametrize("number", [9.999999999999998, -9.999999999999998, 99999.99999999999, -1e-15])
def test_numbers_fit_into_a_decimal_string(number):
    text = decimal(number)
    assert len(text) <= 16
    assert float(text) == pytest.approx(number, rel=1e-9)
