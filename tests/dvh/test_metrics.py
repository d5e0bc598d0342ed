"""The metric grammar, and metrics of a DVH whose cumulative curve is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.dvh import Dvh
from dosimetry.dvh.metrics import DEFAULT_METRICS, parse_metric
from dosimetry.errors import MetricError
from dosimetry.warnings import Code

EDGES = np.linspace(10, 30, 21)
# 100 cc, doses evenly spread from 10 to 30 Gy: V(D) = 5 (30 - D)
BARE = Dvh(
    name="ROI",
    number=1,
    volume_cc=100.0,
    outside_grid_cc=0.0,
    mean_gy=20.0,
    min_gy=10.0,
    max_gy=30.0,
    edges_gy=EDGES,
    volume_at_least_cc=np.interp(EDGES, [10, 30], [100, 0]),
    convention=DEFAULT_CONVENTION,
)
EVEN = replace(BARE, prescription_gy=50.0)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("Mean[Gy]", 20.0),
        ("Min[Gy]", 10.0),
        ("Max[Gy]", 30.0),
        ("Mean[%]", 40.0),
        ("D95%[Gy]", 11.0),
        ("D50%[Gy]", 20.0),
        ("D2%[Gy]", 29.6),
        ("D100%[Gy]", 10.0),
        ("D0%[Gy]", 30.0),
        ("D10cc[Gy]", 28.0),
        ("D0.03cc[Gy]", 29.994),
        ("D50%[%]", 40.0),
        ("DC10cc[Gy]", 12.0),
        ("DC5%[Gy]", 11.0),
        ("V20Gy[%]", 50.0),
        ("V20Gy[cc]", 50.0),
        ("V22.5Gy[cc]", 37.5),
        ("V40%[%]", 50.0),
        ("CV15Gy[cc]", 25.0),
        ("V5Gy[%]", 100.0),
        ("V10Gy[%]", 100.0),
        ("V30.1Gy[%]", 0.0),
        ("v20gy[%]", 50.0),
        (" D 95 % [Gy] ", 11.0),
    ],
)
def test_value(spec, expected):
    assert EVEN.metric(spec) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("spec", DEFAULT_METRICS)
def test_default_metrics_are_canonical(spec):
    assert str(parse_metric(spec)) == spec


@pytest.mark.parametrize("spec", ["V20Gy", "D95%", "Mean", "D2cc", "Max"])
def test_a_metric_without_unit_is_refused_with_the_choices(spec):
    with pytest.raises(MetricError, match=r"leaves its unit open; expected .*\[.*\] or .*\["):
        parse_metric(spec)


@pytest.mark.parametrize(
    "spec",
    ["", "D", "95%", "D95[Gy]", "D95Gy[Gy]", "V20cc[%]", "V20[%]", "D95%[cc]", "V20Gy[Gy]", "Mean[cc]", "D101%[Gy]",
     "D-5%[Gy]", "D1e3cc[Gy]", "Median[Gy]", "D95%[Gy]x", "D٣%[Gy]", "V20Gy[%][%]"],
)  # fmt: skip
def test_what_is_no_metric_is_refused(spec):
    with pytest.raises(MetricError):
        parse_metric(spec)


@given(st.text(max_size=20))
def test_any_text_is_a_metric_or_one_clear_error(text):
    try:
        metric = parse_metric(text)
    except MetricError:
        return
    assert parse_metric(str(metric)) == metric


def test_more_volume_than_there_is_cannot_be_evaluated():
    with pytest.raises(MetricError, match="more than the structure's volume"):
        EVEN.metric("D200cc[Gy]")
    quantity = EVEN.quantity("D200cc[Gy]")
    assert (quantity.value, quantity.unit) == (None, "Gy")
    assert [caution.code for caution in quantity.warnings] == [Code.METRIC_NOT_EVALUABLE]


def test_percent_of_a_prescription_needs_one():
    for spec in ("D95%[%]", "V95%[%]", "Mean[%]"):
        with pytest.raises(MetricError, match="needs a prescription"):
            BARE.metric(spec)


@given(st.floats(0.01, 99.99))
def test_dose_and_volume_are_inverse(percent):
    dose = EVEN.metric(f"D{percent:.6f}%[Gy]")
    assert EVEN.metric(f"V{dose:.9f}Gy[%]") == pytest.approx(percent, abs=1e-4)


def test_cumulative_starts_at_zero_dose_and_ends_at_the_maximum():
    dose, volume = EVEN.cumulative()
    assert (dose[0], volume[0]) == (0.0, 100.0)
    assert (dose[-1], volume[-1]) == (30.0, 0.0)
    assert (np.diff(dose) >= 0).all()
    assert (np.diff(volume) <= 0).all()
    assert np.interp(20.0, dose, volume) == pytest.approx(50.0)
