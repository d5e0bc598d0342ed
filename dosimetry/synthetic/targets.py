"""The targets of a thorax as shapes: breast, internal mammary nodes, axilla and supraclavicular fossa.

The nodal strip of the internal mammary chain runs beside the sternum over the first three intercostal spaces
(ESTRO consensus guideline 2015, doi 10.1016/j.radonc.2014.11.030); its extent here is a smooth tube.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.shapes import cut, superellipse, tube

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.anatomy import Anatomy

    Field = NDArray[np.float64]

__all__ = ["axilla", "breast_target", "imn_target"]

# The strip of the first three intercostal spaces.
_IMN_Z_MM = (-8.0, 70.0)
_IMN_X_MM = 26.0
_IMN_HALF_MM = (7.0, 5.0)
_SKIN_MM = 5.0

# Ends of the axillary levels and of the supraclavicular nodes, for the left side, and their radius.
_NODES = {
    1: ((146.0, 6.0, 28.0), (130.0, -6.0, 72.0), 15.0),
    2: ((124.0, -20.0, 64.0), (104.0, -36.0, 84.0), 12.0),
    3: ((96.0, -40.0, 82.0), (74.0, -48.0, 98.0), 11.0),
    4: ((60.0, -34.0, 100.0), (42.0, -24.0, 116.0), 12.0),
}


def breast_target(anatomy: Anatomy, x: Field, y: Field, z: Field) -> Field:
    """Return the clinical target volume of the treated breast, 5 mm below the skin."""
    return anatomy.breast(x, y, z, anatomy.thorax.side, _SKIN_MM) + 1.0


def imn_target(anatomy: Anatomy, x: Field, y: Field, z: Field) -> Field:
    """Return the strip beside the sternum, between pleura and ribs."""
    half_x, half_y = _IMN_HALF_MM
    # The vessels run 4 mm farther from the midline at the third space than at the first.
    rise = anatomy.thorax.wall_rise_mm
    centre = _IMN_X_MM + 4.0 * np.clip((30.0 + rise - z) / 40.0, -0.5, 1.0) + 0.0 * z
    inner_y = anatomy.cage_front_mm(centre, z)
    strip = superellipse(anatomy.thorax.side * x - centre, y - (inner_y - half_y - 0.5), half_x, half_y, 2.2)
    low, high = _IMN_Z_MM[0] + rise, _IMN_Z_MM[1] + rise
    return cut(strip, np.abs(z - 0.5 * (low + high)) - 0.5 * (high - low), 2.0)


def axilla(anatomy: Anatomy, x: Field, y: Field, z: Field, level: int) -> Field:
    """Return the axillary nodes of level 1, 2 or 3, or the supraclavicular ones (4), in free tissue."""
    start, end, radius = _NODES[level]
    thorax = anatomy.thorax
    move = np.array([0.0, -thorax.cage_lift_mm, thorax.wall_rise_mm])
    path = np.stack((np.array(start) + move, np.array(end) + move))
    nodes = tube(thorax.side * x, y, z, path, radius)
    outside_cage = -anatomy.cage(x, y, z) + 14.0
    return cut(cut(nodes, outside_cage, 6.0), anatomy.body(x, y, z) + _SKIN_MM, 4.0)
