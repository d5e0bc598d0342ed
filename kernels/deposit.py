"""Dose-volume deposit: volume, dose integral, extremes and histogram of a covered stack of planes.

Volume, mean and extremes do not pass through the histogram: the mean is the exact integral of the trilinear dose
over each piece. Cells whose doses leave the histogram's range, as those around one wild voxel do, go to a second
one that is wide enough for them: bins stay narrow for all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dosimetry.kernels.extremes import piece_extremes
from dosimetry.kernels.histogram import (
    Bins,
    Histogram,
    add_cell,
    add_evenly,
    add_piece,
    add_uniform,
    empty_histogram,
    fits,
    polynomial,
)
from dosimetry.kernels.jit import kernel
from dosimetry.kernels.runs import shared_runs, unshared_runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.kernels.coverage import Cover

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Quad = tuple[float, float, float, float]
    Rows = tuple[Floats, Floats, Floats, Floats]
    Sextuple = tuple[float, float, float, float, float, float]
    ThreeBins = tuple[Bins, Bins, Bins]
    Corners = tuple[float, float, float, float, float, float, float, float]

__all__ = ["Deposit", "Slabs", "deposit"]

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


class Deposit(NamedTuple):
    """What a dose leaves in a covered stack of planes.

    Attributes
    ----------
    stats : float64[4]
        Volume in mm³, integral of the dose over it, lowest and highest dose on it.
    usual : Histogram
        Of the cells whose doses fit into its bins.
    wide : Histogram
        Of the others.
    """

    stats: Floats
    usual: Histogram
    wide: Histogram


@kernel
def _side(dose: Floats, k: int, row: int, column: int, span: tuple[float, float]) -> Quad:
    """Return the doses of a cell's side: at (row, row + 1) on the slab's lower face, then on its upper face."""
    t0, t1 = span
    a, b = dose[k, row, column], dose[k + 1, row, column]
    c, d = dose[k, row + 1, column], dose[k + 1, row + 1, column]
    return a + t0 * (b - a), c + t0 * (d - c), a + t1 * (b - a), c + t1 * (d - c)


@kernel
def _corners(left: Quad, right: Quad) -> Corners:
    """Return the doses at a cell's corners (z, y, x) = 000, 001, 010 … 111 from those at its sides."""
    return left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3]


@kernel
def _polynomial_of(sides: Floats, i: int) -> Corners:
    """Return the dose of the cell between the sides i and i + 1, as from `polynomial`."""
    left = (sides[0, i], sides[1, i], sides[2, i], sides[3, i])
    right = (sides[0, i + 1], sides[1, i + 1], sides[2, i + 1], sides[3, i + 1])
    return polynomial(_corners(left, right))


@kernel
def _piece(pieces: Floats, q: int) -> Sextuple:
    return pieces[q, 0], pieces[q, 1], pieces[q, 2], pieces[q, 3], pieces[q, 4], pieces[q, 5]


@kernel
def _slope(c: Corners) -> float:
    """Return the length of the mean gradient of a cell, per cell: the width of an even spread of its variance."""
    x = c[1] - c[0] + c[3] - c[2] + c[5] - c[4] + c[7] - c[6]
    y = c[2] - c[0] + c[3] - c[1] + c[6] - c[4] + c[7] - c[5]
    z = c[4] - c[0] + c[5] - c[1] + c[6] - c[2] + c[7] - c[3]
    return float(0.25 * np.sqrt(x * x + y * y + z * z))


@kernel
def _look_up(sides: Floats, cells: Floats, rows: Rows, span: tuple[float, float]) -> None:
    """Fill in the doses of a run of full cells.

    Plain loops over rows of memory, which the compiler makes work on several cells at once.

    Parameters
    ----------
    sides : float64[7, columns]
        Of the sides between cells: doses at (row, row + 1) on the slab's lower face, then on its upper face;
        lowest, highest and sum.
    cells : float64[4, columns]
        Lowest and highest dose, mean, and length of the mean gradient per cell.
    rows : four float64[cells + 1]
        Doses at (row, row + 1) of the frame below, then of the frame above.
    span : (float, float)
        Where the slab begins and ends between these frames.
    """
    t0, t1 = span
    p, q, r, s = rows
    a, b, c, d, low, high, total = sides[0], sides[1], sides[2], sides[3], sides[4], sides[5], sides[6]
    for i in range(p.size):
        first, second = r[i] - p[i], s[i] - q[i]
        a[i], b[i] = p[i] + t0 * first, q[i] + t0 * second
        c[i], d[i] = p[i] + t1 * first, q[i] + t1 * second
        low[i] = min(min(a[i], b[i]), min(c[i], d[i]))
        high[i] = max(max(a[i], b[i]), max(c[i], d[i]))
        total[i] = a[i] + b[i] + c[i] + d[i]
    least, most, mean, slope = cells[0], cells[1], cells[2], cells[3]
    for i in range(p.size - 1):
        j = i + 1
        least[i], most[i] = min(low[i], low[j]), max(high[i], high[j])
        mean[i] = 0.125 * (total[i] + total[j])
        x = total[j] - total[i]
        y = (b[i] + d[i] + b[j] + d[j]) - (a[i] + c[i] + a[j] + c[j])
        z = (c[i] + d[i] + c[j] + d[j]) - (a[i] + b[i] + a[j] + b[j])
        slope[i] = 0.25 * np.sqrt(x * x + y * y + z * z)


@kernel
def _uniform(into: Deposit, bins: ThreeBins, dose: float, volume: float) -> None:
    """Add volume that holds one dose."""
    if fits(bins[0], dose, dose):
        add_uniform(into.usual.plateaus, bins[0], dose, volume)
    else:
        add_uniform(into.wide.plateaus, bins[1], dose, volume)


@kernel
def _full_cells(
    into: Deposit, dose: Floats, k: int, span: tuple[float, float], runs: Ints, depth: float, bins: ThreeBins
) -> None:
    """Add runs of full cells."""
    sides, cells = np.empty((7, dose.shape[2])), np.empty((4, dose.shape[2]))
    stats, differences, scale, hottest = into.stats, into.usual.differences, bins[0], bins[2]
    for r in range(runs.shape[0]):
        row, first, end = runs[r, 0], runs[r, 1], runs[r, 2]
        rows = (
            dose[k, row, first : end + 1],
            dose[k, row + 1, first : end + 1],
            dose[k + 1, row, first : end + 1],
            dose[k + 1, row + 1, first : end + 1],
        )
        _look_up(sides, cells, rows, span)
        low, high, doses, count = np.inf, -np.inf, 0.0, 0
        level, alike = 0.0, 0  # the dose that so many cells in a row hold everywhere
        for i in range(end - first):
            least, most, mean = cells[0, i], cells[1, i], cells[2, i]
            if np.isnan(mean):  # the cell lies beyond the dose
                continue
            count += 1
            doses += mean
            low, high = min(low, least), max(high, most)
            if least == most:
                if alike > 0 and least != level:
                    _uniform(into, bins, level, depth * alike)
                    alike = 0
                level, alike = least, alike + 1
            elif not fits(scale, least, most):
                add_cell(into.wide.differences, bins[1], _polynomial_of(sides, i), depth)
            elif most - least <= scale.cut and (most <= scale.hot or most - least <= hottest.cut):
                add_evenly(differences, scale, mean, cells[3, i], depth)
            elif most > scale.hot:
                add_cell(differences, hottest, _polynomial_of(sides, i), depth)
            else:
                add_cell(differences, scale, _polynomial_of(sides, i), depth)
        if alike > 0:
            _uniform(into, bins, level, depth * alike)
        stats[0] += depth * count
        stats[1] += depth * doses
        stats[2], stats[3] = min(stats[2], low), max(stats[3], high)


@kernel
def _part_cells(
    into: Deposit, dose: Floats, slab: tuple[int, float, float, float], cover: Cover, plane: int, bins: ThreeBins
) -> None:
    """Add the cells that a plane covers in part."""
    k, t0, t1, depth = slab
    stats, differences, scale, table = into.stats, into.usual.differences, bins[0], cover.pieces
    for n in range(cover.cell_offsets[plane], cover.cell_offsets[plane + 1]):
        row, column = cover.cells[n, 0], cover.cells[n, 1]
        c = _corners(_side(dose, k, row, column, (t0, t1)), _side(dose, k, row, column + 1, (t0, t1)))
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
                piece_extremes(stats, c, _piece(table, q))
        if low == high:
            _uniform(into, bins, low, depth * area)
        elif not fits(scale, low, high):
            for q in pieces:
                add_piece(into.wide.differences, bins[1], polynomial(c), _piece(table, q), depth)
        else:
            at = bins[2] if high > scale.hot else scale
            if high - low <= at.cut:
                add_evenly(differences, at, integral / area, _slope(c), depth * area)
            else:
                d = polynomial(c)
                for q in pieces:
                    add_piece(differences, at, d, _piece(table, q), depth)


@kernel
def _runs(cover: Cover, plane: int) -> Ints:
    """Return the runs of full cells of a plane."""
    return cover.runs[cover.run_offsets[plane] : cover.run_offsets[plane + 1]]


@kernel
def deposit(
    cover: Cover, slabs: Slabs, dose: Floats, pixel_area: float, usual: Bins, hottest: Bins, wide: Bins
) -> Deposit:
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
    usual, hottest, wide : Bins
        Of the histogram that cells go to if it holds all their doses; the same resolved more finely, for the cells
        with the hottest of them; and of the histogram for all other cells.

    Returns
    -------
    Deposit
    """
    into = Deposit(np.array((0.0, 0.0, np.inf, -np.inf)), empty_histogram(usual), empty_histogram(wide))
    bins = (usual, wide, hottest)
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
    return into
