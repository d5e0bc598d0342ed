"""A small electron dose model: depth dose by rules of thumb, penumbra by a Gaussian that widens with depth.

Ranges are taken along the ray in water, so that lung lets the beam go deeper; side scatter from lung and from
the skin's slope is left out. The field has its source at 1000 mm and the isocentre on the skin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.aperture import HALF_MAP_MM, PIXEL_MM
from dosimetry.synthetic.dose_model import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.beam import View

    Field = NDArray[np.float64]

__all__ = ["ENERGIES", "ElectronModel", "electron_dose"]

_NODES_MM = np.array([0.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0])


@dataclass(frozen=True, slots=True)
class ElectronModel:
    """Constants of one electron beam, in mm of water.

    Attributes
    ----------
    energy_mev
        Nominal energy.
    surface
        Dose at the surface, of the maximum.
    maximum_mm, half_mm, range_mm
        Depth of the dose maximum, depth of half of it (R50), and practical range.
    tail
        Bremsstrahlung beyond the range, of the maximum.
    """

    energy_mev: float
    surface: float
    maximum_mm: float
    half_mm: float
    range_mm: float
    tail: float

    def depth_dose(self, depth_mm: Field) -> Field:
        """Return the dose on the axis of a broad field, of its maximum."""
        rise = np.sin(0.5 * np.pi * np.clip(depth_mm / self.maximum_mm, 0.0, 1.0))
        # The tangent at R50 of this fall meets the tail at the practical range.
        width = 0.5 * (self.range_mm - self.half_mm)
        fall = 1.0 / (1.0 + np.exp(np.clip((depth_mm - self.half_mm) / width, -60.0, 60.0)))
        return np.asarray(self.tail + (1.0 - self.tail) * (self.surface + (1.0 - self.surface) * rise) * fall)

    @property
    def useful_mm(self) -> float:
        """Depth of 90 % of the maximum."""
        depth = np.arange(self.maximum_mm, self.range_mm, 0.1)
        return float(depth[self.depth_dose(depth) >= 0.9].max())


ENERGIES = (
    ElectronModel(6.0, 0.76, 13.0, 24.0, 30.0, 0.012),
    ElectronModel(9.0, 0.79, 21.0, 36.0, 45.0, 0.018),
    ElectronModel(12.0, 0.82, 29.0, 50.0, 60.0, 0.024),
    ElectronModel(16.0, 0.86, 33.0, 67.0, 80.0, 0.032),
)


def electron_dose(view: View, fluence: Field, model: ElectronModel) -> Field:
    """Return the dose at the points of a view, for a unit of maximum dose in the open field, shape (points,)."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415  heavy, and only the generator needs it

    depth = view.depth_mm
    sigmas = np.hypot(3.5, 0.04 * _NODES_MM**1.5)
    maps = np.stack([spread(fluence, sigma_mm=float(sigma)) for sigma in sigmas])
    pixel = np.stack((view.across_mm, view.along_mm)) / PIXEL_MM + (HALF_MAP_MM / PIXEL_MM - 0.5)
    node = np.interp(depth, _NODES_MM, np.arange(_NODES_MM.size))
    inside = map_coordinates(maps, [node, *pixel], order=1, mode="nearest")
    return np.asarray(view.inverse_square * model.depth_dose(depth) * inside)
