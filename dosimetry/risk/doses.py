"""Mean doses of one structure in a pair of plans, and how far they are certain."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dosimetry.errors import RiskError

__all__ = ["MAX_MEAN_GY", "DoseBounds", "MeanDoses", "checked_gy"]

MAX_MEAN_GY = 60.0  # above every breast prescription: a mean beyond it is a unit error
Pair = tuple[float, float]


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
