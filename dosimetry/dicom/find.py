"""From folders, archives and files to cases: one dose with the structure set and plan that belong to it."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.archive import PrivateFolder, scan_archive
from dosimetry.dicom.decisions import Decisions, read_links
from dosimetry.dicom.file_names import CHOOSE_DOSE, CHOOSE_STRUCTURES, listed
from dosimetry.dicom.located import LeftOver, Located, LocatedCase, link_dose, locate, without_copies
from dosimetry.dicom.pick import Choice, pick
from dosimetry.dicom.refusals import no_case, several_cases
from dosimetry.dicom.scan import FIRST_BYTES, Scan, content_hash, is_archive, is_dicomdir, scan_files, scan_folder
from dosimetry.errors import AmbiguityError, DosimetryError, LinkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from os import PathLike

    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.relative import Relative
    from dosimetry.dicom.scan import Progress
    from dosimetry.model.case import Case
    from dosimetry.model.structures import StructureSet

__all__ = ["LeftOver", "Located", "LocatedCase", "find_cases", "locate_cases", "read_case", "read_parts"]

_LOG = logging.getLogger(__name__)
_NAME_FILES = "name the RTDOSE and RTSTRUCT (and RTPLAN) files of one plan instead of the folder"
_NAME_ONE = "name one of them, or record in a link file (--links) which belongs to which dose"


def locate_cases(
    root: PathLike[str] | str,
    *,
    links: PathLike[str] | str | Decisions | None = None,
    progress: Progress | None = None,
) -> Located:
    """Find and link all cases in a folder or zip archive, without reading doses and contours.

    Parameters
    ----------
    root
        The folder or archive.
    links
        A link file, see :mod:`dosimetry.dicom.decisions`.
    progress
        Is told now and then how many files were looked at.

    Raises
    ------
    LinkError
        If there is no such folder, or a decision of the link file does not fit.
    """
    folder = _container(Path(root))
    if folder is None:
        problem = "is neither a folder nor a zip archive" if Path(root).exists() else "no such folder"
        raise LinkError(problem, file=Path(root), remedy="give the folder that the plan was exported to")
    return _locate(folder, read_links(links) if links is not None else None, progress)


def find_cases(
    root: PathLike[str] | str,
    *,
    links: PathLike[str] | str | Decisions | None = None,
    progress: Progress | None = None,
) -> list[Case]:
    """Read all cases in a folder or zip archive, each with the reasons of its links.

    Doses that cannot be linked or read are left out, with a line in the log; :func:`locate_cases` names them. A
    structure set that serves several doses is read once.

    Parameters
    ----------
    root, links, progress
        As for :func:`locate_cases`.

    Raises
    ------
    LinkError
        If there is no such folder, or no case in it, or a decision of the link file does not fit.
    DosimetryError
        If no case can be read: the error of the first one.
    """
    located = locate_cases(root, links=links, progress=progress)
    if not located.cases:
        raise no_case(Path(root), located)
    found: list[Case] = []
    failed = list(located.problems)
    shared: dict[Path, StructureSet] = {}
    for case in located.cases:
        try:
            found.append(case.read(shared))
        except DosimetryError as error:
            failed.append(error)
    _close(located.scan)
    if not found:
        raise failed[-1]
    for problem in failed:
        _LOG.warning("left out: %s", problem)
    return found


def read_case(
    source: PathLike[str] | str | Iterable[PathLike[str] | str],
    *,
    dose: Choice | None = None,
    structures: Choice | None = None,
    links: PathLike[str] | str | Decisions | None = None,
    relative: Relative | None = None,
    progress: Progress | None = None,
) -> Case:
    """Read exactly one case from a folder or zip archive, or from files named one by one.

    Parameters
    ----------
    source
        A folder or archive, or the RTDOSE, RTSTRUCT and (optionally) RTPLAN files.
    dose, structures
        Which of several is meant: a file, a SOPInstanceUID, or its keyed hash as ``dosimetry find`` prints it.
        A structure set that is chosen so is taken where the frame of reference agrees.
    relative
        What a value of a relative dose stands for; without it such a dose is refused.
    links, progress
        As for :func:`locate_cases`.

    Raises
    ------
    AmbiguityError
        If there are several; the message lists them and says how to choose.
    LinkError
        If there is none, or files do not belong together.
    """
    given = [source] if isinstance(source, str | os.PathLike) else list(source)
    if "" in given:
        raise LinkError("a file or folder has an empty name")
    paths = [Path(each) for each in given]
    if not paths:
        raise LinkError("no file or folder given")
    _require_there(paths)
    decisions = read_links(links) if links is not None else None
    container = _container(paths[0])
    if len(paths) == 1 and container is not None:
        with _one_of_folder(container, decisions, progress, dose=dose, structures=structures) as located:
            return located.read(relative=relative)
    if all(_container(path) is not None for path in paths):
        raise LinkError(
            f"{len(paths)} folders or archives for one case",
            remedy="name one of them; 'dosimetry dvh --sum' adds up plans that are named together",
        )
    if any(_container(path) is not None for path in paths):
        raise LinkError("folders and files are mixed", expected="one folder or archive, or files named one by one")
    return _one_of_files(paths, decisions, dose=dose, structures=structures).read(relative=relative)


def read_parts(
    sources: Sequence[PathLike[str] | str],
    *,
    links: PathLike[str] | str | Decisions | None = None,
    progress: Progress | None = None,
) -> list[Case]:
    """Read the cases of an explicit sum: every folder holds one case, and so does every RTDOSE named by itself.

    Parameters
    ----------
    sources
        Folders or archives, or files: one RTSTRUCT at most, which serves all RTDOSE files, and any RTPLAN files.
    links, progress
        As for :func:`locate_cases`.

    Raises
    ------
    AmbiguityError, LinkError
        As for :func:`read_case`.
    """
    paths = [Path(source) for source in sources]
    _require_there(paths)
    _require_different(paths)
    decisions = read_links(links) if links is not None else None
    containers = [folder for path in paths if (folder := _container(path)) is not None]
    files = [path for path in paths if _container(path) is None]
    try:
        cases = []
        for folder in containers:
            with _one_of_folder(folder, decisions, progress) as located:
                cases.append(located.read())
        return cases + _parts_of_files(files, decisions)
    except (AmbiguityError, LinkError) as error:
        if error.remedy and (CHOOSE_DOSE in error.remedy or CHOOSE_STRUCTURES in error.remedy):
            # a side of several parts has no single dose to choose
            error.remedy = _NAME_FILES if containers else _NAME_ONE
        raise


def _parts_of_files(files: Sequence[Path], decisions: Decisions | None) -> list[Case]:
    if not files:
        return []
    scan = scan_files(files)
    doses = scan.of_kind("RTDOSE")
    if len(doses) <= 1:
        return [_one_of_files(files, decisions).read()]
    if len({content_hash(dose.path) for dose in doses}) < len(doses):
        raise LinkError("one dose is named twice in a sum", found=listed(doses), remedy="name each dose once")
    decided = decisions.apply(scan, None) if decisions else {}
    parts = []
    shared: dict[Path, StructureSet] = {}
    for dose in doses:
        plans = tuple(plan for plan in scan.of_kind("RTPLAN") if plan.uid in dose.plan_uids)
        own = Scan((dose, *plans, *scan.of_kind("RTSTRUCT")))
        parts.append(link_dose(dose, own, decided.get(dose.path), named=True).read(shared))
    return parts


def _container(path: Path) -> Path | None:
    """Return the folder or archive that a path stands for; None for a file.

    A DICOMDIR stands for its folder. The index itself is not used: what it lists may be gone or renamed, and its
    paths are content of a file.
    """
    if path.is_dir():
        return path
    try:
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            start = stream.read(FIRST_BYTES)
    except OSError:
        return None
    if is_archive(start):
        return path
    if is_dicomdir(start):
        return path.parent
    return None


def _scan(container: Path, progress: Progress | None) -> Scan:
    return scan_folder(container, progress) if container.is_dir() else scan_archive(container, progress)


def _locate(container: Path, decisions: Decisions | None, progress: Progress | None) -> Located:
    scan = _scan(container, progress)
    return locate(scan, decisions.apply(scan, container) if decisions else {})


def _close(scan: Scan) -> None:
    """Remove what was unpacked from an archive, now that it was read."""
    if isinstance(scan.holder, PrivateFolder):
        scan.holder.close()


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


@contextmanager
def _one_of_folder(
    folder: Path,
    decisions: Decisions | None,
    progress: Progress | None,
    *,
    dose: Choice | None = None,
    structures: Choice | None = None,
) -> Iterator[LocatedCase]:
    """Give the one case of a folder; what was unpacked from an archive is removed afterwards."""
    scan = _scan(folder, progress)
    decided = decisions.apply(scan, folder) if decisions else {}
    try:
        if dose is None and structures is None:
            yield _only(folder, locate(scan, decided))
            return
        chosen = None if structures is None else pick(structures, "RTSTRUCT", scan, folder, "--structures")
        if dose is not None:
            one = pick(dose, "RTDOSE", scan, folder, "--dose")
        else:
            one = _only_dose(folder, locate(scan, decided))
        keep = [header.path for header in (one, chosen) if header is not None]
        kept = without_copies(scan, keep=keep)
        yield link_dose(one, kept, decided.get(one.path), structures=chosen)
    finally:
        _close(scan)


def _only(folder: Path, located: Located) -> LocatedCase:
    """Return the only case, or refuse."""
    if not located.cases:
        raise no_case(folder, located)
    if len(located.cases) + len(located.problems) > 1:
        raise several_cases(folder, located)
    return located.cases[0]


def _only_dose(folder: Path, located: Located) -> Header:
    """Return the only dose that could be a case, whether its structure set was found or not."""
    if not located.doses:
        raise no_case(folder, located)
    if len(located.doses) > 1:
        raise several_cases(folder, located)
    return located.doses[0]


def _one_of_files(
    paths: Sequence[Path],
    decisions: Decisions | None,
    *,
    dose: Choice | None = None,
    structures: Choice | None = None,
) -> LocatedCase:
    scan = scan_files(paths)
    doses = scan.of_kind("RTDOSE")
    if dose is not None:
        doses = (pick(dose, "RTDOSE", scan, None, "--dose"),)
    if not doses:
        raise LinkError("no RTDOSE among the files", found=listed(scan.headers), remedy="name the dose file too")
    if len(doses) > 1:
        raise AmbiguityError(
            f"{len(doses)} RTDOSE files for one case",
            found=listed(doses),
            remedy=f"{CHOOSE_DOSE}; doses are not added up unless asked for",
        )
    decided = decisions.apply(scan, None) if decisions else {}
    chosen = None if structures is None else pick(structures, "RTSTRUCT", scan, None, "--structures")
    return link_dose(doses[0], scan, decided.get(doses[0].path), named=True, structures=chosen)
