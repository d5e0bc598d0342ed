"""A tiny exported case on disk, and how to spoil it."""

from __future__ import annotations

import bodies
import numpy as np
import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRBigEndian

from dosimetry.dicom.write import StudyHeader, write_dose, write_plan, write_structures
from dosimetry.model.dose import Dose
from dosimetry.model.plan import Beam, Plan, Prescription
from dosimetry.model.structures import StructureSet

NAMES = ("dose.dcm", "structures.dcm", "plan.dcm")
# The box of 20 x 20 x 20 mm lies within the grid, and the dose is 10 Gy + 0.1 Gy/mm along x.
BOX_MEAN_GY = 10.0


def small_dose(**changes):
    on = bodies.grid(origin=(-20.0, -20.0, -18.0), spacing=(4.0, 5.0, 6.0), shape=(7, 9, 11))
    made = bodies.dose_from(lambda x, y, z: 10 + 0.1 * x + 0 * y + 0 * z, on)
    return Dose(made.grid, made.values_gy, **changes)


def small_structures(**changes):
    box = bodies.prism(bodies.rectangle(-10, -10, 10, 10), -8.0, 4.0, 5, name="Box", number=1)
    ring = bodies.stack(
        {z: [bodies.rectangle(-12, -12, 12, 12), bodies.rectangle(-6, -6, 6, 6)] for z in (-4.0, 0.0, 4.0)},
        name="Ring",
        number=2,
    )
    return StructureSet((box, ring), label="TINY", **changes)


def small_plan(**changes):
    return Plan(
        label="TINY",
        prescriptions=(Prescription("Box", "VOLUME", 1, 10.0),),
        fraction_counts=(5,),
        beams=(Beam(1, "Medial", "PHOTON", "TREATMENT"),),
        approval="APPROVED",
        **changes,
    )


def export(folder, header=None, *, plan=True, label="", dose=None, **options):
    """Write dose, structures and plan that refer to one another; return their paths."""
    header = header or StudyHeader(patient_id="SYNTHETIC-TINY", series_label=label)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{label}{name}" for name in NAMES]
    structures = write_structures(paths[1], small_structures(), header)
    plan_uid = write_plan(paths[2], small_plan(), header, structure_set_uid=structures) if plan else None
    write_dose(paths[0], dose or small_dose(), header, plan_uid=plan_uid, structure_set_uid=structures, **options)
    return paths if plan else paths[:2]


def edit(path, change, target=None, **options):
    """Read a file with pydicom, let `change` work on the dataset, and write it."""
    dataset = pydicom.dcmread(path, force=True)
    change(dataset)
    dataset.save_as(target or path, **options)
    return target or path


def recode(path, transfer_syntax):
    """Write a file anew in another transfer syntax, from the same stored integers."""
    dataset = Dataset()
    for element in pydicom.dcmread(path):
        dataset.add(element)
    if transfer_syntax == ExplicitVRBigEndian and "PixelData" in dataset:  # pydicom takes pixels as they are
        bits = dataset.BitsAllocated
        swapped = np.frombuffer(dataset.PixelData, f"<u{bits // 8}").astype(f">u{bits // 8}").tobytes()
        dataset.PixelData = swapped
        dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)


def set_raw(dataset, keyword, value, vr="DS"):
    """Give an attribute these bytes, which pydicom writes as they are."""
    tag = Tag(keyword)
    value += b" " * (len(value) % 2)
    dataset[tag] = RawDataElement(tag, vr, len(value), value, 0, is_implicit_VR=False, is_little_endian=True)


def raw_contours(path, *contours, name="ROI", number=1, announced=True, kind="CLOSED_PLANAR"):
    """Write an RTSTRUCT with one ROI whose ContourData are these texts, as they are."""
    empty = StructureSet((bodies.prism(bodies.rectangle(0, 0, 1, 1), 0, 1, 1, name=name, number=number),))
    write_structures(path, empty, StudyHeader(patient_id="SYNTHETIC-RAW"))

    def change(dataset):
        made = []
        for text in contours:
            item = Dataset()
            item.ContourGeometricType = kind
            if announced:
                item.NumberOfContourPoints = str((text.count(b"\\") + 1) // 3)
            # OB keeps pydicom from decoding the text of a new item and writing what it understood
            item.add_new("ContourData", "OB", text + b" " * (len(text) % 2))
            made.append(item)
        dataset.ROIContourSequence[0].ContourSequence = made

    edit(path, change)
    return path


def points_text(points):
    return "\\".join(repr(float(value)) for value in np.ravel(points)).encode()
