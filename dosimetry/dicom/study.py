"""What the DICOM files of one synthetic study share: patient, study, UIDs, and how they are saved.

The writers make files for examples and tests. They are strict: what cannot be written as the standard asks is
refused, never adapted in silence.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pydicom.valuerep import format_number_as_ds

from dosimetry.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydicom.tag import BaseTag
    from pydicom.uid import UID

__all__ = [
    "DEFLATED",
    "EXPLICIT",
    "IMPLICIT",
    "StudyHeader",
    "decimal",
    "decimals",
    "items",
    "many_decimals",
    "new_object",
    "reference",
    "save",
    "synthetic_uid",
]

IMPLICIT: str = ImplicitVRLittleEndian
EXPLICIT: str = ExplicitVRLittleEndian
DEFLATED: str = DeflatedExplicitVRLittleEndian


def synthetic_uid(*parts: object) -> str:
    """Return the UID of these parts: always the same, under the UUID root 2.25 of PS3.5 B.2.

    The UUID is of version 5 (name-based), so that no random number and no registered root is involved.
    """
    name = "/".join(str(part) for part in parts)
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, 'dosimetry:synthetic/' + name).int}"


@dataclass(frozen=True, slots=True)
class StudyHeader:
    """Identity of a synthetic study.

    Attributes
    ----------
    patient_name, patient_id
        Both say that nobody is meant.
    seed
        Every UID that is not given is derived from the seed and the patient's ID.
    study_uid, frame_of_reference_uid
        Derived where empty.
    date, time
        DA and TM of everything in the study.
    study_description, series_description
        Free text of up to 64 characters.
    series_label
        Tells apart series of one modality in one study; part of derived UIDs.
    patient_position
        PatientPosition of plans.
    """

    patient_name: str = "SYNTHETIC^ANALYTIC"
    patient_id: str = "SYNTHETIC"
    seed: int = 0
    study_uid: str = ""
    frame_of_reference_uid: str = ""
    date: str = "20240101"
    time: str = "120000"
    study_description: str = "SYNTHETIC - not a patient"
    series_description: str = "SYNTHETIC"
    series_label: str = ""
    patient_position: str = "HFS"

    def uid(self, *what: object) -> str:
        """Return the UID that this study gives to a thing."""
        return synthetic_uid(self.patient_id, self.seed, *what)

    @property
    def study(self) -> str:
        """StudyInstanceUID."""
        return self.study_uid or self.uid("study")

    @property
    def frame(self) -> str:
        """FrameOfReferenceUID."""
        return self.frame_of_reference_uid or self.uid("frame")


def decimal(number: float) -> str:
    """Return a number as a decimal string of at most 16 characters, as precise as that allows."""
    # Adding zero turns -0.0, which would be written as "-0.0", into 0.0.
    text = format_number_as_ds(float(number) + 0.0)
    if len(text) > 16:  # pydicom rounds 9.999999999999998 up to two digits before the point, and keeps the rest
        text = format_number_as_ds(float(text))
    return text.removesuffix(".0")


def decimals(numbers: Iterable[float]) -> list[str]:
    """Return numbers as decimal strings."""
    return [decimal(number) for number in numbers]


def many_decimals(tag: BaseTag, numbers: Iterable[float]) -> DataElement:
    """Return many numbers as one element; pydicom would make an object of each and check its text at length."""
    return DataElement(tag, "DS", "\\".join(decimals(numbers)), already_converted=True)


def items(*datasets: Dataset) -> Sequence:
    """Return a DICOM sequence of these items."""
    return Sequence(datasets)


def reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    """Return an item that refers to an object."""
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def new_object(
    header: StudyHeader,
    modality: str,
    sop_class_uid: str,
    sop_instance_uid: str | None,
    study_uid: str | None,
) -> Dataset:
    """Return a dataset with what all three kinds share: patient, study, series, equipment, SOP."""
    dataset = Dataset()
    dataset.SOPClassUID = sop_class_uid
    dataset.SOPInstanceUID = sop_instance_uid or header.uid(modality, header.series_label)
    dataset.InstanceCreationDate = header.date
    dataset.InstanceCreationTime = header.time
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = header.patient_name
    dataset.PatientID = header.patient_id
    dataset.PatientBirthDate = ""
    dataset.PatientSex = "F"
    dataset.StudyInstanceUID = study_uid or header.study
    dataset.StudyDate = header.date
    dataset.StudyTime = header.time
    dataset.StudyID = "SYNTHETIC"
    dataset.StudyDescription = header.study_description
    dataset.AccessionNumber = ""
    dataset.ReferringPhysicianName = ""
    dataset.Modality = modality
    dataset.SeriesInstanceUID = header.uid(modality, header.series_label, "series")
    dataset.SeriesNumber = "1"
    dataset.SeriesDate = header.date
    dataset.SeriesTime = header.time
    dataset.SeriesDescription = header.series_description
    dataset.OperatorsName = ""
    dataset.Manufacturer = "dosimetry"
    dataset.ManufacturerModelName = "synthetic"
    dataset.DeviceSerialNumber = "0"
    dataset.SoftwareVersions = "synthetic"
    return dataset


def save(path: Path, dataset: Dataset, transfer_syntax: str, *, compression: UID | None = None) -> None:
    """Write a dataset as a DICOM file, its pixels compressed where a syntax for them is named.

    Raises
    ------
    OutputError
        If the transfer syntax is not one of those offered, or the file cannot be written.
    """
    offered = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)
    if transfer_syntax not in offered:
        raise OutputError(
            "transfer syntax is not written here",
            file=path,
            expected=", ".join(uid.name for uid in offered),
            found=transfer_syntax,
        )
    meta: Any = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    # Our own, so that the bytes do not change with pydicom's version.
    meta.ImplementationClassUID = synthetic_uid("implementation")
    meta.ImplementationVersionName = "DOSIMETRY"
    dataset.file_meta = meta
    if compression is not None:
        dataset.compress(compression, generate_instance_uid=False)
    try:
        dataset.save_as(path, enforce_file_format=True)
    except OSError as error:
        raise OutputError("file cannot be written", file=path, found=error.strerror) from error
