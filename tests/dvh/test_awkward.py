"""The engine on awkward doses and places: plateaus, any orientation, far from the origin, tiny and thin bodies."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from bodies import circle, dose_from, grid, planes, prism, rectangle, stack
from scipy.spatial.transform import Rotation

from dosimetry.dvh.engine import DEFAULT_ACCURACY, compute_dvh
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import PlaneFrame

LEVELS = (99, 98, 95, 50, 5, 2, 1)
needs_jit = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled kernels"
)
STAR = np.array([(30 * np.cos(a) + 1.1, 30 * np.sin(a) + 2.3) for a in 2 * np.pi * 20 * np.arange(41) / 41])


def rough(x, y, z):
    return 30 + 8 * np.sin(0.2 * x) + 9 * np.cos(0.15 * y + 0.1 * z) + 5 * np.sin(0.12 * z + 0.004 * x * y)


def boxes(*spans, count=3):
    """Return boxes over the given spans of x, 20 mm wide in y and 9 mm high."""
    return stack({z: [rectangle(a, -10, b, 10) for a, b in spans] for z in planes(-3.0, 3.0, count)})


def of_x(function):
    return dose_from(lambda x, y, z: function(x) + 0.0 * (y + z), grid())


def linear(start, *slopes):
    """Return a dose of `start` at the origin, with slopes along x, y and z."""
    along = (*slopes, 0.0, 0.0)[:3]
    return dose_from(lambda x, y, z: start + along[0] * x + along[1] * y + along[2] * z, grid())


def test_two_uniform_doses_are_two_steps():
    dvh = compute_dvh(of_x(lambda x: np.where(x < 0, 10.0, 50.0)), boxes((-30, -10), (10, 30)))
    for spec, expected in {
        "V50Gy[%]": 50.0,
        "V49.99Gy[%]": 50.0,
        "V50.001Gy[%]": 0.0,
        "V10Gy[%]": 100.0,
        "V10.001Gy[%]": 50.0,
        "CV50Gy[cc]": 3.6,
        "D95%[Gy]": 10.0,
        "D50.1%[Gy]": 10.0,
        "D50%[Gy]": 50.0,
        "D2%[Gy]": 50.0,
        "D0.03cc[Gy]": 50.0,
        "DC0.03cc[Gy]": 10.0,
        "Mean[Gy]": 30.0,
    }.items():
        assert dvh.metric(spec) == pytest.approx(expected, rel=1e-9), spec
    dose, volume = dvh.cumulative()
    assert (np.diff(dose) >= 0).all()
    assert (np.diff(volume) <= 0).all()
    assert np.interp([9.9, 10.1, 49.9], dose, volume) == pytest.approx([7.2, 3.6, 3.6])


def test_a_plateau_between_other_doses_is_a_step_at_its_dose():
    dose = of_x(lambda x: np.where(x < -15, 10.0, np.where(x > 15, 52.3, 50.0)))
    dvh = compute_dvh(dose, boxes((-40, -20), (-10, 10), (20, 40)))
    found = [dvh.metric(f"V{level}Gy[%]") for level in (49.9999, 50, 50.0001, 52.3, 52.3001)]
    assert found == pytest.approx([200 / 3, 200 / 3, 100 / 3, 100 / 3, 0], abs=1e-9)
    assert [dvh.metric(f"D{level}%[Gy]") for level in (70, 60, 30)] == pytest.approx([10, 50, 52.3], rel=1e-12)


def test_a_plateau_stored_with_rounding_still_reaches_its_dose():
    """10,000,000 x 5E-6 and 50: the same prescription in two files."""
    almost = np.nextafter(50.0, 0)
    dvh = compute_dvh(of_x(lambda x: np.where(x < 0, 10.0, almost)), boxes((-30, -10), (10, 30)))
    assert dvh.metric("V50Gy[%]") == pytest.approx(50.0)


def test_half_a_structure_at_exactly_zero():
    dvh = compute_dvh(of_x(lambda x: 50 * np.clip(x, 0, None) / 30), boxes((-30, 30)))
    for dose in (1e-6, 1e-4, 1e-3, 0.1, 10.0):
        assert dvh.metric(f"V{dose:.6f}Gy[%]") == pytest.approx(50 * (1 - dose / 50), abs=1e-6)
    assert (dvh.min_gy, dvh.metric("V0Gy[%]"), dvh.metric("D51%[Gy]")) == (0.0, 100.0, 0.0)
    assert dvh.metric("D49%[Gy]") == pytest.approx(1.0, abs=1e-6)
    dose, volume = dvh.cumulative()
    assert (dose[0], volume[0]) == (0.0, pytest.approx(10.8))
    assert np.interp(1e-5, dose, volume) == pytest.approx(5.4, rel=1e-5)


@needs_jit
def test_plateaus_add_up_over_the_blocks_of_a_large_solid():
    dose = dose_from(lambda x, y, z: np.where(z < 0, 0.0, 20.0) + 0 * (x + y), grid())
    dvh = compute_dvh(dose, prism(rectangle(-50, -50, 50, 50), -48.0, 3.0, 33))
    # planes from -49.5 to 49.5 mm; the cells below z = 0 rise from 0 to 20 Gy
    assert dvh.metric("V20Gy[%]") == pytest.approx(100 * 49.5 / 99, abs=1e-9)
    assert dvh.metric("V0.0001Gy[%]") == pytest.approx(100 * (52.5 - 3 * 0.0001 / 20) / 99, abs=1e-6)


@needs_jit
@pytest.mark.parametrize("factor", [2e-5, 1e-2, 1.0, 200.0])
def test_metrics_scale_with_any_dose(factor):
    """Doses in shares of a prescription, or near a source: the histogram is as fine."""
    dose = dose_from(rough, grid())
    body = prism(circle(11.0, (1.3, 2.2), 60), -3.0, 3.0, 3)
    one = compute_dvh(dose, body, accuracy=DEFAULT_ACCURACY.refined(4))
    other = compute_dvh(Dose(dose.grid, dose.values_gy * factor), body)
    for level in LEVELS:
        assert other.metric(f"D{level}%[Gy]") / factor == pytest.approx(one.metric(f"D{level}%[Gy]"), abs=2e-3)


@needs_jit
@pytest.mark.parametrize(
    "turn",
    [
        Rotation.from_euler("z", 17.3, degrees=True),
        Rotation.from_matrix(np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])),
        Rotation.from_matrix(np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])),
        Rotation.from_euler("x", 180, degrees=True),
        Rotation.from_rotvec(0.7 * np.array([1, 2, 3])),
    ],
    ids=["in plane", "sagittal", "coronal", "descending", "oblique"],
)
@pytest.mark.parametrize("flip", [False, True], ids=["along", "against"])
def test_dose_and_contours_turned_together_give_the_same(turn, flip):
    """Planes parallel to the frames in any orientation, contours counted along or against the grid's normal."""
    body = stack(
        {z: [circle(11 - abs(z) / 3, (1.3, 2.2), 60), STAR / 3 + (19, -4)] for z in (-7.3, -4.3, -0.3, 3.7)}
    )
    dose = dose_from(rough, grid())
    axes = turn.as_matrix().T
    on = dose.grid
    turned = Dose(
        Grid(turn.apply(on.origin_mm), axes[0], axes[1], on.spacing_mm, on.frame_positions_mm, on.rows, on.columns),
        dose.values_gy,
    )
    contours = replace(body.contours, frame=PlaneFrame(*axes))
    if flip:
        points = contours.points_mm
        at = contours.contour_offsets
        order = np.concatenate([np.arange(at[c], at[c + 1]) for c in range(at.size - 2, -1, -1)])
        contours = replace(
            contours,
            frame=PlaneFrame(axes[0], -axes[1], -axes[2]),
            points_mm=np.ascontiguousarray(points[order] * (1, -1)),
            contour_offsets=np.append(0, np.cumsum(np.diff(at)[::-1])),
            positions_mm=-contours.positions_mm[::-1],
        )
    one, other = compute_dvh(dose, body), compute_dvh(turned, replace(body, contours=contours))
    assert (other.volume_cc, other.mean_gy) == pytest.approx((one.volume_cc, one.mean_gy), rel=1e-11)
    assert (other.min_gy, other.max_gy) == pytest.approx((one.min_gy, one.max_gy), rel=1e-9)
    assert other.outside_grid_cc == 0
    for level in LEVELS:
        assert other.metric(f"D{level}%[Gy]") == pytest.approx(one.metric(f"D{level}%[Gy]"), abs=1e-4)


@needs_jit
@pytest.mark.parametrize("shift", [1e3, 1e4, 9e4])
def test_far_from_the_origin_nothing_changes(shift):
    def moved(by):
        on = grid((-60 + by, -60 - by, -60 + by))
        body = stack({z + by: [STAR + np.array((by, -by))] for z in planes(-3.0, 3.0, 3)})
        return compute_dvh(dose_from(lambda x, y, z: rough(x - by, y + by, z - by), on), body)

    one, other = moved(0.0), moved(shift)
    assert other.volume_cc == pytest.approx(one.volume_cc, rel=1e-9)
    assert other.mean_gy == pytest.approx(one.mean_gy, rel=1e-9)
    assert other.outside_grid_cc == 0
    assert other.metric("D98%[Gy]") == pytest.approx(one.metric("D98%[Gy]"), abs=1e-4)


def test_planes_parallel_up_to_their_decimals_leave_nothing_outside():
    axes = Rotation.from_rotvec(9e-5 * np.array([1, 1, 0]) / np.sqrt(2)).as_matrix().T
    on = grid(row_axis=tuple(axes[0]), column_axis=tuple(axes[1]))
    dvh = compute_dvh(dose_from(rough, on), boxes((-20, 20)))
    assert (dvh.outside_grid_cc, dvh.warnings) == (0.0, ())


def test_bodies_on_grid_lines_and_on_the_border():
    """Every face on a voxel plane: all cells are whole, none is counted twice or left out."""
    dose = linear(100, 0.5, -0.3, 0.2)
    for x0, y0, first in ((-10.0, -7.5, -4.5), (-60.0, -60.0, -58.5), (40.0, 40.0, 52.5)):
        body = prism(rectangle(x0, y0, x0 + 20, y0 + 20), first, 3.0, 3)
        dvh = compute_dvh(dose, body)
        assert dvh.volume_cc == dvh.inside_cc == pytest.approx(3.6, rel=1e-13)
        assert dvh.mean_gy == pytest.approx(100 + 0.5 * (x0 + 10) - 0.3 * (y0 + 10) + 0.2 * (first + 3), rel=1e-13)


def test_a_body_within_one_cell():
    dose = linear(100, 2)
    dvh = compute_dvh(dose, stack({z: [rectangle(0.3, 0.4, 1.4, 1.9)] for z in (0.7, 1.2)}))
    assert dvh.volume_cc == pytest.approx(1.1 * 1.5 * 1.0 / 1000, rel=1e-12)
    assert dvh.mean_gy == pytest.approx(101.7, rel=1e-12)
    assert [dvh.metric(f"D{n}%[Gy]") for n in (98, 50, 2)] == pytest.approx([100.644, 101.7, 102.756], abs=1e-4)


def test_a_thousandth_of_a_millimetre_is_measured_too():
    sliver = rectangle(-20, 0, 20, 1e-3) @ Rotation.from_euler("z", 21, degrees=True).as_matrix()[:2, :2].T
    dvh = compute_dvh(linear(100, 2), prism(sliver, -3.0, 3.0, 3))
    assert dvh.volume_cc == pytest.approx(40 * 1e-3 * 9 / 1000, rel=1e-11)
    assert dvh.mean_gy == pytest.approx(100 + 2 * sliver[:, 0].mean(), rel=1e-11)
    assert dvh.outside_grid_cc == 0


def test_negative_doses_are_doses():
    dvh = compute_dvh(linear(0, 1), boxes((-10, 10)))
    assert (dvh.min_gy, dvh.max_gy) == pytest.approx((-10, 10))
    assert dvh.mean_gy == pytest.approx(0, abs=1e-12)
    assert dvh.metric("V0Gy[%]") == pytest.approx(50, abs=1e-6)
    assert dvh.metric("D95%[Gy]") == pytest.approx(-9, abs=1e-4)
    assert dvh.cumulative()[0][0] == dvh.min_gy


def test_a_contour_that_reaches_far_beyond_the_grid():
    body = prism(np.array([(-5000.0, -3.0), (10.0, -3.0), (10.0, 7.0), (-5000.0, 7.0)]), -3.0, 3.0, 3)
    dvh = compute_dvh(linear(100, 1), body)
    assert dvh.volume_cc == pytest.approx(5010 * 10 * 9 / 1000, rel=1e-12)
    assert dvh.inside_cc == pytest.approx(70 * 10 * 9 / 1000, rel=1e-11)
    assert dvh.mean_gy == pytest.approx(75, rel=1e-11)
    assert dvh.metric("V75Gy[%]") == pytest.approx(50, abs=1e-4)


def test_ends_of_the_metric_scales():
    dvh = compute_dvh(linear(100, 1), boxes((-10, 10)))
    assert dvh.metric("D0%[Gy]") == dvh.metric("DC100%[Gy]") == dvh.max_gy
    assert dvh.metric("D100%[Gy]") == dvh.metric("DC0%[Gy]") == dvh.min_gy
    assert dvh.metric(f"V{dvh.min_gy:.9f}Gy[%]") == 100
    assert dvh.metric(f"V{dvh.max_gy:.9f}Gy[%]") == pytest.approx(0, abs=1e-6)
    assert dvh.metric(f"CV{dvh.min_gy:.9f}Gy[cc]") == 0
    assert dvh.metric("DC10%[Gy]") == pytest.approx(dvh.metric("D90%[Gy]"), abs=1e-9)


def spiked(direction):
    """Return a square with a spike without area, its points on a line as far as their decimals allow."""
    x, y = direction
    spike = [(30.0 + f * x, 20.0 + f * y) for f in (0.0, 3.0, 2.0, 1.0, 0.0)]
    return np.array([(20.0, 20.0), *spike, (30.0, 30.0), (20.0, 30.0)])


def test_a_spike_without_area_changes_nothing():
    on = grid((-5.0, -5.0, -5.0), (2.5, 2.5, 2.5), (18, 20, 20))
    dose = dose_from(lambda x, y, z: 50 + 10 * np.sin(x / 9) * np.cos(y / 7 + z / 5), on)
    plain = compute_dvh(dose, prism(rectangle(20, 20, 30, 30), 20.0, 3.0, 3))
    for angle in np.linspace(-1.5, 1.5, 61):
        direction = np.round((0.7 * np.cos(angle), 0.7 * np.sin(angle)), 1)
        found = compute_dvh(dose, prism(spiked(direction), 20.0, 3.0, 3))
        assert found.mean_gy == pytest.approx(plain.mean_gy, rel=1e-9)
        assert np.isfinite(found.volume_at_least_cc).all()
        for spec in ("D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "V55Gy[%]"):
            assert found.metric(spec) == pytest.approx(plain.metric(spec), abs=2e-3 if "D" in spec else 0.05)
