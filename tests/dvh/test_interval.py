"""Intervals of the calculation: closed forms where there are some, and what an interval of an increment is not."""

from __future__ import annotations

import math
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bodies import circle, dose_from, grid, planes, prism, rectangle, stack
from hypothesis import given, settings
from hypothesis import strategies as st

from dosimetry.dicom.find import read_case
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.interval import increment_interval
from dosimetry.dvh.metrics import DEFAULT_METRICS
from dosimetry.errors import MetricError
from dosimetry.model.dose import Dose
from dosimetry.warnings import Code

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="minutes as plain Python")

SPACING = 3.0


def along(axis, on=None):
    return dose_from(lambda x, y, z: 100.0 + (x, y, z)[axis], on or grid())


def box(count=9, first=-12.2):
    return prism(rectangle(-10.0, -7.0, 12.0, 13.0), first, SPACING, count)


def hot(x, y, z):
    return 60 * np.exp(-((x - 3) ** 2 + (y + 2) ** 2 + (z - 4) ** 2) / 2 / 15**2)


def test_end_caps_move_the_mean_along_the_axis_by_half_a_slice():
    dvh = compute_dvh(along(2), box())
    low, high = dvh.interval("Mean[Gy]")
    assert (low, high) == pytest.approx((dvh.mean_gy - SPACING / 2, dvh.mean_gy + SPACING / 2), rel=1e-9)


def test_extremes_along_the_axis_reach_from_the_last_plane_to_the_next_slice():
    dvh = compute_dvh(along(2), box())
    first, last = 100 - 12.2, 100 - 12.2 + 8 * SPACING
    assert dvh.interval("Min[Gy]") == pytest.approx((first - SPACING, first), rel=1e-9)
    assert dvh.interval("Max[Gy]") == pytest.approx((last, last + SPACING), rel=1e-9)


def test_across_the_axis_a_prism_has_no_interval():
    dvh = compute_dvh(along(0), box())
    for spec in set(DEFAULT_METRICS) - {"D0.03cc[Gy]"}:  # a volume in cc is another share of another solid
        low, high = dvh.interval(spec)
        assert (low, high) == pytest.approx((dvh.metric(spec),) * 2, abs=2e-3)


@needs_jit
def test_a_curved_dose_is_bounded_towards_its_smooth_form():
    """Straight lines between voxels blunt a peak: the true highest dose lies above."""
    body = stack({z: [circle(math.sqrt(144 - (z - 4) ** 2), (3, -2), 200)] for z in planes(-7.0, 2.0, 12)})
    on = grid((-61.3, -61.3, -61.3), (4.0, 4.0, 4.0), (31, 31, 31))
    dvh = compute_dvh(dose_from(hot, on), body)
    truth = (
        60
        * 3
        * 15**2
        / 12**3
        * (math.sqrt(math.pi / 2) * 15 * math.erf(12 / 15 / math.sqrt(2)) - 12 * math.exp(-(12**2) / 2 / 15**2))
    )
    low, high = dvh.interval("Mean[Gy]")
    assert dvh.mean_gy < truth
    assert low <= truth <= high
    low, high = dvh.interval("Max[Gy]")
    assert dvh.max_gy < 60.0 <= high


def test_what_lies_outside_the_grid_may_hold_any_dose():
    on = grid((-60, -60, -60), shape=(41, 49, 25))  # columns end at x = 0
    dvh = compute_dvh(along(0, on), box())
    inside, outside = 10.0 / 22.0, 12.0 / 22.0
    low, high = dvh.interval("Mean[Gy]")
    assert low == pytest.approx(inside * dvh.mean_gy, rel=1e-9)
    assert high == pytest.approx(inside * dvh.mean_gy + outside * 100.0, rel=1e-9)
    assert dvh.interval("Min[Gy]")[0] == 0.0
    assert dvh.interval("V95Gy[%]") == pytest.approx((50.0 * inside, 50.0 * inside + 100 * outside), abs=0.02)
    low, high = dvh.interval("D98%[Gy]")
    assert low == 0.0
    assert high >= dvh.metric("D98%[Gy]")


def test_wholly_outside_has_no_interval():
    dvh = compute_dvh(along(2, grid((100, 100, 100))), box())
    with pytest.raises(MetricError, match="no volume in the dose grid"):
        dvh.interval("Mean[Gy]")


def test_the_increment_of_a_dose_that_is_everywhere_higher_has_no_width():
    body = box()
    without = compute_dvh(along(2), body)
    with_ = compute_dvh(Dose(grid(), along(2).values_gy + 5.0), body)
    for spec in ("Mean[Gy]", "Min[Gy]", "D95%[Gy]"):
        assert increment_interval(with_, without, spec) == pytest.approx((5.0, 5.0), abs=2e-3)
        low, high = with_.interval(spec)
        assert high - low >= SPACING - 1e-6


@needs_jit
def test_the_increment_interval_is_that_of_the_difference_where_metrics_are_linear():
    body = stack({z: [circle(12 - abs(z) / 2, (0.3, 0.1), 60)] for z in planes(-9.0, 3.0, 7)})
    steep, flat = dose_from(hot, grid()), dose_from(lambda x, y, z: 0.4 * hot(x, y, z) + 0.05 * z + 4, grid())
    difference = Dose(grid(), steep.values_gy - flat.values_gy)
    found = increment_interval(compute_dvh(steep, body), compute_dvh(flat, body), "Mean[Gy]")
    assert found == pytest.approx(compute_dvh(difference, body).interval("Mean[Gy]"), abs=1e-6)


@needs_jit
@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_planes_have_an_interval_too(count):
    body = replace(prism(circle(4.0, (0.3, 0.4), 40), -1.0, SPACING, count), slice_spacing_mm=SPACING)
    dvh = compute_dvh(along(2), body)
    low, high = dvh.interval("Mean[Gy]")
    assert (low, high) == pytest.approx((dvh.mean_gy - SPACING / 2, dvh.mean_gy + SPACING / 2), rel=1e-9)


@needs_jit
@given(st.floats(-5, 5), st.floats(0.5, 3.0), st.integers(1, 6))
@settings(max_examples=10)
def test_an_interval_holds_its_metric(z, spacing, count):
    body = replace(prism(circle(6.0, (0.3, 0.4), 20), z, spacing, count), slice_spacing_mm=spacing)
    dvh = compute_dvh(dose_from(hot, grid()), body)
    for spec in (*DEFAULT_METRICS, "DC0.01cc[Gy]", "CV30Gy[%]", "V30Gy[cc]"):
        low, high = dvh.interval(spec)
        assert low <= dvh.metric(spec) <= high


def test_percentages_of_a_prescription_have_intervals():
    dvh = compute_dvh(along(2), box(), prescription_gy=50.0)
    low, high = dvh.interval("Mean[Gy]")
    assert dvh.interval("Mean[%]") == pytest.approx((2 * low, 2 * high), rel=1e-12)


@needs_jit
@pytest.mark.parametrize("plan", ["left_fb_tangents", "left_fb_tangents_imn"])
def test_the_mean_dose_of_a_whole_heart_is_known_to_one_percent(plan):
    case = read_case(Path(__file__).parents[2] / "sample_plans" / plan)
    dvh = compute_dvh(case.dose, case.structures["Heart"])
    low, high = dvh.interval("Mean[Gy]")
    assert 0.001 * dvh.mean_gy < high - low <= 0.01 * dvh.mean_gy


def test_a_histogram_without_its_basis_has_no_interval():
    dvh = replace(compute_dvh(along(2), box()), basis=None)
    with pytest.raises(MetricError, match="needs the dose and the structure"):
        dvh.interval("Mean[Gy]")


def test_a_metric_that_the_reference_lacks_has_no_interval_and_says_why():
    body = prism(rectangle(0.1, 0.1, 3.0, 3.0), 0.0, SPACING, 2)
    dvh = compute_dvh(along(2), body, convention="prism-touched")
    assert dvh.inside_cc > 0.06  # of prisms it is 0.05
    quantity = dvh.quantity("D0.06cc[Gy]", interval=True)
    assert (quantity.value, quantity.low, quantity.high) == (dvh.metric("D0.06cc[Gy]"), None, None)
    (caution,) = [one for one in quantity.warnings if one.code is Code.INTERVAL_NOT_EVALUABLE]
    assert "D0.06cc[Gy] has no interval" in caution.text
    assert "at most 0.05046 cc" in caution.text
    bare = replace(compute_dvh(along(2), body), basis=None).quantity("Mean[Gy]", interval=True)
    assert [one.code for one in bare.warnings] == [Code.INTERVAL_NOT_EVALUABLE]


def test_a_histogram_travels_to_another_process_with_its_intervals():
    dvh = compute_dvh(along(2), box())
    there = pickle.loads(pickle.dumps(dvh))  # noqa: S301
    assert there.interval("Mean[Gy]") == dvh.interval("Mean[Gy]")
