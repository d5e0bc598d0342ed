"""Stated limits held against the truth: wide enough to hold it, and no wider than the values scatter.

Any rows will do, of this benchmark or of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.validation.score import VOLUME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dosimetry.validation.score import Score

__all__ = ["LEAST_SHARE", "MOST_RATIO", "IntervalScore", "Stated", "score_intervals", "stated"]

LEAST_SHARE = 0.95
"""At least this share of the intervals must hold the truth."""
MOST_RATIO = 2.0
"""At most this many times the scatter of the values over phases may the median interval be wide."""
# Values that scatter by less than this share of the truth do not depend on the phase, and tell nothing of a width.
_NO_SCATTER = 1e-4
# What polygons of 180 points take from a circle is no matter of conventions: 0.0203 % of its area, and what that
# means for a dose in 1 Gy/mm.
_CHORDS_SHARE = 2.1e-4
_CHORDS_GY = 1e-3


@dataclass(frozen=True, slots=True)
class Stated:
    """A value with its stated limits.

    Attributes
    ----------
    value, truth
        Measured, and true.
    interval
        Lower and upper limit.
    metric
        What it is; shares are told for each.
    group
        The same for values that differ in their phase alone.
    slack
        How far the truth may lie beyond the limits.
    """

    value: float
    truth: float
    interval: tuple[float, float]
    metric: str
    group: tuple[object, ...]
    slack: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the truth lies within the limits, but for the slack and for rounding."""
        slack = self.slack + 1e-9 * max(abs(self.truth), 1.0)
        return self.interval[0] - slack <= self.truth <= self.interval[1] + slack


@dataclass(frozen=True, slots=True)
class IntervalScore:
    """How good intervals are.

    Attributes
    ----------
    metric
        What they are of; ``"all"`` for all of them.
    count, held
        How many there are, and how many hold the truth.
    ratio
        The median over groups of median width / scatter; None where nothing scatters.
    worst_ratio
        The highest of these.
    """

    metric: str
    count: int
    held: int
    ratio: float | None
    worst_ratio: float | None

    @property
    def share(self) -> float:
        """Share of intervals that hold the truth."""
        return self.held / self.count

    @property
    def passed(self) -> bool:
        """Whether they hold the truth often enough and are narrow enough."""
        return self.share >= LEAST_SHARE and (self.ratio is None or self.ratio <= MOST_RATIO)

    def as_dict(self) -> dict[str, object]:
        """Return the score as JSON-ready values."""
        return {
            "metric": self.metric,
            "count": self.count,
            "held": self.held,
            "share": self.share,
            "width_ratio": self.ratio,
            "worst_width_ratio": self.worst_ratio,
            "passed": self.passed,
        }


def score_intervals(rows: Sequence[Stated]) -> tuple[IntervalScore, ...]:
    """Return the score of all rows, then of each metric; empty without rows.

    The scatter of a group is the range that holds the middle 95 % of its values.
    """
    if not rows:
        return ()
    groups: dict[tuple[object, ...], list[Stated]] = {}
    for row in rows:
        groups.setdefault((row.metric, *row.group), []).append(row)
    ratios: dict[str, list[float]] = {}
    for (metric, *_), members in groups.items():
        scatter = _scatter(np.array([row.value for row in members]))
        if scatter > _NO_SCATTER * abs(members[0].truth):
            width = float(np.median([row.interval[1] - row.interval[0] for row in members]))
            ratios.setdefault(str(metric), []).append(width / scatter)
    everything = [ratio for each in ratios.values() for ratio in each]
    metrics = dict.fromkeys(row.metric for row in rows)
    return (
        _summed("all", rows, everything),
        *(_summed(name, [row for row in rows if row.metric == name], ratios.get(name, [])) for name in metrics),
    )


def stated(scores: Iterable[Score]) -> list[Stated]:
    """Return the scores that state limits, grouped by all but their phase."""
    return [
        Stated(
            value=score.value,
            truth=score.ideal,
            interval=score.interval,
            metric=score.metric,
            group=(score.body, score.dose, score.slice_mm, score.grid_mm),
            slack=_CHORDS_SHARE * score.ideal if score.metric == VOLUME else _CHORDS_GY,
        )
        for score in scores
        if score.interval is not None
    ]


def _scatter(values: NDArray[np.float64]) -> float:
    low, high = np.percentile(values, (2.5, 97.5))
    return float(high - low)


def _summed(metric: str, rows: Sequence[Stated], ratios: Sequence[float]) -> IntervalScore:
    return IntervalScore(
        metric=metric,
        count=len(rows),
        held=sum(row.holds for row in rows),
        ratio=float(np.median(ratios)) if ratios else None,
        worst_ratio=max(ratios, default=None),
    )
