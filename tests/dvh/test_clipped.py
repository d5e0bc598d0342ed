"""Solids cut to the support of a dose that their planes do not follow, against exact polyhedra."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from awkward import SETS
from bodies import circle, dose_from, grid, prism, rectangle
from reference import sampled_dose
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, HalfspaceIntersection
from tilted import FRAMES, OBLIQUE, linear, tilt, turned

from dosimetry.dvh.accuracy import DEFAULT_ACCURACY
from dosimetry.dvh.alternatives import measure_alternatives
from dosimetry.dvh.clipped import within_support
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.engine import compute_dvh, measure_solid
from dosimetry.dvh.sections import Sections
from dosimetry.dvh.solid import build_solid
from dosimetry.dvh.variants import drawn_down
from dosimetry.kernels.evenodd import plane_areas
from dosimetry.warnings import Code

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="minutes as plain Python")

BODIES = {
    "box": prism(rectangle(-9.0, -9.0, 9.0, 9.0), -8.0, 2.0, 9),
    "cylinder": prism(circle(8.0, (0.3, -0.2), 40), -8.0, 4.0, 4),
    "tube": prism(circle(1.5, (0.3, -0.2), 24), -9.6, 1.2, 17),
}
DIRECTIONS = {
    f"{degrees:g}, {how}": (normal, along)
    for degrees in (0.3, 1.0, 5.0, 20.0, 45.0, 70.0)
    for how, normal, along in (
        ("one axis", tilt(degrees), (1.0, 0.0, 0.0)),
        (
            "two axes",
            (0.8 * tilt(degrees)[1], 0.6 * tilt(degrees)[1], tilt(degrees)[2]),
            (0.0, 1.0, 0.0),
        ),
    )
}
SOME = ["1, one axis", "20, one axis", "20, two axes", "45, two axes"]
MORE = [name for name in DIRECTIONS if name not in SOME]
# where the grid ends: at an x, at a z, at both
ENDS = {"columns": (41, 49, 25), "frames": (21, 49, 49), "both": (21, 49, 25)}


def ending(where, at):
    """Return a grid whose last columns, frames or both lie at `at` mm."""
    shift = (at if where != "frames" else 0.0, 0.0, at if where != "columns" else 0.0)
    return grid(np.array((-60.0, -60.0, -60.0)) + shift, shape=ENDS[where])


def cut_polyhedron(body, on):
    """Return (volume in cc, mean, lowest, highest of the linear dose) of a convex prism within the support."""
    contours, solid = body.contours, build_solid(body, DEFAULT_CONVENTION)
    frame, polygon = contours.frame, contours.points_mm[: contours.contour_offsets[1]]
    edges = np.roll(polygon, -1, axis=0) - polygon
    normals = np.column_stack((edges[:, 1], -edges[:, 0])) / np.linalg.norm(edges, axis=1)[:, None]
    sides = np.column_stack((normals @ (frame.u_axis, frame.v_axis), -np.sum(normals * polygon, axis=1)))
    ends = [(*frame.normal, -solid.high_mm[-1]), (*-frame.normal, solid.low_mm[0])]
    low, high = on.extent_mm()
    box = np.vstack((np.column_stack((np.eye(3), -high)), np.column_stack((-np.eye(3), low))))
    planes = np.vstack((sides, ends, box))
    room = linprog(
        [0, 0, 0, -1],
        A_ub=np.column_stack((planes[:, :3], np.ones(len(planes)))),
        b_ub=-planes[:, 3],
        bounds=[(None, None)] * 3 + [(0, None)],
    )
    corners = np.unique(np.round(HalfspaceIntersection(planes, room.x[:3]).intersections, 9), axis=0)
    middle = corners.mean(axis=0)
    tetrahedra = corners[ConvexHull(corners).simplices]
    volumes = np.abs(np.linalg.det(tetrahedra - middle)) / 6.0
    centres = (tetrahedra.sum(axis=1) + middle) / 4.0
    doses = 100.0 + corners @ OBLIQUE
    return volumes.sum() / 1000.0, 100.0 + volumes @ centres @ OBLIQUE / volumes.sum(), doses.min(), doses.max()


@needs_jit
@pytest.mark.parametrize("where", ENDS)
@pytest.mark.parametrize("direction", SOME + [pytest.param(name, marks=pytest.mark.slow) for name in MORE])
@pytest.mark.parametrize("name", BODIES)
def test_what_is_left_of_a_tilted_body_is_exact(name, direction, where):
    body = turned(BODIES[name], *DIRECTIONS[direction])
    for at in (-0.7, 0.0, 0.9) if name == "tube" else (-5.3, 0.0, 6.0):
        on = ending(where, at)
        dvh = compute_dvh(linear(on), body)
        inside_cc, mean, lowest, highest = cut_polyhedron(body, on)
        assert dvh.outside_grid_cc == pytest.approx(dvh.volume_cc - inside_cc, rel=1e-4)
        assert dvh.mean_gy == pytest.approx(mean, abs=1e-3)
        # the steps along a slanted face reach over it by so much
        assert (dvh.min_gy, dvh.max_gy) == pytest.approx((lowest, highest), abs=0.02)
        assert Code.OUTSIDE_GRID in {caution.code for caution in dvh.warnings}


COMB = np.array(
    [(-9, -9), (9, -9), (9, 9), (4, 9), (4, -5), (1, -5), (1, 9), (-1, 9), (-1, -5), (-4, -5), (-4, 9), (-9, 9)],
    float,
)


@needs_jit
@pytest.mark.parametrize("where", ["twenty degrees", "oblique"])
def test_what_lies_between_two_pieces_along_the_cut_is_not_measured(where):
    """The teeth of a comb are cut off; between them lies a dose of 90 Gy, in them one of 50."""
    body = turned(prism(COMB, -8.0, 2.0, 9), *FRAMES[where])
    frame = body.contours.frame

    def between(x, y, z):
        u, v = (axis[0] * x + axis[1] * y + axis[2] * z for axis in (frame.u_axis, frame.v_axis))
        return np.where((v > -3.0) & (np.abs(np.abs(u) - 2.5) < 0.5), 90.0, 50.0)

    on = grid((-40.0, -40.0, -40.0), (0.8, 0.8, 0.8), (101, 101, 51))
    dvh = compute_dvh(dose_from(between, on), body)
    assert dvh.outside_grid_cc > 0.3
    assert dvh.max_gy < 70.0


@needs_jit
def test_a_curved_dose_at_the_border_agrees_with_dense_sampling():
    body = turned(BODIES["cylinder"], *FRAMES["oblique"])

    def bell(x, y, z):
        return 60 * np.exp(-((x - 3) ** 2 + (y + 2) ** 2 + (z - 4) ** 2) / 450.0)

    dvh = compute_dvh(dose_from(bell, grid(shape=ENDS["both"])), body)
    solid = build_solid(body, DEFAULT_CONVENTION)
    slabs = list(zip(solid.low_mm, solid.high_mm, strict=True))
    x, z, doses = (
        sampled_dose(dose_from(what, grid()), body, slabs, 1_000_000)[0]
        for what in (lambda x, y, z: x + 0.0 * (y + z), lambda x, y, z: z + 0.0 * (x + y), bell)
    )
    inside = (x <= 0.0) & (z <= 0.0)
    share = inside.mean()
    error = math.sqrt(share * (1 - share) / inside.size)
    assert 1 - dvh.outside_grid_cc / dvh.volume_cc == pytest.approx(share, abs=3 * error)
    doses = doses[inside]
    assert dvh.mean_gy == pytest.approx(doses.mean(), abs=3 * doses.std() / math.sqrt(doses.size) + 5e-4)
    for level in (98, 50, 2):
        around = np.quantile(doses, [1 - level / 100 - 0.002, 1 - level / 100 + 0.002])
        assert around[0] - 2e-3 <= dvh.metric(f"D{level}%[Gy]") <= around[1] + 2e-3


@needs_jit
@pytest.mark.parametrize("name", SETS)
def test_both_sides_of_a_border_are_the_whole(name):
    """Contours as real exports hold them, tilted: nothing is lost or doubled where they are cut."""
    awkward = SETS[name]
    solid = build_solid(turned(awkward.structure(), *FRAMES["oblique"]), DEFAULT_CONVENTION)
    at = solid.contours.frame.u_axis * 0.37 + solid.contours.frame.v_axis * 0.21
    sides = [
        within_support(solid, grid((at[0] + shift, -60.0, -60.0), (2.5, 2.5, 2.5), (49, 49, 25)))
        for shift in (0.0, -60.0)
    ]
    whole, one, other = (_volume(part) for part in (solid, *sides))
    assert one + other == pytest.approx(whole, rel=1e-7)
    assert min(one, other) > 0.05 * whole


def _volume(solid):
    contours = solid.contours
    areas = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    return float(areas @ solid.thickness_mm)


def test_a_solid_within_is_left_as_it_is():
    solid = build_solid(turned(BODIES["box"], *FRAMES["oblique"]), DEFAULT_CONVENTION)
    assert within_support(solid, grid()) is solid


def test_a_solid_wholly_outside_has_no_plane():
    solid = build_solid(turned(BODIES["box"], *FRAMES["oblique"]), DEFAULT_CONVENTION)
    assert within_support(solid, grid((100.0, 100.0, 100.0))).thickness_mm.size == 0


def test_faces_parallel_to_the_planes_cut_prisms_in_two():
    """Sagittal planes, a grid that ends at x = 0 and at y = 2: nothing is slanted, no prism becomes many."""
    solid = build_solid(turned(BODIES["box"], *FRAMES["sagittal"]), DEFAULT_CONVENTION)
    found = within_support(solid, grid((-60.0, -73.0, -60.0), shape=(41, 31, 25)))
    assert found.low_mm.tolist() == [-9.0, -7.0, -5.0, -3.0, -1.0]
    assert found.high_mm.tolist() == [-7.0, -5.0, -3.0, -1.0, 0.0]
    contours = found.contours
    areas = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    np.testing.assert_allclose(areas, 18.0 * 11.0, rtol=1e-12)


@needs_jit
def test_solids_cut_differently_share_no_sections():
    """End caps drawn down cross the border, drawn up they do not: each as if it were measured alone."""
    body = turned(BODIES["box"], *DIRECTIONS["20, one axis"])
    reach = 9.0 * tilt(20.0)[1] + 9.0 * tilt(20.0)[2]
    dose = linear(grid((-60.0, -60.0, -reach - 0.1)))
    dvh = compute_dvh(dose, body)
    assert dvh.outside_grid_cc == 0.0
    up, down = measure_alternatives(dvh).moved
    assert up.outside_grid_cc == 0.0
    solid = drawn_down(build_solid(body, DEFAULT_CONVENTION))
    alone = measure_solid(dose, solid, body, DEFAULT_CONVENTION, DEFAULT_ACCURACY, Sections())
    assert down.outside_grid_cc == alone.outside_grid_cc > 0.01
    assert down.mean_gy == alone.mean_gy
