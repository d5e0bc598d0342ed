"""How far a whole cumulative histogram hangs on the convention of its calculation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import MetricError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.dvh import Dvh

    Floats = NDArray[np.float64]

__all__ = ["Band", "band"]

_STEPS = 50  # of dose and of volume each: curves are steep along either axis


@dataclass(frozen=True, eq=False)
class Band:
    """The interval of the volume at every dose.

    Attributes
    ----------
    dose_gy
        Rising doses, shape (doses,).
    low_pct, high_pct
        Lowest and highest defensible volume receiving at least the dose, in percent; both of shape (doses,).
    """

    dose_gy: Floats
    low_pct: Floats
    high_pct: Floats


def band(dvh: Dvh, limit_gy: float) -> Band | None:
    """Return the band from 0 Gy to a dose; None for a histogram that has no intervals.

    At each dose it is the interval of ``V…Gy[%]``, so that a figure and a table say the same.
    """
    if dvh.basis is None or not dvh.inside_cc > 0:
        return None
    falling = np.linspace(dvh.inside_cc, 0.0, _STEPS)
    steep = np.interp(-falling, -dvh.volume_at_least_cc, dvh.edges_gy)
    doses = np.unique(np.clip(np.concatenate([np.linspace(0.0, limit_gy, _STEPS), steep]), 0.0, limit_gy).round(3))
    try:
        bounds = np.array([dvh.interval(f"V{dose:.3f}Gy[%]") for dose in doses])
    except MetricError:  # nothing is left inside the grid under the reference convention
        return None
    return Band(doses, bounds[:, 0], bounds[:, 1])
