"""The sample files pass dciodvfy of dicom3tools without an error."""

from __future__ import annotations

import shutil
import subprocess

import pydicom
import pytest

from dosimetry.dicom.write import DEFLATED, EXPLICIT
from dosimetry.synthetic.plans import SAMPLE_PLANS


@pytest.mark.parametrize("name", ["rtdose.dcm", "rtplan.dcm", "rtstruct.dcm"])
@pytest.mark.parametrize("folder", [plan.folder for plan in SAMPLE_PLANS])
def test_no_error(project_root, tmp_path, folder, name):
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip("dciodvfy (Debian: dicom3tools) is not installed")
    path = project_root / "sample_plans" / folder / name
    dataset = pydicom.dcmread(path)
    if dataset.file_meta.TransferSyntaxUID == DEFLATED:
        # dciodvfy does not inflate.
        path = tmp_path / name
        dataset.file_meta.TransferSyntaxUID = EXPLICIT
        dataset.save_as(path)
    run = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
    lines = (run.stdout + run.stderr).splitlines()
    assert {"rtdose.dcm": "RTDose", "rtplan.dcm": "RTPlan", "rtstruct.dcm": "RTStructureSet"}[name] in lines
    assert [line for line in lines if "Error" in line] == []
