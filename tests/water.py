"""A water tank for the dose models, with the surface at y = -100 mm."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from dosimetry.synthetic.aperture import LEAF_EDGES_MM, Aperture
from dosimetry.synthetic.beam import Beam, View
from dosimetry.synthetic.tissue import body_grid

SURFACE_MM = -100.5  # halfway between two rows of voxels


def tank():
    grid = body_grid()
    density = np.zeros(grid.shape)
    rows = grid.origin_mm[1] + grid.spacing_mm[1] * np.arange(grid.rows)
    density[:, rows > SURFACE_MM, :] = 1.0
    return SimpleNamespace(
        grid=grid, density=density, body=density, mean_density=density, thorax=SimpleNamespace(lung_density=0.26)
    )


def square(side_mm):
    leaves = LEAF_EDGES_MM.size - 1
    half = 0.5 * side_mm
    return Aperture(np.full(leaves, -half), np.full(leaves, half), (-half, half))


def view(tissue, x_mm, depth_mm, axis_mm=1000.0):
    """Return points beside the axis of a beam from the front with its isocentre on the surface."""
    x, depth = np.broadcast_arrays(np.asarray(x_mm, dtype=float), np.asarray(depth_mm, dtype=float))
    points = np.column_stack((x.ravel(), SURFACE_MM + depth.ravel(), np.zeros(x.size)))
    return View(Beam("front", 0.0, np.array([0.0, SURFACE_MM, 0.0]), axis_mm=axis_mm), tissue, points)
