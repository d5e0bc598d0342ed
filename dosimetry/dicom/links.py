"""The rules by which the plan and the structure set of a dose are found among the files at hand.

In a folder the links are those that the files state: a reference by UID that leads elsewhere is a reason not to
link. Files that are named by the user are taken at the user's word where the frame of reference agrees; a
reference that does not match is then a warning.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import AmbiguityError, LinkError
from dosimetry.model.case import Link
from dosimetry.model.dose import Summation
from dosimetry.provenance import keyed_hash
from dosimetry.text import file_label
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.scan import Scan

__all__ = [
    "CHOOSE_DOSE",
    "CHOOSE_STRUCTURES",
    "FoundPlan",
    "find_plan",
    "find_structures",
    "listed",
    "take_plan",
    "take_structures",
]

CHOOSE_DOSE = "choose one with --dose FILE|UID"
CHOOSE_STRUCTURES = "choose one with --structures FILE|UID, or record it in a link file (--links)"
# How many files a message names.
_SHOWN = 6


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
        raise _same_uid(referred)
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
            expected=f"the FrameOfReferenceUID of {dose.path.name}",
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


def find_structures(
    dose: Header, plans: Sequence[Header], scan: Scan, *, named: bool
) -> tuple[Header, Link, tuple[Caution, ...]]:
    """Return the structure set of a dose, why it is that one, and what is doubtful.

    Parameters
    ----------
    dose
        The dose.
    plans
        The plans that are stated to be the dose's.
    scan
        All files at hand.
    named
        Whether the user named them one by one.

    Raises
    ------
    LinkError, AmbiguityError
        If there is none, or several that nothing tells apart.
    """
    sets = scan.of_kind("RTSTRUCT")
    if not sets:
        raise LinkError(
            "no structure set for this dose",
            file=dose.path,
            expected="an RTSTRUCT",
            found="none" + (f", and {len(scan.broken)} unreadable file(s)" if scan.broken else ""),
            remedy="export the structure set too, or name its file",
        )
    own = set(dose.structure_set_uids)
    through = {uid for plan in plans for uid in plan.structure_set_uids}
    if named:
        return _named(dose, sets, own, through)
    if own and len(plans) > 1:
        through = own  # a sum may be of plans on several sets: the one that the sum itself names is meant
    referred = [found for found in sets if found.uid in own | through]
    if len({found.uid for found in referred}) < len(referred):
        raise _same_uid(referred)
    if len(referred) > 1:
        raise AmbiguityError(
            "dose and plan refer to different structure sets",
            file=dose.path,
            found=listed(referred),
            remedy=CHOOSE_STRUCTURES,
        )
    if own and referred and referred[0].uid not in own:
        raise LinkError(
            "dose and plan refer to different structure sets, and that of the dose is not at hand",
            file=dose.path,
            found=listed(referred),
            remedy=f"if the plan's is meant, {CHOOSE_STRUCTURES}",
        )
    if referred:
        return _referred(dose, referred[0], own, through)
    if own | through:
        raise LinkError(
            "its structure set is not in the folder",
            file=dose.path,
            expected="the RTSTRUCT that the dose or its plan refer to",
            found=listed(sets),
            remedy=f"if it was edited or sent anew under another UID, {CHOOSE_STRUCTURES}",
        )
    return _by_frame(dose, sets)


def _named(
    dose: Header, sets: Sequence[Header], own: set[str], through: set[str]
) -> tuple[Header, Link, tuple[Caution, ...]]:
    """Take the one structure set among files that were named one by one."""
    if len(sets) > 1:
        raise AmbiguityError(
            f"{len(sets)} RTSTRUCT files for one case", found=listed(sets), remedy=CHOOSE_STRUCTURES
        )
    if sets[0].uid in own | through:
        return _referred(dose, sets[0], own, through)
    link, notes = take_structures(dose, sets[0], own | through, "named", "named by the user")
    return sets[0], link, notes


def _referred(
    dose: Header, structures: Header, own: set[str], through: set[str]
) -> tuple[Header, Link, tuple[Caution, ...]]:
    """Take the structure set that dose or plan refer to."""
    _require_frame(dose, structures)
    notes = _unchecked_frame(dose, structures)
    by = "dose" if structures.uid in own else "plan"
    if by == "dose" and through and structures.uid not in through:
        text = "the plan refers to another structure set than its dose; that of the dose is used"
        notes = (Caution(Code.LINK_REFERENCE_MISMATCH, "structures", text), *notes)
    return structures, Link("structures", "reference", f"the {by} refers to it by UID"), notes


def _by_frame(dose: Header, sets: Sequence[Header]) -> tuple[Header, Link, tuple[Caution, ...]]:
    """Take the only structure set of the patient in the frame of reference where no reference is stated."""
    same_frame = [found for found in sets if found.frame_uids & dose.frame_uids]
    same_patient = [found for found in same_frame if found.patient_id == dose.patient_id]
    if len(same_patient) == 1:
        text = "the dose refers to no structure set; the only one in its frame of reference is used"
        return (
            same_patient[0],
            Link("structures", "frame-of-reference", "the only structure set in the dose's frame of reference"),
            (Caution(Code.LINK_BY_FRAME, "structures", text),),
        )
    if len({found.uid for found in same_patient}) < len(same_patient):
        raise _same_uid(same_patient)
    if same_patient:
        raise AmbiguityError(
            f"{len(same_patient)} structure sets lie in the dose's frame of reference",
            file=dose.path,
            found=listed(same_patient),
            remedy=CHOOSE_STRUCTURES,
        )
    if len(sets) == 1:
        _require_frame(dose, sets[0])
    raise LinkError(
        "no structure set of this patient in the dose's frame of reference", file=dose.path, found=listed(sets)
    )


def take_structures(
    dose: Header, structures: Header, stated: Iterable[str], rule: str, by: str
) -> tuple[Link, tuple[Caution, ...]]:
    """Take a structure set at the user's word, unless its frame of reference is another one.

    Parameters
    ----------
    dose, structures
        The files.
    stated
        UIDs of the structure sets that dose and plan refer to.
    rule, by
        How it was chosen: the rule's name, and in words.

    Raises
    ------
    LinkError
        If the frame of reference is another one.
    """
    _require_frame(dose, structures)
    notes = _unchecked_frame(dose, structures)
    reason = f"{by}; the frame of reference is not stated" if notes else f"{by}, same frame of reference"
    wanted = set(stated)
    if structures.uid in wanted:
        reason = f"{by}; dose or plan refer to it by UID"
    elif wanted:
        text = "dose or plan refer to another structure set; the named one is used"
        notes = (Caution(Code.LINK_REFERENCE_MISMATCH, "structures", text), *notes)
    return Link("structures", rule, reason), notes


def _unchecked_frame(dose: Header, structures: Header) -> tuple[Caution, ...]:
    if dose.frame_uids and structures.frame_uids:
        return ()
    text = "dose or structure set state no frame of reference: that they share one was not checked"
    return (Caution(Code.LINK_FRAME_UNKNOWN, "structures", text),)


def _require_frame(dose: Header, structures: Header) -> None:
    if dose.frame_uids and structures.frame_uids and not dose.frame_uids & structures.frame_uids:
        raise LinkError(
            "structure set lies in another frame of reference than the dose",
            file=structures.path,
            expected=f"the FrameOfReferenceUID of {file_label(dose.path)}",
            found="another one",
            remedy="use the structure set that was drawn on the planning CT of this dose",
        )


def _same_uid(headers: Sequence[Header]) -> AmbiguityError:
    remedy = CHOOSE_STRUCTURES if headers[0].kind == "RTSTRUCT" else "name the files of one case one by one"
    return AmbiguityError("different files say that they are the same object", found=listed(headers), remedy=remedy)


def listed(headers: Sequence[Header]) -> str:
    """Return how files are named in messages; files of one label are told apart by the hash of their UID."""
    labels = Counter(file_label(header.path) for header in headers)
    more = f" and {len(headers) - _SHOWN} more" if len(headers) > _SHOWN else ""
    return ", ".join(_shown(header, labels) for header in headers[:_SHOWN]) + more or "none"


def _shown(header: Header, labels: Counter[str]) -> str:
    name = file_label(header.path)
    what = []
    if header.kind == "RTDOSE":
        what.append(header.summation.value)
        if header.dose_type not in ("", "PHYSICAL"):
            what.append(header.dose_type)
        if header.units not in ("", "GY"):
            what.append(header.units)
    if labels[name] > 1 and header.uid:
        what.append(f"UID hash {keyed_hash(header.uid)}")
    return f"{name} ({', '.join(what)})" if what else name
