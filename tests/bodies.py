"""Analytic bodies: contours and doses made in memory, with closed forms to compare with."""

from __future__ import annotations

import numpy as np

from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import ContourPlanes, PlaneFrame, Structure


def grid(origin=(-60.0, -60.0, -60.0), spacing=(2.5, 2.5, 3.0), shape=(41, 49, 49), **axes):
    """Return an axial grid; spacing is (column, row, frame) in mm, shape (frames, rows, columns)."""
    return Grid(
        origin_mm=np.array(origin, dtype=float),
        row_axis=np.array(axes.get("row_axis", (1.0, 0.0, 0.0))),
        column_axis=np.array(axes.get("column_axis", (0.0, 1.0, 0.0))),
        spacing_mm=(spacing[0], spacing[1]),
        frame_positions_mm=np.arange(shape[0]) * float(spacing[2]),
        rows=shape[1],
        columns=shape[2],
    )


def voxel_centres(on):
    """Return the LPS coordinates of all voxel centres, shape (frames, rows, columns, 3)."""
    frames, rows, columns = on.shape
    k, j, i = np.meshgrid(np.arange(frames), np.arange(rows), np.arange(columns), indexing="ij")
    return on.map_index_to_mm(np.column_stack((i.ravel(), j.ravel(), k.ravel()))).reshape(*on.shape, 3)


def dose_from(function, on):
    """Return the dose whose voxels hold `function(x, y, z)` in Gy."""
    x, y, z = np.moveaxis(voxel_centres(on), -1, 0)
    return Dose(on, np.ascontiguousarray(function(x, y, z), dtype=float))


def stack(polygons_by_z, name="ROI", spacing=None, number=1, slices=None):
    """Return an axial structure from {z: [polygon, …]}, each polygon of shape (points, 2).

    `slices` are the positions of the structure set's slices.
    """
    positions = sorted(polygons_by_z)
    polygons = [np.asarray(p, dtype=float) for z in positions for p in polygons_by_z[z]]
    contours = ContourPlanes(
        frame=PlaneFrame.axial(),
        points_mm=np.concatenate(polygons),
        contour_offsets=np.append(0, np.cumsum([len(p) for p in polygons])).astype(np.int64),
        plane_offsets=np.append(0, np.cumsum([len(polygons_by_z[z]) for z in positions])).astype(np.int64),
        positions_mm=np.array(positions, dtype=float),
    )
    known = None if slices is None else np.array(slices, dtype=float)
    return Structure(number, name, contours, spacing, slice_positions_mm=known)


def planes(first, spacing, count):
    """Return `count` plane positions from `first` on."""
    return [first + spacing * i for i in range(count)]


def rectangle(x0, y0, x1, y1):
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def circle(radius, centre=(0.0, 0.0), points=720):
    """Return a regular polygon of the same area as the circle, so that its prism has the cylinder's volume."""
    angle = 2 * np.pi * np.arange(points) / points
    r = radius * np.sqrt(2 * np.pi / points / np.sin(2 * np.pi / points))
    return np.column_stack((centre[0] + r * np.cos(angle), centre[1] + r * np.sin(angle)))


def prism(polygon, first, spacing, count, **kw):
    """Return the structure that has the same polygon on every plane."""
    return stack({z: [polygon] for z in planes(first, spacing, count)}, **kw)
