"""A small photon dose model: what a 6 MV field leaves in a thorax, good to a few per cent at best.

Per field, dose = aperture x wedge x inverse square x attenuation along the ray's radiological depth, with a
penumbra that widens in lung and a tail of scatter and leakage outside the field. Left out: scatter from
inhomogeneities, loss of electronic equilibrium in lung, electron contamination, bone, the couch. It makes
plausible dose distributions for examples and tests; it is no planning system.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.tangents import SOURCE_AXIS_MM
from dosimetry.synthetic.thorax import Organ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.synthetic.tangents import Tangent
    from dosimetry.synthetic.thorax import Thorax

    Field = NDArray[np.float64]

__all__ = ["PhotonModel", "density", "field_dose", "voxel_centres"]

LUNG_DENSITY = 0.26


@dataclass(frozen=True, slots=True)
class PhotonModel:
    """Constants of a 6 MV beam of about 10 cm x 17 cm.

    Attributes
    ----------
    attenuation_per_mm
        Effective attenuation behind the build-up, in water, inverse square taken out.
    build_up_mm, skin_deficit
        Dose at the surface is 1 - `skin_deficit`, and rises with this length.
    sigma_mm, sigma_lung_mm
        Width of the penumbra in tissue and in lung: 20 % to 80 % is 1.68 sigma.
    near_tail, near_tail_mm, far_tail, far_tail_mm, leakage
        Outside the field, of the open field's dose: near·exp(-d/near_mm) + far·exp(-d/far_mm) + leakage.
    wedge_per_mm
        Slope of the logarithm of the fluence across the field, less towards the thin front of the breast.
    """

    attenuation_per_mm: float = 0.0032
    build_up_mm: float = 4.5
    skin_deficit: float = 0.55
    sigma_mm: float = 3.8
    sigma_lung_mm: float = 5.6
    near_tail: float = 0.045
    near_tail_mm: float = 14.0
    far_tail: float = 0.018
    far_tail_mm: float = 60.0
    leakage: float = 0.002
    wedge_per_mm: float = 0.0014


def voxel_centres(grid: Grid) -> Field:
    """Return the voxel centres of a grid, LPS in mm, shape (frames, rows, columns, 3)."""
    frames, rows, columns = grid.shape
    return np.asarray(
        grid.origin_mm
        + grid.frame_positions_mm[:, None, None, None] * grid.normal
        + (np.arange(rows) * grid.spacing_mm[1])[None, :, None, None] * grid.column_axis
        + (np.arange(columns) * grid.spacing_mm[0])[None, None, :, None] * grid.row_axis
    ) + np.zeros((frames, rows, columns, 3))


def _share(field: Field, blur_mm: float) -> Field:
    """Return how much of a small neighbourhood lies inside a body."""
    return np.clip(0.5 - field / blur_mm, 0.0, 1.0)


def density(thorax: Thorax, x: Field, y: Field, z: Field) -> Field:
    """Return density relative to water at points that broadcast: body 1, lungs 0.26, air 0."""
    body = _share(thorax.field(Organ.BODY, x, y, z), 2.0)
    lungs = np.minimum(thorax.field(Organ.LUNG_L, x, y, z), thorax.field(Organ.LUNG_R, x, y, z))
    return np.asarray(body * (1.0 - (1.0 - LUNG_DENSITY) * _share(lungs, 2.0)))


def field_dose(thorax: Thorax, tangent: Tangent, points_mm: Field, model: PhotonModel) -> Field:
    """Return the dose of one field, relative to its own unattenuated fluence at the isocentre.

    Parameters
    ----------
    thorax
        What it passes through.
    tangent
        The field.
    points_mm
        LPS, shape (..., 3).
    model
        Constants of the beam.

    Returns
    -------
    ndarray
        Shape (...); 0 outside the body.
    """
    across, along, distance = tangent.project(points_mm)
    depth = _radiological_depth(thorax, tangent, across, along, distance)
    x, y, z = points_mm[..., 0], points_mm[..., 1], points_mm[..., 2]
    body = _share(thorax.field(Organ.BODY, x, y, z), 2.0)
    lungs = np.minimum(thorax.field(Organ.LUNG_L, x, y, z), thorax.field(Organ.LUNG_R, x, y, z))
    # Electrons carry dose over about a centimetre: what they cross decides on the penumbra, not the point.
    fluence = _fluence(tangent, across, along, _share(lungs, 12.0), model)
    build_up = 1.0 - model.skin_deficit * np.exp(-depth / model.build_up_mm)
    falloff = np.exp(-model.attenuation_per_mm * depth) * (SOURCE_AXIS_MM / distance) ** 2
    return np.asarray(body * fluence * build_up * falloff)


def _radiological_depth(thorax: Thorax, tangent: Tangent, across: Field, along: Field, distance: Field) -> Field:
    """Return the density-weighted path from the source, in mm of water, by a fan of rays."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415  heavy, and only the generator needs it

    step = 4.0
    axes = [np.arange(np.floor(values.min()) - step, values.max() + step, step) for values in (across, along)]
    reach = np.arange(SOURCE_AXIS_MM - 260.0, distance.max() + step, step)
    u, v, t = axes[0][:, None, None], axes[1][None, :, None], reach[None, None, :]
    outward, to_source = tangent.axes()
    scale = t / SOURCE_AXIS_MM
    towards = SOURCE_AXIS_MM - t
    x, y, z = (
        tangent.isocentre_mm[k] + u * scale * outward[k] + towards * to_source[k] + (v * scale if k == 2 else 0.0)
        for k in range(3)
    )
    slant = np.sqrt(1.0 + (u**2 + v**2) / SOURCE_AXIS_MM**2)
    # Each sample stands for the step around it, so that half of its own step lies behind it.
    share = density(thorax, x, y, z) * (step * slant)
    path = np.cumsum(share, axis=2) - 0.5 * share
    where = [(across - axes[0][0]) / step, (along - axes[1][0]) / step, (distance - reach[0]) / step]
    return np.asarray(map_coordinates(path, where, order=1, mode="nearest"))


def _fluence(tangent: Tangent, across: Field, along: Field, lung: Field, model: PhotonModel) -> Field:
    """Return the fluence through aperture and wedge, with penumbra and tail, relative to an open field."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates  # noqa: PLC0415

    u = np.arange(np.floor(across.min()) - 20.0, across.max() + 20.0)
    v = np.arange(np.floor(along.min()) - 20.0, along.max() + 20.0)
    is_open = tangent.opening(u[:, None], v[None, :])
    where = [across - u[0], along - v[0]]

    def look_up(values: Field) -> Field:
        return np.asarray(map_coordinates(values, where, order=1, mode="nearest"))

    soft = look_up(gaussian_filter(is_open.astype(np.float64), model.sigma_mm, mode="nearest"))
    softer = look_up(gaussian_filter(is_open.astype(np.float64), model.sigma_lung_mm, mode="nearest"))
    edge = soft + (softer - soft) * lung
    outside = look_up(distance_transform_edt(~is_open))
    tail = (
        model.near_tail * np.exp(-outside / model.near_tail_mm)
        + model.far_tail * np.exp(-outside / model.far_tail_mm)
        + model.leakage
    )
    wedge = np.exp(-model.wedge_per_mm * np.clip(across, 0.0, tangent.x_far_mm))
    return np.asarray(edge * wedge + (1.0 - edge) * tail)
