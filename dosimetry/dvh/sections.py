"""The sections that contours enclose: their areas, and what solids with the same sections can share."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.cores import on_all_cores
from dosimetry.errors import StructureError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.kernels.coverage import Cover
    from dosimetry.model.structures import ContourPlanes

__all__ = ["Sections", "blocks_of_planes", "section_areas"]

_BLOCKS = 8
# About a millisecond of work: less is not worth a thread.
_POINTS_PER_BLOCK = 8_000


@dataclass(eq=False)
class Sections:
    """What is known of a solid's sections; filled where it is found, and read by other solids that have the same.

    Attributes
    ----------
    areas_mm2
        Area of each, shape (planes,).
    covers
        How they cover the cells of one grid: block by block of planes, by its first plane.
    """

    areas_mm2: NDArray[np.float64] | None = None
    covers: dict[int, Cover] = field(default_factory=dict)


def blocks_of_planes(contours: ContourPlanes, number: float) -> list[NDArray[np.int64]]:
    """Return the plane offsets of about `number` blocks of planes, at least one and at most eight; none is empty.

    A fixed number, whatever the machine: sums are made block by block, and do not depend on who makes them.
    """
    planes = contours.positions_mm.size
    count = int(min(max(number, 1), _BLOCKS, planes))
    ends = [planes * block // count for block in range(count + 1)]
    return [contours.plane_offsets[first : last + 1] for first, last in pairwise(ends)]


def section_areas(contours: ContourPlanes, name: str) -> NDArray[np.float64]:
    """Return the even-odd area in mm² that the contours of each plane enclose, shape (planes,).

    Parameters
    ----------
    contours
        Of one ROI.
    name
        Of that ROI, for an error.

    Raises
    ------
    StructureError
        If the contours cross each other so often that they are no outline.
    """
    from dosimetry.kernels.evenodd import MOST_CROSSINGS, plane_areas  # noqa: PLC0415  numba is imported where it runs

    points, offsets = contours.points_mm, contours.contour_offsets
    blocks = blocks_of_planes(contours, points.shape[0] / _POINTS_PER_BLOCK)
    areas = np.concatenate(on_all_cores(lambda planes: plane_areas(points, offsets, planes), blocks))
    if np.isnan(areas).any():
        where = float(contours.positions_mm[np.isnan(areas)][0])
        raise StructureError(
            "contours cross each other or themselves too often to be an outline",
            item=f"ROI {name!r}",
            expected=f"at most {MOST_CROSSINGS:,} crossings",
            found=f"more, up to the plane at {where:g} mm",
            remedy="look at its contours in the planning system and draw them anew",
        )
    return areas
