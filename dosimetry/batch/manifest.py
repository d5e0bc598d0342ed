"""The manifest: a CSV file that says which folder holds which plan of which patient."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from dosimetry.errors import UsageError
from dosimetry.text import clean

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["COLUMNS", "Entry", "read_manifest"]

COLUMNS = ("pseudonym", "technique", "imn", "folder")
_SIDES = ("without", "with")
_MAX_TEXT = 64


@dataclass(frozen=True)
class Entry:
    """One line.

    Attributes
    ----------
    line
        Its number in the file, from 1; the header is line 1.
    pseudonym, technique
        As the department calls patient and technique.
    imn
        ``"with"``, ``"without"`` or empty: a plan that is in no pair.
    folder
        Parts of the path below ROOT.
    """

    line: int
    pseudonym: str
    technique: str
    imn: str
    folder: tuple[str, ...]


def read_manifest(path: Path) -> tuple[Entry, ...]:
    """Read a manifest.

    Raises
    ------
    UsageError
        Naming line and column, where it cannot be read or contradicts itself.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.reader(stream, strict=True)
            header = next(lines, [])
            _require_columns(path, header)
            at = {name: header.index(name) for name in COLUMNS}
            found = [
                _entry(path, lines.line_num, len(header), row, at)
                for row in lines
                if any(cell.strip() for cell in row)
            ]
    except OSError as error:
        raise UsageError("cannot be read", file=path, item="--manifest", found=error.strerror) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError("is no CSV file in UTF-8", file=path, item="--manifest") from error
    if not found:
        raise UsageError("names no folder", file=path, item="--manifest")
    _require_single(path, found)
    return tuple(found)


def _require_columns(path: Path, header: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in header]
    twice = [name for name in COLUMNS if header.count(name) > 1]
    if missing or twice:
        problem = f"no column {missing[0]!r}" if missing else f"column {twice[0]!r} comes twice"
        raise UsageError(problem, file=path, item="line 1", expected=", ".join(COLUMNS), found=", ".join(header))


def _entry(path: Path, line: int, width: int, row: list[str], at: dict[str, int]) -> Entry:
    def wrong(column: str, problem: str, expected: str | None = None) -> UsageError:
        return UsageError(problem, file=path, item=f"line {line}, column {column}", expected=expected)

    if len(row) != width:
        raise UsageError(f"{len(row)} cells where the header has {width}", file=path, item=f"line {line}")
    cell = {name: row[index].strip() for name, index in at.items()}
    for name in ("pseudonym", "technique"):
        if len(cell[name]) > _MAX_TEXT or clean(cell[name]) != cell[name]:
            raise wrong(name, "is no short printable text", f"at most {_MAX_TEXT} characters")
    if not cell["pseudonym"]:
        raise wrong("pseudonym", "is empty")
    if cell["imn"] not in (*_SIDES, ""):
        raise wrong("imn", f"cannot be {cell['imn']!r}", "with, without or nothing")
    if not cell["folder"]:
        raise wrong("folder", "is empty")
    windows, posix = PureWindowsPath(cell["folder"]), PurePosixPath(cell["folder"])
    if windows.drive or windows.root or posix.is_absolute() or ".." in windows.parts or ".." in posix.parts:
        raise wrong("folder", "leads out of ROOT", "a path below ROOT")
    parts = windows.parts if "\\" in cell["folder"] else posix.parts
    return Entry(line, cell["pseudonym"], cell["technique"], cell["imn"], parts)


def _require_single(path: Path, entries: list[Entry]) -> None:
    """Refuse a folder that is named twice, and a pair with two plans on one side."""
    folders: dict[tuple[str, ...], int] = {}
    sides: dict[tuple[str, str, str], int] = {}
    for entry in entries:
        if entry.folder in folders:
            raise UsageError(
                f"is named in line {folders[entry.folder]}, too",
                file=path,
                item=f"line {entry.line}, column folder",
            )
        folders[entry.folder] = entry.line
        side = (entry.pseudonym, entry.technique, entry.imn)
        if entry.imn and side in sides:
            raise UsageError(
                f"this patient and technique have a plan {entry.imn} IMN in line {sides[side]}, too",
                file=path,
                item=f"line {entry.line}, column imn",
                remedy="give each pair a technique of its own",
            )
        sides[side] = entry.line
