"""``dosimetry names``: mapping, starter file, exit codes."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tomllib
from pathlib import Path

import pydicom
import pytest

from dosimetry.cli import main


@pytest.fixture(scope="module")
def plan(project_root):
    return str(project_root / "sample_plans" / "left_fb_tangents_imn")


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main.run(["names", *arguments])
    out, err = capsys.readouterr()
    return stop.value.code, out, err


def test_the_mapping_in_every_format(capsys, plan):
    code, out, _ = run(capsys, plan, "--format", "json")
    assert code == 0
    document = json.loads(out)
    assert document["usable"] is True
    rois = {roi["name"]: roi for roi in document["rois"]}
    assert (rois["Lung_L"]["role"], rois["Lung_L"]["side"], rois["Lung_L"]["position"]) == ("lung", "left", "left")
    _, out, _ = run(capsys, plan, "--format", "csv")
    assert {row["name"]: row["role"] for row in csv.DictReader(io.StringIO(out))}["A_LAD"] == "lad"
    _, out, _ = run(capsys, plan)
    assert "TG-263 name" in out


def test_a_starter_file_is_written_once_and_read_back(capsys, plan, tmp_path):
    target = tmp_path / "our.toml"
    code, _, err = run(capsys, plan, "--write-aliases", str(target))
    assert (code, err) == (0, "dosimetry: aliases: our.toml\n")
    assert "names" in tomllib.loads(target.read_text(encoding="utf-8"))
    code, out, err = run(capsys, plan, "--write-aliases", str(target))
    assert (code, out) == (2, "")
    assert "exists already" in err
    target.write_text('[names]\n"CTVp_breast_L" = "nothing"\n', encoding="utf-8")
    code, out, _ = run(capsys, plan, "--aliases", str(target), "--format", "json")
    assert {roi["name"]: roi["role"] for roi in json.loads(out)["rois"]}["CTVp_breast_L"] is None
    assert run(capsys, plan, "--aliases", str(target), "--strict")[0] == 1


def test_a_structure_set_needs_no_dose(capsys, plan, tmp_path):
    whole = run(capsys, plan, "--format", "csv")
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(Path(plan) / "rtstruct.dcm", alone / "rs.dcm")
    assert run(capsys, str(alone), "--format", "csv") == whole
    assert run(capsys, str(alone / "rs.dcm"), "--format", "csv") == whole
    shutil.copy(alone / "rs.dcm", alone / "copy.dcm")  # the same content is no second set
    assert run(capsys, str(alone), "--format", "csv") == whole


def test_several_structure_sets_are_never_chosen_by_chance(capsys, plan, tmp_path):
    shutil.copy(Path(plan) / "rtstruct.dcm", tmp_path / "left.dcm")
    shutil.copy(Path(plan).parent / "right_fb_tangents" / "rtstruct.dcm", tmp_path / "right.dcm")
    code, out, err = run(capsys, str(tmp_path))
    assert (code, out) == (2, "")
    assert "2 structure sets" in err
    assert "--structures" in err
    code, out, _ = run(capsys, str(tmp_path), "--structures", "right.dcm", "--format", "csv")
    assert code == 0
    assert "CTV INM Rt" in out
    (tmp_path / "left.dcm").unlink()
    (tmp_path / "right.dcm").unlink()
    code, _, err = run(capsys, str(tmp_path))
    assert code == 2
    assert "holds no structure set" in err


def test_mirrored_structures_are_told_without_a_dose(capsys, plan, tmp_path):
    data = pydicom.dcmread(Path(plan) / "rtstruct.dcm")
    for roi in data.ROIContourSequence:
        for contour in roi.ContourSequence:
            numbers = [float(number) for number in contour.ContourData]
            numbers[::3] = [-x for x in numbers[::3]]
            contour.ContourData = [f"{number:.6g}" for number in numbers]
    data.save_as(tmp_path / "mirrored.dcm")
    code, out, _ = run(capsys, str(tmp_path / "mirrored.dcm"), "--format", "json")
    assert code == 1
    assert "mirrored" in json.loads(out)["problem"]
