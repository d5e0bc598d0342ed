"""A structure set by itself: its names can be looked at before there is a dose."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.archive import PrivateFolder, scan_archive
from dosimetry.dicom.file_names import listed
from dosimetry.dicom.find import read_case
from dosimetry.dicom.located import without_copies
from dosimetry.dicom.pick import Choice, pick
from dosimetry.dicom.scan import FIRST_BYTES, Scan, is_archive, scan_files, scan_folder
from dosimetry.dicom.structures import read_structures
from dosimetry.errors import AmbiguityError, LinkError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from dosimetry.dicom.scan import Progress
    from dosimetry.model.structures import StructureSet

__all__ = ["read_structure_set"]

_CHOOSE = "choose one with --structures FILE|UID, or name its file"


def read_structure_set(
    source: PathLike[str] | str | Iterable[PathLike[str] | str],
    *,
    structures: Choice | None = None,
    dose: Choice | None = None,
    links: PathLike[str] | str | None = None,
    progress: Progress | None = None,
) -> StructureSet:
    """Read the one structure set of a folder, zip archive, or of files; no dose is needed.

    Parameters
    ----------
    source
        As for :func:`~dosimetry.dicom.find.read_case`.
    structures
        Which of several is meant.
    dose, links
        What tells it by the dose that refers to it; then it is found as for a case.
    progress
        Is told now and then how many files were looked at.

    Raises
    ------
    LinkError
        If there is none.
    AmbiguityError
        If there are several, and no single dose that refers to one of them.
    """
    paths = [Path(each) for each in ([source] if isinstance(source, str | os.PathLike) else source)]
    for path in paths:
        if not path.exists():
            raise LinkError("no such file or folder", file=path)
    if dose is not None or links is not None or (len(paths) > 1 and any(path.is_dir() for path in paths)):
        return read_case(paths, dose=dose, structures=structures, links=links, progress=progress).structures
    root, scan = _scan(paths, progress)
    try:
        sets = without_copies(scan).of_kind("RTSTRUCT")
        if structures is not None:
            return read_structures(pick(structures, "RTSTRUCT", scan, root, "--structures").path)
        if len(sets) == 1:
            return read_structures(sets[0].path)
        if not sets:
            raise LinkError(
                "holds no structure set" if root else "no RTSTRUCT among the files",
                file=root,
                expected="an RTSTRUCT",
                found=listed(scan.headers),
            )
        if not scan.of_kind("RTDOSE"):
            raise AmbiguityError(f"{len(sets)} structure sets", file=root, found=listed(sets), remedy=_CHOOSE)
    finally:
        if isinstance(scan.holder, PrivateFolder):
            scan.holder.close()
    return read_case(paths, progress=progress).structures


def _scan(paths: list[Path], progress: Progress | None) -> tuple[Path | None, Scan]:
    """Return the folder or archive, if it is one, and what it holds."""
    if len(paths) != 1:
        return None, scan_files(paths)
    path = paths[0]
    if path.is_dir():
        return path, scan_folder(path, progress)
    try:
        with path.open("rb") as stream:
            archive = is_archive(stream.read(FIRST_BYTES))
    except OSError as error:
        raise LinkError("cannot be read", file=path, found=error.strerror) from error
    return (path, scan_archive(path, progress)) if archive else (None, scan_files(paths))
