"""Cut implicit bodies into the closed planar contours that a structure set holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.model.structures import ContourPlanes, PlaneFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Field = NDArray[np.float64]

__all__ = ["axial_contours"]

# Coordinates as planning systems write them; also far above what one machine's libm may differ by.
_DECIMALS = 2
# A sliver at the pole of a body is no contour that anybody would have drawn.
_SMALLEST_MM2 = 4.0


def axial_contours(
    field: Callable[[Field, Field, Field], Field],
    positions_mm: Field,
    extent_mm: tuple[Field, Field],
    cell_mm: float,
    point_spacing_mm: float,
) -> ContourPlanes:
    """Return the contours of a body on axial planes.

    Parameters
    ----------
    field
        Function of x, y and z that is negative inside, in mm.
    positions_mm
        Heights of the planes, ascending, shape (planes,); planes that miss the body are left out.
    extent_mm
        Lowest and highest corner of a box that holds the body, each of shape (3,).
    cell_mm
        Cell of the grid on which the zero line is found; it is interpolated within cells.
    point_spacing_mm
        Distance between contour points along the line.
    """
    from skimage import measure  # noqa: PLC0415  heavy, and only the generator needs it

    find_contours: Callable[[Field, float], list[Field]] = measure.find_contours

    low, high = _tighten(field, *extent_mm)
    x = np.arange(low[0], high[0] + cell_mm, cell_mm)
    y = np.arange(low[1], high[1] + cell_mm, cell_mm)
    points: list[Field] = []
    contours_per_plane: list[int] = []
    planes: list[float] = []
    for z in positions_mm[(positions_mm >= low[2]) & (positions_mm <= high[2])]:
        values = np.broadcast_to(field(x[None, :], y[:, None], np.full((1, 1), z)), (y.size, x.size))
        found = []
        for line in find_contours(values, 0.0):
            corners = np.column_stack((x[0] + cell_mm * line[:, 1], y[0] + cell_mm * line[:, 0]))
            polygon = _even_steps(corners, point_spacing_mm).round(_DECIMALS) + 0.0
            if len(polygon) >= 3 and abs(_area_mm2(polygon)) >= _SMALLEST_MM2:
                found.append(polygon)
        if found:
            points += found
            contours_per_plane.append(len(found))
            planes.append(float(z))
    return ContourPlanes(
        frame=PlaneFrame.axial(),
        points_mm=np.concatenate(points),
        contour_offsets=np.cumsum([0, *(len(polygon) for polygon in points)]),
        plane_offsets=np.cumsum([0, *contours_per_plane]),
        positions_mm=np.asarray(planes),
    )


def _tighten(
    field: Callable[[Field, Field, Field], Field], low: Field, high: Field, step_mm: float = 6.0
) -> tuple[Field, Field]:
    """Return a smaller box around the body: most organs fill a small part of the patient."""
    axes = [np.arange(a, b + step_mm, step_mm) for a, b in zip(low, high, strict=True)]
    values = field(axes[0][:, None, None], axes[1][None, :, None], axes[2][None, None, :])
    # Nothing thinner than the step is missed, since the field also grows in small steps outside.
    near = np.argwhere(np.broadcast_to(values, [axis.size for axis in axes]) < step_mm)
    corners = [[axis[index] for axis, index in zip(axes, ends, strict=True)] for ends in (near.min(0), near.max(0))]
    return np.maximum(np.asarray(corners[0]) - step_mm, low), np.minimum(np.asarray(corners[1]) + step_mm, high)


def _even_steps(corners: Field, spacing_mm: float) -> Field:
    """Return points at even steps along a closed line whose last corner repeats the first."""
    lengths = np.sqrt((np.diff(corners, axis=0) ** 2).sum(axis=1))
    along = np.concatenate(([0.0], np.cumsum(lengths)))
    count = max(8, round(float(along[-1]) / spacing_mm))
    where = np.linspace(0.0, along[-1], count, endpoint=False)
    return np.column_stack([np.interp(where, along, corners[:, axis]) for axis in (0, 1)])


def _area_mm2(polygon: Field) -> float:
    x, y = polygon.T
    return 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
