"""Grids of frames in the patient: index to millimetre and back.

The convention is DICOM's (PS3.3 C.7.6.2.1.1 and C.8.8.3.2): a grid has columns along `row_axis`, rows along
`column_axis` and frames along their cross product, at positions that may be unevenly spaced. Patient
coordinates are DICOM's LPS, in mm. Index coordinates are voxel centres: (0, 0, 0) is the first voxel's centre.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import GeometryError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Vector = NDArray[np.float64]

__all__ = ["ORTHOGONAL_TOLERANCE", "PARALLEL_TOLERANCE", "SAME_POSITION_MM", "Grid"]

# DICOM writes direction cosines with up to 16 characters, systems often with 6 digits; over a 500 mm
# field 1e-4 is 0.05 mm.
ORTHOGONAL_TOLERANCE = 1e-4
# Two planes count as parallel while a point 250 mm off centre stays within 0.025 mm.
PARALLEL_TOLERANCE = 1e-4
# Two positions written by different systems with 2 decimals are the same.
SAME_POSITION_MM = 0.01


def _unit(vector: ArrayLike, name: str) -> Vector:
    array = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(array)) if array.shape == (3,) else float("nan")
    if not abs(length - 1.0) <= 1e-3:
        raise GeometryError(
            "direction cosines do not form a unit vector",
            item=name,
            expected="three numbers of length 1",
            found=f"{array.tolist()}",
        )
    return array / length


@dataclass(frozen=True, eq=False)
class Grid:
    """A stack of parallel frames as a full affine with frame positions.

    Attributes
    ----------
    origin_mm
        Centre of voxel (column 0, row 0, frame 0), LPS, shape (3,).
    row_axis, column_axis
        Unit vectors along growing column and growing row index, shape (3,).
    spacing_mm
        Distance between columns and between rows.
    frame_positions_mm
        Positions of the frames along `normal`, relative to the origin, strictly ascending, shape (frames,).
        The first one is 0.
    rows, columns
        Size of a frame.

    Raises
    ------
    GeometryError
        If axes are not orthogonal unit vectors, spacings not positive or frames not strictly ascending.
    """

    origin_mm: Vector
    row_axis: Vector
    column_axis: Vector
    spacing_mm: tuple[float, float]
    frame_positions_mm: Vector
    rows: int
    columns: int
    normal: Vector = field(init=False)

    def __post_init__(self) -> None:
        row_axis = _unit(self.row_axis, "row direction")
        column_axis = _unit(self.column_axis, "column direction")
        tilt = abs(float(row_axis @ column_axis))
        if tilt > ORTHOGONAL_TOLERANCE:
            raise GeometryError(
                "row and column directions are not orthogonal",
                expected=f"|cosine| at most {ORTHOGONAL_TOLERANCE:g}",
                found=f"{tilt:.3g}",
            )
        spacing = (float(self.spacing_mm[0]), float(self.spacing_mm[1]))
        if not all(0 < distance < np.inf for distance in spacing):
            raise GeometryError(
                "pixel spacing is not positive", expected="two positive numbers in mm", found=f"{spacing}"
            )
        frames = np.ascontiguousarray(self.frame_positions_mm, dtype=np.float64)
        if frames.ndim != 1 or frames.size == 0 or not np.isfinite(frames).all() or not (np.diff(frames) > 0).all():
            raise GeometryError("frame positions are not strictly monotone")
        origin = np.asarray(self.origin_mm, dtype=np.float64)
        if origin.shape != (3,) or not np.isfinite(origin).all():
            raise GeometryError("grid origin is not a point", found=f"{origin.tolist()}")
        if self.rows < 1 or self.columns < 1:
            raise GeometryError("grid has no voxels", found=f"{self.rows} rows, {self.columns} columns")
        normal = np.cross(row_axis, column_axis)
        set_ = object.__setattr__
        set_(self, "origin_mm", origin + frames[0] * normal)
        set_(self, "row_axis", row_axis)
        set_(self, "column_axis", column_axis)
        set_(self, "spacing_mm", spacing)
        set_(self, "frame_positions_mm", frames - frames[0])
        set_(self, "normal", normal)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Frames, rows, columns."""
        return (self.frame_positions_mm.size, self.rows, self.columns)

    @property
    def pixel_area_mm2(self) -> float:
        """Area of one pixel."""
        return self.spacing_mm[0] * self.spacing_mm[1]

    def map_index_to_mm(self, index: ArrayLike) -> Vector:
        """Return LPS points, shape (n, 3), of (column, row, frame) index coordinates, shape (n, 3).

        Frame coordinates are interpolated linearly between frames and must lie within the stack.
        """
        index = np.atleast_2d(np.asarray(index, dtype=np.float64))
        along = np.interp(index[:, 2], np.arange(self.frame_positions_mm.size), self.frame_positions_mm)
        return np.asarray(
            self.origin_mm
            + np.outer(index[:, 0] * self.spacing_mm[0], self.row_axis)
            + np.outer(index[:, 1] * self.spacing_mm[1], self.column_axis)
            + np.outer(along, self.normal)
        )

    def map_mm_to_plane(self, points_mm: ArrayLike) -> Vector:
        """Return (column index, row index, position along the normal in mm), shape (n, 3), of LPS points."""
        offset = np.atleast_2d(np.asarray(points_mm, dtype=np.float64)) - self.origin_mm
        return np.column_stack(
            (
                offset @ self.row_axis / self.spacing_mm[0],
                offset @ self.column_axis / self.spacing_mm[1],
                offset @ self.normal,
            )
        )

    def extent_mm(self) -> tuple[Vector, Vector]:
        """Return the lowest and highest LPS coordinate of any voxel centre, each of shape (3,)."""
        frames, rows, columns = self.shape
        corners = [(c, r, f) for c in (0, columns - 1) for r in (0, rows - 1) for f in (0, frames - 1)]
        points = self.map_index_to_mm(corners)
        return points.min(axis=0), points.max(axis=0)

    def same_as(self, other: Grid, tolerance_mm: float = SAME_POSITION_MM) -> bool:
        """Tell whether both grids have the same shape and their voxels the same places."""
        if self.shape != other.shape:
            return False
        frames, rows, columns = self.shape
        corners = [(c, r, 0) for c in (0, columns - 1) for r in (0, rows - 1)]
        in_plane = np.abs(self.map_index_to_mm(corners) - other.map_index_to_mm(corners)).max()
        stack = [(0, 0, f) for f in range(frames)]
        along = np.abs(self.map_index_to_mm(stack) - other.map_index_to_mm(stack)).max()
        return bool(max(in_plane, along) <= tolerance_mm)
