"""How far a result hangs on the model's coefficient, on the dose, and on both at once.

A coefficient's interval is a confidence interval: it has a level. A dose's interval is a pair of bounds: it has
none. The two are not added as if both were standard errors. Combined, the coefficient runs through its interval
while the doses run through theirs, and the lowest and the highest result stand: an envelope, at least as wide as
either alone, and cautious.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from dosimetry.errors import RiskError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["COMBINED", "MAX_MEAN_GY", "Bounded", "DoseBounds", "MeanDoses", "bounded", "checked_gy"]

MAX_MEAN_GY = 60.0  # above every breast prescription: a mean beyond it is a unit error
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

    def as_dict(self, name: str, unit: str) -> dict[str, object]:
        """Return the number and its intervals as JSON-ready values; None for what there is not."""
        pairs = (("ci", self.coefficient), ("dose_interval", self.dose), ("combined_interval", self.combined))
        return {
            f"{name}_{unit}": self.value,
            **{f"{name}_{key}_{unit}": None if pair is None else list(pair) for key, pair in pairs},
        }


@dataclass(frozen=True, slots=True)
class DoseBounds:
    """Bounds of the mean doses of a pair of plans [Gy].

    Attributes
    ----------
    without, with_
        Of each plan.
    change
        Of their difference: narrower than the bounds of both plans make it, since the same doubt touches both.
        None where nothing is known of it; then every pair of doses within the bounds is allowed.
    """

    without: Pair
    with_: Pair
    change: Pair | None = None


@dataclass(frozen=True, slots=True)
class MeanDoses:
    """Mean doses of one structure in two plans [Gy], with their bounds, and what they are doses of.

    Attributes
    ----------
    without, with_
        Mean doses, checked to be doses.
    bounds
        Their bounds; None where none are known.
    basis
        ``"physical"``, or how the doses were converted.
    """

    without: float
    with_: float
    bounds: DoseBounds | None = None
    basis: str = "physical"

    def __post_init__(self) -> None:
        for name, item in (("without", "mean dose without IMN"), ("with_", "mean dose with IMN")):
            object.__setattr__(self, name, checked_gy(getattr(self, name), item))
        if self.bounds is not None:
            _check_bounds(self.bounds, self.without, self.with_)

    @property
    def corners(self) -> tuple[Pair, ...]:
        """Pairs of doses between which all allowed ones lie; the pair itself where there are no bounds."""
        if self.bounds is None:
            return ((self.without, self.with_),)
        (low, high), (least, most) = self.bounds.without, self.bounds.with_
        pairs = [(low, least), (low, most), (high, least), (high, most)]
        if self.bounds.change is not None:
            for change in self.bounds.change:
                pairs += [
                    (low, low + change),
                    (high, high + change),
                    (least - change, least),
                    (most - change, most),
                ]
            first, last = self.bounds.change
            pairs = [pair for pair in pairs if _within(pair, self.bounds, first, last)]
        return (*pairs, (self.without, self.with_))


def checked_gy(dose_gy: float, item: str) -> float:
    """Return a mean dose.

    Raises
    ------
    RiskError
        For a dose that is not finite, negative or above `MAX_MEAN_GY`.
    """
    value = float(dose_gy)
    if not math.isfinite(value) or value < 0:
        raise RiskError("not a dose", item=item, expected="a finite number of Gy, 0 or more", found=f"{value:g}")
    if value > MAX_MEAN_GY:
        raise RiskError(
            "implausible: cGy by mistake?",
            item=item,
            expected=f"at most {MAX_MEAN_GY:g} Gy",
            found=f"{value:g}",
            remedy="give the dose in Gy",
        )
    return value + 0.0  # turns -0.0 into 0.0


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


def _within(pair: Pair, bounds: DoseBounds, first: float, last: float) -> bool:
    slack = 1e-9  # rounding of the corners themselves
    without, with_ = pair
    return (
        bounds.without[0] - slack <= without <= bounds.without[1] + slack
        and bounds.with_[0] - slack <= with_ <= bounds.with_[1] + slack
        and first - slack <= with_ - without <= last + slack
    )


def _check_bounds(bounds: DoseBounds, without: float, with_: float) -> None:
    checks: list[tuple[str, Pair, float]] = [
        ("interval of the mean dose without IMN", bounds.without, without),
        ("interval of the mean dose with IMN", bounds.with_, with_),
    ]
    for item, (low, high), _ in checks:
        checked_gy(low, item)
        checked_gy(high, item)
    if bounds.change is not None:
        checks.append(("interval of the increment", bounds.change, with_ - without))
    for item, (low, high), value in checks:
        if not low - 1e-9 <= value <= high + 1e-9:
            raise RiskError(
                "interval does not hold its dose",
                item=item,
                expected=f"low to high around {value:.6g} Gy",
                found=f"{low:.6g} to {high:.6g}",
            )
