"""Awkward contour sets come back from their files as the same solids, with what has to be said of them."""

from __future__ import annotations

from dataclasses import replace

import exports
import numpy as np
import pytest
from awkward import SETS
from bodies import dose_from, grid, prism, rectangle, stack
from pydicom.dataset import Dataset

from dosimetry.dicom.structures import read_structures
from dosimetry.dicom.write import StudyHeader, write_structures
from dosimetry.dvh.engine import compute_dvh
from dosimetry.model.structures import StructureSet
from dosimetry.warnings import Code

HEADER = StudyHeader(patient_id="SYNTHETIC-SETS")
DOSE = dose_from(
    lambda x, y, z: 20 + 0.3 * x + 0.1 * y + 0.02 * x * y + 0.2 * z, grid(spacing=(4, 5, 6), shape=(21, 25, 31))
)
EXACT = ("Mean[Gy]", "Min[Gy]", "Max[Gy]")
METRICS = ("D98%[Gy]", "D50%[Gy]", "D2%[Gy]", "V20Gy[%]")


def body(case):
    """Return a ROI on all slices of a set."""
    first = min(case.polygons)
    slices = case.slices or [first + case.spacing * i for i in range(-12, 13)]
    square = rectangle(-40, -40, 40, 40)
    return stack({float(z): [square] for z in slices}, "BODY", number=2)


def read_back(path, case, change=None):
    write_structures(path, StructureSet((case.structure("Awkward"), body(case))), HEADER)

    def spoil(dataset):
        contours = dataset.ROIContourSequence[0].ContourSequence
        for contour in contours:
            exports.set_raw(contour, "ContourGeometricType", case.kind.encode(), vr="CS")
        if change:
            change(contours)

    return read_structures(exports.edit(path, spoil))["Awkward"]


def codes(of):
    return tuple(caution.code for caution in of.warnings)


def assert_same(found, expected):
    """A file holds 16 characters of a number; the last of them may move a cell of the histogram."""
    assert found.volume_cc == pytest.approx(expected.volume_cc, rel=1e-10)
    for spec in EXACT:
        assert found.metric(spec) == pytest.approx(expected.metric(spec), rel=1e-10), spec
    for spec in METRICS:
        assert found.metric(spec) == pytest.approx(expected.metric(spec), rel=1e-6), spec


@pytest.mark.parametrize("name", SETS)
def test_sets_come_back(tmp_path, name):
    case = SETS[name]
    read = read_back(tmp_path / "rs.dcm", case)
    assert codes(read) == case.read_codes
    found = compute_dvh(DOSE, read)
    assert codes(found) == case.read_codes + case.codes
    assert_same(found, compute_dvh(DOSE, case.structure()))


@pytest.mark.parametrize("name", SETS)
def test_order_in_the_file_changes_nothing(tmp_path, name):
    case = SETS[name]

    def shuffle(contours):
        order = np.random.default_rng(4).permutation(len(contours))
        contours[:] = [contours[i] for i in order]

    found = compute_dvh(DOSE, read_back(tmp_path / "rs.dcm", case, shuffle))
    assert_same(found, compute_dvh(DOSE, case.structure()))


def test_whatever_else_a_roi_holds_is_told(tmp_path):
    """Points, an open line, a contour of two points, one of none, lines, and every polygon twice."""
    case = SETS["keyhole"]

    def add(contours):
        copies = [*contours]
        for kind, text in (
            ("POINT", b"1\\2\\-6"),
            ("POINT", b"1\\2\\3"),
            ("OPEN_PLANAR", b"0\\0\\3\\5\\5\\3\\9\\5\\3"),
            ("CLOSED_PLANAR", b"0\\0\\0\\9\\9\\0"),
            ("CLOSED_PLANAR", b""),
            ("CLOSED_PLANAR", b"0\\0\\1.5\\1\\1\\1.5\\2\\2\\1.5"),
            ("CLOSED_PLANAR", b"4\\4\\9\\4\\4\\9\\4\\4\\9"),
        ):
            item = Dataset()
            item.ContourGeometricType = kind
            item.add_new("ContourData", "OB", text + b" " * (len(text) % 2))
            contours.append(item)
        contours.extend(copies)

    read = read_back(tmp_path / "rs.dcm", case, add)
    assert [(caution.code, caution.text.split(";")[0]) for caution in read.warnings] == [
        (Code.CONTOUR_SKIPPED, "2 contour(s) of type POINT skipped"),
        (Code.CONTOUR_SKIPPED, "1 contour(s) of type OPEN_PLANAR skipped"),
        (Code.CONTOUR_SKIPPED, "2 contour(s) of fewer than three points skipped"),
        (Code.CONTOUR_SKIPPED, "2 contour(s) without area skipped"),
        (Code.CONTOUR_REPEATED, "5 contour(s) come twice in their plane"),
    ]
    assert_same(compute_dvh(DOSE, read), compute_dvh(DOSE, case.structure()))


def test_polygons_twice_in_one_file_count_once(tmp_path):
    for name, case in SETS.items():
        if case.kind == "CLOSED_PLANAR" and not case.read_codes:
            twice = replace(case, polygons={z: [*p, *(q[::-1] for q in p)] for z, p in case.polygons.items()})
            read = read_back(tmp_path / "rs.dcm", twice)
            assert codes(read) == (Code.CONTOUR_REPEATED,), name
            assert_same(compute_dvh(DOSE, read), compute_dvh(DOSE, case.structure()))


def test_a_long_structure_alone_in_its_file_keeps_its_pieces(tmp_path):
    """Nothing tells the slices: the structure's own spacing does."""
    case = SETS["gaps"]
    path = tmp_path / "rs.dcm"
    write_structures(path, StructureSet((case.structure("Alone"),)), HEADER)
    read = read_structures(path)["Alone"]
    assert read.slice_positions_mm is None
    found = compute_dvh(DOSE, read)
    assert codes(found) == (Code.CONTOUR_GAP,)
    assert_same(found, compute_dvh(DOSE, case.structure()))


def test_the_slices_of_another_frame_of_reference_are_not_used(tmp_path):
    case = SETS["one plane"]
    path = tmp_path / "rs.dcm"
    other = prism(rectangle(0, 0, 9, 9), 0.0, 5.0, 9, name="Other", number=2)
    write_structures(path, StructureSet((case.structure("One"), other)), HEADER)

    def change(dataset):
        dataset.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.3.4"

    assert read_structures(exports.edit(path, change))["One"].slice_positions_mm is None
