"""Dose-volume deposit: each piece of a cell adds its volume to a histogram over the doses it really holds.

Within a cell the dose is trilinear: a linear part, whose spread over a block is known exactly, and products of
coordinates, which fade with the square of a block's size. So a cell is cut until the products are small beside
what is resolved, and what is left of them widens the spread so that its variance is right. The mean does not pass
through the histogram: it is the exact integral of the trilinear dose over the piece. Volume of one uniform dose,
such as the zero outside of the beams, is kept apart at that very dose: no bin is narrow enough for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dosimetry.kernels.jit import kernel
from dosimetry.kernels.runs import shared_runs, unshared_runs
from dosimetry.kernels.spread import MARGIN, spread, spread_evenly, summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.kernels.coverage import Cover

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Quad = tuple[float, float, float, float]
    Sextuple = tuple[float, float, float, float, float, float]
    Corners = tuple[float, float, float, float, float, float, float, float]

__all__ = ["Bins", "Slabs", "deposit", "dose_range"]

_MAX_CUTS = 8
_MAX_STRIPS = 32
_SMALL = 0.1  # of a cell
# Slabs that fill a frame's cell to all but this share fill it; the remainder is rounding.
_FILLED = 1.0 - 1e-9


class Slabs(NamedTuple):
    """The prisms over each plane, cut at the dose grid's frames.

    Attributes
    ----------
    frames : int64[slabs]
        The frame below each slab, ascending.
    planes : int64[slabs]
        The plane whose section the slab has.
    spans : float64[slabs, 3]
        Where the slab begins and ends between that frame (0) and the next (1), and its thickness in mm.
    """

    frames: Ints
    planes: Ints
    spans: Floats


class Bins(NamedTuple):
    """Histogram bins and how finely dose is resolved.

    Attributes
    ----------
    high : float
        Upper edge of the hottest bin, which is the first, in the dose's unit.
    per_dose : float
        Bins per unit of dose.
    number : int
    cut : float
        What the products of coordinates may add to a block's dose without a further cut, in the dose's unit.
    ratio : float
        The same as a share of the block's dose range; the larger of both holds.
    """

    high: float
    per_dose: float
    number: int
    cut: float
    ratio: float


@kernel
def dose_range(dose: Floats) -> tuple[float, float]:
    """Return the lowest and the highest dose of a block, float64[frames, rows, columns], but for NaN."""
    low, high = np.inf, -np.inf
    for k in range(dose.shape[0]):
        for j in range(dose.shape[1]):
            for i in range(dose.shape[2]):
                d = dose[k, j, i]
                low, high = (min(low, d)), (max(high, d))
    return low, high


@kernel
def _uniform(plateaus: Floats, dose: float, volume: float, bins: Bins) -> None:
    """Add a piece that holds one dose; a bin's plateaus hold their volume and its mean dose."""
    i = int(min(max((bins.high - dose) * bins.per_dose, 0.0), bins.number - 1.0))
    plateaus[i, 0] += volume
    plateaus[i, 1] += (dose - plateaus[i, 1]) * (volume / plateaus[i, 0])


@kernel
def _polynomial(c: Corners) -> Corners:
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
def _slope(c: Corners) -> float:
    """Return the length of the mean gradient of a cell, per cell: the width of an even spread of its variance."""
    x = c[1] - c[0] + c[3] - c[2] + c[5] - c[4] + c[7] - c[6]
    y = c[2] - c[0] + c[3] - c[1] + c[6] - c[4] + c[7] - c[5]
    z = c[4] - c[0] + c[5] - c[1] + c[6] - c[2] + c[7] - c[3]
    return float(0.25 * np.sqrt(x * x + y * y + z * z))


@kernel
def _cuts(product: float, enough: float) -> int:
    """Return into how many an axis is cut, so that the products along it add no more than is enough."""
    needed = 0.25 * product
    return 1 if needed <= enough else int(min(np.ceil(np.sqrt(needed / enough)), _MAX_CUTS))


@kernel
def _block(differences: Floats, d: Corners, piece: Sextuple, depth: float, bins: Bins) -> None:
    """Add the prism over a trapezoid; `d` as from `_polynomial`, `depth` in mm³ for the whole cell.

    A trapezoid is cut into strips that are parallelograms but for a small change of width, whose range of dose
    counts like a product.
    """
    y0, y1, l0, l1, r0, r1 = piece
    height, w0, w1 = y1 - y0, r0 - l0, r1 - l1
    if not (w0 + w1 > 0.0 and height > 0.0):
        return
    m, gx, gy, gz, xy, xz, yz, xyz = d
    axy, axz, ayz, rest = abs(xy), abs(xz), abs(yz), 0.5 * abs(xyz)
    # what a small piece leaves counts for less
    share = np.sqrt(max(0.5 * (w0 + w1) * height, _SMALL))
    enough = max(bins.cut, bins.ratio * (abs(gx) + abs(gy) + abs(gz))) / share
    nx, ny, nz = 1, 1, 1
    if axy + axz + ayz + rest > enough:
        nx = _cuts((axy + axz + rest) * max(w0, w1), enough)
        ny = _cuts((axy + ayz + rest) * height, enough)
        nz = _cuts(axz + ayz + rest, enough)
    # an even spread of a strip that narrows is wrong across it, and along it where the dose falls that way
    along = abs(gy * height + gx * 0.5 * (l1 - l0 + r1 - r0))
    narrowing = 0.5 * abs(w1 - w0) * max(abs(gx), along / (w0 + w1))
    if narrowing > enough:
        ny = max(ny, int(min(np.ceil(narrowing / enough), _MAX_STRIPS)))
    slant = 0.5 * (l1 - l0 + r1 - r0) / ny
    dy, dz = height / ny, 1.0 / nz
    scale = bins.per_dose
    for i in range(ny):
        f0, f1 = i / ny, (i + 1) / ny
        a, b = w0 + f0 * (w1 - w0), w0 + f1 * (w1 - w0)
        # at the height of the strip's centre of area, so that its mean is right
        f = f0 + (a + 2.0 * b) / (3.0 * (a + b)) / ny
        y = y0 + f * height - 0.5
        left, right = l0 + f * (l1 - l0), r0 + f * (r1 - r0)
        dx = (right - left) / nx
        volume = 0.5 * (a + b) * dy * dz / nx * depth
        for j in range(nx):
            x = left + (j + 0.5) * dx - 0.5
            for k in range(nz):
                z = (k + 0.5) * dz - 0.5
                mean = m + gx * x + gy * y + gz * z + xy * x * y + xz * x * z + yz * y * z + xyz * x * y * z
                along_x = gx + xy * y + xz * z + xyz * y * z
                along_y = gy + xy * x + yz * z + xyz * x * z
                along_z = gz + xz * x + yz * y + xyz * x * y
                ex, ey, ez = along_x * dx, along_y * dy + along_x * slant, along_z * dz
                linear = ex * ex + ey * ey + ez * ez
                # variance of the products, 1/144 of their squares, beside that of the edges, 1/12
                left_over = ((xy * dx * dy) ** 2 + (xz * dx * dz) ** 2 + (yz * dy * dz) ** 2) / 12.0
                wider = scale * np.sqrt(1.0 + left_over / linear) if linear > 0.0 else scale
                spread(differences, (bins.high - mean) * scale, (ex * wider, ey * wider, ez * wider), volume)


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
def _side(dose: Floats, k: int, row: int, column: int, span: tuple[float, float]) -> Quad:
    """Return the doses of a cell's side: at (row, row + 1) on the slab's lower face, then on its upper face."""
    t0, t1 = span
    a, b = dose[k, row, column], dose[k + 1, row, column]
    c, d = dose[k, row + 1, column], dose[k + 1, row + 1, column]
    return a + t0 * (b - a), c + t0 * (d - c), a + t1 * (b - a), c + t1 * (d - c)


@kernel
def _full_cells(
    into: tuple[Floats, Floats, Floats],
    dose: Floats,
    k: int,
    span: tuple[float, float],
    runs: Ints,
    depth: float,
    bins: Bins,
) -> None:
    """Add runs of full cells to (stats, differences, plateaus)."""
    stats, differences, plateaus = into
    whole = (0.0, 1.0, 0.0, 0.0, 1.0, 1.0)
    for r in range(runs.shape[0]):
        row, first, end = runs[r, 0], runs[r, 1], runs[r, 2]
        left = _side(dose, k, row, first, span)
        left_low, left_high = min(left), max(left)
        left_sum = left[0] + left[1] + left[2] + left[3]
        low, high, doses, count = np.inf, -np.inf, 0.0, 0
        for column in range(first + 1, end + 1):  # each cell shares its left side with the one before
            right = _side(dose, k, row, column, span)
            right_low, right_high = min(right), max(right)
            least, most = min(left_low, right_low), max(left_high, right_high)
            right_sum = right[0] + right[1] + right[2] + right[3]
            mean = 0.125 * (left_sum + right_sum)
            if not np.isnan(mean):  # it is where the cell lies beyond the dose
                c = (left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3])
                count += 1
                doses += mean
                low, high = min(low, least), max(high, most)
                if least == most:
                    _uniform(plateaus, least, depth, bins)
                elif most - least <= bins.cut:
                    middle = (bins.high - mean) * bins.per_dose
                    spread_evenly(differences, middle, _slope(c) * bins.per_dose, depth)
                else:
                    _block(differences, _polynomial(c), whole, depth, bins)
            left, left_low, left_high, left_sum = right, right_low, right_high, right_sum
        stats[0] += depth * count
        stats[1] += depth * doses
        stats[2], stats[3] = min(stats[2], low), max(stats[3], high)


@kernel
def _piece(pieces: Floats, q: int) -> Sextuple:
    return pieces[q, 0], pieces[q, 1], pieces[q, 2], pieces[q, 3], pieces[q, 4], pieces[q, 5]


@kernel
def _part_cells(
    into: tuple[Floats, Floats, Floats],
    dose: Floats,
    slab: tuple[int, float, float, float],
    cover: Cover,
    plane: int,
    bins: Bins,
) -> None:
    """Add the cells that a plane covers in part to (stats, differences, plateaus)."""
    stats, differences, plateaus = into
    k, t0, t1, depth = slab
    for n in range(cover.cell_offsets[plane], cover.cell_offsets[plane + 1]):
        row, column = cover.cells[n, 0], cover.cells[n, 1]
        left, right = _side(dose, k, row, column, (t0, t1)), _side(dose, k, row, column + 1, (t0, t1))
        c = (left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3])
        low, high = min(c), max(c)
        area, mx, my, mxy = cover.moments[n, 0], cover.moments[n, 1], cover.moments[n, 2], cover.moments[n, 3]
        d00, d01, d10, d11 = c[0] + c[4], c[1] + c[5], c[2] + c[6], c[3] + c[7]
        integral = 0.5 * (area * d00 + mx * (d01 - d00) + my * (d10 - d00) + mxy * (d00 - d01 - d10 + d11))
        if np.isnan(integral) or area <= 0.0:  # beyond the dose, or nothing
            continue
        stats[0] += depth * area
        stats[1] += depth * integral
        pieces = range(cover.first_piece[n], cover.first_piece[n + 1])
        if low < stats[2] or high > stats[3]:
            for q in pieces:
                y0, y1, l0, l1, r0, r1 = _piece(cover.pieces, q)
                _edge_extremes(stats, c, (l0, y0), (l1, y1))
                _edge_extremes(stats, c, (r0, y0), (r1, y1))
        if low == high:
            _uniform(plateaus, low, depth * area, bins)
            continue
        if high - low <= bins.cut:
            middle = (bins.high - integral / area) * bins.per_dose
            spread_evenly(differences, middle, _slope(c) * bins.per_dose, depth * area)
            continue
        d = _polynomial(c)
        for q in pieces:
            _block(differences, d, _piece(cover.pieces, q), depth, bins)


@kernel
def _runs(cover: Cover, plane: int) -> Ints:
    """Return the runs of full cells of a plane."""
    return cover.runs[cover.run_offsets[plane] : cover.run_offsets[plane + 1]]


@kernel
def deposit(
    cover: Cover, slabs: Slabs, dose: Floats, pixel_area: float, bins: Bins
) -> tuple[Floats, Floats, Floats]:
    """Add up volume, dose integral, extremes and the dose-volume histogram of a covered stack of planes.

    Slabs that together fill the space between two frames share most of their full cells: these are added once.

    Parameters
    ----------
    cover : Cover
    slabs : Slabs
    dose : float64[frames, rows, columns]
        Cells with a NaN at a corner are left out.
    pixel_area : float
        Area of a cell in mm².
    bins : Bins

    Returns
    -------
    stats : float64[4]
        Volume in mm³, integral of the dose over it, lowest and highest dose on it.
    volumes : float64[bins]
        Volume in mm³ of each bin but for its plateaus, the hottest bin first.
    plateaus : float64[bins, 2]
        Volume in mm³ of uniform dose in each bin, and that dose.
    """
    differences = np.zeros((bins.number + MARGIN, 3))
    plateaus = np.zeros((bins.number, 2))
    stats = np.array((0.0, 0.0, np.inf, -np.inf))
    into = (stats, differences, plateaus)
    count = slabs.frames.size
    i = 0
    while i < count:
        k = slabs.frames[i]
        j, filled, thickness = i, 0.0, 0.0
        while j < count and slabs.frames[j] == k:
            filled += slabs.spans[j, 1] - slabs.spans[j, 0]
            thickness += slabs.spans[j, 2]
            j += 1
        shared = _runs(cover, slabs.planes[i])
        if filled >= _FILLED and j - i > 1:
            for s in range(i + 1, j):
                shared = shared_runs(shared, _runs(cover, slabs.planes[s]))
            _full_cells(into, dose, k, (0.0, 1.0), shared, thickness * pixel_area, bins)
        else:
            shared = shared[:0]
        for s in range(i, j):
            p = slabs.planes[s]
            t0, t1, depth = slabs.spans[s, 0], slabs.spans[s, 1], slabs.spans[s, 2] * pixel_area
            _full_cells(into, dose, k, (t0, t1), unshared_runs(_runs(cover, p), shared), depth, bins)
            _part_cells(into, dose, (k, t0, t1, depth), cover, p, bins)
        i = j
    return stats, summed(differences)[: bins.number].copy(), plateaus
