"""The engine against closed forms: bodies that prisms represent exactly, off the dose grid's lattice."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from itertools import product

import bodies
import numpy as np
import pytest
from bodies import circle, dose_from, grid, planes, prism, rectangle, stack
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import sampled_dose
from scipy.optimize import brentq

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.engine import DEFAULT_ACCURACY, compute_dvh
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import LinkError, PrescriptionError, StructureError, UnsupportedError, UsageError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.warnings import Code

LEVELS = (99, 98, 95, 50, 5, 2, 1)
RADIUS, HEIGHT = 12.0, 24.0
CENTRE = (0.37, -0.81)
FIRST, SPACING, COUNT = -11.64, 2.0, 12  # half-slice caps: from -12.64 to 11.36 mm
BOX = ((-10.3, -7.2, FIRST - 1.0), (13.1, 12.9, FIRST + 23.0))
OBLIQUE = np.array([1.0, 2.0, 2.0]) / 3.0

PLAIN_PYTHON = os.environ.get("NUMBA_DISABLE_JIT") == "1"
needs_jit = pytest.mark.skipif(PLAIN_PYTHON, reason="too slow without compiled kernels")


def linear(direction, on=None):
    a, b, c = direction
    return dose_from(lambda x, y, z: 100.0 + a * x + b * y + c * z, on or grid())


def gaussian(sigma=15.0, on=None):
    return dose_from(
        lambda x, y, z: 50.0 * np.exp(-((x - 3) ** 2 + (y + 2) ** 2 + (z - 1) ** 2) / (2 * sigma**2)),
        on or grid(),
    )


def cylinder(points=2000):
    return prism(circle(RADIUS, CENTRE, points), FIRST, SPACING, COUNT, name="cylinder")


def box(low=BOX[0], high=BOX[1]):
    return prism(rectangle(low[0], low[1], high[0], high[1]), FIRST, SPACING, COUNT, name="box")


def box_share_below(direction, dose, low, high):
    """Share of a box that receives less than `dose` of a linear dose: a sum over the box's corners."""
    widths = [abs(d) * (b - a) for d, a, b in zip(direction, low, high, strict=True)]
    start = 100.0 + sum(min(d * a, d * b) for d, a, b in zip(direction, low, high, strict=True))
    total = 0.0
    for corner in product((0, 1), repeat=3):
        rest = dose - start - sum(c * w for c, w in zip(corner, widths, strict=True))
        total += (-1) ** sum(corner) * max(rest, 0.0) ** 3
    return total / (6.0 * math.prod(widths))


def test_box_in_an_oblique_linear_dose():
    dvh = compute_dvh(linear(OBLIQUE), box())
    sizes = np.subtract(BOX[1], BOX[0])
    assert dvh.volume_cc == pytest.approx(np.prod(sizes) / 1000, rel=1e-12)
    assert dvh.mean_gy == pytest.approx(100 + OBLIQUE @ np.mean(BOX, axis=0), rel=1e-12)
    assert dvh.min_gy == pytest.approx(100 + OBLIQUE @ BOX[0], abs=1e-9)
    assert dvh.max_gy == pytest.approx(100 + OBLIQUE @ BOX[1], abs=1e-9)
    for level in LEVELS:
        exact = brentq(
            lambda d, level=level: 1 - box_share_below(OBLIQUE, d, *BOX) - level / 100,
            dvh.min_gy,
            dvh.max_gy,
            xtol=1e-12,
        )
        assert dvh.metric(f"D{level}%[Gy]") == pytest.approx(exact, abs=1e-3)


def test_axial_cylinder_along_the_gradient():
    dvh = compute_dvh(linear((0, 0, 1)), cylinder())
    low = FIRST - 1.0
    assert dvh.volume_cc == pytest.approx(math.pi * RADIUS**2 * HEIGHT / 1000, rel=1e-12)
    assert dvh.mean_gy == pytest.approx(100 + low + HEIGHT / 2, rel=1e-12)
    for level in LEVELS:
        assert dvh.metric(f"D{level}%[Gy]") == pytest.approx(100 + low + HEIGHT * (1 - level / 100), abs=1e-6)


@needs_jit
def test_axial_cylinder_across_the_gradient():
    dvh = compute_dvh(linear((1, 0, 0)), cylinder())
    assert dvh.mean_gy == pytest.approx(100 + CENTRE[0], rel=1e-10)

    def share_above(u):
        return (RADIUS**2 * math.acos(u / RADIUS) - u * math.sqrt(RADIUS**2 - u * u)) / (math.pi * RADIUS**2)

    for level in LEVELS:
        u = brentq(lambda v, level=level: share_above(v) - level / 100, -RADIUS, RADIUS, xtol=1e-12)
        assert dvh.metric(f"D{level}%[Gy]") == pytest.approx(100 + CENTRE[0] + u, abs=1e-3)


@needs_jit
@pytest.mark.parametrize("dose", [linear((1, 0, 0)), linear(OBLIQUE), gaussian(), gaussian(8.0)])
@pytest.mark.parametrize("body", [cylinder(), box(), prism(circle(1.5, (11.3, 4.2), 60), 3.1, 1.0, 4)])
def test_halving_the_cells_changes_no_metric_by_a_milligray(dose, body):
    coarse = compute_dvh(dose, body)
    fine = compute_dvh(dose, body, accuracy=DEFAULT_ACCURACY.refined(2))
    for spec in (*(f"D{level}%[Gy]" for level in LEVELS), "Mean[Gy]", "Min[Gy]", "Max[Gy]"):
        assert coarse.metric(spec) == pytest.approx(fine.metric(spec), abs=1e-3)


def halved(dose):
    """Return the same trilinear field on a grid of half the spacing."""
    on = dose.grid
    frames, rows, columns = on.shape
    finer = Grid(
        on.origin_mm,
        on.row_axis,
        on.column_axis,
        (on.spacing_mm[0] / 2, on.spacing_mm[1] / 2),
        np.interp(np.arange(2 * frames - 1) / 2, np.arange(frames), on.frame_positions_mm),
        2 * rows - 1,
        2 * columns - 1,
    )
    values = dose.values_gy
    for axis in range(3):
        a = np.moveaxis(values, axis, 0)
        b = np.empty((2 * a.shape[0] - 1, *a.shape[1:]))
        b[::2], b[1::2] = a, 0.5 * (a[1:] + a[:-1])
        values = np.moveaxis(b, 0, axis)
    return Dose(finer, np.ascontiguousarray(values))


@needs_jit
@pytest.mark.parametrize("dose", [linear(OBLIQUE), gaussian()])
@pytest.mark.parametrize("body", [cylinder(), box()])
def test_the_same_field_on_a_finer_grid_gives_the_same_dvh(dose, body):
    one, other = compute_dvh(dose, body), compute_dvh(halved(dose), body)
    assert other.volume_cc == one.volume_cc
    assert other.mean_gy == pytest.approx(one.mean_gy, rel=1e-10)
    for level in LEVELS:
        assert other.metric(f"D{level}%[Gy]") == pytest.approx(one.metric(f"D{level}%[Gy]"), abs=1e-3)


@needs_jit
@given(
    st.tuples(*[st.floats(0.7, 4.0)] * 3),
    st.tuples(*[st.floats(-2.0, 2.0)] * 3),
)
@settings(max_examples=15)
def test_volume_never_depends_on_the_dose_grid(spacing, shift):
    shape = tuple(int(60 / s) + 2 for s in reversed(spacing))
    on = grid(tuple(-30 + s for s in shift), spacing, shape)
    body = prism(circle(6.0, (1.3, 2.4), 40), -5.0, 2.5, 4)
    assert compute_dvh(linear((1, 0, 0), on), body).volume_cc == compute_dvh(linear((0, 1, 0)), body).volume_cc


def test_uneven_frames_are_interpolated_where_they_are():
    on = replace(grid(), frame_positions_mm=np.cumsum(np.tile([2.0, 5.0, 3.5], 14)))
    dvh = compute_dvh(linear((0, 0, 1), on), box())
    assert dvh.mean_gy == pytest.approx(100 + FIRST + 11.0, rel=1e-12)
    assert dvh.metric("D95%[Gy]") == pytest.approx(100 + BOX[0][2] + 0.05 * HEIGHT, abs=1e-6)


HOLED = stack(
    {z: [circle(20, (1, 2), 90), circle(12, (3, 1), 60)[::-1], circle(4, (4, 0), 30)] for z in planes(-9.0, 3.0, 7)}
)
PIECES = stack({z: [circle(6, (-12, 3), 40), circle(4, (10.2, -7.7), 30)] for z in planes(-9.0, 3.0, 5)})
OVERLAPPING = stack({z: [circle(8, (-3, 0), 40), circle(8, (4, 1), 40)] for z in planes(-9.0, 3.0, 5)})
UNEVEN = stack({z: [circle(10 - abs(z) / 2, (0.3, 0.1), 50)] for z in (-9.0, -6.5, -2.0, 0.0, 1.0, 4.0, 8.5)})


@needs_jit
@pytest.mark.parametrize(
    "body", [HOLED, PIECES, OVERLAPPING, UNEVEN], ids=["holed", "pieces", "overlapping", "uneven"]
)
@pytest.mark.parametrize("dose", [linear(OBLIQUE), gaussian()], ids=["linear", "gaussian"])
def test_dense_sampling_agrees(body, dose):
    dvh = compute_dvh(dose, body)
    solid = build_solid(body, DEFAULT_CONVENTION)
    count = 1_000_000
    doses, volume_cc = sampled_dose(dose, body, list(zip(solid.low_mm, solid.high_mm, strict=True)), count)
    share = len(doses) / count
    volume_error = volume_cc * math.sqrt((1 - share) / (share * count))
    assert dvh.volume_cc == pytest.approx(volume_cc, abs=4 * volume_error)
    assert dvh.mean_gy == pytest.approx(doses.mean(), abs=4 * doses.std() / math.sqrt(len(doses)))
    for level in LEVELS:
        p = 1 - level / 100
        around = np.quantile(doses, [max(p - 0.002, 0), min(p + 0.002, 1)])
        assert around[0] <= dvh.metric(f"D{level}%[Gy]") <= around[1]


def test_part_outside_the_grid_is_reported_and_not_counted_as_zero():
    on = grid((-60, -60, -60), shape=(41, 49, 25))  # columns end at x = 0
    dvh = compute_dvh(linear((0, 0, 1), on), box())
    whole = np.prod(np.subtract(BOX[1], BOX[0])) / 1000
    assert dvh.volume_cc == pytest.approx(whole, rel=1e-12)
    assert dvh.outside_grid_cc == pytest.approx(whole * 13.1 / 23.4, rel=1e-12)
    assert dvh.inside_cc == pytest.approx(whole * 10.3 / 23.4, rel=1e-12)
    assert dvh.mean_gy == pytest.approx(100 + FIRST + 11.0, rel=1e-12)
    assert dvh.metric("V1Gy[%]") == 100.0
    assert [caution.code for caution in dvh.warnings] == [Code.OUTSIDE_GRID]


def test_structure_wholly_outside_has_a_volume_and_no_dose():
    dvh = compute_dvh(linear((0, 0, 1), grid((100, 100, 100))), box())
    assert dvh.outside_grid_cc == dvh.volume_cc == pytest.approx(np.prod(np.subtract(BOX[1], BOX[0])) / 1000)
    assert math.isnan(dvh.mean_gy)
    assert dvh.quantity("D95%[Gy]").value is None


def test_uniform_dose_is_that_dose_everywhere():
    dvh = compute_dvh(dose_from(lambda x, y, z: 42.0 + 0.0 * (x + y + z), grid()), box())
    for spec in ("Mean[Gy]", "Min[Gy]", "Max[Gy]", "D99%[Gy]", "D50%[Gy]", "D0.03cc[Gy]"):
        assert dvh.metric(spec) == pytest.approx(42.0, rel=1e-12)
    assert dvh.metric("V42Gy[%]") == 100.0
    assert dvh.metric("V42.001Gy[%]") == 0.0


@needs_jit
@given(st.floats(0.01, 3.0))
@settings(max_examples=10)
def test_scaling_the_dose_scales_every_dose(factor):
    dose = gaussian(on=grid(spacing=(5, 5, 6), shape=(21, 25, 25)))
    body = prism(circle(9.0, (1.3, 2.4), 24), -5.0, 3.0, 4)
    one, other = compute_dvh(dose, body), compute_dvh(Dose(dose.grid, dose.values_gy * factor), body)
    for spec in ("Mean[Gy]", "Min[Gy]", "Max[Gy]"):
        assert other.metric(spec) == pytest.approx(factor * one.metric(spec), rel=1e-12)
    for level in LEVELS:
        assert other.metric(f"D{level}%[Gy]") == pytest.approx(factor * one.metric(f"D{level}%[Gy]"), abs=2e-3)


def test_other_frame_of_reference_is_refused():
    dose = replace(linear((1, 0, 0)), frame_of_reference_uid="1.2.3")
    with pytest.raises(LinkError, match="different frames of reference"):
        compute_dvh(dose, replace(box(), frame_of_reference_uid="1.2.4"))


def test_structure_without_contours_or_volume_is_refused():
    with pytest.raises(StructureError, match="no closed planar contour"):
        compute_dvh(linear((1, 0, 0)), replace(box(), contours=None))
    flat = stack({z: [np.array([(0, 0), (1, 1), (2, 2)])] for z in (0.0, 3.0)})
    with pytest.raises(StructureError, match="encloses no volume"):
        compute_dvh(linear((1, 0, 0)), flat)


def test_bodies_module_makes_areas_exact():
    polygon = bodies.circle(7.0, points=12)
    x, y = polygon.T
    area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    assert area == pytest.approx(math.pi * 49.0, rel=1e-12)


def test_a_dose_of_one_plane_is_refused():
    with pytest.raises(UnsupportedError, match="single plane"):
        compute_dvh(linear((1, 0, 0), grid(shape=(1, 49, 49))), box())


@needs_jit
def test_number_of_threads_changes_nothing(monkeypatch):
    """Large solids are measured in a fixed number of blocks, whatever works on them."""
    body = prism(circle(45.0, (-2.0, 1.0), 300), -45.0, 3.0, 30)
    found = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(os, "cpu_count", lambda threads=threads: threads)
        dvh = compute_dvh(gaussian(), body)
        found.append(
            (dvh.volume_cc, dvh.mean_gy, dvh.min_gy, dvh.max_gy, *(dvh.metric(f"D{n}%[Gy]") for n in LEVELS))
        )
    assert found[0] == found[1] == found[2]


def test_convention_by_name_and_prescription_are_checked():
    dose = linear((1, 0, 0))
    assert compute_dvh(dose, box(), convention="prism-half-slice").convention is DEFAULT_CONVENTION
    with pytest.raises(UsageError, match="no convention named 'cube'"):
        compute_dvh(dose, box(), convention="cube")
    for value in (0.0, -5.0, math.nan, math.inf):
        with pytest.raises(PrescriptionError):
            compute_dvh(dose, box(), prescription_gy=value)
