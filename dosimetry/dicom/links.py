"""The rules by which the structure set of a dose is found among the files at hand.

In a folder the links are those that the files state: a reference by UID that leads elsewhere is a reason not to
link. Files that are named by the user are taken at the user's word where the frame of reference agrees; a
reference that does not match is then a warning. The same holds for plans (:mod:`~dosimetry.dicom.plan_links`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dicom.file_names import CHOOSE_STRUCTURES, listed, same_uid
from dosimetry.errors import AmbiguityError, LinkError
from dosimetry.labels import masked_name
from dosimetry.model.case import Link
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.scan import Scan

__all__ = ["find_structures", "take_structures"]


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
        raise same_uid(referred)
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
        raise same_uid(same_patient)
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
            expected=f"the FrameOfReferenceUID of {masked_name(dose.path)}",
            found="another one",
            remedy="use the structure set that was drawn on the planning CT of this dose",
        )
