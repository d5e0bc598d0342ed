"""The even-odd interior of closed polygons as trapezoids, and its area.

Self-crossing and self-touching polygons, holes, keyholes and repeated edges need no special case; see
:mod:`~dosimetry.kernels.sweep`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel
from dosimetry.kernels.sweep import sweep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["MOST_CROSSINGS", "plane_areas", "trapezoids"]

# Contours of patients cross themselves some dozen times a plane. A scribble of n points crosses itself n²/4 times:
# it is no outline, and would take minutes.
MOST_CROSSINGS = 1_000_000


@kernel
def trapezoids(points: Floats, contour_offsets: Ints, cuts: Floats) -> Floats:
    """Cut the even-odd interior of all contours of one plane into trapezoids.

    Parameters
    ----------
    points : float64[points, 2]
        Vertices (x, y); a contour closes by itself.
    contour_offsets : int64[contours + 1]
        Contour c has the points ``contour_offsets[c]:contour_offsets[c + 1]``.
    cuts : float64[cuts]
        Heights to cut at besides, ascending, such as the rows of a grid that no trapezoid shall span two of.

    Returns
    -------
    float64[trapezoids, 6]
        y low, y high, left x at y low, left x at y high, right x at y low, right x at y high; y high ascending.
        Nothing of contours that cross more than `MOST_CROSSINGS` times.
    """
    # a literal would be a type of its own, and the sweep compiled twice
    most: int = np.int64(MOST_CROSSINGS)  # type: ignore[assignment]
    pieces, crossings = sweep(points, contour_offsets, cuts, most)
    return pieces if crossings <= MOST_CROSSINGS else pieces[:0]


@kernel
def plane_areas(points: Floats, contour_offsets: Ints, plane_offsets: Ints) -> Floats:
    """Return the even-odd area of each plane, float64[planes], in the square of the points' unit.

    It is NaN once the contours have crossed more than `MOST_CROSSINGS` times on all planes together.

    Parameters
    ----------
    points : float64[points, 2]
    contour_offsets : int64[contours + 1]
    plane_offsets : int64[planes + 1]
        Plane p has the contours ``plane_offsets[p]:plane_offsets[p + 1]``.
    """
    areas = np.zeros(plane_offsets.size - 1)
    none = np.empty(0)
    left: int = np.int64(MOST_CROSSINGS)  # type: ignore[assignment]
    for p in range(areas.size):
        offsets = contour_offsets[plane_offsets[p] : plane_offsets[p + 1] + 1]
        first, last = offsets[0], offsets[-1]
        if first == last:
            continue
        # From the plane's own corner: far from the origin rounding would grow with the distance.
        local = points[first:last].copy()
        for axis in range(2):
            low = local[0, axis]
            for q in range(local.shape[0]):
                low = min(low, local[q, axis])
            for q in range(local.shape[0]):
                local[q, axis] -= low
        pieces, crossings = sweep(local, offsets - first, none, left)
        left -= crossings
        if left < 0:
            areas[p] = np.nan
            continue
        for t in range(pieces.shape[0]):
            width = pieces[t, 4] - pieces[t, 2] + pieces[t, 5] - pieces[t, 3]
            areas[p] += 0.5 * width * (pieces[t, 1] - pieces[t, 0])
    return areas
