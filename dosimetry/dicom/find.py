"""From folders and files to cases: one dose with the structure set and plan that belong to it."""

from __future__ import annotations

import hashlib
import logging
import os
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.headers import Header, Scan, scan_files, scan_folder
from dosimetry.dicom.links import find_plan, find_structures, listed
from dosimetry.errors import AmbiguityError, DicomFileError, DosimetryError, LinkError
from dosimetry.model.case import Case, Link, Patient
from dosimetry.provenance import key_caution, pseudonym
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from os import PathLike

__all__ = ["Located", "LocatedCase", "find_cases", "locate_cases", "read_case", "read_parts"]

_LOG = logging.getLogger(__name__)
_SHOWN = 2  # how many doses that cannot be linked a message explains


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
        plan = read_plan(self.plan.path) if self.plan else None
        if plan is not None:
            dose = replace(dose, fractions=plan.fractions)
        who = self.dose
        patient = Patient(
            pseudonym=pseudonym(who.patient_id or who.study_uid or who.uid, who.issuer),
            position=self.plan.position if self.plan else "",
            identity=(who.patient_name, who.patient_id, who.birth_date),
        )
        return Case(
            dose=dose,
            structures=structures,
            rtplan=plan,
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

    Doses that cannot be linked or read are left out, with a line in the log; :func:`locate_cases` names them.

    Raises
    ------
    LinkError
        If there is no such folder, or no case in it.
    DosimetryError
        If no case can be read: the error of the first one.
    """
    located = locate_cases(root)
    if not located.cases:
        raise _nothing(Path(root), located)
    found: list[Case] = []
    failed = list(located.problems)
    for case in located.cases:
        try:
            found.append(case.read())
        except DosimetryError as error:
            failed.append(error)
    if not found:
        raise failed[-1]
    for problem in failed:
        _LOG.warning("left out: %s", problem)
    return found


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
    given = [source] if isinstance(source, str | os.PathLike) else list(source)
    if "" in given:
        raise LinkError("a file or folder has an empty name")
    paths = [Path(each) for each in given]
    if not paths:
        raise LinkError("no file or folder given")
    _require_there(paths)
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
    _require_there(paths)
    _require_different(paths)
    files = [path for path in paths if not path.is_dir()]
    cases = [_one_of_folder(path) for path in paths if path.is_dir()]
    if not files:
        return cases
    scan = scan_files(files)
    doses = scan.of_kind("RTDOSE")
    if len(doses) <= 1:
        return [*cases, _one_of_files(files)]
    if len({_content(dose.path) for dose in doses}) < len(doses):
        raise LinkError("one dose is named twice in a sum", found=listed(doses), remedy="name each dose once")
    parts = []
    for dose in doses:
        plans = tuple(plan for plan in scan.of_kind("RTPLAN") if plan.uid in dose.plan_uids)
        parts.append(_link(dose, Scan((dose, *plans, *scan.of_kind("RTSTRUCT")), (), 0), named=True).read())
    return [*cases, *parts]


def _require_there(paths: Sequence[Path]) -> None:
    for path in paths:
        try:
            there = path.exists()
        except OSError as error:
            raise LinkError("cannot be read", file=path, found=error.strerror) from error
        if not there:
            raise LinkError("no such file or folder", file=path)


def _require_different(paths: Sequence[Path]) -> None:
    """Refuse a part of a sum that is named twice: its dose would count twice."""
    seen: set[Path] = set()
    for path in paths:
        real = path.resolve()
        if real in seen:
            raise LinkError("is named twice in a sum", file=path, remedy="name each part once")
        seen.add(real)


def _one_of_folder(folder: Path) -> Case:
    located = locate_cases(folder)
    if len(located.cases) + len(located.problems) > 1 and located.cases:
        raise AmbiguityError(
            f"{len(located.cases) + len(located.problems)} doses could be the plan",
            file=folder,
            found=listed([case.dose for case in located.cases])
            + "".join(f", [{error}]" for error in located.problems[:_SHOWN])
            + (f" and {len(located.problems) - _SHOWN} more" if len(located.problems) > _SHOWN else ""),
            remedy="name the RTDOSE and RTSTRUCT (and RTPLAN) files of one case instead of the folder",
        )
    if not located.cases:
        raise _nothing(folder, located)
    return located.cases[0].read()


def _one_of_files(paths: Sequence[Path]) -> Case:
    scan = scan_files(paths)
    doses = scan.of_kind("RTDOSE")
    if not doses:
        raise LinkError("no RTDOSE among the files", found=listed(scan.headers), remedy="name the dose file too")
    if len(doses) > 1:
        raise AmbiguityError(
            f"{len(doses)} RTDOSE files for one case",
            found=listed(doses),
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
    plan, plan_link, plan_notes = find_plan(dose, scan.of_kind("RTPLAN"), named=named)
    structures, link, notes = find_structures(dose, plan, scan, named=named)
    if structures.patient_id != dose.patient_id:
        text = "dose and structure set carry different patient IDs"
        notes = (*notes, Caution(Code.PATIENT_MISMATCH, "case", text))
    if scan.broken:
        text = f"{len(scan.broken)} file(s) or folder(s) beside it could not be read and were left out"
        notes = (*notes, Caution(Code.LINK_FILE_IGNORED, "case", text))
    links = (link,) if plan_link is None else (link, plan_link)
    return LocatedCase(dose, structures, plan, links, merge(plan_notes, notes))


def _without_copies(scan: Scan) -> Scan:
    """Keep one of several files with the same content: a folder often holds an export twice.

    Files that share a SOPInstanceUID and differ (one was edited) are all kept, so that no one is picked by chance.
    """
    alike = Counter((header.kind, header.uid) for header in scan.headers)
    seen: set[str] = set()
    kept = []
    for header in scan.headers:
        if alike[header.kind, header.uid] > 1:
            content = _content(header.path)
            if content in seen:
                continue
            seen.add(content)
        kept.append(header)
    return Scan(tuple(kept), scan.broken, scan.others)


def _content(path: Path) -> str:
    """Return the hash of a file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DicomFileError("cannot be read", file=path, found=error.strerror) from error
