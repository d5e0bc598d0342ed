"""Maps of dose: where isodoses lie, which way the patient lies, and what a difference is."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import ContourPlanes, PlaneFrame, Structure
from dosimetry.report.document import Gallery, Statement
from dosimetry.report.dose_maps import isodose_lines, levels_gy, map_section, outlined
from dosimetry.report.dose_planes import View, cut_plane, outlines, sampled
from dosimetry.report.figures import slot_style
from dosimetry.report.imni_figures import drawn_slots

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


def grid_of(row_axis, column_axis, *, half_mm=30.0, spacing=(2.0, 2.0), gap=3.0):
    normal = np.cross(row_axis, column_axis)
    corner = MIDDLE - half_mm * (row_axis + column_axis + normal)
    columns, rows = (int(2 * half_mm / step) + 1 for step in spacing)
    return Grid(corner, row_axis, column_axis, spacing, np.arange(0.0, 2 * half_mm + 1e-9, gap), rows, columns)


def dose_of(grid, function):
    frames, rows, columns = np.indices(grid.shape)
    index = np.column_stack([axis.ravel() for axis in (columns, rows, frames)]).astype(float)
    return Dose(grid=grid, values_gy=function(grid.map_index_to_mm(index)).reshape(grid.shape))


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("view", View)
def test_a_plane_shows_the_dose_at_its_own_lps_coordinates_in_every_patient_position(position, view):
    dose = dose_of(grid_of(*POSITIONS[position]), lambda at: 100.0 + at @ [0.3, -0.5, 0.7])
    plane = cut_plane(view, MIDDLE, dose.grid)
    across, along, out = view.axes
    at = np.zeros((plane.along_mm.size, plane.across_mm.size, 3))
    at[..., across], at[..., along] = plane.across_mm, plane.along_mm[:, None]
    at[..., out] = plane.position_mm
    assert sampled(dose, plane) == pytest.approx(100.0 + at @ [0.3, -0.5, 0.7], abs=1e-9)


@pytest.mark.parametrize(
    ("view", "letters", "grows_down"), [(View.AXIAL, "RLAP", True), (View.SAGITTAL, "APSI", False)]
)
def test_letters_agree_with_the_signs_of_lps(view, letters, grows_down):
    towards = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "S": (2, 1), "I": (2, -1)}
    across, along, _ = view.axes
    down = 1 if grows_down else -1
    assert "".join(view.letters) == letters
    expected = [(across, -1), (across, 1), (along, -down), (along, down)]
    assert [towards[letter] for letter in view.letters] == expected
    assert view.grows_down is grows_down


def test_an_isodose_of_a_radial_dose_is_its_circle():
    dose = dose_of(grid_of(X, Y), lambda at: 50.0 - np.linalg.norm(at - MIDDLE, axis=1))
    plane = cut_plane(View.AXIAL, MIDDLE, dose.grid)
    [line] = isodose_lines(sampled(dose, plane), plane, 30.0)
    # A chord of a 2 mm cell lies within h²/8r = 0.025 mm of its circle, on each side of the interpolation.
    assert np.hypot(*(line - MIDDLE[:2]).T) == pytest.approx(20.0, abs=0.05)


def test_points_beyond_the_dose_grid_are_unknown_and_not_zero():
    wide, small = (dose_of(grid_of(X, Y, half_mm=half), lambda at: 0 * at[:, 0] + 7.0) for half in (30.0, 12.0))
    found = sampled(small, cut_plane(View.AXIAL, MIDDLE, wide.grid))
    assert np.isnan(found[0]).all()
    assert np.nanmin(found) == np.nanmax(found) == 7.0


def test_outlines_are_the_contours_in_axial_planes_and_their_extent_in_sagittal_ones():
    square = np.array([[0.0, -40.0], [20.0, -40.0], [20.0, -10.0], [0.0, -10.0]])
    z = np.arange(20.0, 41.0, 3.0)
    planes = ContourPlanes(
        PlaneFrame.axial(), np.tile(square, (z.size, 1)), 4 * np.arange(z.size + 1), np.arange(z.size + 1), z
    )
    box = Structure(1, "box", planes, slice_spacing_mm=3.0)
    grid = grid_of(X, Y)
    [axial] = outlines(box, cut_plane(View.AXIAL, MIDDLE, grid))
    assert axial[:-1] == pytest.approx(square)
    [upright] = outlines(box, cut_plane(View.SAGITTAL, MIDDLE, grid))
    assert [*upright.min(axis=0), *upright.max(axis=0)] == pytest.approx([-40.0, 18.5, -10.0, 39.5], abs=0.5)
    assert outlines(box, cut_plane(View.AXIAL, np.array([10.0, -20.0, 51.0]), grid)) == ()


def test_at_most_six_isodoses_below_the_highest_dose():
    assert levels_gy(53.0) == (5.0, 10.0, 20.0, 30.0, 40.0, 50.0)
    assert levels_gy(0.3) == ()


def test_the_difference_at_nodes_is_that_of_the_stored_doses(pair):
    plane = cut_plane(View.AXIAL, pair.increments[1].with_.structure.contours.centroid_mm, pair.with_.dose.grid)
    found = sampled(pair.with_.dose, plane) - sampled(pair.without.dose, plane)
    low, _ = pair.with_.dose.grid.extent_mm()
    frame = round((plane.position_mm - low[2]) / float(np.diff(pair.with_.dose.grid.frame_positions_mm)[0]))
    assert pair.increments[1].key == "imn_target"
    assert found == pytest.approx((pair.with_.dose.values_gy - pair.without.dose.values_gy)[frame], abs=1e-9)


def test_maps_of_the_sample_pair_hold_a_raster_letters_and_no_reference_to_elsewhere(pair):
    [gallery] = map_section(pair).blocks
    assert [picture.title for picture in gallery.pictures] == ["Axial plane", "Sagittal plane"]
    for picture in gallery.pictures:
        assert re.findall(r'<image[^>]*href="(data:image/png;base64,)', picture.svg)
        assert not re.search(r'href="(?!#|data:image/png;base64,)', picture.svg)
        assert "With minus without" in picture.svg
        assert len(picture.svg) < 500_000


def test_doses_in_different_frames_of_reference_give_two_maps_and_a_reason(pair):
    elsewhere = replace(pair.with_.dose, frame_of_reference_uid="1.2.3")
    told, gallery = map_section(replace(pair, with_=replace(pair.with_, dose=elsewhere))).blocks
    assert isinstance(told, Statement)
    assert "different frames of reference" in told.text
    assert isinstance(gallery, Gallery)
    assert all("minus" not in picture.svg for picture in gallery.pictures)


def test_no_two_outlines_share_a_colour_and_each_has_that_of_its_dvh(pair):
    slots = drawn_slots(pair)
    kept = outlined(slots)
    colours = [slot_style(slot)[0] for slot in kept.values()]
    assert [one.key for one in kept][:2] == ["heart", "imn_target"]
    assert len(set(colours)) == len(colours) < len(slots)
    assert all(slots[one] == slot for one, slot in kept.items())


def test_names_of_rois_are_in_the_legend_and_not_in_the_drawing(pair):
    hostile = replace(pair.heart, name="<script>alert(1)</script>")
    result = replace(pair, increments=(hostile, *pair.increments[1:]))
    [gallery] = map_section(result).blocks
    assert all("alert" not in picture.svg for picture in gallery.pictures)
    assert any("alert" in key.name for key in gallery.pictures[0].legend)
