"""Stated limits are scored by what they hold and by how wide they are."""

from __future__ import annotations

import pytest

from dosimetry.validation.intervals import LEAST_SHARE, MOST_RATIO, Stated, score_intervals, stated
from dosimetry.validation.score import Score


def rows(half_width, truth=10.0, metric="D99%[Gy]", group=("sphere",)):
    """41 values spread evenly from 9 to 11, each with limits around it."""
    values = [9 + 0.05 * i for i in range(41)]
    return [Stated(v, truth, (v - half_width, v + half_width), metric, group) for v in values]


def test_share_and_width():
    every, one = score_intervals(rows(0.5001))
    assert (every.metric, one.metric) == ("all", "D99%[Gy]")
    assert (every.count, every.held) == (41, 21)
    # the middle 95 % of the values span 1.9
    assert every.ratio == pytest.approx(1.0002 / 1.9)
    assert not every.passed


@pytest.mark.parametrize(("half_width", "passed"), [(0.9, False), (1.0, True), (1.89, True), (1.91, False)])
def test_limits_must_be_wide_enough_and_no_wider(half_width, passed):
    every, _ = score_intervals(rows(half_width))
    assert every.passed is passed
    assert (every.share >= LEAST_SHARE and every.ratio <= MOST_RATIO) is passed


def test_groups_are_kept_apart():
    """Values of two bodies scatter around two truths; their distance is no scatter."""
    every, *each = score_intervals(
        [*rows(1.0), *rows(2.0, group=("tube",)), *rows(1.0, metric="Mean[Gy]", group=("tube",))]
    )
    assert every.ratio == pytest.approx(2.0 / 1.9)
    assert every.worst_ratio == pytest.approx(4.0 / 1.9)
    assert [score.metric for score in each] == ["D99%[Gy]", "Mean[Gy]"]
    assert each[0].ratio == pytest.approx(3.0 / 1.9)


def test_values_that_do_not_scatter_tell_nothing_of_a_width():
    same = [Stated(10.0, 10.0, (9.0, 11.0), "Mean[Gy]", ("b",))] * 5
    every, _ = score_intervals(same)
    assert every.ratio is None
    assert every.passed
    assert every.as_dict()["width_ratio"] is None


def test_rounding_at_a_limit_is_held():
    assert Stated(10.0, 10.0, (10.0 + 1e-12, 11.0), "Mean[Gy]", ()).holds
    assert not Stated(10.0, 10.0, (10.001, 11.0), "Mean[Gy]", ()).holds


def test_slack_is_what_chords_lose():
    assert Stated(10.0, 10.0, (10.0009, 11.0), "Mean[Gy]", (), slack=1e-3).holds
    assert not Stated(10.0, 10.0, (10.0011, 11.0), "Mean[Gy]", (), slack=1e-3).holds


def test_only_scores_that_state_limits_count():
    bare = Score("b", "CC", 1.0, (2.0, 2.0, 2.0), "Mean[Gy]", 10.0, 10.1)
    with_limits = Score("b", "CC", 1.0, (2.0, 2.0, 2.0), "Mean[Gy]", 10.0, 10.1, interval=(9.8, 10.2))
    (found,) = stated([bare, with_limits])
    assert (found.value, found.truth, found.interval, found.slack) == (10.0, 10.1, (9.8, 10.2), 1e-3)
    assert found.group == ("b", "CC", 1.0, (2.0, 2.0, 2.0))
    assert score_intervals([]) == ()


@pytest.mark.slow
def test_intervals_of_histograms_hold_the_truth():
    """The promise of `Dvh.interval`, kept over small and thin bodies."""
    from dosimetry.dvh.convention import DEFAULT_CONVENTION
    from dosimetry.validation.sweep import run_sweep

    scores = score_intervals(stated(run_sweep(8, DEFAULT_CONVENTION)))
    every = scores[0]
    assert every.share >= LEAST_SHARE, scores
    assert every.ratio <= MOST_RATIO, scores
