"""Functional forms against published figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import RiskError
from dosimetry.risk.forms import SLOPES, Form, additive, logistic, probit, relative_risk, relative_risks

DOSES = st.floats(0, 60)


def test_darby_at_10_gy_is_1_74():
    assert relative_risk(Form.LINEAR, 0.074, 10.0) == pytest.approx(1.74, abs=1e-12)


def test_log_linear_form_compounds_per_gray():
    # van den Bogaard's hazard ratio 1.165 per Gy over 3.8 Gy
    assert relative_risk(Form.LOG_LINEAR, 0.165, 3.8) == pytest.approx(1.7866, abs=5e-4)
    assert relative_risk(Form.LOG_LINEAR, 0.074, 10.0) == pytest.approx(1.074**10, rel=1e-12)
    assert relative_risk(Form.LOG_LINEAR, 0.074, 10.0) == pytest.approx(2.04, abs=5e-3)


@pytest.mark.parametrize("form", [*SLOPES, Form.TIME_BANDED])
def test_no_dose_means_no_excess(form):
    assert relative_risk(form, 0.074, 0.0) == 1.0


@given(first=DOSES, second=DOSES, slope=st.floats(0, 0.5))
def test_linear_excess_adds_and_log_linear_risk_multiplies(first, second, slope):
    def linear(dose):
        return relative_risk(Form.LINEAR, slope, dose)

    def log_linear(dose):
        return relative_risk(Form.LOG_LINEAR, slope, dose)

    assert linear(first + second) - 1 == pytest.approx(linear(first) + linear(second) - 2, abs=1e-9)
    assert log_linear(first + second) == pytest.approx(log_linear(first) * log_linear(second), rel=1e-9)


def test_forms_agree_to_first_order():
    tiny = 1e-6
    linear, log_linear = (relative_risk(form, tiny, 1.0) for form in SLOPES)
    assert math.isclose(linear, log_linear, rel_tol=1e-15)


def test_slope_that_leaves_no_risk_is_refused():
    with pytest.raises(RiskError, match=r"linear model has no meaning at 50 Gy; .*found -0\.1"):
        relative_risk(Form.LINEAR, -0.022, 50.0)
    with pytest.raises(RiskError, match=r"above -100 %/Gy"):
        relative_risk(Form.LOG_LINEAR, -1.0, 1.0)


def test_arrays_are_single_numbers_side_by_side():
    slopes, doses = np.array([[0.04], [0.074], [0.165]]), np.linspace(0, 27, 7)
    for form in SLOPES:
        both = relative_risks(form, slopes, doses)
        assert both.shape == (3, 7)
        for row, slope in zip(both, slopes[:, 0], strict=True):
            singly = [relative_risk(form, slope, dose) for dose in doses]
            np.testing.assert_allclose(row, singly, rtol=1e-14)


def test_an_array_with_one_meaningless_entry_is_refused():
    with pytest.raises(RiskError, match=r"no meaning at 50 Gy"):
        relative_risks(Form.LINEAR, -0.022, [1.0, 50.0])


@pytest.mark.parametrize("form", [Form.LOGISTIC, Form.PROBIT, Form.ADDITIVE])
def test_forms_of_absolute_risk_have_no_relative_one(form):
    with pytest.raises(RiskError, match=r"form has no relative risk"):
        relative_risk(form, 0.1, 1.0)


def test_logistic_is_one_half_where_the_score_is_nothing():
    assert logistic(0.0) == 0.5
    assert logistic([-2.0, 2.0]).sum() == pytest.approx(1.0, rel=1e-15)


@given(dose=DOSES, td50=st.floats(5, 60), m=st.floats(0.1, 1))
def test_probit_is_one_half_at_td50_and_grows(dose, td50, m):
    assert probit(td50, td50, m) == 0.5
    assert probit(dose + 1, td50, m) >= probit(dose, td50, m)


def test_additive_risk_is_per_gray_and_never_more_than_certain():
    assert additive(0.0088, [0.0, 2.71]) == pytest.approx([0.0, 0.023848], rel=1e-12)
    with pytest.raises(RiskError, match=r"no probability"):
        additive(0.03, 40.0)
