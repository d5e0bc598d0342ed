"""Whether two doses are the same distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.geometry import PARALLEL_TOLERANCE, SAME_POSITION_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.model.dose import Dose

__all__ = ["common_voxels", "same_dose"]

# Two doses are the same where no voxel differs by more than this share of the highest dose: 16-bit storage
# of one dose under two scalings differs by less, and no change of a plan leaves every voxel this close.
_SAME_SHARE = 1e-4
# Two grids must share a dose of this share of the highest before their overlap speaks for the whole.
_HIGH_SHARE = 0.9


def same_dose(one: Dose, other: Dose) -> bool:
    """Tell whether two doses are the same distribution, however it is stored.

    An export with other margins is the same too: what both hold must agree, and the high dose must be in it.
    """
    first, second = one.values_gy, other.values_gy
    highest = float(max(first.max(), second.max()))
    if not one.grid.same_as(other.grid):
        common = common_voxels(one.grid, other.grid)
        if common is None:
            return False
        first, second = first[common[0]], second[common[1]]
        if not float(first.max()) >= _HIGH_SHARE * highest:
            return False
    return bool(np.abs(first - second).max() <= _SAME_SHARE * highest)


def common_voxels(one: Grid, other: Grid) -> tuple[tuple[slice, ...], tuple[slice, ...]] | None:
    """Return the voxels (frames, rows, columns) that two grids of one lattice share; None where there are none."""
    axes = ((one.row_axis, other.row_axis), (one.column_axis, other.column_axis))
    if any(float(a @ b) < 1.0 - 0.5 * PARALLEL_TOLERANCE**2 for a, b in axes):
        return None
    normal, row_axis, column_axis = one.normal, one.row_axis, one.column_axis
    start = float((other.origin_mm - one.origin_mm) @ normal)
    found = [
        _overlap(one.frame_positions_mm, start + other.frame_positions_mm),
        *(
            _overlap(
                np.arange(sizes[0]) * one.spacing_mm[i],
                float((other.origin_mm - one.origin_mm) @ axis) + np.arange(sizes[1]) * other.spacing_mm[i],
            )
            for i, axis, sizes in (
                (1, column_axis, (one.rows, other.rows)),
                (0, row_axis, (one.columns, other.columns)),
            )
        ),
    ]
    pairs = [pair for pair in found if pair is not None]
    if len(pairs) < len(found):
        return None
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def _overlap(one: NDArray[Any], other: NDArray[Any]) -> tuple[slice, slice] | None:
    """Return where two ascending rows of positions coincide; None where they do not, all along their overlap."""
    low = max(one[0], other[0]) - SAME_POSITION_MM
    high = min(one[-1], other[-1]) + SAME_POSITION_MM
    a, b = (slice(*np.searchsorted(at, (low, high)).tolist()) for at in (one, other))
    if one[a].size == 0 or one[a].shape != other[b].shape or np.abs(one[a] - other[b]).max() > SAME_POSITION_MM:
        return None
    return a, b
