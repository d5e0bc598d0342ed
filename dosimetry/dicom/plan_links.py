"""The rules by which the plan of a dose is found among the files at hand; see :mod:`~dosimetry.dicom.links`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.dicom.file_names import listed, same_uid
from dosimetry.errors import LinkError
from dosimetry.labels import masked_name
from dosimetry.model.case import Link
from dosimetry.model.dose import Summation
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.scan import Scan

__all__ = ["FoundPlan", "find_plan", "take_plan"]


@dataclass(frozen=True)
class FoundPlan:
    """What is known of the plan of a dose.

    Attributes
    ----------
    plan
        The plan; None where no single one is certain.
    link
        Why it is the plan.
    warnings
        What is doubtful.
    stated
        The plans that are stated to be the dose's, several for a sum: their structure set is the dose's too.
    """

    plan: Header | None
    link: Link | None
    warnings: tuple[Caution, ...] = ()
    stated: tuple[Header, ...] = ()


def find_plan(dose: Header, scan: Scan, *, named: bool) -> FoundPlan:
    """Return the plan of a dose, why it is the plan, and what is doubtful; no plan where none is certain.

    Raises
    ------
    LinkError, AmbiguityError
        If a plan that the user named does not belong to the dose, or plans cannot be told apart.
    """
    plans = scan.of_kind("RTPLAN")
    referred = [plan for plan in plans if plan.uid in dose.plan_uids]
    reason = "the dose refers to this plan by UID"
    if not dose.plan_uids and dose.uid:
        referred = [plan for plan in plans if dose.uid in plan.dose_uids]
        reason = "the plan refers to this dose by UID"
    if len({plan.uid for plan in referred}) < len(referred):
        raise same_uid(referred)
    if dose.summation is Summation.MULTI_PLAN and (not referred or max(len(dose.plan_uids), len(referred)) == 1):
        text = "DoseSummationType is MULTI_PLAN: it is a sum, and no single plan describes it"
        return FoundPlan(None, None, (Caution(Code.PLAN_MISSING, "plan", text),), tuple(referred))
    if len(referred) == 1 and len(dose.plan_uids) <= 1:
        return FoundPlan(referred[0], Link("plan", "reference", reason), stated=(referred[0],))
    if referred:
        count = max(len(dose.plan_uids), len(referred))
        absent = count - len(referred)
        text = f"the dose refers to {count} plans: it is a sum, and no single plan describes it"
        text += f"; {absent} of them not at hand" if absent else ""
        return FoundPlan(None, None, (Caution(Code.PLAN_MISSING, "plan", text),), tuple(referred))
    near = [plan for plan in plans if plan.frame_uids & dose.frame_uids or not plan.frame_uids]
    if named and plans:
        if len(plans) > 1 or not near:
            raise LinkError(
                "the RTPLAN does not belong to the dose",
                file=plans[0].path,
                expected="one plan in the dose's frame of reference",
                found=listed(plans),
            )
        link, notes = take_plan(dose, near[0], "named", "named by the user")
        return FoundPlan(near[0], link, notes)
    return _by_study(dose, near, scan)


def _by_study(dose: Header, near: Sequence[Header], scan: Scan) -> FoundPlan:
    """Take the only plan of the study where nothing is stated: aloud, and not if it is another dose's."""
    missing = "prescription, fractions and approval are unknown"
    if dose.plan_uids:
        text = f"the plan that the dose refers to is not at hand: {missing}"
        return FoundPlan(None, None, (Caution(Code.PLAN_MISSING, "plan", text),))
    doses = [other for other in scan.of_kind("RTDOSE") if other.dose_type != "ERROR"]
    claimed = {uid for other in doses for uid in other.plan_uids}
    own = set(dose.structure_set_uids)
    free = [
        plan
        for plan in near
        if plan.study_uid == dose.study_uid
        and plan.patient_id == dose.patient_id
        and plan.uid not in claimed
        and not plan.dose_uids
        and not (own and plan.structure_set_uids and own.isdisjoint(plan.structure_set_uids))
    ]
    alike = [
        other
        for other in doses
        if not other.plan_uids
        and other.summation.is_whole_plan
        and other.study_uid == dose.study_uid
        and other.frame_uids == dose.frame_uids
    ]
    if len(free) == 1 and len(alike) <= 1:
        text = "the dose refers to no plan; the only one of its study and frame of reference is used"
        link = Link("plan", "frame-of-reference", "the only plan of the dose's study and frame of reference")
        return FoundPlan(free[0], link, (Caution(Code.LINK_BY_FRAME, "plan", text),), (free[0],))
    if free:
        text = (
            f"the dose refers to no plan, and of its study {len(free)} plan(s) and {len(alike)} dose(s) could "
            f"belong together: {missing}; a link file (--links) can settle it"
        )
    else:
        text = f"no plan that the dose belongs to: {missing}"
    return FoundPlan(None, None, (Caution(Code.PLAN_MISSING, "plan", text),))


def take_plan(dose: Header, plan: Header, rule: str, by: str) -> tuple[Link, tuple[Caution, ...]]:
    """Take a plan at the user's word, unless its frame of reference is another one.

    Raises
    ------
    LinkError
        If it is.
    """
    if dose.frame_uids and plan.frame_uids and not dose.frame_uids & plan.frame_uids:
        raise LinkError(
            "the RTPLAN does not belong to the dose",
            file=plan.path,
            expected=f"the FrameOfReferenceUID of {masked_name(dose.path)}",
            found="another one",
        )
    reason = f"{by}, same frame of reference" if plan.frame_uids and dose.frame_uids else by
    if plan.uid in dose.plan_uids:
        return Link("plan", rule, f"{by}; the dose refers to it by UID"), ()
    if dose.plan_uids:
        text = "the dose refers to another plan; the named one is used"
        rule = "reference-mismatch" if rule == "named" else rule
    else:
        text = "the dose refers to no plan; the named one is used"
    return Link("plan", rule, reason), (Caution(Code.LINK_REFERENCE_MISMATCH, "plan", text),)
