"""The structure set of a synthetic thorax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.model.structures import Structure, StructureSet
from dosimetry.synthetic.contours import axial_contours
from dosimetry.synthetic.thorax import Organ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.thorax import Thorax

__all__ = ["COLOURS", "SLICE_MM", "contour_points", "make_structures"]

SLICE_MM = 3.0


@dataclass(frozen=True, slots=True)
class _Look:
    """How an organ is drawn: its RTROIInterpretedType, its colour, and the distance of its contour points."""

    roi_type: str
    colour: tuple[int, int, int]
    spacing_mm: float = 2.5


_LOOKS = {
    Organ.BODY: _Look("EXTERNAL", (120, 120, 120), 5.0),
    Organ.LUNG_L: _Look("ORGAN", (86, 180, 233), 3.0),
    Organ.LUNG_R: _Look("ORGAN", (0, 114, 178), 3.0),
    Organ.HEART: _Look("ORGAN", (213, 94, 0)),
    Organ.LAD: _Look("ORGAN", (240, 228, 66), 1.5),
    Organ.BREAST_L: _Look("ORGAN", (204, 121, 167), 3.0),
    Organ.BREAST_R: _Look("ORGAN", (170, 100, 140), 3.0),
    Organ.CHESTWALL_L: _Look("ORGAN", (150, 110, 60), 3.0),
    Organ.CORD: _Look("ORGAN", (0, 158, 115)),
    Organ.CTV_BREAST: _Look("CTV", (230, 159, 0), 3.0),
    Organ.CTV_IMN: _Look("CTV", (0, 0, 0), 1.5),
}

# In the order of `Organ`, as the structures are.
COLOURS = tuple(_LOOKS[organ].colour for organ in Organ)


def make_structures(thorax: Thorax) -> StructureSet:
    """Return the structures of a thorax on axial slices of 3 mm, numbered in the order of `Organ`."""
    heights = np.arange(-120.0, 118.0, SLICE_MM)
    box = np.array([-186.0, -168.0, -120.0]), np.array([186.0, 144.0, 120.0])
    return StructureSet(
        structures=tuple(
            Structure(
                number=number,
                name=organ.value,
                contours=axial_contours(
                    lambda x, y, z, organ=organ: thorax.field(organ, x, y, z),  # type: ignore[misc]
                    heights,
                    box,
                    cell_mm=1.5,
                    point_spacing_mm=_LOOKS[organ].spacing_mm,
                ),
                slice_spacing_mm=SLICE_MM,
                roi_type=_LOOKS[organ].roi_type,
            )
            for number, organ in enumerate(Organ, start=1)
        ),
        label="SYNTHETIC_LEFT",
    )


def contour_points(structure: Structure) -> NDArray[np.float64]:
    """Return the points of all contours, LPS, shape (points, 3)."""
    planes = structure.contours
    if planes is None:
        return np.zeros((0, 3))
    per_plane = np.diff(planes.contour_offsets[planes.plane_offsets])
    return np.column_stack((planes.points_mm, np.repeat(planes.positions_mm, per_plane)))
