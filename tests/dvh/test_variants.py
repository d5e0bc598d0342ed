"""Other solids that the same contours could stand for."""

from __future__ import annotations

import math

import pytest
from bodies import circle, planes, rectangle, stack

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.solid import build_solid
from dosimetry.dvh.variants import drawn_down, drawn_up, every_second, widened
from dosimetry.kernels.evenodd import plane_areas

SQUARE = rectangle(0, 0, 10, 10)


def solid(positions, spacing=3.0, polygon=SQUARE):
    return build_solid(stack({z: [polygon] for z in positions}, spacing=spacing), DEFAULT_CONVENTION)


def ends(found):
    return list(zip(found.low_mm.tolist(), found.high_mm.tolist(), strict=True))


def test_end_caps_move_and_nothing_else_does():
    found = solid([0.0, 3.0, 6.0])
    assert ends(drawn_up(found)) == [(0.0, 1.5), (1.5, 4.5), (4.5, 9.0)]
    assert ends(drawn_down(found)) == [(-3.0, 1.5), (1.5, 4.5), (4.5, 6.0)]


def test_pieces_have_end_caps_of_their_own():
    found = solid([0.0, 3.0, 30.0, 33.0])
    assert ends(drawn_up(found)) == [(0.0, 1.5), (1.5, 6.0), (30.0, 31.5), (31.5, 36.0)]


def test_every_second_plane_holds_to_its_former_neighbours():
    found = solid([0.0, 3.0, 6.0, 9.0, 12.0])
    first, second = every_second(found, 0), every_second(found, 1)
    assert first.contours.positions_mm.tolist() == [0.0, 6.0, 12.0]
    assert ends(first) == [(-3.0, 3.0), (3.0, 9.0), (9.0, 15.0)]
    assert ends(second) == [(0.0, 6.0), (6.0, 12.0)]


def test_a_lone_plane_is_left_alone_or_left_out():
    found = solid([5.0])
    assert ends(every_second(found, 0)) == [(2.0, 8.0)]
    assert every_second(found, 1) is None


def widened_contours(prisms):
    contours = prisms.contours
    areas = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    return widened(prisms, areas).contours


def test_a_sphere_is_widened_by_what_it_bulges_and_a_prism_by_nothing():
    def area(z):
        return math.pi * (144 - z * z)

    body = stack({z: [circle(math.sqrt(area(z) / math.pi), points=400)] for z in planes(-9.0, 3.0, 7)})
    contours = widened_contours(build_solid(body, DEFAULT_CONVENTION))
    found = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    # an eighth of the second difference of π(R² - z²), which is 2πs²
    expected = [area(z) + math.pi * 9 / 4 for z in planes(-9.0, 3.0, 7)]
    assert found == pytest.approx(expected, rel=1e-3)
    prism = solid([0.0, 3.0, 6.0, 9.0])
    same = widened_contours(prism)
    assert same.points_mm == pytest.approx(prism.contours.points_mm)


def test_a_neck_is_not_turned_inside_out():
    radii = dict.fromkeys(planes(0.0, 3.0, 7), 9.0) | {9.0: 0.5}
    body = stack({z: [circle(r, points=60)] for z, r in radii.items()})
    contours = widened_contours(build_solid(body, DEFAULT_CONVENTION))
    found = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    assert found[3] == pytest.approx(math.pi * 0.25**2, rel=1e-2)
