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
    Quad = tuple[float, float, float, float]

__all__ = ["MARGIN", "spread", "spread_evenly", "spread_prism", "summed", "wide_enough"]

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
def wide_enough(extent: float) -> bool:
    """Tell whether a dose range in bins is wide enough for :func:`spread_prism`."""
    return bool(abs(extent) >= _QUADRATIC)


@kernel
def spread_prism(differences: Floats, doses: Quad, steps: Quad, half: float, weight: float) -> bool:
    """Add a prism over a polygon of four sides, whose dose is linear, to a histogram.

    What receives a dose is, by Green's theorem, a sum over the sides: each adds its length across the dose, evenly
    between the doses of its two ends and as a whole beyond.

    Parameters
    ----------
    differences : float64[3, bins + MARGIN]
        Of first, second and third order; see :func:`summed`.
    doses : (float, float, float, float)
        At the corners in turn, in bins.
    steps : (float, float, float, float)
        From each corner to the next, along the axis across that along which the dose is taken; their sum is 0.
    half : float
        Half the dose range along the prism, in bins, not negative.
    weight : float
        Volume by length times bin.

    Returns
    -------
    bool
        False if the prism reaches beyond the bins; nothing is added then.
    """
    end = differences.shape[1] - MARGIN
    if min(doses) - half < 0.0 or max(doses) + half >= end:
        return False
    thick = half >= 0.5 * _QUADRATIC
    for side in range(4):
        step = weight * steps[side]
        if step == 0.0:
            continue
        one, other = doses[side], doses[(side + 1) % 4]
        range_ = other - one
        middle = 0.5 * (one + other)
        if abs(range_) < _QUADRATIC:
            if thick:
                part = step / (2.0 * half)
                _knot2(differences, middle - half, part)
                _knot2(differences, middle + half, -part)
            else:
                _knot1(differences, middle, step)
        elif thick:
            part = step / (2.0 * half * range_)
            _knot3(differences, one - half, part)
            _knot3(differences, one + half, -part)
            _knot3(differences, other - half, -part)
            _knot3(differences, other + half, part)
        else:
            part = step / range_
            _knot2(differences, one, part)
            _knot2(differences, other, -part)
    return True


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
