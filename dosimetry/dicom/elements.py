"""Opening DICOM files and taking values out of them, with one clear error for whatever is wrong.

pydicom parses the file's structure. Numbers are taken from the raw bytes of decimal strings: turning every
contour coordinate into an object costs a hundred times what parsing them together does.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataelem import RawDataElement

from dosimetry.errors import DicomFileError, DosimetryError, NotDicomError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = [
    "KINDS",
    "OpenedFile",
    "decimals",
    "float_values",
    "integer",
    "items",
    "open_file",
    "optional_text",
    "raw_bytes",
    "required_text",
    "stored_text",
    "tidy",
]

# SOPClassUID decides what a file is; Modality is known to lie.
KINDS = {
    "1.2.840.10008.5.1.4.1.1.481.2": "RTDOSE",
    "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
    "1.2.840.10008.5.1.4.1.1.481.5": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.481.8": "RTPLAN",  # RT Ion Plan
}
_OTHER = "another kind of object"
_UNDEFINED = 0xFFFFFFFF  # the length of an element that ends with a delimiter


@dataclass(frozen=True)
class OpenedFile:
    """A parsed file.

    Attributes
    ----------
    path
        Where it lies.
    dataset
        As pydicom parsed it; nested values are still raw bytes.
    kind
        RTDOSE, RTSTRUCT, RTPLAN or another kind.
    sha256
        Hash of the whole file; empty where only the header was read.
    warnings
        What was doubtful about it.
    """

    path: Path
    dataset: Dataset
    kind: str
    sha256: str = ""
    warnings: tuple[Caution, ...] = ()


class _Stream(io.BufferedReader):
    """A file whose reads never ask for more than it holds.

    Python allocates what a read asks for before it looks at the file: a damaged length of 4 GB would cost 4 GB.
    """

    def __init__(self, path: Path) -> None:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device could be read for ever
            raise DicomFileError("is not a regular file", file=path)
        super().__init__(io.FileIO(path))
        self._size = os.fstat(self.fileno()).st_size
        self.overrun = False  # whether an element that was skipped ends behind the end of the file

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return super().read()
        return super().read(max(0, min(size, self._size - self.tell())))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        position = super().seek(offset, whence)
        self.overrun |= position > self._size
        return position


@contextmanager
def tidy(path: Path, notes: list[Caution]) -> Iterator[None]:
    """Turn pydicom's warnings into one of ours, and its errors into :class:`DicomFileError`.

    pydicom's texts quote values, so they are not passed on.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except (DosimetryError, MemoryError):
            raise
        except EOFError as error:
            raise _cut_short(path) from error
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:  # pydicom's own have none
                raise
            raise DicomFileError(
                "is damaged: its contents cannot be decoded",
                file=path,
                found=type(error).__name__,
                remedy="export it again",
            ) from error
    if caught:
        text = f"the file departs from the DICOM standard in {len(caught)} place(s) that could be read all the same"
        notes.append(Caution(Code.FILE_NONCONFORMANT, "file", text))


def _cut_short(path: Path) -> DicomFileError:
    return DicomFileError(
        "ends before its contents do",
        file=path,
        remedy="the file is truncated or damaged; export it again",
    )


def open_file(path: Path, *, header_only: Sequence[str] = ()) -> OpenedFile:
    """Open and parse a DICOM file.

    Parameters
    ----------
    path
        The file.
    header_only
        Keywords to read; all of the file, and its hash, where none are given.

    Raises
    ------
    NotDicomError
        If the file is not DICOM.
    DicomFileError
        If it is damaged.
    """
    notes: list[Caution] = []
    sha256 = ""
    try:
        with _Stream(path) as stream, tidy(path, notes):
            start = stream.read(132)
            if not _looks_like_dicom(start):
                raise NotDicomError(
                    "is not a DICOM file",
                    file=path,
                    expected="DICOM-RT as exported by a planning system",
                    found="an empty file" if not start else "other content",
                )
            stream.seek(0)
            if header_only:
                dataset = pydicom.dcmread(
                    stream, force=True, stop_before_pixels=True, specific_tags=list(header_only)
                )
            else:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                dataset = pydicom.dcmread(stream, force=True)
            for element in dataset.elements():
                _require_whole(element)
            if stream.overrun:
                raise _cut_short(path)
            found = optional_text(dataset, "SOPClassUID")
    except OSError as error:
        raise DicomFileError("cannot be read", file=path, found=error.strerror or "an input error") from error
    if not found:
        raise NotDicomError(
            "is not a DICOM file, or a damaged one", file=path, expected="a SOPClassUID", found="none"
        )
    if not header_only and "TransferSyntaxUID" not in dataset.file_meta:
        text = "the file does not state its transfer syntax; it was recognised from its content"
        notes.append(Caution(Code.META_INCOMPLETE, "file", text))
    return OpenedFile(path, dataset, KINDS.get(found, _OTHER), sha256, tuple(notes))


def _looks_like_dicom(start: bytes) -> bool:
    """Tell a DICOM file, with or without preamble, from other files by its first bytes."""
    if start[128:132] == b"DICM":
        return True
    # Without preamble the file begins with group 0002 or 0008, little or big endian.
    return start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08") and len(start) >= 16


def _name(keyword: str) -> str:
    return f"{dictionary_description(tag_for_keyword(keyword) or 0)} ({keyword})"


def optional_text(dataset: Dataset, keyword: str) -> str:
    """Return an attribute as text without padding; an empty text where it is missing."""
    value = dataset.get(keyword)
    return "" if value is None else str(value).strip(" \0")


def required_text(dataset: Dataset, keyword: str, path: Path) -> str:
    """Return an attribute as text; an error where it is missing or empty."""
    value = optional_text(dataset, keyword)
    if not value:
        raise DicomFileError(f"{_name(keyword)} is missing", file=path, remedy="export the file again")
    return value


def _require_whole(element: object) -> None:
    """Raise EOFError where an element has fewer bytes than it says: pydicom passes over that in silence."""
    if (
        isinstance(element, RawDataElement)
        and element.length != _UNDEFINED
        and len(element.value or b"") != element.length
    ):
        raise EOFError


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; none where it is missing."""
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in dataset:
        return []
    _require_whole(dataset.get_item(tag))
    return list(dataset.get(keyword) or ())


def raw_bytes(dataset: Dataset, keyword: str) -> bytes | None:
    """Return an attribute's value as stored, or None where it is missing."""
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in dataset:
        return None
    element = dataset.get_item(tag)
    if isinstance(element, RawDataElement):
        _require_whole(element)
        return element.value or b""
    value: Any = element.value
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    parts = value if isinstance(value, (list, tuple, pydicom.multival.MultiValue)) else (value,)
    return b"\\".join(str(part).encode("ascii", "replace") for part in parts)


def stored_text(dataset: Dataset, keyword: str) -> str:
    """Return an attribute of plain ASCII text as stored, without padding; an empty text where it is missing.

    Of thousands of contours: pydicom's conversion of their few short texts takes most of the time of reading them.
    """
    return (raw_bytes(dataset, keyword) or b"").decode("ascii", "replace").strip(" \0")


def decimals(parts: Sequence[bytes], path: Path, describe: Sequence[str] | str) -> NDArray[np.float64]:
    """Parse decimal strings of many elements at once; every number equals ``float()`` of its text.

    Parameters
    ----------
    parts
        The values of the elements, each one or more backslash-separated numbers.
    path
        For the error.
    describe
        What each element is, or all of them are, for the error.

    Raises
    ------
    DicomFileError
        If a text is no number, or the number is not finite.
    """
    from dosimetry.kernels.decimals import parse_decimals  # noqa: PLC0415  numba is imported where it runs

    if not parts:
        return np.empty(0)
    text = b"\\".join(parts)
    values = np.empty(text.count(b"\\") + 1)
    bad = int(parse_decimals(np.frombuffer(text, dtype=np.uint8), values))
    if bad < 0:
        unsure = np.flatnonzero(np.isnan(values))
        if unsure.size:
            texts = text.split(b"\\")
            values[unsure] = [float(texts[i].strip(b" \0")) for i in unsure]
        infinite = np.flatnonzero(np.isinf(values))
        if not infinite.size:
            return values
        bad = int(infinite[0])
    counts = np.cumsum([part.count(b"\\") + 1 for part in parts])
    where = describe if isinstance(describe, str) else describe[int(np.searchsorted(counts, bad, side="right"))]
    found = text.split(b"\\")[bad][:40].decode("latin-1")
    raise DicomFileError(
        "a number cannot be read",
        file=path,
        item=where,
        expected="a decimal string such as -12.5 or 1.0e-2",
        found=repr(found),
        remedy="export the file again",
    )


def float_values(dataset: Dataset, keyword: str, path: Path, count: int | None = None) -> NDArray[np.float64]:
    """Return the numbers of a decimal-string attribute; an error where it is missing or has not `count`."""
    raw = raw_bytes(dataset, keyword)
    if raw is None or not raw.strip(b" \0"):
        raise DicomFileError(f"{_name(keyword)} is missing", file=path, remedy="export the file again")
    values = decimals([raw], path, _name(keyword))
    if count is not None and values.size != count:
        raise DicomFileError(
            f"{_name(keyword)} has a wrong number of values",
            file=path,
            expected=f"{count}",
            found=f"{values.size}",
        )
    return values


def integer(dataset: Dataset, keyword: str, path: Path, default: int | None = None) -> int:
    """Return an integer attribute; `default`, or an error where there is none, if it is missing."""
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            if default is not None:
                return default
        else:
            number = int(str(value).strip(" \0"))
            if abs(number) < 2**31:
                return number
    except (ValueError, TypeError, OverflowError) as error:
        raise DicomFileError(
            f"{_name(keyword)} is not an integer", file=path, remedy="export the file again"
        ) from error
    raise DicomFileError(
        f"{_name(keyword)} is {'missing' if value in (None, '') else 'out of range'}",
        file=path,
        remedy="export the file again",
    )
