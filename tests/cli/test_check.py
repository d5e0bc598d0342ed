"""``dosimetry check`` on the sample plans: tables, files, exit codes, refusals."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pydicom
import pytest

from dosimetry.cli import main

SHEET = """
title = "Mine"
[source]
citation = "C"
where = "W"
verified = true
[[constraint]]
part = "heart"
goal = "Mean[Gy] {heart}"
[[constraint]]
part = "lung_ipsilateral"
goal = "V20Gy[%] <= 1"
acceptable = "V20Gy[%] <= 99"
"""


@pytest.fixture(scope="module")
def plan(project_root):
    return str(project_root / "sample_plans" / "left_fb_tangents_imn")


@pytest.fixture
def sheet(tmp_path):
    def made(heart):
        path = tmp_path / "mine.toml"
        path.write_text(SHEET.format(heart=heart), encoding="utf-8")
        return str(path)

    return made


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main.run(["check", *arguments])
    out, err = capsys.readouterr()
    return stop.value.code, out, err


@pytest.mark.parametrize(
    ("heart", "strict", "code", "verdict"),
    [("<= 99", False, 0, "acceptable"), ("<= 99", True, 1, "acceptable"), ("<= 1", False, 1, "fail")],
)
def test_exit_codes(capsys, plan, sheet, heart, strict, code, verdict):
    arguments = [plan, "--protocol", sheet(heart), "--format", "json", *["--strict"] * strict]
    exit_code, out, _ = run(capsys, *arguments)
    assert exit_code == code
    document = json.loads(out)
    assert document["schema"] == "dosimetry/check/1"
    found = document["protocols"][0]
    assert found["verdict"] == verdict
    assert [line["verdict"] for line in found["constraints"]] == [
        "fail" if code and not strict else "pass",
        "acceptable",
    ]
    assert found["laterality"] == "left"


def test_a_missing_structure_ends_in_1_and_says_why(capsys, plan):
    code, out, _ = run(capsys, plan, "--protocol", "fast-forward")
    assert code == 1
    assert "not evaluable" in out
    assert "the limit is for 5 fractions, the plan has 25" in out
    assert "3 of 3 limits were not seen at their source" in out


def test_numbers_agree_in_every_format(capsys, plan, sheet, tmp_path):
    target = tmp_path / "out.xml"
    arguments = [plan, "--protocol", sheet("<= 1"), "--interval"]
    _, out, err = run(capsys, *arguments, "--format", "json", "--junit", str(target))
    assert "JUnit: out.xml" in err
    heart = json.loads(out)["protocols"][0]["constraints"][0]
    _, table, _ = run(capsys, *arguments, "--format", "csv")
    row = next(csv.DictReader(io.StringIO(table)))
    assert float(row["value"]) == pytest.approx(heart["value"], rel=1e-9)
    assert [float(row["low"]), float(row["high"])] == pytest.approx(heart["interval"], rel=1e-9)
    assert (row["goal"], row["verdict"], row["structure"]) == ("Mean[Gy] ≤ 1 Gy", "fail", "Heart")
    root = ET.parse(target).getroot()  # noqa: S314  written by the test's own run
    suite = root.find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert f"{heart['value']:.6g}" in suite.find("testcase/failure").get("message")
    _, shown, _ = run(capsys, *arguments)
    assert f"{heart['value']:.2f} (" in shown


def test_the_list_of_sheets(capsys):
    code, out, _ = run(capsys, "--list", "--format", "json")
    assert code == 0
    listed = {entry["id"]: entry for entry in json.loads(out)["protocols"]}
    assert listed["degro-2019"]["doi"] == "10.1007/s00066-018-1378-z"
    assert listed["skagen-1"]["constraints"][0]["goal"] == {"15": "V17Gy[%] ≤ 10 %", "25": "V20Gy[%] ≤ 10 %"}
    _, table, _ = run(capsys, "--list")
    assert all(name in table for name in listed)
    _, rows, _ = run(capsys, "--list", "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(rows)))) == len(listed)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no plan is given"),
        (["{plan}"], "--protocol: no protocol is given; 'dosimetry check --list' shows them"),
        (["{plan}", "--protocol", "nowhere.toml"], "nowhere.toml: file does not exist"),
        (["{plan}", "--protocol", "rtog"], "no protocol named 'rtog'"),
        (["{plan}", "--protocol", "degro-2019", "--laterality", "up"], "--laterality: cannot be 'up'"),
        (["{plan}", "--protocol", "nsabp-b51", "--laterality", "right"], "contradict each other"),
        (["{plan}", "--protocol", "degro-2019", "--heart", "Hart"], "Hart"),
        (["{plan}", "--protocol", "degro-2019", "--dose-is", "half"], "--dose-is: cannot be 'half'"),
        (["nowhere", "--protocol", "degro-2019"], "nowhere: no such file or folder"),
    ],
)
def test_bad_usage_is_one_line(capsys, plan, arguments, message):
    code, out, err = run(capsys, *(argument.replace("{plan}", plan) for argument in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_no_identity_in_any_format(capsys, plan, sheet):
    dataset = pydicom.dcmread(min(Path(plan).iterdir()), stop_before_pixels=True)
    for arguments in ([], ["--format", "json"], ["--format", "csv"]):
        _, out, _ = run(capsys, plan, "--protocol", sheet("<= 1"), *arguments)
        assert str(dataset.PatientID) not in out
        assert dataset.SOPInstanceUID not in out
