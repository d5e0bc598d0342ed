"""How far a metric hangs on the convention of its calculation.

The same contours and the same voxels are measured again under other choices that could be defended as well:

- every second contour plane alone, from the first or from the second on, as if slices were twice as thick;
- end caps moved by half a slice, up or down: where between its last contour and the next slice a structure ends is
  not known;
- sections widened by as much as the structure bulges between its planes;
- the dose averaged as a smooth one (:mod:`~dosimetry.dvh.sharpened`), as it would be seen over all phases of its
  grid.

The first three move a metric either way: the largest change counts on both sides. Of the first, half counts:
slices twice as thick move a metric at least twice as much. The last has a sign. A part outside of the dose grid
could hold any dose from none to the highest in the grid. `dosimetry validate` counts how often the interval holds
the true value, over phases and spacings of analytic bodies.

It is an interval of the calculation alone: it holds nothing of contouring, set-up, breathing or dose algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.metrics import parse_metric
from dosimetry.errors import MetricError

if TYPE_CHECKING:
    from dosimetry.dvh.dvh import Dvh

__all__ = ["INTERVAL_MEANING", "Alternatives", "increment_interval", "metric_interval"]

INTERVAL_MEANING = "calculation convention only; excludes contouring, setup, breathing and dose algorithm"

# The second differences are themselves taken from the grid: a quarter more than the correction covers their error.
_BEND_FACTOR = 1.25
_THINNED_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Alternatives:
    """The histograms of one structure under other conventions.

    Attributes
    ----------
    reference
        What the others are compared with: the stack of prisms that they all are variants of.
    thinned, moved, widened
        Every second contour from the first and from the second on; end caps moved up and down; sections widened by
        their bulge. None where a variant leaves no volume.
    smooth
        The reference's solid in the sharpened dose.
    highest_gy
        Highest dose that a part outside of the grid may hold: that of the whole grid.
    """

    reference: Dvh
    thinned: tuple[Dvh | None, Dvh | None]
    moved: tuple[Dvh | None, Dvh | None]
    widened: Dvh | None
    smooth: Dvh | None
    highest_gy: float

    def weighed(self) -> list[tuple[Dvh | None, float]]:
        """Return the other solids, each with the share of its change that counts."""
        whole = (*self.moved, self.widened)
        return [*((solid, _THINNED_SHARE) for solid in self.thinned), *((solid, 1.0) for solid in whole)]


def _value(dvh: Dvh | None, spec: str) -> float | None:
    try:
        return None if dvh is None else dvh.metric(spec)
    except MetricError:
        return None


def _reference(other: Alternatives, spec: str) -> float:
    """Return what a metric's alternatives are compared with.

    Raises
    ------
    MetricError
        If it cannot be evaluated: under another convention the structure is larger.
    """
    convention = other.reference.convention.name
    try:
        return other.reference.metric(spec)
    except MetricError as error:
        raise MetricError(
            f"the convention {convention!r}, which intervals start from, does not have the metric: {error.problem}",
            item=error.item,
            expected=error.expected,
            found=error.found,
        ) from error


def _bounds(spec: str, low: float, high: float, dvh: Dvh) -> tuple[float, float]:
    """Return bounds kept to what the metric can be at all."""
    metric = parse_metric(spec)
    if not metric.is_dose:
        return max(low, 0.0), min(high, 100.0) if metric.unit == "%" else high
    return (max(low, 0.0) if dvh.min_gy >= 0 else low), high


def metric_interval(dvh: Dvh, spec: str) -> tuple[float, float]:
    """Return the lowest and the highest defensible value of a metric; see :meth:`Dvh.interval`."""
    value = dvh.metric(spec)
    other = dvh.alternatives
    reference = _reference(other, spec)
    moves = [0.0]
    for solid, share in other.weighed():
        number = _value(solid, spec)
        if number is not None:
            moves.append(share * abs(number - reference))
    around = max(moves)
    smooth = _value(other.smooth, spec)
    bend = 0.0 if smooth is None else _BEND_FACTOR * (smooth - reference)
    low = min(value, reference) - around + min(bend, 0.0)
    high = max(value, reference) + around + max(bend, 0.0)
    if dvh.outside_grid_cc > 0:
        for dose_gy in (0.0, other.highest_gy):
            whole = _value(_filled(dvh, dose_gy), spec)
            if whole is not None:
                low, high = min(low, whole), max(high, whole)
    return _bounds(spec, low, high, dvh)


def increment_interval(with_: Dvh, without: Dvh, spec: str) -> tuple[float, float]:
    """Return the lowest and the highest defensible value of a metric's increment.

    Every alternative is applied to both plans at once: what both have in common cancels, as it does in the
    increment itself. It is no difference of two intervals.

    Raises
    ------
    MetricError
        If the metric cannot be evaluated on both.
    """
    value = with_.metric(spec) - without.metric(spec)
    more, less = with_.alternatives, without.alternatives
    reference = _reference(more, spec) - _reference(less, spec)
    moves = [0.0]
    for (solid, share), (same, _) in zip(more.weighed(), less.weighed(), strict=True):
        one, other = _value(solid, spec), _value(same, spec)
        if one is not None and other is not None:
            moves.append(share * abs(one - other - reference))
    one, other = _value(more.smooth, spec), _value(less.smooth, spec)
    bend = 0.0 if one is None or other is None else _BEND_FACTOR * (one - other - reference)
    low = min(value, reference) - max(moves) + min(bend, 0.0)
    high = max(value, reference) + max(moves) + max(bend, 0.0)
    if with_.outside_grid_cc > 0 or without.outside_grid_cc > 0:
        # what lies outside of both grids may hold as much more or less as either grid's highest dose
        for hot, cold in ((more.highest_gy, 0.0), (0.0, less.highest_gy)):
            one, other = _value(_filled(with_, hot), spec), _value(_filled(without, cold), spec)
            if one is not None and other is not None:
                low, high = min(low, one - other), max(high, one - other)
    return low, high


def _filled(dvh: Dvh, dose_gy: float) -> Dvh:
    """Return the histogram of the whole structure if its part outside of the grid held one dose."""
    outside = dvh.outside_grid_cc
    if not outside > 0:
        return dvh
    at = int(np.searchsorted(dvh.edges_gy, dose_gy))
    colder = dvh.volume_at_least_cc + np.where(dvh.edges_gy <= dose_gy, outside, 0.0)
    here = float(np.interp(dose_gy, dvh.edges_gy, dvh.volume_at_least_cc, right=0.0))
    edges = np.insert(dvh.edges_gy, at, (dose_gy, dose_gy))
    volumes = np.insert(colder, at, (here + outside, here))
    mean = (dvh.mean_gy * dvh.inside_cc + dose_gy * outside) / (dvh.inside_cc + outside)
    return replace(
        dvh,
        outside_grid_cc=0.0,
        mean_gy=mean,
        min_gy=float(edges[0]),
        max_gy=float(edges[-1]),
        edges_gy=edges,
        volume_at_least_cc=volumes,
        basis=None,
    )
