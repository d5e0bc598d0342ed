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
def _steady(one: float, middle: float, other: float) -> float:
    """Return the middle of three second differences, at most twice another, or 0 where they bend apart.

    Beside a step, such as the dose at the skin, they alternate: no smooth dose goes through its voxels.
    """
    if one > 0.0 and middle > 0.0 and other > 0.0:
        return min(middle, 2.0 * min(one, other))
    if one < 0.0 and middle < 0.0 and other < 0.0:
        return max(middle, 2.0 * max(one, other))
    return 0.0


@kernel
def sharpen(dose: Floats, frames_mm: Floats, low: tuple[int, int, int], high: tuple[int, int, int]) -> Floats:
    """Return a block of a dose, less a twelfth of its second differences along each axis.

    A straight line between two nodes lies above a convex dose by a twelfth of the second difference on average,
    and below a concave one. It is taken only where the voxels before and behind bend the same way, and along no
    axis in its two outermost voxels.

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
    # unevenly spaced frames: the second derivative times the product of both gaps
    down, up = np.zeros(frames), np.zeros(frames)
    for k in range(1, frames - 1):
        below, above = frames_mm[k] - frames_mm[k - 1], frames_mm[k + 1] - frames_mm[k]
        down[k], up[k] = 2.0 * above / (below + above), 2.0 * below / (below + above)
    out = np.empty((high[0] - low[0], high[1] - low[1], high[2] - low[2]))
    for k in range(low[0], high[0]):
        for j in range(low[1], high[1]):
            for i in range(low[2], high[2]):
                d = dose[k, j, i]
                bend = 0.0
                if 1 < i < columns - 2:
                    a, b = dose[k, j, i - 1], dose[k, j, i + 1]
                    before, after = dose[k, j, i - 2] - 2.0 * a + d, d - 2.0 * b + dose[k, j, i + 2]
                    bend += _steady(before, a - 2.0 * d + b, after)
                if 1 < j < rows - 2:
                    a, b = dose[k, j - 1, i], dose[k, j + 1, i]
                    before, after = dose[k, j - 2, i] - 2.0 * a + d, d - 2.0 * b + dose[k, j + 2, i]
                    bend += _steady(before, a - 2.0 * d + b, after)
                if 1 < k < frames - 2:
                    a, b = dose[k - 1, j, i], dose[k + 1, j, i]
                    before = down[k - 1] * (dose[k - 2, j, i] - a) + up[k - 1] * (d - a)
                    after = down[k + 1] * (d - b) + up[k + 1] * (dose[k + 2, j, i] - b)
                    bend += _steady(before, down[k] * (a - d) + up[k] * (b - d), after)
                out[k - low[0], j - low[1], i - low[2]] = d - bend / 12.0
    return out
