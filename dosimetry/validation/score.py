"""One measured number beside what it should be."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MISS_PCT", "VOLUME", "Score", "is_from_histogram"]

MISS_PCT = 3.0
"""A value further than this from the ideal body's is a miss (Nelms et al. 2015, doi:10.1118/1.4923175)."""
VOLUME = "Volume[cc]"


def is_from_histogram(metric: str) -> bool:
    """Whether a metric is read from the histogram; volume, mean and extremes do not pass through it."""
    return metric.startswith("D")


@dataclass(frozen=True, slots=True)
class Score:
    """One value of one body.

    Attributes
    ----------
    body, dose
        Their names.
    slice_mm
        Distance of the contour planes.
    grid_mm
        Voxel size along x, y and z.
    metric
        Canonical name, or ``Volume[cc]``.
    value
        What was measured.
    ideal
        Of the body that the contours were drawn around.
    solid
        Of the solid that the convention makes of the contours; None where it has no closed form here.
    interval
        What the measurement states as its limits; None where it states none.
    second
        The same value by dicompyler-core; None where it was not asked, NaN where it found no voxel.
    """

    body: str
    dose: str
    slice_mm: float
    grid_mm: tuple[float, float, float]
    metric: str
    value: float
    ideal: float
    solid: float | None = None
    interval: tuple[float, float] | None = None
    second: float | None = None

    @property
    def error_pct(self) -> float:
        """Difference to the ideal body in percent of its value."""
        return 100 * (self.value - self.ideal) / abs(self.ideal)

    @property
    def is_miss(self) -> bool:
        """Whether the value is too far from the ideal body's."""
        return not abs(self.error_pct) <= MISS_PCT

    @property
    def second_error_pct(self) -> float | None:
        """Difference of dicompyler-core to the ideal body in percent of its value."""
        return None if self.second is None else 100 * (self.second - self.ideal) / abs(self.ideal)

    @property
    def is_second_miss(self) -> bool:
        """Whether dicompyler-core's value is too far from the ideal body's, or missing."""
        error = self.second_error_pct
        return error is not None and not abs(error) <= MISS_PCT

    @property
    def engine_error(self) -> float | None:
        """Difference to the solid in the unit of the metric."""
        return None if self.solid is None else self.value - self.solid

    @property
    def grid(self) -> str:
        """Voxel size as text."""
        x, y, z = self.grid_mm
        return f"{x:g}" if x == y == z else f"{x:g} x {y:g} x {z:g}"

    def as_dict(self) -> dict[str, object]:
        """Return the score as JSON-ready values."""
        second = self.second if self.second == self.second else None
        return {
            "body": self.body,
            "dose": self.dose,
            "slice_mm": self.slice_mm,
            "grid_mm": list(self.grid_mm),
            "metric": self.metric,
            "value": self.value,
            "ideal": self.ideal,
            "error_pct": self.error_pct,
            "solid": self.solid,
            "interval": None if self.interval is None else list(self.interval),
            "dicompyler_core": second,
        }
