"""Cases among files whose headers were read: which doses are cases, what belongs to each, and what is left over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dosimetry.dicom.decisions import Decided
from dosimetry.dicom.links import find_structures, take_structures
from dosimetry.dicom.plan_links import FoundPlan, find_plan, take_plan
from dosimetry.dicom.scan import Scan, content_hash
from dosimetry.errors import DosimetryError, LinkError
from dosimetry.model.case import Case, Link, Patient
from dosimetry.provenance import key_caution, pseudonym
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.relative import Relative
    from dosimetry.model.structures import StructureSet

__all__ = ["LeftOver", "Located", "LocatedCase", "link_dose", "locate", "without_copies"]


@dataclass(frozen=True)
class LocatedCase:
    """The files of one case, not read yet.

    Attributes
    ----------
    dose, structures, plan
        Headers; `plan` may be None.
    links, warnings
        How they were linked.
    holder
        Keeps the unpacked files of an archive.
    """

    dose: Header
    structures: Header
    plan: Header | None
    links: tuple[Link, ...]
    warnings: tuple[Caution, ...] = ()
    holder: object = field(default=None, repr=False)

    def read(self, shared: dict[Path, StructureSet] | None = None, relative: Relative | None = None) -> Case:
        """Read the files.

        Parameters
        ----------
        shared
            Structure sets that were read before: one that serves several doses is read once.
        relative
            What a value of a relative dose stands for.
        """
        from dosimetry.dicom.dose import read_dose  # noqa: PLC0415  reading needs numba, locating does not
        from dosimetry.dicom.plan import read_plan  # noqa: PLC0415
        from dosimetry.dicom.structures import read_structures  # noqa: PLC0415

        known = {} if shared is None else shared
        if self.structures.path not in known:
            known[self.structures.path] = read_structures(self.structures.path)
        dose = read_dose(self.dose.path, relative)
        plan = read_plan(self.plan.path) if self.plan else None
        if plan is not None:
            dose = replace(dose, fractions=plan.fractions)
        who = self.dose
        return Case(
            dose=dose,
            structures=known[self.structures.path],
            rtplan=plan,
            patient=Patient(
                pseudonym=self.pseudonym,
                position=self.plan.position if self.plan else "",
                identity=(who.patient_name, who.patient_id, who.birth_date),
            ),
            links=self.links,
            warnings=merge(key_caution(), self.warnings),
        )

    @property
    def pseudonym(self) -> str:
        """Keyed hash of the patient."""
        who = self.dose
        return pseudonym(who.patient_id or who.study_uid or who.uid, who.issuer)


@dataclass(frozen=True)
class LeftOver:
    """A file that is in no case.

    Attributes
    ----------
    header
        The file.
    reason
        Why; without names of files.
    candidates
        For a dose: files that could be chosen to belong to it.
    error
        For a dose that could be a case: why it cannot be linked, with names of files.
    """

    header: Header
    reason: str
    candidates: tuple[Header, ...] = ()
    error: DosimetryError | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Located:
    """All cases of a folder, and what is left over.

    Attributes
    ----------
    cases
        Sorted by patient, study and UID, whatever the files are called.
    left
        RT objects that are in no case, with the reason.
    scan
        All that was found.
    """

    cases: tuple[LocatedCase, ...]
    left: tuple[LeftOver, ...] = ()
    scan: Scan = field(default_factory=lambda: Scan(()), repr=False)

    @property
    def problems(self) -> tuple[DosimetryError, ...]:
        """The errors of doses that could be a case and cannot be linked."""
        return tuple(left.error for left in self.left if left.error is not None)

    @property
    def doses(self) -> tuple[Header, ...]:
        """The doses that are a case, or could be one, in the order of their paths."""
        doses = [case.dose for case in self.cases]
        doses += [left.header for left in self.left if left.error is not None]
        return tuple(sorted(doses, key=lambda dose: dose.path))


def locate(found: Scan, decided: Mapping[Path, Decided]) -> Located:
    """Link all doses of a folder.

    Parameters
    ----------
    found
        What the folder holds.
    decided
        What a link file says, by the path of the dose.
    """
    scan = without_copies(found, keep=decided)
    left = _copies(found, scan)
    doses = []
    for dose, reason in _candidates(scan.of_kind("RTDOSE"), decided):
        if reason:
            left.append(LeftOver(dose, reason))
        else:
            doses.append(dose)
    cases: list[LocatedCase] = []
    for dose in doses:
        try:
            cases.append(link_dose(dose, scan, decided.get(dose.path), alone=len(doses) == 1))
        except DosimetryError as error:
            left.append(LeftOver(dose, error.problem, _candidate_files(dose, scan), error))
    used = {header.path for case in cases for header in (case.structures, case.plan) if header is not None}
    left += [
        LeftOver(header, "no dose that is a case belongs to it")
        for kind in ("RTSTRUCT", "RTPLAN")
        for header in scan.of_kind(kind)
        if header.path not in used
    ]
    cases.sort(key=_stable)
    return Located(tuple(cases), tuple(left), scan)


def _stable(case: LocatedCase) -> tuple[str, ...]:
    dose = case.dose
    return (dose.patient_id, dose.issuer, dose.study_uid, dose.uid, dose.summation, str(dose.path))


def _candidates(doses: Sequence[Header], decided: Mapping[Path, Decided]) -> Iterable[tuple[Header, str]]:
    """Yield each dose with the reason why it is no case by itself; an empty text where it may be one.

    A beam or fraction is never taken for its plan: where the dose of the whole plan is there, that is the case.
    """
    whole = [dose for dose in doses if dose.summation.is_whole_plan and dose.dose_type != "ERROR"]
    plans = {uid for dose in whole for uid in dose.plan_uids}
    places = {(dose.patient_id, dose.study_uid, frame) for dose in whole for frame in dose.frame_uids}
    for dose in doses:
        reason = ""
        if dose.path in decided:
            reason = "the link file leaves it out" if decided[dose.path].left_out else ""
        elif dose.dose_type == "ERROR":
            reason = "its DoseType is ERROR, a difference of doses"
        elif dose.summation.is_whole_plan:
            reason = ""
        elif plans.intersection(dose.plan_uids):
            reason = f"a {dose.summation.value} dose: that of the whole plan is there"
        elif not dose.plan_uids and any(
            (dose.patient_id, dose.study_uid, frame) in places for frame in dose.frame_uids
        ):
            reason = (
                f"a {dose.summation.value} dose beside that of a whole plan in its study and frame of reference"
            )
        yield dose, reason


def _candidate_files(dose: Header, scan: Scan) -> tuple[Header, ...]:
    sets = [one for one in scan.of_kind("RTSTRUCT") if not dose.frame_uids or one.frame_uids & dose.frame_uids]
    plans = [one for one in scan.of_kind("RTPLAN") if one.uid in dose.plan_uids]
    return (*sets, *plans)


def link_dose(
    dose: Header,
    scan: Scan,
    decided: Decided | None = None,
    *,
    named: bool = False,
    structures: Header | None = None,
    alone: bool = True,
) -> LocatedCase:
    """Find the plan and the structure set of a dose.

    Parameters
    ----------
    dose
        The dose.
    scan
        The files at hand.
    decided
        What a link file says of this dose.
    named
        Whether the user named all files one by one.
    structures
        The structure set that the user chose.
    alone
        Whether no other dose is there, so that whatever cannot be read may belong to this one.

    Raises
    ------
    LinkError, AmbiguityError
        If it cannot be linked.
    """
    said = decided or Decided()
    found = _plan(dose, scan, said, named=named)
    stated = {uid for header in (dose, *found.stated) for uid in header.structure_set_uids}
    if structures is not None and said.structures is not None and said.structures.path != structures.path:
        raise LinkError("the link file decides on another structure set", item="--structures", file=dose.path)
    notes: tuple[Caution, ...]
    if said.structures is not None:
        taken = said.structures
        link, notes = take_structures(dose, taken, stated, "decision", said.by)
    elif structures is not None:
        taken = structures
        link, notes = take_structures(dose, taken, stated, "named", "named by the user")
    else:
        taken, link, notes = find_structures(dose, found.stated, scan, named=named)
    if len({header.patient_id for header in (dose, taken, *((found.plan,) if found.plan else ()))}) > 1:
        text = (
            "dose and structure set carry different patient IDs"
            if taken.patient_id != dose.patient_id
            else "dose and plan carry different patient IDs"
        )
        notes = (*notes, Caution(Code.PATIENT_MISMATCH, "case", text))
    broken = len(scan.broken) if alone else _near(scan, dose, taken, found.plan)
    if broken:
        text = f"{broken} file(s) or folder(s) beside it could not be read and were left out"
        notes = (*notes, Caution(Code.LINK_FILE_IGNORED, "case", text))
    links = (link,) if found.link is None else (link, found.link)
    return LocatedCase(dose, taken, found.plan, links, merge(found.warnings, notes), scan.holder)


def _near(scan: Scan, *headers: Header | None) -> int:
    """Return how many unreadable files lie in the smallest folder that holds a whole case."""
    homes = [scan.origin(header).parent for header in headers if header is not None]
    home = next((up for up in (homes[0], *homes[0].parents) if all(one.is_relative_to(up) for one in homes)), None)
    return sum(home is None or path.is_relative_to(home) for path, _ in scan.broken)


def _plan(dose: Header, scan: Scan, said: Decided, *, named: bool) -> FoundPlan:
    if said.plan is not None:
        link, notes = take_plan(dose, said.plan, "decision", said.by)
        return FoundPlan(said.plan, link, notes, (said.plan,))
    if said.without_plan:
        text = f"no plan, as {said.by}: prescription, fractions and approval are unknown"
        return FoundPlan(None, None, (Caution(Code.PLAN_MISSING, "plan", text),))
    return find_plan(dose, scan, named=named)


def without_copies(scan: Scan, keep: Iterable[Path] = ()) -> Scan:
    """Keep one of several files with the same content: a folder often holds an export twice.

    Files that share a SOPInstanceUID and differ (one was edited) are all kept, so that no one is picked by chance.
    Of the same files those in `keep` are kept.
    """
    alike = Counter((header.kind, header.uid) for header in scan.headers)
    preferred = set(keep)
    dropped: set[Path] = set()
    seen: set[str] = set()
    for header in sorted(scan.headers, key=lambda one: one.path not in preferred):
        if alike[header.kind, header.uid] > 1:
            content = content_hash(header.path)
            if content in seen:
                dropped.add(header.path)
            seen.add(content)
    return replace(scan, headers=tuple(header for header in scan.headers if header.path not in dropped))


def _copies(found: Scan, kept: Scan) -> list[LeftOver]:
    there = {header.path for header in kept.headers}
    return [
        LeftOver(header, "the same content as another file") for header in found.headers if header.path not in there
    ]
