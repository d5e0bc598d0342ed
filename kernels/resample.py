"""A dose looked up on a lattice that is turned against its own grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["resample"]

# A lattice point this far beyond the outermost voxel centres, in voxels or mm, is on them but for rounding.
_EDGE = 1e-7


@kernel
def resample(dose: Floats, frames_mm: Floats, start: Floats, steps: Floats, shape: tuple[int, int, int]) -> Floats:
    """Return the trilinear dose at the points of a lattice; NaN beyond the outermost voxel centres.

    Parameters
    ----------
    dose : float64[frames, rows, columns]
    frames_mm : float64[frames]
        Positions of the frames, ascending.
    start : float64[3]
        The lattice's first point as (column, row, position along the frames in mm).
    steps : float64[3, 3]
        What a step along the lattice's columns, rows and frames adds to that.
    shape : (int, int, int)
        Frames, rows and columns of the lattice.

    Returns
    -------
    float64[shape]
    """
    frames, rows, columns = dose.shape
    out = np.full(shape, np.nan)
    for k in range(shape[0]):
        for j in range(shape[1]):
            f = 0
            for i in range(shape[2]):
                x = start[0] + i * steps[0, 0] + j * steps[1, 0] + k * steps[2, 0]
                y = start[1] + i * steps[0, 1] + j * steps[1, 1] + k * steps[2, 1]
                z = start[2] + i * steps[0, 2] + j * steps[1, 2] + k * steps[2, 2]
                if (
                    x < -_EDGE
                    or y < -_EDGE
                    or z < frames_mm[0] - _EDGE
                    or x > columns - 1 + _EDGE
                    or y > rows - 1 + _EDGE
                    or z > frames_mm[frames - 1] + _EDGE
                ):
                    continue
                while f < frames - 2 and z >= frames_mm[f + 1]:  # neighbours lie in the same frames, mostly
                    f += 1
                while f > 0 and z < frames_mm[f]:
                    f -= 1
                c, r = min(max(int(x), 0), columns - 2), min(max(int(y), 0), rows - 2)
                t = min(max((z - frames_mm[f]) / (frames_mm[f + 1] - frames_mm[f]), 0.0), 1.0)
                u, v = min(max(y - r, 0.0), 1.0), min(max(x - c, 0.0), 1.0)
                a = dose[f, r, c] + v * (dose[f, r, c + 1] - dose[f, r, c])
                b = dose[f, r + 1, c] + v * (dose[f, r + 1, c + 1] - dose[f, r + 1, c])
                d = dose[f + 1, r, c] + v * (dose[f + 1, r, c + 1] - dose[f + 1, r, c])
                e = dose[f + 1, r + 1, c] + v * (dose[f + 1, r + 1, c + 1] - dose[f + 1, r + 1, c])
                low, high = a + u * (b - a), d + u * (e - d)
                out[k, j, i] = low + t * (high - low)
    return out
