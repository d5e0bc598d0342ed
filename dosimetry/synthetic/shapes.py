"""Implicit shapes: functions that are negative inside a body and roughly its distance in mm outside.

Bodies built from these have no faces or voxels of their own, so that contours can be cut from them at any
position and with any spacing. All functions take arrays that broadcast against each other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Field = NDArray[np.float64]

__all__ = ["cut", "ellipsoid", "merge", "superellipse", "tube"]


def superellipse(x: ArrayLike, y: ArrayLike, half_x: ArrayLike, half_y: ArrayLike, power: float) -> Field:
    """Return the field of |x/half_x|^power + |y/half_y|^power = 1, in mm.

    Parameters
    ----------
    x, y
        Coordinates relative to the centre, in mm.
    half_x, half_y
        Half axes in mm.
    power
        2 for an ellipse, larger for a squarer shape.
    """
    x, y, half_x, half_y = (np.asarray(a, dtype=np.float64) for a in (x, y, half_x, half_y))
    radius = (np.abs(x / half_x) ** power + np.abs(y / half_y) ** power) ** (1.0 / power)
    return np.asarray((radius - 1.0) * np.sqrt(half_x * half_y))


def ellipsoid(
    x: ArrayLike, y: ArrayLike, z: ArrayLike, axes: NDArray[np.float64], half_mm: tuple[float, float, float]
) -> Field:
    """Return the field of an ellipsoid at the origin, in mm.

    Parameters
    ----------
    x, y, z
        Coordinates relative to the centre, in mm.
    axes
        Its principal axes as rows, shape (3, 3).
    half_mm
        Half lengths along them.
    """
    x, y, z = (np.asarray(a, dtype=np.float64) for a in (x, y, z))
    total: Field = np.zeros(())
    for axis, half in zip(axes, half_mm, strict=True):
        total = total + ((x * axis[0] + y * axis[1] + z * axis[2]) / half) ** 2
    return np.asarray((np.sqrt(total) - 1.0) * float(np.prod(half_mm)) ** (1.0 / 3.0))


def tube(x: ArrayLike, y: ArrayLike, z: ArrayLike, path_mm: NDArray[np.float64], radius_mm: float) -> Field:
    """Return the distance from a polyline, less the radius, in mm.

    Parameters
    ----------
    x, y, z
        Coordinates in mm.
    path_mm
        Vertices of the polyline, shape (points, 3).
    radius_mm
        Radius of the tube; its ends are round.
    """
    x, y, z = np.broadcast_arrays(*(np.asarray(a, dtype=np.float64) for a in (x, y, z)))
    nearest = np.full(x.shape, np.inf)
    for start, end in pairwise(path_mm):
        along = end - start
        offset = (x - start[0], y - start[1], z - start[2])
        where = sum(o * a for o, a in zip(offset, along, strict=True)) / float(along @ along)
        where = np.clip(where, 0.0, 1.0)
        square = sum((o - where * a) ** 2 for o, a in zip(offset, along, strict=True))
        nearest = np.minimum(nearest, square)
    return np.asarray(np.sqrt(nearest) - radius_mm)


def merge(first: Field, second: Field, blend_mm: float = 0.0) -> Field:
    """Return the union of two bodies; the seam between them is rounded over `blend_mm`."""
    if blend_mm <= 0:
        return np.minimum(first, second)
    weight = np.clip(0.5 + 0.5 * (second - first) / blend_mm, 0.0, 1.0)
    return np.asarray(second + (first - second) * weight - blend_mm * weight * (1.0 - weight))


def cut(first: Field, second: Field, blend_mm: float = 0.0) -> Field:
    """Return what both bodies share; pass ``-second`` to take the second away from the first."""
    return -merge(-first, -second, blend_mm)
