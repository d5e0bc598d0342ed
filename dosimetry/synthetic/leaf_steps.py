"""From a map of fluence to apertures of equal weight, through which leaves step in one direction.

In a row the leading leaf waits before a fluence that falls, the trailing one before a fluence that rises. So each
place is open for just its fluence, and what is open at a time lies between one pair of leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.aperture import LEAF_EDGES_MM, Aperture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float64]

__all__ = ["BEAMLET_MM", "leaf_steps"]

BEAMLET_MM = 10.0
_LEVELS = 10


def leaf_steps(places_mm: Field, weights: Field) -> tuple[list[Aperture], float]:
    """Return apertures in their order, and the weight of each.

    Parameters
    ----------
    places_mm
        Middles of beamlets that are as wide as a leaf, shape (beamlets, 2).
    weights
        Fluence of each, shape (beamlets,).

    Returns
    -------
    list of Aperture, float
        The fluence is rounded to a tenth of its highest value, which is the weight.
    """
    step = float(weights.max()) / _LEVELS
    edges = np.round(places_mm[:, 0] / BEAMLET_MM - 0.5).astype(int)
    first, width = int(edges.min()), int(np.ptp(edges)) + 1
    leaf = np.searchsorted(LEAF_EDGES_MM, places_mm[:, 1], side="right") - 1
    levels = np.zeros((LEAF_EDGES_MM.size - 1, width), dtype=int)
    levels[leaf, edges - first] = np.rint(weights / step).astype(int)

    rise = np.diff(levels, axis=1, prepend=0)
    opens = np.cumsum(np.maximum(-rise, 0), axis=1)
    closes = np.cumsum(np.maximum(rise, 0), axis=1)
    left_edge = BEAMLET_MM * first
    rows = np.flatnonzero(levels.any(axis=1))
    jaws = (float(LEAF_EDGES_MM[rows.min()]), float(LEAF_EDGES_MM[rows.max() + 1]))
    apertures = []
    for time in range(int(closes[:, -1].max())):
        is_open = (opens <= time) & (closes > time)
        count = is_open.sum(axis=1)
        left = left_edge + BEAMLET_MM * np.where(count > 0, is_open.argmax(axis=1), 0)
        apertures.append(Aperture(left, left + BEAMLET_MM * count, jaws))
    return apertures, step
