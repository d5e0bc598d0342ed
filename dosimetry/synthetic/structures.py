"""The structure set of a synthetic thorax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.model.structures import Structure, StructureSet
from dosimetry.synthetic.contours import axial_contours
from dosimetry.synthetic.grids import slices_mm
from dosimetry.synthetic.organ import LOOKS, WILD_NAMES, Organ
from dosimetry.synthetic.tissue import VOXEL_MM, body_grid

if TYPE_CHECKING:
    from dosimetry.synthetic.regions import Regions

__all__ = ["make_structures", "roi_name", "roi_number"]


def roi_name(organ: Organ, side: int, *, wild: bool) -> str:
    """Return the name of a structure: by TG-263 and ESTRO, or as it may be found in a clinic."""
    return WILD_NAMES[organ].format("L" if side > 0 else "R") if wild else organ.roi_name(side)


def roi_number(organ: Organ) -> int:
    """Return the ROINumber of a structure."""
    return list(Organ).index(organ) + 1


def make_structures(regions: Regions, *, wild: bool = False) -> StructureSet:
    """Return the structures of a patient on axial slices of 3 mm, numbered in the order of `Organ`."""
    thorax = regions.thorax
    heights = slices_mm(thorax.posture)
    box = body_grid().extent_mm()
    return StructureSet(
        structures=tuple(
            Structure(
                number=roi_number(organ),
                name=roi_name(organ, thorax.side, wild=wild),
                contours=axial_contours(
                    regions.shape(organ),
                    heights,
                    box,
                    cell_mm=LOOKS[organ].cell_mm,
                    point_spacing_mm=LOOKS[organ].spacing_mm,
                ),
                slice_spacing_mm=VOXEL_MM,
                roi_type=LOOKS[organ].roi_type,
            )
            for organ in Organ
        ),
        label=f"SYNTH_{'LEFT' if thorax.side > 0 else 'RIGHT'}_{thorax.posture.value}"[:16],
    )
