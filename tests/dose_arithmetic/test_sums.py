"""Sums of doses on one grid and on several, against sums that are known in closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bodies import circle, dose_from, grid, prism, rectangle, voxel_centres
from hypothesis import given, settings
from hypothesis import strategies as st

import dosimetry
from dosimetry.dose_arithmetic.resampling import resampled
from dosimetry.dose_arithmetic.sums import add_doses
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.measured import measure
from dosimetry.errors import ComparisonError, GeometryError, LinkError, UnsupportedError, UsageError
from dosimetry.model.dose import DoseType, Measure, Summation
from dosimetry.warnings import Code

COARSE = grid((-40, -42, -39), (5, 4, 3), (27, 22, 18))
FINE = grid((-31.3, -30.7, -28.9), (2, 2.5, 2), (29, 24, 31))
_S, _C = np.sin(0.3), np.cos(0.3)
TILTED = grid((-45, -55, -45), (3, 3, 3), (34, 40, 34), row_axis=(_C, _S, 0.0), column_axis=(-_S, _C, 0.0))
PRONE = grid((40, 42, -39), (5, 4, 3), (27, 22, 18), row_axis=(-1, 0, 0), column_axis=(0, -1, 0))
SAGITTAL = grid((41, -42, 41), (4, 3, 5), (17, 28, 22), row_axis=(0, 1, 0), column_axis=(0, 0, -1))


def linear(x, y, z):
    return 30 + 0.2 * x - 0.1 * y + 0.3 * z


def other_linear(x, y, z):
    return 20 - 0.1 * x + 0.25 * y + 0.05 * z


def hill(x, y, z):
    return 40 * np.exp(-(x**2 + (y - 3) ** 2 + (z + 2) ** 2) / (2 * 15.0**2))


def codes(dose):
    return {caution.code for caution in dose.warnings}


def at_voxels(dose, *functions):
    x, y, z = np.moveaxis(voxel_centres(dose.grid), -1, 0)
    return sum(function(x, y, z) for function in functions)


@pytest.mark.parametrize("other", [COARSE, TILTED, PRONE, SAGITTAL], ids=["phase", "tilted", "prone", "sagittal"])
def test_linear_doses_add_up_exactly_on_any_two_grids(other):
    total = add_doses([dose_from(linear, FINE), dose_from(other_linear, other)])
    np.testing.assert_allclose(total.values_gy, at_voxels(total, linear, other_linear), atol=1e-9)
    assert total.error_gy.max() < 1e-9
    assert "moves no dose" in next(c.text for c in total.warnings if c.code is Code.DOSE_RESAMPLED)


def test_one_grid_stays_as_it_is():
    doses = [dose_from(hill, COARSE), dose_from(linear, COARSE)]
    total = add_doses(doses)
    np.testing.assert_array_equal(total.values_gy, doses[0].values_gy + doses[1].values_gy)
    assert total.grid is COARSE
    assert total.error_gy is None
    assert codes(total) == {Code.DOSE_SUMMED, Code.FRACTIONATION_UNKNOWN}


def test_the_finer_grid_is_told_axis_by_axis():
    flat = grid((-30, -30, -30), (1, 1, 6), (11, 60, 60))
    thin = grid((-30.5, -30.5, -30.5), (4, 4, 2), (31, 16, 16))
    total = add_doses([dose_from(linear, flat), dose_from(other_linear, thin)])
    assert total.grid.spacing_mm == pytest.approx((1.0, 1.0))
    assert np.diff(total.grid.frame_positions_mm) == pytest.approx(2.0)
    np.testing.assert_allclose(total.values_gy, at_voxels(total, linear, other_linear), atol=1e-9)


def test_the_finer_dose_keeps_its_voxels_bit_by_bit():
    small = grid((-20, -20, -18), (2, 2, 2), (19, 21, 21))
    rough = replace(dose_from(hill, small), values_gy=np.random.default_rng(1).random((19, 21, 21)))
    total = add_doses([dose_from(lambda x, y, z: 0 * (x + y + z), COARSE), rough])
    np.testing.assert_array_equal(total.values_gy, rough.values_gy)


def test_a_sum_ends_where_the_first_of_its_doses_ends():
    """What a small boost grid does not hold is not known: no dose is made up for it."""
    total = add_doses([dose_from(linear, COARSE), dose_from(other_linear, FINE)])
    low, high = total.grid.extent_mm()
    assert (low >= FINE.extent_mm()[0] - 1e-9).all()
    assert (high <= FINE.extent_mm()[1] + 1e-9).all()
    assert Code.DOSE_BEYOND_GRID in codes(total)
    box = prism(rectangle(-35, -10, 10, 10), -10, 2, 10)
    dvh = compute_dvh(total, box)
    assert dvh.outside_grid_cc == pytest.approx(0.1 * 20 * 20 * (35 - 31.3) / 100, rel=1e-6)


def test_no_dose_beyond_a_grid_only_if_asked_for():
    boost = dose_from(hill, FINE)
    total = add_doses([dose_from(linear, COARSE), boost], beyond="zero")
    low, high = total.grid.extent_mm()
    assert (low < COARSE.extent_mm()[0] + 2.5).all()
    assert (high > COARSE.extent_mm()[1] - 2.5).all()
    x, y, z = np.moveaxis(voxel_centres(total.grid), -1, 0)
    own_low, own_high = FINE.extent_mm()
    inside = np.logical_and.reduce(
        [(a > b - 1e-6) & (a < c + 1e-6) for a, b, c in zip((x, y, z), own_low, own_high, strict=True)]
    )
    np.testing.assert_allclose(total.values_gy[~inside], linear(x, y, z)[~inside], atol=1e-9)
    np.testing.assert_allclose(total.values_gy[inside], (linear(x, y, z) + hill(x, y, z))[inside], atol=1e-9)
    (text,) = [c.text for c in total.warnings if c.code is Code.DOSE_BEYOND_GRID]
    faces = [np.take(boost.values_gy, end, axis).max() for axis in range(3) for end in (0, -1)]
    assert f"up to {max(faces):.2f} Gy" in text


@pytest.mark.parametrize("on", [FINE, TILTED, PRONE], ids=["phase", "tilted", "prone"])
def test_the_stated_error_of_interpolation_holds_everywhere(on):
    """At random points the sum is the sum of both trilinear doses, within what it says of itself."""
    rough = replace(dose_from(hill, COARSE), values_gy=30 * np.random.default_rng(3).random(COARSE.shape))
    smooth = dose_from(hill, on)
    total = add_doses([rough, smooth])
    random = np.random.default_rng(4).random((20_000, 3)) * (np.array(total.grid.shape[::-1]) - 1)
    points = total.grid.map_index_to_mm(random)
    exact = trilinear_at(rough, points) + trilinear_at(smooth, points)
    off = np.abs(trilinear_at(total, points) - exact)
    stated = trilinear_at(replace(total, values_gy=total.error_gy), points)
    if on is TILTED:  # measured halfway between nodes, no bound
        assert np.quantile(off / np.maximum(stated, 1e-12), 0.99) < 1
    else:
        assert (off <= stated + 1e-9).all()
    assert off.max() > 0.2 * stated.max()  # and does not exaggerate beyond use


def trilinear_at(dose, points):
    from reference import trilinear

    place = dose.grid.map_mm_to_plane(points)
    frames = dose.grid.frame_positions_mm
    return trilinear(
        dose.values_gy, place[:, 0], place[:, 1], np.interp(place[:, 2], frames, np.arange(float(frames.size)))
    )


def test_one_bend_moves_the_dose_by_exactly_what_is_stated():
    """A dose of 0, 1, 0 Gy at 0, 4, 8 mm, seen at 3 and 5 mm: the peak is cut by 2·(1/4)·(1·1)/2 Gy."""
    peak = dose_from(
        lambda x, y, z: np.maximum(1 - np.abs(x - 4) / 4, 0) + 0 * (y + z), grid((0, 0, 0), (4, 4, 4), (4, 4, 3))
    )
    target = grid((1, 0, 0), (2, 4, 4), (4, 4, 3))
    found = resampled(peak, target)
    assert found.is_bound
    assert found.values_gy[0, 0] == pytest.approx([0.25, 0.75, 0.75])
    assert found.error_gy.max() == pytest.approx(0.25)


def test_metrics_carry_the_error_of_interpolation():
    """The mean of a sum is the sum of both means; the resampled one is off by less than it states."""
    body = prism(circle(18.0, (1.0, 2.0)), -12.0, 3.0, 9, name="Heart")
    doses = [
        replace(dose_from(hill, COARSE), values_gy=dose_from(hill, COARSE).values_gy ** 1.2),
        dose_from(hill, FINE),
    ]
    total = add_doses(doses)
    measured = measure(total, body, ["Mean[Gy]", "D2%[Gy]"], convention=DEFAULT_CONVENTION)
    (caution,) = [c for c in measured.warnings if c.code is Code.DOSE_RESAMPLED]
    assert caution.subject == "Heart"
    mean, most = (float(word) for word in caution.text.split() if word.replace(".", "").replace("e-", "").isdigit())
    exact = sum(compute_dvh(dose, body).mean_gy for dose in doses)
    off = abs(measured.dvh.mean_gy - exact)
    assert 0 < off <= mean
    assert mean < most < 3
    plain = measure(doses[0], body, ["Mean[Gy]"], convention=DEFAULT_CONVENTION)
    assert Code.DOSE_RESAMPLED not in {c.code for c in plain.warnings}


origins = st.tuples(*[st.floats(-4, 4, allow_nan=False)] * 3)
spacings = st.tuples(*[st.floats(2, 6, allow_nan=False)] * 3)


@given(st.lists(st.tuples(origins, spacings), min_size=3, max_size=3), st.integers(0, 2**31))
@settings(max_examples=25)
def test_order_and_brackets_do_not_matter_beyond_the_stated_error(places, seed):
    rng = np.random.default_rng(seed)
    doses = []
    for origin, spacing in places:
        made = dose_from(hill, grid(np.array(origin) - 22, spacing, [int(44 / s) + 1 for s in spacing[::-1]]))
        doses.append(replace(made, values_gy=made.values_gy * rng.random(made.values_gy.shape)))
    a, b, c = doses
    total, turned, nested = add_doses([a, b, c]), add_doses([c, a, b]), add_doses([add_doses([a, b]), c])
    assert total.grid.same_as(turned.grid, 1e-9)
    np.testing.assert_allclose(total.values_gy, turned.values_gy, atol=1e-9)
    points = nested.grid.map_index_to_mm(rng.random((500, 3)) * (np.array(nested.grid.shape[::-1]) - 1))
    low, high = total.grid.extent_mm()
    points = points[((points >= low) & (points <= high)).all(axis=1)]
    exact = sum(trilinear_at(dose, points) for dose in doses)
    for found in (total, nested):
        error = np.zeros(found.grid.shape) if found.error_gy is None else found.error_gy
        allowed = trilinear_at(replace(found, values_gy=error), points)
        assert (np.abs(trilinear_at(found, points) - exact) <= allowed + 1e-9).all()


def test_what_makes_no_sum_is_refused():
    one = replace(dose_from(hill, COARSE), frame_of_reference_uid="1.2")
    with pytest.raises(LinkError, match="different frames of reference"):
        add_doses([one, replace(one, frame_of_reference_uid="1.3")])
    with pytest.raises(ComparisonError, match="RBE-weighted"):
        add_doses([one, replace(one, dose_type=DoseType.EFFECTIVE)])
    with pytest.raises(ComparisonError, match="different measures"):
        add_doses([one, replace(one, measure=Measure.EQD2, alpha_beta_gy=3.0)])
    with pytest.raises(ComparisonError, match=r"different measures.*EQD2 of α/β 2 Gy"):
        add_doses([replace(one, measure=Measure.EQD2, alpha_beta_gy=ratio) for ratio in (2.0, 3.0)])
    with pytest.raises(ComparisonError, match="does not add up"):
        add_doses([replace(one, measure=Measure.ISOEFFECTIVE, alpha_beta_gy=3.0)] * 2)
    with pytest.raises(UsageError, match="no dose"):
        add_doses([])
    with pytest.raises(UsageError, match="unknown or zero"):
        add_doses([one, one], beyond="nothing")


def test_grids_apart_and_single_planes_are_refused():
    far = grid((500, 0, 0), (2, 2, 2), (10, 10, 10))
    doses = [dose_from(hill, COARSE), dose_from(linear, far)]
    with pytest.raises(GeometryError, match="hardly overlap"):
        add_doses(doses)
    apart = add_doses(doses, beyond="zero")
    assert apart.values_gy.max() == pytest.approx(max(dose.values_gy.max() for dose in doses), rel=0.05)
    with pytest.raises(GeometryError, match="too large"):
        add_doses([doses[0], dose_from(linear, grid((90_000, 9_000, 0), (2, 2, 2), (10, 10, 10)))], beyond="zero")
    with pytest.raises(GeometryError, match="hardly overlap"):
        add_doses([dose_from(hill, far), dose_from(hill, TILTED)])
    with pytest.raises(UnsupportedError, match="single plane"):
        add_doses([dose_from(hill, COARSE), dose_from(hill, grid(shape=(1, 9, 9)))])


def test_fractionations_are_mixed_only_if_asked_for():
    course, boost = (replace(dose_from(hill, COARSE), fractions=n) for n in (25, 8))
    with pytest.raises(ComparisonError, match=r"25 and 8 fractions.*--sum-as physical"):
        add_doses([course, boost])
    total = add_doses([course, boost], across_fractionations=True)
    assert total.fractions is None
    assert "gray by gray (physical dose)" in next(
        c.text for c in total.warnings if c.code is Code.FRACTIONATION_DIFFERS
    )
    assert add_doses([course, course]).fractions == 25
    assert Code.FRACTIONATION_UNKNOWN in codes(add_doses([course, replace(boost, fractions=None)]))


def test_a_sum_of_plans_is_one_and_a_sum_of_parts_is_not():
    whole = dose_from(hill, COARSE)
    assert add_doses([whole, whole]).summation is Summation.MULTI_PLAN
    assert add_doses([whole, replace(whole, summation=Summation.BEAM)]).summation is Summation.UNKNOWN


def test_cases_that_are_read_know_their_fractions(project_root):
    case = dosimetry.read_case(project_root / "sample_plans" / "left_fb_tangents")
    assert case.dose.fractions == case.rtplan.fractions == 25
    assert dosimetry.eqd2(case.dose, alpha_beta_gy=3.0).measure is Measure.EQD2
    np.testing.assert_array_equal(dosimetry.isoeffective_dose(case.dose).values_gy, case.dose.values_gy)
