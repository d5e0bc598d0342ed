"""From folders and files to cases: which dose, structure set and plan belong together, and why.

In a folder the links are those that the files state: a reference by UID that leads elsewhere is a reason not to
link. Files that are named one by one are taken at the user's word where the frame of reference agrees; a
reference that does not match is then a warning.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.headers import Header, Scan, scan_files, scan_folder
from dosimetry.errors import AmbiguityError, DosimetryError, LinkError
from dosimetry.model.case import Case, Link, Patient
from dosimetry.provenance import key_caution, pseudonym
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import PathLike

__all__ = ["Located", "LocatedCase", "find_cases", "locate_cases", "read_case", "read_parts"]


@dataclass(frozen=True)
class LocatedCase:
    """The files of one case, not read yet.

    Attributes
    ----------
    dose, structures, plan
        Headers; `plan` may be None.
    links, warnings
        How they were linked.
    """

    dose: Header
    structures: Header
    plan: Header | None
    links: tuple[Link, ...]
    warnings: tuple[Caution, ...] = ()

    def read(self) -> Case:
        """Read the files."""
        from dosimetry.dicom.dose import read_dose  # noqa: PLC0415  reading needs numba, locating does not
        from dosimetry.dicom.plan import read_plan  # noqa: PLC0415
        from dosimetry.dicom.structures import read_structures  # noqa: PLC0415

        structures = read_structures(self.structures.path)
        dose = read_dose(self.dose.path)
        who = self.dose
        patient = Patient(
            pseudonym=pseudonym(who.patient_id or who.study_uid or who.uid, who.issuer),
            position=self.plan.position if self.plan else "",
            identity=(who.patient_name, who.patient_id, who.birth_date),
        )
        return Case(
            dose=dose,
            structures=structures,
            rtplan=read_plan(self.plan.path) if self.plan else None,
            patient=patient,
            links=self.links,
            warnings=merge(key_caution(), self.warnings),
        )


@dataclass(frozen=True)
class Located:
    """All cases of a folder, and the doses that could not be linked with the reason."""

    cases: tuple[LocatedCase, ...]
    problems: tuple[DosimetryError, ...] = ()
    scan: Scan = field(default_factory=lambda: Scan((), (), 0), repr=False)


def locate_cases(root: PathLike[str] | str) -> Located:
    """Find and link all cases below a folder, without reading doses and contours.

    Raises
    ------
    LinkError
        If there is no such folder.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise LinkError("no such folder", file=folder, remedy="give the folder that the plan was exported to")
    scan = _without_copies(scan_folder(folder))
    cases: list[LocatedCase] = []
    problems: list[DosimetryError] = []
    for dose in _whole_plans(scan.of_kind("RTDOSE")):
        try:
            cases.append(_link(dose, scan, named=False))
        except DosimetryError as error:
            problems.append(error)
    return Located(tuple(cases), tuple(problems), scan)


def find_cases(root: PathLike[str] | str) -> list[Case]:
    """Read all cases below a folder, each with the reasons of its links.

    Doses that cannot be linked are left out; :func:`locate_cases` names them.

    Raises
    ------
    LinkError
        If there is no such folder, or no case in it.
    """
    located = locate_cases(root)
    if not located.cases:
        raise _nothing(Path(root), located)
    return [case.read() for case in located.cases]


def read_case(source: PathLike[str] | str | Iterable[PathLike[str] | str]) -> Case:
    """Read exactly one case from a folder, or from files named one by one.

    Parameters
    ----------
    source
        A folder, or the RTDOSE, RTSTRUCT and (optionally) RTPLAN files.

    Raises
    ------
    AmbiguityError
        If there are several; the message lists them.
    LinkError
        If there is none.
    """
    paths = [Path(source)] if isinstance(source, str | os.PathLike) else [Path(each) for each in source]
    if not paths:
        raise LinkError("no file or folder given")
    for path in paths:
        if not path.exists():
            raise LinkError("no such file or folder", file=path)
    if len(paths) == 1 and paths[0].is_dir():
        return _one_of_folder(paths[0])
    if any(path.is_dir() for path in paths):
        raise LinkError("folders and files are mixed", expected="one folder, or files named one by one")
    return _one_of_files(paths)


def read_parts(sources: Sequence[PathLike[str] | str]) -> list[Case]:
    """Read the cases of an explicit sum: every folder holds one case, and so does every RTDOSE named by itself.

    Parameters
    ----------
    sources
        Folders, or files: one RTSTRUCT at most, which serves all RTDOSE files, and any RTPLAN files.

    Raises
    ------
    AmbiguityError, LinkError
        As for :func:`read_case`.
    """
    paths = [Path(source) for source in sources]
    for path in paths:
        if not path.exists():
            raise LinkError("no such file or folder", file=path)
    files = [path for path in paths if not path.is_dir()]
    cases = [_one_of_folder(path) for path in paths if path.is_dir()]
    if not files:
        return cases
    scan = scan_files(files)
    doses = scan.of_kind("RTDOSE")
    if len(doses) <= 1:
        return [*cases, _one_of_files(files)]
    parts = []
    for dose in doses:
        plans = tuple(plan for plan in scan.of_kind("RTPLAN") if plan.uid in dose.plan_uids)
        parts.append(_link(dose, Scan((dose, *plans, *scan.of_kind("RTSTRUCT")), (), 0), named=True).read())
    return [*cases, *parts]


def _one_of_folder(folder: Path) -> Case:
    located = locate_cases(folder)
    if len(located.cases) + len(located.problems) > 1 and located.cases:
        raise AmbiguityError(
            f"{len(located.cases) + len(located.problems)} doses could be the plan",
            file=folder,
            found=", ".join(_show(case.dose) for case in located.cases),
            remedy="name the RTDOSE and RTSTRUCT (and RTPLAN) files of one case instead of the folder",
        )
    if not located.cases:
        raise _nothing(folder, located)
    return located.cases[0].read()


def _one_of_files(paths: Sequence[Path]) -> Case:
    scan = scan_files(paths)
    doses = scan.of_kind("RTDOSE")
    if not doses:
        raise LinkError("no RTDOSE among the files", found=_list(scan.headers), remedy="name the dose file too")
    if len(doses) > 1:
        raise AmbiguityError(
            f"{len(doses)} RTDOSE files for one case",
            found=_list(doses),
            remedy="name one of them; doses are not added up unless asked for",
        )
    return _link(doses[0], scan, named=True).read()


def _nothing(folder: Path, located: Located) -> DosimetryError:
    """Return the error that says best why a folder gave no case."""
    if located.problems:
        return located.problems[0]
    if located.scan.broken:
        return located.scan.broken[0][1]
    kinds = sorted({header.kind for header in located.scan.headers})
    return LinkError(
        "no RT Dose found",
        file=folder,
        expected="an RTDOSE with its RTSTRUCT",
        found=f"{', '.join(kinds) or 'no DICOM-RT file'} and {located.scan.others} other file(s)",
    )


def _whole_plans(doses: Sequence[Header]) -> list[Header]:
    """Leave out doses of beams and fractions where the dose of their whole plan is there too."""
    whole = {uid for dose in doses if dose.summation.is_whole_plan for uid in dose.plan_uids}
    return [dose for dose in doses if dose.summation.is_whole_plan or not whole.intersection(dose.plan_uids)]


def _link(dose: Header, scan: Scan, *, named: bool) -> LocatedCase:
    """Find the plan and the structure set of a dose."""
    plan, plan_link, plan_notes = _find_plan(dose, scan.of_kind("RTPLAN"), named=named)
    structures, link, notes = _find_structures(dose, plan, scan, named=named)
    if structures.patient_id != dose.patient_id:
        text = "dose and structure set carry different patient IDs"
        notes = (*notes, Caution(Code.PATIENT_MISMATCH, "case", text))
    links = (link,) if plan_link is None else (link, plan_link)
    return LocatedCase(dose, structures, plan, links, merge(plan_notes, notes))


def _find_plan(
    dose: Header, plans: Sequence[Header], *, named: bool
) -> tuple[Header | None, Link | None, tuple[Caution, ...]]:
    referred = [plan for plan in plans if plan.uid in dose.plan_uids]
    if len(referred) == 1:
        return referred[0], Link("plan", "reference", "the dose refers to this plan by UID"), ()
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
                found=_list(plans),
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


def _find_structures(
    dose: Header, plan: Header | None, scan: Scan, *, named: bool
) -> tuple[Header, Link, tuple[Caution, ...]]:
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
    same_frame = [found for found in sets if found.frame_uids & dose.frame_uids]
    if named:
        if len(sets) > 1:
            raise AmbiguityError(
                f"{len(sets)} RTSTRUCT files for one case", found=_list(sets), remedy="name one of them"
            )
        _require_frame(dose, sets[0])
        notes: tuple[Caution, ...] = ()
        if wanted:
            text = "dose or plan refer to another structure set; the named one is used"
            notes = (Caution(Code.LINK_REFERENCE_MISMATCH, "structures", text),)
        return sets[0], Link("structures", "named", "named by the user, same frame of reference"), notes
    if wanted:
        raise LinkError(
            "its structure set is not in the folder",
            file=dose.path,
            expected="the RTSTRUCT that the dose or its plan refer to",
            found=_list(sets),
            remedy="name the dose and a structure set file one by one to use them all the same",
        )
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
            found=_list(same_patient),
            remedy="name the dose and one structure set file one by one",
        )
    _require_frame(dose, sets[0])
    raise LinkError("no structure set of this patient in the dose's frame of reference", file=dose.path)


def _require_frame(dose: Header, structures: Header) -> None:
    if dose.frame_uids and structures.frame_uids and not dose.frame_uids & structures.frame_uids:
        raise LinkError(
            "structure set lies in another frame of reference than the dose",
            file=structures.path,
            expected="the FrameOfReferenceUID of the dose",
            found="another one",
            remedy="use the structure set that was drawn on the planning CT of this dose",
        )


def _without_copies(scan: Scan) -> Scan:
    """Keep one of several files with the same SOPInstanceUID and kind: a folder often holds an export twice."""
    first: dict[tuple[str, str], Header] = {}
    for header in scan.headers:
        first.setdefault((header.kind, header.uid or str(header.path)), header)
    return Scan(tuple(first.values()), scan.broken, scan.others)


def _show(header: Header) -> str:
    return f"{header.path.name} ({header.summation.value})" if header.kind == "RTDOSE" else header.path.name


def _list(headers: Sequence[Header]) -> str:
    return ", ".join(_show(header) for header in headers) or "none"
