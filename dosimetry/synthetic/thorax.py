"""A parametric female thorax, supine: no patient's anatomy, only smooth shapes of believable size.

Patient coordinates in mm, LPS: x grows to the patient's left, y to the back, z to the head. The body lies
around the origin: x = 0 is the midline, z = 0 lies a little above the middle of the heart. Each organ is a
field that is negative inside. Organs are rounder and more symmetric than real ones; there are no ribs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.shapes import cut, ellipsoid, merge, superellipse, tube

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Field = NDArray[np.float64]

__all__ = ["Organ", "Thorax"]


class Organ(StrEnum):
    """The structures, by their TG-263 or ESTRO names, in the order of their ROI numbers."""

    BODY = "Body"
    LUNG_L = "Lung_L"
    LUNG_R = "Lung_R"
    HEART = "Heart"
    LAD = "A_LAD"
    BREAST_L = "Breast_L"
    BREAST_R = "Breast_R"
    CHESTWALL_L = "Chestwall_L"
    CORD = "SpinalCord"
    CTV_BREAST = "CTVp_breast_L"
    CTV_IMN = "CTVn_IMN_L"


# Above the widest level the cage closes like a dome; the power makes the sides steep and the top round.
_DOME_POWER = 3.0
# The strip of the first three intercostal spaces.
_IMN_Z_MM = (-8.0, 70.0)
_IMN_HALF_MM = (7.0, 5.0)
_SKIN_MM = 5.0


@dataclass(frozen=True)
class Thorax:
    """Dimensions of one thorax, in mm. The defaults are those of seed 0.

    Attributes
    ----------
    cage_half_width_mm, cage_half_depth_mm, cage_top_mm
        The inner surface of the rib cage: half axes at its widest level, and the height of its apex.
    wall_mm
        Thickness of the anterior chest wall at the sternum, skin included.
    flank_mm
        Thickness of the lateral chest wall, arms raised.
    back_y_mm
        Where the skin of the back is.
    heart_centre_mm, heart_half_mm
        Centre of the heart and its half axes: towards the apex, across, across.
    breast_half_mm, breast_centre_x_mm
        Half axes of the breast and the distance of its centre from the midline.
    """

    cage_half_width_mm: float = 119.0
    cage_half_depth_mm: float = 77.0
    cage_top_mm: float = 112.0
    wall_mm: float = 25.0
    flank_mm: float = 42.0
    back_y_mm: float = 121.0
    heart_centre_mm: tuple[float, float, float] = (23.0, -30.0, -32.0)
    heart_half_mm: tuple[float, float, float] = (61.0, 47.0, 45.0)
    breast_half_mm: tuple[float, float, float] = (60.0, 58.0, 62.0)
    breast_centre_x_mm: float = 84.0

    @staticmethod
    def from_seed(seed: int) -> Thorax:
        """Return a thorax whose dimensions vary by a few per cent around the defaults; seed 0 keeps them."""
        base = Thorax()
        if seed == 0:
            return base
        # Rounded, so that the same seed gives the same bits wherever the generator runs.
        draw = np.random.default_rng(seed).normal(size=8).clip(-2, 2).round(3)
        size, depth, heart, breast = 1.0 + 0.03 * draw[:4]
        x, y, z = base.heart_centre_mm
        return Thorax(
            cage_half_width_mm=base.cage_half_width_mm * float(size),
            cage_half_depth_mm=base.cage_half_depth_mm * float(depth),
            cage_top_mm=base.cage_top_mm + 3.0 * float(draw[4]),
            heart_centre_mm=(x + 2.0 * float(draw[5]), y, z + 3.0 * float(draw[6])),
            heart_half_mm=(61.0 * float(heart), 47.0 * float(heart), 45.0 * float(heart)),
            breast_half_mm=(60.0 * float(breast), 58.0 * float(breast), 62.0 * float(breast)),
            breast_centre_x_mm=base.breast_centre_x_mm * float(size),
            wall_mm=base.wall_mm + float(draw[7]),
        )

    def field(self, organ: Organ, x: ArrayLike, y: ArrayLike, z: ArrayLike) -> Field:
        """Return the field of an organ at points that broadcast: negative inside, in mm."""
        x, y, z = (np.asarray(a, dtype=np.float64) for a in (x, y, z))
        shapes: dict[Organ, Callable[[Field, Field, Field], Field]] = {
            Organ.BODY: self._body,
            Organ.LUNG_L: partial(self._lung, side=1),
            Organ.LUNG_R: partial(self._lung, side=-1),
            Organ.HEART: self._heart,
            Organ.LAD: self._artery,
            Organ.BREAST_L: partial(self._breast, side=1, skin_mm=1.0),
            Organ.BREAST_R: partial(self._breast, side=-1, skin_mm=1.0),
            Organ.CHESTWALL_L: self._chest_wall,
            Organ.CORD: self._cord,
            Organ.CTV_BREAST: self._breast_target,
            Organ.CTV_IMN: self._imn,
        }
        return shapes[organ](x, y, z)

    def _dome(self, z: Field) -> Field:
        """Scale of the cage at a height: 1 at and below the origin, 0 at the apex."""
        height = np.clip(z / (self.cage_top_mm + 6.0), 0.0, 0.999)
        return np.sqrt(1.0 - height**_DOME_POWER)

    def _cage(self, x: Field, y: Field, z: Field) -> Field:
        dome = self._dome(z)
        return superellipse(
            x,
            y - 14.0 * (1.0 - dome),
            self.cage_half_width_mm * dome,
            self.cage_half_depth_mm * dome,
            2.3,
        )

    def _body(self, x: Field, y: Field, z: Field) -> Field:
        # The sternum slopes back towards the head, the neck no further.
        slope = np.maximum(self._dome(z), 0.6)
        front = 14.0 * (1.0 - slope) - self.cage_half_depth_mm * slope - self.wall_mm
        half_depth = (self.back_y_mm - front) / 2.0
        # The shoulders keep the width of the chest where the cage has already closed.
        half_width = self.cage_half_width_mm * (0.35 + 0.65 * self._dome(z) ** 0.5) + self.flank_mm
        trunk = superellipse(x, y - (self.back_y_mm + front) / 2.0, half_width, half_depth, 2.4)
        breasts = np.minimum(self._mound(x, y, z, 1), self._mound(x, y, z, -1))
        return merge(trunk, breasts, 20.0)

    def _mound(self, x: Field, y: Field, z: Field, side: int) -> Field:
        centre = (side * self.breast_centre_x_mm, -77.0, -20.0)
        return ellipsoid(x - centre[0], y - centre[1], z - centre[2], np.eye(3), self.breast_half_mm)

    def _breast(self, x: Field, y: Field, z: Field, side: int, skin_mm: float) -> Field:
        in_front = cut(self._mound(x, y, z, side) - 2.0, 13.0 - self._cage(x, y, z), 6.0)
        return cut(in_front, self._body(x, y, z) + skin_mm, 2.0)

    def _breast_target(self, x: Field, y: Field, z: Field) -> Field:
        return self._breast(x, y, z, side=1, skin_mm=_SKIN_MM) + 1.0

    def _cord(self, x: Field, y: Field, z: Field) -> Field:
        return cut(superellipse(x, y - 80.0, 7.0, 6.0, 2.0) + 0.0 * z, np.abs(z - 6.0) - 99.0)

    def _artery(self, x: Field, y: Field, z: Field) -> Field:
        return tube(x, y, z, self._lad_path_mm, radius_mm=3.2)

    def _chest_wall(self, x: Field, y: Field, z: Field) -> Field:
        cage = self._cage(x, y, z)
        shell = np.maximum(-cage, cage - 12.0)
        level = np.abs(z + 12.0) - 68.0
        return cut(cut(shell, level, 4.0), np.maximum(18.0 - x, y + 15.0), 4.0)

    def _mediastinum(self, x: Field, y: Field, z: Field) -> Field:
        middle = superellipse(x - 2.0, y - 14.0, 37.0, 62.0, 2.4)
        septum = superellipse(x - 2.0, y + 60.0, 7.0, 40.0, 4.0)
        spine = superellipse(x, y - 72.0, 34.0, 36.0, 2.0)
        aorta = superellipse(x - 27.0, y - 44.0, 17.0, 17.0, 2.0)
        vessels = merge(merge(middle, septum, 12.0), merge(spine, aorta, 8.0), 12.0)
        return merge(vessels + 0.0 * z, self._heart(x, y, z) - 2.5, 10.0)

    def _lung(self, x: Field, y: Field, z: Field, side: int) -> Field:
        """Return the field of one lung.

        Its base is a dome, deeper at the back and the flank than in the middle.
        """
        dome_top = -66.0 if side > 0 else -58.0
        base = dome_top - 34.0 * ((x - side * 62.0) / 62.0) ** 2 - 26.0 * ((y - 2.0) / 80.0) ** 2
        within = cut(self._cage(x, y, z), np.maximum(base, -98.0) - z, 8.0)
        return cut(cut(within, -side * x + 0.0 * z, 1.0), -self._mediastinum(x, y, z), 6.0)

    @cached_property
    def _heart_axes(self) -> NDArray[np.float64]:
        apex = np.array([0.66, -0.46, -0.59])
        apex /= np.sqrt(apex @ apex)
        across = np.cross(apex, [0.0, 0.0, 1.0])
        across /= np.sqrt(across @ across)
        return np.stack((apex, across, np.cross(apex, across)))

    def _heart(self, x: Field, y: Field, z: Field) -> Field:
        cx, cy, cz = self.heart_centre_mm
        muscle = ellipsoid(x - cx, y - cy, z - cz, self._heart_axes, self.heart_half_mm)
        # It lies against the front of the cage and is flattened there, and on the diaphragm.
        lying = cut(muscle, self._cage(x, y, z) + 1.5, 10.0)
        return cut(lying, -79.0 - z, 12.0)

    @cached_property
    def _lad_path_mm(self) -> NDArray[np.float64]:
        """The groove between the ventricles: from the base of the heart over its front to the apex."""
        apex, across, third = self._heart_axes
        up = third if third[2] > 0 else -third
        front = across if across[1] < 0 else -across
        centre = np.asarray(self.heart_centre_mm)
        path = []
        for step in np.linspace(0.0, 1.0, 14):
            polar = np.deg2rad(108.0 - 98.0 * step)
            turn = np.deg2rad(28.0 + 30.0 * step)
            outward = np.cos(polar) * apex + np.sin(polar) * (np.cos(turn) * up + np.sin(turn) * front)
            path.append(centre + self._reach_mm(centre, outward) * outward)
        return np.asarray(path).round(3)

    def _reach_mm(self, centre: NDArray[np.float64], outward: NDArray[np.float64]) -> float:
        """Distance from the centre at which the artery just lies in the heart's surface."""
        low, high = 0.0, 90.0
        for _ in range(40):
            middle = 0.5 * (low + high)
            x, y, z = centre + middle * outward
            inside = float(self._heart(np.asarray(x), np.asarray(y), np.asarray(z))) < -2.2
            low, high = (middle, high) if inside else (low, middle)
        return low

    def _imn(self, x: Field, y: Field, z: Field) -> Field:
        """Return the field of the strip beside the sternum, between pleura and ribs."""
        half_x, half_y = _IMN_HALF_MM
        x_centre = 26.0 + 0.0 * z
        # The inner front of the cage at that x, and the strip just before it.
        dome = self._dome(z)
        lateral = np.clip(x_centre / (self.cage_half_width_mm * dome), 0.0, 0.99)
        inner_y = 14.0 * (1.0 - dome) - self.cage_half_depth_mm * dome * (1.0 - lateral**2.3) ** (1.0 / 2.3)
        strip = superellipse(x - x_centre, y - (inner_y - half_y - 0.5), half_x, half_y, 2.2)
        low, high = _IMN_Z_MM
        return cut(strip, np.abs(z - 0.5 * (low + high)) - 0.5 * (high - low), 2.0)
