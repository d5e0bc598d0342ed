"""A dose as a smooth one would be averaged, not as straight lines between voxel centres are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.dvh.block import part_of, voxels_around

if TYPE_CHECKING:
    from dosimetry.dvh.solid import Solid
    from dosimetry.model.dose import Dose

__all__ = ["sharpened"]


def sharpened(dose: Dose, solid: Solid) -> Dose:
    """Return the part of a dose around a solid, less a twelfth of its second differences along each axis.

    Interpolation between voxel centres blunts peaks and fills valleys by that much on average; where a planning
    system's dose grid lies decides how much of it is seen at a point. Steps, such as that at the skin, stay.
    """
    from dosimetry.kernels.sharpen import sharpen  # noqa: PLC0415  numba is imported where it runs

    low, high = voxels_around(dose.grid, solid)
    values = sharpen(dose.values_gy, dose.grid.frame_positions_mm, low, high)
    return replace(dose, grid=part_of(dose.grid, low, high), values_gy=values)
