"""Bodies of known shape, centred at the origin: their sections by axial planes, and their volumes in closed form.

Coordinates are LPS in mm. Every body is convex and tells how much of it lies beyond a plane across z or y, which
is what a dose of constant gradient along that axis turns into a dose-volume histogram.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]

__all__ = ["Body", "Cone", "CrossCone", "CrossCylinder", "Cylinder", "Sphere"]

# Of the smallest contours too: the polygon of 180 points on a circle lacks 0.02 % of its area.
_LEAST_POINTS = 180


@dataclass(frozen=True)
class Body(ABC):
    """A convex body around the origin.

    Attributes
    ----------
    name
        Unique within a study.
    radius_mm
        Of the ball, or across the axis of the others.
    """

    name: str
    radius_mm: float

    @property
    @abstractmethod
    def volume_mm3(self) -> float:
        """Its volume."""

    @abstractmethod
    def ends_mm(self, axis: str) -> tuple[float, float]:
        """Return its lowest and highest coordinate along ``"y"`` or ``"z"``."""

    @abstractmethod
    def section(self, z_mm: float, point_spacing_mm: float) -> Points | None:
        """Return the points (x, y) of its outline on an axial plane, shape (points, 2); None for no area.

        The points lie on the body's surface, at most `point_spacing_mm` apart. A flat end face is still inside.
        """

    @abstractmethod
    def beyond_mm3(self, axis: str, u_mm: float) -> float:
        """Return the volume whose coordinate along an axis is at least `u_mm`."""

    def centroid_mm(self, axis: str) -> float:
        """Return the mean coordinate along an axis: 0 for bodies that are symmetric along it."""
        del axis
        return 0.0


@dataclass(frozen=True)
class Sphere(Body):
    """A ball."""

    @property
    def volume_mm3(self) -> float:
        """Its volume."""
        return self.within_mm3(self.radius_mm)

    def within_mm3(self, distance_mm: float) -> float:
        """Return the volume within a distance of the centre."""
        return 4 / 3 * math.pi * min(max(distance_mm, 0.0), self.radius_mm) ** 3

    def ends_mm(self, axis: str) -> tuple[float, float]:
        """Return the poles."""
        del axis
        return -self.radius_mm, self.radius_mm

    def section(self, z_mm: float, point_spacing_mm: float) -> Points | None:
        """Return its circle; a plane through a pole has no area."""
        square = self.radius_mm**2 - z_mm**2
        return _ellipse(math.sqrt(square), math.sqrt(square), 0.0, point_spacing_mm) if square > 0 else None

    def beyond_mm3(self, axis: str, u_mm: float) -> float:
        """Return the volume of its cap, the same along every axis."""
        del axis
        height = min(max(self.radius_mm - u_mm, 0.0), 2 * self.radius_mm)
        return math.pi * height**2 * (3 * self.radius_mm - height) / 3


@dataclass(frozen=True)
class Cylinder(Body):
    """A cylinder along the patient's axis, or a tube that crosses the slices obliquely.

    A tilted one has axial ends: each of its sections is the same ellipse, moved along x from slice to slice.

    Attributes
    ----------
    height_mm
        From end to end along z.
    tilt_deg
        Angle between its axis and z, in the plane of x and z.
    """

    height_mm: float
    tilt_deg: float = 0.0

    @property
    def volume_mm3(self) -> float:
        """Its volume."""
        return math.pi * self._wide_mm * self.radius_mm * self.height_mm

    def ends_mm(self, axis: str) -> tuple[float, float]:
        """Return its end faces, or its sides."""
        reach = self.height_mm / 2 if axis == "z" else self.radius_mm
        return -reach, reach

    def section(self, z_mm: float, point_spacing_mm: float) -> Points | None:
        """Return its circle or ellipse."""
        if abs(z_mm) > self.height_mm / 2:
            return None
        middle = z_mm * math.tan(math.radians(self.tilt_deg))
        return _ellipse(self._wide_mm, self.radius_mm, middle, point_spacing_mm)

    def beyond_mm3(self, axis: str, u_mm: float) -> float:
        """Return the volume of a slice off its end (z), or of a segment along all of it (y)."""
        share = _slice_share(u_mm / self.height_mm) if axis == "z" else _segment_share(u_mm / self.radius_mm)
        return share * self.volume_mm3

    @property
    def _wide_mm(self) -> float:
        return self.radius_mm / math.cos(math.radians(self.tilt_deg))


@dataclass(frozen=True)
class CrossCylinder(Body):
    """A cylinder along y, the antero-posterior axis: axial planes cut it into rectangles.

    Attributes
    ----------
    height_mm
        From end to end along y.
    """

    height_mm: float

    @property
    def volume_mm3(self) -> float:
        """Its volume."""
        return math.pi * self.radius_mm**2 * self.height_mm

    def ends_mm(self, axis: str) -> tuple[float, float]:
        """Return its end faces, or its sides."""
        reach = self.height_mm / 2 if axis == "y" else self.radius_mm
        return -reach, reach

    def section(self, z_mm: float, point_spacing_mm: float) -> Points | None:
        """Return its rectangle."""
        square = self.radius_mm**2 - z_mm**2
        if square <= 0:
            return None
        x, y = math.sqrt(square), self.height_mm / 2
        corners = np.array([(-x, -y), (x, -y), (x, y), (-x, y)])
        sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
        return np.concatenate([_between(start, end, point_spacing_mm) for start, end in sides])

    def beyond_mm3(self, axis: str, u_mm: float) -> float:
        """Return the volume of a slice off its end (y), or of a segment along all of it (z)."""
        share = _slice_share(u_mm / self.height_mm) if axis == "y" else _segment_share(u_mm / self.radius_mm)
        return share * self.volume_mm3


@dataclass(frozen=True)
class Cone(Body):
    """A cone along the patient's axis, its apex at the low end.

    Attributes
    ----------
    height_mm
        From apex to base.
    cap_mm
        Thickness of a disc on its base, as wide as the base.
    """

    height_mm: float
    cap_mm: float = 0.0
    along: ClassVar[str] = "z"

    @property
    def volume_mm3(self) -> float:
        """Its volume."""
        return self._cone_mm3 + self._disc_mm3

    def ends_mm(self, axis: str) -> tuple[float, float]:
        """Return apex and base, or its sides."""
        if axis == self.along:
            return -self.height_mm / 2, self.height_mm / 2 + self.cap_mm
        return -self.radius_mm, self.radius_mm

    def section(self, z_mm: float, point_spacing_mm: float) -> Points | None:
        """Return its circle; a plane through the apex has no area."""
        if z_mm > self.height_mm / 2 + self.cap_mm:
            return None
        radius = self.radius_mm * min(0.5 + z_mm / self.height_mm, 1.0)
        return _ellipse(radius, radius, 0.0, point_spacing_mm) if radius > 0 else None

    def beyond_mm3(self, axis: str, u_mm: float) -> float:
        """Return the volume of a slice off its base, or of a part beside its axis."""
        if axis == self.along:
            disc = min(max(self.height_mm / 2 + self.cap_mm - u_mm, 0.0), self.cap_mm)
            cone = 1 - (1 - _slice_share(u_mm / self.height_mm)) ** 3
            return self._cone_mm3 * cone + math.pi * self.radius_mm**2 * disc
        # Planes beside the axis cut hyperbolas. Their area, integrated from the axis to t radii, is
        # (2 t s + asin t - t³ acosh(1/t)) / 3 with s = sqrt(1 - t²), in units of radius² · height.
        t = min(abs(u_mm) / self.radius_mm, 1.0)
        inner = (2 * t * math.sqrt(1 - t * t) + math.asin(t) - t**3 * math.acosh(1 / t)) / 3 if t > 1e-12 else 0.0
        side = self.radius_mm**2 * self.height_mm * max(math.pi / 6 - inner, 0.0)
        cone = side if u_mm >= 0 else self._cone_mm3 - side
        return cone + self._disc_mm3 * _segment_share(u_mm / self.radius_mm)

    def centroid_mm(self, axis: str) -> float:
        """Return a quarter of the height towards the base, and what the disc adds, along its axis."""
        if axis != self.along:
            return 0.0
        moment = self._cone_mm3 * self.height_mm / 4 + self._disc_mm3 * (self.height_mm + self.cap_mm) / 2
        return moment / self.volume_mm3

    @property
    def _cone_mm3(self) -> float:
        return math.pi * self.radius_mm**2 * self.height_mm / 3

    @property
    def _disc_mm3(self) -> float:
        return math.pi * self.radius_mm**2 * self.cap_mm


@dataclass(frozen=True)
class CrossCone(Cone):
    """A cone along y, its apex anterior: axial planes cut it along hyperbolas."""

    along: ClassVar[str] = "y"

    def section(self, z_mm: float, point_spacing_mm: float) -> Points | None:
        """Return a branch of a hyperbola, or the triangle through the axis, closed by the base."""
        square = self.radius_mm**2 - z_mm**2
        if square <= 0:
            return None
        slope, width = self.height_mm / self.radius_mm, math.sqrt(square)
        # The curve is nowhere steeper than the cone's side; an odd number of points has one on the axis.
        half = max(_LEAST_POINTS // 4, math.ceil(width * math.hypot(1.0, slope) / point_spacing_mm))
        x = np.linspace(-width, width, 2 * half + 1)
        curve = np.column_stack((x, slope * np.hypot(x, z_mm) - self.height_mm / 2))
        return np.concatenate((curve, _between(curve[-1], curve[0], point_spacing_mm)[1:]))


def _slice_share(t: float) -> float:
    """Return the share of a height of 1 around 0 that lies beyond t."""
    return min(max(0.5 - t, 0.0), 1.0)


def _segment_share(t: float) -> float:
    """Return the share of a circle of radius 1 that lies beyond the chord at t."""
    t = min(max(t, -1.0), 1.0)
    return (math.acos(t) - t * math.sqrt(1 - t * t)) / math.pi


def _ellipse(wide_mm: float, high_mm: float, middle_mm: float, point_spacing_mm: float) -> Points:
    count = max(_LEAST_POINTS, math.ceil(2 * math.pi * max(wide_mm, high_mm) / point_spacing_mm))
    angle = 2 * math.pi * np.arange(count) / count
    return np.column_stack((middle_mm + wide_mm * np.cos(angle), high_mm * np.sin(angle)))


def _between(start: Points, end: Points, point_spacing_mm: float) -> Points:
    """Return points from `start` up to, without, `end`."""
    count = max(1, math.ceil(float(np.linalg.norm(end - start)) / point_spacing_mm))
    return np.asarray(start + np.arange(count)[:, None] / count * (end - start))
