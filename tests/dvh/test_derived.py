"""Derived structures: exact, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from bodies import dose_from, grid, planes, rectangle, stack

from dosimetry.dvh.derived import difference, union
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import DerivationError
from dosimetry.warnings import Code


def box(name, x0, x1, first=-9.0, count=7, spacing=3.0):
    return stack({z: [rectangle(x0, -8, x1, 12)] for z in planes(first, spacing, count)}, name, spacing)


@pytest.fixture(scope="module")
def dose():
    return dose_from(lambda x, y, z: 30 + 0.5 * x + 0.1 * y + 0 * z, grid())


def test_the_union_of_two_lungs_is_both(dose):
    """Volumes add, means are weighted by volume, extremes are those of either; ends on different slices."""
    left, right = box("L", 10.3, 30.1), box("R", -29.7, -8.4, first=-12.0, count=9)
    both, one, other = (compute_dvh(dose, part) for part in (union("Lungs", left, right), left, right))
    assert both.volume_cc == pytest.approx(one.volume_cc + other.volume_cc, rel=1e-12)
    mean = (one.mean_gy * one.volume_cc + other.mean_gy * other.volume_cc) / both.volume_cc
    assert both.mean_gy == pytest.approx(mean, rel=1e-12)
    assert (both.min_gy, both.max_gy) == pytest.approx((other.min_gy, one.max_gy), rel=1e-12)
    for gy in (18.0, 25.0, 37.5, 40.0):
        parts = [part.metric(f"V{gy:g}Gy[cc]") for part in (one, other)]
        assert both.metric(f"V{gy:g}Gy[cc]") == pytest.approx(sum(parts), abs=1e-3)
    assert Code.STRUCTURE_DERIVED in {caution.code for caution in both.warnings}
    assert both.interval("Mean[Gy]")[0] <= both.mean_gy <= both.interval("Mean[Gy]")[1]


def test_a_body_without_its_target(dose):
    body, target = box("Body", -40.0, 40.0, first=-15.0, count=11), box("PTV", 5.0, 21.0)
    rest, whole, part = (compute_dvh(dose, one) for one in (difference("Rest", body, target), body, target))
    assert rest.volume_cc == pytest.approx(whole.volume_cc - part.volume_cc, rel=1e-12)
    mean = (whole.mean_gy * whole.volume_cc - part.mean_gy * part.volume_cc) / rest.volume_cc
    assert rest.mean_gy == pytest.approx(mean, rel=1e-12)


def test_touching_parts_may_be_joined():
    assert union("Both", box("A", 0, 10), box("B", 10, 20)).number == -1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: union("U", box("A", 0, 10), box("B", 9, 20)), "'A' and 'B' overlap.*found 0.42 cc in both"),
        (lambda: difference("D", box("A", 0, 10), box("B", 5, 12)), "'B' does not lie wholly in 'A'.*0.84 cc"),
        (lambda: union("U", box("A", 0, 10), box("B", 11, 20, first=-9.7)), "different slices.*0.7 mm apart"),
        (lambda: difference("D", box("A", 0, 10), box("B", 2, 8, first=-12.0)), "does not lie wholly"),
    ],
)
def test_what_would_not_be_exact_is_refused(make, message):
    with pytest.raises(DerivationError, match=message):
        make()


def test_order_of_the_parts_is_of_no_consequence(dose):
    left, right = box("L", 10.3, 30.1), box("R", -29.7, -8.4)
    one, other = (compute_dvh(dose, union("U", *pair)) for pair in ((left, right), (right, left)))
    assert one.mean_gy == pytest.approx(other.mean_gy, rel=1e-12)
    assert np.isclose(one.volume_cc, other.volume_cc, rtol=1e-12)
