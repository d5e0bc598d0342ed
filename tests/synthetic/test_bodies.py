"""Closed forms of the analytic bodies, held against dense sampling and numerical integration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from dosimetry.errors import MetricError
from dosimetry.synthetic.analytic_dose import GaussianDose, LinearDose
from dosimetry.synthetic.bodies import Cone, CrossCone, CrossCylinder, Cylinder, Sphere
from dosimetry.synthetic.prisms import body_contours, prism_truth

RADIUS, HEIGHT, TILT = 12.0, 24.0, 35.0
SLANT = math.tan(math.radians(TILT))
LEVELS = (99, 95, 50, 5, 1)


def cone_radius(along):
    return RADIUS * np.clip(0.5 + along / HEIGHT, 0, None)


# Each body with what it is, told independently of the closed forms.
BODIES = {
    "sphere": (Sphere("b", RADIUS), lambda x, y, z: x**2 + y**2 + z**2 <= RADIUS**2),
    "cylinder": (
        Cylinder("b", RADIUS, HEIGHT),
        lambda x, y, z: (x**2 + y**2 <= RADIUS**2) & (abs(z) <= HEIGHT / 2),
    ),
    "tube": (
        Cylinder("b", RADIUS, HEIGHT, TILT),
        lambda x, y, z: (
            (((x - SLANT * z) * math.cos(math.radians(TILT))) ** 2 + y**2 <= RADIUS**2) & (abs(z) <= HEIGHT / 2)
        ),
    ),
    "cross cylinder": (
        CrossCylinder("b", RADIUS, HEIGHT),
        lambda x, y, z: (x**2 + z**2 <= RADIUS**2) & (abs(y) <= HEIGHT / 2),
    ),
    "cone": (Cone("b", RADIUS, HEIGHT), lambda x, y, z: (x**2 + y**2 <= cone_radius(z) ** 2) & (abs(z) <= 12)),
    "capped cone": (
        Cone("b", RADIUS, 20.0, 2.0),
        lambda x, y, z: (x**2 + y**2 <= (RADIUS * np.clip(0.5 + z / 20, 0, 1)) ** 2) & (abs(z - 1) <= 11),
    ),
    "cross cone": (
        CrossCone("b", RADIUS, HEIGHT),
        lambda x, y, z: (x**2 + z**2 <= cone_radius(y) ** 2) & (abs(y) <= 12),
    ),
}
SIDE = 120  # samples along y and z; x is wider, for the tilted tube


@pytest.fixture(scope="module")
def points():
    """Midpoints of even cells, x in [-24, 24], y and z in [-12, 12]; and the volume of a cell."""
    middle = (np.arange(SIDE) + 0.5) / SIDE - 0.5
    wide = (np.arange(2 * SIDE) + 0.5) / SIDE - 1
    grid = np.meshgrid(24 * wide, 24 * middle, 24 * middle, indexing="ij")
    return [axis.ravel() for axis in grid], (24 / SIDE) ** 3


@pytest.mark.parametrize("name", BODIES)
def test_volume_is_what_sampling_finds(name, points):
    body, inside = BODIES[name]
    (x, y, z), cell = points
    kept = inside(x, y, z)
    assert body.volume_mm3 == pytest.approx(kept.sum() * cell, rel=2e-3)


@pytest.mark.parametrize("axis", ["y", "z"])
@pytest.mark.parametrize("name", BODIES)
def test_histogram_is_what_sampling_finds(name, axis, points):
    body, inside = BODIES[name]
    (x, y, z), cell = points
    doses = np.sort(16 + {"y": y, "z": z}[axis][inside(x, y, z)])
    truth = LinearDose(axis).in_body(body)
    assert truth.mean_gy == pytest.approx(doses.mean(), abs=0.01)
    assert truth.min_gy == pytest.approx(doses[0], abs=0.35)  # few samples lie near the apex of a cone
    assert truth.max_gy == pytest.approx(doses[-1], abs=0.25)
    for dose in np.arange(4.5, 28, 1.3):
        # half a cell of the lattice is what counting may be off by
        off = max(truth.at_least_cc(dose - 0.11) - truth.at_least_cc(dose + 0.11), 0.02)
        assert truth.at_least_cc(dose) == pytest.approx((doses >= dose).sum() * cell / 1000, abs=off)
    for level in LEVELS:
        expected = doses[round((1 - level / 100) * doses.size)]
        assert truth.metric(f"D{level}%[Gy]") == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("name", BODIES)
def test_histogram_is_the_integral_of_the_sections(name):
    body, _ = BODIES[name]
    truth = LinearDose("z").in_body(body)
    for z in (-7.0, 0.5, 6.0):
        slope = (truth.at_least_cc(16 + z - 1e-3) - truth.at_least_cc(16 + z + 1e-3)) / 2e-6
        points = body.section(z, 0.02)
        x, y = points.T
        assert slope == pytest.approx(abs(0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))), rel=1e-4)


def test_cone_beside_its_axis_is_the_integral_of_its_hyperbolas():
    body = Cone("b", RADIUS, HEIGHT)

    def area(u):
        root = math.sqrt(RADIUS**2 - u**2)
        return HEIGHT / RADIUS * (RADIUS * root - u**2 * math.log((RADIUS + root) / u))

    for u in (0.1, 3.0, 7.7, 11.9):
        assert body.beyond_mm3("y", u) == pytest.approx(quad(area, u, RADIUS)[0], rel=1e-7)
        assert body.beyond_mm3("y", u) + body.beyond_mm3("y", -u) == pytest.approx(body.volume_mm3, rel=1e-12)


def test_published_volumes():
    found = [body.volume_mm3 / 1000 for body, _ in BODIES.values()]
    del found[2], found[4]
    assert np.round(found, 3).tolist() == [7.238, 10.857, 10.857, 3.619, 3.619]


@pytest.mark.parametrize("axis", ["y", "z"])
@pytest.mark.parametrize("name", BODIES)
def test_a_dose_at_a_volume_gives_that_volume_back(name, axis):
    truth = LinearDose(axis).in_body(BODIES[name][0])
    for level in LEVELS:
        dose = truth.metric(f"D{level}%[Gy]")
        assert truth.at_least_cc(dose) == pytest.approx(level / 100 * truth.volume_cc, rel=1e-9)
    assert truth.at_least_cc(truth.metric("D0.03cc[Gy]")) == pytest.approx(0.03, rel=1e-8)


def test_gaussian_in_a_ball():
    ball, dose = Sphere("b", 9.0), GaussianDose(20.0, 12.0)
    truth = dose.in_body(ball)
    whole = quad(lambda r: 20 * math.exp(-r * r / 288) * 4 * math.pi * r * r, 0, 9)[0]
    assert truth.mean_gy == pytest.approx(whole / ball.volume_mm3, rel=1e-12)
    assert truth.max_gy == 20.0
    assert truth.min_gy == pytest.approx(float(dose.at(np.array([[0, 9.0, 0]]))[0]), rel=1e-14)
    radius = 9 * 0.5 ** (1 / 3)
    assert truth.metric("D50%[Gy]") == pytest.approx(20 * math.exp(-radius * radius / 288), rel=1e-9)


def test_other_metrics_are_refused():
    truth = LinearDose("z").in_body(Sphere("b", 1.0))
    for spec in ("V20Gy[%]", "D95%[%]", "D2cc[Gy]"):
        with pytest.raises(MetricError, match="no closed form"):
            truth.metric(spec)


@pytest.mark.parametrize("name", BODIES)
def test_outlines_lie_on_the_surface_and_are_dense(name):
    body, inside = BODIES[name]
    for z in (-9.9, -5.0, 0.0, 4.3, 11.9):
        points = body.section(z, 0.2)
        steps = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1)
        assert 0 < steps.max() <= 0.2 + 1e-9
        middle = points.mean(axis=0)
        inner, outer = (middle + share * (points - middle) for share in (1 - 1e-7, 1 + 1e-7))
        assert inside(*inner.T, np.full(len(points), z)).all()
        assert not inside(*outer.T, np.full(len(points), z)).any()


@pytest.mark.parametrize("name", BODIES)
def test_planes_that_cut_no_area_have_no_outline(name):
    body, _ = BODIES[name]
    has_faces = name in ("cylinder", "tube")
    assert (body.section(-12.0, 0.2) is not None) is has_faces
    assert (body.section(12.0, 0.2) is not None) is (has_faces or name in ("cone", "capped cone"))
    assert body.section(12.01, 0.2) is None


@pytest.mark.parametrize("axis", ["y", "z"])
@pytest.mark.parametrize("name", BODIES)
def test_prisms_are_what_their_polygons_say(name, axis):
    body, _ = BODIES[name]
    contours = body_contours(body, np.arange(-10.3, 12.0, 3.0), 0.5)
    truth = prism_truth(contours, 3.0, 1.5, LinearDose(axis))
    low = contours.positions_mm - 1.5
    # strips along y: a convex polygon's width at each
    y = (np.arange(6000) + 0.5) / 6000 * 24 - 12
    doses, weights = [], []
    for index, start in enumerate(contours.contour_offsets[:-1]):
        points = contours.points_mm[start : contours.contour_offsets[index + 1]]
        width = chords(points, y)
        if axis == "y":
            doses.append(16 + y)
            weights.append(width * 24 / 6000 * 3)
        else:
            doses.append(16 + low[index] + (np.arange(300) + 0.5) / 100)
            weights.append(np.full(300, width.sum() * 24 / 6000 * 0.01))
    doses, weights = np.concatenate(doses), np.concatenate(weights) / 1000
    assert truth.volume_cc == pytest.approx(weights.sum(), rel=1e-4)
    assert truth.mean_gy == pytest.approx((doses * weights).sum() / weights.sum(), abs=1e-3)
    for dose in (7.0, 12.2, 16.0, 21.5, 26.0):
        assert truth.at_least_cc(dose) == pytest.approx(weights[doses >= dose].sum(), abs=2e-3 * truth.volume_cc)
    if axis == "z":
        assert (truth.min_gy, truth.max_gy) == (16 + low[0], 16 + low[-1] + 3)
    else:
        assert (truth.min_gy, truth.max_gy) == (
            16 + contours.points_mm[:, 1].min(),
            16 + contours.points_mm[:, 1].max(),
        )


def chords(points, y):
    """Return how wide a convex polygon is at each y."""
    left, right = np.full(y.size, np.inf), np.full(y.size, -np.inf)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        share = (y - y0) / (y1 - y0)
        at = np.where((share >= 0) & (share <= 1), x0 + share * (x1 - x0), np.nan)
        left, right = np.fmin(left, at), np.fmax(right, at)
    return np.clip(right - left, 0, None)
