"""Every legal way to write a dose gives the same dose; whatever else is refused before memory is spent on it."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import bodies
import exports
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, RLELossless

from dosimetry.dicom.dose import _grid, read_dose
from dosimetry.dicom.write import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader, write_dose
from dosimetry.errors import DicomFileError, GeometryError, NotDicomError, UnitsError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose, DoseType, Summation
from dosimetry.warnings import Code

HEADER = StudyHeader(patient_id="SYNTHETIC-READ")
QUANTUM_GY = {16: 0.01, 32: 1e-8}


def uneven_dose(frames=(0.0, 3.0, 6.0, 11.5), bits=16, **axes):
    """Return a dose of whole quanta, so that every way of writing keeps it exactly."""
    grid = Grid(
        origin_mm=np.array([-31.25, 14.5, -203.0]),
        row_axis=np.array(axes.get("row", (1.0, 0, 0))),
        column_axis=np.array(axes.get("column", (0, 1.0, 0))),
        spacing_mm=(2.5, 2.0),
        frame_positions_mm=np.array(frames),
        rows=5,
        columns=7,
    )
    counts = np.random.default_rng(3).integers(0, 2**bits, grid.shape)
    return Dose(grid, counts * QUANTUM_GY[bits])


@pytest.fixture
def stored(tmp_path):
    """Write a dose, change its dataset, and return the path."""

    def store(change=None, *, dose=None, save=None, **options):
        path = tmp_path / "dose.dcm"
        write_dose(path, dose or uneven_dose(), HEADER, **{"quantum_gy": 0.01, "bits": 16} | options)
        return path if change is None else exports.edit(path, change, **(save or {}))

    return store


def setting(**values):
    def change(dataset):
        for keyword, value in values.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)

    return change


def same(read, written):
    assert read.grid.same_as(written.grid, tolerance_mm=1e-9)
    np.testing.assert_array_equal(read.values_gy, written.values_gy)


# values


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED])
def test_values_are_stored_integers_times_scaling(stored, syntax, bits):
    path = stored(dose=uneven_dose(bits=bits), bits=bits, quantum_gy=QUANTUM_GY[bits], transfer_syntax=syntax)
    dataset = pydicom.dcmread(path)
    read = read_dose(path)
    assert read.values_gy.dtype == np.float64
    assert read.values_gy.flags.c_contiguous
    np.testing.assert_array_equal(read.values_gy, dataset.pixel_array * float(dataset.DoseGridScaling))
    assert read.warnings == ()


@pytest.mark.parametrize("bits", [16, 32])
def test_big_endian(stored, bits):
    dose = uneven_dose(bits=bits)
    path = stored(dose=dose, bits=bits, quantum_gy=QUANTUM_GY[bits])
    big = pydicom.Dataset()
    for element in pydicom.dcmread(path):
        big.add(element)
    big.PixelData = np.frombuffer(big.PixelData, f"<u{bits // 8}").astype(f">u{bits // 8}").tobytes()
    big.file_meta = FileMetaDataset()
    big.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    pydicom.dcmwrite(path, big, enforce_file_format=True)
    same(read_dose(path), dose)


def test_run_length_encoding(stored):
    dose = uneven_dose()
    path = stored(lambda dataset: dataset.compress(RLELossless), dose=dose)
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == RLELossless
    same(read_dose(path), dose)


@pytest.mark.parametrize("bits", [16, 32])
def test_signed_integers(stored, bits):
    counts = np.arange(-70, 70).reshape(4, 5, 7)

    def change(dataset):
        dataset.PixelRepresentation = 1
        dataset.PixelData = counts.astype(f"<i{bits // 8}").tobytes()

    read = read_dose(stored(change, bits=bits))
    np.testing.assert_array_equal(read.values_gy, counts * 0.01)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
@pytest.mark.parametrize("lost", ["preamble", "transfer syntax", "all meta information"])
def test_incomplete_file_meta_information(stored, syntax, lost):
    dose = uneven_dose()
    path = stored(dose=dose, transfer_syntax=syntax)
    data = path.read_bytes()
    if lost == "preamble":
        path.write_bytes(data[128 + 4 :])
    elif lost == "all meta information":
        path.write_bytes(data[data.index(b"\x08\x00\x05\x00") :])  # SpecificCharacterSet, the first element
    else:
        at = data.index(b"\x02\x00\x10\x00UI")
        path.write_bytes(data[:at] + data[at + 8 + data[at + 6] :])
    read = read_dose(path)
    same(read, dose)
    assert [caution.code for caution in read.warnings] == ([] if lost == "preamble" else [Code.META_INCOMPLETE])


def test_hash_is_of_the_file_read(stored):
    import hashlib

    path = stored()
    source = read_dose(path).source
    assert (source.kind, source.sha256) == ("RTDOSE", hashlib.sha256(path.read_bytes()).hexdigest())
    assert source.name == "dose.dcm"


def test_pixel_spacing_is_between_rows_then_between_columns(stored):
    path = stored(setting(PixelSpacing=[1.5, 4.0]))
    origin, next_column, next_row = read_dose(path).grid.map_index_to_mm([(0, 0, 0), (1, 0, 0), (0, 1, 0)])
    assert (next_column - origin).tolist() == [4.0, 0.0, 0.0]
    assert (next_row - origin).tolist() == [0.0, 1.5, 0.0]


# frames


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("frames", [(0.0, 3.0, 6.0), (0.0, 3.0, 6.0, 11.5), (0.0, 2.0)])
def test_forms_of_frame_offsets(stored, absolute, descending, frames):
    dose = uneven_dose(frames)
    same(read_dose(stored(dose=dose, absolute_offsets=absolute, descending=descending)), dose)


@pytest.mark.parametrize("absolute", [False, True])
def test_falling_offsets_count_against_the_normal(stored, absolute):
    """The first frame stays at ImagePositionPatient; the others lie below it."""
    start = -203.0 if absolute else 0.0
    offsets = [start, start - 3.0, start - 6.0, start - 11.5]
    dose = uneven_dose()
    read = read_dose(stored(setting(GridFrameOffsetVector=offsets), dose=dose))
    assert read.grid.origin_mm.tolist() == [-31.25, 14.5, -214.5]
    assert read.grid.frame_positions_mm.tolist() == [0.0, 5.5, 8.5, 11.5]
    np.testing.assert_array_equal(read.values_gy, dose.values_gy[::-1])


@pytest.mark.parametrize("offset", [None, "", [0.0], [-203.0]])
def test_single_frame(stored, offset):
    dose = uneven_dose((0.0,))
    change = (lambda _: None) if offset is None else setting(GridFrameOffsetVector=offset)
    same(read_dose(stored(change, dose=dose)), dose)


def test_number_of_frames_is_one_where_it_is_missing(stored):
    dose = uneven_dose((0.0,))
    same(read_dose(stored(setting(NumberOfFrames=None), dose=dose)), dose)


def test_position_zero_makes_both_forms_the_same(stored):
    dose = uneven_dose()
    read = read_dose(stored(setting(ImagePositionPatient=[-31.25, 14.5, 0.0]), dose=dose))
    assert read.grid.origin_mm.tolist() == [-31.25, 14.5, 0.0]
    assert read.grid.frame_positions_mm.tolist() == [0.0, 3.0, 6.0, 11.5]


@pytest.mark.parametrize(
    ("offsets", "problem"),
    [
        ([0, 3, 3, 6], "frames are not in order; item"),
        ([0, 3, 2, 6], "frames are not in order"),
        ([0, 0, 0, 0], "frames are not in order"),
        ([5, 8, 11, 14], "neither legal form"),
        ([0, 3, 6], "wrong number of values"),
        ([0, 3, 6, 9, 12], "wrong number of values"),
        ("", "Grid Frame Offset Vector (GridFrameOffsetVector) is missing"),
    ],
)
def test_bad_offsets(stored, offsets, problem):
    with pytest.raises((GeometryError, DicomFileError)) as caught:
        read_dose(stored(setting(GridFrameOffsetVector=offsets)))
    assert problem.partition(";")[0] in str(caught.value)
    assert str(caught.value).startswith("dose.dcm: ")


def test_patient_z_needs_axial_orientation(stored):
    """Of a grid that is turned, offsets that begin with patient z are of neither legal form."""
    dose = uneven_dose(row=(-1.0, 0, 0), column=(0, 1.0, 0))
    offsets = [-203.0, -200.0, -197.0, -191.5]
    with pytest.raises(GeometryError, match="neither legal form"):
        read_dose(stored(setting(GridFrameOffsetVector=offsets), dose=dose))


# what kind of dose


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        (
            {"DoseUnits": "RELATIVE"},
            UnitsError,
            "expected GY; found RELATIVE; export the dose as absolute dose, or ",
        ),
        ({"DoseUnits": None}, DicomFileError, "Dose Units (DoseUnits) is missing"),
        ({"DoseType": "ERROR"}, UnitsError, "found ERROR, a difference of doses"),
        ({"DoseType": "SOMETHING"}, UnitsError, "expected PHYSICAL or EFFECTIVE; found SOMETHING"),
        ({"DoseType": None}, DicomFileError, "Dose Type (DoseType) is missing"),
        ({"DoseGridScaling": None}, DicomFileError, "Dose Grid Scaling (DoseGridScaling) is missing"),
        ({"DoseGridScaling": ""}, DicomFileError, "Dose Grid Scaling (DoseGridScaling) is missing"),
        ({"DoseGridScaling": "0"}, UnitsError, "DoseGridScaling: scaling is not positive; found 0"),
        ({"DoseGridScaling": "-1E-3"}, UnitsError, "DoseGridScaling: scaling is not positive; found -0.001"),
        ({"DoseGridScaling": "1e999"}, DicomFileError, "(DoseGridScaling): a number cannot be read"),
        ({"DoseGridScaling": ["0.1", "0.1"]}, DicomFileError, "expected 1; found 2"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.481.3"}, NotDicomError, "expected RTDOSE; found RTSTRUCT"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, NotDicomError, "found another kind of object"),
        ({"SOPClassUID": None}, NotDicomError, "expected a SOPClassUID; found none"),
        ({"ImageOrientationPatient": [1, 0, 0, 0.01, 1, 0]}, GeometryError, "not orthogonal"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, GeometryError, "not orthogonal"),
        ({"ImageOrientationPatient": [0, 0, 0, 0, 1, 0]}, GeometryError, "row direction: direction cosines do not"),
        ({"ImageOrientationPatient": [1, 0, 0]}, DicomFileError, "expected 6; found 3"),
        ({"ImagePositionPatient": None}, DicomFileError, "(ImagePositionPatient) is missing"),
        ({"ImagePositionPatient": ["1e300", 0, 0]}, GeometryError, "outside of any patient"),
        ({"PixelSpacing": [2.0, 0.0]}, GeometryError, "pixel spacing is not positive"),
        ({"PixelSpacing": [-2.0, 2.5]}, GeometryError, "pixel spacing is not positive"),
        ({"PixelSpacing": ["1e200", 2.5]}, GeometryError, "outside of any patient"),
        ({"Rows": 0}, GeometryError, "dose grid has no voxels"),
        ({"NumberOfFrames": "-4"}, GeometryError, "dose grid has no voxels"),
        ({"Rows": None}, DicomFileError, "Rows (Rows) is missing"),
        ({"BitsAllocated": 8}, DicomFileError, "expected one sample of 16 or 32 bits per voxel; found 1 of 8 bits"),
        ({"SamplesPerPixel": 3}, DicomFileError, "found 3 of 16 bits"),
        ({"BitsStored": 12}, DicomFileError, "BitsStored: stored dose has an unknown layout"),
        ({"PixelData": None}, DicomFileError, "PixelData: holds no dose values"),
    ],
)
def test_refused(stored, values, kind, words):
    with pytest.raises(kind) as caught:
        read_dose(stored(setting(**values)))
    assert str(caught.value).startswith("dose.dcm: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ({"DoseType": "EFFECTIVE"}, Code.DOSE_EFFECTIVE, "RBE-weighted"),
        ({"DoseSummationType": "FRACTION"}, Code.DOSE_SUMMATION_UNCLEAR, "FRACTION"),
        ({"DoseSummationType": "BEAM"}, Code.DOSE_SUMMATION_UNCLEAR, "BEAM"),
        ({"DoseSummationType": None}, Code.DOSE_SUMMATION_UNCLEAR, "UNKNOWN"),
        ({"DoseSummationType": "HOUSE"}, Code.DOSE_SUMMATION_UNCLEAR, "UNKNOWN"),
        ({"TissueHeterogeneityCorrection": ["WATER"]}, Code.DOSE_HETEROGENEITY_WATER, "calculated in water"),
    ],
)
def test_labelled(stored, values, code, words):
    dose = uneven_dose()
    read = read_dose(stored(setting(**values), dose=dose))
    assert [caution.code for caution in read.warnings] == [code]
    assert words in read.warnings[0].text
    assert (read.dose_type is DoseType.EFFECTIVE) == (code is Code.DOSE_EFFECTIVE)
    np.testing.assert_array_equal(read.values_gy, dose.values_gy)


def test_sum_of_plans_is_whole(stored):
    read = read_dose(stored(setting(DoseSummationType="MULTI_PLAN")))
    assert (read.summation, read.warnings) == (Summation.MULTI_PLAN, ())


# files that promise more than they hold


def refused_without_memory(path, limit=2_000_000):
    tracemalloc.start()
    try:
        with pytest.raises(DicomFileError) as caught:
            read_dose(path)
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()
    return str(caught.value)


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
@pytest.mark.parametrize(
    "values", [{"Rows": 65535}, {"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": "1000000000"}, {"Rows": 6}]
)
def test_absurd_dimensions(stored, values, syntax):
    told = refused_without_memory(stored(setting(**values), transfer_syntax=syntax))
    assert "PixelData: dose values do not match the header; expected " in told
    assert "found 280 bytes" in told


@pytest.mark.parametrize("values", [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": "1000000000"}])
def test_absurd_dimensions_of_compressed_data(stored, values):
    def change(dataset):
        dataset.compress(RLELossless)
        setting(**values)(dataset)

    assert "dose values do not match the header" in refused_without_memory(stored(change))


def test_compressed_data_that_stop_early(stored):
    def change(dataset):
        dataset.compress(RLELossless)
        dataset.Rows = 6

    with pytest.raises(DicomFileError, match=re.escape("compressed dose values cannot be decoded; found RLE")):
        read_dose(stored(change))


@pytest.mark.parametrize("change_bytes", [-2, -140, 2, 140])
def test_wrong_number_of_bytes(stored, change_bytes):
    def change(dataset):
        data = dataset.PixelData
        dataset.PixelData = data[:change_bytes] if change_bytes < 0 else data + b"\0" * change_bytes

    with pytest.raises(
        DicomFileError, match=f"expected 280 bytes for 140 voxels; found {280 + change_bytes} bytes"
    ):
        read_dose(stored(change))


def test_padding_of_an_odd_number_of_bytes_is_no_voxel(stored):
    """Values of 16 bits never need it; pydicom and others still append one NUL to data made of bytes."""
    dose = uneven_dose()
    read = read_dose(stored(lambda dataset: setattr(dataset, "PixelData", bytes(dataset.PixelData)), dose=dose))
    same(read, dose)


def test_every_truncation_is_refused(stored):
    path = stored()
    data = path.read_bytes()
    for size in [*range(0, len(data) - 288, 97), *range(len(data) - 288, len(data), 13)]:
        path.write_bytes(data[:size])
        with pytest.raises((DicomFileError, NotDicomError)) as caught:
            read_dose(path)
        assert str(caught.value).startswith("dose.dcm: ")


def test_damaged_length_costs_no_memory(stored):
    path = stored(transfer_syntax=IMPLICIT)
    data = bytearray(path.read_bytes())
    at = data.index(b"\xe0\x7f\x10\x00") + 4
    data[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(data)
    assert "ends before its contents do" in refused_without_memory(path)


# pydicom's own files


@pytest.mark.parametrize("name", ["rtdose.dcm", "rtdose_expb.dcm", "rtdose_rle.dcm", "rtdose_1frame.dcm"])
def test_files_of_pydicom_are_relative(name):
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"this pydicom comes without {name}")
    with pytest.raises(UnitsError, match="expected GY; found RELATIVE"):
        read_dose(Path(path))


@pytest.mark.parametrize(
    "name",
    [f"rtdose{kind}.dcm" for kind in ("", "_expb", "_rle", "_1frame", "_expb_1frame", "_rle_1frame")],
)
def test_files_of_pydicom_called_gray(tmp_path, name):
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"this pydicom comes without {name}")
    dataset = pydicom.dcmread(path)
    expected = dataset.pixel_array.reshape(-1, 10, 10) * float(dataset.DoseGridScaling)
    edited = exports.edit(path, setting(DoseUnits="GY"), tmp_path / "dose.dcm")
    if "1frame" in name:  # one frame, and the offsets of fifteen
        with pytest.raises(DicomFileError, match="expected 1; found 15"):
            read_dose(edited)
        exports.edit(edited, setting(GridFrameOffsetVector=None))
        dataset.GridFrameOffsetVector = [0.0]
    read = read_dose(edited)
    assert read.grid.shape == (1 if "1frame" in name else 15, 10, 10)
    np.testing.assert_array_equal(read.values_gy, expected)
    assert read.grid.frame_positions_mm.tolist() == pytest.approx(np.atleast_1d(dataset.GridFrameOffsetVector))


# real exports


def test_real_export(shared_data):
    path = shared_data / "breast_boost" / "rtdose.dcm"
    dataset = pydicom.dcmread(path, force=True)
    read = read_dose(path)
    assert read.grid.shape == (98, 129, 194)
    assert read.grid.spacing_mm == (2.5, 2.5)
    assert np.unique(np.diff(read.grid.frame_positions_mm)).tolist() == [3.0]
    counts = np.frombuffer(dataset.PixelData, "<u4").reshape(read.grid.shape)
    np.testing.assert_array_equal(read.values_gy, counts * float(dataset.DoseGridScaling))


def test_real_single_plane(shared_data):
    read = read_dose(shared_data / "odd" / "single_plane_no_GFOV_RD.dcm")
    assert read.grid.shape == (1, 129, 194)
    assert read.grid.origin_mm.tolist() == [-228.6541915, -419.2444776, -122.4407]


def eclipse_extents(path):
    """Return {position: {letter: cm}} from what Eclipse showed of the eight doses."""
    found = {}
    for line in path.read_text().splitlines():
        if re.fullmatch(r"[HF]F[PS]|[HF]FD[LR]", line.strip()):
            found[line.strip()] = {}
        elif match := re.match(r"([ISAPRL]): (-?[\d.]+)", line):
            found[list(found)[-1]][match[1]] = float(match[2])
    return found


@pytest.mark.parametrize("position", ["HFS", "HFP", "FFS", "FFP", "HFDL", "HFDR", "FFDL", "FFDR"])
def test_orientations_lie_where_eclipse_shows_them(shared_data, position):
    """Eclipse shows positions along the axes of the couch, not of the patient.

    Its three numbers of a point are the projections on row axis, column axis and normal, in cm; the letters tell
    which side of the patient the end of an axis faces. So the lateral number is -x for a patient who lies HFP or
    FFS, and y for one on the side; the longitudinal one is -z for feet first. Inferior and superior are the first
    and last frame, to the 0.5 mm of the display. Across, the display agrees at the first column and at the last
    row (the couch) to half a voxel and a click, 5 mm; its two other numbers end at the patient and are
    no edge of the grid.
    """
    folder = shared_data / "orientation_headers"
    shown = eclipse_extents(folder / "Eclipse_results.txt")[position]
    path = folder / f"RD.DICOMORIENT.Dose_{position}.dcm"
    dataset = pydicom.dcmread(path, force=True)
    rows, columns, frames = dataset.Rows, dataset.Columns, int(dataset.NumberOfFrames or 101)
    dataset.PixelData = np.broadcast_to(
        np.uint32(0), rows * columns * frames * dataset.BitsAllocated // 32
    ).tobytes()
    grid, order = _grid(dataset, path)
    assert grid.shape == (101, rows, 350)
    assert order.tolist() == list(range(101))

    first, last = grid.map_index_to_mm([(0, 0, 0), (columns - 1, rows - 1, frames - 1)]) / 10
    names = {(1, 0, 0): "L", (-1, 0, 0): "R", (0, 1, 0): "P", (0, -1, 0): "A", (0, 0, 1): "S", (0, 0, -1): "I"}
    towards = {key: names[tuple(np.rint(axis).astype(int))] for key, axis in
               (("row", grid.row_axis), ("column", grid.column_axis), ("normal", grid.normal))}  # fmt: skip
    against = dict(zip("LRPASI", "RLAPIS", strict=True))

    # frames: the letters Eclipse gives are of a head-first patient throughout
    assert [first @ grid.normal, last @ grid.normal] == pytest.approx(
        [shown[against[towards["normal"]]], shown[towards["normal"]]], abs=0.005
    )
    assert first @ grid.row_axis == pytest.approx(shown[against[towards["row"]]], abs=0.5)
    assert last @ grid.column_axis == pytest.approx(shown[towards["column"]], abs=0.5)


def test_grid_of_any_orientation_holds_the_dose_in_place(stored):
    """A dose that is a function of place is that function at every voxel, however its grid is turned."""
    grid = bodies.grid(row_axis=(0.0, 1.0, 0.0), column_axis=(0.0, 0.0, -1.0), shape=(4, 5, 6))
    dose = bodies.dose_from(lambda x, y, z: np.rint(20 + 0.1 * x + 0.05 * y + 0.02 * z), grid)
    read = read_dose(stored(dose=dose, descending=True))
    x, y, z = np.moveaxis(bodies.voxel_centres(read.grid), -1, 0)
    np.testing.assert_allclose(read.values_gy, np.rint(20 + 0.1 * x + 0.05 * y + 0.02 * z), atol=1e-9)
