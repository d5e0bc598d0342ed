"""Limits as text: one meaning, and nothing guessed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import MetricError, ProtocolError
from dosimetry.protocols.limit import parse_limit


@pytest.mark.parametrize(
    ("text", "shown", "kept", "broken"),
    [
        ("Mean[Gy] < 2.5", "Mean[Gy] < 2.5 Gy", (0.0, 2.499), (2.5, 3.0)),
        ("Mean[Gy]<=4", "Mean[Gy] ≤ 4 Gy", (0.0, 4.0), (4.001, 9.0)),
        ("V20Gy[%] ≤ 30", "V20Gy[%] ≤ 30 %", (30.0,), (30.01,)),
        ("V95%[%] >= 98", "V95%[%] ≥ 98 %", (98.0, 100.0), (97.99,)),
        ("d0.03cc[gy] > 1", "D0.03cc[Gy] > 1 Gy", (1.001,), (1.0, 0.5)),
        ("V20Gy[%] <= 0", "V20Gy[%] ≤ 0 %", (0.0, 1e-12), (1e-6,)),
    ],
)
def test_a_limit_says_what_keeps_it(text, shown, kept, broken):
    limit = parse_limit(text)
    assert str(limit) == shown
    assert all(limit.holds(value) for value in kept)
    assert not any(limit.holds(value) for value in broken)


@pytest.mark.parametrize(
    "text", ["", "Mean[Gy]", "Mean[Gy] = 3", "< 3", "Mean[Gy] < -1", "Mean[Gy] < x", "1 < 2 < 3"]
)
def test_what_is_no_limit_is_refused(text):
    with pytest.raises((ProtocolError, MetricError)):
        parse_limit(text)


def test_a_metric_without_its_unit_is_refused():
    with pytest.raises(MetricError, match="leaves its unit open"):
        parse_limit("V20Gy <= 30")


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_upper_and_lower_limits_are_opposites(value, number):
    upper, lower = parse_limit(f"Mean[Gy] <= {number:.9f}"), parse_limit(f"Mean[Gy] > {number:.9f}")
    assert upper.holds(value) is not lower.holds(value)


def test_rounding_of_a_sum_does_not_break_a_limit():
    assert parse_limit("V20Gy[%] <= 25").holds(25.000000000001)
    assert not parse_limit("V20Gy[%] < 25").holds(24.999999999999)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("V20Gy[%] <= 110", "no volume is above 100 %"),
        ("V20Gy[%] <= 100", "no volume is above 100 %"),
        ("V95%[%] >= 0.98", "a fraction of one?"),
        ("D95%[%] >= 0.95", "a fraction of one?"),
        ("Mean[Gy] <= 400", "400 Gy is no dose of a plan"),
        ("V2000Gy[%] <= 10", "2000 Gy is no dose of a plan"),
    ],
)
def test_a_slip_of_units_is_refused(text, message):
    with pytest.raises(ProtocolError, match=re.escape(message)):
        parse_limit(text)


@pytest.mark.parametrize("text", ["V20Gy[%] <= 0", "V40Gy[%] <= 0.5", "V95%[%] >= 100", "V107%[%] <= 2"])
def test_limits_at_the_ends_are_limits(text):
    assert str(parse_limit(text).metric) == text.split()[0]
