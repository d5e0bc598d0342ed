"""Patient factors: read, checked, and never assumed."""

from __future__ import annotations

import pytest

from dosimetry.errors import RiskError
from dosimetry.risk.complications import applies
from dosimetry.risk.models import AdditiveModel, load_models
from dosimetry.risk.patient import Patient, parse_factors, read_patient
from dosimetry.risk.score2 import score2, score2_baseline
from dosimetry.warnings import Code

SCORE2 = {
    "age": "50",
    "smoking": "current",
    "systolic_mmhg": "140",
    "total_cholesterol_mmol_l": "5.5",
    "hdl_cholesterol_mmol_l": "1.3",
}


def test_file_and_options_give_the_same_patient(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text('age = 50\nsmoking = "never"\ndiabetes = false\nnodes = "1-3"\n', encoding="utf-8")
    by_name = Patient().updated(parse_factors(["age=50", "smoking=Never", "diabetes=no", "nodes=1-3"]))
    assert read_patient(path) == by_name
    assert by_name.as_dict() == {"age": 50.0, "smoking": "never", "diabetes": False, "nodes": "1-3"}


def test_nothing_is_assumed():
    assert Patient().as_dict() == {}
    assert Patient().missing(("age", "smoking")) == ("age", "smoking")


def test_all_missing_factors_are_named_at_once():
    with pytest.raises(RiskError, match=r"SCORE2: patient factors are missing; expected age, smoking, syst"):
        score2_baseline(Patient(), "low")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("smoking", "not a factor; expected NAME=VALUE"),
        ("weight=70", "weight: no such patient factor; expected one of age, "),
        ("smoking=sometimes", "smoking: no such value; expected one of never, former, current"),
        ("diabetes=maybe", "diabetes: patient factor is neither yes nor no"),
        ("age=500", "age: patient factor is out of range; expected 18 to 110"),
        ("age=old", "age: patient factor is out of range"),
        ("age=nan", "age: patient factor is out of range"),
        ("systolic_mmhg=14", "systolic_mmhg: patient factor is out of range"),
    ],
)
def test_factors_that_make_no_sense_are_refused(text, message):
    with pytest.raises(RiskError, match=message):
        Patient().updated(parse_factors([text]))


def test_a_factor_given_twice_is_refused():
    with pytest.raises(RiskError, match="age: factor is given twice"):
        parse_factors(["age=50", "age=51"])


def test_a_file_names_itself_in_errors(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text("weight = 70\n", encoding="utf-8")
    with pytest.raises(RiskError, match=r"^patient\.toml: weight: no such patient factor"):
        read_patient(path)
    path.write_text("age = true\n", encoding="utf-8")
    with pytest.raises(RiskError, match=r"^patient\.toml: age: patient factor is out of range"):
        read_patient(path)


def test_score2_baseline_says_what_it_is_a_proxy_for():
    baseline = score2_baseline(Patient().updated(SCORE2), "low")
    assert 100 * baseline.risk == pytest.approx(4.22, abs=5e-3)
    assert (baseline.years, baseline.counts) == (10.0, "cardiovascular-event")
    assert {caution.code for caution in baseline.warnings} == {
        *(Code.BASELINE_PROXY, Code.MODEL_UNVERIFIED, Code.FACTOR_MISSING)
    }
    assert any("including stroke" in caution.text for caution in baseline.warnings)


@pytest.mark.parametrize("factor", ["diabetes", "prior_cardiovascular_disease"])
def test_score2_is_refused_for_patients_that_it_was_not_made_for(factor):
    with pytest.raises(RiskError, match="SCORE2 is not made for patients with it"):
        score2_baseline(Patient().updated({**SCORE2, factor: "yes"}), "low")


@pytest.mark.parametrize(
    ("name", "value"), [("age", 39), ("age", 70), ("systolic_mmhg", 300), ("total_mmol_l", 20), ("hdl_mmol_l", 9)]
)
def test_score2_out_of_range_is_refused(name, value):
    given = {"age": 50, "systolic_mmhg": 140, "total_mmol_l": 5.5, "hdl_mmol_l": 1.3, name: value}
    with pytest.raises(RiskError, match="SCORE2 is not made for it"):
        score2(**given, smoker=True, region="low")
    with pytest.raises(RiskError, match="no such SCORE2 region"):
        score2(50, smoker=True, systolic_mmhg=140, total_mmol_l=5.5, hdl_mmol_l=1.3, region="lunar")


def test_systemic_treatment_is_a_caution_and_no_multiplier():
    told = Patient(trastuzumab=True, anthracycline=True).cautions()
    assert [caution.code for caution in told] == [Code.CARDIOTOXIC_THERAPY] * 2
    assert "trastuzumab" in told[0].text
    assert Patient(trastuzumab=False).cautions() == Patient().cautions() == ()


@pytest.mark.parametrize(
    ("patient", "fits"),
    [
        (Patient(), (None, None, None, None)),
        (Patient(smoking="current"), (False, True, False, True)),
        (Patient(smoking="never"), (None, None, True, False)),
        (Patient(smoking="never", cardiac_risk_factor=False), (True, False, True, False)),
        (Patient(smoking="former", cardiac_risk_factor=True), (False, True, True, False)),
        (Patient(cardiac_risk_factor=False), (None, None, None, None)),
    ],
)
def test_kind_of_patient_decides_which_absolute_risk_applies(patient, fits):
    models = {model.id: model for model in load_models() if isinstance(model, AdditiveModel)}
    names = ("sci-rep-cardiac-low", "sci-rep-cardiac-high", "sci-rep-lung-low", "sci-rep-lung-high")
    assert tuple(applies(models[name], patient) for name in names) == fits
