"""What pydicom says of a file, turned into the project's own errors and warnings.

pydicom tells a damaged value by whatever exception its conversion happens to raise, so all of them count; but only
those that were raised inside pydicom. One of our own code is a slip, and is never called damage.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.errors import DicomFileError, DosimetryError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cut_short", "damaged", "is_of_pydicom", "tidy"]

_PACKAGE = str(Path(__file__).parents[1])


@contextmanager
def tidy(path: Path, notes: list[Caution]) -> Iterator[None]:
    """Turn pydicom's warnings into one of ours, and its errors into :class:`DicomFileError`.

    pydicom's texts quote values, so they are not passed on; the error keeps its cause, which the command line
    shows where ``DOSIMETRY_DEBUG=1`` is set.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except DicomFileError as error:
            if error.path is not None:
                raise
            raise DicomFileError(
                error.problem,
                file=path,
                item=error.item,
                expected=error.expected,
                found=error.found,
                remedy=error.remedy,
            ) from error
        except (DosimetryError, MemoryError):
            raise
        except EOFError as error:
            raise cut_short(path) from error
        except Exception as error:
            system = isinstance(error, OSError) and error.errno is not None  # pydicom's own have none
            if system or not is_of_pydicom(error):
                raise
            raise damaged(path, found=type(error).__name__) from error
    ours = [entry for entry in caught if entry.filename.startswith(_PACKAGE)]
    if len(caught) > len(ours):
        places = len(caught) - len(ours)
        text = f"the file departs from the DICOM standard in {places} place(s) that could be read all the same"
        notes.append(Caution(Code.FILE_NONCONFORMANT, "file", text))
    for entry in ours:
        warnings.warn_explicit(entry.message, entry.category, entry.filename, entry.lineno)


def is_of_pydicom(error: BaseException) -> bool:
    """Tell whether an exception came through pydicom's code."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] == "pydicom":
            return True
        trace = trace.tb_next
    return False


def damaged(path: Path, *, item: str | None = None, found: str | None = None) -> DicomFileError:
    """Return the error of a file whose contents make no sense."""
    return DicomFileError(
        "is damaged: its contents cannot be decoded",
        file=path,
        item=item,
        found=found,
        remedy="export it again",
    )


def cut_short(path: Path) -> DicomFileError:
    """Return the error of a file that has fewer bytes than it says."""
    return DicomFileError(
        "ends before its contents do",
        file=path,
        remedy="the file is truncated or damaged; export it again",
    )
