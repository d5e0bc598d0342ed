"""What the plan with IMN adds, structure by structure and metric by metric."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dosimetry.dvh.interval import increment_interval
from dosimetry.errors import DosimetryError
from dosimetry.model.quantity import Quantity
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from dosimetry.dvh.measured import Measured

__all__ = ["Increment", "increment_of"]

# More than this share of a structure outside a dose grid can hide more than the increment itself.
MAX_OUTSIDE = 0.005


@dataclass(frozen=True, eq=False)
class Increment:
    """The difference of one structure's metrics, with minus without.

    Attributes
    ----------
    name
        ROI name, that of the plan with IMN where they differ.
    key
        The part that it plays (``"heart"`` …), or None.
    without, with_
        The structure on both sides.
    metrics
        Differences by metric, in the metric's unit (percentage points for percentages). A value is None where it
        was withheld or a side has none.
    warnings
        What touches the differences.
    intervals
        Whether intervals were asked for: of both sides' metrics, and of the differences.
    """

    name: str
    key: str | None
    without: Measured
    with_: Measured
    metrics: dict[str, Quantity]
    warnings: tuple[Caution, ...]
    intervals: bool = False

    @property
    def volume_cc(self) -> float:
        """The larger volume of both sides; 0 where it was not measured."""
        return max((side.dvh.volume_cc for side in (self.without, self.with_) if side.dvh), default=0.0)

    def with_intervals(self) -> Increment:
        """Return the increment with the interval of every number; none for a difference that was withheld.

        That of a difference is its own, not the difference of both sides' intervals: what moves both metrics
        alike cancels.
        """
        if self.intervals:
            return self
        without, with_ = self.without.with_intervals(), self.with_.with_intervals()
        metrics = {name: self._bounded(name, quantity) for name, quantity in self.metrics.items()}
        told = merge(
            self.warnings, without.warnings, with_.warnings, *(quantity.warnings for quantity in metrics.values())
        )
        return replace(self, without=without, with_=with_, metrics=metrics, warnings=told, intervals=True)

    def _bounded(self, name: str, difference: Quantity) -> Quantity:
        before, after = self.without.dvh, self.with_.dvh
        if difference.value is None or before is None or after is None:
            return difference
        try:
            low, high = increment_interval(after, before, name)
        except DosimetryError as error:
            text = f"the increment of {name} has no interval: {error.reason}"
            caution = Caution(Code.INTERVAL_NOT_EVALUABLE, self.with_.structure.name, text)
            return replace(difference, warnings=merge(difference.warnings, (caution,)))
        return replace(difference, low=low, high=high)


def increment_of(without: Measured, with_: Measured, key: str | None) -> Increment:
    """Return the increment of one structure; withheld where too much of it lies outside a dose grid."""
    warnings = merge(without.warnings, with_.warnings)
    withheld = _outside(without, with_)
    if withheld is not None:
        warnings = (*warnings, withheld)
    metrics = {}
    for name, after in with_.metrics.items():
        before = without.metrics.get(name)
        value = None
        if withheld is None and before is not None and before.value is not None and after.value is not None:
            value = after.value - before.value
        metrics[name] = Quantity(value, after.unit, warnings=warnings)
    return Increment(with_.structure.name, key, without, with_, metrics, warnings)


def _outside(without: Measured, with_: Measured) -> Caution | None:
    for label, side in (("without", without), ("with", with_)):
        dvh = side.dvh
        if dvh is not None and dvh.outside_grid_cc > MAX_OUTSIDE * dvh.volume_cc:
            text = (
                f"increment withheld: {dvh.outside_grid_cc / dvh.volume_cc:.2%} of the volume lies outside "
                f"the dose grid of the plan {label} IMN (limit {MAX_OUTSIDE:.1%})"
            )
            return Caution(Code.INCREMENT_WITHHELD, side.structure.name, text)
    return None
