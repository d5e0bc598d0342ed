"""The few attributes by which files are linked, read without pixels and contours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.elements import items, optional_text
from dosimetry.dicom.files import open_file
from dosimetry.model.dose import Summation

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import Dataset

    from dosimetry.warnings import Caution

__all__ = ["Header", "read_header"]

_KEYWORDS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "FrameOfReferenceUID",
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "DoseUnits",
    "DoseType",
    "DoseSummationType",
    "RTPlanLabel",
    "StructureSetLabel",
    "ReferencedDoseSequence",
    "ReferencedRTPlanSequence",
    "ReferencedStructureSetSequence",
    "ReferencedFrameOfReferenceSequence",
    "StructureSetROISequence",
    "PatientSetupSequence",
    "SpecificCharacterSet",
)


@dataclass(frozen=True)
class Header:
    """What a file says of itself and of the files it belongs to.

    Attributes
    ----------
    path, kind, uid
        The file, what it is, and its SOPInstanceUID.
    study_uid, frame_uids
        Its study, and every frame of reference that it names.
    plan_uids, structure_set_uids, dose_uids
        SOPInstanceUIDs that it refers to.
    summation, units, dose_type
        Of a dose: DoseSummationType, DoseUnits and DoseType as stated.
    patient_id, issuer, patient_name, birth_date
        Whose it is.
    position
        PatientPosition where all setups agree on one.
    label
        RTPlanLabel or StructureSetLabel, untrusted text.
    """

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
    dose_uids: tuple[str, ...] = field(default=(), repr=False)
    units: str = ""
    dose_type: str = ""
    label: str = field(default="", repr=False)


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
            dose_uids=_references(dataset, "ReferencedDoseSequence"),
            units=optional_text(dataset, "DoseUnits").upper(),
            dose_type=optional_text(dataset, "DoseType").upper(),
            label=optional_text(dataset, "RTPlanLabel") or optional_text(dataset, "StructureSetLabel"),
        )
