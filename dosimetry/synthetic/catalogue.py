"""Which sample plans there are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.thorax import Posture

__all__ = ["SAMPLE_PLANS", "SamplePlan", "Technique"]

_BREAST = (Organ.CTV_BREAST,)
_WITH_IMN = (Organ.CTV_BREAST, Organ.CTV_IMN)


class Technique(StrEnum):
    """How a plan is made."""

    TANGENTS = "tangents"
    ELECTRONS = "tangents and electrons"
    IMRT = "IMRT"
    PROTONS = "protons"


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """One sample plan.

    Attributes
    ----------
    folder
        Name of its folder.
    label
        RTPlanLabel, 16 characters at most.
    title
        What it is, in words.
    technique
        How it is made.
    targets
        What is prescribed.
    posture
        How the patient lies and breathes.
    side
        1 for the left breast, -1 for the right one.
    prescription_gy, fractions
        The same for all targets.
    wild_names
        Whether the ROIs are named as it happens in clinics, and not by TG-263.
    nodes
        Whether the axillary and supraclavicular nodes are drawn. Wide tangents take in some of the axilla, and
        a comparison that finds it drawn tells so.
    """

    folder: str
    label: str
    title: str
    technique: Technique
    targets: tuple[Organ, ...]
    posture: Posture = Posture.FREE_BREATHING
    side: int = 1
    prescription_gy: float = 50.0
    fractions: int = 25
    wild_names: bool = False
    nodes: bool = False

    @property
    def with_imn(self) -> bool:
        """Whether the internal mammary nodes are a target."""
        return Organ.CTV_IMN in self.targets

    @property
    def anatomy(self) -> str:
        """Name of the CT that it was made on."""
        return f"{'left' if self.side > 0 else 'right'}_{self.posture.value.lower()}"


_FB, _DIBH, _PRONE = Posture.FREE_BREATHING, Posture.DEEP_INSPIRATION, Posture.PRONE

SAMPLE_PLANS = (
    SamplePlan("left_fb_tangents", "TANGENTS", "Tangents, breast alone", Technique.TANGENTS, _BREAST),
    SamplePlan(
        "left_fb_tangents_imn", "TANGENTS_IMN", "Wide tangents, breast and IMN", Technique.TANGENTS, _WITH_IMN
    ),
    SamplePlan(
        "left_fb_electrons_imn", "ELECTRONS_IMN", "Tangents with an electron field", Technique.ELECTRONS, _WITH_IMN
    ),
    SamplePlan(
        "left_fb_imrt_imn",
        "IMRT_IMN",
        "IMRT of seven fields, breast and IMN",
        Technique.IMRT,
        _WITH_IMN,
        nodes=True,
    ),
    SamplePlan(
        "left_fb_protons_imn", "PROTONS_IMN", "Protons, breast and IMN", Technique.PROTONS, _WITH_IMN, nodes=True
    ),
    SamplePlan(
        "left_fb_tangents_imn_40_15",
        "TAN_IMN_40_15",
        "Wide tangents, 40 Gy in 15 fractions",
        Technique.TANGENTS,
        _WITH_IMN,
        prescription_gy=40.0,
        fractions=15,
        wild_names=True,
    ),
    SamplePlan("left_dibh_tangents", "DIBH", "Tangents, breath held", Technique.TANGENTS, _BREAST, _DIBH),
    SamplePlan(
        "left_dibh_tangents_imn", "DIBH_IMN", "Wide tangents, breath held", Technique.TANGENTS, _WITH_IMN, _DIBH
    ),
    SamplePlan(
        "left_dibh_imrt_imn",
        "DIBH_IMRT_IMN",
        "IMRT of seven fields, breath held",
        Technique.IMRT,
        _WITH_IMN,
        _DIBH,
        nodes=True,
    ),
    SamplePlan("left_prone_tangents", "PRONE", "Tangents, prone", Technique.TANGENTS, _BREAST, _PRONE),
    SamplePlan(
        "right_fb_tangents", "RIGHT", "Right tangents", Technique.TANGENTS, _BREAST, side=-1, wild_names=True
    ),
    SamplePlan(
        "right_fb_tangents_imn",
        "RIGHT_IMN",
        "Right wide tangents",
        Technique.TANGENTS,
        _WITH_IMN,
        side=-1,
        wild_names=True,
    ),
)
