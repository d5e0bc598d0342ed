"""What is written is what is read back: by the project's reader, and by pydicom's own decoding."""

from __future__ import annotations

import bodies
import numpy as np
import pydicom
import pytest

from dosimetry.dicom.dose import read_dose
from dosimetry.dicom.write import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader, write_dose
from dosimetry.errors import GeometryError, OutputError, UnitsError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.validation.orientations import POSITIONS

HEADER = StudyHeader(patient_id="SYNTHETIC-WRITE")
# Row and column directions of axial images in the eight patient positions, and two more planes.
ORIENTATIONS = {
    **POSITIONS,
    "sagittal": ((0, 1, 0), (0, 0, -1)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
}


def small_dose(row=(1, 0, 0), column=(0, 1, 0), frames=(0.0, 3.0, 6.0, 11.5)):
    grid = Grid(
        origin_mm=np.array([-31.25, 14.5, -203.0]),
        row_axis=np.array(row, dtype=float),
        column_axis=np.array(column, dtype=float),
        spacing_mm=(2.5, 2.0),
        frame_positions_mm=np.array(frames),
        rows=5,
        columns=7,
    )
    return bodies.dose_from(lambda x, y, z: 60 + 0.3 * x + 0.2 * y + 0.1 * z, grid)


def same(read, written, tolerance_gy):
    assert read.grid.same_as(written.grid, tolerance_mm=1e-9)
    np.testing.assert_allclose(read.values_gy, written.values_gy, rtol=0, atol=tolerance_gy)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orientations_and_frame_orders_come_back(tmp_path, orientation, descending):
    dose = small_dose(*ORIENTATIONS[orientation])
    write_dose(tmp_path / "dose.dcm", dose, HEADER, descending=descending)
    same(read_dose(tmp_path / "dose.dcm"), dose, 1e-7)


@pytest.mark.parametrize("descending", [False, True])
def test_offsets_as_patient_z_come_back(tmp_path, descending):
    dose = small_dose()
    write_dose(tmp_path / "dose.dcm", dose, HEADER, absolute_offsets=True, descending=descending)
    offsets = [-203.0, -200.0, -197.0, -191.5]
    stored = pydicom.dcmread(tmp_path / "dose.dcm").GridFrameOffsetVector
    assert list(map(float, stored)) == (offsets[::-1] if descending else offsets)
    same(read_dose(tmp_path / "dose.dcm"), dose, 1e-7)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED])
@pytest.mark.parametrize("bits", [16, 32])
def test_encodings_come_back(tmp_path, syntax, bits):
    dose = small_dose()
    write_dose(tmp_path / "dose.dcm", dose, HEADER, bits=bits, transfer_syntax=syntax)
    dataset = pydicom.dcmread(tmp_path / "dose.dcm")
    assert dataset.file_meta.TransferSyntaxUID == syntax
    scaling = float(dataset.DoseGridScaling)
    # The whole depth is used: the maximum is within a few counts of the largest integer.
    assert dataset.pixel_array.max() == pytest.approx(2**bits - 2, abs=2)
    np.testing.assert_allclose(dataset.pixel_array * scaling, dose.values_gy, rtol=0, atol=0.51 * scaling)
    same(read_dose(tmp_path / "dose.dcm"), dose, 0.51 * scaling)


def test_quantum_is_the_scaling(tmp_path):
    write_dose(tmp_path / "dose.dcm", small_dose(), HEADER, bits=16, quantum_gy=0.005)
    assert str(pydicom.dcmread(tmp_path / "dose.dcm").DoseGridScaling) == "0.005"


def test_single_frame_has_no_offsets(tmp_path):
    dose = small_dose(frames=(0.0,))
    write_dose(tmp_path / "dose.dcm", dose, HEADER)
    assert "GridFrameOffsetVector" not in pydicom.dcmread(tmp_path / "dose.dcm")
    same(read_dose(tmp_path / "dose.dcm"), dose, 1e-7)


def test_odd_number_of_bytes_never_occurs(tmp_path):
    write_dose(tmp_path / "dose.dcm", small_dose(frames=(0.0, 3.0, 6.0)), HEADER, bits=16)
    assert len(pydicom.dcmread(tmp_path / "dose.dcm").PixelData) == 3 * 5 * 7 * 2


def test_decimal_strings_fit(tmp_path):
    tilt = np.deg2rad(1.0)
    dose = small_dose((np.cos(tilt), np.sin(tilt), 0), (-np.sin(tilt), np.cos(tilt), 0))
    write_dose(tmp_path / "dose.dcm", dose, HEADER)
    dataset = pydicom.dcmread(tmp_path / "dose.dcm")
    texts = [
        str(value)
        for keyword in (
            "ImageOrientationPatient",
            "ImagePositionPatient",
            "PixelSpacing",
            "GridFrameOffsetVector",
        )
        for value in dataset[keyword].value
    ]
    assert max(map(len, [*texts, str(dataset.DoseGridScaling)])) <= 16
    assert read_dose(tmp_path / "dose.dcm").grid.same_as(dose.grid, tolerance_mm=1e-6)


def test_references_and_identity(tmp_path):
    uid = write_dose(tmp_path / "dose.dcm", small_dose(), HEADER, plan_uid="1.2.3", structure_set_uid="1.2.4")
    dose = read_dose(tmp_path / "dose.dcm")
    assert (dose.plan_uids, dose.structure_set_uid) == (("1.2.3",), "1.2.4")
    assert (dose.sop_instance_uid, dose.frame_of_reference_uid) == (uid, HEADER.frame)
    assert uid == HEADER.uid("RTDOSE", "")
    assert uid.startswith("2.25.")
    assert len(uid) <= 64


def test_same_bytes_twice(tmp_path):
    for name in ("a", "b"):
        write_dose(tmp_path / name, small_dose(), HEADER, transfer_syntax=DEFLATED)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_refuses_what_the_standard_does_not_allow(tmp_path):
    path = tmp_path / "dose.dcm"
    with pytest.raises(GeometryError, match="patient z"):
        write_dose(path, small_dose(*ORIENTATIONS["FFS"]), HEADER, absolute_offsets=True)
    with pytest.raises(UnitsError, match="negative"):
        write_dose(path, Dose(small_dose().grid, small_dose().values_gy - 100), HEADER)
    with pytest.raises(UnitsError, match="does not fit"):
        write_dose(path, small_dose(), HEADER, bits=16, quantum_gy=1e-4)
    with pytest.raises(OutputError, match="16 or 32"):
        write_dose(path, small_dose(), HEADER, bits=8)
    with pytest.raises(OutputError, match="transfer syntax"):
        write_dose(path, small_dose(), HEADER, transfer_syntax="1.2.840.10008.1.2.4.50")
    assert not path.exists()
