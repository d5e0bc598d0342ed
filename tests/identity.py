"""A plan of somebody: the sample plans with an identity in every place where an export can carry one."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pydicom
from pydicom.uid import ExplicitVRLittleEndian

SURNAME, GIVEN = "Planterberg", "Zuleika"
PATIENT_ID, BIRTH_DATE, STUDY_DATE, ACCESSION = "PX4711-08", "19600229", "20231117", "ACC990077"
INSTITUTION, PHYSICIAN = "Sankt Quirin Klinikum", "Obermaierhofer"
UID_ROOT = "2.25.4711471147114711"
FOLDER = f"{SURNAME}_{GIVEN}_{PATIENT_ID}"

PLANTED = (SURNAME, GIVEN, PATIENT_ID, BIRTH_DATE, STUDY_DATE, ACCESSION, "Quirin", PHYSICIAN, UID_ROOT)
"""What must stand in no output. Letters of either case count."""


def plant(source: Path, target: Path) -> Path:
    """Copy a plan into a folder of the patient's name, with an identity in the headers and names of its files."""
    folder = target / FOLDER / source.name
    folder.mkdir(parents=True)
    raw: dict[str, str] = {}

    def fresh(uid):
        return raw.setdefault(str(uid), f"{UID_ROOT}{len(source.name):02d}{len(raw):03d}")

    for path in sorted(source.glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        _renumber(dataset, fresh)
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian  # not deflated: the test looks into the bytes
        dataset.PatientName = f"{SURNAME}^{GIVEN}"
        dataset.PatientID = PATIENT_ID
        dataset.PatientBirthDate = BIRTH_DATE
        dataset.StudyDate = dataset.SeriesDate = dataset.InstanceCreationDate = STUDY_DATE
        dataset.AccessionNumber = ACCESSION
        dataset.InstitutionName = INSTITUTION
        dataset.ReferringPhysicianName = dataset.OperatorsName = PHYSICIAN
        kind = {"RTDOSE": "RD", "RTSTRUCT": "RS", "RTPLAN": "RP"}[dataset.Modality]
        dataset.save_as(folder / f"{kind}.{SURNAME}^{GIVEN}.{BIRTH_DATE}.dcm".replace("^", "_"))
    return folder


def _renumber(dataset, fresh):
    """Give the instances, studies and frames of reference new UIDs; the same ones wherever they are referred to."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                _renumber(item, fresh)
        elif element.VR == "UI" and element.keyword.endswith("InstanceUID"):
            element.value = fresh(element.value)


def archived(folder: Path) -> Path:
    """Return the folder as a zip archive that has the patient's name, too."""
    path = folder.parent / f"{SURNAME}-{folder.name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{SURNAME}/{file.name}")
    return path


def copied(folder: Path, target: Path) -> Path:
    """Return another copy of a planted plan, to be spoiled."""
    return Path(shutil.copytree(folder, target / folder.parent.name / folder.name))


def leaks(text: str, *more: str) -> list[str]:
    """Return what of the identity, or of further texts, stands in a text."""
    low = text.lower()
    return [word for word in (*PLANTED, *more) if word.lower() in low]


def absolute_paths(text: str) -> list[str]:
    """Return what looks like an absolute path of this machine."""
    return re.findall(r"(?<![\w/.:])/(?:tmp|home|root|work|Users|var|private)/[^\s\"'<]*", text)
