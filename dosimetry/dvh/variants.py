"""Other solids that the same contours could stand for.

Contours are samples of a body. Where its ends lie between two slices, and what another set of slices would have
shown, is not in them; how much a metric moves when they are taken differently tells how much hangs on it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.solid import Solid
from dosimetry.model.structures import ContourPlanes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["chosen_planes", "drawn_down", "drawn_up", "every_second", "widened"]

_TOUCH_MM = 1e-9


def _piece_ends(solid: Solid) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell for each plane whether a piece of the solid begins below it, and whether one ends above it."""
    apart = solid.low_mm[1:] - solid.high_mm[:-1] > _TOUCH_MM
    return np.append(True, apart), np.append(apart, True)


def _shifted_caps(solid: Solid, *, up: bool) -> Solid:
    first, last = _piece_ends(solid)
    at = solid.contours.positions_mm
    below, above = at - solid.low_mm, solid.high_mm - at
    low = np.where(first, at - (0.0 if up else 2.0) * below, solid.low_mm)
    high = np.where(last, at + (2.0 if up else 0.0) * above, solid.high_mm)
    return Solid(solid.contours, low, high, ())


def drawn_up(solid: Solid) -> Solid:
    """Return a stack of prisms whose lower end caps are gone, and whose upper ones are twice as high."""
    return _shifted_caps(solid, up=True)


def drawn_down(solid: Solid) -> Solid:
    """Return a stack of prisms whose upper end caps are gone, and whose lower ones are twice as high."""
    return _shifted_caps(solid, up=False)


def widened(solid: Solid, areas: Floats) -> Solid:
    """Return a stack of prisms whose sections, of these areas, are as much wider as the body bulges between planes.

    Half way between two planes a smooth body's section is larger than their mean by an eighth of the second
    difference of the areas. Spread along the boundary, that is how far a section may fall short of the body.
    """
    from dosimetry.kernels.bulge import boundary_lengths, bulged  # noqa: PLC0415  numba is imported where it runs

    contours = solid.contours
    flat = (contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    first, last = _piece_ends(solid)
    before = np.where(first, 0.0, np.append(0.0, areas[:-1]))
    after = np.where(last, 0.0, np.append(areas[1:], 0.0))
    bend = 2.0 * areas - before - after
    # an end has no neighbour to bend from: it bulges like the plane next to it, where that has two
    low, high = np.flatnonzero(first), np.flatnonzero(last)
    long = high - low >= 2
    bend[low[long]], bend[high[long]] = bend[low[long] + 1], bend[high[long] - 1]
    lengths = boundary_lengths(*flat)
    distances = np.divide(bend, 8.0 * lengths, out=np.zeros_like(bend), where=lengths > 0)
    # a neck narrows to half of its breadth at the most: it must not turn inside out
    thin = np.divide(-areas, lengths, out=np.zeros_like(areas), where=lengths > 0)
    points = bulged(*flat, np.maximum(distances, thin))
    return Solid(replace(contours, points_mm=points), solid.low_mm, solid.high_mm, ())


def every_second(solid: Solid, start: int) -> Solid | None:
    """Return a stack of prisms made of every second plane of each piece, from its plane number `start` on.

    As if slices were twice as thick: each section holds to its former neighbours, and end caps are twice as high.
    None where no plane is left.
    """
    first, last = _piece_ends(solid)
    at = solid.contours.positions_mm
    number = np.arange(at.size)
    within = number - np.maximum.accumulate(np.where(first, number, 0))  # number of the plane within its piece
    keep = np.flatnonzero(within % 2 == start)
    if not keep.size:
        return None
    below, above = at - solid.low_mm, solid.high_mm - at
    low = np.where(first, at - 2.0 * below, np.append(at[0], at[:-1]))
    high = np.where(last, at + 2.0 * above, np.append(at[1:], at[-1]))
    return Solid(chosen_planes(solid.contours, keep), low[keep], high[keep], ())


def chosen_planes(contours: ContourPlanes, keep: NDArray[np.int64]) -> ContourPlanes:
    """Return some of the planes of a stack of contours, one as often as it is chosen."""
    offsets, starts = contours.contour_offsets, contours.plane_offsets
    chosen = np.concatenate([np.arange(starts[p], starts[p + 1]) for p in keep])
    sizes = np.diff(offsets)[chosen]
    points = np.concatenate([contours.points_mm[offsets[c] : offsets[c + 1]] for c in chosen])
    return ContourPlanes(
        frame=contours.frame,
        points_mm=np.ascontiguousarray(points),
        contour_offsets=np.append(0, np.cumsum(sizes)),
        plane_offsets=np.append(0, np.cumsum(np.diff(starts)[keep])),
        positions_mm=contours.positions_mm[keep],
    )
