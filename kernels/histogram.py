"""A histogram of volume over dose, and how pieces of a cell are added to it.

Within a cell the dose is trilinear: a linear part, whose spread over a block is known exactly, and products of
coordinates, which fade with the square of a block's size. So a cell is cut until the products are small beside
what is resolved, and what is left of them widens the spread so that its variance is right. Volume of one uniform
dose, such as the zero outside of the beams, is kept apart at that very dose: no bin is narrow enough for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dosimetry.kernels.jit import kernel
from dosimetry.kernels.spread import MARGIN, spread, spread_evenly, spread_prism, wide_enough

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Corners = tuple[float, float, float, float, float, float, float, float]
    Sextuple = tuple[float, float, float, float, float, float]
    Triple = tuple[float, float, float]

__all__ = [
    "Bins",
    "Histogram",
    "add_cell",
    "add_evenly",
    "add_histogram",
    "add_piece",
    "add_uniform",
    "empty_histogram",
    "fits",
    "polynomial",
]

_MAX_CUTS = 8
_MAX_STRIPS = 32
_SMALL = 0.1  # of a cell
_MOST_UNEVEN = 0.5
_STEEP = 2.0
_FINE = 4.0


class Bins(NamedTuple):
    """Histogram bins and how finely dose is resolved.

    Attributes
    ----------
    low, high : float
        Lower edge of the coldest bin and upper edge of the hottest, which is the first, in the dose's unit.
    per_dose : float
        Bins per unit of dose.
    number : int
    cut : float
        What the products of coordinates may add to a block's dose without a further cut, in the dose's unit.
    ratio : float
        The same as a share of the block's dose range; the larger of both holds.
    skew : float
        24 times the third moment that a block's spread may lack, by 12 times its variance, in the dose's unit: what
        is lacking moves doses by at most a thirtieth of it.
    hot : float
        Cells that reach more than this hold the hottest doses, and are cut more finely.
    """

    low: float
    high: float
    per_dose: float
    number: int
    cut: float
    ratio: float
    skew: float
    hot: float


class Histogram(NamedTuple):
    """Volume by dose; both the hottest bin first.

    Attributes
    ----------
    differences : float64[3, bins + MARGIN]
        Volume that spreads over bins, see :func:`~dosimetry.kernels.spread.summed`.
    plateaus : float64[bins, 2]
        Volume of uniform dose in each bin, and that dose.
    """

    differences: Floats
    plateaus: Floats


@kernel
def empty_histogram(bins: Bins) -> Histogram:
    """Return a histogram without volume."""
    return Histogram(np.zeros((3, bins.number + MARGIN)), np.zeros((bins.number, 2)))


@kernel
def add_histogram(to: Histogram, other: Histogram) -> None:
    """Add another histogram of the same bins."""
    for order in range(3):
        for i in range(to.differences.shape[1]):
            to.differences[order, i] += other.differences[order, i]
    for i in range(to.plateaus.shape[0]):
        volume = other.plateaus[i, 0]
        if volume > 0.0:
            to.plateaus[i, 0] += volume
            to.plateaus[i, 1] += (other.plateaus[i, 1] - to.plateaus[i, 1]) * (volume / to.plateaus[i, 0])


@kernel
def fits(bins: Bins, least: float, most: float) -> bool:
    """Tell whether all doses between two lie within the bins."""
    return bool(bins.low <= least and most <= bins.high)


@kernel
def add_uniform(plateaus: Floats, bins: Bins, dose: float, volume: float) -> None:
    """Add a piece that holds one dose; a bin's plateaus hold their volume and its mean dose."""
    i = int(min(max((bins.high - dose) * bins.per_dose, 0.0), bins.number - 1.0))
    plateaus[i, 0] += volume
    plateaus[i, 1] += (dose - plateaus[i, 1]) * (volume / plateaus[i, 0])


@kernel
def add_evenly(differences: Floats, bins: Bins, mean: float, extent: float, volume: float) -> None:
    """Add a piece that holds hardly more than one dose: evenly over `extent` around its mean."""
    spread_evenly(differences, (bins.high - mean) * bins.per_dose, extent * bins.per_dose, volume)


@kernel
def polynomial(c: Corners) -> Corners:
    """Return a cell's trilinear dose about its centre: mean, x, y, z, xy, xz, yz, xyz.

    `c` are the doses at the corners (z, y, x) = 000, 001, 010 … 111.
    """
    x0, x1, x2, x3 = c[1] - c[0], c[3] - c[2], c[5] - c[4], c[7] - c[6]
    y0, y1, y2, y3 = c[2] - c[0], c[3] - c[1], c[6] - c[4], c[7] - c[5]
    z0, z1, z2, z3 = c[4] - c[0], c[5] - c[1], c[6] - c[2], c[7] - c[3]
    mean = 0.125 * (c[0] + c[1] + c[2] + c[3] + c[4] + c[5] + c[6] + c[7])
    return (
        mean,
        0.25 * (x0 + x1 + x2 + x3),
        0.25 * (y0 + y1 + y2 + y3),
        0.25 * (z0 + z1 + z2 + z3),
        0.5 * (x1 - x0 + x3 - x2),
        0.5 * (x2 - x0 + x3 - x1),
        0.5 * (y2 - y0 + y3 - y1),
        x3 - x2 - x1 + x0,
    )


@kernel
def _cuts(product: float, enough: float) -> int:
    """Return into how many an axis is cut, so that the products along it add no more than is enough."""
    needed = 0.25 * product
    return 1 if needed <= enough else int(min(np.ceil(np.sqrt(needed / enough)), _MAX_CUTS))


@kernel
def _add_block(
    differences: Floats, bins: Bins, mean: float, edges: Triple, products: Triple, volume: float, share: float
) -> None:
    """Add a block, with the first three moments of its dose: the mean, the variance and the third.

    The products add their own variance, 1/144 of their squares where that of an edge is 1/12; and where they rise
    along with the dose, the hot side of the block has a wider range than the cold one. Such a block is added as two
    halves across its steepest edge, one of them wider than the other.

    Parameters
    ----------
    differences : float64[3, bins + MARGIN]
    bins : Bins
    mean : float
    edges : (float, float, float)
        Range of dose along x, y and z.
    products : (float, float, float)
        What the products xy, xz and yz reach, from edge to edge.
    volume : float
    share : float
        Of a cell, that the skew of this block and its like counts for.
    """
    ex, ey, ez = edges
    xy, xz, yz = products
    scale = bins.per_dose
    middle = (bins.high - mean) * scale
    linear = ex * ex + ey * ey + ez * ez
    left_over = (xy * xy + xz * xz + yz * yz) / 12.0
    skew = xy * ex * ey + xz * ex * ez + yz * ey * ez
    if abs(skew) * share <= bins.skew * linear:
        wider = scale * np.sqrt(1.0 + left_over / linear) if linear > 0.0 else scale
        spread(differences, middle, (ex * wider, ey * wider, ez * wider), volume)
        return
    x, y, z = abs(ex), abs(ey), abs(ez)
    longest = max(x, y, z)
    across = linear - 0.75 * longest * longest
    uneven = skew / (3.0 * longest * across)
    uneven = min(max(uneven, -_MOST_UNEVEN), _MOST_UNEVEN)
    wider = scale * np.sqrt((1.0 + left_over / across) / (1.0 + uneven * uneven))
    if x == longest:
        ex *= 0.5
    elif y == longest:
        ey *= 0.5
    else:
        ez *= 0.5
    shift = 0.25 * longest * scale
    hot, cold = wider * (1.0 + uneven), wider * (1.0 - uneven)
    spread(differences, middle - shift, (ex * hot, ey * hot, ez * hot), 0.5 * volume)
    spread(differences, middle + shift, (ex * cold, ey * cold, ez * cold), 0.5 * volume)


@kernel
def add_cell(differences: Floats, bins: Bins, d: Corners, depth: float) -> None:
    """Add a full cell; `d` as from `polynomial`, `depth` is its volume."""
    m, gx, gy, gz, xy, xz, yz, xyz = d
    axy, axz, ayz, rest = abs(xy), abs(xz), abs(yz), 0.5 * abs(xyz)
    enough = max(bins.cut, bins.ratio * (abs(gx) + abs(gy) + abs(gz)))
    if axy + axz + ayz + rest <= enough:
        _add_block(differences, bins, m, (gx, gy, gz), (xy, xz, yz), depth, 1.0)
        return
    nx, ny, nz = _cuts(axy + axz + rest, enough), _cuts(axy + ayz + rest, enough), _cuts(axz + ayz + rest, enough)
    _add_blocks(differences, bins, d, (nx, ny, nz), (0.0, 1.0, 0.0, 0.0, 1.0, 1.0), depth)


@kernel
def add_piece(differences: Floats, bins: Bins, d: Corners, piece: Sextuple, depth: float) -> None:
    """Add the prism over a trapezoid of a cell; `d` as from `polynomial`, `depth` is the whole cell's volume."""
    y0, y1, l0, l1, r0, r1 = piece
    height, w0, w1 = y1 - y0, r0 - l0, r1 - l1
    if not (w0 + w1 > 0.0 and height > 0.0):
        return
    m, gx, gy, gz, xy, xz, yz, xyz = d
    axy, axz, ayz, rest = abs(xy), abs(xz), abs(yz), 0.5 * abs(xyz)
    products = axy + axz + ayz + rest
    enough = max(bins.cut, bins.ratio * (abs(gx) + abs(gy) + abs(gz)))
    # an even spread of a strip that narrows is wrong across it, and along it where the dose falls that way
    slant = 0.5 * (l1 - l0 + r1 - r0)
    along = abs(gy * height + gx * slant)
    narrowing = 0.5 * abs(w1 - w0) * max(abs(gx) * (w0 + w1), along)  # times twice the mean width
    # what a small piece leaves counts for less; squares, since most pieces need no root
    area = max(0.5 * (w0 + w1) * height, _SMALL)
    if max(products, narrowing * _FINE / (w0 + w1)) ** 2 * area <= enough * enough:
        # as `_add_blocks` does with a single block
        f = (w0 + 2.0 * w1) / (3.0 * (w0 + w1))
        y, left = y0 + f * height - 0.5, l0 + f * (l1 - l0)
        narrower = w1 - w0
        dx = r0 + f * (r1 - r0) - left
        x = left + 0.5 * dx - 0.5
        mean = m + gx * x + gy * y + xy * (x * y + slant * height / 12.0)
        along_x, along_y = gx + xy * y, gy + xy * x
        ex, ey, ez = along_x * dx, along_y * height + along_x * slant, gz + xz * x + yz * y + xyz * x * y
        share = 0.5 * (w0 + w1) * height
        rests = (xy * dx * height + along_x * narrower, xz * dx, yz * height + xz * slant)
        _add_block(differences, bins, mean, (ex, ey, ez), rests, share * depth, share)
        return
    enough /= np.sqrt(area)
    narrowing /= w0 + w1
    nx, ny, nz = 1, 1, 1
    narrows = narrowing * _FINE > enough
    if products > enough:
        nx = _cuts((axy + axz + rest) * max(w0, w1), enough)
        ny = _cuts((axy + ayz + rest) * height, enough)
        nz = _cuts(axz + ayz + rest, enough)
    if narrows:
        if max(abs(gx), abs(gy)) >= _STEEP * products and wide_enough(max(abs(gx) * 0.5 * (w0 + w1) / nx, abs(gy) * height / ny) * bins.per_dose):
            _add_prisms(differences, bins, d, (nx, ny, nz), piece, depth)
            return
        if narrowing > enough:
            ny = max(ny, int(min(np.ceil(narrowing / enough), _MAX_STRIPS)))
    _add_blocks(differences, bins, d, (nx, ny, nz), piece, depth)


@kernel
def _at(d: Corners, x: float, y: float, z: float) -> float:
    """Return the dose at a point of a cell."""
    m, gx, gy, gz, xy, xz, yz, xyz = d
    return m + gx * x + gy * y + gz * z + xy * x * y + (xz * x + yz * y + xyz * x * y) * z


@kernel
def _add_prisms(
    differences: Floats, bins: Bins, d: Corners, cuts: tuple[int, int, int], piece: Sextuple, depth: float
) -> None:
    """Cut the prism over a trapezoid into smaller ones, and add each with the doses at its corners."""
    y0, y1, l0, l1, r0, r1 = piece
    nx, ny, nz = cuts
    for i in range(ny):
        f0, f1 = i / ny, (i + 1) / ny
        below, above = y0 + f0 * (y1 - y0), y0 + f1 * (y1 - y0)
        for j in range(nx):
            g0, g1 = j / nx, (j + 1) / nx
            a0, a1 = l0 + f0 * (l1 - l0), l0 + f1 * (l1 - l0)
            b0, b1 = r0 + f0 * (r1 - r0), r0 + f1 * (r1 - r0)
            part = (below, above, a0 + g0 * (b0 - a0), a1 + g0 * (b1 - a1), a0 + g1 * (b0 - a0), a1 + g1 * (b1 - a1))
            for k in range(2 * nz):
                _add_prism(differences, bins, d, part, (k, nz), depth)


@kernel
def _add_prism(differences, bins, d, piece, layer, depth):
    k, nz = layer
    scale = bins.per_dose
    y0, y1, l0, l1, r0, r1 = piece
    height, w0, w1 = y1 - y0, r0 - l0, r1 - l1
    area = 0.5 * (w0 + w1) * height
    if not area > 0.0:
        return
    # integrals of x, y and xy by Simpson's rule, which is exact for cubics
    yh, lh, rh = 0.5 * (y0 + y1) - 0.5, 0.5 * (l0 + l1) - 0.5, 0.5 * (r0 + r1) - 0.5
    y0, y1, l0, l1, r0, r1 = y0 - 0.5, y1 - 0.5, l0 - 0.5, l1 - 0.5, r0 - 0.5, r1 - 0.5
    sixth = height / (6.0 * area)
    x0, xh, x1 = 0.5 * (r0 * r0 - l0 * l0), 0.5 * (rh * rh - lh * lh), 0.5 * (r1 * r1 - l1 * l1)
    x = sixth * (x0 + 4.0 * xh + x1)
    y = sixth * (w0 * y0 + 2.0 * (w0 + w1) * yh + w1 * y1)
    xy = sixth * (x0 * y0 + 4.0 * xh * yh + x1 * y1)
    m, gx, gy, gz, pxy, pxz, pyz, pxyz = d
    dz = 1.0 / nz
    half = k % 2
    z = (k // 2 + 0.5) * dz - 0.5
    rise = (gz + pxz * x + pyz * y + pxyz * xy) * dz
    # each in two halves along z, whose gradients are those at a third of the way: the third moment is right
    zm, zg = z + (half - 0.5) * 0.5 * dz, z + (half - 0.5) * dz * 2.0 / 3.0
    mean = m + gx * x + gy * y + pxy * xy + (gz + pxz * x + pyz * y + pxyz * xy) * zm
    # counterclockwise
    p, q, r, s = _at(d, l0, y0, zg), _at(d, r0, y0, zg), _at(d, r1, y1, zg), _at(d, l1, y1, zg)
    steps = (0.0, -height, 0.0, height) if abs(gx) * 0.5 * (w0 + w1) > abs(gy) * height else (w0, r1 - r0, -w1, l0 - l1)
    slope = -0.5 * (steps[0] * (p + q) + steps[1] * (q + r) + steps[2] * (r + s) + steps[3] * (s + p))
    own = -(
        steps[0] * (p * p + p * q + q * q)
        + steps[1] * (q * q + q * r + r * r)
        + steps[2] * (r * r + r * s + s * s)
        + steps[3] * (s * s + s * p + p * p)
    ) / (6.0 * slope)
    top = bins.high - mean + own
    at = ((top - p) * scale, (top - q) * scale, (top - r) * scale, (top - s) * scale)
    volume = 0.5 * area * depth * dz
    if not spread_prism(differences, at, steps, 0.25 * abs(rise) * scale, -volume / (slope * scale)):
        spread_evenly(differences, (bins.high - mean) * scale, 0.7 * (max(at) - min(at)), volume)


@kernel
def _add_blocks(
    differences: Floats, bins: Bins, d: Corners, cuts: tuple[int, int, int], piece: Sextuple, depth: float
) -> None:
    """Cut the prism over a trapezoid into strips of blocks, and add each.

    A strip is a parallelogram but for a small change of width, whose range of dose counts like a product.
    """
    m, gx, gy, gz, xy, xz, yz, xyz = d
    y0, y1, l0, l1, r0, r1 = piece
    nx, ny, nz = cuts
    height, w0, w1 = y1 - y0, r0 - l0, r1 - l1
    part_x, part_y, dz = 1.0 / nx, 1.0 / ny, 1.0 / nz
    slant = 0.5 * (l1 - l0 + r1 - r0) * part_y
    dy, narrower = height * part_y, (w1 - w0) * part_y
    bent = slant * dy / 12.0  # how far x y is beyond its value in the middle on average
    share = 0.5 * (w0 + w1) * height
    for i in range(ny):
        a = w0 + i * narrower
        b = max(a + narrower, 0.0)
        # at the height of the strip's centre of area, so that its mean is right
        f = (i + (a + 2.0 * b) / (3.0 * (a + b))) * part_y
        y = y0 + f * height - 0.5
        left = l0 + f * (l1 - l0)
        dx = (r0 + f * (r1 - r0) - left) * part_x
        volume = 0.5 * (a + b) * dy * dz * part_x * depth
        for j in range(nx):
            x = left + (j + 0.5) * dx - 0.5
            for k in range(nz):
                z = (k + 0.5) * dz - 0.5
                mean = m + gx * x + gy * y + gz * z + (xy + xyz * z) * (x * y + bent) + (xz * x + yz * y) * z
                along_x = gx + xy * y + xz * z + xyz * y * z
                along_y = gy + xy * x + yz * z + xyz * x * z
                along_z = gz + xz * x + yz * y + xyz * x * y
                ex, ey, ez = along_x * dx, along_y * dy + along_x * slant, along_z * dz
                rests = (xy * dx * dy + along_x * narrower * part_x, xz * dx * dz, (yz * dy + xz * slant) * dz)
                _add_block(differences, bins, mean, (ex, ey, ez), rests, volume, share)
