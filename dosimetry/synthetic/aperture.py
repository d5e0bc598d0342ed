"""What jaws and leaves let through, as positions and as a map of fluence in beam's eye view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float64]

__all__ = ["HALF_MAP_MM", "LEAF_EDGES_MM", "PIXEL_MM", "Aperture", "map_axis"]

LEAF_EDGES_MM = np.arange(-200.0, 201.0, 10.0, dtype=np.float64)
PIXEL_MM = 2.0
# A map holds every point of the body that a beam can see, and lies so wide that scatter does not come round.
HALF_MAP_MM = 384.0


def map_axis() -> Field:
    """Return the middles of a map's pixels along either axis, in mm at the isocentre's distance."""
    return np.arange(-HALF_MAP_MM, HALF_MAP_MM, PIXEL_MM) + 0.5 * PIXEL_MM


@dataclass(frozen=True, eq=False)
class Aperture:
    """Positions of jaws and leaves at the isocentre's distance, in mm, as IEC 61217 has them.

    Attributes
    ----------
    left_mm, right_mm
        Leaves of the first and of the second bank, shape (leaves,); a closed pair has both at one place.
    y_jaws_mm
        Jaws towards feet and head.
    """

    left_mm: Field
    right_mm: Field
    y_jaws_mm: tuple[float, float]

    @property
    def x_jaws_mm(self) -> tuple[float, float]:
        """Jaws across, at the outermost leaves of the field."""
        inside = self._leaves_in_field() & (self.right_mm > self.left_mm)
        if not inside.any():
            return 0.0, 0.0
        return float(self.left_mm[inside].min()), float(self.right_mm[inside].max())

    def _leaves_in_field(self) -> NDArray[np.bool_]:
        low, high = self.y_jaws_mm
        return np.asarray((LEAF_EDGES_MM[1:] > low) & (LEAF_EDGES_MM[:-1] < high))

    def fluence(self) -> Field:
        """Return the open share of each pixel of a map, shape (across, along)."""
        centre = map_axis()
        low, high = centre - 0.5 * PIXEL_MM, centre + 0.5 * PIXEL_MM
        open_rows = np.clip(np.minimum(high, self.y_jaws_mm[1]) - np.maximum(low, self.y_jaws_mm[0]), 0.0, None)
        leaf = np.searchsorted(LEAF_EDGES_MM, centre, side="right") - 1
        inside = (leaf >= 0) & (leaf < self.left_mm.size)
        leaf = np.clip(leaf, 0, self.left_mm.size - 1)
        open_columns = np.clip(
            np.minimum(high[:, None], self.right_mm[leaf]) - np.maximum(low[:, None], self.left_mm[leaf]), 0.0, None
        )
        return np.asarray(open_columns * (open_rows * inside)) / PIXEL_MM**2
