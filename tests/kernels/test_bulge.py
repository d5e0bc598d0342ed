"""Sections widened by a distance, holes narrowed by it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from bodies import circle, rectangle

from dosimetry.kernels.bulge import boundary_lengths, bulged
from dosimetry.kernels.evenodd import plane_areas


def flat(*polygons):
    return (
        np.concatenate(polygons),
        np.append(0, np.cumsum([len(polygon) for polygon in polygons])),
        np.array([0, len(polygons)]),
    )


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("distance", [0.4, -0.4])
def test_a_ring_grows_outward_and_its_hole_inward(turn, distance):
    points, contours, planes = flat(circle(10.0, (3, 2), 400), circle(4.0, (4, 2), 200)[::turn])
    moved = bulged(points, contours, planes, np.array([distance]))
    area = plane_areas(moved, contours, planes)[0]
    assert area == pytest.approx(math.pi * ((10 + distance) ** 2 - (4 - distance) ** 2), rel=2e-4)


def test_an_island_in_a_hole_grows_again():
    points, contours, planes = flat(circle(10.0, points=400), circle(7.0, points=300), circle(3.0, points=200))
    moved = bulged(points, contours, planes, np.array([0.5]))
    area = plane_areas(moved, contours, planes)[0]
    assert area == pytest.approx(math.pi * (10.5**2 - 6.5**2 + 3.5**2), rel=2e-4)


def test_the_area_grows_by_the_length_of_the_boundary():
    points, contours, planes = flat(circle(12.0, points=500), circle(5.0, (30, 1), 300))
    length = boundary_lengths(points, contours, planes)[0]
    assert length == pytest.approx(2 * math.pi * 17.0, rel=1e-4)
    grown = plane_areas(bulged(points, contours, planes, np.array([1e-4])), contours, planes)[0]
    assert (grown - plane_areas(points, contours, planes)[0]) / 1e-4 == pytest.approx(length, rel=1e-3)


def test_nothing_moves_by_nothing_and_doubled_points_do_no_harm():
    doubled = np.repeat(rectangle(0, 0, 4, 3), 2, axis=0)
    points, contours, planes = flat(doubled)
    assert (bulged(points, contours, planes, np.zeros(1)) == points).all()
    assert np.isfinite(bulged(points, contours, planes, np.ones(1))).all()
