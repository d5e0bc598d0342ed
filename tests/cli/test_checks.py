"""``dosimetry dvh --against-tps`` and ``--second-check``: three formats, exit codes, hostile names, privacy."""

from __future__ import annotations

import csv
import io
import json

import exports
import pydicom
import pytest
import tps_dvhs
from typer.testing import CliRunner

from dosimetry.cli.main import app

METRICS = ("--metric", "Mean[Gy]", "--metric", "D2%[Gy]")


def run(*arguments):
    return CliRunner().invoke(app, ["dvh", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path):
    exports.export(tmp_path / "case")
    tps_dvhs.add(tmp_path / "case" / "dose.dcm", tps_dvhs.item(*tps_dvhs.box_data()))
    return tmp_path / "case"


@pytest.fixture
def wrong(folder):
    widths, volumes = tps_dvhs.box_data()
    tps_dvhs.add(folder / "dose.dcm", tps_dvhs.item(1.1 * widths, volumes))
    return folder


def test_json_holds_both_values_the_difference_and_what_was_found(folder):
    done = run(folder, "--structure", "Box", *METRICS, "--against-tps", "--second-check", "--format", "json")
    assert done.exit_code == 0
    (roi,) = json.loads(done.stdout)["structures"]
    assert list(roi)[-2:] == ["against_tps", "second_check"]
    tps, second = roi["against_tps"], roi["second_check"]
    assert tps["status"] == "agrees"
    assert list(tps["metrics"]) == ["Volume[cc]", "Mean[Gy]", "D2%[Gy]"]
    mean = tps["metrics"]["Mean[Gy]"]
    assert mean["here"] == roi["metrics"]["Mean[Gy]"]
    assert mean["there"] - mean["here"] == pytest.approx(mean["difference"])
    low, high = mean["there_bounds"]
    assert low <= mean["there"] <= high
    assert mean["here_bounds"][0] <= mean["here"] <= mean["here_bounds"][1]
    assert "calculation interval" in tps["rule"]
    other = second["metrics"]["Mean[Gy]"]
    assert other["there"] == pytest.approx(10.0, abs=0.05)
    assert abs(other["difference"]) <= other["tolerance"]
    assert "placed elsewhere" in second["rule"]


def test_csv_holds_them_too(folder):
    done = run(folder, "--structure", "Box", *METRICS, "--against-tps", "--second-check", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout))
    for key in ("tps", "second"):
        value, difference = float(row[f"Mean[Gy] {key}"]), float(row[f"Mean[Gy] {key} difference"])
        assert value - float(row["Mean[Gy]"]) == pytest.approx(difference, abs=1e-8)
        assert row[f"Mean[Gy] {key} status"] == "agrees"
    assert float(row["Volume[cc] tps"]) == 8.0
    assert float(row["Mean[Gy] tps low"]) <= float(row["Mean[Gy] tps"]) <= float(row["Mean[Gy] tps high"])
    assert float(row["Mean[Gy] second tolerance"]) > 0
    assert row["Mean[Gy] tps tolerance"] == row["Mean[Gy] second low"] == ""


def test_table_shows_them_and_the_rule(folder):
    done = run(folder, "--structure", "Box", *METRICS, "--against-tps")
    assert "Beside the planning system: 3 values agree, 0 differ, 0 unchecked" in done.stdout
    line = next(line for line in done.stdout.splitlines() if "Mean[Gy]" in line and "(" in line)
    assert line.split()[:2] == ["Mean[Gy]", "10.000"]
    assert "lies outside of the calculation interval" in done.stdout


def test_without_the_options_nothing_changes(folder):
    for style in ("json", "csv", "table"):
        assert "tps" not in run(folder, "--structure", "Box", "--format", style).stdout


def test_a_difference_is_flagged_everywhere_and_fails_only_strictly(wrong):
    given = (wrong, "--structure", "Box", *METRICS, "--against-tps")
    table = run(*given)
    assert table.exit_code == 0
    assert "DIFFERS" in table.stdout
    assert "Warning: Box: differs from the planning system in Mean[Gy], D2%[Gy] [tps-dvh-differs]" in table.stdout
    assert run(*given, "--strict").exit_code == 1
    (roi,) = json.loads(run(*given, "--format", "json").stdout)["structures"]
    assert roi["against_tps"]["status"] == "differs"
    assert "tps-dvh-differs" in [caution["code"] for caution in roi["warnings"]]
    (row,) = csv.DictReader(io.StringIO(run(*given, "--format", "csv").stdout))
    assert row["Mean[Gy] tps status"] == "differs"
    assert "tps-dvh-differs" in row["warnings"]


def test_agreement_passes_strictly(folder):
    given = ("--structure", "Box", *METRICS, "--against-tps", "--strict")
    assert run(folder, *given).exit_code == 0


def test_what_was_not_checked_is_no_pass(folder):
    done = run(folder, "--structure", "Ring", *METRICS, "--against-tps", "--strict")
    assert done.exit_code == 1
    assert "the dose file holds no histogram of it [tps-dvh-not-compared]" in done.stdout
    assert "unchecked" in done.stdout


def test_a_damaged_histogram_warns_and_the_numbers_stay(folder):
    tps_dvhs.add(folder / "dose.dcm", tps_dvhs.item([1.0], [1.0], DVHNumberOfBins="9"))
    given = (folder, "--structure", "Box", *METRICS, "--format", "json")
    plain, told = (json.loads(run(*given, *more).stdout)["structures"][0] for more in ((), ("--against-tps",)))
    assert told["metrics"] == plain["metrics"]
    assert told["against_tps"]["metrics"]["Mean[Gy]"]["status"] == "not-checked"
    assert "DVHNumberOfBins" in told["against_tps"]["metrics"]["Mean[Gy]"]["reason"]


def test_a_structure_without_numbers_has_no_opinion(folder):
    def change(dataset):
        del dataset.ROIContourSequence[1].ContourSequence

    exports.edit(folder / "structures.dcm", change)
    done = run(folder, *METRICS, "--against-tps", "--second-check", "--format", "json")
    _, ring = json.loads(done.stdout)["structures"]
    assert (ring["against_tps"], ring["second_check"]) == (None, None)


def test_hostile_names_and_units_stay_on_their_line(folder):
    def rename(dataset):
        dataset.StructureSetROISequence[0].ROIName = "=cmd\x1b[31m[bold]Box\u202e"

    def spoil(dataset):
        exports.set_raw(dataset.DVHSequence[0], "DVHVolumeUnits", b"\x1b[2JPER_U", "CS")

    exports.edit(folder / "structures.dcm", rename)
    exports.edit(folder / "dose.dcm", spoil)
    for style in ("json", "csv", "table"):
        done = run(folder, *METRICS, "--against-tps", "--second-check", "--format", style)
        assert done.exit_code == 0, done.output
        assert "\x1b" not in done.stdout
        assert "\\u001b" not in done.stdout
        assert "\u202e" not in done.stdout


def test_no_identity_is_shown(folder):
    for path in folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID = "SECRET^NAME", "SECRET-ID-77"
        dataset.save_as(folder / f"SECRET-FILE-{path.name}")
        path.unlink()
    for style in ("json", "csv", "table"):
        done = run(folder, *METRICS, "--against-tps", "--second-check", "--format", style)
        assert "SECRET" not in done.output
        assert str(folder) not in done.output


def test_files_named_one_by_one_are_checked(folder):
    paths = (folder / "dose.dcm", folder / "structures.dcm")
    done = run(*paths, "--structure", "Box", *METRICS, "--second-check", "--format", "json")
    assert json.loads(done.stdout)["structures"][0]["second_check"]["metrics"]["Mean[Gy]"]["status"] == "agrees"


def test_a_real_export_as_a_table(shared_data):
    done = run(shared_data / "breast_boost", "--structure", "Heart", *METRICS, "--against-tps", "--second-check")
    assert "Beside the planning system: 3 values agree, 0 differ, 0 unchecked" in done.stdout
    assert "Beside dicompyler-core: 3 values agree, 0 differ, 0 unchecked" in done.stdout
    assert "percent of about 14 Gy" in done.stdout
