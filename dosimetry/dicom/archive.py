"""Zip archives as input: the RT objects in one are unpacked into a private folder, within limits.

Member names never become paths: every member is written under a number, so that a name with ``..`` or a drive in
it leads nowhere. The folder is readable by its owner alone and is removed when nothing needs it any more.
"""

from __future__ import annotations

import shutil
import struct
import tempfile
import weakref
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dosimetry.dicom.scan import FIRST_BYTES, Scan, Sorter
from dosimetry.errors import DicomFileError
from dosimetry.text import clean

if TYPE_CHECKING:
    from dosimetry.dicom.scan import Progress

__all__ = ["PrivateFolder", "scan_archive"]

_MAX_MEMBERS = 100_000
_MAX_DIRECTORY = 64 * 2**20  # bytes: what zipfile would read before anyone could count
_MAX_UNPACKED = 8 * 2**30  # bytes of RT objects
# A dose of zeros packs 1000:1, and one with margins of air 30:1. Below this size no ratio does harm.
_MAX_RATIO, _RATIO_FROM = 200, 64 * 2**20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LINK = 0o120000
_CHUNK = 2**20
_NAME_LENGTH, _FILE_NAME_LENGTH = 120, 60  # characters, of up to four bytes each
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


class PrivateFolder:
    """A folder of the current user alone that vanishes with its last reference, or with the process."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="dosimetry-"))
        self._finalizer = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def close(self) -> None:
        """Remove it now."""
        self._finalizer()


def scan_archive(path: Path, progress: Progress | None = None) -> Scan:
    """Read the headers of the RT objects in a zip archive.

    Other members are looked at by their first bytes alone. Archives in the archive are not opened.

    Raises
    ------
    DicomFileError
        If it is no archive that can be read, or one that is made to fill the disk.
    """
    try:
        _require_modest(path)
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.filename.endswith("/")]
            _require_honest(path, members)
            return _unpack(path, archive, members, progress)
    except OSError as error:
        raise DicomFileError("cannot be read", file=path, found=error.strerror or "an input error") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> DicomFileError:
    return DicomFileError("is a damaged zip archive", file=path, remedy="make or fetch it again")


def _require_modest(path: Path) -> None:
    """Refuse an archive whose table of contents alone would fill the memory."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        tail_start = max(0, size - 22 - 0xFFFF)
        stream.seek(tail_start)
        tail = stream.read()
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            raise _damaged(path)
        members, directory = struct.unpack_from("<HL", tail, at + 10)
        locator = tail_start + at - 20
        stream.seek(max(0, locator))
        if locator >= 0 and (found := stream.read(20))[:4] == _LOCATOR64:
            stream.seek(struct.unpack_from("<Q", found, 8)[0])
            if (record := stream.read(56))[:4] == _END64 and len(record) == 56:
                members, directory = struct.unpack_from("<QQ", record, 32)
    if members > _MAX_MEMBERS or directory > _MAX_DIRECTORY:
        raise _refused(path, f"at most {_MAX_MEMBERS} members", f"{members}, listed in {directory} bytes")


def _require_honest(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse archives that are made to grow."""
    if len(members) > _MAX_MEMBERS:
        raise _refused(path, f"at most {_MAX_MEMBERS} members", f"{len(members)}")
    if sum(member.compress_size for member in members) > path.stat().st_size:
        raise _refused(path, "members of their own", "members that share their bytes")
    for member in members:
        if member.file_size > max(_RATIO_FROM, _MAX_RATIO * member.compress_size):
            ratio = member.file_size // max(1, member.compress_size)
            raise _refused(path, f"members packed {_MAX_RATIO}:1 at most", f"one that grows {ratio}-fold")


def _refused(path: Path, expected: str, found: str) -> DicomFileError:
    return DicomFileError(
        "is a zip archive beyond the limits",
        file=path,
        expected=expected,
        found=found,
        remedy="if it is what you think it is, unpack it and name the folder",
    )


def _unpack(
    path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], progress: Progress | None
) -> Scan:
    folder = PrivateFolder()
    sorter = Sorter(progress)
    origins: dict[Path, Path] = {}
    left = _MAX_UNPACKED
    for number, member in enumerate(sorted(members, key=lambda one: one.filename)):
        inner = _inner(member.filename)
        if inner.name.startswith(".") or any(part.startswith(".") for part in inner.parts):
            continue
        target = folder.path / f"{number}" / _plain_name(inner.name)
        origin = path / inner
        reason = _unreadable(member)
        if reason:
            sorter.broken.append((origin, DicomFileError(reason, file=origin)))
            continue
        try:
            with archive.open(member) as stream:
                start = stream.read(FIRST_BYTES)
                if not sorter.wants(start):
                    continue
                left -= member.file_size
                if left < 0:
                    raise _refused(path, f"at most {_MAX_UNPACKED >> 30} GB of RT objects", "more")
                target.parent.mkdir()
                with target.open("xb") as out:
                    out.write(start)
                    shutil.copyfileobj(stream, out, _CHUNK)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            error = DicomFileError("is a damaged member of a zip archive", file=origin)
            sorter.broken.append((origin, error))
            continue
        before = len(sorter.broken)
        sorter.take(target, start)
        if len(sorter.broken) > before:
            sorter.broken[-1] = (origin, sorter.broken[-1][1])
        origins[target] = origin
    return Scan(
        tuple(sorter.headers),
        tuple(sorter.broken),
        sorter.others,
        sorter.images,
        sorter.archives,
        origins=origins,
        holder=folder,
    )


def _unreadable(member: zipfile.ZipInfo) -> str:
    """Return why a member is not looked at; an empty text where nothing is against it."""
    if member.flag_bits & _ENCRYPTED:
        return "is encrypted: unpack the archive and name the folder"
    if (member.external_attr >> 16) & 0o170000 == _LINK:
        return "is a link in a zip archive, which is not followed"
    if member.compress_type not in _METHODS:
        return "is packed in a way that is not read: unpack the archive and name the folder"
    return ""


def _inner(name: str) -> PurePosixPath:
    """Return the path of a member within its archive, for people: without what would lead out of it."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return (
        PurePosixPath(*(clean(part, limit=_NAME_LENGTH) for part in parts)) if parts else PurePosixPath("unnamed")
    )


def _plain_name(name: str) -> str:
    """Return a file name that every system takes."""
    kept = "".join("_" if letter in '<>:"/\\|?*' or ord(letter) < 32 else letter for letter in name)
    return kept[-_FILE_NAME_LENGTH:].strip(". ") or "unnamed"
