"""Arrays of doses against one patient at a time."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry.risk.absolute import RelativeModel
from dosimetry.risk.cohort import evaluate, evaluate_all
from dosimetry.risk.complications import additive_risk, complication
from dosimetry.risk.doses import MeanDoses
from dosimetry.risk.forms import relative_risk
from dosimetry.risk.models import AdditiveModel, BandedModel, NtcpModel, RiskModel, load_models
from dosimetry.risk.patient import Patient

DOSES = np.linspace(0.5, 20.0, 9)
NOBODY = Patient(age=40.0, smoking="never", pulmonary_comorbidity=False)


def singly(model, dose):
    if isinstance(model, RiskModel):
        return relative_risk(model.form, model.per_gy, dose)
    if isinstance(model, NtcpModel):
        return complication(model, "lungs", MeanDoses(0.0, dose), NOBODY).with_pct.value / 100
    assert isinstance(model, AdditiveModel)
    return additive_risk(model, model.structure, MeanDoses(0.0, dose)).with_pct.value / 100


@pytest.mark.parametrize("model", load_models(), ids=lambda model: model.id)
def test_a_cohort_is_its_patients_one_by_one(model):
    together = evaluate(model, DOSES)
    if isinstance(model, BandedModel):
        assert together.shape == (4, 9)
        expected = [[1 + band.per_gy_pct / 100 * dose for dose in DOSES] for band in model.bands]
    else:
        expected = [singly(model, dose) for dose in DOSES]
    np.testing.assert_allclose(together, expected, rtol=1e-12)
    assert np.all(np.diff(together, axis=-1) > 0)


def test_bootstrap_samples_of_a_slope_broadcast():
    (model,) = [model for model in load_models() if model.id == "darby-7.4"]
    assert isinstance(model, RelativeModel)
    samples = np.array([0.03, 0.074, 0.14])
    np.testing.assert_allclose(evaluate(model, DOSES, samples[:, None]), 1 + samples[:, None] * DOSES, rtol=1e-15)


def test_all_models_of_the_structures_that_have_doses():
    found = evaluate_all(load_models(), {"heart": DOSES, "lungs": DOSES})
    assert set(found) == {model.id for model in load_models() if model.structure != "lung_site"}
