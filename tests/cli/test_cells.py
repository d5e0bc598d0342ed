"""Numbers with their interval, and warnings, as the text of one cell."""

from __future__ import annotations

import pytest

from dosimetry.cli.cells import bounded, interval
from dosimetry.model.quantity import Quantity


@pytest.mark.parametrize(
    ("quantity", "signed", "shown"),
    [
        (Quantity(4.3509, "Gy", 4.3237, 4.3614), False, "4.35 (4.32–4.37)"),
        (Quantity(1.2176, "Gy", 1.2086, 1.2231), True, "+1.22 (1.20–1.23)"),
        (Quantity(-0.001, "Gy", -0.002, 0.001), True, "0.00 (-0.01…0.01)"),
        (Quantity(4.3509, "Gy"), False, "4.35"),
        (Quantity(None, "Gy"), False, None),
        (None, False, None),
    ],
)
def test_intervals_stand_beside_their_number_rounded_outwards(quantity, signed, shown):
    assert bounded(quantity, 2, signed=signed) == shown


def test_interval_has_no_space_and_no_dash_before_a_minus():
    assert interval(11.4, 53.2) == "(11.4–53.2)"
    assert interval(-53.2, -11.4) == "(-53.2…-11.4)"
    assert interval(-0.01, 0.01) == "(0.0–0.0)"
    assert interval(-0.01, 0.01, digits=2) == "(-0.01…0.01)"
