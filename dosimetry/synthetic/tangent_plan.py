"""Plan tangents: angle and apertures by geometry, weights of the segments by the doses in the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.beam import View
from dosimetry.synthetic.dose_model import PhotonField, PhotonModel
from dosimetry.synthetic.optimise import Wish, best_weights
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.photon_setup import segmented_setup
from dosimetry.synthetic.planned import Planned, PlannedBeam, Voxels, share_of_beams
from dosimetry.synthetic.regions import VOXEL_CC
from dosimetry.synthetic.tangents import best_angle, tangent_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dosimetry.synthetic.catalogue import SamplePlan
    from dosimetry.synthetic.regions import Regions
    from dosimetry.synthetic.tangents import Tangent

    Field = NDArray[np.float64]

__all__ = [
    "HOT",
    "body_sample",
    "make_tangents",
    "plan_tangents",
    "planned_tangents",
    "segment_influence",
    "tangent_dose",
    "weigh_tangents",
]

# Angles of the medial beam that are tried, as gantry angles for a supine patient with a left breast.
_ANGLES_DEG = np.arange(264.0, 332.0, 2.0)
# What a point of the body may have of the prescription, in the wishes.
HOT = 1.06
_BODY_STRIDE = 3


def make_tangents(regions: Regions, targets: Sequence[Organ]) -> tuple[Tangent, Tangent]:
    """Return the medial and the lateral tangent that hold the targets."""
    side = regions.thorax.side
    points = [regions.points(organ) for organ in targets]
    lung, breast = regions.ipsilateral
    organs = {
        "heart": regions.points(Organ.HEART),
        "lung": regions.points(lung),
        "other breast": regions.points(regions.other_breast),
    }
    angles = _ANGLES_DEG if side > 0 else 360.0 - _ANGLES_DEG
    angle = best_angle(points, organs, angles, VOXEL_CC)
    return tangent_pair(regions.tissue, points, regions.points(breast), angle)


def body_sample(regions: Regions) -> Field:
    """Return points all over the body, LPS, shape (points, 3)."""
    tissue = regions.tissue
    inside = np.argwhere(tissue.body[::_BODY_STRIDE, ::_BODY_STRIDE, ::_BODY_STRIDE] > 0.99)
    return np.asarray(tissue.grid.origin_mm + 3.0 * _BODY_STRIDE * inside[:, ::-1])


def segment_influence(regions: Regions, pair: Sequence[Tangent], points_mm: Field) -> Field:
    """Return the dose of each segment at points, for a unit of its fluence, shape (points, segments)."""
    columns = []
    for tangent in pair:
        view = View(tangent.beam, regions.tissue, points_mm)
        columns += [_field(regions, segment.fluence(), view).dose(view) for segment in tangent.segments]
    return np.stack(columns, axis=1)


def weigh_tangents(regions: Regions, pair: Sequence[Tangent], targets: Sequence[Organ]) -> Field:
    """Return weights of the segments for a prescription of 1, shape (segments,)."""
    groups = [regions.points(organ) for organ in targets] + [body_sample(regions)]
    influence = segment_influence(regions, pair, np.concatenate(groups))
    parts = np.split(influence, np.cumsum([len(group) for group in groups])[:-1])
    wishes = [Wish(part, 1.0, 1.0) for part in parts[:-1]]
    wishes.append(Wish(parts[-1], HOT, 30.0, below=False))
    # Rounded, so that the last bits of a machine's sums do not reach the plan.
    return best_weights(wishes).round(4)


def tangent_dose(regions: Regions, pair: Sequence[Tangent], weights: Field, points_mm: Field) -> list[Field]:
    """Return the dose of each beam at points, each of shape (points,)."""
    doses = []
    start = 0
    for tangent in pair:
        count = len(tangent.segments)
        own = weights[start : start + count]
        start += count
        total = np.sum([w * s.fluence() for w, s in zip(own.tolist(), tangent.segments, strict=True)], axis=0)
        view = View(tangent.beam, regions.tissue, points_mm)
        doses.append(_field(regions, total, view).dose(view))
    return doses


def plan_tangents(regions: Regions, recipe: SamplePlan) -> Planned:
    """Return a plan of two tangents."""
    pair = make_tangents(regions, recipe.targets)
    weights = weigh_tangents(regions, pair, recipe.targets)
    voxels = Voxels.of(regions)
    doses = tangent_dose(regions, pair, weights, voxels.points_mm)
    factor, shares = share_of_beams(doses, voxels, recipe.prescription_gy)
    return Planned(voxels, tuple(planned_tangents(pair, weights, doses, factor, shares, recipe)))


def planned_tangents(
    pair: Sequence[Tangent],
    weights: Field,
    doses: Sequence[Field],
    factor: float,
    shares: Sequence[float],
    recipe: SamplePlan,
) -> list[PlannedBeam]:
    """Return the tangents with their doses scaled to the prescription."""
    beams = []
    start = 0
    for tangent, dose, share in zip(pair, doses, shares, strict=True):
        own = weights[start : start + len(tangent.segments)]
        start += len(tangent.segments)
        per_fraction = (factor / recipe.fractions * own).tolist()
        beam_dose = share * recipe.prescription_gy / recipe.fractions
        setup = segmented_setup(tangent.beam, tangent.segments, per_fraction, beam_dose)
        beams.append(PlannedBeam(tangent.beam.name, "PHOTON", setup, factor * dose))
    return beams


def _field(regions: Regions, fluence: Field, view: View) -> PhotonField:
    return PhotonField(fluence, view.surface_mm, PhotonModel(), regions.thorax.lung_density)
