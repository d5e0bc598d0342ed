"""Dose-volume deposit: each piece of a cell adds its volume to a histogram over the doses it really holds.

Within a cell the dose is trilinear. Along any line parallel to an axis it is therefore linear, and the volume
around the line is spread evenly between the doses at the line's ends: exact, whatever the gradient. Lines are laid
along the axis of the widest dose range; across them a cell is cut until the dose range left within a cut is
small, and that remainder widens the spread so that its variance is right. The mean does not pass through the
histogram: it is the exact integral of the trilinear dose over the piece. Volume of one uniform dose, such as the
zero outside of the beams, is kept apart at that very dose: no bin is narrow enough for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.kernels.coverage import Cover

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Quad = tuple[float, float, float, float]
    Corners = tuple[float, float, float, float, float, float, float, float]
    Prism = tuple[float, float, float, float, float, float, float]

__all__ = ["Bins", "Slabs", "deposit"]

_GAUSS = 0.5 / np.sqrt(3.0)  # two-point Gauss-Legendre on an interval of length 1, from its middle
_MAX_CUTS = 64


class Slabs(NamedTuple):
    """The prisms over each plane, cut at the dose grid's frames.

    Attributes
    ----------
    frames : int64[slabs]
        The frame below each slab.
    spans : float64[slabs, 3]
        Where the slab begins and ends between that frame (0) and the next (1), and its thickness in mm.
    offsets : int64[planes + 1]
        Plane p has the slabs ``offsets[p]:offsets[p + 1]``.
    """

    frames: Ints
    spans: Floats
    offsets: Ints


class Bins(NamedTuple):
    """Histogram bins and how finely dose is resolved.

    Attributes
    ----------
    low : float
        Lower edge of the first bin, in the dose's unit.
    per_dose : float
        Bins per unit of dose.
    number : int
    cut : float
        Dose range across a line that needs no further cut, in the dose's unit.
    ratio : float
        The same as a share of the dose range along the line; the larger of both holds.
    """

    low: float
    per_dose: float
    number: int
    cut: float
    ratio: float


@kernel
def _spread(histogram: Floats, middle: float, extent: float, volume: float) -> None:
    """Add `volume` evenly over `extent` bins around `middle`, both in bin units.

    The second column of the histogram holds differences of the volume per bin, summed up once at the end: an even
    spread over any number of bins costs four additions. Unsigned indices and columns side by side: a third faster.
    """
    last = histogram.shape[0] - 2
    a = min(max(middle - 0.5 * extent, 0.0), last + 0.999999)
    b = min(max(middle + 0.5 * extent, 0.0), last + 0.999999)
    i, j = np.uint64(a), np.uint64(b)
    if i == j:
        histogram[i, 0] += volume
        return
    density = volume / (b - a)
    histogram[i, 0] += density * (float(i) + 1.0 - a)
    histogram[j, 0] += density * (b - float(j))
    histogram[i + np.uint64(1), 1] += density
    histogram[j, 1] -= density


@kernel
def _cuts(across: float, along: float, bins: Bins) -> int:
    """Return into how many cuts a dose range `across` lines with a dose range `along` is divided."""
    enough = max(bins.cut, bins.ratio * along)
    return 1 if across <= enough else int(min(np.ceil(across / enough), _MAX_CUTS))


@kernel
def _patch(histogram: Floats, corners: Quad, volume: float, rest: float, bins: Bins) -> None:
    """Add a patch with the bilinear doses (d00, d01, d10, d11); `rest` is the dose range across the patch."""
    d00, d01, d10, d11 = corners
    scale = bins.per_dose
    u2 = 0.5 * ((d01 - d00) ** 2 + (d11 - d10) ** 2)
    v2 = 0.5 * ((d10 - d00) ** 2 + (d11 - d01) ** 2)
    if v2 > u2:
        d01, d10, u2, v2 = d10, d01, v2, u2
    across = np.sqrt(v2)
    n = _cuts(across, np.sqrt(u2), bins)
    left = (across / n) ** 2 + rest * rest
    for i in range(n):
        f = (i + 0.5) / n
        a, b = d00 + f * (d10 - d00), d01 + f * (d11 - d01)
        extent = np.sqrt((b - a) ** 2 + left)
        _spread(histogram, (0.5 * (a + b) - bins.low) * scale, extent * scale, volume / n)


@kernel
def _box(histogram: Floats, c: Corners, volume: float, bins: Bins) -> None:
    """Add a box with the trilinear doses `c` at its corners (z, y, x) = 000, 001, 010 … 111."""
    x = 0.25 * ((c[1] - c[0]) ** 2 + (c[3] - c[2]) ** 2 + (c[5] - c[4]) ** 2 + (c[7] - c[6]) ** 2)
    y = 0.25 * ((c[2] - c[0]) ** 2 + (c[3] - c[1]) ** 2 + (c[6] - c[4]) ** 2 + (c[7] - c[5]) ** 2)
    z = 0.25 * ((c[4] - c[0]) ** 2 + (c[5] - c[1]) ** 2 + (c[6] - c[2]) ** 2 + (c[7] - c[3]) ** 2)
    # The axis of the smallest range is cut into patches of the other two.
    if x <= y and x <= z:
        near, far, least = (c[0], c[2], c[4], c[6]), (c[1], c[3], c[5], c[7]), x
    elif y <= z:
        near, far, least = (c[0], c[1], c[4], c[5]), (c[2], c[3], c[6], c[7]), y
    else:
        near, far, least = (c[0], c[1], c[2], c[3]), (c[4], c[5], c[6], c[7]), z
    across = np.sqrt(least)
    n = _cuts(across, np.sqrt(max(x, y, z)), bins)
    for i in range(n):
        f = (i + 0.5) / n
        g = 1.0 - f
        corners = (
            g * near[0] + f * far[0],
            g * near[1] + f * far[1],
            g * near[2] + f * far[2],
            g * near[3] + f * far[3],
        )
        _patch(histogram, corners, volume / n, across / n, bins)


@kernel
def _flat(histogram: Floats, c: Corners, mean: float, volume: float, bins: Bins) -> None:
    """Add a piece with next to no dose range in one go: most cells of a heart or a body are of this kind.

    `c` are the doses at the corners of its box, `mean` its own mean dose.
    """
    x = c[1] - c[0] + c[3] - c[2] + c[5] - c[4] + c[7] - c[6]
    y = c[2] - c[0] + c[3] - c[1] + c[6] - c[4] + c[7] - c[5]
    z = c[4] - c[0] + c[5] - c[1] + c[6] - c[2] + c[7] - c[3]
    extent = 0.25 * np.sqrt(x * x + y * y + z * z)
    _spread(histogram, (mean - bins.low) * bins.per_dose, extent * bins.per_dose, volume)


@kernel
def _uniform(plateaus: Floats, dose: float, volume: float, bins: Bins) -> None:
    """Add a piece that holds one dose; a bin's plateaus hold their volume and its mean dose."""
    i = int(min(max((dose - bins.low) * bins.per_dose, 0.0), bins.number - 1.0))
    plateaus[i, 0] += volume
    plateaus[i, 1] += (dose - plateaus[i, 1]) * (volume / plateaus[i, 0])


@kernel
def _at(c: Corners, x: float, y: float) -> tuple[float, float]:
    """Return the doses at (x, y) in the cell at the slab's lower and upper face."""
    a, b, g, h = (1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y
    return (
        a * c[0] + b * c[1] + g * c[2] + h * c[3],
        a * c[4] + b * c[5] + g * c[6] + h * c[7],
    )


@kernel
def _edge_extremes(stats: Floats, c: Corners, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Take the extremes along a straight edge of a piece, on both faces, into stats[2:4].

    Along a slanted edge the dose is quadratic: its ends, and its turning point where that lies between them.
    """
    x0, y0 = start
    x1, y1 = end
    first = _at(c, x0, y0)
    middle = _at(c, 0.5 * (x0 + x1), 0.5 * (y0 + y1))
    last = _at(c, x1, y1)
    for face in range(2):
        a, m, b = first[face], middle[face], last[face]
        stats[2], stats[3] = min(stats[2], a, b), max(stats[3], a, b)
        bend = 2.0 * (a - 2.0 * m + b)
        slope = 4.0 * m - 3.0 * a - b
        if bend != 0.0:
            turn = -0.5 * slope / bend
            if 0.0 < turn < 1.0:
                value = a + turn * (slope + turn * bend)
                stats[2], stats[3] = min(stats[2], value), max(stats[3], value)


@kernel
def _prism(histogram: Floats, plateaus: Floats, stats: Floats, c: Corners, piece: Prism, bins: Bins) -> None:
    """Add a prism over a trapezoid in cell coordinates; piece = (y0, y1, l0, l1, r0, r1, mm per unit area)."""
    y0, y1, l0, l1, r0, r1, depth = piece
    height, w0, w1 = y1 - y0, r0 - l0, r1 - l1
    volume = 0.5 * (w0 + w1) * height * depth
    # mean: dose at the middle of x and z is the mean along them; times the width it is cubic in y
    integral = 0.0
    for side in range(2):
        f = 0.5 - _GAUSS if side == 0 else 0.5 + _GAUSS
        low, high = _at(c, 0.5 * (l0 + r0) + f * 0.5 * (l1 - l0 + r1 - r0), y0 + f * height)
        integral += 0.5 * (w0 + f * (w1 - w0)) * 0.5 * (low + high)
    stats[0] += volume
    stats[1] += integral * height * depth
    low, high = min(c), max(c)
    if low < stats[2] or high > stats[3]:
        _edge_extremes(stats, c, (l0, y0), (l1, y1))
        _edge_extremes(stats, c, (r0, y0), (r1, y1))
    if high == low:
        _uniform(plateaus, low, volume, bins)
        return
    if high - low <= bins.cut:
        _flat(histogram, c, integral * height * depth / volume, volume, bins)
        return
    if l0 == l1 and r0 == r1:
        a00, a10 = _at(c, l0, y0)
        a01, a11 = _at(c, r0, y0)
        b00, b10 = _at(c, l0, y1)
        b01, b11 = _at(c, r0, y1)
        _box(histogram, (a00, a01, b00, b01, a10, a11, b10, b11), volume, bins)
        return
    xm, wm = 0.25 * (l0 + l1 + r0 + r1), 0.5 * (w0 + w1)
    bottom, top, middle = _at(c, xm, y0), _at(c, xm, y1), _at(c, xm + 0.5 * wm, 0.5 * (y0 + y1))
    start = _at(c, xm - 0.5 * wm, 0.5 * (y0 + y1))
    across = 0.5 * abs(top[0] + top[1] - bottom[0] - bottom[1])
    along = abs(middle[0] - start[0]) + abs(middle[1] - middle[0])
    n = _cuts(across, max(along, across), bins)
    for i in range(n):
        # the strip's dose is taken at the height of its centre of area, so that its mean is right
        f0, f1 = i / n, (i + 1) / n
        a, b = w0 + f0 * (w1 - w0), w0 + f1 * (w1 - w0)
        f = f0 + (a + 2.0 * b) / (3.0 * (a + b)) / n
        left, right, y = l0 + f * (l1 - l0), r0 + f * (r1 - r0), y0 + f * height
        d00, d10 = _at(c, left, y)
        d01, d11 = _at(c, right, y)
        _patch(histogram, (d00, d01, d10, d11), 0.5 * (a + b) / n * height * depth, across / n, bins)


@kernel
def _side(dose: Floats, k: int, row: int, column: int, span: tuple[float, float]) -> Quad:
    """Return the doses of a cell's side: at (row, row + 1) on the slab's lower face, then on its upper face."""
    t0, t1 = span
    a, b = dose[k, row, column], dose[k + 1, row, column]
    c, d = dose[k, row + 1, column], dose[k + 1, row + 1, column]
    return a + t0 * (b - a), c + t0 * (d - c), a + t1 * (b - a), c + t1 * (d - c)


@kernel
def deposit(
    cover: Cover, slabs: Slabs, dose: Floats, pixel_area: float, bins: Bins
) -> tuple[Floats, Floats, Floats]:
    """Add up volume, dose integral, extremes and the dose-volume histogram of a covered stack of planes.

    Parameters
    ----------
    cover : Cover
    slabs : Slabs
    dose : float64[frames, rows, columns]
    pixel_area : float
        Area of a cell in mm².
    bins : Bins

    Returns
    -------
    stats : float64[4]
        Volume in mm³, integral of the dose over it, lowest and highest dose on it.
    volumes : float64[bins]
        Volume in mm³ of each bin, but for its plateaus.
    plateaus : float64[bins, 2]
        Volume in mm³ of uniform dose in each bin, and that dose.
    """
    histogram = np.zeros((bins.number + 1, 2))
    plateaus = np.zeros((bins.number, 2))
    stats = np.array((0.0, 0.0, np.inf, -np.inf))
    for p in range(slabs.offsets.size - 1):
        for s in range(slabs.offsets[p], slabs.offsets[p + 1]):
            k, span = slabs.frames[s], (slabs.spans[s, 0], slabs.spans[s, 1])
            depth = slabs.spans[s, 2] * pixel_area
            for r in range(cover.run_offsets[p], cover.run_offsets[p + 1]):
                row, first, end = cover.runs[r, 0], cover.runs[r, 1], cover.runs[r, 2]
                left = _side(dose, k, row, first, span)
                left_low, left_high, left_sum = min(left), max(left), left[0] + left[1] + left[2] + left[3]
                low, high, doses = left_low, left_high, 0.0
                for column in range(first + 1, end + 1):  # each cell shares its left side with the one before
                    right = _side(dose, k, row, column, span)
                    right_low, right_high = min(right), max(right)
                    right_sum = right[0] + right[1] + right[2] + right[3]
                    c = (left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3])
                    mean = 0.125 * (left_sum + right_sum)
                    doses += mean
                    low, high = min(low, right_low), max(high, right_high)
                    spread = max(left_high, right_high) - min(left_low, right_low)
                    if spread == 0.0:
                        _uniform(plateaus, left_low, depth, bins)
                    elif spread <= bins.cut:
                        _flat(histogram, c, mean, depth, bins)
                    else:
                        _box(histogram, c, depth, bins)
                    left, left_low, left_high, left_sum = right, right_low, right_high, right_sum
                stats[0] += depth * (end - first)
                stats[1] += depth * doses
                stats[2], stats[3] = min(stats[2], low), max(stats[3], high)
            for q in range(cover.piece_offsets[p], cover.piece_offsets[p + 1]):
                row, column = cover.cells[q, 0], cover.cells[q, 1]
                piece = (
                    cover.pieces[q, 0] - row,
                    cover.pieces[q, 1] - row,
                    cover.pieces[q, 2] - column,
                    cover.pieces[q, 3] - column,
                    cover.pieces[q, 4] - column,
                    cover.pieces[q, 5] - column,
                    depth,
                )
                left, right = _side(dose, k, row, column, span), _side(dose, k, row, column + 1, span)
                c = (left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3])
                _prism(histogram, plateaus, stats, c, piece, bins)
    volumes = np.empty(bins.number)
    running = 0.0
    for i in range(bins.number):
        running += histogram[i, 1]
        volumes[i] = histogram[i, 0] + running
    return stats, volumes, plateaus
