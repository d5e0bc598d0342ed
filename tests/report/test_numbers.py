"""The rounding rule of documents."""

from __future__ import annotations

import pytest

from dosimetry.report.numbers import change, judged, limits, number


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (4.350963266413995, "Gy", "4.35"),
        (56.0949, "Gy", "56.09"),
        (519.18309, "cc", "519.2"),
        (8.641338, "cc", "8.64"),
        (8.98118956, "%", "9.0"),
        (-0.0015, "Gy", "0.00"),
        (-0.0633, "Gy", "−0.06"),
        (None, "Gy", "–"),
    ],
)
def test_numbers_have_the_decimals_of_their_unit(value, unit, shown):
    assert number(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1.217620982187249, "Gy", "+1.22"),
        (-0.06331413, "Gy", "−0.06"),
        (0.004, "Gy", "0.00"),
        (-3.25e-07, "%", "0.0"),
        (10.0, "Gy", "+10.00"),
        (0.5, "%", "+0.5"),
        (None, "%", "–"),
    ],
)
def test_changes_carry_a_sign_unless_they_are_zero_as_shown(value, unit, shown):
    assert change(value, unit) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(20.379, "20.4"), (89.97, "89.97"), (89.9996, "89.9996"), (90.0, "90.0"), (90.04, "90.0")]
)
def test_rounding_never_carries_a_number_over_the_limit_it_failed(value, shown):
    assert judged(value, 90.0, "%") == shown


def test_intervals_with_a_minus_sign_are_put_in_words():
    assert limits((3.6528, 17.0467), "%") == "3.7–17.0"
    assert limits((-17.0467, -3.6528), "%") == "−17.0 to −3.7"
