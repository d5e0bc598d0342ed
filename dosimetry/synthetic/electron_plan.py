"""Plan tangents with a matched electron field for the internal mammary nodes.

The tangents leave the part of the breast beside the sternum to the electrons. The electron field is tilted so that
its edge runs along theirs, and stops a gap before them on the skin: the electrons spread beneath it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.write_beam import BeamSetup
from dosimetry.synthetic.aperture import LEAF_EDGES_MM, Aperture
from dosimetry.synthetic.beam import Beam, View
from dosimetry.synthetic.electrons import ENERGIES, ElectronModel, electron_dose
from dosimetry.synthetic.optimise import Wish, cooled_weights
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.planned import Planned, PlannedBeam, Voxels, share_of_beams
from dosimetry.synthetic.tangent_plan import (
    HOT,
    body_sample,
    planned_tangents,
    segment_influence,
    tangent_dose,
)
from dosimetry.synthetic.tangents import tangent_pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.catalogue import SamplePlan
    from dosimetry.synthetic.regions import Regions
    from dosimetry.synthetic.tangents import Tangent

    Field = NDArray[np.float64]

__all__ = ["plan_electrons"]

# Where the tangents' deep edge enters the skin, from the midline.
_MATCH_MM = 46.0
# The tangents' edge leaves there for the flank: what lies this far from the midline decides on its angle.
_FLANK_MM = 90.0
_ANGLES_DEG = np.arange(296.0, 350.0, 1.0)
_GAP_MM = 4.0
_MARGIN_MM = 12.0
_APPLICATOR_MM = 200.0
_GY_PER_MU = 0.01  # at the dose maximum


def plan_electrons(regions: Regions, recipe: SamplePlan) -> Planned:
    """Return a plan of two tangents and an electron field, with the doses of all three."""
    pair = _matched_tangents(regions)
    beam, aperture, model = _electron_field(regions, pair[0])
    fluence = aperture.fluence()

    def influence(points: Field) -> Field:
        electrons = electron_dose(View(beam, regions.tissue, points), fluence, model)
        return np.column_stack((segment_influence(regions, pair, points), electrons))

    voxels = Voxels.of(regions)
    own = electron_dose(View(beam, regions.tissue, voxels.points_mm), fluence, model)

    def doses(weights: Field) -> list[Field]:
        return [*tangent_dose(regions, pair, weights[:-1], voxels.points_mm), weights[-1] * own]

    groups = [regions.points(organ) for organ in recipe.targets] + [body_sample(regions)]
    parts = np.split(influence(np.concatenate(groups)), np.cumsum([len(group) for group in groups])[:-1])
    wishes = [Wish(part, 1.0, 1.0) for part in parts[:-1]]
    wishes.append(Wish(parts[-1], HOT, 30.0, below=False))
    weights = cooled_weights(
        wishes,
        lambda weights: np.sum(doses(weights), axis=0),
        lambda chosen: influence(voxels.points_mm[chosen]),
        voxels.target,
        0.0,
    )
    found = doses(weights)
    factor, shares = share_of_beams(found, voxels, recipe.prescription_gy)
    beams = planned_tangents(pair, weights[:-1], found[:2], factor, shares[:2], recipe)
    per_fraction = factor * float(weights[-1]) / recipe.fractions
    setup = _setup(beam, aperture, model, per_fraction, shares[2] * recipe.prescription_gy / recipe.fractions)
    return Planned(voxels, (*beams, PlannedBeam(beam.name, "ELECTRON", setup, factor * found[2])))


def _matched_tangents(regions: Regions) -> tuple[Tangent, Tangent]:
    """Return tangents that hold the breast from the flank on, and whose deep edge enters the skin at the match."""
    side = regions.thorax.side
    breast = regions.points(Organ.CTV_BREAST)
    lateral = breast[side * breast[:, 0] >= _FLANK_MM]
    skin = regions.points(regions.ipsilateral[1])
    height = float(breast[:, 2].mean())

    def miss_mm(angle: float) -> float:
        pair = tangent_pair(regions.tissue, [lateral], skin, angle, segments=False)
        return abs(side * float(_entrance(regions, pair[0], height)[0]) - _MATCH_MM)

    angles = _ANGLES_DEG if side > 0 else 360.0 - _ANGLES_DEG
    return tangent_pair(regions.tissue, [lateral], skin, min(angles.tolist(), key=miss_mm))


def _electron_field(regions: Regions, medial: Tangent) -> tuple[Beam, Aperture, ElectronModel]:
    """Return the electron beam, its cut-out and its energy, by geometry."""
    side = regions.thorax.side
    breast = regions.points(Organ.CTV_BREAST)
    targets = np.concatenate((regions.points(Organ.CTV_IMN), breast[side * breast[:, 0] < _MATCH_MM]))
    height = float(targets[:, 2].mean())
    match = _entrance(regions, medial, height)
    gantry = medial.beam.gantry_deg
    draft = Beam("IMN electrons", gantry, np.append(match, height))
    sign = side * np.sign(draft.axes()[0][0])
    # Towards the midline the field holds its targets; on the other side it ends a gap before the tangents.
    across, along, _ = draft.project(targets)
    width = -_GAP_MM - (float((sign * across).min()) - _MARGIN_MM)
    middle = -_GAP_MM - 0.5 * width
    x_axis, to_source = draft.axes()
    centre = np.append(match, height) + sign * middle * x_axis
    centre[:2] = _skin(regions, centre, to_source)
    low, high = float(along.min()) - _MARGIN_MM, float(along.max()) + _MARGIN_MM
    centre[2] = height + 0.5 * (low + high)
    beam = Beam("IMN electrons", gantry, centre.round(1))
    half_x, half_y = np.ceil(0.5 * width), np.ceil(0.5 * (high - low))
    leaves = LEAF_EDGES_MM.size - 1
    aperture = Aperture(np.full(leaves, -half_x), np.full(leaves, half_x), (-float(half_y), float(half_y)))
    depth = View(beam, regions.tissue, regions.points(Organ.CTV_IMN)).depth_mm
    deepest = float(np.quantile(depth, 0.95))
    model = next((energy for energy in ENERGIES if energy.useful_mm >= deepest), ENERGIES[-1])
    return beam, aperture, model


def _entrance(regions: Regions, medial: Tangent, height: float) -> Field:
    """Return where the medial tangent's deep edge meets the skin at a height, x and y."""
    start = np.array([*medial.beam.isocentre_mm[:2], height])
    return _skin(regions, start, medial.beam.axes()[1])


def _skin(regions: Regions, start: Field, towards: Field) -> Field:
    """Return x and y of the skin on the way from a point towards a source."""
    way = start + np.arange(-60.0, 260.0, 0.5)[:, None] * towards
    inside = regions.tissue.anatomy.body(*way.T) < 0
    return np.asarray(way[int(np.flatnonzero(inside)[-1]), :2])


def _setup(
    beam: Beam, aperture: Aperture, model: ElectronModel, per_fraction_gy: float, dose_gy: float
) -> BeamSetup:
    half = 0.5 * _APPLICATOR_MM
    (left, right), (low, high) = aperture.x_jaws_mm, aperture.y_jaws_mm
    x, y, z = beam.isocentre_mm.tolist()
    return BeamSetup(
        gantry_deg=beam.gantry_deg,
        isocentre_mm=(x, y, z),
        x_jaws_mm=(-half, half),
        y_jaws_mm=(-half, half),
        applicator_mm=_APPLICATOR_MM,
        cutout_mm=(left, low, right, low, right, high, left, high),
        energy_mv=model.energy_mev,
        meterset_mu=round(per_fraction_gy / _GY_PER_MU, 1),
        dose_gy=round(dose_gy, 4),
    )
