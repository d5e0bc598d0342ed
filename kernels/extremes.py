"""Lowest and highest dose: of voxels, and of a trilinear dose on the surface of a piece of a cell.

Within a cell a trilinear dose has no extreme of its own: it lies on an edge of the piece that is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Corners = tuple[float, float, float, float, float, float, float, float]
    Sextuple = tuple[float, float, float, float, float, float]

__all__ = ["dose_range", "piece_extremes"]


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
def piece_extremes(stats: Floats, c: Corners, piece: Sextuple) -> None:
    """Take the extremes on the prism over a trapezoid of a cell into stats[2:4].

    Parameters
    ----------
    stats : float64[4]
        Lowest and highest dose so far at 2 and 3.
    c : eight floats
        Doses at the corners of the cell, cut to the slab: (z, y, x) = 000, 001, 010 … 111.
    piece : six floats
        The trapezoid as in :class:`~dosimetry.kernels.coverage.Cover`.
    """
    y0, y1, l0, l1, r0, r1 = piece
    _edge_extremes(stats, c, (l0, y0), (l1, y1))
    _edge_extremes(stats, c, (r0, y0), (r1, y1))
