"""From histograms to the volume that receives at least each dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.kernels.histogram import Bins, Histogram

    Floats = NDArray[np.float64]
    Curve = tuple[Floats, Floats]

__all__ = ["cumulative"]


def cumulative(parts: list[tuple[Histogram, Bins]], extremes_gy: tuple[float, float]) -> Curve:
    """Return doses, ascending, and the share of the volume that receives at least each.

    From the lowest dose to the highest. The dose of a plateau comes twice: with its volume, and without.
    """
    lowest, highest = extremes_gy
    edges, falling = _added([_curve(histogram, bins, extremes_gy) for histogram, bins in parts])
    edges = np.concatenate(([lowest], edges, [highest]))
    share = np.concatenate(([1.0], np.minimum(falling / falling[0], 1.0), [0.0]))
    new = np.append(True, (np.diff(edges) != 0) | (np.diff(share) != 0))
    return edges[new], share[new]


def _curve(histogram: Histogram, bins: Bins, ends: tuple[float, float]) -> Curve:
    """Return doses, ascending, and the volume that receives at least each; it falls at plateaus' very doses.

    Bins end at the lowest and at the highest dose: what they hold lies within.
    """
    from dosimetry.kernels.spread import summed  # noqa: PLC0415  numba is imported where it runs

    volumes = np.maximum(summed(histogram.differences)[: bins.number], 0.0)
    plateaus = histogram.plateaus
    # summed from the hot end, where the small volumes are
    rising = np.append(0.0, np.cumsum(volumes + plateaus[:, 0]))
    edges = np.clip(bins.high - np.arange(bins.number + 1.0) / bins.per_dose, *ends)
    at = np.flatnonzero(plateaus[:, 0])
    if at.size:
        doses = np.clip(plateaus[at, 1], edges[at + 1], edges[at])
        width = edges[at] - edges[at + 1]
        share = np.divide(edges[at] - doses, width, out=np.ones_like(width), where=width > 0)
        without = rising[at] + volumes[at] * share
        steps = np.column_stack((without, without + plateaus[at, 0])).ravel()
        after = np.repeat(at + 1, 2)
        edges, rising = np.insert(edges, after, np.repeat(doses, 2)), np.insert(rising, after, steps)
    return edges[::-1], rising[::-1]


def _added(curves: list[Curve]) -> Curve:
    """Return the sum of cumulative curves, on all of their doses."""
    curves = [curve for curve in curves if curve[1][0] > 0]
    if len(curves) == 1:
        return curves[0]
    doses = np.unique(np.concatenate([edges for edges, _ in curves]))
    volumes = np.zeros((doses.size, 2))  # with and without what receives this very dose
    for edges, falling in curves:
        between = np.interp(doses, edges, falling, left=falling[0], right=0.0)
        first, after = np.searchsorted(edges, doses, side="left"), np.searchsorted(edges, doses, side="right")
        own = after > first
        volumes[:, 0] += np.where(own, falling[np.minimum(first, edges.size - 1)], between)
        volumes[:, 1] += np.where(own, falling[after - 1], between)
    return np.repeat(doses, 2), volumes.ravel()
