"""Lines are told from polygons, and copies of a contour from its neighbours."""

from __future__ import annotations

import exports
import numpy as np
import pytest
from bodies import circle, rectangle, stack
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dicom.contour_faults import Laps, lines, without_laps, without_repeats
from dosimetry.dicom.structures import read_structures
from dosimetry.dicom.write import StudyHeader, write_structures
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import StructureError
from dosimetry.model.structures import StructureSet
from dosimetry.warnings import Code

SQUARE = rectangle(0, 0, 10, 10)
BOW_TIE = [(0, 0), (2, 2), (2, 0), (0, 2)]


def are_lines(*polygons, turn=None):
    turn = np.eye(3) if turn is None else turn
    points = [np.column_stack((np.array(p, dtype=float), np.full(len(p), 3.0))) @ turn.T for p in polygons]
    offsets = np.append(0, np.cumsum([len(p) for p in points]))
    return lines(np.concatenate(points), offsets).tolist()


@pytest.mark.parametrize("turn", [np.eye(3), np.eye(3)[[2, 0, 1]]], ids=["axial", "sagittal"])
@pytest.mark.parametrize("shift", [0.0, 300.0])
def test_lines_and_polygons(turn, shift):
    shapes = {
        "line": ([(0, 0), (1, 1), (2, 2)], True),
        "there and back": ([(0, 0), (5, 1), (10, 2), (5, 1)], True),
        "point": ([(4, 4)] * 4, True),
        "repeated points": ([(0, 0), (0, 0), (3, 1), (3, 1)], True),
        "tiny triangle": ([(0, 0), (0.01, 0), (0, 0.01)], False),
        "bow tie": (BOW_TIE, False),
        "sliver": ([(0, 0), (100, 0), (100, 0.01)], False),
        "square": (SQUARE, False),
    }
    found = are_lines(*(np.array(p, dtype=float) + shift for p, _ in shapes.values()), turn=turn)
    assert dict(zip(shapes, found, strict=True)) == {name: line for name, (_, line) in shapes.items()}


def repeats(*polygons):
    kept, count = without_repeats(stack({0.0: [SQUARE - 50], 3.0: list(polygons), 6.0: [SQUARE]}).contours)
    assert kept.plane_offsets[-1] == kept.contour_offsets.size - 1
    assert kept.contour_offsets[-1] == len(kept.points_mm)
    assert np.diff(kept.plane_offsets).tolist() == [1, len(polygons) - count, 1]
    return count


closed = np.vstack((SQUARE, SQUARE[:1]))


@pytest.mark.parametrize(
    ("polygons", "expected"),
    [
        ([SQUARE, SQUARE], 1),
        ([SQUARE, SQUARE, SQUARE], 2),
        ([SQUARE, SQUARE[::-1]], 1),
        ([SQUARE, np.roll(SQUARE, 2, axis=0)], 1),
        ([SQUARE, closed], 1),
        ([SQUARE, np.repeat(SQUARE, 2, axis=0)], 1),
        ([SQUARE, SQUARE + 1e-9], 1),
        ([SQUARE, SQUARE + 0.01], 0),
        ([SQUARE, SQUARE[[0, 2, 1, 3]]], 0),  # the same points in another order are another polygon
        ([SQUARE, rectangle(2, 2, 8, 8)], 0),
        ([SQUARE, SQUARE * (1, -1)], 0),
        ([SQUARE - 5, circle(3.0), SQUARE - 5, circle(3.0)[::-1]], 2),
    ],
)
def test_repeats_in_a_plane(polygons, expected):
    assert repeats(*polygons) == expected


def test_the_same_contour_on_another_plane_is_no_repeat():
    kept, count = without_repeats(stack({z: [SQUARE] for z in (0.0, 3.0)}).contours)
    assert (count, kept.positions_mm.size) == (0, 2)


corner = st.integers(0, 6).map(float)


@given(st.lists(st.tuples(corner, corner), min_size=3, max_size=10), st.integers(0, 9), st.booleans())
def test_a_repeat_is_found_wherever_it_starts(polygon, start, back):
    """Also where it goes through its lowest point several times."""
    one = np.array(polygon)
    other = np.roll(one[::-1] if back else one, start, axis=0)
    assert repeats(one, other) == 1


def laps(*polygons):
    """Return what was found, and the contours that are left."""
    found, counts = without_laps(stack({0.0: [SQUARE - 50], 3.0: [np.array(p, float) for p in polygons]}).contours)
    assert found.plane_offsets.tolist() == [0, 1, 1 + len(polygons)]
    return counts, np.split(found.points_mm, found.contour_offsets[1:-1])[1:]


KEYHOLE = np.vstack((SQUARE, SQUARE[:1], rectangle(4, 4, 6, 6), [(4, 4)]))
TWO_KEYS = np.vstack((SQUARE, SQUARE[:1], rectangle(2, 2, 4, 4), [(2, 2), (0, 0)], rectangle(6, 6, 8, 8), [(6, 6)]))


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(
    "polygon", [SQUARE, closed, np.repeat(SQUARE, 2, axis=0), BOW_TIE, KEYHOLE, circle(7.3, points=91)]
)
def test_one_lap_is_left_of_several(polygon, times):
    polygon = np.array(polygon, float)
    counts, (left,) = laps(np.tile(polygon, (times, 1)))
    assert counts == Laps(whole=1)
    assert repeats(left, polygon) == 1  # the same contour


@pytest.mark.parametrize("polygon", [closed, KEYHOLE, TWO_KEYS, BOW_TIE, np.vstack((SQUARE, SQUARE + 10))])
def test_contours_that_pass_their_first_point_and_are_none_the_worse(polygon):
    counts, (left,) = laps(polygon)
    assert counts == Laps()
    np.testing.assert_array_equal(left, polygon)


@pytest.mark.parametrize(
    "polygon",
    [
        np.vstack((SQUARE, SQUARE[:3])),  # a lap and a half
        np.vstack((SQUARE, SQUARE[:1], SQUARE[:0:-1])),  # and all the way back
        np.vstack((SQUARE, SQUARE[:1], [(3, 1)], SQUARE)),  # two laps and a spike
    ],
)
def test_contours_that_run_along_themselves_are_told(polygon):
    counts, (left,) = laps(SQUARE + 20, polygon)[0], laps(polygon)[1]
    assert counts == Laps(partial=1)
    np.testing.assert_array_equal(left, polygon)


@given(st.lists(st.tuples(corner, corner), min_size=3, max_size=9, unique=True), st.integers(2, 4))
def test_laps_of_any_polygon_are_one(polygon, times):
    counts, (left,) = laps(np.tile(np.array(polygon), (times, 1)))
    assert counts == Laps(whole=1)
    np.testing.assert_array_equal(left, polygon)


def test_a_ring_drawn_twice_has_its_volume_and_a_warning(tmp_path):
    once, twice = (stored(tmp_path, "CLOSED_PLANAR", polygon) for polygon in (SQUARE, np.vstack((closed, closed))))
    assert twice.contours.points_mm.tolist() == once.contours.points_mm.tolist()
    (caution,) = twice.warnings
    assert caution.code is Code.CONTOUR_REPEATED
    assert "3 contour(s) run several times around the same ring, taken once" in caution.text
    half = stored(tmp_path, "CLOSED_PLANAR", np.vstack((SQUARE, SQUARE[:3])))
    assert [caution.code for caution in half.warnings] == [Code.CONTOUR_REPEATED]
    assert "3 contour(s) run again along their own line" in half.warnings[0].text


def stored(tmp_path, kind, *polygons):
    """Return the ROI that a file holds with these polygons on each of three planes."""
    roi = stack({z: list(polygons) for z in (0.0, 3.0, 6.0)}, name="ROI")
    path = tmp_path / "rs.dcm"
    write_structures(path, StructureSet((roi,)), StudyHeader(patient_id="SYNTHETIC-FAULTS"))

    def change(dataset):
        for contour in dataset.ROIContourSequence[0].ContourSequence:
            exports.set_raw(contour, "ContourGeometricType", kind.encode(), vr="CS")

    return read_structures(exports.edit(path, change))["ROI"]


HOLE = rectangle(4, 4, 6, 6)


def test_a_contour_exported_twice_is_measured_once_and_told(tmp_path):
    """Even-odd, the second copy would erase the first."""
    read = stored(tmp_path, "CLOSED_PLANAR", SQUARE, HOLE, SQUARE[::-1])
    assert [(c.code, c.subject, c.text) for c in read.warnings] == [
        (
            Code.CONTOUR_REPEATED,
            "ROI",
            "3 contour(s) come twice in their plane; each is taken once, as they would cancel",
        )
    ]
    dvh = compute_dvh(exports.small_dose(), read)
    assert dvh.volume_cc == pytest.approx((100 - 4) * 9 / 1000, rel=1e-12)
    assert dvh.warnings == read.warnings


def test_contours_stated_to_be_exclusive_cancel(tmp_path):
    read = stored(tmp_path, "CLOSEDPLANAR_XOR", SQUARE, HOLE, SQUARE)
    assert read.warnings == ()
    assert compute_dvh(exports.small_dose(), read).volume_cc == pytest.approx(4 * 9 / 1000, rel=1e-12)


def test_lines_are_skipped_aloud(tmp_path):
    read = stored(tmp_path, "CLOSED_PLANAR", SQUARE, [(20, 0), (21, 1), (22, 2)])
    assert [(c.code, c.text) for c in read.warnings] == [
        (Code.CONTOUR_SKIPPED, "3 contour(s) without area skipped")
    ]
    assert compute_dvh(exports.small_dose(), read).volume_cc == pytest.approx(0.9, rel=1e-12)


def test_a_roi_of_lines_alone_is_empty(tmp_path):
    read = stored(tmp_path, "CLOSED_PLANAR", [(0, 0), (1, 1), (2, 2)])
    assert read.contours is None
    assert [c.code for c in read.warnings] == [Code.CONTOUR_SKIPPED, Code.STRUCTURE_EMPTY]
    with pytest.raises(StructureError, match="no closed planar contour"):
        compute_dvh(exports.small_dose(), read)
