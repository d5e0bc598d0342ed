"""Files of exports as planning systems write them, in trees of any shape."""

from __future__ import annotations

import exports
import pydicom

from dosimetry.dicom.write import StudyHeader, write_dose
from dosimetry.model.dose import Dose, DoseType, Summation

UIDS = ("dose", "structures", "plan")


def header(patient="SYNTHETIC-TINY", **values):
    return StudyHeader(patient_id=patient, **values)


def setting(**values):
    def change(dataset):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def without(*keywords):
    def change(dataset):
        for keyword in keywords:
            if keyword in dataset:
                delattr(dataset, keyword)

    return change


def refer(keyword, uid):
    def change(dataset):
        dataset[keyword].value[0].ReferencedSOPInstanceUID = uid

    return change


def uid(path):
    return pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID


def more_dose(path, label, *, plan=None, structures=None, patient="SYNTHETIC-TINY", factor=1.0, **about):
    """Write a further dose of a patient, which refers to these files; return its path."""
    small = exports.small_dose()
    dose = Dose(small.grid, small.values_gy * factor, **about)
    write_dose(
        path,
        dose,
        header(patient, series_label=label),
        plan_uid=plan and uid(plan),
        structure_set_uid=structures and uid(structures),
    )
    return path


def bare(path):
    """Write a file anew without TransferSyntaxUID, in implicit little endian."""
    dataset = pydicom.dcmread(path)
    del dataset.file_meta.TransferSyntaxUID
    dataset.save_as(path, implicit_vr=True, little_endian=True)


def eclipse(folder, patient):
    """The dose refers to its plan alone, the plan to the structure set."""
    paths = exports.export(folder, header(patient))
    exports.edit(paths[0], without("ReferencedStructureSetSequence"))
    return paths


def monaco(folder, patient):
    """No file states its transfer syntax, and the dose refers to nothing."""
    paths = exports.export(folder, header(patient))
    exports.edit(paths[0], without("ReferencedStructureSetSequence", "ReferencedRTPlanSequence"))
    for path in paths:
        bare(path)
    return paths


def raystation(folder, patient):
    """Beside the dose of the plan lie those of its beams."""
    paths = exports.export(folder, header(patient))
    for number in (1, 2):
        more_dose(
            folder / f"beam{number}.dcm",
            f"beam{number}",
            plan=paths[2],
            structures=paths[1],
            patient=patient,
            factor=0.5,
            summation=Summation.BEAM,
        )
    return paths


def proton(folder, patient):
    """One plan, its physical dose and its RBE-weighted one."""
    paths = exports.export(folder, header(patient))
    more_dose(
        folder / "rbe.dcm",
        "rbe",
        plan=paths[2],
        structures=paths[1],
        patient=patient,
        factor=1.1,
        dose_type=DoseType.EFFECTIVE,
    )
    return paths
