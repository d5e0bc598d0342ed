"""Taking values out of parsed DICOM files, with one clear error for whatever is wrong.

Numbers are taken from the raw bytes of decimal strings: turning every contour coordinate into an object costs a
hundred times what parsing them together does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.sequence import Sequence

from dosimetry.errors import DicomFileError

if TYPE_CHECKING:
    from collections.abc import Sequence as Several
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = [
    "UNDEFINED",
    "decimals",
    "float_values",
    "integer",
    "items",
    "optional_text",
    "raw_bytes",
    "require_whole",
    "required_text",
    "stored_text",
    "trimmed",
]

UNDEFINED = 0xFFFFFFFF  # the length of an element that ends with a delimiter


def _name(keyword: str) -> str:
    return f"{dictionary_description(tag_for_keyword(keyword) or 0)} ({keyword})"


def optional_text(dataset: Dataset, keyword: str) -> str:
    """Return an attribute as text without padding; an empty text where it is missing."""
    value = dataset.get(keyword)
    return "" if value is None or isinstance(value, Sequence) else str(value).strip(" \0")


def required_text(dataset: Dataset, keyword: str, path: Path) -> str:
    """Return an attribute as text; an error where it is missing or empty."""
    value = optional_text(dataset, keyword)
    if not value:
        raise DicomFileError(f"{_name(keyword)} is missing", file=path, remedy="export the file again")
    return value


def require_whole(element: object) -> None:
    """Raise EOFError where an element has fewer bytes than it says: pydicom passes over that in silence."""
    if (
        isinstance(element, RawDataElement)
        and element.length != UNDEFINED
        and len(element.value or b"") != element.length
    ):
        raise EOFError


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; none where it is missing."""
    tag = tag_for_keyword(keyword)
    if tag is None or tag not in dataset:
        return []
    require_whole(dataset.get_item(tag))
    value = dataset.get(keyword)
    if value and not isinstance(value, Sequence):  # the file may call the element what it likes
        raise DicomFileError(f"{_name(keyword)} is no sequence", remedy="export the file again")
    return list(value or ())


def raw_bytes(dataset: Dataset, keyword: str) -> bytes | None:
    """Return an attribute's value as stored, or None where it is missing."""
    tag = tag_for_keyword(keyword)
    element = None if tag is None else dataset.get_item(tag)
    if element is None:
        return None
    if isinstance(element, RawDataElement):
        require_whole(element)
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


def trimmed(raw: bytes) -> bytes:
    r"""Return decimal strings without padding, and without the separator that some systems write behind the last.

    Nothing is lost by that unseen: how many numbers there must be is known of every attribute.
    """
    return raw.strip(b" \0").removesuffix(b"\\")


def decimals(parts: Several[bytes], path: Path, describe: str) -> NDArray[np.float64]:
    """Parse decimal strings of many elements at once; every number equals ``float()`` of its text.

    Parameters
    ----------
    parts
        The values of the elements, each one or more backslash-separated numbers.
    path
        For the error.
    describe
        What they are, for the error.

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
    found = text.split(b"\\")[bad][:40].decode("latin-1")
    raise DicomFileError(
        "a number cannot be read",
        file=path,
        item=describe,
        expected="a decimal string such as -12.5 or 1.0e-2",
        found=repr(found),
        remedy="export the file again",
    )


def float_values(dataset: Dataset, keyword: str, path: Path, count: int | None = None) -> NDArray[np.float64]:
    """Return the numbers of a decimal-string attribute; an error where it is missing or has not `count`."""
    raw = raw_bytes(dataset, keyword)
    if raw is None or not raw.strip(b" \0"):
        raise DicomFileError(f"{_name(keyword)} is missing", file=path, remedy="export the file again")
    values = decimals([trimmed(raw)], path, _name(keyword))
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
