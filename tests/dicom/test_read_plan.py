"""What a plan prescribes, in how many fractions, with which beams, and whether somebody approved it."""

from __future__ import annotations

from pathlib import Path

import exports
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from dosimetry.dicom.plan import read_plan
from dosimetry.dicom.write import StudyHeader, write_plan
from dosimetry.errors import DicomFileError, NotDicomError
from dosimetry.model.plan import Beam, Plan, Prescription
from dosimetry.warnings import Code


@pytest.fixture
def stored(tmp_path):
    def store(change=None, plan=None):
        path = tmp_path / "plan.dcm"
        write_plan(path, plan or exports.small_plan(), StudyHeader(patient_id="SYNTHETIC-PLAN"))
        return exports.edit(path, change) if change else path

    return store


def item(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def test_tiny_plan(stored):
    plan = read_plan(stored())
    assert plan.prescriptions == (Prescription("Box", "VOLUME", 1, 10.0),)
    assert plan.beams == (Beam(1, "Medial", "PHOTON", "TREATMENT"),)
    assert (plan.fraction_counts, plan.fractions, plan.approval, plan.label) == ((5,), 5, "APPROVED", "TINY")
    assert plan.warnings == ()


def test_several_prescriptions_in_order(stored):
    def change(dataset):
        dataset.DoseReferenceSequence = [
            item(DoseReferenceType="TARGET", DoseReferenceStructureType="SITE", TargetPrescriptionDose="14"),
            item(DoseReferenceType="ORGAN_AT_RISK", DoseReferenceStructureType="SITE", TargetPrescriptionDose="5"),
            item(DoseReferenceType="TARGET", DoseReferenceStructureType="POINT", ReferencedROINumber="4"),
            item(DoseReferenceType="TARGET", DoseReferenceStructureType="COORDINATES", TargetPrescriptionDose=""),
            item(
                DoseReferenceType="TARGET ",
                DoseReferenceStructureType="VOLUME",
                ReferencedROINumber="7",
                DoseReferenceDescription="Boost",
                TargetPrescriptionDose="1.131e1",
            ),
        ]  # fmt: skip

    plan = read_plan(stored(change))
    assert plan.prescriptions == (Prescription("", "SITE", None, 14.0), Prescription("Boost", "VOLUME", 7, 11.31))


@pytest.mark.parametrize(("counts", "fractions"), [((15,), 15), ((15, 5), None), ((None,), None), ((), None)])
def test_fractions(stored, counts, fractions):
    plan = read_plan(stored(plan=Plan("P", fraction_counts=counts, approval="APPROVED")))
    assert (plan.fraction_counts, plan.fractions) == (counts, fractions)


@pytest.mark.parametrize(
    ("status", "shown"), [("UNAPPROVED", "UNAPPROVED"), ("REJECTED", "REJECTED"), ("", "not stated")]
)
def test_unapproved_is_said(stored, status, shown):
    plan = read_plan(stored(lambda dataset: setattr(dataset, "ApprovalStatus", status)))
    assert plan.approval == status
    assert [(c.code, c.text) for c in plan.warnings] == [
        (Code.DOSE_NOT_APPROVED, f"the plan is not approved (ApprovalStatus {shown})")
    ]


def test_ion_plan(stored):
    def change(dataset):
        dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.8"
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        del dataset.BeamSequence
        dataset.IonBeamSequence = [
            item(BeamNumber="2", BeamName="LAO", RadiationType="PROTON", TreatmentDeliveryType="TREATMENT")
        ]

    plan = read_plan(stored(change))
    assert plan.beams == (Beam(2, "LAO", "PROTON", "TREATMENT"),)
    assert plan.prescriptions[0].dose_gy == 10.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda dataset: exports.set_raw(dataset.DoseReferenceSequence[0], "TargetPrescriptionDose", b"ten"),
            "Target Prescription Dose (TargetPrescriptionDose): a number cannot be read; expected a decimal string",
        ),
        (
            lambda dataset: dataset.FractionGroupSequence[0].add_new(0x300A0078, "LO", "five"),
            "Number of Fractions Planned (NumberOfFractionsPlanned) is not an integer",
        ),
    ],
)
def test_text_for_numbers(stored, change, words):
    with pytest.raises(DicomFileError) as caught:
        read_plan(stored(change))
    assert str(caught.value).startswith("plan.dcm: ")
    assert words in str(caught.value)


def test_other_kinds_are_refused(tmp_path):
    dose, structures, _ = exports.export(tmp_path)
    for path, kind in ((dose, "RTDOSE"), (structures, "RTSTRUCT")):
        with pytest.raises(NotDicomError, match=f"{path.name}: is not an RT Plan; expected RTPLAN; found {kind}"):
            read_plan(path)


def test_plan_of_pydicom():
    path = get_testdata_file("rtplan.dcm", download=False)
    if path is None:
        pytest.skip("this pydicom comes without rtplan.dcm")
    plan = read_plan(Path(path))
    dataset = pydicom.dcmread(path)
    assert plan.fraction_counts == (30,)
    assert plan.label == dataset.RTPlanLabel
    assert [(p.structure_type, p.dose_gy) for p in plan.prescriptions] == [("COORDINATES", 30.826203)]
    assert [(b.number, b.radiation) for b in plan.beams] == [(1, "PHOTON")]


def test_real_plan(shared_data):
    plan = read_plan(shared_data / "breast_boost" / "rtplan.dcm")
    assert [(p.structure_type, p.dose_gy) for p in plan.prescriptions] == [
        ("SITE", 14.0),
        ("COORDINATES", 11.3113869239676),
    ]
    assert plan.fractions == 7
    assert Code.DOSE_NOT_APPROVED in {caution.code for caution in plan.warnings}
