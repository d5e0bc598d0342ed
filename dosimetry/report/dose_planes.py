"""Doses and contours cut by the patient's own axial and sagittal planes, whatever way their grids lie."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import UnsupportedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure

    Floats = NDArray[np.float64]

__all__ = ["CutPlane", "View", "cut_plane", "outlines", "sampled"]

_AXIAL_TILT = 1e-3  # contours on planes tilted by more than this against the patient's axes are not drawn
_FINEST_MM = 1.0
_OUTLINE_MM = 0.5


class View(StrEnum):
    """The plane that one looks at. Coordinates are LPS, so letters hold for every patient position."""

    AXIAL = "axial"
    SAGITTAL = "sagittal"

    @property
    def axes(self) -> tuple[int, int, int]:
        """Patient axes (0 x, 1 y, 2 z) across the picture, down or up it, and out of it."""
        return (0, 1, 2) if self is View.AXIAL else (1, 2, 0)

    @property
    def grows_down(self) -> bool:
        """Whether the vertical coordinate grows downwards: anterior, and superior, are at the top."""
        return self is View.AXIAL

    @property
    def letters(self) -> tuple[str, str, str, str]:
        """Directions at the left, right, top and bottom (DICOM PS3.3 C.7.6.1.1.1)."""
        return ("R", "L", "A", "P") if self is View.AXIAL else ("A", "P", "S", "I")


@dataclass(frozen=True, eq=False)
class CutPlane:
    """Points in a plane of the patient.

    Attributes
    ----------
    view
        Which plane.
    position_mm
        Where it lies along the axis out of it, LPS.
    across_mm, along_mm
        LPS coordinates of its points across and along the picture, evenly spaced, ascending, shapes (m,) and (n,).
    """

    view: View
    position_mm: float
    across_mm: Floats
    along_mm: Floats


def cut_plane(view: View, through_mm: Floats, grid: Grid) -> CutPlane:
    """Return a plane near a point; where a grid lies along the patient's axes, the plane's points are its nodes.

    Parameters
    ----------
    view
        Which plane.
    through_mm
        A point, LPS, shape (3,); the plane is the one of the grid's nodes that is nearest to it.
    grid
        Grid of the dose.
    """
    low, high = grid.extent_mm()
    gaps = np.diff(grid.frame_positions_mm)
    own = np.array([*grid.spacing_mm, gaps.min() if gaps.size else _FINEST_MM])
    directions = np.array([grid.row_axis, grid.column_axis, grid.normal])
    steps = [max(float(own[int(np.argmax(np.abs(directions[:, axis])))]), _FINEST_MM / 2) for axis in range(3)]
    across, along, out = view.axes
    lines = [
        low[axis] + steps[axis] * np.arange(int((high[axis] - low[axis]) / steps[axis] + 1e-6) + 1)
        for axis in range(3)
    ]
    at = float(lines[out][np.argmin(np.abs(lines[out] - through_mm[out]))])
    return CutPlane(view, at, lines[across], lines[along])


def sampled(dose: Dose, plane: CutPlane) -> Floats:
    """Return the trilinear dose at the points of a plane, Gy, shape (along, across); NaN beyond the dose grid.

    Raises
    ------
    UnsupportedError
        If the dose is a single plane.
    """
    from dosimetry.kernels.resample import resample  # noqa: PLC0415  numba is imported where it runs

    grid = dose.grid
    if min(grid.shape) < 2:
        raise UnsupportedError("a dose of a single plane is not cut", expected="two frames, rows and columns")
    across, along, out = plane.view.axes
    scale = np.array([*grid.spacing_mm, 1.0])
    basis = np.array([grid.row_axis, grid.column_axis, grid.normal])
    first = np.zeros(3)
    first[[across, along, out]] = plane.across_mm[0], plane.along_mm[0], plane.position_mm
    steps = np.zeros((3, 3))
    steps[0] = basis[:, across] * _step(plane.across_mm) / scale
    steps[1] = basis[:, along] * _step(plane.along_mm) / scale
    start = basis @ (first - grid.origin_mm) / scale
    values = np.ascontiguousarray(dose.values_gy)
    shape = (1, plane.along_mm.size, plane.across_mm.size)
    return np.asarray(resample(values, grid.frame_positions_mm, start, steps, shape)[0])


def _step(positions: Floats) -> float:
    return float(positions[-1] - positions[0]) / (positions.size - 1) if positions.size > 1 else 1.0


def outlines(structure: Structure, plane: CutPlane) -> tuple[Floats, ...]:
    """Return where a structure's contours cross a plane, each shape (points, 2): across and along, LPS in mm.

    In an axial plane these are the contours of the nearest slice, if it lies within half a slice spacing; in a
    sagittal one the border of what lies inside them, to 0.5 mm. Contours that are not axial give none.
    """
    found = structure.contours
    if found is None or not np.allclose(
        np.array([found.frame.u_axis, found.frame.v_axis]), np.eye(3)[:2], atol=_AXIAL_TILT
    ):
        return ()
    offsets, planes = found.contour_offsets, found.plane_offsets
    if plane.view is View.AXIAL:
        nearest = int(np.argmin(np.abs(found.positions_mm - plane.position_mm)))
        reach = 0.5 * (structure.slice_spacing_mm or 1.0) + 1e-6
        if abs(float(found.positions_mm[nearest]) - plane.position_mm) > reach:
            return ()
        parts = [found.points_mm[offsets[c] : offsets[c + 1]] for c in range(planes[nearest], planes[nearest + 1])]
        return tuple(np.vstack((part, part[:1])) for part in parts)
    return _upright(structure, plane)


def _upright(structure: Structure, plane: CutPlane) -> tuple[Floats, ...]:
    """Return the border of contours that are stacked across a sagittal plane."""
    from skimage.measure import find_contours  # noqa: PLC0415  takes a while to import

    found = structure.contours
    if found is None:
        return ()
    spacing = structure.slice_spacing_mm or 1.0
    low, high = found.points_mm[:, 1].min() - 1.0, found.points_mm[:, 1].max() + 1.0
    across = np.arange(low, high + _OUTLINE_MM, _OUTLINE_MM)
    count = round(float(found.positions_mm[-1] - found.positions_mm[0]) / spacing) + 1
    inside = np.zeros((count + 2, across.size), dtype=bool)
    for at, position in enumerate(found.positions_mm):
        row = round(float(position - found.positions_mm[0]) / spacing) + 1
        for c in range(found.plane_offsets[at], found.plane_offsets[at + 1]):
            points = found.points_mm[found.contour_offsets[c] : found.contour_offsets[c + 1]]
            after = np.roll(points, -1, axis=0)
            crosses = (points[:, 0] > plane.position_mm) != (after[:, 0] > plane.position_mm)
            a, b = points[crosses], after[crosses]
            at_v = a[:, 1] + (plane.position_mm - a[:, 0]) * (b[:, 1] - a[:, 1]) / (b[:, 0] - a[:, 0])
            inside[row] ^= np.searchsorted(np.sort(at_v), across) % 2 == 1  # even-odd, so that holes are holes
    if not inside.any():
        return ()
    base = float(found.positions_mm[0]) - spacing
    lines = find_contours(inside.astype(np.float64), 0.5)  # type: ignore[no-untyped-call]
    return tuple(
        np.column_stack((across[0] + _OUTLINE_MM * line[:, 1], base + spacing * line[:, 0])) for line in lines
    )
