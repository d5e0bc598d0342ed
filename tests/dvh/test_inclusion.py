"""Whole voxels: against the twins that try every voxel, in grids of any direction, and what they measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bodies import circle, dose_from, grid, rectangle, stack
from reference import voxels_by_centre, voxels_touched

from dosimetry.dvh.accuracy import DEFAULT_ACCURACY
from dosimetry.dvh.convention import DEFAULT_CONVENTION, Inclusion
from dosimetry.dvh.deposition import deposit_solid, place_in_grid
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.inclusion import voxelised
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import StructureError, UnsupportedError
from dosimetry.geometry import Grid
from dosimetry.kernels.evenodd import plane_areas
from dosimetry.model.structures import PlaneFrame
from dosimetry.warnings import Code

ON = grid((-14.0, -12.0, -9.0), (2.5, 2.0, 3.0), (7, 13, 12))
VOXEL = 2.5 * 2.0 * 3.0
RING = [circle(8.3, (0.4, -0.7), 40), circle(4.1, (0.9, 0.2), 30)]
BODY = stack({-4.1: [*RING, rectangle(10.1, -3.3, 12.2, 7.7)], -1.1: RING, 1.9: [circle(6.2, (0.4, -0.7), 40)]})
SOLID = build_solid(BODY, DEFAULT_CONVENTION)
BOTH = [(Inclusion.CENTRE, voxels_by_centre), (Inclusion.TOUCHED, voxels_touched)]


def volume(solid):
    contours = solid.contours
    areas = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    return float(areas @ solid.thickness_mm)


def turned(axes, *, uneven=False):
    """Return the voxels of ON in a grid whose axes are (row, column), each ±x or ±y."""
    row, column = (np.array(axis, dtype=float) for axis in axes)
    normal = np.cross(row, column)
    low, high = ON.extent_mm()
    origin = np.where(row + column + normal > 0, low, high)
    sizes = dict(zip("xyz", ON.shape[::-1], strict=True))
    along_row = "x" if row[0] else "y"
    spacing = (2.5, 2.0) if along_row == "x" else (2.0, 2.5)
    frames = np.arange(7) * 3.0
    if uneven:
        frames = frames + np.array([0.0, 0.5, 0.0, -0.3, 0.0, 0.2, 0.0])
    rows, columns = sizes["y" if along_row == "x" else "x"], sizes[along_row]
    return Grid(origin, row, column, spacing, frames, rows, columns)


@pytest.mark.parametrize(("inclusion", "twin"), BOTH)
def test_each_voxel_counts_as_the_twin_says(inclusion, twin):
    expected = twin(SOLID, ON)
    assert 50 < expected.sum() < 0.6 * expected.size
    found = voxelised(SOLID, ON, inclusion)
    assert volume(found) == pytest.approx(expected.sum() * VOXEL, rel=1e-12)
    np.testing.assert_array_equal(voxels_by_centre(found, ON), expected)


@pytest.mark.parametrize("inclusion", [Inclusion.CENTRE, Inclusion.TOUCHED])
@pytest.mark.parametrize(
    "axes",
    [
        ((1, 0, 0), (0, 1, 0)),
        ((-1, 0, 0), (0, -1, 0)),
        ((1, 0, 0), (0, -1, 0)),
        ((0, 1, 0), (1, 0, 0)),
        ((0, -1, 0), (1, 0, 0)),
    ],
)
def test_the_direction_of_the_grid_changes_nothing(inclusion, axes):
    found = voxelised(SOLID, turned(axes), inclusion)
    assert (np.diff(found.contours.positions_mm) > 0).all()
    assert volume(found) == pytest.approx(volume(voxelised(SOLID, ON, inclusion)), rel=1e-12)
    normal = found.contours.frame.normal
    expected = voxelised(SOLID, ON, inclusion)
    heights = sorted((float(normal[2]) * np.concatenate((found.low_mm, found.high_mm))).tolist())
    assert heights == pytest.approx(sorted(np.concatenate((expected.low_mm, expected.high_mm)).tolist()))


@pytest.mark.parametrize(("inclusion", "twin"), BOTH)
def test_frames_unevenly_apart(inclusion, twin):
    on = turned(((1, 0, 0), (0, 1, 0)), uneven=True)
    z = on.frame_positions_mm
    borders = np.concatenate(([-0.5 * z[1]], (z[1:] + z[:-1]) / 2, [z[-1] + (z[-1] - z[-2]) / 2]))
    per_frame = twin(SOLID, on).sum(axis=(1, 2))
    assert volume(voxelised(SOLID, on, inclusion)) == pytest.approx(5.0 * float(per_frame @ np.diff(borders)))


def test_a_contour_on_voxel_borders_touches_no_further_voxel():
    inner = rectangle(-14.0 + 2.5 * 2.5, -12.0 + 2.0 * 1.5, -14.0 + 2.5 * 6.5, -12.0 + 2.0 * 7.5)
    solid = build_solid(stack({-3.0: [inner], 0.0: [inner]}), DEFAULT_CONVENTION)
    for inclusion in Inclusion:
        assert volume(voxelised(solid, ON, inclusion)) == pytest.approx(4 * 6 * 2 * VOXEL, rel=1e-12)
    moved = build_solid(stack({-3.0: [inner + 1e-3], 0.0: [inner + 1e-3]}), DEFAULT_CONVENTION)
    assert volume(voxelised(moved, ON, Inclusion.CENTRE)) == pytest.approx(4 * 6 * 2 * VOXEL, rel=1e-12)
    assert volume(voxelised(moved, ON, Inclusion.TOUCHED)) == pytest.approx(5 * 7 * 2 * VOXEL, rel=1e-12)


def test_voxels_receive_the_dose_of_their_centres():
    """In a linear dose a whole voxel has its centre's dose as the mean."""
    dose = dose_from(lambda x, y, z: 50.0 + x - 0.5 * y + 0.25 * z, ON)
    found = voxelised(SOLID, ON, Inclusion.CENTRE)
    deposited = deposit_solid(dose, place_in_grid(found, ON), volume(found), DEFAULT_ACCURACY)
    counted = voxels_by_centre(SOLID, ON)
    assert not counted[[0, -1]].any()
    assert deposited.volume_mm3 == pytest.approx(counted.sum() * VOXEL, rel=1e-9)
    assert deposited.mean_gy == pytest.approx(float(dose.values_gy[counted].mean()), rel=1e-9)


def widened(on, by):
    """Return a grid with `by` more voxels on every side."""
    z, (u, v) = on.frame_positions_mm, on.spacing_mm
    below = z[0] - (z[1] - z[0]) * np.arange(by, 0, -1)
    above = z[-1] + (z[-1] - z[-2]) * np.arange(1, by + 1)
    origin = on.origin_mm - by * (u * on.row_axis + v * on.column_axis)
    frames = np.concatenate((below, z, above))
    rows, columns = on.rows + 2 * by, on.columns + 2 * by
    return replace(on, origin_mm=origin, frame_positions_mm=frames, rows=rows, columns=columns)


def edges_of(centres):
    middles = (centres[1:] + centres[:-1]) / 2
    return np.concatenate(([2 * centres[0] - middles[0]], middles, [2 * centres[-1] - middles[-1]]))


def lengths(centres, low=-np.inf, high=np.inf):
    """Return how much of each voxel, along one axis, lies between two places."""
    edges = np.clip(edges_of(centres), low, high)
    return np.diff(edges)


LEAVING = stack({-7.1: [circle(9.3, (9.4, 6.7), 40)], -4.1: [*RING, circle(5.0, (-13.0, -9.0), 30)], -1.1: RING})


@pytest.mark.parametrize(("inclusion", "twin"), BOTH)
@pytest.mark.parametrize("uneven", [False, True])
@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (8.0, -5.0, -6.0)])
def test_voxels_beyond_the_grid_are_volume_without_a_dose(inclusion, twin, uneven, shift):
    """Whole voxels wherever the grid ends; what lies beyond its outermost centres is outside."""
    on = turned(((1, 0, 0), (0, 1, 0)), uneven=uneven)
    moved = replace(on, origin_mm=on.origin_mm + shift)
    wide = widened(moved, 6)
    structure = replace(LEAVING, slice_spacing_mm=3.0)
    counted = twin(build_solid(structure, DEFAULT_CONVENTION), wide)
    x, y = (wide.origin_mm[i] + wide.spacing_mm[i] * np.arange(wide.shape[2 - i]) for i in (0, 1))
    z = wide.origin_mm[2] + wide.frame_positions_mm
    low, high = moved.extent_mm()
    whole = np.einsum("kji,k,j,i", counted, lengths(z), lengths(y), lengths(x))
    within = [lengths(centres, low[i], high[i]) for i, centres in enumerate((x, y, z))]
    inside = np.einsum("kji,k,j,i", counted, within[2], within[1], within[0])
    assert inside < 0.9 * whole
    dose = dose_from(lambda x, y, z: 50.0 + x - 0.5 * y + 0.25 * z, moved)
    dvh = compute_dvh(dose, structure, convention=f"prism-{inclusion.value}")
    assert dvh.volume_cc == pytest.approx(whole / 1000, rel=1e-9)
    assert dvh.outside_grid_cc == pytest.approx((whole - inside) / 1000, rel=1e-9)
    assert Code.OUTSIDE_GRID in {caution.code for caution in dvh.warnings}


def test_a_structure_wholly_beyond_the_grid_has_its_volume():
    far = replace(ON, origin_mm=ON.origin_mm + np.array((90.0, 0.0, 0.0)))  # 36 voxels on: the same lattice
    dvh = compute_dvh(dose_from(lambda x, y, z: x + y + z, far), BODY, convention="prism-touched")
    assert dvh.volume_cc == pytest.approx(volume(voxelised(SOLID, ON, Inclusion.TOUCHED)) / 1000, rel=1e-12)
    assert (dvh.outside_grid_cc, dvh.inside_cc) == (dvh.volume_cc, 0.0)


def test_a_structure_larger_than_the_grid_has_all_its_voxels():
    wide = rectangle(-100.0, -100.0, 100.0, 100.0)
    solid = build_solid(stack({z: [wide] for z in (-30.0, 0.0, 30.0)}), DEFAULT_CONVENTION)
    # in x whole voxels end at -99 (centres) and -101 (touched); frames at half slices
    assert volume(voxelised(solid, ON, Inclusion.CENTRE)) == pytest.approx(200.0 * 200.0 * 90.0, rel=1e-12)
    assert volume(voxelised(solid, ON, Inclusion.TOUCHED)) == pytest.approx(202.5 * 202.0 * 93.0, rel=1e-12)


@pytest.mark.parametrize("far", [rectangle(-1e7, -1e7, 1e7, 1e7), rectangle(0.0, 0.0, 1e9, 3.0)])
def test_what_spans_too_many_voxels_is_refused(far):
    solid = build_solid(stack({-3.0: [far], 0.0: [far]}), DEFAULT_CONVENTION)
    with pytest.raises(UnsupportedError, match="ROI 'far': the contours reach over too many voxels"):
        voxelised(solid, ON, Inclusion.TOUCHED, "far")


@pytest.mark.parametrize("axes", [((1, 0, 0), (0, 1, 0)), ((1, 0, 0), (0, -1, 0))])
def test_frames_where_prisms_meet_and_end(axes):
    """Contours half way between frames, at heights that rounding does not hold: each frame counts once."""
    square = rectangle(-3.1, -3.1, 3.1, 3.1)
    heights = [-9.0 + 3.0 * (k + 0.5) + 1e-14 * (-1) ** k for k in range(5)]
    solid = build_solid(stack({z: [square] for z in heights}), DEFAULT_CONVENTION)
    found = voxelised(solid, turned(axes), Inclusion.CENTRE)
    heights = found.contours.frame.normal[2] * found.contours.positions_mm
    assert sorted(heights.tolist()) == [-9.0, -6.0, -3.0, 0.0, 3.0]


def test_exact_is_the_solid_itself():
    assert voxelised(SOLID, ON, Inclusion.EXACT) is SOLID


def test_no_voxel_is_told():
    small = build_solid(stack({-4.5: [circle(0.3, (-12.7, -11.0), 20)]}, spacing=1.0), DEFAULT_CONVENTION)
    with pytest.raises(StructureError, match="ROI 'dot': no voxel of the dose grid counts by 'centre'"):
        voxelised(small, ON, Inclusion.CENTRE, "dot")
    assert volume(voxelised(small, ON, Inclusion.TOUCHED)) == pytest.approx(4 * 2 * VOXEL)


STANDING = {
    "sagittal": PlaneFrame(np.array((0.0, 1.0, 0.0)), np.array((0.0, 0.0, 1.0)), np.array((1.0, 0.0, 0.0))),
    "coronal": PlaneFrame(np.array((1.0, 0.0, 0.0)), np.array((0.0, 0.0, -1.0)), np.array((0.0, 1.0, 0.0))),
}


@pytest.mark.parametrize("inclusion", [Inclusion.CENTRE, Inclusion.TOUCHED])
@pytest.mark.parametrize("where", STANDING)
@pytest.mark.parametrize("leaving", [False, True])
def test_standing_planes_count_the_voxels_that_lying_ones_count(inclusion, where, leaving):
    """The body and the grid turned over together: the same voxels, and the same linear dose in them."""
    frame = STANDING[where]
    axes = np.stack((frame.u_axis, frame.v_axis, frame.normal))  # of the lying body's x, y and z
    sizes = np.array(ON.shape[::-1]) - (3 if leaving else 0)
    spacing = np.abs(axes.T @ (2.5, 2.0, 3.0))
    counts = np.rint(np.abs(axes.T @ sizes)).astype(int)
    low = ON.origin_mm @ axes
    high = (ON.origin_mm + (2.5, 2.0, 3.0) * (sizes - 1)) @ axes
    standing = grid(np.minimum(low, high), tuple(spacing), tuple(counts[::-1]))
    lying = grid(ON.origin_mm, (2.5, 2.0, 3.0), tuple(sizes[::-1]))
    slopes = np.array((1.0, -0.5, 0.25))

    def dose(on, along):
        return dose_from(lambda x, y, z: 50.0 + along[0] * x + along[1] * y + along[2] * z, on)

    body = replace(BODY, contours=replace(BODY.contours, frame=frame))
    found = compute_dvh(dose(standing, slopes @ axes), body, convention=f"prism-{inclusion.value}")
    expected = compute_dvh(dose(lying, slopes), BODY, convention=f"prism-{inclusion.value}")
    assert found.volume_cc == pytest.approx(expected.volume_cc, rel=1e-12)
    assert found.outside_grid_cc == pytest.approx(expected.outside_grid_cc, rel=1e-9)
    assert (expected.outside_grid_cc > 0) == leaving
    assert found.mean_gy == pytest.approx(expected.mean_gy, rel=1e-9)
    for spec in ("Min[Gy]", "Max[Gy]", "D95%[Gy]", "D5%[Gy]"):
        assert found.metric(spec) == pytest.approx(expected.metric(spec), abs=1e-3)


def test_standing_planes_across_uneven_frames_are_refused():
    uneven = turned(((1, 0, 0), (0, 1, 0)), uneven=True)
    body = replace(BODY, contours=replace(BODY.contours, frame=STANDING["sagittal"]))
    with pytest.raises(UnsupportedError, match="planes across frames that are unevenly apart"):
        voxelised(build_solid(body, DEFAULT_CONVENTION), uneven, Inclusion.CENTRE)


def test_oblique_planes_are_refused():
    upright = grid(
        (0.0, 0.0, 0.0), (2.0, 2.0, 2.0), (5, 5, 5), row_axis=(0.0, 0.8, 0.6), column_axis=(1.0, 0.0, 0.0)
    )
    with pytest.raises(UnsupportedError, match="planes oblique to the dose grid"):
        voxelised(SOLID, upright, Inclusion.CENTRE)
