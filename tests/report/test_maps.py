"""Maps of dose: where isodoses lie, which way the patient lies, and what a difference is."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from bodies import circle, dose_from, grid, prism, rectangle

from dosimetry.dicom.images import find_images, read_images
from dosimetry.errors import LinkError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.images import Images
from dosimetry.report.document import Gallery, Statement
from dosimetry.report.imni_figures import pictures
from dosimetry.report.maps import drawn_structures, map_section
from dosimetry.report.outlines import middle_mm, outlines
from dosimetry.report.slices import AXIAL, SAGITTAL, at_plane, letters_of
from dosimetry.report.washes import difference_scale, dose_scale, isolines, painted

X, Y, Z = np.eye(3)
# Row and column directions of images of all eight patient positions, LPS.
POSITIONS = {
    "HFS": (X, Y),
    "HFP": (-X, -Y),
    "FFS": (-X, Y),
    "FFP": (X, -Y),
    "HFDR": (Y, -X),
    "HFDL": (-Y, X),
    "FFDR": (Y, X),
    "FFDL": (-Y, -X),
}
MIDDLE = np.array([10.0, -20.0, 30.0])
LOW, HIGH = MIDDLE - 24.0, MIDDLE + 24.0
TOWARDS = {"L": X, "R": -X, "P": Y, "A": -Y, "S": Z, "I": -Z}


def _turned(position, half_mm=30.0):
    row_axis, column_axis = POSITIONS[position]
    corner = MIDDLE - half_mm * (row_axis + column_axis + np.cross(row_axis, column_axis))
    steps = np.cumsum([0.0, *[2.0, 3.0, 4.0] * 7])  # unevenly spaced frames
    size = int(half_mm) + 1
    return Grid(corner, row_axis, column_axis, (2.0, 2.0), steps[steps <= 2 * half_mm], size, size)


def _points(plane):
    rows, columns = np.indices((plane.rows, plane.columns))
    at = plane.map_index_to_mm(np.column_stack((columns.ravel(), rows.ravel(), np.zeros(rows.size))))
    return at.reshape(plane.rows, plane.columns, 3)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("view", [AXIAL, SAGITTAL])
def test_a_picture_shows_the_dose_on_the_side_of_its_letters_in_every_patient_position(position, view):
    left, right, top, bottom = letters_of(view)
    plane = view.plane(float(MIDDLE[view.normal]), LOW, HIGH, 1.0)
    for letter, part in ((left, (slice(None), 0)), (right, (slice(None), -1)), (top, 0), (bottom, -1)):
        # A dose that grows towards one side is highest there: at the middle plus 24 mm.
        dose = dose_from(
            lambda x, y, z, to=TOWARDS[letter]: 100.0 + np.stack((x, y, z), -1) @ to - MIDDLE @ to,
            _turned(position),
        )
        shown = at_plane(dose, plane)
        assert shown[part] == pytest.approx(124.0, abs=1e-9)
        assert shown.min() == pytest.approx(76.0, abs=1e-9)


def test_letters_are_those_of_radiology():
    assert letters_of(AXIAL) == ("R", "L", "A", "P")
    assert letters_of(SAGITTAL) == ("A", "P", "S", "I")


def test_an_isodose_of_a_radial_dose_is_its_circle():
    dose = dose_from(lambda x, y, z: 50.0 - np.sqrt((x - 10) ** 2 + (y + 20) ** 2 + (z - 30) ** 2), _turned("HFP"))
    for view in (AXIAL, SAGITTAL):
        plane = view.plane(float(MIDDLE[view.normal]), LOW, HIGH, 1.0)
        [line] = isolines(at_plane(dose, plane), 30.0, plane, view)
        middle = MIDDLE[[view.across, view.down]]
        # Over a cell of h mm a circle of r mm bulges by h²/8r: 0.1 mm for the largest gap of 4 mm.
        assert np.hypot(*(line - middle).T) == pytest.approx(20.0, abs=0.13)


def test_points_beyond_the_dose_grid_are_unknown_and_not_painted():
    dose = dose_from(lambda x, _y, _z: 0 * x + 47.0, _turned("HFS", 12.0))
    shown = at_plane(dose, AXIAL.plane(30.0, LOW, HIGH, 1.0))
    assert np.isnan(shown[0]).all()
    assert np.nanmin(shown) == np.nanmax(shown) == pytest.approx(47.0)
    assert np.isfinite(shown).sum() == 25 * 25
    picture = painted(shown, dose_scale(50.0), np.full(shown.shape, 0.5))
    assert (picture[0] == 128).all()
    assert (picture[24, 24] != 128).any()
    assert (
        at_plane(Dose(replace(dose.grid, rows=1), dose.values_gy[:, :1]), AXIAL.plane(30.0, LOW, HIGH, 1.0)) is None
    )


def test_images_are_cut_like_doses():
    on = grid((-30, -30, -30), (3, 3, 3), (21, 21, 21))
    values = np.broadcast_to(np.arange(21)[:, None, None] * 10 - 100, (21, 21, 21)).astype(np.int16)
    shown = at_plane(Images(on, values, "1.2"), SAGITTAL.plane(0.0, (-9, -9, -9), (9, 9, 9), 1.5))
    assert shown[0] == pytest.approx(30.0)  # z = 9 mm, the head above
    assert shown[-1] == pytest.approx(-30.0)


def test_outlines_are_the_contours_along_them_and_rectangles_across():
    box = replace(prism(rectangle(0, -40, 20, -10), 20.0, 3.0, 7), slice_spacing_mm=3.0)
    axial = AXIAL.plane(29.9, LOW, HIGH, 1.0)
    [line] = outlines(box, axial)
    assert line[:-1, :2] == pytest.approx(rectangle(0, -40, 20, -10))
    assert (line[0] == line[-1]).all()
    [upright] = outlines(box, SAGITTAL.plane(10.0, LOW, HIGH, 1.0))
    assert upright[0] == pytest.approx(upright[-1])
    assert upright.min(axis=0) == pytest.approx([10.0, -40.0, 18.5])
    assert upright.max(axis=0) == pytest.approx([10.0, -10.0, 39.5])
    assert outlines(box, AXIAL.plane(39.6, LOW, HIGH, 1.0)) == []
    assert outlines(box, SAGITTAL.plane(20.5, LOW, HIGH, 1.0)) == []
    assert middle_mm(box) == pytest.approx([10.0, -25.0, 29.0])


def test_contours_oblique_to_a_plane_are_not_outlined():
    box = replace(prism(rectangle(0, -40, 20, -10), 20.0, 3.0, 7), slice_spacing_mm=3.0)
    frame = replace(box.contours.frame, v_axis=np.array([0.0, 0.8, 0.6]), normal=np.array([0.0, -0.6, 0.8]))
    tilted = replace(box, contours=replace(box.contours, frame=frame))
    assert outlines(tilted, AXIAL.plane(30.0, LOW, HIGH, 1.0)) is None
    assert outlines(tilted, SAGITTAL.plane(10.0, LOW, HIGH, 1.0)) is not None


def test_a_gap_between_contours_stays_open():
    ends = [*range(0, 10, 3), *range(21, 31, 3)]
    made = replace(prism(circle(10.0), 0.0, 3.0, len(ends)), slice_spacing_mm=3.0)
    apart = replace(made, contours=replace(made.contours, positions_mm=np.array(ends, dtype=float)))
    lines = outlines(apart, SAGITTAL.plane(0.0, LOW, HIGH, 1.0))
    assert [(line[:, 2].min(), line[:, 2].max()) for line in lines] == [(-1.5, 10.5), (19.5, 31.5)]


def test_the_steps_of_dose_are_shares_of_the_prescription():
    scale = dose_scale(40.0)
    assert scale.levels_gy[0] == pytest.approx(2.0)
    assert scale.ticks[-2:] == ("38", "42.8")
    assert dose_scale(None).prescription_gy is None
    change = difference_scale()
    assert (change.levels_gy == -change.levels_gy[::-1]).all()
    assert not change.painted[len(change.levels_gy) // 2]
    assert change.painted.sum() == len(change.levels_gy)


def test_the_difference_at_nodes_is_that_of_the_stored_doses(pair):
    on = pair.with_.dose.grid
    low, high = on.extent_mm()
    plane = AXIAL.plane(30.0, low, high, 3.0)
    shown = at_plane(pair.with_.dose, plane) - at_plane(pair.without.dose, plane)
    frame = round((30.0 - low[2]) / 3.0)
    assert shown == pytest.approx((pair.with_.dose.values_gy - pair.without.dose.values_gy)[frame], abs=1e-9)


@pytest.fixture(scope="module")
def images(pair, project_root):
    return read_images(project_root / "sample_plans" / "ct" / "left_fb", pair.with_.dose.frame_of_reference_uid)


@pytest.fixture(scope="module")
def section(pair, images):
    return map_section(pair, (images, images))


def test_the_ct_is_found_by_its_frame_of_reference(pair, images, project_root):
    import pydicom

    folder = project_root / "sample_plans" / "ct"
    first = pydicom.dcmread(folder / "left_fb" / "ct_040.dcm")
    at = np.argmin(
        np.abs(images.grid.origin_mm[2] + images.grid.frame_positions_mm - first.ImagePositionPatient[2])
    )
    assert (images.values_hu[at] == first.pixel_array - 1024.0).all()
    assert images.grid.shape == (105, 117, 123)
    uid = pair.with_.dose.frame_of_reference_uid
    found = find_images([folder / "left_fb"], uid)
    assert (found.values_hu == images.values_hu).all()
    assert find_images([folder / "left_dibh"], uid) is None
    assert find_images([folder / "left_fb"], None) is None
    with pytest.raises(LinkError, match="no CT in the frame of reference"):
        read_images(folder / "left_dibh", uid)
    with pytest.raises(LinkError, match="not a folder"):
        read_images(folder / "nothing", uid)


def test_maps_of_the_sample_pair(section):
    from PIL import Image

    [gallery] = section.blocks
    assert [picture.title for picture in gallery.pictures] == [
        "Axial plane, z = 30.0 mm",
        "Sagittal plane, x = 26.1 mm",
    ]
    for picture in gallery.pictures:
        found = re.findall(r'href="data:image/png;base64,([^"]+)"', picture.svg)
        assert len(found) == 3
        assert not re.search(r'href="(?!#|data:image/png;base64,)', picture.svg)
        assert len(picture.svg) < 500_000
        size = {Image.open(io.BytesIO(base64.b64decode(text))).size for text in found}
        assert len(size) == 1
        assert "Difference: with minus without" in picture.svg
    assert {"Heart", "CTVn_IMN_L", "A_LAD", "Lung_L", "Breast_L"} == {
        key.name for key in gallery.pictures[1].legend
    }


def test_doses_in_different_frames_of_reference_give_two_maps_and_a_reason(pair):
    for uid, words in (("1.2.3", "different frames of reference"), (None, "names no frame of reference")):
        elsewhere = replace(pair.with_.dose, frame_of_reference_uid=uid)
        told, gallery = map_section(replace(pair, with_=replace(pair.with_, dose=elsewhere)), views=(AXIAL,)).blocks
        assert isinstance(told, Statement)
        assert words in told.text
        assert isinstance(gallery, Gallery)
        assert all("minus" not in picture.svg for picture in gallery.pictures)
        assert all(picture.svg.count("data:image/png") == 2 for picture in gallery.pictures)


def test_a_structure_has_the_colour_of_its_curves(pair):
    curves = {
        key.name: re.search(r'stroke="(#\w+)"', key.swatches[0])[1]
        for shown in pictures(pair)
        for key in shown.legend
    }
    for one in drawn_structures(pair):
        assert curves[one.name] == one.style.colour


def test_names_are_in_the_legend_alone_and_a_missing_ct_is_told(pair):
    hostile = replace(pair.heart, name="<script>alert(1)</script>")
    [gallery] = map_section(replace(pair, increments=(hostile, *pair.increments[1:])), views=(SAGITTAL,)).blocks
    [picture] = gallery.pictures
    assert "alert" not in picture.svg
    assert any("alert" in key.name for key in picture.legend)
    assert "--ct" in gallery.notes[-1]
