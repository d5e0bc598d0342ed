"""What a folder, an archive or a list of files holds, told from headers alone.

Of most files in an export folder only the first bytes are looked at: they say whether a file is DICOM, and which
class of object it holds. What is no RT object is counted and not parsed.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.dicom.files import KINDS
from dosimetry.dicom.headers import read_header
from dosimetry.errors import DicomFileError, LinkError, NotDicomError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dosimetry.dicom.headers import Header
    from dosimetry.errors import DosimetryError

    Progress = Callable[[int], None]
    """Is told now and then how many files were looked at."""

__all__ = [
    "FIRST_BYTES",
    "RT_KINDS",
    "Scan",
    "Sorter",
    "content_hash",
    "is_archive",
    "is_dicomdir",
    "scan_files",
    "scan_folder",
]

RT_KINDS = ("RTDOSE", "RTSTRUCT", "RTPLAN")
FIRST_BYTES = 4096
"""How much of a file is looked at to tell what it is: preamble, file meta and the first attributes."""

# SOPClassUID (0008,0016) as stored: explicit or implicit little endian, explicit big endian. It stands in front of
# everything that could hold another one.
_CLASS = re.compile(
    rb"(?:\x08\x00\x16\x00(?:UI.\x00|.\x00\x00\x00)|\x00\x08\x00\x16UI\x00.)(\d[\d.]{4,63})", re.DOTALL
)
_MAGIC, _DICOMDIR = b"DICM", b"1.2.840.10008.1.3.10"
_ARCHIVE = (b"PK\x03\x04", b"PK\x05\x06")
_REPORT_EVERY = 200


@dataclass(frozen=True)
class Scan:
    """What was found.

    Attributes
    ----------
    headers
        The RT objects, in the order of their paths.
    broken
        Files that look like DICOM and could not be read, and folders that could not be listed, with the error.
    others
        Number of other files.
    images
        How many of these are DICOM objects, such as CT images.
    archives
        How many of these are zip archives: they are not opened.
    dead_links
        Symbolic links that lead nowhere or in a circle.
    folder_links
        Symbolic links to folders, which are not followed.
    origins
        For files from an archive: where they lie, as if the archive were a folder.
    holder
        Keeps the unpacked files of an archive for as long as anything needs them.
    """

    headers: tuple[Header, ...]
    broken: tuple[tuple[Path, DosimetryError], ...] = ()
    others: int = 0
    images: int = 0
    archives: int = 0
    dead_links: int = 0
    folder_links: int = 0
    origins: Mapping[Path, Path] = field(default_factory=dict, repr=False)
    holder: object = field(default=None, repr=False)

    def of_kind(self, kind: str) -> tuple[Header, ...]:
        """Return the headers of one kind of object."""
        return tuple(header for header in self.headers if header.kind == kind)

    def origin(self, header: Header) -> Path:
        """Return where a file lies for the user: in an archive, not where that was unpacked."""
        return self.origins.get(header.path, header.path)

    @property
    def files(self) -> int:
        """Number of files that were looked at."""
        return len(self.headers) + len(self.broken) + self.others


@dataclass
class Sorter:
    """Sorts files by what they are, one after the other.

    Attributes
    ----------
    progress
        Is told now and then how many files were looked at.
    """

    progress: Progress | None = None
    headers: list[Header] = field(default_factory=list)
    broken: list[tuple[Path, DosimetryError]] = field(default_factory=list)
    others: int = 0
    images: int = 0
    archives: int = 0
    seen: int = 0

    def wants(self, start: bytes) -> bool:
        """Count a file by its first bytes; tell whether its header is worth reading."""
        self.seen += 1
        if self.progress is not None and self.seen % _REPORT_EVERY == 0:
            self.progress(self.seen)
        if not _may_be_dicom(start):
            self.others += 1
            self.archives += is_archive(start)
            return False
        stated = _CLASS.search(start)
        if stated is not None and stated[1].decode("ascii") not in KINDS:
            self.others += 1
            self.images += 1
            return False
        return True

    def take(self, path: Path, start: bytes) -> None:
        """Read the header of a file that begins with these bytes."""
        try:
            header = read_header(path)
        except NotDicomError as error:
            if start[128:132] == _MAGIC and not is_dicomdir(start):
                self.broken.append((path, DicomFileError(error.problem, file=path, found="an end too early")))
            else:
                self.others += 1
        except DicomFileError as error:
            self.broken.append((path, error))
        else:
            if header.kind in RT_KINDS:
                self.headers.append(header)
            else:
                self.others += 1
                self.images += 1

    def fail(self, path: Path, error: OSError) -> None:
        """Note a file or folder that cannot be read."""
        reason = error.strerror or "an input error"
        self.broken.append((path, DicomFileError("cannot be read", file=path, found=reason)))


def is_archive(start: bytes) -> bool:
    """Tell a zip archive by its first bytes; a DICOM file may begin with any preamble, so it is asked first."""
    return start[:4] in _ARCHIVE and not _may_be_dicom(start)


def is_dicomdir(start: bytes) -> bool:
    """Tell the index of a medium by its first bytes."""
    return start[128:132] == _MAGIC and _DICOMDIR in start[132:512]


def _may_be_dicom(start: bytes) -> bool:
    if start[128:132] == _MAGIC:
        return True
    return start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08") and len(start) >= 16


def scan_folder(root: Path, progress: Progress | None = None) -> Scan:
    """Read the headers of all RT objects below a folder; unrelated and unreadable files are counted.

    Hidden files and folders, whose names begin with a full stop, are left out: they hold what other programs keep
    or have thrown away. Links to files are followed, links to folders are not, so that no loop can be entered.
    """
    sorter = Sorter(progress)
    links = {"dead": 0, "folder": 0}
    for path in _walk(root, sorter, links):
        try:
            with path.open("rb", buffering=0) as stream:
                start = stream.read(FIRST_BYTES)
        except OSError as error:
            sorter.fail(path, error)
            continue
        if sorter.wants(start):
            sorter.take(path, start)
    return Scan(
        tuple(sorter.headers),
        tuple(sorter.broken),
        sorter.others,
        sorter.images,
        sorter.archives,
        dead_links=links["dead"],
        folder_links=links["folder"],
    )


def _walk(root: Path, sorter: Sorter, links: dict[str, int]) -> Iterator[Path]:
    """Yield the regular files below a folder in the order of their paths."""
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted((entry for entry in entries if entry.name[:1] != "."), key=lambda entry: entry.name)
        except OSError as error:
            sorter.fail(folder, error)
            continue
        below = []
        for entry in found:
            try:
                linked = entry.is_symlink()
                if entry.is_dir(follow_symlinks=False):
                    below.append(folder / entry.name)
                elif entry.is_file():  # neither a pipe nor a device, which could be read for ever
                    yield folder / entry.name
                elif linked:
                    links["folder" if entry.is_dir() else "dead"] += 1
            except OSError:  # a circle of links
                links["dead"] += 1
        waiting += reversed(below)


def scan_files(paths: Sequence[Path]) -> Scan:
    """Read the headers of files that were named one by one; every one of them must be an RT object."""
    headers = tuple(read_header(path) for path in paths)
    for header in headers:
        if header.kind not in RT_KINDS:
            raise LinkError(
                "is not an RT object",
                file=header.path,
                expected="RTDOSE, RTSTRUCT or RTPLAN",
                found=header.kind,
            )
    return Scan(headers)


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises
    ------
    DicomFileError
        If it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DicomFileError("cannot be read", file=path, found=error.strerror) from error
