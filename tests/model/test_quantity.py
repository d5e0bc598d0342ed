"""Numbers with bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.model.quantity import up_to


@pytest.mark.parametrize(
    ("bound", "text"), [(0.0, "0"), (0.0314, "0.032"), (0.03, "0.03"), (1.0, "1"), (9.91, "10"), (123.0, "130")]
)
def test_bounds_are_rounded_up(bound, text):
    assert up_to(bound) == text


@given(st.floats(1e-9, 1e6))
def test_a_bound_stays_one(bound):
    assert bound * (1 - 1e-9) <= float(up_to(bound)) <= 1.11 * bound
