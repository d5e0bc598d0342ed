"""Contours come back number by number; what is no closed planar polygon is skipped aloud or refused."""

from __future__ import annotations

import re
from pathlib import Path

import bodies
import exports
import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from dosimetry.dicom.elements import decimals
from dosimetry.dicom.structures import read_structures
from dosimetry.dicom.write import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader, write_structures
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import AmbiguityError, ContourError, DicomFileError, NotDicomError, StructureError
from dosimetry.model.structures import Structure, StructureSet
from dosimetry.warnings import Code

HEADER = StudyHeader(patient_id="SYNTHETIC-READ")
SQUARE = b"0\\0\\5\\10\\0\\5\\10\\8\\5\\0\\8\\5"


def box(name="Box", number=1, z=0.0):
    return bodies.prism(bodies.rectangle(0, 0, 10, 8), z, 2.5, 3, name=name, number=number)


@pytest.fixture
def stored(tmp_path):
    def store(*structures, change=None, **options):
        path = tmp_path / "rs.dcm"
        write_structures(path, StructureSet(structures or (box(),)), HEADER, **options)
        return exports.edit(path, change) if change else path

    return store


def refused(path, *words, kind=DicomFileError):
    with pytest.raises(kind) as caught:
        read_structures(path)
    text = str(caught.value)
    assert text.startswith(f"{path.name}: ")
    assert "\n" not in text
    assert [word for word in words if word not in text] == []
    return text


def codes(structure):
    return [caution.code for caution in structure.warnings]


# numbers


def test_every_number_of_a_real_export_is_that_of_float(shared_data):
    path = shared_data / "breast_boost" / "rtss.dcm"
    texts = [
        contour.get_item("ContourData").value.decode().strip(" \0")
        for item in pydicom.dcmread(path, force=True).ROIContourSequence
        for contour in item.get("ContourSequence", ())
    ]
    expected = np.array([float(number) for text in texts for number in text.split("\\")])
    assert expected.size == 264_474
    assert sum("e" in number.lower() for text in texts for number in text.split("\\")) == 1_934
    found = decimals([text.encode() for text in texts], path, "contours")
    assert found.tobytes() == expected.tobytes()

    read = read_structures(path)
    assert len(read) == 10
    assert sum(len(roi.contours.points_mm) for roi in read if roi.contours) == 88_158
    assert {tuple(roi.contours.frame.normal) for roi in read if roi.contours} == {(0.0, 0.0, 1.0)}
    in_plane = np.concatenate([roi.contours.points_mm for roi in read if roi.contours])
    # the same numbers, each ROI's contours sorted by plane
    assert np.sort(in_plane, axis=None).tobytes() == np.sort(expected.reshape(-1, 3)[:, :2], axis=None).tobytes()


@pytest.mark.parametrize(
    "text",
    [
        b"0\\0\\5\\10\\0\\5\\10\\8\\5\\0\\8\\5",
        b" 0\\0 \\ 5\\+10\\-0\\5.\\1e1\\8.0E0\\5\\.0\\80e-1\\5.0 ",
        b"0\\0\\5\\10\\0\\5\\10\\8\\5\\0\\8\\5\0\0",
        b"00\\000\\05\\0010\\0\\5\\10\\0000000000000000000008\\5\\0\\8.00000000000000000000\\5",
    ],
)
def test_spellings_of_the_same_square(tmp_path, text):
    read = read_structures(exports.raw_contours(tmp_path / "rs.dcm", text))["ROI"]
    assert read.contours.points_mm.tolist() == [[0, 0], [10, 0], [10, 8], [0, 8]]
    assert read.contours.positions_mm.tolist() == [5]


@pytest.mark.parametrize(
    "number",
    [
        "1_000",
        "nan",
        "inf",
        "-inf",
        "0x1",
        "1,5",
        "1 5",
        "",
        "1e",
        ".",
        "--1",
        "abc",
        "1e400",
        "-1e999",
        "\t1",
        "١",
    ],
)
@pytest.mark.parametrize("place", [0, 7, 11])
def test_what_is_no_number_is_refused_with_the_name_of_the_roi(tmp_path, number, place):
    parts = SQUARE.split(b"\\")
    parts[place] = number.encode()
    if place == 11 and not number:
        pytest.skip("a missing last value is an incomplete contour")
    path = exports.raw_contours(tmp_path / "rs.dcm", SQUARE, b"\\".join(parts), name="Heart")
    text = refused(path, "rs.dcm: ROI 'Heart': a number cannot be read; expected a decimal string such as -12.5")
    assert text.endswith("; export the file again")


def test_error_names_the_right_roi(tmp_path):
    """Numbers of all ROIs are parsed together; the error still points at the one."""
    path = tmp_path / "rs.dcm"
    write_structures(path, StructureSet(tuple(box(f"R{i}", i) for i in range(1, 6))), HEADER)

    def change(dataset):
        exports.set_raw(dataset.ROIContourSequence[3].ContourSequence[1], "ContourData", SQUARE[:-1] + b"x")

    refused(exports.edit(path, change), "ROI 'R4'", "found 'x")


@pytest.mark.parametrize(
    ("text", "announced", "words"),
    [
        (SQUARE + b"\\1", False, ("expected 3 numbers for each point; found 13 numbers",)),
        (SQUARE + b"\\", False, ("found 13 numbers",)),
        (SQUARE + b"\\1\\2\\5", 4, ("expected 3 numbers for each of 4 points; found 15 numbers",)),
        (SQUARE, 5, ("expected 3 numbers for each of 5 points; found 12 numbers",)),
        (b"1\\2\\3", 5, ("expected 3 numbers for each of 5 points; found 3 numbers",)),
        (b"", 5, ("expected 3 numbers for each of 5 points; found 0 numbers",)),
        (b"some words", False, ("found 1 numbers",)),
    ],
)
def test_incomplete_contours_are_refused(tmp_path, text, announced, words):
    path = exports.raw_contours(tmp_path / "rs.dcm", SQUARE, text, name="Heart", announced=False)
    if announced:
        exports.edit(
            path,
            lambda dataset: setattr(
                dataset.ROIContourSequence[0].ContourSequence[1], "NumberOfContourPoints", str(announced)
            ),
        )
    refused(path, "rs.dcm: ROI 'Heart': a contour is incomplete", *words)


def test_number_of_points_may_be_missing(tmp_path):
    read = read_structures(exports.raw_contours(tmp_path / "rs.dcm", SQUARE, announced=False))
    assert len(read["ROI"].contours.points_mm) == 4


def test_coordinates_outside_of_any_patient_are_refused(tmp_path):
    far = SQUARE.replace(b"10", b"1e300")
    path = exports.raw_contours(tmp_path / "rs.dcm", SQUARE, far, name="Heart")
    refused(path, "ROI 'Heart': a contour lies outside of any patient; expected coordinates within 100000 mm; "
            "found 1e+300 mm", kind=ContourError)  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*exceeds the size of 64 kByte")  # pydicom says so when it writes them
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED])
def test_contour_of_very_many_points(stored, syntax):
    """More than 65,535 bytes do not fit the length of a decimal string in explicit files: they are stored as UN."""
    many = bodies.circle(50.0, points=20_000)
    written = bodies.stack({0.0: [many], 2.0: [many]}, name="Many")
    path = stored(written, transfer_syntax=syntax)
    contour = pydicom.dcmread(path).ROIContourSequence[0].ContourSequence[0].get_item("ContourData")
    assert contour.length > 500_000
    assert (None if syntax == IMPLICIT else "UN") == contour.VR
    read = read_structures(path)["Many"].contours
    np.testing.assert_allclose(read.points_mm, written.contours.points_mm, rtol=0, atol=1e-11)
    assert read.contour_offsets.tolist() == [0, 20_000, 40_000]


# contours


def test_hole_is_a_nested_contour(tmp_path):
    exports.export(tmp_path)
    ring = read_structures(tmp_path / "structures.dcm")["Ring"]
    assert np.diff(ring.contours.plane_offsets).tolist() == [2, 2, 2]
    assert compute_dvh(exports.small_dose(), ring).volume_cc == pytest.approx(
        (24**2 - 12**2) * 12 / 1000, rel=1e-12
    )


@pytest.mark.parametrize("kind", ["CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR", "closed_planar "])
def test_closed_kinds_are_even_odd(tmp_path, kind):
    def change(dataset):
        for contour in dataset.ROIContourSequence[1].ContourSequence:
            exports.set_raw(contour, "ContourGeometricType", kind.encode(), vr="CS")

    exports.export(tmp_path)
    ring = read_structures(exports.edit(tmp_path / "structures.dcm", change))["Ring"]
    assert ring.warnings == ()
    assert compute_dvh(exports.small_dose(), ring).volume_cc == pytest.approx(
        (24**2 - 12**2) * 12 / 1000, rel=1e-12
    )


@pytest.mark.parametrize("kind", ["POINT", "OPEN_PLANAR", "OPEN_NONPLANAR", ""])
def test_other_kinds_are_skipped_aloud(stored, kind):
    def change(dataset):
        for contour in dataset.ROIContourSequence[0].ContourSequence[1:]:
            contour.ContourGeometricType = kind

    read = read_structures(stored(change=change))["Box"]
    assert read.contours.positions_mm.tolist() == [0.0]
    assert [(c.code, c.subject, c.text) for c in read.warnings] == [
        (Code.CONTOUR_SKIPPED, "Box", f"2 contour(s) of type {kind or 'not stated'} skipped")
    ]


@pytest.mark.parametrize("text", [b"1\\2\\3", b"1\\2\\3\\4\\5\\3", b""])
def test_fewer_than_three_points_are_skipped_aloud(tmp_path, text):
    read = read_structures(exports.raw_contours(tmp_path / "rs.dcm", SQUARE, text))["ROI"]
    assert len(read.contours.points_mm) == 4
    assert [(c.code, c.text) for c in read.warnings] == [
        (Code.CONTOUR_SKIPPED, "1 contour(s) of fewer than three points skipped")
    ]


def test_contour_data_may_be_missing(stored):
    def change(dataset):
        contour = dataset.ROIContourSequence[0].ContourSequence[2]
        del contour.ContourData
        del contour.NumberOfContourPoints

    read = read_structures(stored(change=change))["Box"]
    assert read.contours.positions_mm.tolist() == [0.0, 2.5]
    assert codes(read) == [Code.CONTOUR_SKIPPED]


def test_roi_of_points_alone_is_empty(tmp_path):
    path = exports.raw_contours(tmp_path / "rs.dcm", b"1\\2\\3", kind="POINT", name="Isocentre")
    read = read_structures(path)["Isocentre"]
    assert read.contours is None
    assert codes(read) == [Code.CONTOUR_SKIPPED, Code.STRUCTURE_EMPTY]
    with pytest.raises(StructureError, match="ROI 'Isocentre': has no closed planar contour"):
        compute_dvh(exports.small_dose(), read)


@pytest.mark.parametrize("how", ["no contour item", "empty contour sequence", "no contour sequence"])
def test_empty_roi(stored, how):
    def change(dataset):
        if how == "no contour item":
            del dataset.ROIContourSequence[1]
        elif how == "empty contour sequence":
            dataset.ROIContourSequence[1].ContourSequence = []

    read = read_structures(stored(box(), Structure(2, "Nothing", None), change=change))
    assert read["Nothing"].contours is None
    assert codes(read["Nothing"]) == [Code.STRUCTURE_EMPTY]
    assert codes(read["Box"]) == []


# names and numbers


def test_names_numbers_and_types(stored):
    def change(dataset):
        dataset.RTROIObservationsSequence[0].RTROIInterpretedType = "ORGAN"
        dataset.RTROIObservationsSequence[1].ReferencedROINumber = "99"  # nobody's

    read = read_structures(stored(box("Herz µ", 7), box("b", 3), change=change))
    assert [(roi.number, roi.name, roi.roi_type) for roi in read] == [(7, "Herz µ", "ORGAN"), (3, "b", "")]
    assert read.by_number(3) is read["b"]
    assert read["b"].slice_spacing_mm == 2.5
    assert read["b"].frame_of_reference_uid == HEADER.frame
    with pytest.raises(StructureError, match="no ROI named 'Herz'"):
        read["Herz"]
    with pytest.raises(StructureError, match=r"rs\.dcm: no ROI number 8; found 7 Herz µ, 3 b"):
        read.by_number(8)


def test_duplicate_names_are_kept_apart_by_number(stored):
    read = read_structures(stored(box("PTV", 1), box("PTV", 2, z=20.0), box("Heart", 3)))
    assert [codes(roi) for roi in read] == [[Code.STRUCTURE_DUPLICATE_NAME], [Code.STRUCTURE_DUPLICATE_NAME], []]
    assert read.by_number(2).contours.positions_mm.tolist() == [20.0, 22.5, 25.0]
    with pytest.raises(
        AmbiguityError, match="2 ROIs are named 'PTV'; found ROI numbers 1, 2; pick one by its number"
    ):
        read["PTV"]


def sequence(name, index, **values):
    def change(dataset):
        for keyword, value in values.items():
            setattr(dataset[name][index], keyword, value)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (sequence("StructureSetROISequence", 1, ROINumber="1"), "two ROIs have the same number; found ROINumber 1"),
        (sequence("StructureSetROISequence", 1, ROINumber=""), "ROI Number (ROINumber) is missing"),
        (sequence("StructureSetROISequence", 1, ROINumber="3"), "contours belong to no ROI; found ROI number 2"),
        (sequence("ROIContourSequence", 1, ReferencedROINumber="1"), "an ROI has two sets of contours"),
        (
            sequence("ROIContourSequence", 1, ReferencedROINumber="9"),
            "contours belong to no ROI; found ROI number 9",
        ),
        (lambda dataset: delattr(dataset, "StructureSetROISequence"), "StructureSetROISequence: holds no ROI"),
        (lambda dataset: delattr(dataset, "ROIContourSequence"), "ROIContourSequence: holds no contours"),
    ],
)
def test_contradictory_files_are_refused(stored, change, words):
    refused(stored(box("a", 1), box("b", 2), change=change), words)


def test_frames_of_reference(stored):
    def change(dataset):
        dataset.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.3.4"

    read = read_structures(stored(box("a", 1), box("b", 2), change=change))
    assert read.frame_of_reference_uids == {HEADER.frame, "1.2.3.4"}
    assert [roi.frame_of_reference_uid for roi in read] == [HEADER.frame, "1.2.3.4"]


# planes


def test_jitter_of_slices(tmp_path):
    texts = [SQUARE.replace(b"\\5", b"\\" + z) for z in (b"2.999", b"3.001", b"6")]
    texts[1] = texts[1].replace(b"8", b"9")  # the same square would be a repeat
    contours = read_structures(exports.raw_contours(tmp_path / "rs.dcm", *texts))["ROI"].contours
    assert contours.positions_mm.tolist() == pytest.approx([3.0, 6.0], abs=1e-12)
    assert contours.plane_offsets.tolist() == [0, 2, 3]


def test_order_of_contours_does_not_matter(tmp_path):
    texts = [SQUARE.replace(b"\\5", b"\\%d" % z) for z in (9, 3, 6, 0)]
    a = read_structures(exports.raw_contours(tmp_path / "a.dcm", *texts))["ROI"].contours
    b = read_structures(exports.raw_contours(tmp_path / "b.dcm", *texts[::-1]))["ROI"].contours
    assert a.positions_mm.tolist() == b.positions_mm.tolist() == [0, 3, 6, 9]
    assert a.points_mm.tolist() == b.points_mm.tolist()


def test_sagittal_contours(tmp_path):
    texts = [
        exports.points_text([(x, 0, 0), (x, 10, 0), (x, 10, 8), (x, 0, 8)]) for x in (40.0, 42.5)
    ]  # fmt: skip
    contours = read_structures(exports.raw_contours(tmp_path / "rs.dcm", *texts))["ROI"].contours
    assert np.abs(contours.frame.normal).tolist() == [1.0, 0.0, 0.0]
    assert contours.positions_mm.tolist() == [40.0, 42.5]


def test_contour_that_is_not_planar_is_refused(tmp_path):
    bent = b"0\\0\\5\\10\\0\\5.3\\10\\8\\5\\0\\8\\5.3"
    path = exports.raw_contours(tmp_path / "rs.dcm", SQUARE, bent, name="Heart")
    refused(path, "ROI 'Heart': contours do not lie in parallel planes; expected points within 0.05 mm of a plane",
            kind=ContourError)  # fmt: skip


# files


def test_other_kinds_are_refused(tmp_path):
    for path, kind in zip(exports.export(tmp_path)[::2], ("RTDOSE", "RTPLAN"), strict=True):
        refused(path, f"is not an RT Structure Set; expected RTSTRUCT; found {kind}", kind=NotDicomError)


def delimit(dataset):
    """Let all sequences and items end with a delimiter instead of stating their length."""
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                delimit(item)


def content(roi):
    contours = roi.contours
    arrays = (contours.points_mm, contours.positions_mm, contours.contour_offsets, contours.plane_offsets)
    return [array.tobytes() for array in arrays]


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, DEFLATED])
@pytest.mark.parametrize("undefined", [False, True])
def test_no_truncation_loses_contours_in_silence(tmp_path, syntax, undefined):
    """A file that was cut short is refused, or holds all the contours of the whole file."""
    path = tmp_path / "rs.dcm"
    write_structures(path, exports.small_structures(), HEADER, transfer_syntax=syntax)
    if undefined:
        exports.edit(path, delimit)
    data = path.read_bytes()
    whole = read_structures(path)
    sizes = range(len(data) - 1, 300, -7)
    refusals = 0
    for size in sizes:
        path.write_bytes(data[:size])
        try:
            read = read_structures(path)
        except (DicomFileError, NotDicomError):
            refusals += 1
        else:
            assert read.names() == whole.names()
            assert [content(roi) for roi in read] == [content(roi) for roi in whole]
    assert refusals > 0.6 * len(sizes)


def test_structures_of_pydicom():
    path = get_testdata_file("rtstruct.dcm", download=False)
    if path is None:
        pytest.skip("this pydicom comes without rtstruct.dcm")
    dataset = pydicom.dcmread(path, force=True)
    read = read_structures(Path(path))
    assert read.names() == tuple(item.ROIName for item in dataset.StructureSetROISequence)
    kinds = re.findall(r"\b(POINT|CLOSED_PLANAR)\b", str(dataset))
    skipped = sum(Code.CONTOUR_SKIPPED in codes(roi) for roi in read)
    assert sum(len(np.diff(roi.contours.contour_offsets)) for roi in read if roi.contours) == kinds.count(
        "CLOSED_PLANAR"
    )
    assert skipped == kinds.count("POINT")
