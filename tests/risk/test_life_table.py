"""The life table against 10⁶ random lives, against fine steps, and for what it must conserve."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import RiskError
from dosimetry.risk.absolute import absolute_risk, age_curve, from_life_table
from dosimetry.risk.doses import MeanDoses
from dosimetry.risk.life_table import Timeline, band_slopes, follow, risk_over_time
from dosimetry.risk.models import default_models, load_models
from dosimetry.risk.patient import Patient
from dosimetry.risk.rates import RateTable, example_rates, read_rates
from dosimetry.risk.timelines import LifePlan, prepare
from dosimetry.warnings import Code

TABLE = read_rates(example_rates())
MODELS = {model.id: model for model in load_models()}
DARBY = MODELS["darby-7.4"]
DOSES = MeanDoses(4.2, 8.0)
LIVES = 1_000_000
HAZARDS = st.lists(st.tuples(st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0.05, 5)), min_size=1, max_size=30)


def random_lives(edges, hazard, generator):
    """Return times of events: exponential waiting times, drawn anew in each interval; infinite where none comes."""
    times = np.full(LIVES, np.inf)
    waiting = np.ones(LIVES, dtype=bool)
    for start, end, rate in zip(edges[:-1], edges[1:], hazard, strict=True):
        drawn = start + generator.exponential(1 / rate, LIVES) if rate > 0 else np.full(LIVES, np.inf)
        now = waiting & (drawn < end)
        times[now] = drawn[now]
        waiting &= ~now
    return times


@pytest.mark.parametrize(
    ("name", "breast_death"),
    [("darby-7.4", None), ("darby-7.4", 0.2), ("darby-by-time", 0.2), ("taylor-lung", None)],
)
def test_agrees_with_a_million_random_lives(name, breast_death):
    model = MODELS[name]
    plan = LifePlan(TABLE, 50.0, 80.0, breast_death)
    timeline = prepare(plan, model).timeline
    factors = risk_over_time(model, band_slopes(model)[0], 8.0, timeline)
    generator = np.random.default_rng(20260)
    own = random_lives(timeline.edges_years, timeline.endpoint * factors, generator)
    other = random_lives(timeline.edges_years, timeline.competing, generator)
    course = follow(timeline, factors)
    for drawn, computed in (
        (np.mean((own < other) & np.isfinite(own)), course.endpoint[-1]),
        (np.mean((other < own) & np.isfinite(other)), course.competing[-1]),
        (np.mean(np.isinf(own) & np.isinf(other)), course.free[-1]),
    ):
        error = np.sqrt(computed * (1 - computed) / LIVES)
        assert abs(drawn - computed) < 3 * error


@given(rows=HAZARDS, factor=st.floats(0, 5))
def test_conserves_probability(rows, factor):
    endpoint, competing, lengths = (np.array(column) for column in zip(*rows, strict=True))
    timeline = Timeline(np.concatenate([[0.0], np.cumsum(lengths)]), endpoint, competing)
    course = follow(timeline, factor)
    np.testing.assert_allclose(course.endpoint + course.competing + course.free, 1.0, atol=1e-12)
    for part in (course.endpoint, course.competing, -course.free):
        assert np.all(np.diff(part) >= -1e-15)


@given(rows=HAZARDS)
def test_is_the_same_however_finely_it_is_cut(rows):
    endpoint, competing, lengths = (np.array(column) for column in zip(*rows, strict=True))
    edges = np.concatenate([[0.0], np.cumsum(lengths)])
    fine = np.unique(np.concatenate([np.linspace(a, b, 8) for a, b in pairwise(edges)]))
    which = np.searchsorted(edges, (fine[1:] + fine[:-1]) / 2, side="right") - 1
    coarse, cut = (
        follow(Timeline(edges, endpoint, competing), 1.5),
        follow(Timeline(fine, endpoint[which], competing[which]), 1.5),
    )
    assert cut.endpoint[-1] == pytest.approx(coarse.endpoint[-1], abs=1e-12)


@pytest.mark.parametrize("age", [50.0, 50.37])
def test_converges_to_fine_steps(age):
    """Smooth hazards in monthly steps, against Simpson's rule over 200,000 of them."""
    patient = Patient(year=2017, smoking="never")
    plan = LifePlan(TABLE, age, age + 15, 0.2, by_predict=True, patient=patient)
    ours = from_life_table(DARBY, plan).risk((0.074,), 8.0)
    timeline = prepare(plan, DARBY).timeline
    assert np.all(np.diff(timeline.edges_years) <= 1 / 12 + 1e-9)

    from scipy.integrate import cumulative_trapezoid, trapezoid

    from dosimetry.risk.predict import cumulative_hazard

    years = np.linspace(0.0, 15.0, 200_001)
    middles = (years[1:] + years[:-1]) / 2
    own = TABLE.at("coronary_event", age + middles) * (1 + 0.074 * 8)
    other = np.diff(cumulative_hazard(age, years, year=2017, smoker=False)) / np.diff(years)
    other = np.maximum(other - TABLE.at("coronary_death", age + middles), 0.0) - np.log(0.8) / 15
    surviving = np.exp(-np.concatenate([[0.0], cumulative_trapezoid(own + other, middles)]))
    fine = trapezoid(own * surviving, middles)
    # the first and last half step lie outside of the trapezoids
    fine += (own[0] * surviving[0] + own[-1] * surviving[-1]) * (middles[0] - years[0])
    assert ours == pytest.approx(fine, abs=1e-6)


def test_without_competition_it_is_the_formula_of_a_baseline():
    timeline = Timeline(np.arange(31.0), np.linspace(0.001, 0.01, 30), np.zeros(30))
    baseline = follow(timeline).endpoint[-1]
    assert follow(timeline, 1.592).endpoint[-1] == pytest.approx(absolute_risk(baseline, 0.592), rel=1e-12)


def test_competing_deaths_make_fewer_events():
    alone = LifePlan(TABLE, 50.0, 80.0)
    with_breast = LifePlan(TABLE, 50.0, 80.0, 0.3)
    risks = [from_life_table(DARBY, plan).estimate(DOSES).excess_pct.value for plan in (alone, with_breast)]
    assert risks[1] < risks[0]


def test_zero_increment_adds_nothing_and_risk_grows_with_dose():
    function = from_life_table(DARBY, LifePlan(TABLE, 50.0, 80.0))
    assert function.estimate(MeanDoses(4.2, 4.2)).excess_pct.value == 0.0
    risks = [function.risk((0.074,), dose) for dose in np.linspace(0, 27, 28)]
    assert np.all(np.diff(risks) > 0)


@given(without=st.floats(0.1, 20), more=st.floats(0, 7))
def test_intervals_hold_their_estimate(without, more):
    estimate = from_life_table(DARBY, LifePlan(TABLE, 50.0, 80.0)).estimate(MeanDoses(without, without + more))
    low, high = estimate.excess_pct.coefficient
    assert low <= estimate.excess_pct.value <= high
    assert estimate.none_pct <= estimate.without_pct.value <= estimate.with_pct.value


def test_bands_of_time_follow_the_years_since_radiotherapy():
    model = MODELS["darby-by-time"]
    timeline = prepare(LifePlan(TABLE, 50.5, 80.0), model).timeline
    factors = risk_over_time(model, band_slopes(model)[0], 10.0, timeline)
    middles = (timeline.edges_years[1:] + timeline.edges_years[:-1]) / 2
    expected = np.select([middles < 5, middles < 10, middles < 20], [2.63, 2.55, 1.12], 1.82)
    np.testing.assert_allclose(factors, expected, rtol=1e-12)
    assert {5.0, 10.0, 20.0} <= set(timeline.edges_years)


def test_a_slope_that_holds_later_begins_later():
    model = MODELS["taylor-lung"]
    timeline = prepare(LifePlan(TABLE, 50.0, 80.0), model).timeline
    factors = risk_over_time(model, band_slopes(model)[0], 10.0, timeline)
    np.testing.assert_allclose(factors, [1.0] * 10 + [2.1] * 20, rtol=1e-12)


def test_breast_cancer_death_that_nobody_states_is_said():
    codes = {caution.code for caution in from_life_table(DARBY, LifePlan(TABLE, 50.0, 80.0)).warnings}
    assert {Code.BREAST_DEATH_IGNORED, Code.BASELINE_SYNTHETIC} <= codes
    stated = from_life_table(DARBY, LifePlan(TABLE, 50.0, 80.0, 0.2)).warnings
    assert Code.BREAST_DEATH_IGNORED not in {caution.code for caution in stated}


def test_another_endpoint_than_the_slopes_is_said():
    codes = {model.id: _codes(model) for model in default_models()}
    assert Code.BASELINE_ENDPOINT_DIFFERS in codes["sardaro-4"]
    assert Code.BASELINE_ENDPOINT_DIFFERS not in codes["darby-7.4"]
    assert Code.HORIZON_EXTRAPOLATED in _codes(MODELS["bogaard-16.5"])


def _codes(model):
    return {caution.code for caution in from_life_table(model, LifePlan(TABLE, 50.0, 80.0)).warnings}


def test_curve_ends_in_the_estimate():
    plan = LifePlan(TABLE, 50.0, 80.0, 0.2)
    curve = age_curve(DARBY, plan, DOSES)
    estimate = from_life_table(DARBY, plan).estimate(DOSES)
    assert (curve.ages[0], curve.ages[-1]) == (50.0, 80.0)
    assert curve.with_[-1] == pytest.approx(estimate.with_pct.value, rel=1e-12)
    assert curve.without[-1] == pytest.approx(estimate.without_pct.value, rel=1e-12)
    assert curve.none[-1] == pytest.approx(estimate.none_pct, rel=1e-12)
    assert (curve.low[-1], curve.high[-1]) == pytest.approx(estimate.with_pct.coefficient, rel=1e-12)
    for part in (curve.none, curve.without, curve.with_):
        assert part[0] == 0.0
        assert np.all(np.diff(part) > 0)


@pytest.mark.parametrize(
    ("ages", "more", "message"),
    [
        ((80.0, 50.0), {}, "life table has no such ages"),
        ((50.0, 102.0), {}, "life table has no such ages"),
        ((50.0, 80.0), {"by_predict": True}, "at most 15 years; found 30"),
        ((50.0, 80.0), {"breast_death": 1.0}, "breast cancer mortality is no probability"),
    ],
)
def test_life_plans_that_make_no_sense_are_refused(ages, more, message):
    with pytest.raises(RiskError, match=message):
        LifePlan(TABLE, *ages, **more)


def test_deaths_of_the_endpoint_that_exceed_all_are_refused():
    rates = {**TABLE.rates, "all_causes": TABLE.rates["coronary_death"] * 0.5}
    table = RateTable(TABLE.first_age, rates, "s", "p", synthetic=True, sha256="")
    with pytest.raises(RiskError, match=r"coronary_death at age 50: deaths of the endpoint exceed"):
        prepare(LifePlan(table, 50.0, 80.0), DARBY)


def test_predict_needs_its_factors():
    with pytest.raises(RiskError, match=r"PREDICT: patient factors are missing; expected year, smoking"):
        prepare(LifePlan(TABLE, 50.0, 60.0, by_predict=True), DARBY)
