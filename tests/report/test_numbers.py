"""The rounding rule of documents."""

from __future__ import annotations

import pytest

from dosimetry.model.quantity import Quantity
from dosimetry.report.numbers import change, change_bounds, judged, limits, number, number_bounds


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


@pytest.mark.parametrize(
    ("quantity", "shown", "as_change"),
    [
        (Quantity(3.1333, "Gy", 3.1147, 3.1386), "3.11–3.14", "+3.11 to +3.14"),
        (Quantity(49.6, "Gy", 49.599999999999994, 49.60000000000001), "49.60–49.60", "+49.60 to +49.60"),
        (Quantity(0.0, "%", 0.0, 0.001), "0.0–0.1", "0.0 to +0.1"),
        (Quantity(-0.0633, "Gy", -0.0681, -0.0595), "−0.07 to −0.05", "−0.07 to −0.05"),
        (Quantity(0.001, "Gy", -0.001, 0.002), "−0.01 to 0.01", "−0.01 to +0.01"),
        (Quantity(9.99, "cc", 9.981, 10.011), "9.98–10.02", "+9.98 to +10.02"),
        (Quantity(9.99, "cc"), "", ""),
        (Quantity(None, "Gy", 1.0, 2.0), "", ""),
    ],
)
def test_calculation_intervals_are_rounded_outwards_with_the_decimals_of_their_number(quantity, shown, as_change):
    assert number_bounds(quantity) == shown
    assert change_bounds(quantity) == as_change
