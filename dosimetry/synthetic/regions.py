"""Points of a synthetic patient's organs and targets, on the voxels of the CT."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.targets import axilla, breast_target, imn_target
from dosimetry.synthetic.tissue import VOXEL_MM, Tissue

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dosimetry.synthetic.thorax import Thorax

    Field = NDArray[np.float64]
    Shape = Callable[[Field, Field, Field], Field]

__all__ = ["VOXEL_CC", "Regions"]

VOXEL_CC = VOXEL_MM**3 / 1000.0


@dataclass(frozen=True)
class Regions:
    """Where the structures of a thorax are.

    Attributes
    ----------
    tissue
        The thorax on voxels.
    """

    tissue: Tissue

    @staticmethod
    def of(thorax: Thorax) -> Regions:
        """Return the regions of a thorax."""
        return Regions(Tissue(thorax))

    @property
    def thorax(self) -> Thorax:
        """Its dimensions."""
        return self.tissue.thorax

    def shape(self, organ: Organ) -> Shape:
        """Return the function of x, y and z that is negative inside a structure."""
        anatomy = self.tissue.anatomy
        levels = {Organ.AXILLA_1: 1, Organ.AXILLA_2: 2, Organ.AXILLA_3: 3, Organ.SUPRACLAVICULAR: 4}
        if organ in levels:
            return lambda x, y, z: axilla(anatomy, x, y, z, levels[organ])
        shapes: dict[Organ, Shape] = {
            Organ.BODY: anatomy.body,
            Organ.LUNG_L: lambda x, y, z: anatomy.lung(x, y, z, 1),
            Organ.LUNG_R: lambda x, y, z: anatomy.lung(x, y, z, -1),
            Organ.HEART: anatomy.heart,
            Organ.LV: anatomy.left_ventricle,
            Organ.LAD: anatomy.artery,
            Organ.BREAST_L: lambda x, y, z: anatomy.breast(x, y, z, 1),
            Organ.BREAST_R: lambda x, y, z: anatomy.breast(x, y, z, -1),
            Organ.CHESTWALL: anatomy.chest_wall,
            Organ.OESOPHAGUS: anatomy.oesophagus,
            Organ.CORD: anatomy.cord,
            Organ.LIVER: anatomy.liver,
            Organ.CTV_BREAST: lambda x, y, z: breast_target(anatomy, x, y, z),
            Organ.CTV_IMN: lambda x, y, z: imn_target(anatomy, x, y, z),
        }
        return shapes[organ]

    def points(self, organ: Organ) -> Field:
        """Return the middles of the voxels within a structure, LPS, shape (points, 3)."""
        if organ not in self._points:
            inside = np.argwhere(self.tissue.field(self.shape(organ)) < 0)
            self._points[organ] = np.asarray(self.tissue.grid.origin_mm + VOXEL_MM * inside[:, ::-1])
        return self._points[organ]

    def planning_points(self, organ: Organ, margin_mm: float = 5.0, skin_mm: float = 5.0) -> Field:
        """Return the middles of the voxels within a margin around a target, but not in the skin, LPS."""
        around = self.tissue.field(self.shape(organ)) < margin_mm
        inside = np.argwhere(around & (self.tissue.field(self.tissue.anatomy.body) < -skin_mm))
        return np.asarray(self.tissue.grid.origin_mm + VOXEL_MM * inside[:, ::-1])

    @cached_property
    def _points(self) -> dict[Organ, Field]:
        return {}

    @cached_property
    def ipsilateral(self) -> tuple[Organ, Organ]:
        """The lung and the breast of the treated side."""
        left = self.thorax.side > 0
        return (Organ.LUNG_L, Organ.BREAST_L) if left else (Organ.LUNG_R, Organ.BREAST_R)

    @cached_property
    def other_breast(self) -> Organ:
        """The breast that is not treated."""
        return Organ.BREAST_R if self.thorax.side > 0 else Organ.BREAST_L
