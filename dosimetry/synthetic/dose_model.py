"""A small photon dose model: what a 6 MV field leaves in a thorax.

Per field, dose = inverse square x [primary(depth) x fluence + scatter(depth) x fluence spread by a kernel], with
depth measured along the ray in water. The fluence holds the primary source, blurred by its penumbra (which widens
in lung), and a broad share for what comes from the head. The twelve constants were fitted together to measured
and tabulated values of open square fields in water: central-axis depth doses of 6 cm to 10 cm, profiles out to
5 cm beyond the field's edge at three depths, and output factors (`beam_data.py`, with their sources).

Left out: scatter that misses where the patient ends, scatter and electrons from inhomogeneities (only the penumbra
knows lung), electron contamination, flatness, the couch. It makes plausible dose distributions for examples and
tests; it is no planning system.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.aperture import HALF_MAP_MM, PIXEL_MM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.synthetic.beam import View

    Field = NDArray[np.float64]

__all__ = ["PhotonField", "PhotonModel", "spread", "voxel_centres"]

_NODES_MM = np.array([0.0, 15.0, 30.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0])


@dataclass(frozen=True, slots=True)
class PhotonModel:
    """Constants of a 6 MV beam; lengths in mm, attenuation per mm of water.

    Attributes
    ----------
    attenuation, softening
        Primary behind the build-up: exp(-attenuation·d + softening·d²).
    skin_deficit, build_up_mm
        Primary at the surface is 1 - `skin_deficit`, and rises with this length.
    scatter, scatter_rise_mm, scatter_attenuation
        Dose by scatter of an endless field: scatter·(1 - exp(-d/rise))·exp(-attenuation·d).
    kernel, kernel_widening_mm
        Scatter spreads as b·exp(-b·r)/(2πr) with b = kernel/(1 + d/widening).
    head, head_kernel, leakage
        Share of the fluence that comes from the head, how it spreads at the isocentre's distance, and what the
        collimators let through.
    sigma_mm, sigma_slope
        Width of the penumbra at the depth of dose maximum, and its growth with depth.
    sigma_lung_mm
        Its width in lung of density 0.26.
    """

    attenuation: float = 0.00432
    softening: float = -1.5712e-6
    skin_deficit: float = 0.714
    build_up_mm: float = 3.608
    scatter: float = 1.15437
    scatter_rise_mm: float = 400.0
    scatter_attenuation: float = 0.00199
    kernel: float = 0.04582
    kernel_widening_mm: float = 45.62
    head: float = 0.27137
    head_kernel: float = 0.01342
    leakage: float = 0.0005
    sigma_mm: float = 1.0
    sigma_slope: float = 0.0141
    sigma_lung_mm: float = 6.0

    def primary(self, depth_mm: Field) -> Field:
        """Return the dose by primary photons."""
        falloff = np.exp(-self.attenuation * depth_mm + self.softening * depth_mm**2)
        return np.asarray(falloff * (1.0 - self.skin_deficit * np.exp(-depth_mm / self.build_up_mm)))

    def scattered(self, depth_mm: Field) -> Field:
        """Return the dose by scatter in an endless field."""
        rise = 1.0 - np.exp(-depth_mm / self.scatter_rise_mm)
        return np.asarray(self.scatter * rise * np.exp(-self.scatter_attenuation * depth_mm))


def voxel_centres(grid: Grid) -> Field:
    """Return the voxel centres of a grid, LPS in mm, shape (frames, rows, columns, 3)."""
    frames, rows, columns = grid.shape
    return np.asarray(
        grid.origin_mm
        + grid.frame_positions_mm[:, None, None, None] * grid.normal
        + (np.arange(rows) * grid.spacing_mm[1])[None, :, None, None] * grid.column_axis
        + (np.arange(columns) * grid.spacing_mm[0])[None, None, :, None] * grid.row_axis
    ) + np.zeros((frames, rows, columns, 3))


def spread(fluence: Field, *, sigma_mm: float = 0.0, kernel: float | None = None) -> Field:
    """Return a map spread by a Gaussian and by the kernel b·exp(-b·r)/(2πr), whose transform is b/√(b²+k²)."""
    from scipy import fft  # noqa: PLC0415  heavy, and only the generator needs it

    first = 2.0 * np.pi * fft.fftfreq(fluence.shape[0], PIXEL_MM)
    second = 2.0 * np.pi * fft.rfftfreq(fluence.shape[1], PIXEL_MM)
    square = first[:, None] ** 2 + second[None, :] ** 2
    transfer = np.exp(-0.5 * sigma_mm**2 * square)
    if kernel is not None:
        transfer *= kernel / np.sqrt(kernel**2 + square)
    return np.asarray(fft.irfft2(fft.rfft2(fluence) * transfer, s=fluence.shape))


class PhotonField:
    """A map of fluence with all that spreads it, ready to be looked up at points.

    Parameters
    ----------
    fluence
        Map of the collimated primary fluence, shape (across, along), as :meth:`Aperture.fluence` makes it: 1 is a
        place that is open for all monitor units. The dose is not quite proportional to it, since the head's share
        is scattered in proportion to itself and to the primary: twice the monitor units are twice the dose, and
        not twice the map.
    surface_mm
        Distance of the surface from the source, and that of the isocentre.
    model
        Constants of the beam.
    lung_density
        Electrons go far in thin lung: the penumbra there is wider by as much.
    """

    def __init__(
        self, fluence: Field, surface_mm: tuple[float, float], model: PhotonModel, lung_density: float
    ) -> None:
        sigmas = model.sigma_mm + model.sigma_slope * np.maximum(_NODES_MM - 15.0, 0.0)
        # The kernel is one of millimetres where it acts, the map one at the isocentre's distance.
        widening = (surface_mm[0] + _NODES_MM) / surface_mm[1]
        kernels = model.kernel / (1.0 + _NODES_MM / model.kernel_widening_mm) * widening
        sigma_lung = min(8.0, model.sigma_lung_mm * 0.26 / lung_density)
        self._model = model
        self._open = float(fluence.max())
        self._head = model.head * spread(fluence, sigma_mm=PIXEL_MM, kernel=model.head_kernel)
        self._sharp = np.stack([spread(fluence, sigma_mm=float(sigma)) for sigma in sigmas])
        self._soft = spread(fluence, sigma_mm=sigma_lung)
        self._scattered = np.stack([spread(fluence, sigma_mm=PIXEL_MM, kernel=float(b)) for b in kernels])

    def dose(self, view: View, shift_mm: tuple[float, float] = (0.0, 0.0)) -> Field:
        """Return the dose at the points of a view, for a unit of open fluence at the isocentre, shape (points,).

        `shift_mm` moves the map across and along.
        """
        (dose,) = self.doses(view, [shift_mm])
        return dose

    def doses(self, view: View, shifts_mm: Iterable[tuple[float, float]]) -> Iterator[Field]:
        """Yield the dose as :meth:`dose` does, for one shift after the other."""
        model, depth = self._model, view.depth_mm
        node = np.interp(depth, _NODES_MM, np.arange(_NODES_MM.size))
        by_primary, by_scatter = model.primary(depth), model.scattered(depth)
        lung = np.flatnonzero(view.lung_share)
        share, fall = view.lung_share[lung], view.inverse_square
        for across, along in shifts_mm:
            place = np.stack((view.across_mm - across, view.along_mm - along))
            pixel = place / PIXEL_MM + (HALF_MAP_MM / PIXEL_MM - 0.5)
            edge = _look_up(self._sharp, node, *pixel)
            edge[lung] += share * (_look_up(self._soft, *pixel[:, lung]) - edge[lung])
            from_head = _look_up(self._head, *pixel)
            primary = by_primary * (edge + from_head + model.leakage * self._open)
            # Where it stands, the head's share is scattered as the rest is: so the constants were fitted.
            scatter = by_scatter * (1.0 + from_head) * _look_up(self._scattered, node, *pixel)
            yield np.asarray(fall * (primary + scatter))


def _look_up(maps: Field, *where: Field) -> Field:
    from scipy.ndimage import map_coordinates  # noqa: PLC0415

    return np.asarray(map_coordinates(maps, where, order=1, mode="nearest"))
