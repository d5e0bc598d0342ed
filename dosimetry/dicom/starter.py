"""A link file to start from: the links as they were found, and what is left to decide as comments."""

from __future__ import annotations

import json
import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.decisions import SCHEMA
from dosimetry.dicom.scan import content_hash
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.dicom.find import LeftOver, Located, LocatedCase
    from dosimetry.dicom.headers import Header
    from dosimetry.dicom.scan import Scan

__all__ = ["starter"]

_HEAD = f"""\
# Which dose goes with which structure set and plan. Read it with --links FILE, or links= from Python.
#
# One [[case]] a dose. Paths are relative to this file; in an archive they go on behind its name. Whatever stands
# beside a path (sha256, uid) must fit too: a decision that does not fit any more is an error. Without "structures"
# or "plan" that link is made as it would be without this file; plan = "none" says that no plan belongs to the dose.
# A dose under [[leave_out]] is no case. Doses that are not named here are linked as without this file.
#
# File names may tell whose data these are: keep this file with the data.

links = "{SCHEMA}"
"""


def starter(located: Located, target: Path) -> str:
    """Return the text of a link file.

    Parameters
    ----------
    located
        What was found.
    target
        Where the text will be written: paths are relative to it.
    """
    parts = [_HEAD]
    parts += [_case(case, located.scan, target) for case in located.cases]
    doses = [left for left in located.left if left.header.kind == "RTDOSE" and left.header in located.scan.headers]
    parts += [_open(left, located.scan, target) for left in doses]
    return "\n".join(parts)


def _case(case: LocatedCase, scan: Scan, target: Path) -> str:
    lines = ["[[case]]"]
    lines += [f"# {link.subject}: {clean(link.reason)}" for link in case.links]
    lines += _file("dose", case.dose, scan, target)
    lines += _file("structures", case.structures, scan, target)
    if case.plan is not None:
        lines += _file("plan", case.plan, scan, target)
    return "\n".join((*lines, ""))


def _open(left: LeftOver, scan: Scan, target: Path) -> str:
    """Write a dose that is no case as a comment: what would make it one stands there to be chosen from."""
    lines = [f"# Left over: {clean(left.reason)}", "# [[case]]"]
    lines += [f"# {line}" for line in _file("dose", left.header, scan, target)]
    for candidate in left.candidates:
        name = "structures" if candidate.kind == "RTSTRUCT" else "plan"
        lines += [f"# {line}" for line in _file(name, candidate, scan, target)]
    return "\n".join((*lines, ""))


def _file(name: str, header: Header, scan: Scan, target: Path) -> Iterator[str]:
    relative = _relative(scan.origin(header), target)
    if relative is not None:
        yield f"{name}.path = {json.dumps(relative, ensure_ascii=False)}"
    elif header.uid:
        yield f"{name}.uid = {json.dumps(header.uid)}"
    yield f'{name}.sha256 = "{content_hash(header.path)}"'


def _relative(path: Path, target: Path) -> str | None:
    """Return a path relative to the link file; None where TOML cannot hold it, or there is none."""
    try:
        relative = os.path.relpath(path.resolve(), target.parent.resolve())
    except (ValueError, OSError, RuntimeError):  # another drive
        return None
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in relative):
        return None
    return Path(relative).as_posix()
