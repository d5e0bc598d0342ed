"""Wild voxels: one of 10,000 Gy in or near a structure must not blunt the metrics of all the rest."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest
from bodies import circle, dose_from, grid, prism
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dvh.accuracy import DEFAULT_ACCURACY
from dosimetry.dvh.cumulative import cumulative
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.resolution import choose_bins
from dosimetry.kernels.histogram import Bins, add_evenly, add_uniform, empty_histogram
from dosimetry.model.dose import Dose

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow as plain Python")

MIDDLE = (10, 12, 12)
CELL_CC = 2.5 * 2.5 * 3.0 / 1000
BODY = prism(circle(11.0, (0.3, -0.4), 90), -8.0, 2.0, 9)
SPECS = ("D99%[Gy]", "D98%[Gy]", "D95%[Gy]", "D75%[Gy]", "D50%[Gy]", "V45Gy[%]", "V50Gy[cc]", "CV47.3Gy[cc]")


def field():
    def waves(x, y, z):
        return 50.0 + 3 * np.sin(x / 5) + 2 * np.cos(y / 6 + z / 4)

    return dose_from(waves, grid((-30, -30, -30), shape=(25, 25, 25)))


def with_voxel(dose, place, value_gy):
    values = dose.values_gy.copy()
    values[place] = value_gy
    return Dose(dose.grid, values)


@needs_jit
@pytest.mark.parametrize("value_gy", [1e4, 1e7, -1e4, 150.0])
def test_a_wild_voxel_near_a_structure_changes_nothing(value_gy):
    """At a corner of the voxels around it, of which no cell touches the cylinder."""
    dose, place = field(), (10, 7, 7)
    one, other = compute_dvh(dose, BODY), compute_dvh(with_voxel(dose, place, value_gy), BODY)
    assert other.mean_gy == one.mean_gy
    assert (other.min_gy, other.max_gy) == (one.min_gy, one.max_gy)
    for spec in (*SPECS, "D2%[Gy]", "D1%[Gy]", "D0.03cc[Gy]"):
        assert other.metric(spec) == pytest.approx(one.metric(spec), abs=1e-3, rel=1e-6)


@needs_jit
@pytest.mark.parametrize("value_gy", [1e4, 3e5])
def test_a_wild_voxel_inside_moves_the_mean_by_its_own_share(value_gy):
    dose = field()
    plain, wild = (compute_dvh(d, BODY) for d in (dose, with_voxel(dose, MIDDLE, value_gy)))
    assert wild.max_gy == value_gy
    assert wild.volume_cc == plain.volume_cc
    share = CELL_CC / plain.volume_cc  # a voxel's hat has the volume of a cell
    assert wild.mean_gy == pytest.approx(plain.mean_gy + share * (value_gy - dose.values_gy[MIDDLE]), rel=1e-9)
    # uvw > 1/2 in 1 - (1 + ln 2 + (ln 2)²/2)/2 of each of the eight cells around it
    half = 1.0 - 0.5 * (1.0 + np.log(2.0) + 0.5 * np.log(2.0) ** 2)
    halfway = 0.5 * (value_gy + dose.values_gy[MIDDLE])
    assert wild.metric(f"V{halfway:.3f}Gy[cc]") == pytest.approx(8.0 * half * CELL_CC, rel=0.01)


@needs_jit
@pytest.mark.parametrize("value_gy", [2e3, -2e3])
def test_a_wild_voxel_inside_costs_no_resolution(value_gy):
    """As sharp as one histogram of two million bins, where 30,000 bins would be 0.06 Gy wide."""
    dose = with_voxel(field(), MIDDLE, value_gy)
    one = compute_dvh(dose, BODY)
    sharp = compute_dvh(dose, BODY, accuracy=replace(DEFAULT_ACCURACY, bins=1 << 21))
    for spec in ("D90%[Gy]", "D75%[Gy]", "D50%[Gy]", "D10%[Gy]", "V50Gy[%]", "CV47.3Gy[%]"):
        assert one.metric(spec) == pytest.approx(sharp.metric(spec), abs=5e-4)
    for spec in ("D99.9%[Gy]", "D0.1%[Gy]"):  # one of them in the flank of the voxel itself
        assert one.metric(spec) == pytest.approx(sharp.metric(spec), abs=3e-4 * abs(value_gy))


@needs_jit
def test_doses_of_an_ordinary_plan_share_one_histogram():
    values = np.linspace(0.0, 80.0, 1000).reshape(10, 10, 10)
    usual, every = choose_bins(values, 1000.0, DEFAULT_ACCURACY)
    assert every.number == 1
    assert (usual.low <= 0.0, usual.high >= 80.0) == (True, True)
    assert 1.0 / usual.per_dose == pytest.approx(80.0 / DEFAULT_ACCURACY.bins)


@needs_jit
@given(st.integers(0, 999), st.sampled_from([1e3, 1e5, -1e4, np.nan]), st.sampled_from([7, 50]))
def test_bins_stay_as_narrow_as_without_the_wild_voxel(place, value_gy, level):
    values = np.linspace(0.0, level, 1000)
    inside = np.delete(values, place)
    values[place] = value_gy
    usual, every = choose_bins(values.reshape(10, 10, 10), 1000.0, DEFAULT_ACCURACY)
    narrow, _ = choose_bins(inside.reshape(9, 3, 37), 1000.0, DEFAULT_ACCURACY)
    assert usual == narrow
    if np.isfinite(value_gy):
        assert every.low <= value_gy <= every.high
    assert choose_bins(np.full((2, 2, 2), np.nan), 1.0, DEFAULT_ACCURACY) is None


@needs_jit
def test_two_histograms_make_one_curve():
    """A plateau at 2 Gy and an even spread from 1 to 3 Gy in one; one from 2 to 12 Gy in the other."""
    small, large = Bins(0.0, 4.0, 10.0, 40, 0.1, 0.1), Bins(0.0, 20.0, 1.0, 20, 0.1, 0.1)
    one, other = empty_histogram(small), empty_histogram(large)
    add_uniform(one.plateaus, small, 2.0, 5.0)
    add_evenly(one.differences, small, 2.0, 2.0, 10.0)
    add_evenly(other.differences, large, 7.0, 10.0, 5.0)
    doses, share = cumulative([(one, small), (other, large)], (1.0, 12.0))
    assert (np.diff(doses) >= 0).all()
    assert (np.diff(share) <= 0).all()
    at_two = share[doses == 2.0]
    assert at_two * 20.0 == pytest.approx([15.0, 10.0], abs=1e-9)
    for dose, volume in ((1.0, 20.0), (1.5, 17.5), (2.5, 7.25), (3.0, 4.5), (7.0, 2.5), (12.0, 0.0)):
        assert np.interp(dose, doses, share) * 20.0 == pytest.approx(volume, abs=1e-9)
