"""A sample of the doses in a covered stack of planes, to know where its hottest doses are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel
from dosimetry.kernels.sweep import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.kernels.coverage import Cover
    from dosimetry.kernels.deposit import Slabs

    Floats = NDArray[np.float64]

__all__ = ["sample"]


@kernel
def _middle(dose: Floats, k: int, row: int, column: int, t: float) -> float:
    """Return the dose in the middle of a cell, at the height `t` between the frames k and k + 1."""
    below = dose[k, row, column] + dose[k, row, column + 1] + dose[k, row + 1, column] + dose[k, row + 1, column + 1]
    k += 1
    above = dose[k, row, column] + dose[k, row, column + 1] + dose[k, row + 1, column] + dose[k, row + 1, column + 1]
    return float(0.25 * (below + t * (above - below)))


@kernel
def sample(cover: Cover, slabs: Slabs, dose: Floats, stride: int) -> Floats:
    """Return the doses of every so many cells along rows and columns, and the volumes that they have covered.

    Which cells are taken does not depend on the order of frames or planes.

    Parameters
    ----------
    cover : Cover
    slabs : Slabs
    dose : float64[frames, rows, columns]
        Cells with a NaN at a corner are left out.
    stride : int
        The row and the column of the cells taken are multiples of it.

    Returns
    -------
    float64[cells, 2]
        Dose in the middle of the slab's part of each cell; cells times mm.
    """
    out = np.empty((1024, 2))
    n = 0
    for s in range(slabs.frames.size):
        k, p = slabs.frames[s], slabs.planes[s]
        t, depth = 0.5 * (slabs.spans[s, 0] + slabs.spans[s, 1]), slabs.spans[s, 2]
        for r in range(cover.run_offsets[p], cover.run_offsets[p + 1]):
            row, first, end = cover.runs[r, 0], cover.runs[r, 1], cover.runs[r, 2]
            if row % stride != 0:
                continue
            out = grown(out, n + (end - first) // stride + 1)
            for column in range(-(-first // stride) * stride, end, stride):
                out[n, 0], out[n, 1] = _middle(dose, k, row, column, t), depth
                n += 1 if out[n, 0] == out[n, 0] else 0
        for c in range(cover.cell_offsets[p], cover.cell_offsets[p + 1]):
            row, column = cover.cells[c, 0], cover.cells[c, 1]
            if row % stride == 0 and column % stride == 0:
                out = grown(out, n + 1)
                out[n, 0], out[n, 1] = _middle(dose, k, row, column, t), depth * cover.moments[c, 0]
                n += 1 if out[n, 0] == out[n, 0] else 0
    return out[:n].copy()
