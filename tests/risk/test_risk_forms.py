"""Functional forms against published figures."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import RiskError
from dosimetry.risk.forms import Form, relative_risk

DOSES = st.floats(0, 60)


def test_darby_at_10_gy_is_1_74():
    assert relative_risk(Form.LINEAR, 0.074, 10.0) == pytest.approx(1.74, abs=1e-12)


def test_log_linear_form_compounds_per_gray():
    # van den Bogaard's hazard ratio 1.165 per Gy over 3.8 Gy
    assert relative_risk(Form.LOG_LINEAR, 0.165, 3.8) == pytest.approx(1.7866, abs=5e-4)
    assert relative_risk(Form.LOG_LINEAR, 0.074, 10.0) == pytest.approx(1.074**10, rel=1e-12)
    assert relative_risk(Form.LOG_LINEAR, 0.074, 10.0) == pytest.approx(2.04, abs=5e-3)


@pytest.mark.parametrize("form", list(Form))
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
    linear, log_linear = (relative_risk(form, tiny, 1.0) for form in Form)
    assert math.isclose(linear, log_linear, rel_tol=1e-15)


def test_slope_that_leaves_no_risk_is_refused():
    with pytest.raises(RiskError, match=r"linear model has no meaning at 50 Gy; .*found -0\.1"):
        relative_risk(Form.LINEAR, -0.022, 50.0)
    with pytest.raises(RiskError, match=r"above -100 %/Gy"):
        relative_risk(Form.LOG_LINEAR, -1.0, 1.0)
