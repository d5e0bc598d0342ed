"""Sections widened or narrowed by a distance of their own, holes the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["boundary_lengths", "bulged"]


@kernel
def boundary_lengths(points: Floats, contour_offsets: Ints, plane_offsets: Ints) -> Floats:
    """Return the length of all contours of each plane, float64[planes], in the points' unit."""
    lengths = np.zeros(plane_offsets.size - 1)
    for p in range(lengths.size):
        for c in range(plane_offsets[p], plane_offsets[p + 1]):
            first, last = contour_offsets[c], contour_offsets[c + 1]
            for i in range(first, last):
                j = i + 1 if i + 1 < last else first
                lengths[p] += np.hypot(points[j, 0] - points[i, 0], points[j, 1] - points[i, 1])
    return lengths


@kernel
def _around(points: Floats, first: int, last: int, x: float, y: float) -> bool:
    """Tell whether a contour runs around a point: a ray to the right meets it an odd number of times."""
    inside = False
    for i in range(first, last):
        j = i + 1 if i + 1 < last else first
        if (points[i, 1] > y) != (points[j, 1] > y):
            share = (y - points[i, 1]) / (points[j, 1] - points[i, 1])
            if x < points[i, 0] + share * (points[j, 0] - points[i, 0]):
                inside = not inside
    return inside


@kernel
def bulged(points: Floats, contour_offsets: Ints, plane_offsets: Ints, distances: Floats) -> Floats:
    """Move every vertex away from the interior, along the mean normal of its two edges.

    Of a contour within an odd number of others the interior lies outside.

    Parameters
    ----------
    points : float64[points, 2]
    contour_offsets : int64[contours + 1]
    plane_offsets : int64[planes + 1]
    distances : float64[planes]
        How far the vertices of each plane move; negative: into the interior.

    Returns
    -------
    float64[points, 2]
    """
    out = points.copy()
    for p in range(distances.size):
        if distances[p] == 0.0:
            continue
        for c in range(plane_offsets[p], plane_offsets[p + 1]):
            first, last = contour_offsets[c], contour_offsets[c + 1]
            twice = 0.0  # the area, positive where the contour runs counterclockwise
            for i in range(first, last):
                j = i + 1 if i + 1 < last else first
                x, y = points[i, 0] - points[first, 0], points[i, 1] - points[first, 1]
                twice += x * (points[j, 1] - points[first, 1]) - (points[j, 0] - points[first, 0]) * y
            outward = 1.0 if twice > 0.0 else -1.0
            for other in range(plane_offsets[p], plane_offsets[p + 1]):
                start, end = contour_offsets[other], contour_offsets[other + 1]
                if other != c and _around(points, start, end, points[first, 0], points[first, 1]):
                    outward = -outward
            for i in range(first, last):
                h, j = (i - 1 if i > first else last - 1), (i + 1 if i + 1 < last else first)
                x, y = 0.0, 0.0
                for a, b in ((h, i), (i, j)):
                    dx, dy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
                    length = np.hypot(dx, dy)
                    if length > 0.0:
                        x, y = x + dy / length, y - dx / length
                size = np.hypot(x, y)
                if size > 0.0:
                    out[i, 0] += outward * distances[p] * x / size
                    out[i, 1] += outward * distances[p] * y / size
    return out
