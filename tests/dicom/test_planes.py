"""Contours in space come back in the frame of their planes, whatever their order and tilt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dicom.planes import PLANE_TOLERANCE_MM, group_planes
from dosimetry.errors import ContourError

SQUARE = np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 8.0), (0.0, 8.0)])


def at(z, polygon=SQUARE):
    return np.column_stack((polygon, np.full(len(polygon), float(z))))


def group(*contours):
    return group_planes(np.concatenate(contours), np.append(0, np.cumsum([len(c) for c in contours])))


def in_space(planes):
    """Return all contours as LPS points, plane by plane."""
    frame = planes.frame
    found = []
    for plane, w in enumerate(planes.positions_mm):
        for c in range(planes.plane_offsets[plane], planes.plane_offsets[plane + 1]):
            u, v = planes.points_mm[planes.contour_offsets[c] : planes.contour_offsets[c + 1]].T
            found.append(np.outer(u, frame.u_axis) + np.outer(v, frame.v_axis) + w * frame.normal)
    return found


def rotation(axis, degrees):
    a = np.deg2rad(degrees)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    turned = np.eye(3)
    turned[i, i] = turned[j, j] = np.cos(a)
    turned[j, i], turned[i, j] = np.sin(a), -np.sin(a)
    return turned


def test_axial_contours_keep_their_numbers():
    planes = group(at(3.0), at(-1.1), at(-1.1, SQUARE / 2), at(0.7))
    assert planes.positions_mm.tolist() == [-1.1, 0.7, 3.0]
    assert planes.plane_offsets.tolist() == [0, 2, 3, 4]
    assert planes.contour_offsets.tolist() == [0, 4, 8, 12, 16]
    assert planes.points_mm.tolist() == np.concatenate([SQUARE, SQUARE / 2, SQUARE, SQUARE]).tolist()
    assert np.array_equal([planes.frame.u_axis, planes.frame.v_axis, planes.frame.normal], np.eye(3))


@pytest.mark.parametrize(
    ("heights", "positions"),
    [
        ((2.999, 3.001), [3.0]),
        ((3.0, 3.0 + 0.9 * PLANE_TOLERANCE_MM), [3.0 + 0.45 * PLANE_TOLERANCE_MM]),
        ((3.0, 3.2), [3.0, 3.2]),
        ((6.0, 3.001, 2.999, 6.0), [3.0, 6.0]),
        ((0.0, 0.04, 0.08, 0.12), [0.02, 0.1]),  # no chain of small steps joins slices into one
    ],
)
def test_jitter_of_slices(heights, positions):
    assert group(*(at(z) for z in heights)).positions_mm.tolist() == pytest.approx(positions, abs=1e-12)


def test_jitter_within_a_contour():
    wavy = at(3.0) + np.array([[0, 0, d] for d in (0.01, -0.01, 0.01, -0.01)])
    planes = group(wavy, at(6.0))
    assert planes.positions_mm.tolist() == pytest.approx([3.0, 6.0], abs=1e-12)
    assert planes.points_mm[:4].tolist() == SQUARE.tolist()


@given(st.permutations(range(6)))
def test_order_of_contours_does_not_matter(order):
    contours = [at(z, SQUARE + 20 * i) for i, z in enumerate((0, 0, 3, 6, 6, 9))]
    planes = group(*(contours[i] for i in order))
    assert planes.positions_mm.tolist() == [0, 3, 6, 9]
    expected = {c.tobytes() for c in contours}
    assert {c.tobytes() for c in in_space(planes)} == expected


@pytest.mark.parametrize(
    ("axis", "degrees"), [(0, 1.0), (1, -1.0), (0, 30.0), (0, 90.0), (1, 90.0), (0, -90.0), (1, 60.0), (2, 12.0)]
)
def test_tilted_planes_get_their_own_frame(axis, degrees):
    turn = rotation(axis, degrees)
    contours = [at(z, SQUARE * 10) @ turn.T for z in (0.0, 3.0, 6.0)]
    planes = group(*contours)
    frame = planes.frame
    axes = np.array([frame.u_axis, frame.v_axis, frame.normal])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(axes) == pytest.approx(1.0)
    assert abs(frame.normal @ turn[:, 2]) == pytest.approx(1.0)
    np.testing.assert_allclose(np.diff(planes.positions_mm), 3.0, atol=1e-12)
    along = 1 if frame.normal @ turn[:, 2] > 0 else -1
    for found, written in zip(in_space(planes), contours[::along], strict=True):
        np.testing.assert_allclose(found, written, atol=1e-12)


def test_sagittal_planes():
    planes = group(*(np.column_stack((np.full(4, x), SQUARE)) for x in (40.0, 42.5)))
    assert np.abs(planes.frame.normal).tolist() == [1.0, 0.0, 0.0]
    assert planes.positions_mm.tolist() == [40.0, 42.5]
    assert planes.centroid_mm.tolist() == [41.25, 5.0, 4.0]


def test_frame_is_that_of_the_largest_contour():
    """A tiny contour's own normal is noise; it is judged by the planes of the others."""
    turn = rotation(0, 1.0)
    tiny = at(3.0, SQUARE / 1000) + [[0, 0, d] for d in (0.004, -0.004, 0.004, -0.004)]
    planes = group(tiny @ turn.T, at(0.0, SQUARE * 10) @ turn.T)
    assert planes.frame.normal @ turn[:, 2] == pytest.approx(1.0, abs=1e-12)
    assert planes.positions_mm.tolist() == pytest.approx([0.0, 3.0], abs=0.005)


def test_saddle_is_refused():
    saddle = at(3.0) + [[0, 0, d] for d in (0.2, -0.2, 0.2, -0.2)]
    with pytest.raises(
        ContourError, match=r"parallel planes; expected points within 0\.05 mm of a plane; found 0\.4"
    ):
        group(saddle, at(6.0))


def test_planes_that_are_not_parallel_are_refused():
    with pytest.raises(ContourError, match="do not lie in parallel planes"):
        group(at(0.0), at(3.0) @ rotation(0, 10.0).T)


def test_line_in_space_is_refused():
    with pytest.raises(ContourError, match="enclose no area"):
        group(np.array([(0.0, 0, 0), (1, 1, 1), (2, 2, 2)]))


def test_line_in_an_axial_plane_is_left_to_the_engine():
    assert group(np.array([(0.0, 0, 5), (1, 1, 5), (2, 2, 5)])).positions_mm.tolist() == [5.0]


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ContourError), np.errstate(all="ignore"):
        group(at(0.0), at(3.0) * [[1, 1, 1], [1, 1, 1], [1, 1, np.inf], [1, 1, 1]])
    with pytest.raises(ContourError), np.errstate(all="ignore"):
        group(at(np.nan))


@pytest.mark.parametrize("axis", [0, 1])
@given(seed=st.integers(0, 1000))
def test_decimals_do_not_tilt_small_contours_along_the_patients_axes(axis, seed):
    """5 mm wide, sagittal or coronal, written to 0.01 mm: the planes are the patient's own."""
    jitter = np.random.default_rng(seed)
    planes = [np.insert(0.5 * SQUARE, axis, w, axis=1) for w in (30.0, 33.0, 36.0)]
    found = group(*[np.round(plane + jitter.normal(0, 0.004, plane.shape), 2) for plane in planes])
    assert np.array_equal(found.frame.normal, np.eye(3)[axis])
    assert found.positions_mm == pytest.approx([30, 33, 36], abs=0.02)
