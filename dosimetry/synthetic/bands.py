"""Doses that clinical plans have, beside which the sample plans are put.

Ranges of reported means and of usual practice, for 50 Gy in 25 fractions unless said otherwise; wide, and no limits
of a protocol. `verified` says that the range rests on papers whose numbers were read; the others are from memory
or from secondary texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.synthetic.catalogue import SAMPLE_PLANS, SamplePlan, Technique
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.thorax import Posture

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["IMN_FIELD", "MEASURES", "Band", "Measure", "band_of", "increments"]


@dataclass(frozen=True, slots=True)
class Band:
    """A range.

    Attributes
    ----------
    low, high
        Its ends.
    source
        Where it is from.
    verified
        Whether the source's numbers were read.
    """

    low: float
    high: float
    source: str
    verified: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in it."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the table.

    Attributes
    ----------
    key
        Its name.
    metric
        In the metric grammar; ``"{}"`` stands for 20 Gy, or 17 Gy of 40 Gy.
    percent
        Whether it is shown in percent of the prescription.
    """

    key: str
    metric: str
    percent: bool = False

    def organ(self, side: int) -> Organ:
        """Return the structure that it is of."""
        organs = {
            "heart": Organ.HEART,
            "ventricle": Organ.LV,
            "lad": Organ.LAD,
            "lung": Organ.LUNG_L if side > 0 else Organ.LUNG_R,
            "other breast": Organ.BREAST_R if side > 0 else Organ.BREAST_L,
            "breast": Organ.CTV_BREAST,
            "imn": Organ.CTV_IMN,
            "body": Organ.BODY,
        }
        return organs[self.key.split(",")[0]]


MEASURES = (
    Measure("heart, mean", "Mean[Gy]"),
    Measure("ventricle, mean", "Mean[Gy]"),
    Measure("lad, mean", "Mean[Gy]"),
    Measure("lung, V", "V{}Gy[%]"),
    Measure("lung, mean", "Mean[Gy]"),
    Measure("other breast, mean", "Mean[Gy]"),
    Measure("breast, D95", "D95%[Gy]", percent=True),
    Measure("imn, mean", "Mean[Gy]", percent=True),
    Measure("imn, D95", "D95%[Gy]", percent=True),
    Measure("body, max", "Max[Gy]", percent=True),
)

IMN_FIELD = "left_fb_electrons_imn/rtdose_beam_3.dcm"
"""Dose of the one field that a sample plan has for the nodes alone."""

_TAYLOR = "Taylor 2015 (mean 4.2), Trivedi 2020 (2.2), as cited in secondary texts"
_SCI_REP = "Sci Rep 2021;11:6085 (4.55 to 2.54 Gy), Dağdelen 2020 (6.4 to 3.3 Gy)"
_DBCG = "DBCG: IMN irradiation adds a median of 4.8 Gy (0.9 to 8.7)"
_USUAL = "usual practice"


def band_of(measure: Measure, plan: SamplePlan) -> Band | None:
    """Return the range of a measure in plans of this kind; None where none is known."""
    if plan.prescription_gy != 50.0 and not measure.percent and measure.key != "lung, V":
        return None
    tangents = plan.technique is Technique.TANGENTS
    finders = {
        "heart, mean": _heart,
        "lad, mean": _lad,
        "lung, V": _lung,
    }
    if measure.key in finders:
        return finders[measure.key](plan)
    if measure.key == "imn, mean" and tangents and not plan.with_imn and plan.posture is not Posture.PRONE:
        return Band(20.0, 60.0, _USUAL)
    if measure.key == "imn, D95" and plan.with_imn:
        return Band(90.0, 115.0, "asked of these plans", verified=True)
    if measure.key == "breast, D95":
        return Band(95.0, 107.0, _USUAL)
    return Band(100.0, 115.0, "asked of these plans", verified=True) if measure.key == "body, max" else None


def _heart(plan: SamplePlan) -> Band | None:
    if plan.side < 0:
        return Band(1.0, 4.0, _USUAL) if plan.with_imn else Band(0.0, 1.5, _USUAL)
    if plan.technique is Technique.PROTONS:
        return Band(0.5, 2.5, _USUAL)
    if plan.posture is Posture.DEEP_INSPIRATION:
        return Band(2.0, 4.0, _SCI_REP, verified=True) if plan.with_imn else Band(1.0, 2.0, _USUAL)
    if plan.technique is Technique.IMRT:
        return Band(4.0, 9.0, _USUAL)
    if plan.posture is Posture.FREE_BREATHING and not plan.with_imn:
        return Band(2.0, 5.0, _TAYLOR)
    return None


def _lad(plan: SamplePlan) -> Band | None:
    if plan.side > 0 and plan.with_imn and plan.technique is Technique.TANGENTS:
        # In deep inspiration about half.
        half = plan.posture is Posture.DEEP_INSPIRATION
        return Band(5.0, 20.0, _USUAL) if half else Band(10.0, 40.0, _USUAL)
    return None


def _lung(plan: SamplePlan) -> Band | None:
    if plan.technique is not Technique.TANGENTS:
        return None
    if plan.posture is Posture.PRONE:
        return Band(0.0, 5.0, _USUAL)
    return Band(22.0, 38.0, _USUAL) if plan.with_imn else Band(12.0, 20.0, _USUAL)


def increments(hearts_gy: Mapping[str, float]) -> dict[str, tuple[float, Band]]:
    """Return what the IMN adds to the mean heart dose in plans for the left side in free breathing.

    Parameters
    ----------
    hearts_gy
        Mean heart dose of each plan by its folder, and of the field for the nodes alone by :data:`IMN_FIELD`.

    Returns
    -------
    dict
        Over the tangents without the nodes, by folder; protons, of another kind, are left out. And within the plan
        with a field of its own for the nodes, which is what that plan is for: the contribution of this field.
    """
    base = hearts_gy["left_fb_tangents"]
    chosen = [
        plan.folder
        for plan in SAMPLE_PLANS
        if plan.anatomy == "left_fb"
        and plan.with_imn
        and plan.technique is not Technique.PROTONS
        and plan.prescription_gy == 50.0
    ]
    added = {name: hearts_gy[name] - base for name in chosen} | {IMN_FIELD: hearts_gy[IMN_FIELD]}
    return {name: (value, Band(1.0, 6.0, _DBCG, verified=True)) for name, value in added.items()}
