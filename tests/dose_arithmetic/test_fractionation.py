"""Doses of the same effect in other fractions, against numbers worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bodies import dose_from, grid
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dose_arithmetic.differences import subtract
from dosimetry.dose_arithmetic.fractionation import (
    eqd2,
    eqd2_gy,
    isoeffective_dose,
    isoeffective_gy,
    per_fraction,
    total_dose,
)
from dosimetry.dose_arithmetic.sums import add_doses
from dosimetry.errors import ComparisonError, PrescriptionError, UnitsError
from dosimetry.model.dose import Measure, Summation
from dosimetry.warnings import Code

SMALL = grid(shape=(2, 3, 4))


def dose_of(*values_gy, **fields):
    made = dose_from(lambda x, y, z: 0 * (x + y + z), SMALL)
    values = np.resize(np.array(values_gy, dtype=float), SMALL.shape)
    return replace(made, values_gy=values, **fields)


def codes(dose):
    return {caution.code for caution in dose.warnings}


@pytest.mark.parametrize(
    ("dose_gy", "fractions", "alpha_beta_gy", "expected_gy"),
    [
        (50.0, 25, 3.0, 50.0),  # 2 Gy a fraction
        (40.0, 15, 3.0, 45.0 + 1.0 / 3.0),  # 40 x (2.6667 + 3) / 5
        (26.0, 5, 3.0, 42.64),  # 26 x (5.2 + 3) / 5
        (42.5, 16, 2.0, 49.4726562),  # 42.5 x (2.65625 + 2) / 4
        (5.0, 25, 3.0, 3.2),  # a heart dose: 5 x 3.2 / 5
    ],
)
def test_eqd2_as_worked_by_hand(dose_gy, fractions, alpha_beta_gy, expected_gy):
    found = eqd2(dose_of(dose_gy), fractions, alpha_beta_gy)
    assert found.values_gy == pytest.approx(expected_gy, rel=1e-8)
    assert (found.measure, found.alpha_beta_gy) == (Measure.EQD2, alpha_beta_gy)
    assert not found.is_plan_dose
    assert f"from {fractions} fractions" in next(c.text for c in found.warnings if c.code is Code.DOSE_CONVERTED)


def test_isoeffective_dose_in_25_fractions_solves_its_equation():
    """40 Gy in 15 with α/β 3 Gy: D(1 + D/75) = 40(1 + 40/45) = 75.556, D = (-75 + √(75² + 300·75.556))/2."""
    found = isoeffective_dose(dose_of(40.0), 15, 3.0)
    expected = (-75.0 + np.sqrt(75.0**2 + 4.0 * 75.0 * 40.0 * (1 + 40.0 / 45.0))) / 2.0
    assert expected == pytest.approx(46.6006, abs=1e-4)
    assert found.values_gy == pytest.approx(expected, rel=1e-12)
    assert (found.measure, found.fractions) == (Measure.ISOEFFECTIVE, 25)


def test_a_course_of_25_fractions_comes_back_unchanged():
    dose = dose_of(0.0, 0.3, 4.2, 26.0, 54.7)
    np.testing.assert_array_equal(isoeffective_dose(dose, 25, 3.0).values_gy, dose.values_gy)
    # while its EQD2 is lower in the heart: a slope per gray would lose by it
    assert eqd2(dose_of(4.2), 25, 3.0).values_gy == pytest.approx(4.2 * (0.168 + 3) / 5)


@given(st.floats(0, 100), st.integers(1, 40), st.integers(1, 40), st.floats(0.5, 20))
def test_there_and_back(dose_gy, fractions, wanted, ratio):
    effect = dose_gy * (1 + dose_gy / (fractions * ratio))
    there = isoeffective_gy(effect, wanted, ratio)
    assert there * (1 + there / (wanted * ratio)) == pytest.approx(effect, rel=1e-9, abs=1e-12)
    assert isoeffective_gy(effect, fractions, ratio) == pytest.approx(dose_gy, rel=1e-9, abs=1e-12)
    assert eqd2_gy(dose_gy, fractions, ratio) == pytest.approx(effect / (1 + 2 / ratio), rel=1e-9, abs=1e-12)


def test_two_courses_have_one_isoeffective_dose():
    """50 Gy in 25 and 10 Gy in 5: the EQD2 of both add up, and are what 25 larger fractions would have to give."""
    parts = [eqd2(dose_of(50.0), 25, 3.0), eqd2(dose_of(10.0), 5, 3.0)]
    together = add_doses(parts)
    assert together.values_gy == pytest.approx(60.0)
    assert (together.measure, together.alpha_beta_gy) == (Measure.EQD2, 3.0)
    found = isoeffective_dose(together).values_gy.flat[0]
    assert found * (1 + found / 75.0) == pytest.approx(50.0 * (1 + 2 / 3) + 10.0 * (1 + 2 / 3))
    with pytest.raises(ComparisonError, match="its own α/β"):
        isoeffective_dose(together, alpha_beta_gy=2.0)
    with pytest.raises(ComparisonError, match="does not add up"):
        add_doses([isoeffective_dose(dose_of(50.0), 25, 3.0)] * 2)


def test_the_number_of_fractions_is_never_guessed():
    with pytest.raises(PrescriptionError, match="number of fractions is not known"):
        eqd2(dose_of(50.0), alpha_beta_gy=3.0)
    with pytest.raises(PrescriptionError, match="number of fractions is not known"):
        isoeffective_dose(dose_of(50.0), alpha_beta_gy=3.0)
    with pytest.raises(PrescriptionError, match="contradicts"):
        eqd2(dose_of(50.0, fractions=25), 15, 3.0)
    assert eqd2(dose_of(50.0, fractions=25), alpha_beta_gy=3.0).values_gy == pytest.approx(50.0)
    for count in (0, -3, 2.5, 1000):
        with pytest.raises(PrescriptionError, match="no number of fractions"):
            eqd2(dose_of(50.0), count, 3.0)


def test_an_assumed_alpha_beta_says_so():
    found = eqd2(dose_of(40.0), 15)
    assert found.alpha_beta_gy == 3.0
    assert Code.ALPHA_BETA_ASSUMED in codes(found)
    assert Code.ALPHA_BETA_ASSUMED not in codes(eqd2(dose_of(40.0), 15, 3.0))
    for ratio in (0.0, -1.0, float("nan"), 1e6):
        with pytest.raises(PrescriptionError, match="no α/β"):
            eqd2(dose_of(40.0), 15, ratio)


def test_only_doses_in_gray_are_converted():
    converted = eqd2(dose_of(40.0), 15, 3.0)
    difference = subtract(dose_of(40.0), dose_of(30.0))
    for made in (converted, difference, per_fraction(dose_of(40.0), 15)):
        with pytest.raises(UnitsError, match="only a dose"):
            eqd2(made, 15 if made.fractions is None else None, 3.0)
    with pytest.raises(UnitsError, match="0 Gy or more"):
        eqd2(dose_of(-1.0, 2.0), 15, 3.0)


def test_per_fraction_and_back():
    dose = dose_of(50.0, 4.0)
    each = per_fraction(dose, 25)
    assert each.values_gy.flat[0] == pytest.approx(2.0)
    assert not each.is_plan_dose
    np.testing.assert_allclose(total_dose(each).values_gy, dose.values_gy, rtol=1e-15)
    assert total_dose(each).is_plan_dose
    stored = dose_of(2.0, summation=Summation.FRACTION)
    assert total_dose(stored, 25).values_gy == pytest.approx(50.0)
    assert total_dose(replace(stored, summation=Summation.BEAM), 25).summation is Summation.BEAM
    with pytest.raises(UnitsError, match="a total dose already"):
        total_dose(dose, 25)
    with pytest.raises(PrescriptionError, match="not known"):
        total_dose(stored)


def test_errors_of_interpolation_grow_with_the_conversion():
    """The stated error bounds what an error of the physical dose becomes."""
    error = np.full(SMALL.shape, 0.5)
    for convert in (
        lambda dose: eqd2(dose, 5, 3.0),
        lambda dose: isoeffective_dose(dose, 5, 3.0),
        lambda dose: isoeffective_dose(eqd2(dose, 5, 3.0)),
    ):
        values = np.linspace(0.5, 30.0, 24)
        low, high = (convert(dose_of(*(values + step))).values_gy for step in (-0.5, 0.0))
        stated = convert(dose_of(*values, error_gy=error)).error_gy
        assert (high - low <= stated + 1e-12).all()
