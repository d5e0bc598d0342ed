"""Plan photon fields of optimised fluence, given by leaves that step across the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.aperture import LEAF_EDGES_MM, Aperture
from dosimetry.synthetic.beam import Beam, View
from dosimetry.synthetic.dose_model import PhotonField, PhotonModel
from dosimetry.synthetic.leaf_steps import BEAMLET_MM, leaf_steps
from dosimetry.synthetic.optimise import Wish, cooled_weights
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.photon_setup import segmented_setup
from dosimetry.synthetic.planned import Planned, PlannedBeam, Voxels, share_of_beams
from dosimetry.synthetic.tangent_plan import body_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.catalogue import SamplePlan
    from dosimetry.synthetic.regions import Regions

    Field = NDArray[np.float64]

__all__ = ["plan_imrt"]

# Directions for a left breast, as gantry angles: from the medial to the lateral tangent, around the front.
_ANGLES_DEG = (300.0, 325.0, 350.0, 15.0, 45.0, 90.0, 130.0)
_MARGIN_MM = 8.0
_SMOOTHING = 0.0005
# Points of each region in the wishes: enough for a fluence that is a centimetre fine.
_TARGET_POINTS = 3000
_POINTS = {Organ.HEART: 900, Organ.LUNG_L: 1200, Organ.LUNG_R: 700}


@dataclass(frozen=True, eq=False)
class _Field:
    """One direction and its beamlets: a square of 10 mm each, on the leaves' rows."""

    beam: Beam
    places_mm: Field  # middles, shape (beamlets, 2)


def plan_imrt(regions: Regions, recipe: SamplePlan, every: int = 1) -> Planned:
    """Return a plan of seven fields; with `every` above 1 a rougher one, from so much fewer points, sooner."""
    fields = _fields(regions, recipe)
    voxels = Voxels.of(regions)
    views = [View(field.beam, regions.tissue, voxels.points_mm) for field in fields]

    def doses(weights: Field) -> list[Field]:
        return [
            weight
            * len(apertures)
            * _photons(view, np.mean([aperture.fluence() for aperture in apertures], axis=0))
            for view, (apertures, weight) in zip(views, _steps(fields, weights), strict=True)
        ]

    weights = cooled_weights(
        _wishes(regions, recipe, fields, every),
        lambda weights: np.sum(doses(weights), axis=0),
        lambda chosen: _influence(regions, fields, voxels.points_mm[chosen]),
        voxels.target,
        _SMOOTHING,
    )
    found = doses(weights)
    factor, shares = share_of_beams(found, voxels, recipe.prescription_gy)
    beams = []
    for field, (apertures, weight), dose, share in zip(fields, _steps(fields, weights), found, shares, strict=True):
        per_fraction = [factor * weight / recipe.fractions] * len(apertures)
        beam_dose = share * recipe.prescription_gy / recipe.fractions
        setup = segmented_setup(field.beam, apertures, per_fraction, beam_dose)
        beams.append(PlannedBeam(field.beam.name, "PHOTON", setup, factor * dose))
    return Planned(voxels, tuple(beams))


def _steps(fields: list[_Field], weights: Field) -> list[tuple[list[Aperture], float]]:
    """Return each field's apertures and their weight: what the leaves let through, not what was wished for."""
    ends = np.cumsum([len(field.places_mm) for field in fields])[:-1]
    return [leaf_steps(field.places_mm, own) for field, own in zip(fields, np.split(weights, ends), strict=True)]


def _photons(view: View, fluence: Field) -> Field:
    """Return the dose of a monitor unit's fluence: scatter of the head's share makes the model not quite linear."""
    return PhotonField(fluence, view.surface_mm, PhotonModel(), view.tissue.thorax.lung_density).dose(view)


def _fields(regions: Regions, recipe: SamplePlan) -> list[_Field]:
    """Return the directions with those beamlets that see a target."""
    targets = np.concatenate([regions.planning_points(organ) for organ in recipe.targets])
    isocentre = (0.5 * (targets.min(axis=0) + targets.max(axis=0))).round(1)
    position = recipe.posture.patient_position
    middles = 0.5 * (LEAF_EDGES_MM[1:] + LEAF_EDGES_MM[:-1])
    fields = []
    for number, angle in enumerate(_ANGLES_DEG, start=1):
        beam = Beam(f"Field {number}", angle if recipe.side > 0 else (360.0 - angle) % 360.0, isocentre, position)
        across, along, _ = beam.project(targets)
        u, v = (a.ravel() for a in np.meshgrid(middles, middles, indexing="ij"))
        reach = 0.5 * BEAMLET_MM + _MARGIN_MM
        seen = np.zeros(u.size, dtype=bool)
        for a, b in zip(across[::5], along[::5], strict=True):
            seen |= (np.abs(u - a) < reach) & (np.abs(v - b) < reach)
        fields.append(_Field(beam, np.column_stack((u[seen], v[seen]))))
    return fields


def _influence(regions: Regions, fields: list[_Field], points_mm: Field) -> Field:
    """Return the dose of each beamlet at points, for a unit of its fluence, shape (points, beamlets)."""
    half = 0.5 * BEAMLET_MM
    leaves = LEAF_EDGES_MM.size - 1
    unit = Aperture(np.full(leaves, -half), np.full(leaves, half), (-half, half)).fluence()
    columns: list[Field] = []
    for field in fields:
        view = View(field.beam, regions.tissue, points_mm)
        beamlet = PhotonField(unit, view.surface_mm, PhotonModel(), regions.thorax.lung_density)
        columns += beamlet.doses(view, [(u, v) for u, v in field.places_mm.tolist()])
    return np.stack(columns, axis=1)


def _wishes(regions: Regions, recipe: SamplePlan, fields: list[_Field], every: int) -> list[Wish]:
    """Return what is wished for, for a prescription of 1, at one of `every` points."""
    groups = [
        _thinned(regions.planning_points(organ), _TARGET_POINTS) for organ in (Organ.CTV_BREAST, Organ.CTV_IMN)
    ]
    groups += [_thinned(regions.points(organ), count) for organ, count in _POINTS.items()]
    groups += [_thinned(regions.points(regions.other_breast), 500), _thinned(body_sample(regions), 4000)]
    groups = [points[::every] for points in groups]
    influence = _influence(regions, fields, np.concatenate(groups))
    parts = np.split(influence, np.cumsum([len(group) for group in groups])[:-1])
    breast, imn, heart, lung, other_lung, other_breast, body = parts
    if recipe.side < 0:
        lung, other_lung = other_lung, lung
    return [
        Wish(breast, 1.0, 100.0),
        Wish(imn, 1.0, 100.0),
        Wish(heart, 0.08, 4.0, below=False),
        Wish(lung, 0.30, 2.0, below=False),
        Wish(other_lung, 0.06, 2.0, below=False),
        Wish(other_breast, 0.05, 3.0, below=False),
        Wish(body, 1.02, 1500.0, below=False),
    ]


def _thinned(points: Field, count: int) -> Field:
    """Return about `count` of the points, evenly through their order."""
    return points[:: max(1, len(points) // count)]
