"""A CT as a stack of images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid

__all__ = ["Images"]


@dataclass(frozen=True, eq=False)
class Images:
    """A CT, to be looked at: nothing is computed from it.

    Attributes
    ----------
    grid
        Where the voxel centres are; at least two images.
    values_hu
        Hounsfield units, shape (frames, rows, columns), int16.
    frame_of_reference_uid
        For linking only.
    """

    grid: Grid
    values_hu: NDArray[np.int16]
    frame_of_reference_uid: str = field(repr=False)
