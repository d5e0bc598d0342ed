"""The integers that an RTDOSE stores, a few frames at a time, after a look at whether the file can hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.encaps import generate_fragments
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import (
    UID,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from dosimetry.dicom.decoding import damaged, is_of_pydicom
from dosimetry.dicom.elements import UNDEFINED, integer, optional_text
from dosimetry.errors import DicomFileError, DosimetryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from dosimetry.dicom.files import OpenedFile

__all__ = ["check_layout", "read_counts"]

_CHUNK = 2**22  # bytes: fits into a processor's cache, and is worth a call
# How many bytes one byte of a compressed frame can stand for: a run of RLE is 2 bytes for 128. The others have no
# such limit; the most uniform of doses stays far below this one.
_LOSSLESS = {
    RLELossless: 64,
    JPEGLossless: 2000,
    JPEGLosslessSV1: 2000,
    JPEGLSLossless: 2000,
    JPEG2000Lossless: 2000,
    HTJ2KLossless: 2000,
    HTJ2KLosslessRPCL: 2000,
}
_EXTRA = "install the package that decodes it (pip install 'dosimetry[compressed]'), or export it uncompressed"


def check_layout(dataset: Dataset, path: Path, frames: int, voxels_of_frame: int) -> None:
    """Compare what the header promises with what the file holds, before anything is allocated.

    Raises
    ------
    DicomFileError
        If the values have a layout that no dose has, or are not as many as the grid has voxels.
    """
    bits = integer(dataset, "BitsAllocated", path)
    samples = integer(dataset, "SamplesPerPixel", path, default=1)
    stored_bits = integer(dataset, "BitsStored", path, default=bits)
    high_bit = integer(dataset, "HighBit", path, default=bits - 1)
    sign = integer(dataset, "PixelRepresentation", path, default=0)
    for item, right, expected, found in (
        ("BitsAllocated", bits in (16, 32), "one sample of 16 or 32 bits per voxel", f"{samples} of {bits} bits"),
        ("SamplesPerPixel", samples == 1, "one sample of 16 or 32 bits per voxel", f"{samples} of {bits} bits"),
        ("BitsStored", stored_bits == bits, f"{bits}, as BitsAllocated", f"{stored_bits}"),
        ("HighBit", high_bit == bits - 1, f"{bits - 1}, the last of BitsAllocated", f"{high_bit}"),
        ("PixelRepresentation", sign in (0, 1), "0 (unsigned) or 1 (signed)", f"{sign}"),
    ):
        if not right:
            raise DicomFileError(
                "stored dose has an unknown layout", file=path, item=item, expected=expected, found=found
            )
    if "PixelData" not in dataset:
        raise DicomFileError("holds no dose values", file=path, item="PixelData", remedy="export the file again")
    syntax = _syntax(dataset)
    stored = _length(dataset)
    if syntax.is_encapsulated or stored == UNDEFINED:
        _check_compressed(dataset, path, frames, voxels_of_frame * bits // 8)
        return
    promised = frames * voxels_of_frame * bits // 8
    if stored not in (promised, promised + promised % 2):
        raise _mismatch(path, f"{promised} bytes for {frames * voxels_of_frame} voxels", f"{stored} bytes")


def _length(dataset: Dataset) -> int:
    """Return the length of PixelData, wherever it lies."""
    element: Any = dataset.get_item("PixelData", keep_deferred=True)
    return int(element.length) if isinstance(element, RawDataElement) else len(element.value or b"")


def _mismatch(path: Path, expected: str, found: str) -> DicomFileError:
    return DicomFileError(
        "dose values do not match the header",
        file=path,
        item="PixelData",
        expected=expected,
        found=found,
        remedy="the file is truncated or damaged; export it again",
    )


def _check_compressed(dataset: Dataset, path: Path, frames: int, bytes_of_frame: int) -> None:
    """Refuse what is lossy or cannot be as large as the header says."""
    syntax = _syntax(dataset)
    limit = _LOSSLESS.get(syntax)
    if limit is None or optional_text(dataset, "LossyImageCompression") == "01":
        raise DicomFileError(
            "dose values are compressed in a way that may have changed them",
            file=path,
            expected="uncompressed, or a lossless transfer syntax",
            found=syntax.name if limit is None else "LossyImageCompression 01",
            remedy="export it uncompressed",
        )
    stored = len(dataset.get_item("PixelData").value or b"")
    if frames * bytes_of_frame > stored * limit:
        raise _mismatch(
            path, f"{frames * bytes_of_frame} bytes once they are decoded", f"{stored} bytes compressed"
        )
    fragments = sum(1 for _ in generate_fragments(dataset.PixelData)) - 1  # the first holds offsets
    if fragments < frames:
        raise _mismatch(path, f"{frames} frames", f"{fragments}")


def _syntax(dataset: Dataset) -> UID:
    stated = dataset.file_meta.get("TransferSyntaxUID")
    if stated:
        return UID(stated)
    # pydicom recognised the encoding from the content
    implicit, little = dataset.original_encoding
    if implicit:
        return UID("1.2.840.10008.1.2")
    return UID("1.2.840.10008.1.2.1" if little else "1.2.840.10008.1.2.2")


def read_counts(opened: OpenedFile, shape: tuple[int, int, int]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the stored integers in the file's order, a few frames at a time.

    Parameters
    ----------
    opened
        A file whose layout was checked.
    shape
        Frames, rows, columns.

    Yields
    ------
    first, counts
        Index of the first frame and the integers, shape (some frames, rows, columns); valid until the next ones.
    """
    syntax = _syntax(opened.dataset)
    if syntax.is_encapsulated:
        yield from enumerate(_decoded(opened, syntax, shape))
        return
    dataset, (frames, rows, columns) = opened.dataset, shape
    bits = integer(dataset, "BitsAllocated", opened.path)
    sign = "i" if integer(dataset, "PixelRepresentation", opened.path, default=0) else "u"
    # the order of bytes is that of the other elements, which were decoded
    kind = np.dtype(f"{'<' if dataset.original_encoding[1] else '>'}{sign}{bits // 8}")
    at_once = min(frames, max(1, _CHUNK // (rows * columns * kind.itemsize)))
    counts = np.empty((at_once, rows, columns), dtype=kind)
    element: Any = dataset.get_item("PixelData", keep_deferred=True)
    opened.content.seek(element.value_tell)
    for first in range(0, frames, at_once):
        some = counts[: frames - first]
        if opened.content.readinto(some.data) != some.nbytes:
            raise EOFError
        yield first, some


def _decoded(opened: OpenedFile, syntax: UID, shape: tuple[int, int, int]) -> Iterator[NDArray[Any]]:
    """Yield frames of compressed data, each as one of shape (1, rows, columns)."""
    path, decoder = opened.path, get_decoder(syntax)
    if not decoder.is_available:
        raise DicomFileError("dose values are compressed", file=path, found=syntax.name, remedy=_EXTRA)
    found = 0
    frames = decoder.iter_array(opened.dataset, raw=True)
    while True:
        try:
            frame, _ = next(frames)
        except StopIteration:
            break
        except (DosimetryError, MemoryError):
            raise
        except Exception as error:
            if not is_of_pydicom(error):
                raise
            raise DicomFileError(
                "compressed dose values cannot be decoded", file=path, found=syntax.name
            ) from error
        found += 1
        if frame.shape != shape[1:] or found > shape[0]:
            raise damaged(path, item="PixelData", found=f"a frame of {frame.shape}")
        yield frame[np.newaxis]
    if found != shape[0]:
        raise damaged(path, item="PixelData", found=f"{found} of {shape[0]} frames")
