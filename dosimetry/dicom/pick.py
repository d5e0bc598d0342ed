"""Choosing one of several files by what the user says: a file, a UID, or the hash of a UID that was printed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.file_names import listed
from dosimetry.dicom.headers import read_header
from dosimetry.dicom.scan import content_hash
from dosimetry.errors import AmbiguityError, LinkError
from dosimetry.provenance import keyed_hash

if TYPE_CHECKING:
    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.scan import Scan

__all__ = ["Choice", "pick", "same_file"]

Choice = os.PathLike[str] | str
"""A file, a SOPInstanceUID, or its keyed hash as ``dosimetry find`` prints it."""

_HASH = re.compile(r"[0-9a-f]{8,16}")


def pick(choice: Choice, kind: str, scan: Scan, root: Path | None, option: str) -> Header:
    """Return the file of one kind that the user means.

    Parameters
    ----------
    choice
        What the user said.
    kind
        RTDOSE or RTSTRUCT.
    scan
        The files at hand. A file beside them may be named too.
    root
        The folder or archive that they come from: names of files may be relative to it.
    option
        For errors.

    Raises
    ------
    LinkError, AmbiguityError
        If there is no such file, or several.
    """
    said = os.fspath(choice)
    headers = scan.of_kind(kind)
    found = [header for header in headers if header.uid == said or _is_file(header, said, scan, root)]
    if not found and _HASH.fullmatch(said):
        found = [header for header in headers if header.uid and keyed_hash(header.uid).startswith(said)]
    if not found:
        found = [header for header in headers if scan.origin(header).name == said]
    if len(found) > 1 and len({content_hash(header.path) for header in found}) > 1:
        raise AmbiguityError(
            f"{len(found)} {kind} files are meant by it", item=option, found=listed(found), remedy="name the file"
        )
    if found:
        return found[0]
    path = Path(said)
    try:
        beside = path.is_file()
    except OSError:
        beside = False
    if not beside:
        raise LinkError(
            f"no {kind} is meant by it",
            item=option,
            expected="a file, a SOPInstanceUID, or its hash as 'dosimetry find' prints it",
            found=f"{listed(headers)} at hand",
            remedy="a ROI is chosen with --structure" if kind == "RTSTRUCT" else None,
        )
    header = read_header(path)
    if header.kind != kind:
        raise LinkError(f"is no {kind}", item=option, file=path, found=header.kind)
    return header


def _is_file(header: Header, said: str, scan: Scan, root: Path | None) -> bool:
    origin = scan.origin(header)
    return same_file(origin, Path(said)) or (root is not None and same_file(origin, root / said))


def same_file(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file, in an archive too."""
    if one.name != other.name and not (one.is_symlink() or other.is_symlink()):
        return False
    try:
        return one.resolve() == other.resolve()
    except (OSError, RuntimeError, ValueError):
        return False
