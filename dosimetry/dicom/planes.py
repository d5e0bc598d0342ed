"""Contours in space to contours in the frame of their planes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import ContourError
from dosimetry.model.structures import ContourPlanes, PlaneFrame

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PLANE_TOLERANCE_MM", "group_planes"]

# Systems write coordinates with 2 or 3 decimals: points this close to a plane lie in it, and planes this close
# to each other are one. Slices are 0.2 mm apart at least.
PLANE_TOLERANCE_MM = 0.05


def group_planes(points_mm: NDArray[np.float64], offsets: NDArray[np.int64]) -> ContourPlanes:
    """Group closed contours by the plane that they lie in.

    Parameters
    ----------
    points_mm
        Vertices, LPS, shape (points, 3).
    offsets
        Contour c has the points ``offsets[c]:offsets[c + 1]``, shape (contours + 1,).

    Raises
    ------
    ContourError
        If a contour does not lie in a plane, or the planes are not parallel.
    """
    starts = offsets[:-1]
    spread = np.maximum.reduceat(points_mm, starts, axis=0) - np.minimum.reduceat(points_mm, starts, axis=0)
    flat = spread.max(axis=0) <= PLANE_TOLERANCE_MM
    if flat[2]:
        frame = PlaneFrame.axial()
        local = points_mm
    else:
        # Along a patient axis where that fits: the decimals of a small contour tilt its own normal.
        frame = _frame_of(np.eye(3)[1 if flat[1] else 0]) if flat.any() else _common_frame(points_mm, offsets)
        local = points_mm @ np.column_stack((frame.u_axis, frame.v_axis, frame.normal))
        height = np.maximum.reduceat(local[:, 2], starts) - np.minimum.reduceat(local[:, 2], starts)
        if not height.max() <= PLANE_TOLERANCE_MM:
            raise ContourError(
                "contours do not lie in parallel planes",
                expected=f"points within {PLANE_TOLERANCE_MM:g} mm of a plane",
                found=f"{height.max():.3g} mm",
            )
    heights = _contour_means(local[:, 2], offsets)
    order = np.argsort(heights, kind="stable")
    ordered = heights[order]
    # a new plane begins where a contour is further from the first of the current plane than the tolerance
    plane_starts = [0]
    for i in range(1, order.size):
        if ordered[i] - ordered[plane_starts[-1]] > PLANE_TOLERANCE_MM:
            plane_starts.append(i)
    plane_offsets = np.array([*plane_starts, order.size], dtype=np.int64)
    counts = np.diff(offsets)[order]
    pick = np.concatenate([np.arange(offsets[c], offsets[c + 1]) for c in order])
    return ContourPlanes(
        frame=frame,
        points_mm=np.ascontiguousarray(local[pick, :2]),
        contour_offsets=np.append(0, np.cumsum(counts)),
        plane_offsets=plane_offsets,
        positions_mm=np.array([ordered[a:b].mean() for a, b in pairwise(plane_offsets)]),
    )


def _contour_means(values: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each contour's values; their common value itself where they are all the same."""
    first = values[offsets[:-1]]
    counts = np.diff(offsets)
    shifted = values - np.repeat(first, counts)
    return np.asarray(first + np.add.reduceat(shifted, offsets[:-1]) / counts)


def _common_frame(points_mm: NDArray[np.float64], offsets: NDArray[np.int64]) -> PlaneFrame:
    """Return the frame of the planes by the normal of the contour that encloses the largest area (Newell)."""
    best = np.zeros(3)
    for start, end in pairwise(offsets):
        polygon = points_mm[start:end] - points_mm[start]
        area = 0.5 * np.cross(polygon, np.roll(polygon, -1, axis=0)).sum(axis=0)
        if area @ area > best @ best:
            best = area
    length = float(np.linalg.norm(best))
    if not length > 0:
        raise ContourError("contours enclose no area")
    normal = best / length
    return _frame_of(-normal if normal[np.argmax(np.abs(normal))] < 0 else normal)


def _frame_of(normal: NDArray[np.float64]) -> PlaneFrame:
    """Return a frame of planes with a normal."""
    # u along the patient's x as far as the plane allows, or along y where x is the normal
    along = np.eye(3)[0 if abs(normal[0]) < 0.9 else 1]
    u = along - (along @ normal) * normal
    u /= np.linalg.norm(u)
    return PlaneFrame(u, np.cross(normal, u), normal)
