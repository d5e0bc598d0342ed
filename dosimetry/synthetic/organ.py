"""The structures of a synthetic thorax: their names, their types and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["LOOKS", "WILD_NAMES", "Look", "Organ", "organs_of"]


class Organ(StrEnum):
    """The structures by their TG-263 or ESTRO names, in the order of their ROI numbers.

    Those of the treated side end in ``_S``; :meth:`roi_name` puts the side's letter there.
    """

    BODY = "Body"
    LUNG_L = "Lung_L"
    LUNG_R = "Lung_R"
    HEART = "Heart"
    LV = "Ventricle_L"
    LAD = "A_LAD"
    BREAST_L = "Breast_L"
    BREAST_R = "Breast_R"
    CHESTWALL = "Chestwall_S"
    OESOPHAGUS = "Esophagus"
    CORD = "SpinalCord"
    LIVER = "Liver"
    CTV_BREAST = "CTVp_breast_S"
    CTV_IMN = "CTVn_IMN_S"
    AXILLA_1 = "CTVn_L1_S"
    AXILLA_2 = "CTVn_L2_S"
    AXILLA_3 = "CTVn_L3_S"
    SUPRACLAVICULAR = "CTVn_L4_S"

    def roi_name(self, side: int) -> str:
        """Return the ROI name where the left (1) or the right (-1) breast is treated."""
        name = self.value
        return name[:-1] + ("L" if side > 0 else "R") if name.endswith("_S") else name


@dataclass(frozen=True, slots=True)
class Look:
    """How a structure is drawn.

    Attributes
    ----------
    roi_type
        RTROIInterpretedType.
    colour
        ROIDisplayColor.
    spacing_mm
        Distance of its contour points.
    cell_mm
        Cell of the grid on which its outline is found.
    """

    roi_type: str
    colour: tuple[int, int, int]
    spacing_mm: float = 3.5
    cell_mm: float = 2.5


LOOKS = MappingProxyType(
    {
        Organ.BODY: Look("EXTERNAL", (120, 120, 120), 8.0, 3.0),
        Organ.LUNG_L: Look("ORGAN", (86, 180, 233), 4.0),
        Organ.LUNG_R: Look("ORGAN", (0, 114, 178), 4.0),
        Organ.HEART: Look("ORGAN", (213, 94, 0)),
        Organ.LV: Look("ORGAN", (240, 140, 80)),
        Organ.LAD: Look("ORGAN", (240, 228, 66), 1.5, 1.0),
        Organ.BREAST_L: Look("ORGAN", (204, 121, 167), 4.0),
        Organ.BREAST_R: Look("ORGAN", (170, 100, 140), 4.0),
        Organ.CHESTWALL: Look("ORGAN", (150, 110, 60), 4.0),
        Organ.OESOPHAGUS: Look("ORGAN", (140, 140, 30), 2.5, 1.5),
        Organ.CORD: Look("ORGAN", (0, 158, 115), 2.5, 1.5),
        Organ.LIVER: Look("ORGAN", (110, 70, 30), 6.0, 3.0),
        Organ.CTV_BREAST: Look("CTV", (230, 159, 0), 4.0),
        Organ.CTV_IMN: Look("CTV", (0, 0, 0), 1.5, 1.0),
        Organ.AXILLA_1: Look("CTV", (90, 90, 90), 3.0, 2.0),
        Organ.AXILLA_2: Look("CTV", (110, 110, 110), 3.0, 2.0),
        Organ.AXILLA_3: Look("CTV", (130, 130, 130), 3.0, 2.0),
        Organ.SUPRACLAVICULAR: Look("CTV", (150, 150, 150), 3.0, 2.0),
    }
)

# Names as they are found in clinics, for a few of the plans; `{}` is the treated side's letter.
WILD_NAMES = MappingProxyType(
    {
        Organ.BODY: "External",
        Organ.LUNG_L: "Lt Lung",
        Organ.LUNG_R: "Rt Lung",
        Organ.HEART: "HEART4",
        Organ.LV: "LV",
        Organ.LAD: "LAD",
        Organ.BREAST_L: "BREAST_LT",
        Organ.BREAST_R: "BREAST_RT",
        Organ.CHESTWALL: "Chest Wall {}t",
        Organ.OESOPHAGUS: "oesophagus",
        Organ.CORD: "Spinal Cord",
        Organ.LIVER: "liver",
        Organ.CTV_BREAST: "CTV Breast {}t",
        Organ.CTV_IMN: "CTV INM {}t",
        Organ.AXILLA_1: "CTVn L1 {}",
        Organ.AXILLA_2: "CTVn L2 {}",
        Organ.AXILLA_3: "CTVn L3 {}",
        Organ.SUPRACLAVICULAR: "CTV SCV {}t",
    }
)


def organs_of(*, nodes: bool = True) -> tuple[Organ, ...]:
    """Return the structures that are drawn, with or without the axillary and supraclavicular nodes."""
    left_out = () if nodes else (Organ.AXILLA_1, Organ.AXILLA_2, Organ.AXILLA_3, Organ.SUPRACLAVICULAR)
    return tuple(organ for organ in Organ if organ not in left_out)
