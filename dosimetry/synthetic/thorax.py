"""Dimensions of a parametric female thorax: no patient's, only smooth shapes of believable size.

Patient coordinates in mm, LPS: x grows to the patient's left, y to the back, z to the head. The body lies around
the origin: x = 0 is the midline, z = 0 lies a little above the middle of the heart in free breathing. Shapes
are in :mod:`dosimetry.synthetic.anatomy`, those of the targets in :mod:`dosimetry.synthetic.targets`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

__all__ = ["Posture", "Thorax"]


class Posture(StrEnum):
    """How the patient lies and breathes."""

    FREE_BREATHING = "FB"
    DEEP_INSPIRATION = "DIBH"
    PRONE = "PRONE"

    @property
    def patient_position(self) -> str:
        """PatientPosition (0018,5100)."""
        return "HFP" if self is Posture.PRONE else "HFS"


@dataclass(frozen=True)
class Thorax:
    """Dimensions of one thorax, in mm. The defaults are those of seed 0 in free breathing.

    Attributes
    ----------
    cage_half_width_mm, cage_half_depth_mm, cage_top_mm
        The inner surface of the rib cage: half axes at its widest level, and the height of its apex.
    cage_lift_mm
        How far the middle of the cage lies in front of y = 0: breathing moves the sternum, not the spine.
    wall_mm
        Thickness of the anterior chest wall at the sternum, skin included.
    flank_mm
        Thickness of the lateral chest wall, arms raised.
    back_y_mm
        Where the skin of the back is.
    diaphragm_mm
        Height of the dome of the diaphragm on the left and on the right.
    heart_centre_mm, heart_half_mm, heart_apex
        Centre of the heart, its half axes (towards the apex, across, across), and the direction of the apex.
    heart_floor_mm
        Height of the diaphragm under the heart.
    breast_half_mm, breast_centre_mm
        Half axes of a breast, and its centre for the left one.
    other_breast_half_mm
        Half axes of the breast that is not treated.
    breast_reach_mm
        How far back the breast's flat part reaches around the chest, y at the nipple's height.
    wall_rise_mm
        How far breathing has moved breast and sternum towards the head.
    lung_density
        Relative to water.
    side
        1 where the left breast is treated, -1 for the right one.
    posture
        How she lies and breathes.
    """

    cage_half_width_mm: float = 119.0
    cage_half_depth_mm: float = 77.0
    cage_top_mm: float = 118.0
    cage_lift_mm: float = 0.0
    wall_mm: float = 25.0
    flank_mm: float = 42.0
    back_y_mm: float = 121.0
    diaphragm_mm: tuple[float, float] = (-64.0, -56.0)
    heart_centre_mm: tuple[float, float, float] = (24.0, -28.0, -30.0)
    heart_half_mm: tuple[float, float, float] = (62.0, 47.0, 46.0)
    heart_apex: tuple[float, float, float] = (0.68, -0.45, -0.58)
    heart_floor_mm: float = -79.0
    breast_half_mm: tuple[float, float, float] = (60.0, 58.0, 62.0)
    breast_centre_mm: tuple[float, float, float] = (87.0, -77.0, -20.0)
    other_breast_half_mm: tuple[float, float, float] = (60.0, 58.0, 62.0)
    breast_reach_mm: float = 0.0
    wall_rise_mm: float = 0.0
    lung_density: float = 0.26
    side: int = 1
    posture: Posture = Posture.FREE_BREATHING

    @staticmethod
    def from_seed(seed: int, side: int = 1) -> Thorax:
        """Return a thorax in free breathing whose dimensions vary between patients; seed 0 keeps the defaults.

        Standard deviations: cage 4 %, heart 5 % and some millimetres of place, breast 9 %, wall 2.5 mm.
        """
        base = Thorax(side=side)
        if seed == 0:
            return base
        # Rounded, so that the same seed gives the same bits wherever the generator runs.
        draw = np.random.default_rng(seed).normal(size=11).clip(-2, 2).round(3).tolist()
        width, depth, heart, breast = 1 + 0.04 * draw[0], 1 + 0.04 * draw[1], 1 + 0.05 * draw[2], 1 + 0.09 * draw[3]
        x, y, z = base.heart_centre_mm
        breast_half = tuple(round(breast * half, 2) for half in base.breast_half_mm)
        bx, by, bz = base.breast_centre_mm
        cage_depth = base.cage_half_depth_mm * depth
        dome = 4.0 * draw[7]
        return replace(
            base,
            cage_half_width_mm=base.cage_half_width_mm * width,
            cage_half_depth_mm=cage_depth,
            cage_top_mm=base.cage_top_mm + 3.0 * draw[4],
            back_y_mm=base.back_y_mm + cage_depth - base.cage_half_depth_mm,
            # The heart keeps its place behind the sternum.
            heart_centre_mm=(
                x + 4.0 * draw[5],
                y - (cage_depth - base.cage_half_depth_mm) + 3.0 * draw[9],
                z + 3.0 * draw[6] + dome,
            ),
            heart_half_mm=tuple(heart * half for half in base.heart_half_mm),
            heart_floor_mm=base.heart_floor_mm + dome,
            diaphragm_mm=(base.diaphragm_mm[0] + dome, base.diaphragm_mm[1] + dome),
            breast_half_mm=breast_half,
            other_breast_half_mm=breast_half,
            breast_centre_mm=(bx * width, by - (cage_depth - base.cage_half_depth_mm), bz + 4.0 * draw[10]),
            wall_mm=base.wall_mm + 2.5 * draw[8],
        )

    def in_deep_inspiration(self) -> Thorax:
        """Return the same patient with her breath held: the lungs hold about half as much again.

        The diaphragm goes down 34 mm and the sternum 12 mm forwards; the heart follows the diaphragm, stands
        steeper, and stays behind while the wall moves away from it.
        """
        x, y, z = self.heart_centre_mm
        bx, by, bz = self.breast_centre_mm
        long, across, other = self.heart_half_mm
        return replace(
            self,
            cage_half_width_mm=self.cage_half_width_mm + 4.0,
            cage_half_depth_mm=self.cage_half_depth_mm + 6.0,
            cage_lift_mm=self.cage_lift_mm + 6.0,
            cage_top_mm=self.cage_top_mm + 3.0,
            diaphragm_mm=(self.diaphragm_mm[0] - 34.0, self.diaphragm_mm[1] - 34.0),
            heart_centre_mm=(x - 5.0, y - 3.0, z - 24.0),
            heart_half_mm=(long + 3.0, across - 1.5, other - 1.5),
            heart_apex=(0.56, -0.40, -0.72),
            heart_floor_mm=self.heart_floor_mm - 32.0,
            breast_centre_mm=(bx + 1.0, by - 12.0, bz + 6.0),
            breast_reach_mm=self.breast_reach_mm - 4.0,
            wall_rise_mm=6.0,
            # The same tissue in more air.
            lung_density=round(self.lung_density / 1.5, 3),
            posture=Posture.DEEP_INSPIRATION,
        )

    def prone(self) -> Thorax:
        """Return the same patient lying on a breast board: the treated breast hangs, the other one lies on it."""
        x, y, z = self.heart_centre_mm
        bx, by, bz = self.breast_centre_mm
        half_x, half_y, half_z = self.breast_half_mm
        return replace(
            self,
            wall_mm=self.wall_mm - 3.0,
            heart_centre_mm=(x + 1.0, y - 5.0, z + 2.0),
            breast_half_mm=(0.78 * half_x, 1.45 * half_y, 0.90 * half_z),
            breast_centre_mm=(bx - 10.0, by - 13.0, bz - 2.0),
            other_breast_half_mm=(1.12 * half_x, 0.66 * half_y, 1.08 * half_z),
            breast_reach_mm=self.breast_reach_mm - 42.0,
            posture=Posture.PRONE,
        )
