"""Opening DICOM files: what they are, whether they are whole, and no more memory than they are worth.

pydicom parses the file's structure. Large values stay in the file until they are asked for.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset, read_preamble
from pydicom.fileutil import read_undefined_length_value
from pydicom.tag import SequenceDelimiterTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dosimetry.dicom.decoding import cut_short, tidy
from dosimetry.dicom.elements import UNDEFINED, optional_text, require_whole
from dosimetry.errors import DicomFileError, NotDicomError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydicom.dataset import Dataset

__all__ = ["KINDS", "MOST_INFLATED", "OpenedFile", "open_file"]

# SOPClassUID decides what a file is; Modality is known to lie.
KINDS = {
    "1.2.840.10008.5.1.4.1.1.481.2": "RTDOSE",
    "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
    "1.2.840.10008.5.1.4.1.1.481.5": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.481.8": "RTPLAN",  # RT Ion Plan
}
_OTHER = "another kind of object"
_PIXEL_DATA = 0x7FE00010
_LEFT_IN_FILE = 2**16  # elements of more bytes are not read before they are needed
# A deflated file can hold a thousand times its size. The largest dose seen is a fifth of this.
MOST_INFLATED = 2**29
_PIECE = 2**12  # so that a piece of a bomb, too, is no more than 4 MB


@dataclass(frozen=True)
class OpenedFile:
    """A parsed file.

    Attributes
    ----------
    path
        Where it lies.
    dataset
        As pydicom parsed it; nested values are still raw bytes, and a large PixelData is left in the file.
    kind
        RTDOSE, RTSTRUCT, RTPLAN or another kind.
    sha256
        Hash of the whole file; empty where only the header was read.
    warnings
        What was doubtful about it.
    content
        What `dataset` was parsed from, for values that were left in it.
    """

    path: Path
    dataset: Dataset
    kind: str
    sha256: str
    warnings: tuple[Caution, ...]
    content: io.BufferedIOBase


class _Stream(io.BufferedReader):
    """A file whose reads never ask for more than it holds.

    Python allocates what a read asks for before it looks at the file: a damaged length of 4 GB would cost 4 GB.
    """

    def __init__(self, path: Path) -> None:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe or a device could be read for ever
            raise DicomFileError("is not a regular file", file=path)
        super().__init__(io.FileIO(path))
        self.size = os.fstat(self.fileno()).st_size
        self.overrun = False  # whether an element that was skipped ends behind the end of the file

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return super().read()
        return super().read(max(0, min(size, self.size - self.tell())))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        position = super().seek(offset, whence)
        self.overrun |= position > self.size
        return position


class _Inflated(io.BytesIO):
    """The content of a deflated file; like a file, it knows when an element ends behind its end."""

    size = sys.maxsize  # while it is written
    overrun = False

    def close_at_end(self) -> None:
        """Take what was written for all there is, and go to its start."""
        self.size = self.tell()
        self.seek(0)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        position = super().seek(offset, whence)
        self.overrun |= position > self.size
        return position


@contextmanager
def open_file(path: Path, *, header_only: Sequence[str] = ()) -> Iterator[OpenedFile]:
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
        If it is damaged, or cannot be read; also from within the context.
    """
    try:
        with _Stream(path) as stream:
            yield _parsed(path, stream, header_only)
    except OSError as error:
        raise DicomFileError("cannot be read", file=path, found=error.strerror or "an input error") from error


def _parsed(path: Path, stream: _Stream, header_only: Sequence[str]) -> OpenedFile:
    notes: list[Caution] = []
    sha256 = ""
    with tidy(path, notes):
        start = stream.read(132)
        if not _looks_like_dicom(start):
            raise NotDicomError(
                "is not a DICOM file",
                file=path,
                expected="DICOM-RT as exported by a planning system",
                found="an empty file" if not start else "other content",
            )
        stream.seek(0)
        if not header_only:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
        content, meta = _inflated(path, stream)
        dataset = pydicom.dcmread(
            content,
            force=True,
            stop_before_pixels=bool(header_only),
            specific_tags=list(header_only) or None,
            defer_size=_LEFT_IN_FILE,
        )
        if meta is not None:
            dataset.file_meta = meta
        if content.overrun:
            raise cut_short(path)
        _fetch(dataset, content)
        found = optional_text(dataset, "SOPClassUID")
    if not found:
        raise NotDicomError(
            "is not a DICOM file, or a damaged one", file=path, expected="a SOPClassUID", found="none"
        )
    if not header_only and "TransferSyntaxUID" not in dataset.file_meta:
        text = "the file does not state its transfer syntax; it was recognised from its content"
        notes.append(Caution(Code.META_INCOMPLETE, "file", text))
    return OpenedFile(path, dataset, KINDS.get(found, _OTHER), sha256, tuple(notes), content)


def _looks_like_dicom(start: bytes) -> bool:
    """Tell a DICOM file, with or without preamble, from other files by its first bytes."""
    if start[128:132] == b"DICM":
        return True
    # Without preamble the file begins with group 0002 or 0008, little or big endian.
    return start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08") and len(start) >= 16


def _inflated(path: Path, stream: _Stream) -> tuple[_Stream | _Inflated, FileMetaDataset | None]:
    """Return what to parse and, where that is the inflated content, the meta information that stood before it.

    pydicom would inflate whatever there is: a file of a few megabytes can be made to fill any memory.
    """
    read_preamble(stream, force=True)
    meta = read_dataset(
        stream, is_implicit_VR=False, is_little_endian=True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2
    )
    if optional_text(meta, "TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        stream.overrun = False
        stream.seek(0)
        return stream, None
    decoder = zlib.decompressobj(-zlib.MAX_WBITS)
    content = _Inflated()
    try:
        while not decoder.eof and (piece := stream.read(_PIECE)):
            content.write(decoder.decompress(piece))
            if content.tell() > MOST_INFLATED:
                raise DicomFileError(
                    "holds too much once it is inflated",
                    file=path,
                    expected=f"at most {MOST_INFLATED // 2**20} MB",
                    remedy="export it again, without compression",
                )
    except zlib.error as error:
        raise DicomFileError(
            "is damaged: it cannot be inflated", file=path, remedy="export it again, without compression"
        ) from error
    if not decoder.eof:
        raise cut_short(path)
    content.close_at_end()
    return content, FileMetaDataset(meta)


def _fetch(dataset: Dataset, content: _Stream | _Inflated) -> None:
    """Read the large values that were passed over, but for PixelData; EOFError where any value is cut short.

    PixelData of undefined length is compressed, and read: where it ends is known only then.
    """
    for tag in list(dataset.keys()):
        element = dataset.get_item(tag, keep_deferred=True)
        if not isinstance(element, RawDataElement):
            continue
        if element.value is not None or element.length == 0:
            require_whole(element)
        elif element.length == UNDEFINED:
            content.seek(element.value_tell)
            value = read_undefined_length_value(content, element.is_little_endian, SequenceDelimiterTag)
            dataset[tag] = element._replace(value=value)
        elif tag != _PIXEL_DATA:
            content.seek(element.value_tell)
            dataset[tag] = element._replace(value=content.read(element.length))
