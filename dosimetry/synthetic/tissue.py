"""A thorax on voxels: what the beams pass through, and what its CT shows.

Densities relative to water, of electrons and of stopping power alike: lung by breathing, fat and gland of the
breast 0.96, bone 1.2 (marrow and cortex together), everything else 1.02, air 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.geometry import Grid
from dosimetry.synthetic.anatomy import Anatomy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dosimetry.synthetic.thorax import Thorax

    Field = NDArray[np.float64]

__all__ = ["VOXEL_MM", "Tissue", "body_grid"]

VOXEL_MM = 3.0
# Holds the body in every posture, from the liver to the shoulders, and the field's air around the breast.
_LOW_MM = np.array([-183.0, -204.0, -162.0])
_HIGH_MM = np.array([183.0, 144.0, 150.0])

_SOFT, _BREAST, _BONE = 1.02, 0.96, 1.2
_EDGE_MM = 3.0
_ELECTRON_REACH_MM = 4.0


def body_grid() -> Grid:
    """Return the grid of the CT: 3 mm in all directions."""
    columns, rows, frames = np.rint((_HIGH_MM - _LOW_MM) / VOXEL_MM).astype(int).tolist()
    return Grid(
        origin_mm=_LOW_MM,
        row_axis=np.array([1.0, 0.0, 0.0]),
        column_axis=np.array([0.0, 1.0, 0.0]),
        spacing_mm=(VOXEL_MM, VOXEL_MM),
        frame_positions_mm=VOXEL_MM * np.arange(frames + 1.0),
        rows=rows + 1,
        columns=columns + 1,
    )


def _share(field: Field, blur_mm: float = _EDGE_MM) -> Field:
    """Return how much of a voxel lies inside a body."""
    return np.clip(0.5 - field / blur_mm, 0.0, 1.0)


@dataclass(frozen=True)
class Tissue:
    """A thorax on the voxels of :func:`body_grid`; arrays have its shape (frames, rows, columns).

    Attributes
    ----------
    thorax
        Whose tissue it is.
    """

    thorax: Thorax

    @cached_property
    def anatomy(self) -> Anatomy:
        """The shapes."""
        return Anatomy(self.thorax)

    @cached_property
    def grid(self) -> Grid:
        """Where the voxels are."""
        return body_grid()

    @cached_property
    def axes(self) -> tuple[Field, Field, Field]:
        """Coordinates x, y, z of the voxels, shaped so that they broadcast."""
        origin = self.grid.origin_mm
        x = origin[0] + VOXEL_MM * np.arange(self.grid.columns)
        y = origin[1] + VOXEL_MM * np.arange(self.grid.rows)
        z = origin[2] + self.grid.frame_positions_mm
        return x[None, None, :], y[None, :, None], z[:, None, None]

    def field(self, shape: Callable[[Field, Field, Field], Field]) -> Field:
        """Return a shape's field on the voxels."""
        return np.broadcast_to(shape(*self.axes), self.grid.shape)

    @cached_property
    def body(self) -> Field:
        """Share of each voxel within the skin."""
        return _share(self.field(self.anatomy.body))

    @cached_property
    def lung_field(self) -> Field:
        """Field of both lungs: negative inside."""
        left, right = (self.field(lambda x, y, z, s=s: self.anatomy.lung(x, y, z, s)) for s in (1, -1))  # type: ignore[misc]
        return np.minimum(left, right)

    @cached_property
    def density(self) -> Field:
        """Density relative to water."""
        anatomy = self.anatomy
        density = np.full(self.grid.shape, _SOFT)
        breasts = np.minimum(*(self.field(lambda x, y, z, s=s: anatomy.breast(x, y, z, s)) for s in (1, -1)))  # type: ignore[misc]
        density += (_BREAST - _SOFT) * _share(breasts)
        bones = np.minimum(
            np.minimum(self.field(anatomy.spine), self.field(anatomy.sternum)), self.field(anatomy.ribs)
        )
        density += (_BONE - _SOFT) * _share(bones)
        density += (self.thorax.lung_density - density) * _share(self.lung_field)
        density *= 1.0 - _share(self.field(anatomy.windpipe))
        return np.asarray(density * self.body)

    @cached_property
    def mean_density(self) -> Field:
        """Density averaged over what electrons cross, of the part of each neighbourhood within the skin."""
        from scipy.ndimage import gaussian_filter  # noqa: PLC0415  heavy, and only the generator needs it

        sigma = _ELECTRON_REACH_MM / VOXEL_MM
        inside = gaussian_filter(self.body, sigma, truncate=2.5)
        return np.asarray(gaussian_filter(self.density, sigma, truncate=2.5) / np.maximum(inside, 1e-3))
