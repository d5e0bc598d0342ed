"""The organs of a thorax as shapes: functions of position that are negative inside.

They are rounder and more symmetric than real ones. Bones and air ways are there for the look of the CT and for
the beams' attenuation; they are no structures.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.shapes import cut, ellipsoid, merge, superellipse, tube

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.thorax import Thorax

    Field = NDArray[np.float64]

__all__ = ["Anatomy"]

# Above the widest level the cage closes like a dome; the power makes the sides steep and the top round.
_DOME_POWER = 3.0
_CAGE_POWER = 2.3
_MIDDLE_MM = 14.0  # how far the cage's middle goes back towards the apex


@dataclass(frozen=True)
class Anatomy:
    """Shapes of the organs of one thorax; every method takes arrays of x, y and z that broadcast, in mm."""

    thorax: Thorax

    def dome(self, z: Field) -> Field:
        """Return the scale of the cage at a height: 1 at and below the origin, 0 at the apex."""
        height = np.clip(z / (self.thorax.cage_top_mm + 2.0), 0.0, 0.999)
        return np.sqrt(1.0 - height**_DOME_POWER)

    def _cage_middle(self, dome: Field) -> Field:
        return _MIDDLE_MM * (1.0 - dome) - self.thorax.cage_lift_mm * dome

    def cage(self, x: Field, y: Field, z: Field) -> Field:
        """Inner surface of the rib cage."""
        dome = self.dome(z)
        return superellipse(
            x,
            y - self._cage_middle(dome),
            self.thorax.cage_half_width_mm * dome,
            self.thorax.cage_half_depth_mm * dome,
            _CAGE_POWER,
        )

    def cage_front_mm(self, x: Field, z: Field) -> Field:
        """Return y of the cage's inner front at a distance from the midline and a height."""
        dome = self.dome(z)
        lateral = np.clip(np.abs(x) / (self.thorax.cage_half_width_mm * dome), 0.0, 0.99)
        rise = (1.0 - lateral**_CAGE_POWER) ** (1.0 / _CAGE_POWER)
        return self._cage_middle(dome) - self.thorax.cage_half_depth_mm * dome * rise

    def body(self, x: Field, y: Field, z: Field) -> Field:
        """Skin: a trunk whose sternum slopes back towards the neck, with both breasts on it."""
        t = self.thorax
        slope = np.maximum(self.dome(z), 0.6)
        front = self._cage_middle(slope) - t.cage_half_depth_mm * slope - t.wall_mm
        half_depth = (t.back_y_mm - front) / 2.0
        # The shoulders keep the width of the chest where the cage has already closed.
        half_width = t.cage_half_width_mm * (0.42 + 0.58 * self.dome(z) ** 0.5) + t.flank_mm
        trunk = superellipse(x, y - (t.back_y_mm + front) / 2.0, half_width, half_depth, 2.4)
        return merge(trunk, np.minimum(self._mound(x, y, z, 1), self._mound(x, y, z, -1)), 20.0)

    def _mound(self, x: Field, y: Field, z: Field, side: int) -> Field:
        t = self.thorax
        treated = side == t.side
        half = t.breast_half_mm if treated else t.other_breast_half_mm
        bx, by, bz = t.breast_centre_mm
        if not treated and t.other_breast_half_mm != t.breast_half_mm:
            bx, by = bx + 18.0, by + 12.0  # pressed flat by the board
        return ellipsoid(x - side * bx, y - by, z - bz, np.eye(3), half)

    def breast(self, x: Field, y: Field, z: Field, side: int, skin_mm: float = 1.0) -> Field:
        """Return one breast: what lies in front of the wall's muscles, without the skin.

        Around the mound it lies flat on the chest, from beside the sternum to the flank.
        """
        t = self.thorax
        cage = self.cage(x, y, z)
        height = np.clip(((z - t.breast_centre_mm[2]) / (1.05 * t.breast_half_mm[2])) ** 2, 0.0, 1.5)
        ends = np.maximum(y - t.breast_reach_mm + 60.0 * height, 28.0 + 26.0 * height - side * x)
        flat = cut(cage - 30.0, np.maximum(ends, 30.0 * (height - 1.0)), 12.0)
        gland = merge(self._mound(x, y, z, side) - 2.0, flat, 10.0)
        return cut(cut(gland, 13.0 - cage, 6.0), self.body(x, y, z) + skin_mm, 2.0)

    def chest_wall(self, x: Field, y: Field, z: Field) -> Field:
        """Ribs and muscles under the treated breast."""
        t = self.thorax
        cage = self.cage(x, y, z)
        shell = np.maximum(-cage, cage - 12.0)
        level = np.abs(z + 12.0 - t.wall_rise_mm) - 68.0
        return cut(cut(shell, level, 4.0), np.maximum(18.0 - t.side * x, y + 15.0 + 2.0 * t.cage_lift_mm), 4.0)

    def cord(self, x: Field, y: Field, z: Field) -> Field:
        """Spinal cord."""
        return superellipse(x, y - 81.0, 7.0, 6.0, 2.0) + 0.0 * z

    def oesophagus(self, x: Field, y: Field, z: Field) -> Field:
        """Oesophagus, to the left of the midline towards the diaphragm."""
        return superellipse(x - 3.0 - 9.0 * np.clip(-z / 90.0, 0.0, 1.0), y - 31.0, 8.5, 6.0, 2.0)

    def windpipe(self, x: Field, y: Field, z: Field) -> Field:
        """Trachea, down to where it forks."""
        return cut(superellipse(x + 1.0, y - 15.0, 8.5, 8.0, 2.0), 24.0 - z + 0.0 * x, 3.0)

    def spine(self, x: Field, y: Field, z: Field) -> Field:
        """Vertebrae with their arches, without the canal."""
        bodies = superellipse(x, y - 57.0, 19.0, 16.0, 2.4)
        arch = superellipse(x, y - 88.0, 13.0, 17.0, 2.0)
        wings = superellipse(x, y - 80.0, 32.0, 5.0, 2.0)
        return cut(merge(bodies, np.minimum(arch, wings), 6.0), -superellipse(x, y - 81.0, 9.5, 8.0, 2.0)) + 0.0 * z

    def sternum(self, x: Field, y: Field, z: Field) -> Field:
        """Breastbone, wider at the top."""
        front = self.cage_front_mm(np.zeros_like(x), z)
        half_x = 14.0 + 10.0 * np.clip((z - self.thorax.wall_rise_mm - 55.0) / 25.0, 0.0, 1.0)
        level = np.abs(z - 15.0 - self.thorax.wall_rise_mm) - 75.0
        return cut(superellipse(x, y - front + 8.5, half_x, 5.0, 3.0), level, 4.0)

    def ribs(self, x: Field, y: Field, z: Field) -> Field:
        """Ribs: bands that rise towards the back, in a shell around the cage."""
        shell = np.abs(self.cage(x, y, z) - 5.5) - 4.0
        # Height along a rib: 40 mm from its front to its back, with the wall's rise at the front.
        path = z - 0.35 * y - self.thorax.wall_rise_mm * np.clip(0.5 - y / 150.0, 0.0, 1.0)
        band = np.abs(np.mod(path, 27.0) - 13.5) - 5.0
        return cut(np.maximum(shell, band), 20.0 - np.abs(x) + 0.0 * y, 4.0)

    @cached_property
    def _heart_axes(self) -> NDArray[np.float64]:
        apex = np.array(self.thorax.heart_apex)
        apex /= np.sqrt(apex @ apex)
        across = np.cross(apex, [0.0, 0.0, 1.0])
        across /= np.sqrt(across @ across)
        return np.stack((apex, across, np.cross(apex, across)))

    def heart(self, x: Field, y: Field, z: Field) -> Field:
        """Heart within its sac, flattened on the diaphragm and, where it reaches it, on the cage."""
        cx, cy, cz = self.thorax.heart_centre_mm
        muscle = ellipsoid(x - cx, y - cy, z - cz, self._heart_axes, self.thorax.heart_half_mm)
        lying = cut(muscle, self.cage(x, y, z) + 1.5, 10.0)
        return cut(lying, self.thorax.heart_floor_mm - z, 12.0)

    def left_ventricle(self, x: Field, y: Field, z: Field) -> Field:
        """Return the left ventricle, wall and cavity: the heart's left part at the back and the apex."""
        apex, across, third = self._heart_axes
        left_back = -across if across[1] < 0 else across
        long, half, other = self.thorax.heart_half_mm
        centre = np.array(self.thorax.heart_centre_mm) + 0.30 * long * apex + 0.34 * half * left_back
        half_mm = (0.68 * long, 0.62 * half, 0.64 * other)
        body = ellipsoid(x - centre[0], y - centre[1], z - centre[2], np.stack((apex, across, third)), half_mm)
        return cut(body, self.heart(x, y, z) + 2.0, 4.0)

    def artery(self, x: Field, y: Field, z: Field) -> Field:
        """Left anterior descending artery."""
        return tube(x, y, z, self._lad_path_mm, radius_mm=3.2)

    @cached_property
    def _lad_path_mm(self) -> NDArray[np.float64]:
        """The groove between the ventricles: from the base of the heart over its front to the apex."""
        apex, across, third = self._heart_axes
        up = third if third[2] > 0 else -third
        front = across if across[1] < 0 else -across
        centre = np.asarray(self.thorax.heart_centre_mm)
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
            x, y, z = (np.asarray(value) for value in centre + middle * outward)
            low, high = (middle, high) if float(self.heart(x, y, z)) < -2.2 else (low, middle)
        return low

    def _mediastinum(self, x: Field, y: Field, z: Field) -> Field:
        """Return all that parts the lungs: vessels, hila, spine, and the fold between them at the front."""
        hilum = 13.0 * np.exp(-(((z - 4.0) / 24.0) ** 2))
        middle = superellipse(x - 1.0, y - 20.0, 23.0 + hilum, 34.0, 2.0)
        top = np.clip((z - 8.0) / 22.0, 0.0, 1.0)
        great = superellipse(x - 3.0, y + 12.0, 12.0 + 24.0 * top, 18.0 + 22.0 * top, 2.0)
        fold = superellipse(x - 2.0, y + 55.0, 4.5, 46.0 + self.thorax.cage_lift_mm, 4.0)
        column = superellipse(x, y - 70.0, 27.0, 32.0, 2.2)
        aorta = superellipse(x - 26.0, y - 47.0, 13.0, 13.0, 2.0)
        back = merge(column, aorta, 10.0)
        front = merge(great, fold, 14.0)
        vessels = merge(merge(middle, back, 14.0), front, 14.0)
        return merge(vessels + 0.0 * z, self.heart(x, y, z) - 2.5, 10.0)

    def diaphragm(self, x: Field, y: Field, side: int) -> Field:
        """Return the height of the dome on one side, lower at the back and the flank than in the middle."""
        top = self.thorax.diaphragm_mm[0 if side > 0 else 1]
        fall = 34.0 * ((x - side * 62.0) / 62.0) ** 2 + 26.0 * ((y - 2.0) / 80.0) ** 2
        return top - 46.0 * np.tanh(fall / 46.0)

    def lung(self, x: Field, y: Field, z: Field, side: int) -> Field:
        """Return one lung."""
        within = cut(self.cage(x, y, z), self.diaphragm(x, y, side) - z, 8.0)
        return cut(cut(within, -side * x + 0.0 * z, 1.0), -self._mediastinum(x, y, z), 6.0)

    def liver(self, x: Field, y: Field, z: Field) -> Field:
        """Return the liver as far as it is scanned: under the right dome, and to the left beneath the heart."""
        under = z - self.diaphragm(x, y, -1) + 4.0
        left_end = (x - 15.0 + 0.5 * (y + 20.0)) * 0.8
        inside = cut(self.cage(x, y, z) + 4.0, under, 8.0)
        # The left lobe lies beneath the heart, the right one reaches up into its dome.
        beneath_heart = z - self.thorax.heart_floor_mm + 6.0 + 2.0 * np.minimum(x + 45.0, 0.0)
        away = cut(inside, np.maximum(left_end, beneath_heart), 14.0)
        return cut(away, -superellipse(x, y - 70.0, 34.0, 40.0, 2.0), 8.0)
