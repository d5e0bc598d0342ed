"""What besides the technique differs between two plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.names.parts import PARTS
from dosimetry.names.roles import TARGETS
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from dosimetry.compare.technique import Technique

__all__ = ["confounders"]

_SHARE = 0.10  # hearts of one woman, contoured alike, differ by less between two CTs
_SAME_DOSE = 0.005


def confounders(base: Technique, one: Technique) -> tuple[Caution, ...]:
    """Return what confounds the difference of a technique and its reference.

    Hearts that differ by more than 10 % in volume or in cranio-caudal extent, another fractionation, other targets
    or prescriptions, another CT.
    """
    notes = [
        *_hearts(base, one),
        *_courses(base, one),
        *_targets(base, one),
    ]
    frames = [technique.side.dose.frame_of_reference_uid for technique in (base, one)]
    if not frames[0] or frames[0] != frames[1]:
        text = f"lies on another CT than {base.label}: contours were drawn anew, and set-up differs"
        notes.append(Caution(Code.DIFFERENT_CT, one.label, text))
    return tuple(notes)


def _hearts(base: Technique, one: Technique) -> list[Caution]:
    notes = []
    for what, unit, first, second in (
        ("volume", "cc", base.facts.heart_cc, one.facts.heart_cc),
        ("cranio-caudal extent", "mm", base.facts.heart_extent_mm, one.facts.heart_extent_mm),
    ):
        if first and second and abs(second - first) > _SHARE * max(first, second):
            text = (
                f"the heart's {what} is {second:.0f} {unit}, {first:.0f} {unit} in {base.label}: "
                "drawn differently, or not the same part of it"
            )
            notes.append(Caution(Code.HEART_DIFFERS, one.label, text))
    return notes


def _courses(base: Technique, one: Technique) -> list[Caution]:
    counts = [technique.side.fractions for technique in (base, one)]
    if None in counts:
        text = f"the number of fractions is not known here or in {base.label}"
        return [Caution(Code.FRACTIONATION_UNKNOWN, one.label, text)]
    if counts[0] != counts[1]:
        text = f"{counts[1]} fractions, {counts[0]} in {base.label}: physical doses do not mean the same"
        return [Caution(Code.FRACTIONATION_DIFFERS, one.label, text)]
    return []


def _targets(base: Technique, one: Technique) -> list[Caution]:
    notes = []
    drawn = [{key for key in technique.parts if PARTS[key].role in TARGETS} for technique in (base, one)]
    if drawn[0] != drawn[1]:
        names = ", ".join(PARTS[key].label for key in sorted(drawn[0] ^ drawn[1]))
        text = f"not drawn both here and in {base.label}: {names}"
        notes.append(Caution(Code.TARGETS_DIFFER, one.label, text))
    for key in sorted(drawn[0] & drawn[1]):
        doses = [technique.prescribed.get(key) for technique in (base, one)]
        first, second = doses
        if first and second and abs(first.dose_gy - second.dose_gy) > _SAME_DOSE * first.dose_gy:
            text = f"{PARTS[key].label}: {second} prescribed, {first} in {base.label}"
            notes.append(Caution(Code.TARGETS_DIFFER, one.label, text))
    if None not in (base.covers_imn, one.covers_imn) and base.covers_imn is not one.covers_imn:
        treated, other = (base, one) if base.covers_imn else (one, base)
        text = (
            f"the IMN target is covered in {treated.label} and not in {other.label}: part of the difference is "
            "what it costs to treat it"
        )
        notes.append(Caution(Code.TARGETS_DIFFER, one.label, text))
    return notes
