"""``dosimetry risk``: its three formats, its warnings and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dosimetry.cli import main
from dosimetry.risk.models import load_models

PAIR = ("--heart-mean", "4.2", "--heart-mean-with-imn", "8.0")
REMEDY = "give a mean heart dose in Gy, or --list for the models"
RUNNER = CliRunner()


def risk(*arguments):
    return RUNNER.invoke(main.app, ["risk", *arguments])


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main.run(["risk", *arguments])
    told = capsys.readouterr()
    assert (caught.value.code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    return told.err.removeprefix("dosimetry: error: ").rstrip("\n")


def test_json_of_the_real_command():
    command = [sys.executable, "-m", "dosimetry", "risk", *PAIR, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert list(document) == [
        *("schema", "heart_mean_without_gy", "heart_mean_with_imn_gy", "risk", "warnings"),
        *("provenance", "intended_use"),
    ]
    assert document["schema"] == "dosimetry/risk/1"
    assert (document["heart_mean_without_gy"], document["heart_mean_with_imn_gy"]) == (4.2, 8.0)
    by_name = {entry["model"]: entry for entry in document["risk"]}
    assert list(by_name) == ["darby-7", "sardaro-4", "darby-7.4"]
    assert by_name["darby-7"]["added_err_pct"] == 26.6
    assert by_name["darby-7.4"]["added_err_pct"] == 28.12
    assert by_name["darby-7.4"]["added_err_ci_pct"] == [11.02, 55.1]
    assert by_name["darby-7.4"]["relative_increase_pct"] == pytest.approx(21.45, abs=5e-3)
    assert by_name["sardaro-4"]["added_err_pct"] == 15.2
    assert by_name["sardaro-4"]["added_err_ci_pct"] is None
    assert document["warnings"] == []
    assert document["provenance"]["models"] == [
        {"id": model.id, "doi": model.source.doi, "sha256": model.sha256} for model in load_models()
    ]
    assert document["provenance"]["settings"]["models"] == list(by_name)


def test_table():
    done = risk(*PAIR)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Mean heart dose 4.20 Gy without IMN, 8.00 Gy with IMN: +3.80 Gy"
    rows = {line.split()[0]: line for line in lines[4:7]}
    assert rows["darby-7"].split()[1:5] == ["7", "(3–14)", "29.4", "56.0"]
    assert rows["darby-7"].split()[5:] == ["+26.6", "(11.4–53.2)", "+20.6", "(10.1–33.5)"]
    assert rows["sardaro-4"].split()[1:] == ["4", "16.8", "32.0", "+15.2", "+13.0"]
    assert rows["darby-7.4"].split()[5:] == ["+28.1", "(11.0–55.1)", "+21.5", "(9.8–34.2)"]
    for text in (
        "percent of the unirradiated rate",
        "plan without IMN",
        "doi 10.1056/NEJMoa1209825",
        "major coronary",
    ):
        assert text in done.stdout
    assert lines[-1].startswith("Research and independent-check software.")
    assert "Warning" not in done.stdout


def test_csv():
    done = risk(*PAIR, "--format", "csv")
    rows = {row["model"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows["darby-7.4"]["added_err_pct"] == "28.12"
    assert (rows["darby-7.4"]["added_err_ci_low_pct"], rows["darby-7.4"]["added_err_ci_high_pct"]) == (
        "11.02",
        "55.1",
    )
    assert rows["sardaro-4"]["added_err_ci_low_pct"] == ""
    assert {row["warnings"] for row in rows.values()} == {""}


def test_warnings_stand_in_every_format():
    pair = ("--heart-mean", "30", "--heart-mean-with-imn", "8")
    codes = {"dose-extrapolated", "increment-negative"}
    document = json.loads(risk(*pair, "--format", "json").stdout)
    assert {warning["code"] for warning in document["warnings"]} == codes
    assert {warning["code"] for warning in document["risk"][0]["warnings"]} == codes
    (row, _, _) = csv.DictReader(io.StringIO(risk(*pair, "--format", "csv").stdout))
    assert all(f"[{code}]" in row["warnings"] for code in codes)
    table = risk(*pair).stdout
    assert all(f"[{code}]" in table for code in codes)
    assert table.count("increment-negative") == 1


def test_strict_turns_warnings_into_exit_1(capsys):
    outside = ("--heart-mean", "4", "--heart-mean-with-imn", "30")
    assert risk(*PAIR, "--strict").exit_code == 0
    assert risk(*outside).exit_code == 0
    with pytest.raises(SystemExit) as caught:
        main.run(["risk", *outside, "--strict", "--format", "json"])
    told = capsys.readouterr()
    assert caught.value.code == 1
    assert len(json.loads(told.out)["risk"]) == 3
    assert told.err == "dosimetry: 2 warnings and --strict: exit code 1\n"


def test_models_are_chosen_by_name():
    document = json.loads(risk(*PAIR, "--model", "sardaro-4", "--format", "json").stdout)
    assert [entry["model"] for entry in document["risk"]] == ["sardaro-4"]
    assert [entry["id"] for entry in document["provenance"]["models"]] == ["sardaro-4"]


def test_list():
    document = json.loads(risk("--list", "--format", "json").stdout)
    assert [model["id"] for model in document["models"]] == ["darby-7", "sardaro-4", "darby-7.4"]
    assert [model["dose_range_gy"] for model in document["models"]] == [[0.03, 27.72], None, [0.03, 27.72]]
    table = risk("--list").stdout
    assert table.splitlines()[4].split() == ["darby-7", "7", "(3–14)", "linear", "0.03–27.72", "yes"]
    rows = list(csv.DictReader(io.StringIO(risk("--list", "--format", "csv").stdout)))
    assert [row["range_high_gy"] for row in rows] == ["27.72", "", "27.72"]


def test_identify_is_accepted_and_changes_nothing():
    assert risk(*PAIR, "--identify").stdout == risk(*PAIR).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], f"--heart-mean: missing; {REMEDY}"),
        (["--heart-mean", "4"], f"--heart-mean-with-imn: missing; {REMEDY}"),
        (
            ["--heart-mean", "420", "--heart-mean-with-imn", "800"],
            (
                "mean dose without IMN: implausible: cGy by mistake?; "
                "expected at most 60 Gy; found 420; give the dose in Gy"
            ),
        ),
        (
            ["--heart-mean", "4", "--heart-mean-with-imn", "nan"],
            "mean dose with IMN: not a dose; expected a finite number of Gy, 0 or more; found nan",
        ),
        (
            ["--heart-mean", "-1", "--heart-mean-with-imn", "8"],
            "mean dose without IMN: not a dose; expected a finite number of Gy, 0 or more; found -1",
        ),
        (
            [*PAIR, "--model", "[red]x"],
            "[red]x: no such risk model; expected one of darby-7, sardaro-4, darby-7.4",
        ),
    ],
)
def test_unusable_input_is_one_line(capsys, arguments, message):
    assert refused(capsys, *arguments) == message


def test_models_of_other_organs_are_refused(capsys, monkeypatch):
    from dataclasses import replace

    lung = replace(load_models()[0], id="lung-1", structure="lungs", dose_metric="mean lung dose")
    monkeypatch.setattr("dosimetry.risk.models.load_models", lambda: (lung,))
    assert refused(capsys, *PAIR, "--model", "lung-1").startswith("--model lung-1: not a model of mean heart dose")


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals there")
@pytest.mark.parametrize("width", [80, 120])
def test_table_fits_the_terminal(width):
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-m", "dosimetry", "risk", *PAIR]
    with subprocess.Popen(command, stdout=follower, env={**environment, "TERM": "xterm"}) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(leader)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r", "")
    assert 80 <= max(len(line) for line in text.splitlines()) <= width
    assert all(part in text for part in ("+28.1", "(11.0–55.1)", "(9.8–34.2)", "7.4"))
