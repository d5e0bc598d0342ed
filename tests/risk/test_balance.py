"""Deaths averted beside deaths added, the break-even, and the assessment as a whole."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import RiskError
from dosimetry.report.risk_benefit import balance_sheets
from dosimetry.report.risk_figures import age_figure
from dosimetry.report.risk_sheets import risk_sheets
from dosimetry.risk.absolute import absolute_risk, from_baseline, from_life_table, number_needed
from dosimetry.risk.assessment import Deaths, Request, assess
from dosimetry.risk.balance import averted, weigh
from dosimetry.risk.baselines import given_baseline, published_baselines
from dosimetry.risk.break_even import break_even
from dosimetry.risk.doses import MeanDoses
from dosimetry.risk.evidence import find_threshold, nodal_status, techniques, trials
from dosimetry.risk.intervals import Bounded
from dosimetry.risk.life_table import BANDS_AT_ONCE, Timeline
from dosimetry.risk.models import load_models
from dosimetry.risk.patient import Patient
from dosimetry.risk.rates import example_rates, read_rates
from dosimetry.risk.timelines import LifePlan, breast_timeline
from dosimetry.warnings import Code

MODELS = {model.id: model for model in load_models()}
HEART, LUNGS = MeanDoses(4.2, 8.0), MeanDoses(6.0, 9.0)
EVENT = {baseline.id: baseline for baseline in published_baselines()}["darby-event-factor"]


def harm(name, counts, pct, doses=HEART, years=15.0):
    return from_baseline(MODELS[name], given_baseline(pct, counts, years)).estimate(doses)


def cardiac(pct=1.5):
    return harm("taylor-cardiac", "cardiac-death", pct)


def lung(pct=1.0):
    return harm("lung-pooled-11", "lung-cancer-death", pct, LUNGS)


def test_only_studies_that_isolate_the_imn_and_give_deaths_count():
    assert [gain.trial.id for gain in averted(20.0)] == ["dbcg-imn", "dbcg-imn2"]
    assert {trial.id for trial in trials() if trial.isolates_imn} == {
        "dbcg-imn",
        "dbcg-imn2",
        "french",
        "krog-08-06",
    }


def test_averted_deaths_follow_the_hazard_ratio():
    gain = averted(20.0)[0]
    assert gain.with_pct == pytest.approx(100 * (1 - 0.8**0.85), rel=1e-12)
    assert gain.averted_pct.value == pytest.approx(20 - 100 * (1 - 0.8**0.85), rel=1e-12)
    assert gain.averted_pct.coefficient == pytest.approx(
        (20 - 100 * (1 - 0.8**0.98), 20 - 100 * (1 - 0.8**0.73)), rel=1e-12
    )
    # scaled from 23.4 %, the hazard ratio gives the difference that the study printed: 20.9 %, within rounding
    assert averted(23.4)[0].with_pct == pytest.approx(20.9, abs=0.75)


def test_averted_deaths_where_other_causes_compete():
    """Constant hazards b and o have the closed form b/(b + o)·(1 - exp(-(b + o)·T)); o = 0 is the stated risk."""
    years, breast, others = 15.0, 0.012, 0.004
    edges = np.array([0.0, 3.0, 9.5, years])

    def risk_pct(ratio, other):
        total = ratio * breast + other
        return 100 * ratio * breast / total * -math.expm1(-total * years)

    for other in (others, 0.0):
        gain = averted(None, Timeline(edges, np.full(3, breast), np.full(3, other)))[0]
        ratio, low, high = gain.trial.breast_death_hr
        assert gain.averted_pct.value == pytest.approx(risk_pct(1, other) - risk_pct(ratio, other), rel=1e-12)
        ends = sorted(risk_pct(1, other) - risk_pct(end, other) for end in (low, high))
        assert gain.averted_pct.coefficient == pytest.approx(ends, rel=1e-12)
    assert gain.averted_pct.value == pytest.approx(averted(gain.without_pct)[0].averted_pct.value, rel=1e-12)


def test_averted_deaths_agree_with_drawn_lives():
    """A million women, each with a time to death from breast cancer and one to any other, drawn at her hazards."""
    plan = LifePlan(read_rates(example_rates()), 60.0, 85.0, 0.25)
    timeline = breast_timeline(plan)
    gain = averted(None, timeline)[0]
    ratio = gain.trial.breast_death_hr[0]
    count, rng = 1_000_000, np.random.default_rng(11)

    def first_times(hazards):
        """Invert the cumulative hazard at exponential draws."""
        ends = np.concatenate([[0.0], np.cumsum(hazards * np.diff(timeline.edges_years))])
        return np.interp(rng.exponential(size=count), ends, timeline.edges_years, right=np.inf)

    for factor, expected in ((1.0, gain.without_pct), (ratio, gain.with_pct)):
        died = first_times(factor * timeline.endpoint) < first_times(timeline.competing)
        share = died.mean()
        assert 100 * share == pytest.approx(expected, abs=300 * math.sqrt(share * (1 - share) / count))


def test_averted_and_added_are_of_one_life_table():
    """A million women with times to death from breast cancer, heart disease and all else, drawn together.

    Deaths of both causes among the same lives are those of the balance.
    """
    plan = LifePlan(read_rates(example_rates()), 50.0, 80.0, 0.25)
    gain = averted(None, breast_timeline(plan))[1]
    ratio = gain.trial.breast_death_hr[0]
    harm_ = from_life_table(MODELS["taylor-cardiac"], plan, "cardiac-death").estimate(HEART)
    timeline = breast_timeline(plan)
    middles = plan.age + (timeline.edges_years[1:] + timeline.edges_years[:-1]) / 2
    heart = plan.table.at("cardiac_death", middles)
    others = timeline.competing - heart
    count, rng = 1_000_000, np.random.default_rng(5)
    draws = rng.exponential(size=(3, count))

    def share_pct(breast_factor, heart_factor, cause):
        times = []
        rates = (breast_factor * timeline.endpoint, heart_factor * heart, others)
        for drawn, hazards in zip(draws, rates, strict=True):
            ends = np.concatenate([[0.0], np.cumsum(hazards * np.diff(timeline.edges_years))])
            times.append(np.interp(drawn, ends, timeline.edges_years, right=np.inf))
        first = np.min(times, axis=0)
        return 100 * np.mean((times[cause] == first) & np.isfinite(first))

    risk = {dose: 1 + 0.041 * dose for dose in (4.2, 8.0)}
    for drawn, computed in (
        (share_pct(1.0, 1.0, 0), gain.without_pct),
        (share_pct(ratio, 1.0, 0), gain.with_pct),
        (share_pct(1.0, 1.0, 1), harm_.none_pct),
        (share_pct(1.0, risk[4.2], 1), harm_.without_pct.value),
        (share_pct(1.0, risk[8.0], 1), harm_.with_pct.value),
    ):
        assert drawn == pytest.approx(computed, abs=3 * math.sqrt(computed * (100 - computed) / count))


def test_balance_adds_up():
    gain = averted(20.0)[1]
    balance = weigh(gain, [cardiac(), lung()], 15.0)
    added = [100 * (absolute_risk(0.015, 0.041 * 8) - absolute_risk(0.015, 0.041 * 4.2))]
    added += [100 * (absolute_risk(0.01, 0.11 * 9) - absolute_risk(0.01, 0.11 * 6))]
    assert balance.net_pct == pytest.approx(gain.averted_pct.value - sum(added), rel=1e-12)
    low = gain.averted_pct.coefficient[0] - sum(part.excess_pct.coefficient[1] for part in balance.added)
    assert balance.net_interval_pct[0] == pytest.approx(low, rel=1e-12)


def test_sign_is_given_only_where_the_whole_interval_has_it():
    gain = averted(20.0)[1]
    assert weigh(gain, [cardiac(0.5), lung(0.5)], 15.0).verdict == "benefit"
    assert weigh(gain, [cardiac(10.0), lung(3.0)], 15.0).verdict == "undecided"
    assert weigh(averted(0.1)[1], [cardiac(20.0), lung(10.0)], 15.0).verdict == "harm"


def test_no_sign_while_a_harm_is_unknown():
    balance = weigh(averted(20.0)[1], [cardiac(0.1)], 15.0)
    assert balance.verdict == "undecided"
    (caution,) = [caution for caution in balance.warnings if caution.code is Code.BALANCE_UNDECIDED]
    assert "lung cancer death" in caution.text
    assert balance.net_interval_pct is None
    assert "not all added deaths are known" in balance.words
    assert balance.net_name == "net of the deaths known"
    assert balance.as_dict()["net_is_complete"] is False
    assert balance_sheets([balance])[0].rows[-1][0] == "net of the deaths known"


def test_a_missing_interval_is_not_called_an_undecided_one():
    gain = averted(20.0)[1]
    pointed = replace(lung(), excess_pct=Bounded(0.1))
    balance = weigh(gain, [cardiac(), pointed], 15.0)
    assert (balance.verdict, balance.net_interval_pct, balance.net_name) == ("undecided", None, "net")
    assert balance.words == "no sign: no interval is published for a part of it"


def test_coronary_deaths_alone_leave_other_cardiac_deaths_out():
    coronary = harm("darby-7.4", "coronary-death", 1.5)
    told = [caution.text for caution in weigh(averted(20.0)[0], [coronary, lung()], 15.0).warnings]
    assert any("deaths from other heart disease are left out" in text for text in told)
    told = [caution.text for caution in weigh(averted(20.0)[0], [cardiac(), lung()], 15.0).warnings]
    assert not any("left out" in text for text in told)


def test_confounding_by_side_and_other_patients_are_said():
    told = [str(caution) for caution in weigh(averted(20.0)[0], [cardiac(), lung()], 15.0, "none").warnings]
    assert any("allocated by side" in text for text in told)
    assert any("node-positive, this one is not" in text for text in told)
    assert any("observed over 8 years, used over 15" in text for text in told)


def test_events_are_not_weighed_against_deaths():
    event = harm("darby-7.4", "coronary-event", 5.0)
    with pytest.raises(RiskError, match="only deaths are weighed, each kind once"):
        weigh(averted(20.0)[0], [event], 15.0)
    with pytest.raises(RiskError, match="only deaths are weighed, each kind once"):
        weigh(averted(20.0)[0], [cardiac(), cardiac()], 15.0)
    coronary = harm("darby-7.4", "coronary-death", 1.5)
    with pytest.raises(RiskError, match="only deaths are weighed, each kind once"):
        weigh(averted(20.0)[0], [cardiac(), coronary, lung()], 15.0)


@pytest.mark.parametrize("pct", [-1.0, 100.0, float("nan")])
def test_breast_cancer_mortality_that_is_none_is_refused(pct):
    with pytest.raises(RiskError, match="no probability"):
        averted(pct)


@pytest.mark.parametrize(
    ("nodes", "pct", "ci"), [("none", 9.2, (4.4, 16.8)), ("1-3", 19.6, (18.8, 26.7)), ("4+", 38.3, (36.8, 46.2))]
)
def test_nodal_status_gives_the_probability_of_involvement(nodes, pct, ci):
    first = nodal_status(nodes)["involvement"][0]
    assert (first["involved_pct"], tuple(first["ci_pct"])) == (pct, ci)


def test_sentinel_biopsies_keep_their_counts():
    for entry in nodal_status()["involvement"]:
        if entry["counted"]:
            found, all_ = entry["counted"]
            assert 100 * found / all_ == pytest.approx(entry["involved_pct"], abs=0.05)


@given(points=st.floats(0.05, 10), without=st.floats(0, 15))
def test_break_even_meets_the_threshold(points, without):
    function = from_baseline(MODELS["darby-7.4"], EVENT)
    found = break_even(function, MeanDoses(without, without + 1), points)
    most = found.most_increment_gy
    assert most is not None
    excess = function.risk((0.074,), without + most) - function.risk((0.074,), without)
    assert 100 * excess == pytest.approx(points, abs=1e-9)
    low, high = found.interval_gy
    assert low <= most
    assert high is None or high >= most


def test_dutch_rule_is_a_preset():
    rule = find_threshold("nl-2-points")
    assert (rule.points, rule.verified) == (2.0, True)
    assert find_threshold("1.5") is None
    with pytest.raises(RiskError, match="no such threshold; expected percentage points, or one of nl-2-points"):
        find_threshold("french")
    assert [entry.mhd_gy for entry in techniques()] == [[4.55, 2.54], [6.4, 3.3], [4.55, 1.34]]


def test_break_even_beyond_observed_doses_is_extrapolated():
    function = from_baseline(MODELS["darby-7.4"], EVENT)
    assert break_even(function, MeanDoses(4.2, 8.0), 13.0).is_extrapolated
    assert not break_even(function, MeanDoses(4.2, 8.0), 2.0).is_extrapolated
    assert break_even(function, MeanDoses(4.2, 8.0), 90.0).most_increment_gy is None


@pytest.mark.parametrize("points", [0.0, -1.0, 101.0, float("nan")])
def test_thresholds_that_are_none_are_refused(points):
    with pytest.raises(RiskError, match="threshold is out of range"):
        break_even(from_baseline(MODELS["darby-7.4"], EVENT), HEART, points)


def test_number_needed_to_harm():
    assert number_needed(Bounded(0.5, (0.25, 1.0))) == (200.0, 100.0, 400.0)
    assert number_needed(Bounded(0.5, (-0.1, 1.0))) == (200.0, 100.0, None)
    assert number_needed(Bounded(0.5)) == (200.0, None, None)
    assert number_needed(Bounded(0.0, (0.0, 0.0))) == number_needed(Bounded(-0.1)) == (None, None, None)


def test_isoeffective_doses_of_the_same_fractionation_change_nothing():
    plan = LifePlan(read_rates(example_rates()), 50.0, 80.0, 0.2)
    iso = {"heart": MeanDoses(4.2, 8.0, basis="isoeffective in 25 fractions, alpha/beta 3 Gy")}
    result = assess(Request(doses={"heart": HEART}, life=plan, isoeffective=iso))
    inner = result.sensitivity
    assert [e.added_err for e in inner.relative] == [e.added_err for e in result.relative]
    assert [e.excess_pct for e in inner.absolute] == [e.excess_pct for e in result.absolute]
    assert {e.basis for e in inner.relative} == {iso["heart"].basis}
    assert {e.basis for e in result.relative} == {"physical"}
    assert Code.DOSE_ISOEFFECTIVE in {caution.code for caution in result.warnings}


def test_what_cannot_be_said_is_named_and_the_rest_is_said():
    result = assess(Request(doses={"heart": HEART, "lungs": LUNGS}))
    assert [caution.subject for caution in result.missing] == ["appelt-logistic", "sci-rep-2021"]
    assert "smoking, pulmonary_comorbidity, age" in result.missing[0].text
    assert {part.model.id for part in result.complications} == {"quantec-logistic", "quantec-probit"}
    assert len(result.additive) == 4
    assert result.combined is None


def test_factors_choose_the_kind_of_patient():
    patient = Patient(smoking="never", cardiac_risk_factor=False, age=50.0, pulmonary_comorbidity=False)
    result = assess(Request(doses={"heart": HEART, "lungs": LUNGS}, patient=patient))
    assert {part.model.id for part in result.additive} == {"sci-rep-cardiac-low", "sci-rep-lung-low"}
    without = 100 * (1 - (1 - 0.00075 * 4.2) * (1 - 0.0006 * 6.0))
    assert result.combined[0] == pytest.approx(without, rel=1e-12)
    assert result.missing == ()


def test_a_lung_dose_never_feeds_a_model_of_a_tumour_site():
    result = assess(Request(doses={"heart": HEART, "lungs": LUNGS}, every=True))
    assert not {estimate.model.id for estimate in result.relative} & {"grantzau-8.5", "grantzau-17.3"}
    with pytest.raises(RiskError, match=r"grantzau-8\.5: model asks for another dose; expected dose at the site"):
        assess(Request(doses={"lungs": LUNGS}, chosen=("grantzau-8.5",)))


def test_all_models_of_the_heart():
    result = assess(Request(doses={"heart": HEART}, every=True))
    assert {estimate.model.id for estimate in result.relative} == {
        *("darby-7", "sardaro-4", "darby-7.4", "jacobse-6.4", "taylor-cardiac", "bogaard-16.5")
    }
    assert [str(found.band) for found in result.by_time] == ["0 to <5", "5 to <10", "10 to <20", "20+"]


def test_balance_needs_its_horizon():
    with pytest.raises(RiskError, match="breast cancer mortality needs its horizon"):
        assess(Request(doses={"heart": HEART}, deaths=Deaths(20.0, 1.5, 1.0)))


def test_balance_from_a_rate_table_has_one_horizon():
    plan = LifePlan(read_rates(example_rates()), 50.0, 65.0, 0.2)
    request = Request(doses={"heart": HEART, "lungs": LUNGS}, life=plan, deaths=Deaths(20.0), horizon_years=15.0)
    for balance in assess(request).balances:
        assert {part.function.horizon for part in balance.added} == {"from age 50 to age 65"}
        assert [part.function.counts for part in balance.added] == ["cardiac-death", "lung-cancer-death"]
        assert balance.averted.by_life_table
        assert balance.averted.without_pct < 20.0  # other causes come first for some
        assert not any("the benefit is overstated" in caution.text for caution in balance.warnings)
    unstated = replace(request, life=replace(plan, breast_death=None))
    for balance in assess(unstated).balances:
        assert any("the benefit is overstated" in caution.text for caution in balance.warnings)
    mixed = replace(request, deaths=Deaths(20.0, cardiac_pct=1.5))
    for balance in assess(mixed).balances:
        assert any("stated risk of added deaths" in caution.text for caution in balance.warnings)
    given_risks = Request(doses=request.doses, deaths=Deaths(20.0, 1.5, 1.0), horizon_years=15.0)
    for balance in assess(given_risks).balances:
        assert not any("the benefit is overstated" in caution.text for caution in balance.warnings)


def test_a_baseline_beside_a_rate_table_draws_each_model_once():
    plan = LifePlan(read_rates(example_rates()), 50.0, 80.0, 0.2)
    result = assess(Request(doses={"heart": HEART}, chosen=("darby-7.4",), life=plan, baseline=EVENT))
    assert len(result.absolute) == 2
    assert [curve.estimate.function.method[:10] for curve in result.curves] == ["life table"]


def test_curves_of_two_endpoints_have_a_line_without_irradiation_each():
    plan = LifePlan(read_rates(example_rates()), 50.0, 80.0, 0.2)
    chosen = ("darby-7.4", "sardaro-4", "lung-pooled-11")
    result = assess(Request(doses={"heart": HEART, "lungs": LUNGS}, chosen=chosen, life=plan))
    (axes,) = age_figure(result.curves).axes
    lines = {line.get_label(): line.get_ydata()[-1] for line in axes.lines}
    assert {name for name in lines if name.startswith("no irradiation")} == {
        *("no irradiation, coronary event", "no irradiation, lung cancer")
    }
    assert lines["lung-pooled-11, lung cancer, with IMN"] > lines["no irradiation, lung cancer"]
    assert lines["darby-7.4, coronary event, with IMN"] > lines["no irradiation, coronary event"]


def test_bands_at_their_limits_at_once_are_called_an_envelope():
    plan = LifePlan(read_rates(example_rates()), 50.0, 80.0, 0.2)
    result = assess(Request(doses={"heart": HEART}, chosen=("darby-by-time", "darby-7.4"), life=plan))
    notes = {part.function.model.id: part.notes for part in result.absolute}
    assert BANDS_AT_ONCE in notes["darby-by-time"]
    assert not any("% CI" in note for note in notes["darby-by-time"])
    assert BANDS_AT_ONCE not in notes["darby-7.4"]
    (sheet,) = [sheet for sheet in risk_sheets(result) if sheet.title.startswith("Absolute risk")]
    assert f"Interval of darby-by-time: {BANDS_AT_ONCE}." in sheet.notes


def test_a_slope_without_meaning_at_these_doses_does_not_hide_the_others():
    result = assess(Request(doses={"heart": MeanDoses(40.0, 50.0)}, every=True))
    assert result.by_time == ()
    assert len(result.relative) == 6
    assert any("no meaning at 50 Gy" in caution.text for caution in result.missing)
