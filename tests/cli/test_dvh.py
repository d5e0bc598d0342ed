"""``dosimetry dvh`` on a sample plan: the three formats, selection, plots, privacy, start-up."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pydicom
import pytest
from command import dosimetry

import dosimetry as public
from dosimetry.dvh.interval import INTERVAL_MEANING
from dosimetry.dvh.metrics import DEFAULT_METRICS


@pytest.fixture(scope="module")
def plan(project_root):
    return project_root / "sample_plans" / "left_fb_tangents"


@pytest.fixture(scope="module")
def document(plan):
    done = dosimetry("dvh", plan, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_keeps_its_contract(document):
    assert list(document) == ["schema", "dose", "structures", "warnings", "provenance"]
    heart = next(roi for roi in document["structures"] if roi["name"] == "Heart")
    assert list(heart) == ["number", "name", "volume_cc", "outside_grid_cc", "metrics", "warnings"]
    assert tuple(heart["metrics"]) == DEFAULT_METRICS
    assert heart["metrics"]["Mean[Gy]"] == pytest.approx(3.945, abs=0.005)
    assert heart["outside_grid_cc"] == 0.0
    body = next(roi for roi in document["structures"] if roi["name"] == "Body")
    assert [caution["code"] for caution in body["warnings"]] == ["outside-grid"]
    assert {entry["kind"] for entry in document["provenance"]["files"]} == {"RTDOSE", "RTSTRUCT", "RTPLAN"}


def test_csv_holds_the_same_numbers(plan, document):
    done = dosimetry("dvh", plan, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["name"] for row in rows] == [roi["name"] for roi in document["structures"]]
    for row, roi in zip(rows, document["structures"], strict=True):
        for name, value in roi["metrics"].items():
            assert float(row[name]) == value
    assert "outside-grid" in next(row["warnings"] for row in rows if row["name"] == "Body")


def test_table_shows_every_structure_and_warning(plan, document):
    done = dosimetry("dvh", plan)
    for roi in document["structures"]:
        assert roi["name"] in done.stdout
    assert "Warning: Body: 5.85% of the volume lies outside the dose grid" in done.stdout
    assert "No regulatory clearance has been sought" in done.stdout
    assert done.returncode == 0


def test_structures_and_metrics_are_chosen(plan, document):
    done = dosimetry(
        *("dvh", plan, "--structure", "A_LAD", "--structure", "#4", "--format", "json", "--prescription", "50"),
        *("--metric", "v20gy[%]", "--metric", "D2cc[%]"),
    )
    chosen = json.loads(done.stdout)["structures"]
    assert [roi["name"] for roi in chosen] == ["A_LAD", document["structures"][3]["name"]]
    assert list(chosen[0]["metrics"]) == ["V20Gy[%]", "D2cc[%]"]
    everything = {roi["name"]: roi["metrics"] for roi in document["structures"]}
    assert chosen[0]["metrics"]["V20Gy[%]"] == everything["A_LAD"]["V20Gy[%]"]


def test_metric_that_cannot_be_evaluated_is_null_with_its_reason(plan):
    done = dosimetry("dvh", plan, "--structure", "A_LAD", "--metric", "D10cc[Gy]", "--format", "json")
    (roi,) = json.loads(done.stdout)["structures"]
    assert roi["metrics"] == {"D10cc[Gy]": None}
    assert [caution["code"] for caution in roi["warnings"]] == ["metric-not-evaluable"]


SOME = ("--structure", "Heart", "--structure", "A_LAD", "--metric", "Mean[Gy]", "--metric", "D10cc[Gy]")


@pytest.fixture(scope="module")
def bounds(plan):
    """Intervals by ROI and metric, from the library."""
    case = public.read_case(plan)
    dvhs = {name: public.compute_dvh(case.dose, case.structures[name]) for name in ("Heart", "A_LAD")}
    found = {(name, "Mean[Gy]"): dvh.interval("Mean[Gy]") for name, dvh in dvhs.items()}
    return {**found, ("Heart", "D10cc[Gy]"): dvhs["Heart"].interval("D10cc[Gy]"), ("A_LAD", "D10cc[Gy]"): None}


def test_json_has_the_intervals_of_the_library_when_asked(plan, bounds):
    plain, told = (
        json.loads(dosimetry("dvh", plan, *SOME, *more, "--format", "json").stdout)
        for more in ((), ("--interval",))
    )
    assert told.pop("interval_meaning") == INTERVAL_MEANING
    for roi in told["structures"]:
        assert list(roi)[4:] == ["metrics", "intervals", "warnings"]
        for name, found in roi.pop("intervals").items():
            expected = bounds[roi["name"], name]
            assert found is None if expected is None else found == pytest.approx(expected, rel=1e-9)
    assert told == plain


def test_csv_has_the_bounds_beside_each_metric_when_asked(plan, bounds):
    done = dosimetry("dvh", plan, *SOME, "--interval", "--format", "csv")
    for row in csv.DictReader(io.StringIO(done.stdout)):
        assert list(row)[5:] == [
            *("Mean[Gy]", "Mean[Gy] low", "Mean[Gy] high", "D10cc[Gy]", "D10cc[Gy] low", "D10cc[Gy] high"),
            *("interval_meaning", "warnings"),
        ]
        for name in ("Mean[Gy]", "D10cc[Gy]"):
            found = [row[f"{name} {end}"] for end in ("low", "high")]
            expected = bounds[row["name"], name]
            if expected is None:
                assert found == ["", ""]
            else:
                assert [float(text) for text in found] == pytest.approx(expected, rel=1e-9)
        assert row["interval_meaning"] == INTERVAL_MEANING


def test_a_metric_without_an_interval_says_why_in_every_format(plan):
    """Touched voxels are more than the prisms that intervals start from."""
    asked = (
        "dvh",
        plan,
        "--structure",
        "A_LAD",
        "--metric",
        "D3cc[Gy]",
        "--convention",
        "prism-touched",
        "--interval",
    )
    why = "D3cc[Gy] has no interval: the convention 'prism-half-slice', which intervals start from"
    done = dosimetry(*asked)
    assert f"Warning: A_LAD: {why}" in done.stdout + done.stderr
    roi = json.loads(dosimetry(*asked, "--format", "json").stdout)["structures"][0]
    assert roi["metrics"]["D3cc[Gy]"] > 0
    assert roi["intervals"]["D3cc[Gy]"] is None
    told = next(caution for caution in roi["warnings"] if caution["code"] == "interval-not-evaluable")
    assert told["text"].startswith(why)
    row = next(csv.DictReader(io.StringIO(dosimetry(*asked, "--format", "csv").stdout)))
    assert (float(row["D3cc[Gy]"]) > 0, row["D3cc[Gy] low"], row["D3cc[Gy] high"]) == (True, "", "")
    assert why in row["warnings"]


def test_table_and_picture_show_intervals_and_what_they_leave_out(plan, tmp_path):
    path = tmp_path / "dvh.svg"
    done = dosimetry("dvh", plan, *SOME, "--interval", "--plot", path)
    rows = {
        line.split()[0]: line.split()[2:] for line in done.stdout.splitlines() if line[:5] in ("Heart", "A_LAD")
    }
    assert rows["Heart"][:2] == ["3.945", "(3.931–3.951)"]
    assert rows["A_LAD"] == ["26.134", "(25.342–26.935)", "–"]
    assert f"In brackets: calculation interval ({INTERVAL_MEANING})" in done.stdout
    assert f"Shaded: calculation interval ({INTERVAL_MEANING})" in path.read_text(encoding="utf-8")


def test_without_intervals_nothing_speaks_of_them(plan, tmp_path):
    path = tmp_path / "dvh.svg"
    for style in ("table", "json", "csv"):
        done = dosimetry("dvh", plan, *SOME, "--format", style, "--plot", path)
        assert "interval" not in done.stdout + path.read_text(encoding="utf-8")


def test_a_dose_far_from_its_prescription_is_told(project_root, tmp_path, capsys):
    """In cGY over 100, or with pixels of another size, all numbers are legal ones; the target's dose is not."""
    import pydicom

    from dosimetry.cli import main

    folder = project_root / "sample_plans" / "left_fb_tangents"
    for name in ("rtplan.dcm", "rtstruct.dcm"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())

    def told(command="dvh", options=("--structure", "Heart", "--metric", "Mean[Gy]"), **values):
        dose = pydicom.dcmread(folder / "rtdose.dcm")
        for keyword, value in values.items():
            setattr(dose, keyword, value)
        dose.save_as(tmp_path / "rtdose.dcm")
        with pytest.raises(SystemExit):
            main.run([command, *map(str, (tmp_path, *options))])
        return capsys.readouterr().out

    dose = pydicom.dcmread(folder / "rtdose.dcm", stop_before_pixels=True)
    assert "dose-unlike-prescription" not in told()
    smaller = told(DoseGridScaling=float(dose.DoseGridScaling) / 100)
    assert "CTVp_breast_L: a median dose of 0.50 Gy, and the plan prescribes 50 Gy" in smaller
    assert "dose-unlike-prescription" in told(PixelSpacing=[2 * dose.PixelSpacing[0], dose.PixelSpacing[1]])
    assert "no dose that can be measured" in told(ImageOrientationPatient=[-1, 0, 0, 0, 1, 0])
    checked = told("check", ("--protocol", "degro-2019"), DoseGridScaling=float(dose.DoseGridScaling) / 100)
    assert "dose-unlike-prescription" in checked


def test_strict_turns_warnings_into_exit_code_1(plan):
    assert dosimetry("dvh", plan, "--structure", "Heart", "--strict").returncode == 1


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_plot_is_written(plan, tmp_path, suffix, start):
    path = tmp_path / f"dvh.{suffix}"
    assert dosimetry("dvh", plan, "--structure", "Heart", "--plot", path).returncode == 0
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_identity_shows_only_when_asked_for(plan, tmp_path):
    planted = ("SECRET^NAME", "SECRET-ID-77", "19630709")
    for path in plan.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = planted
        dataset.save_as(tmp_path / f"SECRET-FILE-{path.name}")
    uid = str(pydicom.dcmread(plan / "rtdose.dcm").SOPInstanceUID)
    for style in ("table", "json", "csv"):
        silent = dosimetry("dvh", tmp_path, "--structure", "Heart", "--format", style)
        for secret in (*planted, "SECRET", uid, str(tmp_path)):
            assert secret not in silent.stdout + silent.stderr
    told = dosimetry("dvh", tmp_path, "--structure", "Heart", "--format", "json", "--identify").stdout
    assert all(secret in told for secret in (*planted, uid, "SECRET-FILE-rtdose.dcm"))


def test_json_loads_neither_matplotlib_nor_scipy_statistics(plan):
    code = (
        "import sys\n"
        "from dosimetry.cli.main import run\n"
        "try:\n"
        f"    run(['dvh', {str(plan)!r}, '--format', 'json', '--structure', 'Heart'])\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        "heavy = {'matplotlib', 'scipy.stats', 'pandas', 'skimage', 'jinja2'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stderr


@pytest.mark.slow
def test_first_run_says_that_it_compiles(plan, tmp_path):
    command = [sys.executable, "-m", "dosimetry", "dvh", plan, "--structure", "Heart", "--format", "json"]
    given = {**os.environ, "DOSIMETRY_CACHE_DIR": str(tmp_path)}
    first = subprocess.run(command, capture_output=True, text=True, check=True, env=given)
    assert "compiling kernels for this machine, once" in first.stderr
    assert "kernels are compiled and kept" in first.stderr
    (log,) = tmp_path.rglob("compile.log")
    compiled = log.read_text(encoding="utf-8")
    assert {"parse_decimals", "plane_areas", "cover", "deposit"} <= {
        line.split("\t")[0] for line in compiled.splitlines()
    }
    second = subprocess.run(command, capture_output=True, text=True, check=True, env=given)
    assert second.stderr == ""
    assert second.stdout == first.stdout
    assert log.read_text(encoding="utf-8") == compiled


def test_scaling_of_the_stored_dose_scales_every_reported_dose(plan, tmp_path, document):
    for path in plan.glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        if dataset.Modality == "RTDOSE":
            dataset.DoseGridScaling = pydicom.valuerep.DSfloat(
                float(dataset.DoseGridScaling) * 1.1, auto_format=True
            )
        dataset.save_as(tmp_path / path.name)
    scaled = json.loads(dosimetry("dvh", tmp_path, "--format", "json").stdout)
    for one, other in zip(document["structures"], scaled["structures"], strict=True):
        for name, value in one["metrics"].items():
            if name.endswith("[Gy]"):
                assert other["metrics"][name] == pytest.approx(1.1 * value, rel=1e-6, abs=2e-3)
        assert other["volume_cc"] == one["volume_cc"]
        assert other["metrics"]["Mean[Gy]"] == pytest.approx(1.1 * one["metrics"]["Mean[Gy]"], rel=1e-8)


def test_structures_are_found_by_what_they_are(plan, tmp_path):
    parts = ("--structure", "heart", "--structure", "Lung, left", "--structure", "Heart")
    rows = json.loads(dosimetry("dvh", plan, *parts, "--format", "json").stdout)["structures"]
    assert [row["name"] for row in rows] == ["Heart", "Lung_L"]
    ours = tmp_path / "ours.toml"
    ours.write_text('[names]\n"Chestwall_L" = "chestwall, left"\n"Breast_R" = "breast, right"\n', encoding="utf-8")
    done = dosimetry("dvh", plan, "--structure", "breast, right", "--aliases", ours, "--format", "json")
    assert [row["name"] for row in json.loads(done.stdout)["structures"]] == ["Breast_R"]
    done = dosimetry("dvh", plan, "--structure", "lung")
    assert done.returncode == 2
    assert "2 ROIs may be the lung" in done.stderr
    assert dosimetry("dvh", plan, "--aliases", ours).returncode == 2
