"""How far a result hangs on the model's coefficient, on the dose, and on both at once.

A coefficient's interval is a confidence interval: it has a level. A dose's interval is a pair of bounds: it has
none. The two are not added as if both were standard errors. Combined, the coefficient runs through its interval
while the doses run through theirs, and the lowest and the highest result stand: an envelope, at least as wide as
either alone, and cautious.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dosimetry.risk.doses import MeanDoses

__all__ = ["COMBINED", "Bounded", "bounded"]

COMBINED = (
    "combined interval: the lowest and the highest result over the coefficient's interval and the dose interval at "
    "once, an envelope without a confidence level"
)
Pair = tuple[float, float]
_K = TypeVar("_K")


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number with the intervals that different doubts give it, low first; None where a doubt has no interval.

    Attributes
    ----------
    value
        The number.
    coefficient
        With the model's coefficient through its published interval.
    dose
        With the doses through theirs.
    combined
        With both at once.
    """

    value: float
    coefficient: Pair | None = None
    dose: Pair | None = None
    combined: Pair | None = None

    def scaled(self, factor: float) -> Bounded:
        """Return the number in another unit."""

        def each(pair: Pair | None) -> Pair | None:
            return None if pair is None else (pair[0] * factor, pair[1] * factor)

        return Bounded(self.value * factor, each(self.coefficient), each(self.dose), each(self.combined))

    def less(self, amount: float) -> Bounded:
        """Return the number and its intervals less a known amount."""

        def each(pair: Pair | None) -> Pair | None:
            return None if pair is None else (pair[0] - amount, pair[1] - amount)

        return Bounded(self.value - amount, each(self.coefficient), each(self.dose), each(self.combined))

    def as_dict(self, name: str, unit: str) -> dict[str, object]:
        """Return the number and its intervals as JSON-ready values; None for what there is not."""
        pairs = (("ci", self.coefficient), ("dose_interval", self.dose), ("combined_interval", self.combined))
        return {
            f"{name}_{unit}": self.value,
            **{f"{name}_{key}_{unit}": None if pair is None else list(pair) for key, pair in pairs},
        }


def bounded(
    result: Callable[[_K, float, float], float], slopes: Sequence[_K], doses: MeanDoses, *, has_interval: bool
) -> Bounded:
    """Return a result and its intervals.

    Parameters
    ----------
    result
        Takes a coefficient and the two doses [Gy], each of which it follows in one direction.
    slopes
        The estimate, then the limits of its interval.
    doses
        The pair of plans.
    has_interval
        Whether the slopes hold a published interval.
    """
    here = (doses.without, doses.with_)
    value = result(slopes[0], *here)
    coefficient = combined = dose = None
    if has_interval:
        coefficient = _ends([result(slope, *here) for slope in slopes])
    if doses.bounds is not None:
        dose = _ends([result(slopes[0], *corner) for corner in doses.corners])
        if has_interval:
            combined = _ends([result(slope, *corner) for slope in slopes for corner in doses.corners])
    return Bounded(value, coefficient, dose, combined)


def _ends(values: Sequence[float]) -> Pair:
    return min(values), max(values)
