"""Plan pairs: both readings of 'incremental', their intervals, and what is flagged or refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import RiskError
from dosimetry.risk.forms import Form
from dosimetry.risk.increment import increment_risk
from dosimetry.risk.models import default_models
from dosimetry.warnings import Code

DARBY_7, SARDARO, DARBY = default_models()
# van den Bogaard 2017, doi 10.1200/JCO.2016.69.8480
BOGAARD = replace(DARBY, id="b", form=Form.LOG_LINEAR, per_gy_pct=16.5, per_gy_ci_pct=(0.6, 35.0))
DOSES = st.floats(0, 60)


def codes(estimate):
    return [caution.code for caution in estimate.warnings]


def test_both_readings_of_4_2_to_8_gy():
    estimate = increment_risk(DARBY, 4.2, 8.0)
    assert estimate.added_err_pct == pytest.approx(28.12, abs=1e-9)
    assert estimate.relative_increase_pct == pytest.approx(100 * (1.592 / 1.3108 - 1), abs=1e-9)
    assert estimate.relative_increase_pct == pytest.approx(21.45, abs=5e-3)
    assert estimate.err_without_pct == pytest.approx(31.08, abs=1e-9)
    assert estimate.err_with_pct == pytest.approx(59.2, abs=1e-9)
    assert estimate.added_err_ci_pct == pytest.approx((2.9 * 3.8, 14.5 * 3.8), abs=1e-9)
    assert estimate.relative_increase_ci_pct == pytest.approx((9.8235, 34.2449), abs=1e-4)
    assert estimate.warnings == ()


def test_headline_figure_of_4_2_to_8_gy():
    estimate = increment_risk(DARBY_7, 4.2, 8.0)
    assert estimate.added_err_pct == pytest.approx(26.6, abs=1e-9)
    assert estimate.added_err_ci_pct == pytest.approx((11.4, 53.2), abs=1e-9)


def test_sardaro_worked_example():
    # Smyth 2015, doi 10.1002/jmrs.89: 3.4 Gy less mean heart dose, 13.6 % less heart disease
    assert increment_risk(SARDARO, 0.0, 3.4).added_err_pct == pytest.approx(13.6, abs=1e-9)
    assert increment_risk(SARDARO, 5.0, 1.6).added_err_pct == pytest.approx(-13.6, abs=1e-9)


def test_no_published_interval_means_none():
    estimate = increment_risk(SARDARO, 4.2, 8.0)
    assert (estimate.added_err_ci_pct, estimate.relative_increase_ci_pct) == (None, None)
    assert "no interval published" in estimate.notes
    assert not any("CI only" in note for note in estimate.notes)


def test_interval_is_named_for_what_it_is():
    (note,) = [note for note in increment_risk(DARBY, 4.2, 8.0).notes if "interval" in note]
    assert note.startswith("interval from the slope's 95 % CI only")


def test_log_linear_increase_does_not_depend_on_the_level():
    estimate = increment_risk(BOGAARD, 4.2, 8.0)
    assert estimate.relative_increase_pct == pytest.approx(100 * (1.165**3.8 - 1), rel=1e-12)
    assert estimate.relative_increase_ci_pct == pytest.approx((100 * (1.006**3.8 - 1), 100 * (1.35**3.8 - 1)))
    assert estimate.added_err_pct == pytest.approx(100 * (1.165**8 - 1.165**4.2), rel=1e-12)


def test_decrement_is_flagged_and_its_interval_ascends():
    estimate = increment_risk(DARBY, 8.0, 4.2)
    assert estimate.added_err_pct == pytest.approx(-28.12, abs=1e-9)
    assert estimate.added_err_ci_pct == pytest.approx((-55.1, -11.02), abs=1e-9)
    assert codes(estimate) == [Code.INCREMENT_NEGATIVE]
    assert estimate.warnings[0].subject == "heart"


def test_equal_doses_add_nothing():
    estimate = increment_risk(DARBY, 4.2, 4.2)
    assert (estimate.added_err_pct, estimate.relative_increase_pct) == (0.0, 0.0)
    assert (estimate.added_err_ci_pct, estimate.relative_increase_ci_pct) == ((0.0, 0.0), (0.0, 0.0))
    assert estimate.warnings == ()


@pytest.mark.parametrize(
    ("without_gy", "with_gy", "flagged"),
    [(0.03, 27.72, 0), (4.0, 27.73, 1), (0.02, 5.0, 1), (0.0, 30.0, 2), (0.029, 0.029, 2)],
)
def test_doses_that_were_not_observed_are_extrapolated(without_gy, with_gy, flagged):
    assert codes(increment_risk(DARBY, without_gy, with_gy)) == [Code.DOSE_EXTRAPOLATED] * flagged


def test_extrapolation_names_side_dose_and_range():
    (caution,) = increment_risk(DARBY, 4.0, 30.0).warnings
    assert str(caution) == (
        "darby-7.4: extrapolated: mean dose with IMN, 30 Gy, lies outside the observed 0.03 to 27.72 Gy"
        " [dose-extrapolated]"
    )


def test_range_that_is_not_stated_is_a_note():
    estimate = increment_risk(SARDARO, 4.0, 50.0)
    assert estimate.warnings == ()
    assert "dose range not stated [dose-range-not-stated]" in estimate.notes


def test_unverified_models_say_so():
    assert codes(increment_risk(replace(DARBY, verified=False), 4.2, 8.0)) == [Code.MODEL_UNVERIFIED]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), -0.001, 60.001, 420.0])
@pytest.mark.parametrize("side", ["without", "with"])
def test_what_is_no_mean_dose_is_refused(bad, side):
    doses = (bad, 8.0) if side == "without" else (4.2, bad)
    with pytest.raises(RiskError, match=rf"^mean dose {side} IMN: (not a dose|implausible: cGy by mistake\?)"):
        increment_risk(DARBY, *doses)


def test_numpy_scalars_come_in_and_python_floats_go_out():
    estimate = increment_risk(DARBY, np.float32(4.0), np.float64(8.0))
    assert type(estimate.mean_without_gy) is float
    assert estimate.added_err_pct == pytest.approx(29.6, abs=1e-9)


def test_result_is_frozen():
    with pytest.raises(FrozenInstanceError):
        increment_risk(DARBY, 4.2, 8.0).mean_with_gy = 1.0


def test_dict_has_the_agreed_keys():
    shown = increment_risk(SARDARO, 4.2, 8.0).as_dict()
    assert list(shown) == [
        *("model", "source", "verified", "form", "per_gy_pct", "per_gy_ci_pct"),
        *("err_without_pct", "err_with_pct", "added_err_pct", "added_err_ci_pct"),
        *(
            "relative_increase_pct",
            "relative_increase_ci_pct",
            "endpoint",
            "notes",
            "dose_range_gy",
            "warnings",
        ),
        *("doi", "horizon", "structure", "dose_metric", "dose_basis"),
        *("added_err_dose_interval_pct", "added_err_combined_interval_pct"),
        *("relative_increase_dose_interval_pct", "relative_increase_combined_interval_pct"),
    ]
    absent = ["per_gy_ci_pct", "added_err_ci_pct", "relative_increase_ci_pct", "dose_range_gy", "doi"]
    absent += [key for key in shown if "_dose_interval_" in key or "_combined_interval_" in key]
    assert [key for key, value in shown.items() if value is None] == absent
    assert (shown["model"], shown["form"], shown["verified"]) == ("sardaro-4", "linear", True)
    flagged = increment_risk(DARBY, 4.2, 30.0).as_dict()
    assert flagged["per_gy_ci_pct"] == [2.9, 14.5]
    assert [caution["code"] for caution in flagged["warnings"]] == ["dose-extrapolated"]


@given(without_gy=DOSES, with_gy=DOSES)
def test_swapping_the_plans_turns_the_signs_and_intervals_hold_the_estimate(without_gy, with_gy):
    for model in (DARBY_7, DARBY, BOGAARD):
        there, back = increment_risk(model, without_gy, with_gy), increment_risk(model, with_gy, without_gy)
        assert there.added_err_pct == -back.added_err_pct
        product = (1 + there.relative_increase_pct / 100) * (1 + back.relative_increase_pct / 100)
        assert product == pytest.approx(1.0, rel=1e-9)
        for value, (low, high) in (
            (there.added_err_pct, there.added_err_ci_pct),
            (there.relative_increase_pct, there.relative_increase_ci_pct),
        ):
            assert low <= value <= high
