"""A dose-volume histogram and its metrics."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.dvh.metrics import Metric, parse_metric
from dosimetry.errors import DosimetryError, MetricError
from dosimetry.model.quantity import Quantity
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.accuracy import Accuracy
    from dosimetry.dvh.convention import Convention
    from dosimetry.dvh.interval import Alternatives
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure

__all__ = ["Basis", "Dvh"]


# 50 Gy stored as an integer times a scaling may come back as 49.999999999: it still is at least 50 Gy.
_SAME_DOSE = 1e-9
_SAME_VOLUME = 1e-12


@dataclass(frozen=True, eq=False)
class Basis:
    """What a histogram was made from, kept for measuring it again under other conventions."""

    dose: Dose
    structure: Structure
    accuracy: Accuracy


@dataclass(frozen=True, eq=False)
class Dvh:
    """The dose-volume histogram of one structure.

    Mean and extremes are those of the trilinear dose on the solid, not of the histogram. The histogram's bins
    are far narrower than any dose that matters, and metrics interpolate between their edges.

    Attributes
    ----------
    name, number
        Of the ROI.
    volume_cc
        Volume of the whole structure; it does not depend on the dose grid.
    outside_grid_cc
        The part of it beyond the outermost voxel centres. All dose metrics are of the part inside.
    mean_gy, min_gy, max_gy
        Of the part inside; NaN where nothing is inside.
    edges_gy, volume_at_least_cc
        Volume inside the grid that receives at least the dose of each edge, both of shape (edges,). Where a part
        receives one uniform dose, that dose comes twice: with the volume of this part, and without.
    convention
        How contours were taken.
    prescription_gy
        What percentages of dose refer to; None where it is not known.
    warnings
        What touches every metric.
    basis
        What it was made from; None for a histogram that came without, which then has no intervals.
    """

    name: str
    number: int
    volume_cc: float
    outside_grid_cc: float
    mean_gy: float
    min_gy: float
    max_gy: float
    edges_gy: NDArray[np.float64]
    volume_at_least_cc: NDArray[np.float64]
    convention: Convention
    prescription_gy: float | None = None
    warnings: tuple[Caution, ...] = ()
    basis: Basis | None = field(default=None, repr=False)

    @property
    def inside_cc(self) -> float:
        """Volume inside the dose grid, to which percentages of volume refer."""
        return float(self.volume_at_least_cc[0])

    def cumulative(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (dose_gy, volume_cc): the volume inside the grid that receives at least the dose.

        Starts at 0 Gy, or at the lowest dose where that is negative, and ends at the highest dose. A dose comes
        twice where the volume falls at it.
        """
        if not self.inside_cc > 0:
            return np.zeros(1), np.zeros(1)
        if not self.min_gy > 0:
            return self.edges_gy.copy(), self.volume_at_least_cc.copy()
        return np.append(0.0, self.edges_gy), np.append(self.inside_cc, self.volume_at_least_cc)

    def metric(self, spec: str) -> float:
        """Return a metric such as ``"D95%[Gy]"`` in the unit that its brackets name.

        Raises
        ------
        MetricError
            If the text is no metric, or the metric cannot be evaluated on this structure.
        """
        metric = parse_metric(spec)
        if not self.inside_cc > 0:
            raise MetricError(
                f"{metric} cannot be evaluated", item=f"ROI {self.name!r}", found="no volume in the dose grid"
            )
        if metric.needs_prescription and self.prescription_gy is None:
            raise MetricError(
                f"{metric} needs a prescription",
                item=f"ROI {self.name!r}",
                remedy="give prescription_gy, or ask for the metric in Gy",
            )
        return self._dose(metric) if metric.is_dose else self._volume(metric)

    def interval(self, spec: str) -> tuple[float, float]:
        """Return the lowest and the highest defensible value of a metric, in the metric's unit.

        An interval of the calculation convention only: it excludes contouring, set-up, breathing and dose
        algorithm. See :mod:`dosimetry.dvh.interval`. The first interval measures the structure six more times.

        Raises
        ------
        MetricError
            If the text is no metric, the metric cannot be evaluated, or the histogram came without its basis.
        """
        from dosimetry.dvh.interval import metric_interval  # noqa: PLC0415  it measures again, which needs the engine

        return metric_interval(self, spec)

    @cached_property
    def alternatives(self) -> Alternatives:
        """The histograms under other conventions, measured when they are first asked for."""
        from dosimetry.dvh.alternatives import measure_alternatives  # noqa: PLC0415  it makes histograms

        return measure_alternatives(self)

    def quantity(self, spec: str, *, interval: bool = False) -> Quantity:
        """Return a metric with its unit and warnings; its value is None where it cannot be evaluated.

        With `interval` it has the bounds of :meth:`interval`, too; where these cannot be evaluated a warning says
        why.
        """
        metric = parse_metric(spec)
        try:
            value = self.metric(spec)
        except MetricError as error:
            caution = Caution(Code.METRIC_NOT_EVALUABLE, self.name, error.reason)
            return Quantity(None, metric.unit, warnings=(*self.warnings, caution))
        if not interval:
            return Quantity(value, metric.unit, warnings=self.warnings)
        try:
            low, high = self.interval(spec)
        except DosimetryError as error:
            caution = Caution(Code.INTERVAL_NOT_EVALUABLE, self.name, f"{metric} has no interval: {error.reason}")
            return Quantity(value, metric.unit, warnings=(*self.warnings, caution))
        return Quantity(value, metric.unit, low, high, self.warnings)

    def without_basis(self) -> Dvh:
        """Return the histogram without the dose and the structure that it was made from.

        These keep the whole dose in memory as long as a single histogram of it is there. Its metrics stay; an
        interval is then an error.
        """
        return replace(self, basis=None)

    def to_dicompyler(self, *, bin_gy: float = 0.01) -> Any:
        """Return the part inside the grid as a ``dicompylercore.dvh.DVH``, cumulative, in Gy and cm3.

        Parameters
        ----------
        bin_gy
            Width of its bins; that object reads its metrics from them without interpolation.

        Raises
        ------
        MetricError
            If nothing is inside the grid, or the width makes no bins.
        UnitsError
            If a dose is negative, which its bins cannot hold.
        """
        from dosimetry.dvh.exchange import to_dicompyler  # noqa: PLC0415  it makes histograms

        return to_dicompyler(self, bin_gy=bin_gy)

    @classmethod
    def from_dicompyler(
        cls, other: Any, *, name: str | None = None, number: int = 0, convention: Convention | None = None
    ) -> Dvh:
        """Return a histogram from a ``dicompylercore.dvh.DVH``.

        It holds bins and no more: metrics are read between their edges, mean and extremes too, nothing is known of
        a part outside of the grid, and intervals are an error. A warning says so.

        Parameters
        ----------
        other
            In Gy and cm3, cumulative or differential.
        name, number
            Of the ROI; by default the object's name.
        convention
            How the contours were taken; by default as dicompyler-core itself takes them.

        Raises
        ------
        UnitsError
            If it is in percent of dose or of volume.
        MetricError
            If it holds no volume, or volumes that rise with dose.
        """
        from dosimetry.dvh.exchange import DICOMPYLER_CONVENTION, from_dicompyler  # noqa: PLC0415

        return from_dicompyler(other, name=name, number=number, convention=convention or DICOMPYLER_CONVENTION)

    def _dose(self, metric: Metric) -> float:
        if metric.kind == "Mean":
            dose = self.mean_gy
        elif metric.kind == "Min":
            dose = self.min_gy
        elif metric.kind == "Max":
            dose = self.max_gy
        else:
            dose = self._dose_at(self._cc(metric))
        return dose if metric.unit == "Gy" else 100.0 * dose / (self.prescription_gy or np.nan)

    def _cc(self, metric: Metric) -> float:
        """Return the volume of the hottest part that a D or DC metric asks for."""
        volume = metric.number / 100.0 * self.inside_cc if metric.at == "%" else metric.number
        if volume > self.inside_cc * (1 + 1e-12):
            raise MetricError(
                f"{metric} asks for more than the structure's volume",
                item=f"ROI {self.name!r}",
                expected=f"at most {self.inside_cc:.4g} cc",
                found=f"{volume:g} cc",
            )
        return self.inside_cc - volume if metric.kind == "DC" else volume

    def _dose_at(self, hottest_cc: float) -> float:
        """Return the lowest dose in the hottest `hottest_cc`: the inverse of the cumulative histogram."""
        falling = self.volume_at_least_cc
        if hottest_cc >= falling[0]:
            return self.min_gy
        # the last edge that at least this volume still reaches, but for rounding
        hottest_cc -= _SAME_VOLUME * float(falling[0])
        i = int(np.searchsorted(-falling, -hottest_cc, side="right")) - 1
        if i < 0:
            return self.min_gy
        if i >= falling.size - 1:
            return self.max_gy
        share = (falling[i] - hottest_cc) / (falling[i] - falling[i + 1])
        dose = self.edges_gy[i] + share * (self.edges_gy[i + 1] - self.edges_gy[i])
        return float(min(max(dose, self.min_gy), self.max_gy))

    def _volume_at(self, dose_gy: float) -> float:
        """Return the volume that receives at least a dose between the lowest and the highest."""
        edges, falling = self.edges_gy, self.volume_at_least_cc
        i = int(np.searchsorted(edges, dose_gy - _SAME_DOSE * abs(dose_gy)))
        if i + 1 < edges.size and edges[i] == edges[i + 1] <= dose_gy:  # a plateau of this dose
            return float(falling[i])
        return float(np.interp(dose_gy, edges, falling))

    def _volume(self, metric: Metric) -> float:
        dose = metric.number if metric.at == "Gy" else metric.number / 100.0 * (self.prescription_gy or np.nan)
        same = _SAME_DOSE * abs(dose)
        if dose - same <= self.min_gy:
            volume = self.inside_cc
        elif dose - same > self.max_gy:
            volume = 0.0
        else:
            volume = self._volume_at(dose)
        if metric.kind == "CV":
            volume = self.inside_cc - volume
        return volume if metric.unit == "cc" else 100.0 * (volume / self.inside_cc)
