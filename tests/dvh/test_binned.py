"""Histograms in bins: metrics, and bounds that hold wherever in its bin a volume was taken."""

from __future__ import annotations

import numpy as np
import pytest
import tps_dvhs
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dvh.binned import VOLUME, cumulative_bins, differential_bins
from dosimetry.errors import MetricError

# Of 9 to 11 Gy, evenly, in 8 cc
TRUTH = {
    VOLUME: 8.0,
    "Mean[Gy]": 10.0,
    "Min[Gy]": 9.0,
    "Max[Gy]": 11.0,
    "D95%[Gy]": 9.1,
    "D50%[Gy]": 10.0,
    "D2%[Gy]": 10.96,
    "D2cc[Gy]": 10.5,
    "DC2cc[Gy]": 9.5,
    "V10Gy[%]": 50.0,
    "V10.5Gy[cc]": 2.0,
    "CV10.5Gy[cc]": 6.0,
    "V5Gy[%]": 100.0,
    "V20Gy[%]": 0.0,
}


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("width", [0.01, 0.07, 1.0])
def test_bounds_hold_the_truth_wherever_in_its_bin_a_volume_was_taken(where, width):
    bins = cumulative_bins(*tps_dvhs.box_data(width_gy=width, where=where), "cc")
    for name, truth in TRUTH.items():
        value, low, high = bins.bounds(name)
        slack = 1e-6 if name in (VOLUME, "V5Gy[%]", "V20Gy[%]") else 1e-9
        assert low - slack <= truth <= high + slack, name
        assert low <= value <= high
        if name != VOLUME and "Gy" in name.split("[")[1]:
            assert high - low <= 2 * width + 1e-9, name
    if where == 0.5:
        assert bins.bounds("D50%[Gy]")[0] == pytest.approx(10.0, abs=1e-6 if width == 0.01 else 0.5 * width)


@pytest.mark.parametrize("width", [0.01, 0.25])
def test_a_differential_histogram_is_known_at_its_edges(width):
    bins = differential_bins(*tps_dvhs.box_data("DIFFERENTIAL", width), "cc")
    for name, truth in TRUTH.items():
        value, low, high = bins.bounds(name)
        assert value == pytest.approx(truth, abs=width + 1e-9 if name[:3] in ("Min", "Max") else 1e-6), name
        assert low - 1e-6 <= truth <= high + 1e-6
    assert bins.bounds("V10Gy[%]")[1:] == pytest.approx((50.0, 50.0), abs=1e-9)


def test_uneven_bins_and_a_first_one_that_begins_late():
    bins = cumulative_bins(np.array([9.0, 0.5, 0.5, 1.0]), np.array([8.0, 6.0, 4.0, 0.0]), "cc")  # at upper edges
    assert bins.bounds("D4cc[Gy]") == (9.75, 9.5, 11.0)
    assert bins.total is None  # the first bin could have lost some


def test_a_first_bin_without_width_tells_the_whole():
    bins = cumulative_bins(np.array([0.0, 1.0, 1.0]), np.array([4.0, 3.0, 0.0]), "cc")
    assert bins.total == 4.0
    assert bins.bounds("Mean[Gy]")[1] <= (0.5 + 3 * 1.5) / 4 <= bins.bounds("Mean[Gy]")[2]


def test_what_a_first_bin_loses_is_not_made_up():
    bins = cumulative_bins(np.full(4, 0.1), np.array([7.0, 5.0, 1.0, 0.0]), "cc")
    for name in (VOLUME, "Mean[Gy]", "Min[Gy]", "D50%[Gy]", "V0.2Gy[%]"):
        with pytest.raises(MetricError, match="first bin loses volume"):
            bins.bounds(name)
    assert bins.bounds("V0.2Gy[cc]")[1:] == (1.0, 5.0)
    assert bins.bounds("D2cc[Gy]")[1:] == pytest.approx((0.1, 0.3))


def test_percent_tells_no_volume():
    bins = cumulative_bins(*tps_dvhs.box_data(unit="PERCENT"), "%")
    assert bins.bounds("D95%[Gy]")[0] == pytest.approx(9.1, abs=0.01)
    for name in (VOLUME, "D2cc[Gy]", "V10Gy[cc]"):
        with pytest.raises(MetricError, match="volumes are in percent"):
            bins.bounds(name)


@pytest.mark.parametrize(
    ("make", "volumes", "unit", "reason"),
    [
        (cumulative_bins, [5.0, 4.0, 4.5], "cc", "rise with dose"),
        (cumulative_bins, [5.0, 4.0, -0.5], "cc", "negative"),
        (cumulative_bins, [0.0, 0.0, 0.0], "cc", "no volume"),
        (cumulative_bins, [5.0, np.nan, 0.0], "cc", "no volume"),
        (cumulative_bins, [120.0, 60.0, 0.0], "%", "more than 100"),
        (differential_bins, [10.0, 60.0, 10.0], "%", "add up to 80"),
        (differential_bins, [10.0, -2.0, 1.0], "cc", "negative"),
    ],
)
def test_volumes_that_make_no_histogram_are_refused(make, volumes, unit, reason):
    with pytest.raises(MetricError, match=reason):
        make(np.ones(3), np.array(volumes), unit)


def test_more_than_the_volume_is_refused():
    bins = cumulative_bins(*tps_dvhs.box_data(), "cc")
    with pytest.raises(MetricError, match="more than the volume"):
        bins.bounds("D9cc[Gy]")


@given(
    st.lists(st.floats(0.0, 30.0), min_size=1, max_size=60),
    st.floats(0.05, 5.0),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from(["Mean[Gy]", "Max[Gy]", "D95%[Gy]", "D50%[Gy]", "D5%[Gy]", "V7Gy[%]", "V15Gy[cc]"]),
)
def test_bounds_hold_for_any_doses(doses, width, where, name):
    """Of voxels of 1 cc, whose histogram is exact."""
    doses = np.maximum(np.array(doses), 2.5 * width)  # nothing in the first bins
    low = width * np.arange(int(doses.max() / width) + 3)
    volumes = np.array([(doses >= edge).sum() for edge in low + where * width], dtype=float)
    bins = cumulative_bins(np.full(low.size, width), volumes, "cc")
    total = float(doses.size)
    hottest = np.sort(doses)[::-1]
    if name == "Mean[Gy]":
        truth = doses.mean()
    elif name == "Max[Gy]":
        truth = doses.max()
    elif name[0] == "D":
        truth = hottest[max(int(np.ceil(float(name[1:].split("%")[0]) / 100 * total - 1e-9)), 1) - 1]
    else:
        count = (doses >= float(name[1:].split("Gy")[0])).sum()
        truth = 100 * count / total if name.endswith("[%]") else count
    _, least, most = bins.bounds(name)
    assert least - 1e-6 <= truth <= most + 1e-6
