"""``dosimetry names``: mapping, starter file, exit codes."""

from __future__ import annotations

import csv
import io
import json
import tomllib

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
