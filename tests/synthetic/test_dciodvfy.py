"""The sample files pass dciodvfy of dicom3tools without an error."""

from __future__ import annotations

import shutil
import subprocess

import pydicom
import pytest

from dosimetry.dicom.write import DEFLATED, EXPLICIT
from dosimetry.synthetic.catalogue import SAMPLE_PLANS

KINDS = {
    "CT": "CTImage",
    "RTDOSE": "RTDose",
    "RTPLAN": "RTPlan",
    "RTSTRUCT": "RTStructureSet",
}


@pytest.fixture(scope="module")
def check():
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip("dciodvfy (Debian: dicom3tools) is not installed")

    def run(path, scratch):
        dataset = pydicom.dcmread(path)
        if dataset.file_meta.TransferSyntaxUID == DEFLATED:
            # dciodvfy does not inflate.
            path = scratch / path.name
            dataset.file_meta.TransferSyntaxUID = EXPLICIT
            dataset.save_as(path)
        done = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
        lines = (done.stdout + done.stderr).splitlines()
        ion = dataset.Modality == "RTPLAN" and "IonBeamSequence" in dataset
        assert ("RTIonPlan" if ion else KINDS[dataset.Modality]) in lines
        return [line for line in lines if "Error" in line]

    return run


@pytest.mark.parametrize("folder", [plan.folder for plan in SAMPLE_PLANS])
def test_no_error_in_a_plan(project_root, tmp_path, check, folder):
    paths = sorted((project_root / "sample_plans" / folder).glob("*.dcm"))
    assert {path.name for path in paths} >= {"rtdose.dcm", "rtplan.dcm", "rtstruct.dcm"}
    for path in paths:
        assert check(path, tmp_path) == [], path.name


@pytest.mark.parametrize("anatomy", sorted({plan.anatomy for plan in SAMPLE_PLANS}))
def test_no_error_in_a_ct(project_root, tmp_path, check, anatomy):
    paths = sorted((project_root / "sample_plans" / "ct" / anatomy).glob("*.dcm"))
    assert len(paths) == 105
    for path in (paths[0], paths[52], paths[-1]):
        assert check(path, tmp_path) == [], path.name
