"""Planes of the patient, and doses and images in them.

Positions are DICOM's patient coordinates (LPS): x grows to the patient's left, y to the back, z to the head,
whatever the position on the couch. So pictures are laid out and lettered by the patient, not by the rows of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic.resampling import trilinear
from dosimetry.geometry import Grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dosimetry.model.dose import Dose
    from dosimetry.model.images import Images

    Floats = NDArray[np.float64]

__all__ = ["AXIAL", "SAGITTAL", "View", "at_plane", "letters_of"]

_LETTERS = (("R", "L"), ("A", "P"), ("I", "S"))  # towards lower and towards higher x, y and z


@dataclass(frozen=True, slots=True)
class View:
    """How planes are looked at.

    Attributes
    ----------
    name
        In words.
    across, down, normal
        Which patient axes (0 x, 1 y, 2 z) run across and down the picture, and which stands on it.
    down_sign
        Whether coordinates grow down the picture (1) or up (-1).
    """

    name: str
    across: int
    down: int
    normal: int
    down_sign: int

    def plane(self, position_mm: float, low: Sequence[float], high: Sequence[float], step_mm: float) -> Grid:
        """Return the plane at a position as a grid of one frame.

        Parameters
        ----------
        position_mm
            Along its normal.
        low, high
            Ends in LPS mm, each of three numbers; that along the normal is not used.
        step_mm
            Between its points.
        """
        columns = max(2, round((high[self.across] - low[self.across]) / step_mm) + 1)
        rows = max(2, round((high[self.down] - low[self.down]) / step_mm) + 1)
        origin, row_axis, column_axis = np.zeros(3), np.zeros(3), np.zeros(3)
        origin[self.across] = low[self.across]
        origin[self.down] = low[self.down] if self.down_sign > 0 else low[self.down] + (rows - 1) * step_mm
        origin[self.normal] = position_mm
        row_axis[self.across], column_axis[self.down] = 1.0, self.down_sign
        return Grid(origin, row_axis, column_axis, (step_mm, step_mm), np.zeros(1), rows, columns)


AXIAL = View("axial", 0, 1, 2, 1)
"""From the feet: the patient's right on the left, the front above."""
SAGITTAL = View("sagittal", 1, 2, 0, -1)
"""From the patient's left: the front on the left, the head above."""


def letters_of(view: View) -> tuple[str, str, str, str]:
    """Return the letters of a picture's left, right, upper and lower side."""
    left, right = _LETTERS[view.across]
    first, last = _LETTERS[view.down] if view.down_sign > 0 else _LETTERS[view.down][::-1]
    return left, right, first, last


def at_plane(source: Dose | Images, plane: Grid) -> Floats | None:
    """Return values at the points of a plane, trilinear between voxel centres and NaN beyond the outermost.

    Returns
    -------
    Array of shape (rows, columns); None where the source is a single frame, row or column.
    """
    own = source.grid
    values = source.values_gy if hasattr(source, "values_gy") else source.values_hu
    if min(own.shape) < 2:
        return None
    frames, rows, columns = own.shape
    corners = plane.map_index_to_mm([(c, r, 0) for c in (0, plane.columns - 1) for r in (0, plane.rows - 1)])
    index = own.map_mm_to_plane(corners)
    low, high = index.min(axis=0), index.max(axis=0)
    first = int(np.clip(np.searchsorted(own.frame_positions_mm, low[2], side="right") - 2, 0, frames - 2))
    last = int(np.clip(np.searchsorted(own.frame_positions_mm, high[2], side="left") + 1, first + 1, frames - 1))
    (c0, c1), (r0, r1) = (
        (int(np.clip(np.floor(low[i]) - 1, 0, size - 2)), int(np.clip(np.ceil(high[i]) + 1, 1, size - 1)))
        for i, size in ((0, columns), (1, rows))
    )
    part = Grid(  # only what the plane touches: a CT need not be turned into floats as a whole
        origin_mm=own.map_index_to_mm([(c0, r0, first)])[0],
        row_axis=own.row_axis,
        column_axis=own.column_axis,
        spacing_mm=own.spacing_mm,
        frame_positions_mm=own.frame_positions_mm[first : last + 1] - own.frame_positions_mm[first],
        rows=r1 - r0 + 1,
        columns=c1 - c0 + 1,
    )
    box = np.ascontiguousarray(values[first : last + 1, r0 : r1 + 1, c0 : c1 + 1], dtype=np.float64)
    return np.asarray(trilinear(box, part, plane)[0])
