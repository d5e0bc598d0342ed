"""Sections between contours and beyond the last: closed forms, holes, pieces, frames, and what changes nothing."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from bodies import circle, dose_from, grid, rectangle, stack
from reference import boundary_distance, inside_even_odd, plane_polygons

from dosimetry.dvh.convention import DEFAULT_CONVENTION, Convention, EndCap, SliceRule
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.solid import build_solid
from dosimetry.kernels.evenodd import plane_areas
from dosimetry.model.structures import PlaneFrame

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled kernels"
)

CENTRE = (12.3, -7.1)


def convention(slice_rule="prism", end_cap="half-slice"):
    return Convention("x", SliceRule(slice_rule), EndCap(end_cap))


def sections(solid):
    """Return the area of each section and the thickness of its prism."""
    contours = solid.contours
    return plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets), solid.thickness_mm


def volume(structure, slice_rule="prism", end_cap="half-slice"):
    areas, thickness = sections(build_solid(structure, convention(slice_rule, end_cap)))
    return float(areas @ thickness)


def discs(radii, spacing=3.0, points=360):
    return stack({spacing * i: [circle(r, CENTRE, points)] for i, r in enumerate(radii)}, spacing=spacing)


def frustum(r1, r2, height):
    return math.pi * height / 3.0 * (r1 * r1 + r1 * r2 + r2 * r2)


@pytest.mark.parametrize(("r1", "r2"), [(10, 8), (8, 10), (1.5, 0.5), (3, 1), (12, 0.1), (60, 58), (2, 1.9)])
def test_between_circles_lies_a_frustum(r1, r2):
    assert volume(discs([r1, r2]), "shape-based", "none") == pytest.approx(frustum(r1, r2, 3.0), rel=1e-3)


def test_a_stack_is_the_sum_of_its_gaps_and_straight_caps():
    radii = [6.0, 9.0, 7.5, 4.0]
    gaps = sum(frustum(a, b, 3.0) for a, b in pairwise(radii))
    caps = 1.5 * math.pi * (6.0**2 + 4.0**2)
    assert volume(discs(radii), "shape-based") == pytest.approx(gaps + caps, rel=1e-3)


def test_equal_contours_are_an_exact_prism():
    shape = np.array([(0.0, 0.0), (7.3, 1.1), (5.5, 9.7), (3.1, 4.0)])
    structure = stack({z: [shape] for z in (0.0, 2.0, 4.0)})
    assert volume(structure, "shape-based") == pytest.approx(volume(structure), rel=1e-12)


def test_drawn_contours_are_sections_as_they_are():
    radii = [6.0, 9.0, 7.5]
    structure = discs(radii)
    solid = build_solid(structure, convention("shape-based", "rounded"))
    at = solid.contours.positions_mm
    assert (np.diff(at) > 0).all()
    for plane, z in enumerate((0.0, 3.0, 6.0)):
        (found,) = plane_polygons(solid.contours, int(np.flatnonzero(at == z)[0]))
        np.testing.assert_array_equal(found, plane_polygons(structure.contours, plane)[0])


@pytest.mark.parametrize("slice_rule", ["prism", "shape-based"])
@pytest.mark.parametrize("end_cap", ["none", "half-slice", "rounded"])
def test_prisms_meet_and_hold_their_sections(slice_rule, end_cap):
    solid = build_solid(discs([6.0, 9.0, 7.5]), convention(slice_rule, end_cap))
    np.testing.assert_allclose(solid.low_mm[1:], solid.high_mm[:-1], atol=1e-12)
    at = solid.contours.positions_mm
    assert (solid.low_mm <= at).all()
    assert (at <= solid.high_mm).all()
    reach = {"none": 0.0, "half-slice": 1.5, "rounded": 1.5}[end_cap]
    assert solid.low_mm[0] == pytest.approx(-reach, abs=0.03)
    assert solid.high_mm[-1] == pytest.approx(6.0 + reach, abs=0.03)


@pytest.mark.parametrize("radius", [1.5, 5.0, 12.0, 60.0])
def test_a_rounded_cap_of_a_circle_is_half_a_spheroid(radius):
    whole = 4.0 / 3.0 * math.pi * radius**2 * 1.5
    assert volume(discs([radius]), end_cap="rounded") == pytest.approx(whole, rel=1e-3)
    three = whole + math.pi * radius**2 * 6.0
    assert volume(discs([radius] * 3), "prism", "rounded") == pytest.approx(three, rel=1e-3)
    assert volume(discs([radius] * 3), "shape-based", "rounded") == pytest.approx(three, rel=1e-3)


def test_a_rounded_cap_of_a_long_shape_is_half_a_cylinder_with_round_ends():
    """A rectangle 4 by 40: eroded to (4 - 2e) by (40 - 2e)."""
    long = rectangle(0.0, 0.0, 4.0, 40.0)
    h, rho = 1.5, 2.0
    # with e = ρ(1 - cos θ) and t = h sin θ: (2ρ cos θ)(36 + 2ρ cos θ) over h cos θ dθ
    expected = 2.0 * rho * h * (36.0 * math.pi / 4.0 + 2.0 * rho * 2.0 / 3.0)
    found = volume(stack({0.0: [long]}, spacing=3.0), end_cap="rounded")
    assert found == pytest.approx(2.0 * expected, rel=3e-3)


def test_sections_are_where_the_interpolated_distance_is_not_negative():
    """Every section against the distance twin, at random points: two pieces and a hole become one piece."""
    one = [circle(8.0, (0.0, 0.0), 60), circle(3.0, (1.0, 0.5), 40), circle(4.0, (14.0, 2.0), 40)]
    other = [circle(10.0, (3.0, 0.0), 60), circle(2.0, (1.0, 0.5), 40)]
    solid = build_solid(stack({0.0: one, 3.0: other}), convention("shape-based", "none"))
    probes = np.random.default_rng(3).uniform((-9, -11), (19, 11), (1500, 2))
    below, above = boundary_distance(probes, one), boundary_distance(probes, other)
    for plane, z in enumerate(solid.contours.positions_mm):
        distance = (1 - z / 3.0) * below + z / 3.0 * above
        inside = inside_even_odd(probes, plane_polygons(solid.contours, plane))
        clear = np.abs(distance) > 0.03
        assert clear.mean() > 0.97
        np.testing.assert_array_equal(inside[clear], (distance > 0)[clear])


def test_holes_are_kept():
    ring = [circle(10.0, CENTRE), circle(4.0, CENTRE)]
    wider = [circle(12.0, CENTRE), circle(6.0, CENTRE)]
    expected = frustum(10, 12, 3.0) - frustum(4, 6, 3.0)
    assert volume(stack({0.0: ring, 3.0: wider}), "shape-based", "none") == pytest.approx(expected, rel=1e-3)
    # eroded from both sides, a ring keeps its middle circumference
    cap = 2.0 * math.pi * 7.0 * 2.0 * 3.0 * 1.5 * math.pi / 4.0
    found = volume(stack({0.0: ring}, spacing=3.0), end_cap="rounded")
    assert found == pytest.approx(2.0 * cap, rel=3e-3)


def test_a_keyhole_is_its_hole_without_the_bridge():
    outer, inner = circle(10.0, CENTRE, 60), circle(4.0, CENTRE, 30)
    keyhole = np.concatenate((outer, outer[:1], inner[:1], inner[:0:-1], inner[:1]))
    wider = [circle(12.0, CENTRE, 60), circle(6.0, CENTRE, 30)]
    drawn, bridged = ([outer, inner], [keyhole])
    for slice_rule, end_cap in (("shape-based", "none"), ("shape-based", "rounded"), ("prism", "rounded")):
        expected = volume(stack({0.0: drawn, 3.0: wider}), slice_rule, end_cap)
        assert volume(stack({0.0: bridged, 3.0: wider}), slice_rule, end_cap) == pytest.approx(expected, rel=1e-9)


def test_without_overlap_both_ends_run_out():
    """Two discs side by side: each shrinks by the distance to the other, at a rate that grows with it."""
    structure = stack({0.0: [circle(5.0)], 3.0: [circle(5.0, (40.0, 0.0))]})
    areas, _ = sections(build_solid(structure, convention("shape-based", "none")))
    assert areas[0] == pytest.approx(25 * math.pi)
    assert areas[-1] == pytest.approx(25 * math.pi)
    assert areas[1:-1].sum() == pytest.approx(0.0, abs=1e-9)


def test_order_direction_and_start_of_contours_change_nothing():
    low = [circle(8.0, (0.0, 0.0), 41), circle(3.0, (1.0, 0.5), 23), circle(4.0, (14.0, 2.0), 17)]
    high = [circle(9.0, (1.0, 0.0), 37)]
    expected = volume(stack({0.0: low, 3.0: high}), "shape-based", "rounded")
    for turned in (low[::-1], [p[::-1] for p in low], [np.roll(p, 5, axis=0) for p in low]):
        assert volume(stack({0.0: turned, 3.0: high}), "shape-based", "rounded") == pytest.approx(
            expected, rel=1e-9
        )


def test_any_frame_will_do():
    """The same contours in sagittal planes, far off: u, v and w alone matter."""
    structure = discs([6.0, 9.0, 7.5])
    x, y, z = np.eye(3)
    sagittal = replace(structure.contours, frame=PlaneFrame(y, z, x))
    for one, other in (("shape-based", "rounded"), ("shape-based", "none"), ("prism", "rounded")):
        found = build_solid(replace(structure, contours=sagittal), convention(one, other))
        expected = build_solid(structure, convention(one, other))
        assert found.contours.frame is sagittal.frame
        np.testing.assert_array_equal(found.contours.points_mm, expected.contours.points_mm)
        np.testing.assert_array_equal(found.low_mm, expected.low_mm)


def test_pieces_are_rounded_each():
    radii, spacing = [5.0, 5.0], 3.0
    two = stack({z: [circle(5.0, CENTRE, 360)] for z in (0.0, 3.0, 30.0, 33.0)})
    one = volume(discs(radii, spacing), "shape-based", "rounded")
    assert volume(two, "shape-based", "rounded") == pytest.approx(2.0 * one, rel=1e-9)


def test_a_plane_that_encloses_nothing_runs_out_too():
    twice = [circle(5.0, CENTRE), circle(5.0, CENTRE)]
    structure = stack({0.0: [circle(5.0, CENTRE)], 3.0: twice})
    areas, thickness = sections(build_solid(structure, convention("shape-based", "rounded")))
    caps = 2.0 / 3.0 * math.pi * 25 * 1.5
    assert float(areas @ thickness) == pytest.approx(caps + 25 * math.pi * 3.0 / 24.0, rel=1e-3)


@pytest.mark.parametrize("end_cap", ["half-slice", "rounded"])
def test_contours_that_are_points_or_lines_have_no_volume(end_cap):
    dot, line = np.full((3, 2), 4.0), np.array([(0.0, 0.0), (30.0, 0.0), (12.0, 0.0)])
    for shape in (dot, line):
        assert volume(stack({0.0: [shape], 3.0: [shape + 0.5]}), "shape-based", end_cap) == pytest.approx(0.0)
    tip = stack({0.0: [circle(6.0, (4.0, 4.0))], 3.0: [dot]})
    assert volume(tip, "shape-based", "none") == pytest.approx(frustum(6.0, 0.0, 3.0), rel=1e-3)


def test_a_thin_rind_keeps_its_volume():
    """A skin of 2 mm around a wide body: finer than the raster of the body would be by itself."""
    rinds = [[rectangle(-a, -b, a, b), rectangle(2 - a, 2 - b, a - 2, b - 2)] for a, b in ((200, 120), (199, 119))]
    # every section is a rind of 2 mm again
    expected = 3.0 * np.mean([4.0 * (a * b - (a - 2) * (b - 2)) for a, b in ((200, 120), (199, 119))])
    found = volume(stack(dict(zip((0.0, 3.0), rinds, strict=True))), "shape-based", "none")
    assert found == pytest.approx(expected, rel=3e-3)


@pytest.mark.parametrize("diameter", [3.0, 7.0, 20.0])
def test_the_raster_costs_a_sphere_less_than_a_thousandth(diameter):
    """Finely cut, the raster alone parts the result from the exact sum of frusta."""
    radius = diameter / 2
    heights = np.linspace(-0.93 * radius, 0.93 * radius, 9)
    radii = np.sqrt(radius**2 - heights**2)
    spacing = heights[1] - heights[0]
    exact = sum(frustum(a, b, spacing) for a, b in pairwise(radii))
    assert volume(discs(radii, spacing), "shape-based", "none") == pytest.approx(exact, rel=1e-3)


def test_a_dose_is_measured_in_the_new_sections():
    """A cone on its side of the gradient: dose grows along z, so the DVH is the volume above each height."""
    radii = [10.0, 8.0, 6.0, 4.0, 2.0]
    structure = discs(radii)
    dose = dose_from(lambda x, y, z: 100.0 + z + 0 * x + 0 * y, grid())
    dvh = compute_dvh(dose, structure, convention="shape-half-slice")
    cone = math.pi / 3.0 * (10.0**2 * 15.0 - 2.0**2 * 3.0)
    total = cone + 1.5 * math.pi * (10.0**2 + 2.0**2)
    assert dvh.volume_cc == pytest.approx(total / 1000, rel=1e-3)
    assert dvh.min_gy == pytest.approx(98.5, abs=1e-9)
    assert dvh.max_gy == pytest.approx(113.5, abs=1e-9)
    above = (math.pi / 3.0 * (6.0**2 * 9.0 - 2.0**2 * 3.0) + 1.5 * math.pi * 2.0**2) / total
    found = dvh.metric(f"D{100 * above:.6f}%[Gy]")
    assert found == pytest.approx(106.0, abs=0.03)


def test_the_default_is_left_alone():
    structure = discs([6.0, 9.0])
    assert build_solid(structure, DEFAULT_CONVENTION).contours is structure.contours
