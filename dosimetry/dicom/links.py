"""The rules by which the plan and the structure set of a dose are found among the files at hand.

In a folder the links are those that the files state: a reference by UID that leads elsewhere is a reason not to
link. Files that are named one by one are taken at the user's word where the frame of reference agrees; a
reference that does not match is then a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.errors import AmbiguityError, LinkError
from dosimetry.model.case import Link
from dosimetry.text import file_label
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.dicom.headers import Header, Scan

__all__ = ["find_plan", "find_structures", "listed", "shown"]

# How many files a message names.
_SHOWN = 6


def find_plan(
    dose: Header, plans: Sequence[Header], *, named: bool
) -> tuple[Header | None, Link | None, tuple[Caution, ...]]:
    """Return the plan of a dose, why it is the plan, and what is doubtful; no plan where none is certain.

    Raises
    ------
    LinkError, AmbiguityError
        If a plan that the user named does not belong to the dose, or plans cannot be told apart.
    """
    referred = [plan for plan in plans if plan.uid in dose.plan_uids]
    if len(referred) == 1:
        return referred[0], Link("plan", "reference", "the dose refers to this plan by UID"), ()
    if len({plan.uid for plan in referred}) < len(referred):
        raise _same_uid(referred)
    if referred:
        text = f"the dose refers to {len(referred)} plans: it is a sum, and no single plan describes it"
        return None, None, (Caution(Code.PLAN_MISSING, "plan", text),)
    near = [plan for plan in plans if plan.frame_uids & dose.frame_uids or not plan.frame_uids]
    if named and plans:
        if len(plans) > 1 or not near:
            raise LinkError(
                "the RTPLAN does not belong to the dose",
                file=plans[0].path,
                expected="one plan in the dose's frame of reference",
                found=listed(plans),
            )
        rule = "named" if not dose.plan_uids else "reference-mismatch"
        note = "the dose refers to another plan" if dose.plan_uids else "the dose refers to no plan"
        caution = Caution(Code.LINK_REFERENCE_MISMATCH, "plan", f"{note}; the named one is used")
        return near[0], Link("plan", rule, "named by the user, same frame of reference"), (caution,)
    same_study = [plan for plan in near if plan.study_uid == dose.study_uid]
    if not dose.plan_uids and len(same_study) == 1:
        text = "the dose refers to no plan; the only one of its study and frame of reference is used"
        return (
            same_study[0],
            Link("plan", "frame-of-reference", "the only plan of the dose's study and frame of reference"),
            (Caution(Code.LINK_BY_FRAME, "plan", text),),
        )
    text = "no plan that the dose belongs to: prescription, fractions and approval are unknown"
    return None, None, (Caution(Code.PLAN_MISSING, "plan", text),)


def find_structures(
    dose: Header, plan: Header | None, scan: Scan, *, named: bool
) -> tuple[Header, Link, tuple[Caution, ...]]:
    """Return the structure set of a dose, why it is that one, and what is doubtful.

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
    wanted = (*dose.structure_set_uids, *(plan.structure_set_uids if plan else ()))
    referred = [found for found in sets if found.uid in wanted]
    if len(referred) == 1 and (not named or len(sets) == 1):
        _require_frame(dose, referred[0])
        through = "dose" if referred[0].uid in dose.structure_set_uids else "plan"
        return referred[0], Link("structures", "reference", f"the {through} refers to it by UID"), ()
    if named:
        if len(sets) > 1:
            raise AmbiguityError(
                f"{len(sets)} RTSTRUCT files for one case", found=listed(sets), remedy="name one of them"
            )
        return _named_structures(dose, sets[0], mismatch=bool(wanted))
    if len({found.uid for found in referred}) < len(referred):
        raise _same_uid(referred)
    if referred:
        raise AmbiguityError(
            "dose and plan refer to different structure sets",
            file=dose.path,
            found=listed(referred),
            remedy="name the dose and one structure set file one by one",
        )
    if wanted:
        raise LinkError(
            "its structure set is not in the folder",
            file=dose.path,
            expected="the RTSTRUCT that the dose or its plan refer to",
            found=listed(sets),
            remedy="name the dose and a structure set file one by one to use them all the same",
        )
    same_frame = [found for found in sets if found.frame_uids & dose.frame_uids]
    same_patient = [found for found in same_frame if found.patient_id == dose.patient_id]
    if len(same_patient) == 1:
        text = "the dose refers to no structure set; the only one in its frame of reference is used"
        return (
            same_patient[0],
            Link("structures", "frame-of-reference", "the only structure set in the dose's frame of reference"),
            (Caution(Code.LINK_BY_FRAME, "structures", text),),
        )
    if same_patient:
        raise AmbiguityError(
            f"{len(same_patient)} structure sets lie in the dose's frame of reference",
            file=dose.path,
            found=listed(same_patient),
            remedy="name the dose and one structure set file one by one",
        )
    _require_frame(dose, sets[0])
    raise LinkError("no structure set of this patient in the dose's frame of reference", file=dose.path)


def _named_structures(
    dose: Header, structures: Header, *, mismatch: bool
) -> tuple[Header, Link, tuple[Caution, ...]]:
    """Take the structure set that the user named, unless its frame of reference is another one."""
    _require_frame(dose, structures)
    notes: tuple[Caution, ...] = ()
    reason = "named by the user, same frame of reference"
    if mismatch:
        text = "dose or plan refer to another structure set; the named one is used"
        notes = (Caution(Code.LINK_REFERENCE_MISMATCH, "structures", text),)
    if not (dose.frame_uids and structures.frame_uids):
        reason = "named by the user; the frame of reference is not stated"
        text = "dose or structure set state no frame of reference: that they share one was not checked"
        notes = (*notes, Caution(Code.LINK_FRAME_UNKNOWN, "structures", text))
    return structures, Link("structures", "named", reason), notes


def _require_frame(dose: Header, structures: Header) -> None:
    if dose.frame_uids and structures.frame_uids and not dose.frame_uids & structures.frame_uids:
        raise LinkError(
            "structure set lies in another frame of reference than the dose",
            file=structures.path,
            expected=f"the FrameOfReferenceUID of {dose.path.name}",
            found="another one",
            remedy="use the structure set that was drawn on the planning CT of this dose",
        )


def _same_uid(headers: Sequence[Header]) -> AmbiguityError:
    return AmbiguityError(
        "different files say that they are the same object",
        found=listed(headers),
        remedy="name the files of one case one by one",
    )


def shown(header: Header) -> str:
    """Return how a file is named in messages."""
    name = file_label(header.path)
    return f"{name} ({header.summation.value})" if header.kind == "RTDOSE" else name


def listed(headers: Sequence[Header]) -> str:
    """Return how files are named in messages."""
    more = f" and {len(headers) - _SHOWN} more" if len(headers) > _SHOWN else ""
    return ", ".join(shown(header) for header in headers[:_SHOWN]) + more or "none"
