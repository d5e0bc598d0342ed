"""Contours cut from implicit shapes have the areas and volumes of those shapes."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry.synthetic.contours import axial_contours
from dosimetry.synthetic.shapes import cut, ellipsoid, merge, superellipse, tube

BOX = np.full(3, -60.0), np.full(3, 60.0)
HALF = (25.0, 30.0, 40.0)


def polygon_areas(planes):
    areas = np.zeros(planes.positions_mm.size)
    for p in range(areas.size):
        for c in range(planes.plane_offsets[p], planes.plane_offsets[p + 1]):
            x, y = planes.points_mm[planes.contour_offsets[c] : planes.contour_offsets[c + 1]].T
            areas[p] += 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    return areas


def test_ellipsoid_has_its_sections():
    planes = axial_contours(
        lambda x, y, z: ellipsoid(x, y, z, np.eye(3), HALF), np.arange(-39.0, 40.0, 3.0), BOX, 1.5, 2.0
    )
    a, b, c = HALF
    expected = np.pi * a * b * (1 - (planes.positions_mm / c) ** 2)
    assert planes.positions_mm.tolist() == np.arange(-39.0, 40.0, 3.0).tolist()
    # Chords of 2 mm cut off (2 mm)² / (6 r²) of a circle of radius r.
    np.testing.assert_allclose(polygon_areas(planes)[1:-1], expected[1:-1], rtol=0.01)
    assert polygon_areas(planes).sum() * 3.0 == pytest.approx(4 / 3 * np.pi * a * b * c, rel=5e-3)


def test_points_are_even_and_rounded():
    planes = axial_contours(
        lambda x, y, z: superellipse(x, y, 30.0, 20.0, 2.0) + 0.0 * z, np.array([0.0, 3.0]), BOX, 1.5, 2.5
    )
    polygon = planes.points_mm[: planes.contour_offsets[1]]
    steps = np.linalg.norm(np.diff(polygon, axis=0), axis=1)
    assert steps.min() > 2.3
    assert steps.max() < 2.7
    np.testing.assert_array_equal(planes.points_mm, planes.points_mm.round(2))


def test_tube_distance():
    path = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 10.0], [0.0, 8.0, 10.0]])
    x, y, z = np.array([3.0, 0.0, 0.0]), np.array([0.0, 4.0, 0.0]), np.array([5.0, 15.0, -7.0])
    np.testing.assert_allclose(tube(x, y, z, path, 1.0), [2.0, 4.0, 6.0], atol=1e-12)


def test_blends_touch_only_the_seam():
    first, second = np.array([-10.0, 1.0, 8.0]), np.array([10.0, 1.0, -9.0])
    np.testing.assert_array_equal(merge(first, second), [-10.0, 1.0, -9.0])
    np.testing.assert_array_equal(merge(first, second, 4.0), [-10.0, 0.0, -9.0])
    np.testing.assert_array_equal(cut(first, second, 4.0), [10.0, 2.0, 8.0])
