"""A dose whose trilinear interpolation has the averages of a smooth one through the same voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["sharpen"]


@kernel
def sharpen(dose: Floats, frames_mm: Floats, low: tuple[int, int, int], high: tuple[int, int, int]) -> Floats:
    """Return a block of a dose, less a twelfth of its second differences along each axis.

    A straight line between two nodes lies above a convex dose by a twelfth of the second difference on average,
    and below a concave one. At the borders of the dose nothing is taken along their axis.

    Parameters
    ----------
    dose : float64[frames, rows, columns]
    frames_mm : float64[frames]
        Positions of the frames, ascending.
    low, high : (int, int, int)
        First and end (exclusive) frame, row and column of the block.

    Returns
    -------
    float64[high - low]
    """
    frames, rows, columns = dose.shape
    out = np.empty((high[0] - low[0], high[1] - low[1], high[2] - low[2]))
    for k in range(low[0], high[0]):
        down, up = 0.0, 0.0
        if 0 < k < frames - 1:
            # unevenly spaced: the second derivative times the product of both gaps
            below, above = frames_mm[k] - frames_mm[k - 1], frames_mm[k + 1] - frames_mm[k]
            down, up = 2.0 * above / (below + above), 2.0 * below / (below + above)
        for j in range(low[1], high[1]):
            for i in range(low[2], high[2]):
                d = dose[k, j, i]
                bend = 0.0
                if 0 < i < columns - 1:
                    bend += dose[k, j, i - 1] - 2.0 * d + dose[k, j, i + 1]
                if 0 < j < rows - 1:
                    bend += dose[k, j - 1, i] - 2.0 * d + dose[k, j + 1, i]
                if up > 0.0:
                    bend += down * (dose[k - 1, j, i] - d) + up * (dose[k + 1, j, i] - d)
                out[k - low[0], j - low[1], i - low[2]] = d - bend / 12.0
    return out
