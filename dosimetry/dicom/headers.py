"""The few attributes by which files are linked, read without pixels and contours."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.elements import items, optional_text
from dosimetry.dicom.files import open_file
from dosimetry.errors import DicomFileError, LinkError, NotDicomError
from dosimetry.model.dose import Summation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydicom.dataset import Dataset

    from dosimetry.errors import DosimetryError
    from dosimetry.warnings import Caution

__all__ = ["Header", "Scan", "read_header", "scan_folder"]

_KEYWORDS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "FrameOfReferenceUID",
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "DoseSummationType",
    "ReferencedRTPlanSequence",
    "ReferencedStructureSetSequence",
    "ReferencedFrameOfReferenceSequence",
    "StructureSetROISequence",
    "PatientSetupSequence",
    "SpecificCharacterSet",
)


@dataclass(frozen=True)
class Header:
    """What a file says of itself and of the files it belongs to."""

    path: Path = field(repr=False)  # folders carry patient names
    kind: str
    uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    frame_uids: frozenset[str] = field(repr=False)
    plan_uids: tuple[str, ...] = field(default=(), repr=False)
    structure_set_uids: tuple[str, ...] = field(default=(), repr=False)
    summation: Summation = Summation.UNKNOWN
    patient_id: str = field(default="", repr=False)
    issuer: str = field(default="", repr=False)
    patient_name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    position: str = ""


@dataclass(frozen=True)
class Scan:
    """What a folder holds.

    Attributes
    ----------
    headers
        The RT objects, in the order of their paths.
    broken
        Files that look like DICOM and could not be read, and folders that could not be listed, with the error.
    others
        Number of other files.
    """

    headers: tuple[Header, ...]
    broken: tuple[tuple[Path, DosimetryError], ...]
    others: int

    def of_kind(self, kind: str) -> tuple[Header, ...]:
        """Return the headers of one kind of object."""
        return tuple(header for header in self.headers if header.kind == kind)


def _references(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    uids = (optional_text(item, "ReferencedSOPInstanceUID") for item in items(dataset, keyword))
    return tuple(uid for uid in uids if uid)


def read_header(path: Path) -> Header:
    """Read the header of a DICOM file of any kind.

    Raises
    ------
    NotDicomError, DicomFileError
        If the file is not DICOM, or damaged.
    """
    notes: list[Caution] = []
    with open_file(path, header_only=_KEYWORDS) as opened, tidy(path, notes):
        dataset = opened.dataset
        frames = [optional_text(dataset, "FrameOfReferenceUID")]
        frames += [
            optional_text(item, "FrameOfReferenceUID")
            for item in items(dataset, "ReferencedFrameOfReferenceSequence")
        ]
        frames += [
            optional_text(item, "ReferencedFrameOfReferenceUID")
            for item in items(dataset, "StructureSetROISequence")
        ]
        summation = optional_text(dataset, "DoseSummationType").upper()
        setups = {optional_text(item, "PatientPosition") for item in items(dataset, "PatientSetupSequence")} - {""}
        return Header(
            path=path,
            kind=opened.kind,
            uid=optional_text(dataset, "SOPInstanceUID"),
            study_uid=optional_text(dataset, "StudyInstanceUID"),
            frame_uids=frozenset(filter(None, frames)),
            plan_uids=_references(dataset, "ReferencedRTPlanSequence"),
            structure_set_uids=_references(dataset, "ReferencedStructureSetSequence"),
            summation=Summation(summation) if summation in Summation.__members__ else Summation.UNKNOWN,
            patient_id=optional_text(dataset, "PatientID"),
            issuer=optional_text(dataset, "IssuerOfPatientID"),
            patient_name=optional_text(dataset, "PatientName"),
            birth_date=optional_text(dataset, "PatientBirthDate"),
            position=setups.pop() if len(setups) == 1 else "",
        )


def _walk(root: Path, closed: list[OSError]) -> Iterator[Path]:
    """Yield the files below a folder in a stable order; links to folders are not followed.

    Folders that cannot be listed go to `closed`.
    """
    for folder, subfolders, names in os.walk(root, onerror=closed.append):
        subfolders.sort()
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder) / name


def scan_folder(root: Path) -> Scan:
    """Read the headers of all RT objects below a folder; unrelated and unreadable files are counted."""
    headers: list[Header] = []
    broken: list[tuple[Path, DosimetryError]] = []
    closed: list[OSError] = []
    others = 0
    for path in _walk(root, closed):
        try:
            if not path.is_file():
                continue
            header = read_header(path)
        except NotDicomError:
            others += 1
        except DicomFileError as error:
            broken.append((path, error))
        except OSError as error:
            broken.append((path, _unreadable(path, error)))
        else:
            if header.kind in ("RTDOSE", "RTSTRUCT", "RTPLAN"):
                headers.append(header)
            else:
                others += 1
    for failure in closed:
        path = Path(os.fsdecode(failure.filename or root))
        broken.append((path, _unreadable(path, failure)))
    return Scan(tuple(headers), tuple(broken), others)


def _unreadable(path: Path, error: OSError) -> DicomFileError:
    return DicomFileError("cannot be read", file=path, found=error.strerror or "an input error")


def scan_files(paths: Sequence[Path]) -> Scan:
    """Read the headers of files that were named one by one; every one of them must be an RT object."""
    headers = tuple(read_header(path) for path in paths)
    for header in headers:
        if header.kind not in ("RTDOSE", "RTSTRUCT", "RTPLAN"):
            raise LinkError(
                "is not an RT object",
                file=header.path,
                expected="RTDOSE, RTSTRUCT or RTPLAN",
                found=header.kind,
            )
    return Scan(headers, (), 0)
