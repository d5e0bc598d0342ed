"""Doses given by a formula, and the dose-volume histograms that they have in bodies of known shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.truth import Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.bodies import Body, Sphere

    Values = NDArray[np.float64]

__all__ = ["GaussianDose", "LinearDose"]


@dataclass(frozen=True, slots=True)
class LinearDose:
    """A dose that grows by 1 Gy/mm along an axis; trilinear interpolation reproduces it on every grid.

    Attributes
    ----------
    axis
        ``"z"``, cranio-caudal, or ``"y"``, antero-posterior.
    centre_gy
        Dose at the origin.
    """

    axis: str
    centre_gy: float = 16.0

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return "CC" if self.axis == "z" else "AP"

    def at(self, points_mm: Values) -> Values:
        """Return the dose in Gy at LPS points, shape (…, 3)."""
        return np.asarray(self.centre_gy + points_mm[..., 2 if self.axis == "z" else 1])

    def in_body(self, body: Body) -> Truth:
        """Return the histogram of a body."""
        low, high = body.ends_mm(self.axis)
        return Truth(
            volume_cc=body.volume_mm3 / 1000,
            mean_gy=self.centre_gy + body.centroid_mm(self.axis),
            min_gy=self.centre_gy + low,
            max_gy=self.centre_gy + high,
            at_least_cc=lambda dose_gy: body.beyond_mm3(self.axis, dose_gy - self.centre_gy) / 1000,
        )


@dataclass(frozen=True, slots=True)
class GaussianDose:
    """A dose that falls off around the origin as exp(-r² / 2σ²).

    Attributes
    ----------
    peak_gy
        Dose at the origin.
    sigma_mm
        The distance at which 61 % of it is left.
    """

    peak_gy: float = 20.0
    sigma_mm: float = 12.0

    @property
    def name(self) -> str:
        """What it is called in tables."""
        return "Gaussian"

    def at(self, points_mm: Values) -> Values:
        """Return the dose in Gy at LPS points, shape (…, 3)."""
        return np.asarray(self.peak_gy * np.exp(-0.5 * (points_mm**2).sum(axis=-1) / self.sigma_mm**2))

    def in_body(self, ball: Sphere) -> Truth:
        """Return the histogram of a ball."""
        sigma, radius = self.sigma_mm, ball.radius_mm
        edge = math.exp(-0.5 * (radius / sigma) ** 2)
        # the integral of r² exp(-r² / 2σ²) from 0 to the radius
        integral = sigma**2 * (
            sigma * math.sqrt(math.pi / 2) * math.erf(radius / sigma / math.sqrt(2)) - radius * edge
        )
        return Truth(
            volume_cc=ball.volume_mm3 / 1000,
            mean_gy=3 * self.peak_gy * integral / radius**3,
            min_gy=self.peak_gy * edge,
            max_gy=self.peak_gy,
            at_least_cc=lambda dose_gy: ball.within_mm3(self._distance_mm(dose_gy)) / 1000,
        )

    def _distance_mm(self, dose_gy: float) -> float:
        """Return where the dose has fallen to a value."""
        return self.sigma_mm * math.sqrt(2 * math.log(self.peak_gy / dose_gy)) if dose_gy < self.peak_gy else 0.0
