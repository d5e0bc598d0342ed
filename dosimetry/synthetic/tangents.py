"""Tangential photon fields: where they stand and what their jaws and leaves let through.

A pair of tangents shares the plane of its deep edge: the isocentre lies on that edge and one jaw stands at 0,
so that the edge does not diverge into the lung. Leaves of 10 mm draw it back beside a shallower target.
Angles, axes and jaws follow IEC 61217 with the collimator and the couch at 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Field = NDArray[np.float64]

__all__ = ["LEAF_EDGES_MM", "SOURCE_AXIS_MM", "Tangent", "tangent_pair"]

SOURCE_AXIS_MM = 1000.0
LEAF_EDGES_MM = np.arange(-200.0, 201.0, 10.0, dtype=np.float64)
# Air in front of the breast, so that breathing does not carry it out of the field.
_FLASH_MM = 20.0


@dataclass(frozen=True, eq=False)
class Tangent:
    """One static field.

    Attributes
    ----------
    name
        Its name in the plan.
    gantry_deg
        Gantry angle.
    isocentre_mm
        LPS, shape (3,).
    opens_to
        +1 where the field lies on the positive side of the deep edge in the beam's x, else -1.
    x_far_mm
        Distance of the far jaw from the deep edge, at the isocentre.
    y_jaws_mm
        Lower and upper jaw towards feet and head.
    deep_leaves_mm
        Distance of each deep leaf from the jaw at 0, at the isocentre, shape (leaves,); never negative.
    """

    name: str
    gantry_deg: float
    isocentre_mm: Field
    opens_to: int
    x_far_mm: float
    y_jaws_mm: tuple[float, float]
    deep_leaves_mm: Field

    def axes(self) -> tuple[Field, Field]:
        """Return LPS unit vectors: across the field from the deep edge outwards, and to the source."""
        angle = np.deg2rad(self.gantry_deg)
        cosine, sine = float(np.cos(angle)), float(np.sin(angle))
        return self.opens_to * np.array([cosine, sine, 0.0]), np.array([sine, -cosine, 0.0])

    def project(self, points_mm: Field) -> tuple[Field, Field, Field]:
        """Return positions in beam's eye view.

        Parameters
        ----------
        points_mm
            LPS, shape (..., 3).

        Returns
        -------
        across, along, distance
            Distance from the deep edge and position towards the head, both at the isocentre's distance, and
            distance from the source along the beam's axis; each of shape (...), in mm.
        """
        outward, to_source = self.axes()
        offset = points_mm - self.isocentre_mm
        distance = SOURCE_AXIS_MM - offset @ to_source
        scale = SOURCE_AXIS_MM / distance
        return (offset @ outward) * scale, offset[..., 2] * scale, distance

    def opening(self, across_mm: Field, along_mm: Field) -> NDArray[np.bool_]:
        """Tell where the aperture is open; positions at the isocentre's distance, shapes broadcast."""
        leaf = np.clip(np.searchsorted(LEAF_EDGES_MM, along_mm, side="right") - 1, 0, LEAF_EDGES_MM.size - 2)
        low, high = self.y_jaws_mm
        return np.asarray(
            (across_mm >= self.deep_leaves_mm[leaf])
            & (across_mm <= self.x_far_mm)
            & (along_mm >= low)
            & (along_mm <= high)
        )


def tangent_pair(
    targets_mm: Sequence[Field],
    skin_mm: Field,
    gantry_deg: float,
    deep_margin_mm: float,
    end_margin_mm: float,
) -> tuple[Tangent, Tangent]:
    """Return the medial and the lateral tangent that hold the targets.

    Each target has a straight deep edge over its own height. Where targets differ in depth the leaves draw
    the edge back beside the shallower one: partially wide tangents, when one of them is the IMN.

    Parameters
    ----------
    targets_mm
        Points of each target, LPS, each of shape (points, 3).
    skin_mm
        Points of the breast's surface that the field must flash over, shape (points, 3).
    gantry_deg
        Gantry angle of the medial field; the lateral one stands opposite.
    deep_margin_mm, end_margin_mm
        From the targets to the deep edge, and to the jaws towards feet and head.
    """
    angle = np.deg2rad(gantry_deg)
    outward = np.array([np.cos(angle), np.sin(angle), 0.0])
    inward = np.array([-np.sin(angle), np.cos(angle), 0.0])
    points = np.concatenate(targets_mm)
    depth = float((points @ outward).min()) - deep_margin_mm
    middle = float((points @ inward).max() + (points @ inward).min()) / 2.0
    low, high = float(points[:, 2].min()) - end_margin_mm, float(points[:, 2].max()) + end_margin_mm
    isocentre = (depth * outward + middle * inward + np.array([0.0, 0.0, (low + high) / 2.0])).round(1)
    # Leaves and jaws stand on whole millimetres: nothing is then left to rounding in the plan's file.
    half = float(np.ceil((high - low) / 2.0))
    pair = []
    for name, gantry, opens_to in (("Medial", gantry_deg, 1), ("Lateral", (gantry_deg + 180.0) % 360.0, -1)):
        bare = Tangent(name, gantry, isocentre, opens_to, 0.0, (-half, half), np.zeros(LEAF_EDGES_MM.size - 1))
        far = float(np.ceil(bare.project(skin_mm)[0].max() + _FLASH_MM))
        leaves = _deep_leaves([bare.project(target)[:2] for target in targets_mm], deep_margin_mm)
        pair.append(Tangent(name, gantry, isocentre, opens_to, far, (-half, half), leaves))
    return pair[0], pair[1]


def _deep_leaves(targets: Sequence[tuple[Field, Field]], margin_mm: float) -> Field:
    """Return how far each deep leaf stands in front of the jaw, shape (leaves,).

    Parameters
    ----------
    targets
        Across and along positions of each target in beam's eye view.
    margin_mm
        From a target to the leaves beside it, and beyond its ends.
    """
    lower, upper = LEAF_EDGES_MM[:-1], LEAF_EDGES_MM[1:]
    positions = np.full(lower.size, np.inf)
    for across, along in targets:
        beside = (upper > along.min() - margin_mm) & (lower < along.max() + margin_mm)
        edge = max(0.0, float(np.floor(across.min() - margin_mm)))
        positions[beside] = np.minimum(positions[beside], edge)
    used = np.flatnonzero(np.isfinite(positions))
    # Leaves behind the jaws follow the last one in the field.
    return np.asarray(positions[np.clip(np.arange(positions.size), used[0], used[-1])])
