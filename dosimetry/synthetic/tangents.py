"""Tangential photon fields: where they stand and what their jaws and leaves let through.

A pair of tangents shares the plane of its deep edge: the isocentre lies on that edge and one jaw stands at 0, so
that the edge does not diverge into the lung. Leaves of 10 mm draw it back beside a shallower target. The angle is
the one that takes in least of heart, lung and the other breast. Beside its open field each beam has segments that
leave out what the beam passes through least water to reach: a field in field.

All of this is geometry: no dose is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.aperture import LEAF_EDGES_MM, Aperture
from dosimetry.synthetic.beam import Beam, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dosimetry.synthetic.tissue import Tissue

    Field = NDArray[np.float64]

__all__ = ["DEEP_MARGIN_MM", "END_MARGIN_MM", "Tangent", "best_angle", "tangent_pair"]

# From the targets' contours to the field's edge: the penumbra at its 95 % level and a little motion.
DEEP_MARGIN_MM = 9.0
END_MARGIN_MM = 10.0
# Air in front of the breast, so that breathing does not carry it out of the field.
_FLASH_MM = 20.0
# Of the most water on any ray of the field, what a segment's rays have at least.
_SEGMENT_SHARES = (0.45, 0.6, 0.72, 0.84)
# How much worse a cubic centimetre of each organ is than one of lung.
_WORTH = {"heart": 3.0, "lung": 1.0, "other breast": 1.0}


@dataclass(frozen=True, eq=False)
class Tangent:
    """One tangential beam.

    Attributes
    ----------
    beam
        Where it stands.
    segments
        Its open field, and segments within it.
    """

    beam: Beam
    segments: tuple[Aperture, ...]


def _directions(angle_deg: float) -> tuple[Field, Field]:
    """Return unit vectors in the axial plane: from the deep edge outwards, and along the medial beam."""
    angle = np.deg2rad(angle_deg)
    to_source = np.array([np.sin(angle), -np.cos(angle)])
    outward = np.array([np.cos(angle), np.sin(angle)])
    return (outward if outward[1] < 0 else -outward), -to_source


def _edge_mm(targets: Sequence[Field], outward: Field, z: Field) -> Field:
    """Return where the deep edge stands at heights, along `outward`; infinite where no target is."""
    edge = np.full(z.shape, np.inf)
    for points in targets:
        beside = (z > points[:, 2].min() - END_MARGIN_MM) & (z < points[:, 2].max() + END_MARGIN_MM)
        edge[beside] = np.minimum(edge[beside], float((points[:, :2] @ outward).min()) - DEEP_MARGIN_MM)
    return edge


def best_angle(targets: Sequence[Field], organs: Mapping[str, Field], angles_deg: Field, voxel_cc: float) -> float:
    """Return the angle of the medial beam at which least of the organs lies in the field.

    Parameters
    ----------
    targets
        Points of each target, LPS, each of shape (points, 3).
    organs
        Points of ``"heart"``, ``"lung"`` and ``"other breast"``, one for each voxel.
    angles_deg
        Those to choose from, as gantry angles for a patient who lies supine.
    voxel_cc
        Volume of a voxel.
    """
    costs = []
    for angle in angles_deg.tolist():
        outward, _ = _directions(angle)
        costs.append(
            sum(
                _WORTH[name]
                * voxel_cc
                * np.count_nonzero(points[:, :2] @ outward > _edge_mm(targets, outward, points[:, 2]))
                for name, points in organs.items()
            )
        )
    return float(angles_deg[int(np.argmin(costs))])


def tangent_pair(
    tissue: Tissue, targets: Sequence[Field], skin_mm: Field, angle_deg: float, *, segments: bool = True
) -> tuple[Tangent, Tangent]:
    """Return the medial and the lateral tangent that hold the targets.

    Each target has a straight deep edge over its own height. Where targets differ in depth the leaves draw
    the edge back beside the shallower one: partially wide tangents, when one of them is the IMN.

    Parameters
    ----------
    tissue
        What they pass through.
    targets
        Points of each target, LPS, each of shape (points, 3).
    skin_mm
        Points of the breast that the field must flash over, shape (points, 3).
    angle_deg
        Direction of the medial beam, as the gantry angle for a patient who lies supine.
    segments
        Whether segments are made beside the open field.
    """
    position = tissue.thorax.posture.patient_position
    outward, inward = _directions(angle_deg)
    points = np.concatenate(targets)
    depth = float((points[:, :2] @ outward).min()) - DEEP_MARGIN_MM
    along = points[:, :2] @ inward
    middle = 0.5 * float(along.max() + along.min())
    low, high = float(points[:, 2].min()) - END_MARGIN_MM, float(points[:, 2].max()) + END_MARGIN_MM
    isocentre = np.append(depth * outward + middle * inward, 0.5 * (low + high)).round(1)
    # Leaves and jaws stand on whole millimetres: nothing is then left to rounding in the plan's file.
    half = float(np.ceil(0.5 * (high - low)))
    turn = 180.0 if position == "HFP" else 0.0
    pair = []
    for name, angle in (("Medial", angle_deg), ("Lateral", angle_deg + 180.0)):
        beam = Beam(name, (angle + turn) % 360.0, isocentre, position)
        sign = 1.0 if beam.axes()[0][1] < 0 else -1.0
        view = View(beam, tissue, np.concatenate((points, skin_mm)))
        far = float(np.ceil((sign * view.across_mm).max() + _FLASH_MM))
        deep = _deep_leaves([(sign * a, b) for a, b, _ in map(beam.project, targets)])
        field = _aperture(sign, deep, np.full(deep.size, far), half)
        inner = _inner_segments(view, field) if segments else []
        pair.append(Tangent(beam, (field, *inner)))
    return pair[0], pair[1]


def _aperture(sign: float, deep: Field, far: Field, half_mm: float) -> Aperture:
    if sign > 0:
        return Aperture(deep, far, (-half_mm, half_mm))
    return Aperture(-far, -deep, (-half_mm, half_mm))


def _deep_leaves(targets: Sequence[tuple[Field, Field]]) -> Field:
    """Return how far each deep leaf stands in front of the jaw, shape (leaves,).

    `targets` are across and along positions of each target in beam's eye view, across counted outwards.
    """
    lower, upper = LEAF_EDGES_MM[:-1], LEAF_EDGES_MM[1:]
    positions = np.full(lower.size, np.inf)
    for across, along in targets:
        beside = (upper > along.min() - END_MARGIN_MM) & (lower < along.max() + END_MARGIN_MM)
        edge = max(0.0, float(np.floor(across.min() - DEEP_MARGIN_MM)))
        positions[beside] = np.minimum(positions[beside], edge)
    used = np.flatnonzero(np.isfinite(positions))
    # Leaves behind the jaws follow the last one in the field.
    return np.asarray(positions[np.clip(np.arange(positions.size), used[0], used[-1])])


def _inner_segments(view: View, field: Aperture) -> list[Aperture]:
    """Return the field without the rays that pass through little water, for growing limits."""
    middles = 0.5 * (LEAF_EDGES_MM[1:] + LEAF_EDGES_MM[:-1])
    low, high = field.y_jaws_mm
    rows = np.flatnonzero((middles > low) & (middles < high))
    left, right = field.x_jaws_mm
    across = np.arange(left, right + 1.0)
    water = view.path_mm(across[None, :], middles[rows][:, None])
    inside = (across >= field.left_mm[rows][:, None]) & (across <= field.right_mm[rows][:, None])
    water = np.where(inside, water, 0.0)
    segments = []
    for share in _SEGMENT_SHARES:
        lefts, rights = field.left_mm.copy(), field.left_mm.copy()
        enough = water >= share * water.max()
        for row, rays, thickest in zip(rows.tolist(), enough, water.argmax(axis=1).tolist(), strict=True):
            if not rays[thickest]:
                continue
            gaps = np.flatnonzero(~rays)
            first = int(gaps[gaps < thickest].max()) + 1 if (gaps < thickest).any() else 0
            last = int(gaps[gaps > thickest].min()) - 1 if (gaps > thickest).any() else rays.size - 1
            lefts[row], rights[row] = across[first], across[last]
        segments.append(Aperture(lefts, rights, field.y_jaws_mm))
    return segments
