"""The doses of a plan's beams: put together to the plan's dose, or taken out of it.

Which beams a plan has is the plan's own statement; each of them counts once, and a missing one is an error. Where
the plan's dose lies beside, it tells whether the beams are complete and whether their doses are totals or of one
fraction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic.differences import remainder
from dosimetry.dose_arithmetic.lattice import Beyond
from dosimetry.dose_arithmetic.sums import add_doses, on_one_grid
from dosimetry.errors import AmbiguityError, ComparisonError, LinkError
from dosimetry.model.dose import Summation
from dosimetry.text import clean
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.model.dose import Dose
    from dosimetry.model.plan import Beam, Plan

__all__ = ["beam_label", "doses_by_beam", "find_beams", "sum_of_beams", "treatment_beams", "without_beams"]

# Rounding in storage of the plan's dose and of each beam's stays below the first share of the highest dose; a dose
# that was calculated anew, with another random seed, below the second.
_AGREES = 1e-3
_RESEMBLES = 1e-2
# Set-up fields and open portal images are no part of the treatment (PS3.3 C.8.8.14, TreatmentDeliveryType).
_NOT_TREATED = ("SETUP", "OPEN_PORTFILM")

# What is said of any sum, and is better known of the beams of one plan.
_OF_ANY_SUM = (Code.DOSE_SUMMED, Code.DOSE_SUMMATION_UNCLEAR, Code.FRACTIONATION_UNKNOWN)


def treatment_beams(plan: Plan) -> tuple[Beam, ...]:
    """Return the beams of a plan that give its dose."""
    return tuple(beam for beam in plan.beams if beam.delivery not in _NOT_TREATED)


def beam_label(beam: Beam) -> str:
    """Return how a beam is named in messages."""
    name = clean(beam.name)
    return f"#{beam.number} {name!r}" if name else f"#{beam.number}"


def find_beams(plan: Plan, names: Iterable[str], option: str | None = None) -> tuple[Beam, ...]:
    """Return the beams that the user named: by BeamName, by BeamNumber, or by ``#NUMBER`` where a name is a number.

    `option` is what errors name as the option that they were given with.

    Raises
    ------
    LinkError
        If there is no such beam; the message lists them.
    AmbiguityError
        If a name stands for several beams.
    """
    beams = treatment_beams(plan)
    found: dict[int, Beam] = {}
    for name in names:
        beam = _find(beams, name.strip(), option)
        found[beam.number] = beam
    return tuple(found.values())


def _find(beams: Sequence[Beam], name: str, option: str | None) -> Beam:
    number = name.removeprefix("#").strip()
    named = [] if name.startswith("#") else [beam for beam in beams if beam.name.strip() == name]
    numbered = [beam for beam in beams if number.isascii() and number.isdigit() and beam.number == int(number)]
    candidates = list(dict.fromkeys((*named, *numbered)))
    if name.startswith("#") and not candidates:  # a name may begin with the sign
        candidates = [beam for beam in beams if beam.name.strip() == name]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise AmbiguityError(
            f"{clean(name)!r} stands for {len(candidates)} beams",
            item=option,
            found=_listed(candidates),
            remedy="name one as '#NUMBER'",
        )
    alike = [beam for beam in beams if beam.name.strip().casefold() == name.casefold()]
    raise LinkError(
        f"no treatment beam {clean(name)!r} in the plan",
        item=option,
        found=_listed(beams) or "no treatment beams at all",
        remedy=f"did you mean {clean(alike[0].name)!r}?" if alike else None,
    )


def doses_by_beam(plan: Plan, doses: Iterable[Dose]) -> dict[int, Dose]:
    """Return beam doses by the number of their beam, in the plan's order.

    Raises
    ------
    LinkError
        If a dose names no beam, several, or none of this plan's; or if a beam has two doses.
    """
    known = {beam.number: beam for beam in plan.beams}
    found: dict[int, Dose] = {}
    for dose in doses:
        file = dose.source.name if dose.source else None
        if len(dose.beam_numbers) != 1 or dose.beam_numbers[0] not in known:
            raise LinkError(
                "the dose does not name one beam of the plan",
                file=file,
                item="ReferencedBeamNumber",
                expected=f"one of {', '.join(map(str, known))}" if known else "a plan with beams",
                found=", ".join(map(str, dose.beam_numbers)) or "none",
            )
        number = dose.beam_numbers[0]
        if number in found:
            raise LinkError(
                f"two doses are of beam {beam_label(known[number])}", file=file, remedy="name each dose once"
            )
        found[number] = dose
    return {number: found[number] for number in known if number in found}


def sum_of_beams(plan: Plan, doses: Iterable[Dose], whole: Dose | None = None) -> Dose:
    """Return the dose of a plan from those of all its beams.

    Parameters
    ----------
    plan
        The plan, which says what beams there are.
    doses
        One for each of its treatment beams.
    whole
        The plan's dose where it is there too: the sum must agree with it.

    Returns
    -------
    Dose
        With ``summation`` PLAN where `whole` proves it to be the total; otherwise BEAM, since files do not say
        whether beam doses are of all fractions or of one.

    Raises
    ------
    LinkError
        If a beam is missing (the message names it), is there twice, or a dose is none of a beam.
    ComparisonError
        If the sum is not the plan's dose.
    """
    found = doses_by_beam(plan, doses)
    beams = treatment_beams(plan)
    missing = [beam for beam in beams if beam.number not in found]
    if missing or not beams:
        raise LinkError(
            "not every beam of the plan has a dose",
            expected=_listed(beams) or "a plan with treatment beams",
            found=f"none for {_listed(missing)}" if missing else "no treatment beams",
            remedy="export the doses of all beams, or the dose of the plan",
        )
    total = add_doses([found[beam.number] for beam in beams])
    kept = [note for note in total.warnings if note.code not in _OF_ANY_SUM]
    shown = f"the sum of all {len(beams)} beams of the plan ({_listed(beams)})"
    total = replace(
        total,
        summation=Summation.BEAM,
        plan_uids=total.plan_uids or ((plan.sop_instance_uid,) if plan.sop_instance_uid else ()),
        fractions=total.fractions or plan.fractions,
        beam_numbers=tuple(beam.number for beam in beams),
        sop_instance_uid=None,
        source=None,
        warnings=(),
    )
    if whole is None:
        text = f"{shown}; no plan dose is there to tell whether they are of all fractions or of one"
        unclear = Caution(Code.DOSE_SUMMATION_UNCLEAR, "dose", text)
        return replace(total, warnings=merge(kept, (unclear,)))
    notes = _compared(total, whole, plan.fractions)
    text = f"{shown}, which is the dose of the plan beside them"
    return replace(
        total,
        summation=whole.summation,
        warnings=merge(kept, (Caution(Code.BEAMS_SUMMED, "dose", text),), notes),
    )


def without_beams(plan: Plan, taken: Sequence[Beam], doses: Iterable[Dose], whole: Dose | None) -> Dose:
    """Return the dose of a plan without some of its beams.

    From the doses of the other beams where all of them are there, otherwise from the plan's dose less those of the
    beams taken out.

    Raises
    ------
    LinkError
        If neither way has the doses that it needs.
    ComparisonError
        If the doses contradict one another, or nothing would be left.
    """
    found = doses_by_beam(plan, doses)
    beams = treatment_beams(plan)
    out = {beam.number for beam in taken}
    others = [beam for beam in beams if beam.number not in out]
    if not others:
        raise ComparisonError(
            "nothing of the plan is left without these beams",
            found=_listed(taken),
            expected="some of its beams: the others are the plan without the IMN",
        )
    if all(beam.number in found for beam in others):
        kept = add_doses([found[beam.number] for beam in others])
    elif whole is not None and all(beam.number in found for beam in taken):
        kept = remainder(whole, add_doses([found[beam.number] for beam in taken]))
    else:
        missing = [beam for beam in taken if beam.number not in found]
        raise LinkError(
            "a plan cannot be measured without these beams",
            item=_listed(taken),
            expected="the doses of all other beams, or the plan's dose and those of the beams taken out",
            found=f"no dose of {_listed(missing or [beam for beam in others if beam.number not in found])}"
            + ("" if whole is not None else ", and no plan dose"),
            remedy="export the beams' doses too",
        )
    notes = [note for note in kept.warnings if note.code not in _OF_ANY_SUM]
    return replace(
        kept,
        summation=Summation.BEAM if whole is None else whole.summation,
        plan_uids=(plan.sop_instance_uid,) if plan.sop_instance_uid else kept.plan_uids,
        fractions=kept.fractions or plan.fractions,
        beam_numbers=tuple(beam.number for beam in others),
        sop_instance_uid=None,
        source=None,
        warnings=tuple(notes),
    )


def _compared(total: Dose, whole: Dose, fractions: int | None) -> tuple[Caution, ...]:
    """Refuse a sum that is not the plan's dose; warn where it only resembles it."""
    _, (one, other), _ = on_one_grid(
        (replace(total, fractions=None), replace(whole, fractions=None)), Beyond.UNKNOWN
    )
    highest = float(other.values_gy.max())
    off = _farthest(one, other, 1.0)
    if off <= _AGREES * highest:
        return ()
    if off <= _RESEMBLES * highest:
        text = f"the sum of the beams differs from the plan's dose by up to {off:.2f} Gy"
        return (Caution(Code.BEAMS_UNLIKE_PLAN, "dose", text),)
    if fractions and _farthest(one, other, float(fractions)) <= _RESEMBLES * highest:
        raise ComparisonError(
            "the beams' doses are of one fraction, and the plan's dose is the total",
            expected="total doses of the beams",
            found=f"a {fractions}th of the plan's dose",
            remedy="say so with --dose-is fraction",
        )
    raise ComparisonError(
        "the sum of the beams is not the dose of the plan",
        expected=f"agreement within {_RESEMBLES * highest:.2f} Gy",
        found=f"a difference of up to {off:.2f} Gy",
        remedy="check whether all files are of one calculation",
    )


def _farthest(one: Dose, other: Dose, factor: float) -> float:
    """Return the largest difference beyond what interpolation may have done."""
    allowed = sum((each.error_gy for each in (one, other) if each.error_gy is not None), start=np.zeros(()))
    return float((np.abs(factor * one.values_gy - other.values_gy) - factor * allowed).max())


def _listed(beams: Iterable[Beam]) -> str:
    return ", ".join(beam_label(beam) for beam in beams)
