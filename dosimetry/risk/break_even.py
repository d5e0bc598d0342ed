"""How far the mean dose may rise before the excess passes a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.doses import MAX_MEAN_GY
from dosimetry.risk.increment import model_cautions
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from dosimetry.risk.absolute import RiskFunction
    from dosimetry.risk.doses import MeanDoses
    from dosimetry.warnings import Caution

__all__ = ["BreakEven", "break_even"]

_STEPS = 60  # halvings: far below any dose


@dataclass(frozen=True, slots=True, eq=False)
class BreakEven:
    """The increment of mean dose at which the excess meets a threshold.

    Attributes
    ----------
    function
        Model, endpoint and horizon.
    threshold_points
        The threshold [percentage points].
    excess_points
        The excess of this pair of plans [percentage points].
    without_gy, increment_gy
        Mean dose of the plan without the IMN, and what the plan with it adds [Gy].
    most_increment_gy
        Largest increment that stays at or below the threshold [Gy]; None where none up to 60 Gy passes it.
    interval_gy
        The same at the limits of the slope's interval, smallest first; None where it has none, or one end has none.
    notes, warnings
        What the reader must know.
    """

    function: RiskFunction
    threshold_points: float
    excess_points: float
    without_gy: float
    increment_gy: float
    most_increment_gy: float | None
    interval_gy: tuple[float, float | None] | None
    notes: tuple[str, ...]
    warnings: tuple[Caution, ...]

    @property
    def to_spare_gy(self) -> float | None:
        """How much of the increment must be spared to meet the threshold [Gy]; negative where it is met."""
        return None if self.most_increment_gy is None else self.increment_gy - self.most_increment_gy

    @property
    def is_extrapolated(self) -> bool:
        """Whether the dose at the threshold lies above those that the model was observed at."""
        limits = self.function.model.dose_range_gy
        most = self.most_increment_gy
        return limits is not None and most is not None and self.without_gy + most > limits[1]

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        function = self.function
        most = self.most_increment_gy
        return {
            "model": function.model.id,
            "source": function.model.source.citation,
            "doi": function.model.source.doi,
            "verified": function.model.verified,
            "endpoint": function.endpoint,
            "horizon": function.horizon,
            "threshold_points": self.threshold_points,
            "excess_points": self.excess_points,
            "mean_without_gy": self.without_gy,
            "increment_gy": self.increment_gy,
            "most_increment_gy": most,
            "most_increment_interval_gy": None if self.interval_gy is None else list(self.interval_gy),
            "most_mean_with_gy": None if most is None else self.without_gy + most,
            "to_spare_gy": self.to_spare_gy,
            "extrapolated": self.is_extrapolated,
            "dose_range_gy": None if function.model.dose_range_gy is None else list(function.model.dose_range_gy),
            "notes": list(self.notes),
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


def break_even(function: RiskFunction, doses: MeanDoses, threshold_points: float) -> BreakEven:
    """Return how far the mean dose may rise before the excess passes a threshold.

    Raises
    ------
    RiskError
        Where the threshold is no number of percentage points above 0.
    """
    if not 0 < threshold_points <= 100:
        raise RiskError(
            "threshold is out of range",
            expected="above 0, at most 100 percentage points",
            found=f"{threshold_points:g}",
        )
    found = [_most(function, slopes, doses.without, threshold_points / 100) for slopes in function.slopes]
    interval = None
    if len(found) > 1:
        ends = sorted(value for value in found if value is not None)
        interval = (ends[0], ends[-1] if None not in found else None) if ends else None
    excess = function.risk(function.slopes[0], doses.with_) - function.risk(function.slopes[0], doses.without)
    return BreakEven(
        function=function,
        threshold_points=threshold_points,
        excess_points=100 * excess,
        without_gy=doses.without,
        increment_gy=doses.with_ - doses.without,
        most_increment_gy=found[0],
        interval_gy=interval,
        notes=function.notes(replace(doses, bounds=None), has_interval=len(function.slopes) > 1),
        warnings=merge(function.warnings, model_cautions(function.model, doses)),
    )


def _most(function: RiskFunction, slopes: tuple[float, ...], without_gy: float, threshold: float) -> float | None:
    before = function.risk(slopes, without_gy)
    try:
        if function.risk(slopes, MAX_MEAN_GY) - before <= threshold:
            return None
    except RiskError:  # a slope below zero ends in no risk at all, and passes no threshold
        return None
    low, high = without_gy, MAX_MEAN_GY
    for _ in range(_STEPS):  # risk grows with dose: halving finds the one crossing
        middle = (low + high) / 2
        low, high = (low, middle) if function.risk(slopes, middle) - before > threshold else (middle, high)
    return (low + high) / 2 - without_gy
