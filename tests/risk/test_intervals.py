"""Intervals of the coefficient, of the dose and of both; and what doses are allowed together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import RiskError
from dosimetry.risk.doses import DoseBounds, MeanDoses
from dosimetry.risk.increment import increment_risk
from dosimetry.risk.models import slope_models

MODELS = {model.id: model for model in slope_models()}
BOUNDS = DoseBounds((4.1, 4.3), (7.9, 8.1), (3.75, 3.85))


def test_linear_added_excess_hangs_on_the_increment_alone():
    added = increment_risk(MODELS["darby-7.4"], 4.2, 8.0, bounds=BOUNDS).added_err
    assert added.value == pytest.approx(7.4 * 3.8, rel=1e-12)
    assert added.coefficient == pytest.approx((2.9 * 3.8, 14.5 * 3.8), rel=1e-12)
    assert added.dose == pytest.approx((7.4 * 3.75, 7.4 * 3.85), rel=1e-12)
    assert added.combined == pytest.approx((2.9 * 3.75, 14.5 * 3.85), rel=1e-12)


def test_without_an_interval_of_the_increment_all_pairs_are_allowed():
    added = increment_risk(MODELS["darby-7.4"], 4.2, 8.0, bounds=DoseBounds((4.1, 4.3), (7.9, 8.1))).added_err
    assert added.dose == pytest.approx((7.4 * 3.6, 7.4 * 4.0), rel=1e-12)


def test_no_published_interval_means_no_combined_one_either():
    added = increment_risk(MODELS["sardaro-4"], 4.2, 8.0, bounds=BOUNDS).added_err
    assert (added.coefficient, added.combined) == (None, None)
    assert added.dose == pytest.approx((15.0, 15.4), rel=1e-12)


def test_combined_interval_is_named_for_what_it_is():
    notes = increment_risk(MODELS["darby-7.4"], 4.2, 8.0, bounds=BOUNDS).notes
    assert any("an envelope without a confidence level" in note for note in notes)


@given(
    without=st.floats(0.5, 20),
    more=st.floats(0, 20),
    spread=st.floats(0, 0.5),
    shared=st.floats(0, 1),
    name=st.sampled_from(["darby-7.4", "bogaard-16.5", "jacobse-6.4"]),
)
def test_corners_bound_every_allowed_pair_of_doses(without, more, spread, shared, name):
    with_ = without + more
    change = (more - shared * spread, more + shared * spread)
    bounds = DoseBounds((without - spread, without + spread), (with_ - spread, with_ + spread), change)
    estimate = increment_risk(MODELS[name], without, with_, bounds=bounds)
    generator = np.random.default_rng(1)
    firsts = generator.uniform(*bounds.without, 25)
    seconds = generator.uniform(*bounds.with_, 25)
    allowed = (seconds - firsts >= change[0]) & (seconds - firsts <= change[1])
    slack = 1e-9 * (1 + abs(estimate.added_err.value) + abs(estimate.relative_increase.value))
    for first, second in zip(firsts[allowed], seconds[allowed], strict=True):
        inner = increment_risk(MODELS[name], first, second)
        for outer, value in (
            (estimate.added_err.dose, inner.added_err.value),
            (estimate.relative_increase.dose, inner.relative_increase.value),
        ):
            assert outer[0] - slack <= value <= outer[1] + slack
    for number in (estimate.added_err, estimate.relative_increase):
        for pair in (number.coefficient, number.dose, number.combined):
            assert pair[0] <= number.value <= pair[1]
        assert number.combined[0] <= min(number.coefficient[0], number.dose[0])
        assert number.combined[1] >= max(number.coefficient[1], number.dose[1])


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (
            DoseBounds((4.3, 4.4), (7.9, 8.1)),
            r"mean dose without IMN: interval does not hold its dose",
        ),
        (
            DoseBounds((4.1, 4.3), (8.1, 8.2)),
            r"mean dose with IMN: interval does not hold its dose",
        ),
        (DoseBounds((4.1, 4.3), (7.9, 8.1), (3.9, 4.0)), r"interval of the increment: interval does not hold"),
        (DoseBounds((-0.1, 4.3), (7.9, 8.1)), r"interval of the mean dose without IMN: not a dose"),
        (DoseBounds((4.1, 4.3), (7.9, 810.0)), r"interval of the mean dose with IMN: implausible"),
    ],
)
def test_bounds_that_do_not_hold_the_dose_are_refused(bounds, message):
    with pytest.raises(RiskError, match=message):
        MeanDoses(4.2, 8.0, bounds)
