"""Runs of full cells shared by several sections, and what each section has beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel
from dosimetry.kernels.sweep import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["shared_runs", "unshared_runs"]


@kernel
def shared_runs(one: Ints, other: Ints) -> Ints:
    """Return the cells in both lists of runs.

    Parameters
    ----------
    one, other : int64[runs, 3]
        Row, first column and end column (exclusive); ascending, not overlapping.

    Returns
    -------
    int64[runs, 3]
    """
    out = np.empty((one.shape[0] + other.shape[0], 3), np.int64)
    i, j, n = 0, 0, 0
    while i < one.shape[0] and j < other.shape[0]:
        if one[i, 0] != other[j, 0]:
            if one[i, 0] < other[j, 0]:
                i += 1
            else:
                j += 1
            continue
        first, end = max(one[i, 1], other[j, 1]), min(one[i, 2], other[j, 2])
        if first < end:
            out[n, 0], out[n, 1], out[n, 2] = one[i, 0], first, end
            n += 1
        if one[i, 2] <= other[j, 2]:
            i += 1
        else:
            j += 1
    return out[:n]


@kernel
def unshared_runs(runs: Ints, shared: Ints) -> Ints:
    """Return the cells of `runs` that are not in `shared`, which is part of them; int64[runs, 3] as above."""
    out = np.empty((runs.shape[0] + shared.shape[0], 3), np.int64)
    j, n = 0, 0
    for i in range(runs.shape[0]):
        row, first, end = runs[i, 0], runs[i, 1], runs[i, 2]
        while j < shared.shape[0] and (shared[j, 0] < row or (shared[j, 0] == row and shared[j, 2] <= first)):
            j += 1
        k = j
        while k < shared.shape[0] and shared[k, 0] == row and shared[k, 1] < end:
            if shared[k, 1] > first:
                out = grown(out, n + 1)
                out[n, 0], out[n, 1], out[n, 2] = row, first, shared[k, 1]
                n += 1
            first = shared[k, 2]
            k += 1
        if first < end:
            out = grown(out, n + 1)
            out[n, 0], out[n, 1], out[n, 2] = row, first, end
            n += 1
    return out[:n]
