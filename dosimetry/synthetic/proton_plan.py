"""Plan scanned proton fields of optimised spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.write_ion_plan import IonBeamSetup, IonLayer
from dosimetry.synthetic.aperture import HALF_MAP_MM, PIXEL_MM, map_axis
from dosimetry.synthetic.beam import Beam, View
from dosimetry.synthetic.optimise import Wish, cooled_weights
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.planned import Planned, PlannedBeam, Voxels, share_of_beams
from dosimetry.synthetic.protons import RBE, SPOT_SIGMA_MM, bragg_curves, energy_mev
from dosimetry.synthetic.tangent_plan import body_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.catalogue import SamplePlan
    from dosimetry.synthetic.regions import Regions

    Field = NDArray[np.float64]

__all__ = ["plan_protons"]

# Two fields that face the breast, as gantry angles for the left one.
_ANGLES_DEG = (10.0, 50.0)
_AXIS_MM = 2000.0
_SPOT_MM = 8.0
_LAYER_MM = 5.0
# Beyond the target: across, half a spot more than the penumbra; in depth 3.5 % of the range and 1 mm.
_ACROSS_MM = 8.0
_SHIFTER_MM = 50.0
_SMOOTHING = 0.0005
_TARGET_POINTS = 3000
_POINTS = {Organ.HEART: 900, Organ.LUNG_L: 1200, Organ.LUNG_R: 300}


@dataclass(frozen=True, eq=False)
class _Field:
    """One direction and its spots.

    Attributes
    ----------
    beam
        Where it stands.
    places_mm
        Places of the spots at the isocentre's distance, shape (places, 2).
    ranges_mm
        Ranges in water of the layers, shape (layers,).
    spots
        Place and layer of each spot, shape (spots, 2).
    """

    beam: Beam
    places_mm: Field
    ranges_mm: Field
    spots: NDArray[np.int64]


def plan_protons(regions: Regions, recipe: SamplePlan) -> Planned:
    """Return a plan of two fields; doses are weighted by the relative biological effectiveness."""
    fields = _fields(regions, recipe)
    voxels = Voxels.of(regions)
    views = [View(field.beam, regions.tissue, voxels.points_mm) for field in fields]
    ends = np.cumsum([len(field.spots) for field in fields])[:-1]

    def weighted(weights: Field) -> list[Field]:
        parts = np.split(weights, ends)
        return [RBE * _dose(view, field, own) for view, field, own in zip(views, fields, parts, strict=True)]

    weights = cooled_weights(
        _wishes(regions, recipe, fields),
        lambda weights: np.sum(weighted(weights), axis=0),
        lambda chosen: _influence(regions, fields, voxels.points_mm[chosen]),
        voxels.target,
        _SMOOTHING,
    )
    doses = weighted(weights)
    factor, shares = share_of_beams(doses, voxels, recipe.prescription_gy)
    beams = []
    for field, own, dose, share in zip(fields, np.split(weights, ends), doses, shares, strict=True):
        setup = _setup(field, factor / recipe.fractions * own, share * recipe.prescription_gy / recipe.fractions)
        beams.append(PlannedBeam(field.beam.name, "PROTON", setup, factor * dose))
    return Planned(voxels, tuple(beams))


def _fields(regions: Regions, recipe: SamplePlan) -> list[_Field]:
    """Return the directions with spots wherever a target's depth calls for them."""
    targets = np.concatenate([regions.planning_points(organ) for organ in recipe.targets])
    isocentre = (0.5 * (targets.min(axis=0) + targets.max(axis=0))).round(1)
    fields = []
    for number, angle in enumerate(_ANGLES_DEG, start=1):
        gantry = angle if recipe.side > 0 else 360.0 - angle
        beam = Beam(f"Field {number}", gantry, isocentre, recipe.posture.patient_position, _AXIS_MM)
        view = View(beam, regions.tissue, targets)
        across, along, depth = view.across_mm, view.along_mm, view.depth_mm
        axis = np.arange(-160.0, 161.0, _SPOT_MM)
        places = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        ranges = np.arange(2.0 * _LAYER_MM, float(depth.max()) * 1.035 + 1.0 + _LAYER_MM, _LAYER_MM)
        spots = []
        for place, (u, v) in enumerate(places.tolist()):
            near = np.hypot(across - u, along - v) < _ACROSS_MM
            if near.any():
                low, high = float(depth[near].min()), 1.035 * float(depth[near].max()) + 1.0
                layers = np.flatnonzero((ranges > low - _LAYER_MM) & (ranges < high + 0.5 * _LAYER_MM))
                spots += [(place, layer) for layer in layers.tolist()]
        fields.append(_Field(beam, places, ranges, np.array(spots)))
    return fields


def _influence(regions: Regions, fields: list[_Field], points_mm: Field) -> Field:
    """Return the dose of each spot at points, for a unit of its weight, shape (points, spots)."""
    columns = []
    for field in fields:
        view = View(field.beam, regions.tissue, points_mm)
        curves = bragg_curves(field.ranges_mm, view.depth_mm) * view.inverse_square
        square = (view.across_mm - field.places_mm[:, :1]) ** 2 + (view.along_mm - field.places_mm[:, 1:]) ** 2
        used = np.unique(field.spots[:, 0])
        spread = dict(zip(used.tolist(), np.exp(-0.5 * square[used] / SPOT_SIGMA_MM**2), strict=True))
        columns.append(np.stack([spread[place] * curves[layer] for place, layer in field.spots.tolist()], axis=1))
    return RBE * np.concatenate(columns, axis=1)


def _wishes(regions: Regions, recipe: SamplePlan, fields: list[_Field]) -> list[Wish]:
    """Return what is wished for, for a prescription of 1."""
    groups = [
        points[:: max(1, len(points) // _TARGET_POINTS)]
        for points in map(regions.planning_points, (Organ.CTV_BREAST, Organ.CTV_IMN))
    ]
    groups += [
        points[:: max(1, len(points) // count)]
        for points, count in ((regions.points(organ), count) for organ, count in _POINTS.items())
    ]
    sample = body_sample(regions)
    groups.append(sample[:: max(1, len(sample) // 4000)])
    influence = _influence(regions, fields, np.concatenate(groups))
    parts = np.split(influence, np.cumsum([len(group) for group in groups])[:-1])
    breast, imn, heart, lung, other, body = parts
    if recipe.side < 0:
        lung, other = other, lung
    return [
        Wish(breast, 1.0, 100.0),
        Wish(imn, 1.0, 100.0),
        Wish(heart, 0.0, 0.2, below=False),
        Wish(lung, 0.0, 0.2, below=False),
        Wish(other, 0.0, 1.0, below=False),
        Wish(body, 1.02, 1500.0, below=False),
    ]


def _dose(view: View, field: _Field, weights: Field) -> Field:
    """Return the physical dose of a field at the points of a view."""
    from scipy.ndimage import gaussian_filter, map_coordinates  # noqa: PLC0415  heavy

    axis = map_axis()
    curves = bragg_curves(field.ranges_mm, view.depth_mm)
    pixel = np.stack((view.across_mm, view.along_mm)) / PIXEL_MM + (HALF_MAP_MM / PIXEL_MM - 0.5)
    total = np.zeros(view.depth_mm.size)
    # A Gaussian of one spot has 1 at its middle, as in the optimisation.
    peak = 2.0 * np.pi * (SPOT_SIGMA_MM / PIXEL_MM) ** 2
    for layer in range(field.ranges_mm.size):
        chosen = field.spots[:, 1] == layer
        if weights[chosen].any():
            spots = np.zeros((axis.size, axis.size))
            where = field.places_mm[field.spots[chosen, 0]] / PIXEL_MM + HALF_MAP_MM / PIXEL_MM - 0.5
            # Spots stand on the corners of four pixels.
            for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
                at = np.floor(where).astype(int) + corner
                np.add.at(spots, tuple(at.T), 0.25 * weights[chosen])
            spread = peak * gaussian_filter(spots, SPOT_SIGMA_MM / PIXEL_MM)
            total += curves[layer] * map_coordinates(spread, pixel, order=1, mode="nearest")
    return np.asarray(view.inverse_square * total)


def _setup(field: _Field, weights: Field, dose_gy: float) -> IonBeamSetup:
    layers = []
    for layer in range(field.ranges_mm.size - 1, -1, -1):
        chosen = (field.spots[:, 1] == layer) & (weights > 0)
        if chosen.any():
            places = field.places_mm[field.spots[chosen, 0]]
            # The range shifter takes its share of the range.
            energy = energy_mev(float(field.ranges_mm[layer]) + _SHIFTER_MM)
            own = weights[chosen].round(5).tolist()
            layers.append(IonLayer(round(energy, 2), tuple(places.ravel().tolist()), tuple(own)))
    x, y, z = field.beam.isocentre_mm.tolist()
    return IonBeamSetup(
        gantry_deg=field.beam.gantry_deg,
        isocentre_mm=(x, y, z),
        shifter_mm=_SHIFTER_MM,
        spot_mm=round(2.3548 * SPOT_SIGMA_MM, 2),
        layers=tuple(layers),
        dose_gy=round(dose_gy, 4),
    )
