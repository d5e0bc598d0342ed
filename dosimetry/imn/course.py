"""Prescriptions and fractions: what the plans state, and what the user states with ``--rx``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import PrescriptionError
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dosimetry.model.case import Case
    from dosimetry.model.structures import Structure

__all__ = ["Prescribed", "equivalent_2gy", "parse_rx", "prescribed_to", "stated_course"]

_RX = re.compile(r"(?P<name>.+)=(?P<dose>\d+(?:\.\d+)?)(?:gy)?/(?P<fractions>\d+)", re.IGNORECASE | re.ASCII)
_BREAST_ALPHA_BETA_GY = 3.5
_POINTS = {"POINT", "COORDINATES"}


@dataclass(frozen=True, slots=True)
class Prescribed:
    """A dose prescribed to a target.

    Attributes
    ----------
    dose_gy
        Total dose.
    fractions
        Number of fractions; None where it is not known.
    basis
        Where it is stated, for the report.
    """

    dose_gy: float
    fractions: int | None
    basis: str

    def __str__(self) -> str:
        return f"{self.dose_gy:g} Gy" + (f" in {self.fractions} fractions" if self.fractions else "")


def equivalent_2gy(prescribed: Prescribed, alpha_beta_gy: float = _BREAST_ALPHA_BETA_GY) -> float:
    """Return the dose in 2 Gy fractions with the same effect on breast cancer, to tell a course from a part.

    Linear-quadratic model; α/β of 3.5 Gy for tumour control as estimated by the START trials (Haviland et
    al., Lancet Oncol 2013;14:1086-94, doi 10.1016/S1470-2045(13)70386-3). Without fractions: the dose itself.
    """
    if not prescribed.fractions:
        return prescribed.dose_gy
    each = prescribed.dose_gy / prescribed.fractions
    return prescribed.dose_gy * (each + alpha_beta_gy) / (2.0 + alpha_beta_gy)


def parse_rx(texts: Iterable[str]) -> dict[str, Prescribed]:
    """Return the prescriptions of ``--rx NAME=GY/FX`` by ROI name.

    Raises
    ------
    PrescriptionError
        If a text is not of this form, or a name comes twice.
    """
    found: dict[str, Prescribed] = {}
    for text in texts:
        match = _RX.fullmatch(text.strip())
        if match is None or not float(match["dose"]) > 0 or not 1 <= int(match["fractions"]) <= 100:
            raise PrescriptionError(
                f"cannot read {clean(text)!r}",
                item="--rx",
                expected="NAME=GY/FRACTIONS, as in --rx CTVn_IMN_L=50/25",
            )
        name = match["name"].strip()
        if name in found:
            raise PrescriptionError(f"two prescriptions for {clean(name)!r}", item="--rx")
        found[name] = Prescribed(float(match["dose"]), int(match["fractions"]), "given with --rx")
    return found


def prescribed_to(  # noqa: PLR0911  one return a reason
    target: Structure, cases: Sequence[Case], given: Mapping[str, Prescribed]
) -> tuple[Prescribed | None, str]:
    """Return the prescription to a target, and why there is none where there is none.

    The user's own statement goes first. Of a plan, a prescription that refers to the target's ROI is used, or
    the plan's only dose level. Prescriptions of several summed plans to the same ROI are added. An ROI number
    means something only within its own structure set: each plan's is looked up in the set of that plan, and
    not at all where the plan refers to another set than the one at hand.

    Parameters
    ----------
    target
        The ROI.
    cases
        The parts of one side.
    given
        What :func:`parse_rx` returned.
    """
    if target.name in given:
        return given[target.name], ""
    plans = [case.rtplan for case in cases if case.rtplan is not None]
    if len(plans) < len(cases):
        return None, "no plan states a prescription"
    referring = [
        (case.rtplan, item)
        for case in cases
        if case.rtplan is not None and (number := _number_of(target, case)) is not None
        for item in case.rtplan.prescriptions
        if item.roi_number == number
    ]
    if referring:
        doses = [item.dose_gy for _, item in referring]
        if len(referring) > len({id(plan) for plan, _ in referring}) and len(set(doses)) > 1:
            return None, "a plan prescribes several doses to the target"
        by_plan = {id(plan): (plan, item.dose_gy) for plan, item in referring}
        counts = [plan.fractions for plan, _ in by_plan.values()]
        fractions = sum(count for count in counts if count) if all(counts) else None
        total = sum(dose for _, dose in by_plan.values())
        return Prescribed(total, fractions, "the plan's prescription to this ROI"), ""
    if len(plans) > 1:
        return None, "several plans are summed, and none names the target in its prescription"
    levels = {item.dose_gy for item in plans[0].prescriptions}
    if not levels:
        return None, "the plan states no prescription to a target"
    if len(levels) > 1:
        shown = ", ".join(f"{level:g}" for level in sorted(levels))
        return (
            None,
            f"the plan states several prescriptions ({shown} Gy) and does not say which is the target's",
        )
    kinds = {item.structure_type for item in plans[0].prescriptions}
    basis = "the only dose level of the plan" + (", to a point" if kinds <= _POINTS else "")
    return Prescribed(levels.pop(), plans[0].fractions, basis), ""


def _number_of(target: Structure, case: Case) -> int | None:
    """Return the number by which a case's plan knows a target; None where that is not certain."""
    structures, plan = case.structures, case.rtplan
    stated = plan.structure_set_uid if plan else None
    if stated and structures.sop_instance_uid and stated != structures.sop_instance_uid:
        return None
    numbers = [found.number for found in structures if found is target]
    numbers = numbers or [found.number for found in structures if found.name == target.name]
    return numbers[0] if len(numbers) == 1 else None


def stated_course(case: Case) -> Prescribed | None:
    """Return the highest prescription of one plan with its fractions; None where the plan states none."""
    plan = case.rtplan
    if plan is None or not plan.prescriptions:
        return None
    return Prescribed(max(item.dose_gy for item in plan.prescriptions), plan.fractions, "the plan")
