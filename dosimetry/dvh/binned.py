"""Histograms in bins, as others keep them: what a metric of theirs can be at most and at least.

A list of bins and volumes leaves open which dose within its bin a cumulative volume belongs to: programs write it
for the lower edge, the upper edge or the middle, and no attribute says which. A metric therefore has bounds that
hold for all of them and for any course of the curve between two points; its value takes the middle of each bin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.metrics import Metric, parse_metric
from dosimetry.errors import MetricError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["VOLUME", "BinnedDvh", "cumulative_bins", "differential_bins"]

VOLUME = "Volume[cc]"
# Volumes are written with some ten digits: a rise, or a loss in the first bin, below this share is rounding.
_SAME = 1e-6
_NOISE = 1e-13  # of the volume: what adding up leaves behind where nothing is
_WHOLE_PCT = 0.1  # how far the parts of a differential histogram in percent may miss 100 together


@dataclass(frozen=True, eq=False)
class BinnedDvh:
    """A cumulative histogram whose points lie somewhere between two doses each.

    Attributes
    ----------
    low_gy, high_gy
        Between which doses each point lies, both of shape (points,) and not descending.
    volume_at_least
        Volume that receives at least the dose of the point, shape (points,), not ascending.
    unit
        ``"cc"``, or ``"%"`` of the structure.
    total
        Volume of the whole structure in that unit; None where the bins do not tell.
    """

    low_gy: Floats
    high_gy: Floats
    volume_at_least: Floats
    unit: str
    total: float | None

    def bounds(self, spec: str) -> tuple[float, float, float]:
        """Return a metric, and what it can be at least and at most, in the metric's unit.

        Besides the metrics of :mod:`~dosimetry.dvh.metrics` in Gy and at Gy, ``Volume[cc]``.

        Raises
        ------
        MetricError
            If the bins do not tell it; the message says why.
        """
        if spec == VOLUME:
            self._require("cc")
            total = self._total()
            return total, total, total
        metric = parse_metric(spec)
        if metric.needs_prescription:
            raise MetricError("it refers to a prescription")
        if metric.kind == "Mean":
            return self._mean()
        if metric.kind == "Max":
            most = float(self.volume_at_least[0])
            value, low, _ = self._dose_at(_SAME * most)
            _, _, high = self._dose_at(_NOISE * most)  # the last bins may hold next to nothing
            return value, low, high
        if metric.is_dose:
            return self._dose(metric)
        return self._volume(metric)

    def _require(self, unit: str) -> None:
        if self.unit != unit:
            raise MetricError("its volumes are in percent")

    def _total(self) -> float:
        if self.total is None:
            raise MetricError("its first bin loses volume already, so that the bins do not tell the whole")
        return self.total

    def _mean(self) -> tuple[float, float, float]:
        total = self._total()
        volumes = np.concatenate(([total], self.volume_at_least, [0.0]))
        parts = (volumes[:-1] - volumes[1:]) / total
        low, high = np.append(0.0, self.low_gy), np.append(self.high_gy, self.high_gy[-1])
        middles = 0.5 * (self.low_gy + self.high_gy)
        ends = np.concatenate(([0.0], middles, [middles[-1]]))
        value = float(parts @ (0.5 * (ends[:-1] + ends[1:])))
        return value, float(parts @ low), float(parts @ high)

    def _dose(self, metric: Metric) -> tuple[float, float, float]:
        if metric.kind == "Min":
            value, _, high = self._dose_at(self._total() * (1.0 - _SAME))
            _, low, _ = self._dose_at(self._total() * (1.0 - _NOISE))
            return value, low, high
        if metric.at == "%":
            volume = metric.number / 100.0 * self._total()
        else:
            self._require("cc")
            volume = metric.number
        if metric.kind == "DC":
            volume = self._total() - volume
        most = self.total if self.total is not None else float(self.volume_at_least[0])
        if not 0 <= volume <= most * (1.0 + _SAME):
            raise MetricError("it asks for more than the volume that its bins hold")
        return self._dose_at(min(volume, most * (1.0 - _SAME)))

    def _dose_at(self, hottest: float) -> tuple[float, float, float]:
        """Return the lowest dose in the hottest volume of this size."""
        falling = self.volume_at_least
        below = int(np.searchsorted(-falling, -hottest, side="right"))  # points that at least this volume reaches
        last = falling.size - 1
        low = float(self.low_gy[below - 1]) if below else 0.0
        high = float(self.high_gy[min(below, last)])
        middles = 0.5 * (self.low_gy + self.high_gy)
        if below > last:
            value = float(middles[last])
        else:
            before = float(falling[below - 1]) if below else self.total if self.total is not None else hottest
            start = float(middles[below - 1]) if below else 0.0
            drop = before - float(falling[below])
            share = (before - hottest) / drop if drop > 0 else 1.0
            value = start + min(max(share, 0.0), 1.0) * (float(middles[below]) - start)
        return min(max(value, low), high), low, high

    def _volume(self, metric: Metric) -> tuple[float, float, float]:
        dose, falling = metric.number, self.volume_at_least
        surely = int(np.searchsorted(self.high_gy, dose * (1 + 1e-9), side="right"))  # points at this dose or below
        maybe = int(np.searchsorted(self.low_gy, dose * (1 - 1e-9), side="left"))  # the first at this dose or above
        high = float(falling[surely - 1]) if surely else self._total()
        low = float(falling[maybe]) if maybe < falling.size else 0.0
        middles = 0.5 * (self.low_gy + self.high_gy)
        if self.total is not None:
            middles, falling = np.append(0.0, middles), np.append(self.total, falling)
        value = float(np.interp(dose, middles, falling, right=0.0))
        value = min(max(value, low), high)
        if metric.unit == "cc":
            self._require("cc")
            scale = 1.0
        else:
            scale = 100.0 / self._total()
        if metric.kind == "CV":
            total = self._total()
            value, low, high = total - value, total - high, total - low
        return scale * value, scale * low, scale * high


def cumulative_bins(widths_gy: Floats, volumes: Floats, unit: str) -> BinnedDvh:
    """Return a histogram from a cumulative one: each volume belongs to a dose within its bin.

    Raises
    ------
    MetricError
        If volumes are not finite, negative, or rise with dose.
    """
    most = float(volumes[0])
    _check(volumes, most)
    if (np.diff(volumes) > _SAME * most).any():
        raise MetricError("its volumes rise with dose")
    if unit == "%" and most > 100.0 * (1 + _SAME):
        raise MetricError("it holds more than 100 percent")
    falling = np.minimum.accumulate(np.where(volumes > _NOISE * most, volumes, 0.0))
    high = np.cumsum(widths_gy)
    # nothing is lost in the first bin where the second begins with the same volume, or where it has no width
    is_whole = widths_gy[0] == 0 or (volumes.size > 1 and volumes[1] >= most * (1 - _SAME))
    total = 100.0 if unit == "%" else most if is_whole else None
    return BinnedDvh(high - widths_gy, high, falling, unit, total)


def differential_bins(widths_gy: Floats, volumes: Floats, unit: str) -> BinnedDvh:
    """Return a histogram from a differential one, whose points lie on the edges of its bins.

    Raises
    ------
    MetricError
        If volumes are not finite or negative, or percentages do not add up to 100.
    """
    total = float(volumes.sum())
    _check(volumes, total)
    if unit == "%" and abs(total - 100.0) > _WHOLE_PCT:
        raise MetricError(f"its percentages add up to {total:.4g}, not to 100")
    parts = np.maximum(volumes, 0.0)
    edges = np.append(0.0, np.cumsum(widths_gy))
    falling = np.append(np.cumsum(parts[::-1])[::-1], 0.0)
    return BinnedDvh(edges, edges, falling, unit, float(falling[0]))


def _check(volumes: Floats, most: float) -> None:
    if not np.isfinite(volumes).all() or not most > 0:
        raise MetricError("it holds no volume")
    if volumes.min() < -_SAME * most:
        raise MetricError("it holds negative volumes")
