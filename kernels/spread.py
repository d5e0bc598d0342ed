"""Doses of small blocks, spread exactly over the bins of a histogram.

A dose that is linear on a block is the sum of three independent uniform doses, one along each edge: its density is
a B-spline whose knots are the doses at the block's corners, or a spline of lower degree where an edge holds next
to no range. Such a density is a sum of truncated powers, one a knot, and a truncated power is the repeated sum of a
few numbers. So a block adds these few numbers to the histogram's differences of that order, whatever the number of
bins that it covers, and the differences are summed up once at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["MARGIN", "spread", "spread_evenly", "summed"]

# Bins that a spline reaches beyond its last knot.
MARGIN = 4
# Narrower edges in bins are not worth a higher order: the differences would grow, and their rounding with them.
_QUADRATIC = 8.0
_LINEAR = 3.0
_NARROWEST = 5e-4  # bins: half the width of a spread that is none


@kernel
def _knot1(differences: Floats, t: float, weight: float) -> None:
    """Add a step at `t`, in bins."""
    whole = np.int64(t)
    f = t - whole
    i = np.uint64(whole)
    differences[0, i] += weight * (1.0 - f)
    differences[0, i + np.uint64(1)] += weight * f


@kernel
def _knot2(differences: Floats, t: float, weight: float) -> None:
    """Add a ramp that begins at `t`, in bins."""
    whole = np.int64(t)
    f = t - whole
    i = np.uint64(whole)
    g = 1.0 - f
    differences[1, i] += weight * 0.5 * g * g
    differences[1, i + np.uint64(1)] += weight * (0.5 + f * g)
    differences[1, i + np.uint64(2)] += weight * 0.5 * f * f


@kernel
def _knot3(differences: Floats, t: float, weight: float) -> None:
    """Add half a parabola that begins at `t`, in bins."""
    whole = np.int64(t)
    f = t - whole
    i = np.uint64(whole)
    g = 1.0 - f
    sixth = weight / 6.0
    differences[2, i] += sixth * g * g * g
    differences[2, i + np.uint64(1)] += sixth * (4.0 - 3.0 * f * f * (1.0 + g))
    differences[2, i + np.uint64(2)] += sixth * (4.0 - 3.0 * g * g * (1.0 + f))
    differences[2, i + np.uint64(3)] += sixth * f * f * f


@kernel
def spread_evenly(differences: Floats, middle: float, extent: float, volume: float) -> None:
    """Add `volume` evenly over `extent` around `middle`, both in bins; what would lie beyond the bins is kept."""
    end = differences.shape[1] - MARGIN
    half = max(0.5 * extent, _NARROWEST)
    low = min(max(middle - half, 0.0), end - 2.0 * _NARROWEST)
    high = max(min(middle + half, end - _NARROWEST), low + _NARROWEST)
    weight = volume / (high - low)
    _knot1(differences, low, weight)
    _knot1(differences, high, -weight)


@kernel
def spread(differences: Floats, middle: float, edges: tuple[float, float, float], volume: float) -> None:
    """Add a block to a histogram.

    Parameters
    ----------
    differences : float64[3, bins + MARGIN]
        Of first, second and third order; see :func:`summed`.
    middle : float
        Mean dose of the block, in bins.
    edges : (float, float, float)
        Dose range along each edge of the block, in bins, of any sign.
    volume : float
    """
    a, b, c = abs(edges[0]), abs(edges[1]), abs(edges[2])
    if a < b:
        a, b = b, a
    if b < c:
        b, c = c, b
        if a < b:
            a, b = b, a
    end = differences.shape[1] - MARGIN
    half = 0.5 * (a + b + c)
    if b < _LINEAR or middle - half < 0.0 or middle + half >= end:
        spread_evenly(differences, middle, np.sqrt(a * a + b * b + c * c), volume)
    elif c < _QUADRATIC:
        b = min(np.sqrt(b * b + c * c), 2.0 * half - a)
        weight = volume / (a * b)
        start, stop = middle - 0.5 * a, middle + 0.5 * a
        _knot2(differences, start - 0.5 * b, weight)
        _knot2(differences, start + 0.5 * b, -weight)
        _knot2(differences, stop - 0.5 * b, -weight)
        _knot2(differences, stop + 0.5 * b, weight)
    else:
        weight = volume / (a * b * c)
        for k in range(4):
            along = 0.5 * a if k < 2 else -0.5 * a
            across = 0.5 * b if k % 2 == 0 else -0.5 * b
            sign = weight if along * across > 0.0 else -weight
            _knot3(differences, middle + along + across + 0.5 * c, -sign)
            _knot3(differences, middle + along + across - 0.5 * c, sign)


@kernel
def summed(differences: Floats) -> Floats:
    """Return the volume of each bin, float64[bins + MARGIN], from the differences of all orders."""
    volumes = np.empty(differences.shape[1])
    one, two, three = 0.0, 0.0, 0.0
    first, second = 0.0, 0.0
    slope = 0.0
    for i in range(differences.shape[1]):
        one += differences[0, i]
        slope += differences[1, i]
        two += slope
        first += differences[2, i]
        second += first
        three += second
        volumes[i] = one + two + three
    return volumes
