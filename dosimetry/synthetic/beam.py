"""Where a beam stands: gantry, isocentre, and a point's place in beam's eye view.

Angles and axes follow IEC 61217 with collimator and couch at 0. The gantry turns in the room: for a patient who
lies prone its zero is at her back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.tissue import VOXEL_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.tissue import Tissue

    Field = NDArray[np.float64]

__all__ = ["SOURCE_AXIS_MM", "Beam", "View"]

SOURCE_AXIS_MM = 1000.0
_FAN_MM = 4.0


@dataclass(frozen=True, eq=False)
class Beam:
    """One beam's direction.

    Attributes
    ----------
    name
        Its name in the plan.
    gantry_deg
        Gantry angle in the room.
    isocentre_mm
        LPS, shape (3,).
    patient_position
        HFS or HFP.
    axis_mm
        Distance from the source to the isocentre.
    """

    name: str
    gantry_deg: float
    isocentre_mm: Field
    patient_position: str = "HFS"
    axis_mm: float = SOURCE_AXIS_MM

    def axes(self) -> tuple[Field, Field]:
        """Return LPS unit vectors: along the beam's x axis, and to the source."""
        angle = np.deg2rad(self.gantry_deg)
        cosine, sine = float(np.cos(angle)), float(np.sin(angle))
        turned = -1.0 if self.patient_position == "HFP" else 1.0
        return turned * np.array([cosine, sine, 0.0]), turned * np.array([sine, -cosine, 0.0])

    def project(self, points_mm: Field) -> tuple[Field, Field, Field]:
        """Return positions in beam's eye view.

        Parameters
        ----------
        points_mm
            LPS, shape (..., 3).

        Returns
        -------
        across, along, distance
            Position along the beam's x and towards the head, both at the isocentre's distance, and distance
            from the source along the beam's axis; each of shape (...), in mm.
        """
        x_axis, to_source = self.axes()
        offset = points_mm - self.isocentre_mm
        distance = self.axis_mm - offset @ to_source
        scale = self.axis_mm / distance
        return (offset @ x_axis) * scale, offset[..., 2] * scale, distance


@dataclass(frozen=True, eq=False)
class View:
    """Points as a beam sees them.

    Attributes
    ----------
    beam
        The beam.
    tissue
        What it passes through.
    points_mm
        LPS, shape (points, 3).
    """

    beam: Beam
    tissue: Tissue
    points_mm: Field

    @cached_property
    def _projected(self) -> tuple[Field, Field, Field]:
        return self.beam.project(self.points_mm)

    @property
    def across_mm(self) -> Field:
        """Position along the beam's x at the isocentre's distance, shape (points,)."""
        return self._projected[0]

    @property
    def along_mm(self) -> Field:
        """Position towards the head at the isocentre's distance, shape (points,)."""
        return self._projected[1]

    @property
    def inverse_square(self) -> Field:
        """Square of the isocentre's distance over the point's, shape (points,)."""
        return np.asarray((self.beam.axis_mm / self._projected[2]) ** 2)

    @cached_property
    def _fan(self) -> tuple[tuple[Field, Field, Field], Field]:
        """Return a fan of rays and the density-weighted path from the source to each of its samples."""
        across, along, distance = self._projected
        u, v = (np.arange(np.floor(a.min()) - _FAN_MM, a.max() + _FAN_MM, _FAN_MM) for a in (across, along))
        t = np.arange(self.beam.axis_mm - 320.0, distance.max() + 2 * _FAN_MM, _FAN_MM)
        x_axis, to_source = self.beam.axes()
        scale = t / self.beam.axis_mm
        place = [
            self.beam.isocentre_mm[k]
            + u[:, None, None] * scale * x_axis[k]
            + (self.beam.axis_mm - t) * to_source[k]
            + (v[None, :, None] * scale if k == 2 else 0.0)
            for k in range(3)
        ]
        slant = np.sqrt(1.0 + (u[:, None, None] ** 2 + v[None, :, None] ** 2) / self.beam.axis_mm**2)
        # Each sample stands for the step around it, so that half of its own step lies behind it.
        share = _look_up(self.tissue, self.tissue.density, *place) * (_FAN_MM * slant)
        return (u, v, t), np.cumsum(share, axis=2) - 0.5 * share

    @cached_property
    def depth_mm(self) -> Field:
        """Density-weighted path from the source, in mm of water, shape (points,)."""
        from scipy.ndimage import map_coordinates  # noqa: PLC0415  heavy, and only the generator needs it

        axes, path = self._fan
        where = [(value - axis[0]) / _FAN_MM for value, axis in zip(self._projected, axes, strict=True)]
        return np.asarray(map_coordinates(path, where, order=1, mode="nearest"))

    @cached_property
    def surface_mm(self) -> tuple[float, float]:
        """Usual distance of the surface from the source, and the isocentre's."""
        return float(np.median(self._projected[2] - self.depth_mm)), self.beam.axis_mm

    def path_mm(self, across_mm: Field, along_mm: Field) -> Field:
        """Return how much water lies in whole rays, at positions in beam's eye view that broadcast."""
        from scipy.ndimage import map_coordinates  # noqa: PLC0415

        (u, v, _), path = self._fan
        across_mm, along_mm = np.broadcast_arrays(across_mm, along_mm)
        where = [(across_mm - u[0]) / _FAN_MM, (along_mm - v[0]) / _FAN_MM]
        return np.asarray(map_coordinates(path[:, :, -1], where, order=1, mode="nearest"))

    @cached_property
    def lung_share(self) -> Field:
        """How much of a point's neighbourhood is lung, shape (points,)."""
        local = _look_up(self.tissue, self.tissue.mean_density, *self.points_mm.T)
        return np.clip((1.0 - local) / (1.0 - self.tissue.thorax.lung_density), 0.0, 1.0)


def _look_up(tissue: Tissue, values: Field, x: Field, y: Field, z: Field) -> Field:
    """Return values on the tissue's voxels at points; 0 outside of the grid."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415

    x, y, z = np.broadcast_arrays(x, y, z)
    origin = tissue.grid.origin_mm
    where = [(z - origin[2]) / VOXEL_MM, (y - origin[1]) / VOXEL_MM, (x - origin[0]) / VOXEL_MM]
    return np.asarray(map_coordinates(values, where, order=1, mode="constant"))
