"""``dosimetry imni`` on the sample pair and on a real export."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys

import pydicom
import pytest
from command import dosimetry
from pydicom.valuerep import DSfloat

from dosimetry.dicom.find import read_parts
from dosimetry.dvh.interval import INTERVAL_MEANING, increment_interval
from dosimetry.imn.comparison import compare
from dosimetry.imn.sides import make_side


@pytest.fixture(scope="module")
def pair(project_root):
    plans = project_root / "sample_plans"
    return ("--without", plans / "left_fb_tangents", "--with", plans / "left_fb_tangents_imn")


@pytest.fixture(scope="module")
def few_rois(pair, tmp_path_factory):
    """The pair with the few structures that a comparison needs: its body outline costs more than all others."""
    folder = tmp_path_factory.mktemp("few")
    kept = {"Heart", "Lung_L", "Lung_R", "Breast_L", "CTVn_IMN_L"}
    arguments = []
    for option, source in (pair[:2], pair[2:]):
        copy = folder / option.strip("-")
        copy.mkdir()
        for path in source.glob("*.dcm"):
            dataset = pydicom.dcmread(path)
            if dataset.Modality == "RTSTRUCT":
                numbers = {roi.ROINumber for roi in dataset.StructureSetROISequence if roi.ROIName in kept}
                assert len(numbers) == len(kept)
                dataset.StructureSetROISequence = [
                    roi for roi in dataset.StructureSetROISequence if roi.ROINumber in numbers
                ]
                for keyword in ("ROIContourSequence", "RTROIObservationsSequence"):
                    items = getattr(dataset, keyword)
                    setattr(dataset, keyword, [item for item in items if item.ReferencedROINumber in numbers])
            dataset.save_as(copy / path.name)
        arguments += [option, copy]
    return tuple(arguments)


@pytest.fixture(scope="module")
def document(pair):
    done = dosimetry("imni", *pair, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_keeps_its_contract(document):
    assert {"schema", "comparison", "without", "with", "increment", "risk", "warnings", "provenance"} <= set(
        document
    )
    assert document["comparison"]["class"] == "increment"
    for side in ("without", "with"):
        names = [roi["name"] for roi in document[side]["structures"]]
        assert {"Heart", "A_LAD", "Lung_L", "Lung_R", "Breast_L", "CTVn_IMN_L", "SpinalCord"} <= set(names)
    keys = ["model", "source", "verified", "form", "per_gy_pct", "per_gy_ci_pct", "err_without_pct", "err_with_pct"]
    keys += [
        "added_err_pct",
        "added_err_ci_pct",
        "relative_increase_pct",
        "relative_increase_ci_pct",
        "endpoint",
        "notes",
    ]
    for entry in document["risk"]:
        assert list(entry)[: len(keys)] == keys


def test_numbers_hang_together(document):
    doses = {
        side: {roi["name"]: roi["metrics"] for roi in document[side]["structures"]} for side in ("without", "with")
    }
    for name, metrics in document["increment"].items():
        for metric, change in metrics.items():
            if change is not None:
                assert change == pytest.approx(
                    doses["with"][name][metric] - doses["without"][name][metric], abs=1e-6
                )
    heart = document["increment"]["Heart"]["Mean[Gy]"]
    assert 1.0 < heart < 6.0
    risk = {entry["model"]: entry for entry in document["risk"]}
    assert risk["darby-7"]["added_err_pct"] == pytest.approx(7 * heart, rel=1e-6)
    assert risk["darby-7"]["added_err_ci_pct"] == pytest.approx([3 * heart, 14 * heart], rel=1e-6)
    assert risk["darby-7.4"]["added_err_pct"] == pytest.approx(7.4 * heart, rel=1e-6)
    assert risk["sardaro-4"]["added_err_pct"] == pytest.approx(4 * heart, rel=1e-6)
    assert risk["sardaro-4"]["added_err_ci_pct"] is None
    assert document["coverage"]["imn_target"]["covered_with"] == "covered"
    assert document["coverage"]["imn_target"]["covered_without"] == "not covered"
    assert document["increment"]["Body"]["Mean[Gy]"] is None


def test_table_and_csv_agree_with_json(pair, document):
    heart = {side: document[side]["structures"][0]["metrics"]["Mean[Gy]"] for side in ("without", "with")}
    line = f"Mean heart dose: {heart['without']:.2f} Gy without IMN, {heart['with']:.2f} Gy with IMN"
    assert line in dosimetry("imni", *pair).stdout
    rows = list(csv.DictReader(io.StringIO(dosimetry("imni", *pair, "--format", "csv").stdout)))
    (mean,) = [row for row in rows if (row["role"], row["metric"]) == ("heart", "Mean[Gy]")]
    assert (float(mean["without"]), float(mean["with"])) == (heart["without"], heart["with"])
    darby = next(row for row in rows if (row["subject"], row["metric"]) == ("darby-7", "added_err"))
    assert float(darby["increment"]) == document["risk"][0]["added_err_pct"]
    assert all("dose-not-approved" in row["warnings"] for row in rows)


@pytest.fixture(scope="module")
def compared(pair):
    """The comparison as the library makes it."""
    _, without, _, with_ = pair
    return compare(make_side("without", read_parts([without])), make_side("with", read_parts([with_])))


FEW = ("--metric", "Mean[Gy]", "--metric", "V20Gy[%]")


@pytest.mark.slow
def test_json_has_intervals_of_their_own_when_asked(pair, compared):
    plain, told = (
        json.loads(dosimetry("imni", *pair, *FEW, *more, "--format", "json").stdout)
        for more in ((), ("--interval",))
    )
    assert told.pop("interval_meaning") == INTERVAL_MEANING
    found = told.pop("increment_interval")
    sides = {
        side: {roi["name"]: roi.pop("intervals") for roi in told[side]["structures"]}
        for side in ("without", "with")
    }
    for increment in compared.increments:
        before, after = increment.without.dvh, increment.with_.dvh
        assert list(found[increment.name]) == ["Mean[Gy]", "V20Gy[%]"]
        for name, bounds in found[increment.name].items():
            assert sides["without"][increment.name][name] == pytest.approx(before.interval(name), rel=1e-8)
            assert sides["with"][increment.name][name] == pytest.approx(after.interval(name), rel=1e-8)
            if increment.name == "Body":  # withheld: too much of it lies outside the grid
                assert bounds is None
            else:
                assert bounds == pytest.approx(increment_interval(after, before, name), rel=1e-8, abs=1e-9)
    heart = sides["with"]["Heart"]["Mean[Gy]"][1] - sides["without"]["Heart"]["Mean[Gy]"][0]
    assert found["Heart"]["Mean[Gy]"][1] < heart  # no difference of two intervals
    for bounded, alone in zip(told.pop("risk"), plain.pop("risk"), strict=True):
        changed = {key for key in alone if bounded[key] != alone[key]}
        of_dose = {key for key in alone if "_dose_interval_" in key or "_combined_interval_" in key}
        assert {key for key in of_dose if bounded[key] is not None} <= changed <= of_dose | {"notes"}
        assert bounded["added_err_dose_interval_pct"][0] < alone["added_err_pct"]
    assert told == plain


def test_csv_and_table_have_the_same_intervals(few_rois, compared):
    rows = list(
        csv.DictReader(io.StringIO(dosimetry("imni", *few_rois, *FEW, "--interval", "--format", "csv").stdout))
    )
    (mean,) = [row for row in rows if (row["role"], row["metric"]) == ("heart", "Mean[Gy]")]
    before, after = compared.heart.without.dvh, compared.heart.with_.dvh
    for side, (low, high) in (
        ("without", before.interval("Mean[Gy]")),
        ("with", after.interval("Mean[Gy]")),
        ("increment", increment_interval(after, before, "Mean[Gy]")),
    ):
        assert (float(mean[f"{side}_low"]), float(mean[f"{side}_high"])) == pytest.approx((low, high), rel=1e-8)
    for row in rows:
        assert row["interval_meaning"] == (INTERVAL_MEANING if row["kind"] == "dose" else "")
        assert (row["increment_low"] == "") is (row["kind"] == "risk")
    shown = dosimetry("imni", *few_rois, "--interval").stdout
    line = "3.95 (3.93–3.96) Gy without IMN, 6.58 (6.56–6.60) Gy with IMN, increment +2.64 (2.63–2.65) Gy"
    assert line in shown
    assert INTERVAL_MEANING in shown


def test_without_intervals_nothing_speaks_of_them(pair, document):
    assert list(document) == [
        *("schema", "comparison", "without", "with", "coverage", "increment", "increment_warnings", "risk"),
        *("warnings", "provenance"),
    ]
    keys = ["number", "name", "volume_cc", "outside_grid_cc", "metrics", "warnings", "role"]
    assert all(list(roi) == keys for side in ("without", "with") for roi in document[side]["structures"])
    shown = dosimetry("imni", *pair, "--format", "csv").stdout
    assert shown.split("\n")[0] == (
        "patient,class,kind,subject,role,metric,unit,without,with,increment,ci_low,ci_high,source,warnings"
    )
    assert "calculation interval" not in dosimetry("imni", *pair).stdout


def test_report_is_written_whole_and_named(few_rois, tmp_path):
    path = tmp_path / "report.html"
    done = dosimetry("imni", *few_rois, "--report", path)
    assert done.returncode == 0
    assert "report.html" in done.stderr
    text = path.read_text(encoding="utf-8")
    assert text.rstrip().endswith("</html>")
    assert INTERVAL_MEANING in text  # the report has intervals unasked
    assert "calculation interval" not in done.stdout
    assert list(tmp_path.iterdir()) == [path]


def test_report_is_refused_before_anything_is_computed(pair, tmp_path):
    for path in (tmp_path / "report.docx", tmp_path / "missing" / "report.html"):
        done = dosimetry("imni", *pair, "--report", path)
        assert done.returncode == 2
        assert done.stdout == ""
        assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_files_named_one_by_one_give_the_same(pair, document):
    _, without, _, with_ = pair
    files = [sorted(folder.glob("*.dcm")) for folder in (without, with_)]
    done = dosimetry("imni", "--without", *files[0], "--with", *files[1], "--format", "json")
    assert json.loads(done.stdout)["increment"] == document["increment"]


def test_sum_of_two_doses_on_one_side(pair, document):
    """A plan added to itself is twice that plan: doses are summed only because both were named."""
    _, without, _, with_ = pair
    done = dosimetry("imni", "--without", without, "--with", without, with_, "--format", "json")
    found = json.loads(done.stdout)
    assert found["comparison"]["class"] == "imn-field"
    expected = document["with"]["structures"][0]["metrics"]["Mean[Gy]"]
    assert found["increment"]["Heart"]["Mean[Gy]"] == pytest.approx(expected, rel=1e-9)
    assert [len(found[side]["parts"]) for side in ("without", "with")] == [1, 2]


def test_same_plan_twice_is_refused(pair):
    done = dosimetry("imni", "--without", pair[1], "--with", pair[1])
    assert (done.returncode, done.stdout) == (2, "")
    assert "the same dose on both sides" in done.stderr


def copied(folder, target, **changes):
    target.mkdir()
    for path in folder.glob("*.dcm"):
        dataset = pydicom.dcmread(path, force=True)
        for keyword, value in changes.items():
            if keyword in dataset:
                setattr(dataset, keyword, value)
        dataset.save_as(target / path.name)
    return target


def test_every_warning_code_stands_in_every_format(few_rois, tmp_path):
    """Another patient ID, vouched for: the warning travels into table, CSV, JSON and HTML."""
    other = copied(few_rois[3], tmp_path / "other", PatientID="SOMEONE-ELSE")
    refused = dosimetry("imni", "--without", few_rois[1], "--with", other)
    assert refused.returncode == 2
    assert "SOMEONE" not in refused.stderr
    report = tmp_path / "r.html"
    page = ("--report", report)
    for style, more in (("table", page), ("json", ()), ("csv", ())):
        done = dosimetry(
            *("imni", "--without", few_rois[1], "--with", other, "--same-patient", "--format", style, *more)
        )
        assert "patient-mismatch" in done.stdout
        assert "SOMEONE" not in done.stdout + done.stderr + report.read_text(encoding="utf-8")
    assert "patient-mismatch" in report.read_text(encoding="utf-8")


@pytest.fixture
def scaled_export(shared_data, tmp_path):
    """The real export with its dose multiplied by 1.1."""
    source, target = shared_data / "breast_boost", tmp_path / "scaled"
    target.mkdir()
    for name in ("rtss.dcm", "rtplan.dcm"):
        shutil.copy(source / name, target / name)
    dose = pydicom.dcmread(source / "rtdose.dcm", force=True)
    dose.DoseGridScaling = DSfloat(float(dose.DoseGridScaling) * 1.1, auto_format=True)
    dose.SOPInstanceUID = f"{dose.SOPInstanceUID}.1"
    dose.save_as(target / "rtdose.dcm")
    return source, target


def test_real_export_scaled_by_a_tenth(scaled_export):
    source, target = scaled_export
    done = dosimetry(
        *("imni", "--without", source, "--with", target, "--imn-target", "Nodes", "--laterality", "left"),
        *("--format", "json"),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    mean = found["without"]["structures"][0]["metrics"]["Mean[Gy]"]
    assert found["increment"]["Heart"]["Mean[Gy]"] == pytest.approx(0.1 * mean, abs=2e-4)
    codes = {caution["code"] for caution in found["warnings"]}
    assert {"partial-course", "coverage-not-evaluable", "role-not-available"} <= codes


def test_real_export_twice_is_refused(shared_data):
    folder = shared_data / "breast_boost"
    done = dosimetry("imni", "--without", folder, "--with", folder, "--imn-target", "Nodes", "--laterality", "left")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "--imn-target"),
        (("--imn-target", "Nodes"), "--laterality"),
        (("--imn-target", "Nodes", "--laterality", "up"), "left or right"),
        (("--imn-target", "nodes", "--laterality", "left"), "did you mean 'Nodes'"),
        (("--imn-target", "Nodes", "--laterality", "right"), "contradict"),
        (("--imn-target", "Areola", "--laterality", "left"), "has no contours"),
        (("--imn-target", "Nodes", "--laterality", "left", "--rx", "Nodes=50"), "--rx"),
        (("--imn-target", "Nodes", "--laterality", "left", "--metric", "V20Gy"), "leaves its unit open"),
    ],
)
def test_what_is_not_certain_is_asked_for(scaled_export, options, message):
    source, target = scaled_export
    done = dosimetry("imni", "--without", source, "--with", target, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert message in done.stderr


def test_folders_stay_unnamed_and_sides_are_told(few_rois, tmp_path):
    folder = tmp_path / "SMITH^JANE"
    folder.mkdir()
    done = dosimetry("imni", *few_rois, "--report", folder / "report.html")
    assert done.stderr == "dosimetry: report: report.html\n"
    _, without, _, with_ = few_rois
    shutil.copy(with_ / "rtdose.dcm", folder)
    done = dosimetry("imni", "--without", without, "--with", folder)
    assert done.stderr.startswith("dosimetry: error: --with: rtdose.dcm: no structure set for this dose")
    assert "SMITH" not in done.stderr


def renamed(pair, folder, names):
    """Copy both sides with other ROI names."""
    arguments = []
    for option, source in (pair[:2], pair[2:]):
        copy = folder / option.strip("-")
        shutil.copytree(source, copy)
        structures = pydicom.dcmread(copy / "rtstruct.dcm")
        for roi in structures.StructureSetROISequence:
            roi.ROIName = names.get(roi.ROIName, roi.ROIName)
        structures.save_as(copy / "rtstruct.dcm")
        arguments += [option, copy]
    return arguments


def test_increments_of_rois_with_one_name_are_told_apart(pair, document, tmp_path):
    sides = renamed(pair, tmp_path, {"Lung_L": "Lung", "Lung_R": "Lung"})
    lungs = ("--lung-left", "#2", "--lung-right", "#3")
    found = json.loads(dosimetry("imni", *sides, *lungs, "--format", "json").stdout)
    assert found["increment"]["Lung #2"] == document["increment"]["Lung_L"]
    assert found["increment"]["Lung #3"] == document["increment"]["Lung_R"]
    assert found["provenance"]["settings"]["rois"]["lung_ipsilateral"] == "Lung #2"
    shown = dosimetry("imni", *sides, *lungs).stdout
    assert "\nLung #2 " in shown
    assert "\nLung #3 " in shown


def test_what_is_no_increment_is_not_called_one(pair, tmp_path):
    sides = renamed(pair, tmp_path, {})
    uid = pydicom.uid.generate_uid()
    dose, structures = (pydicom.dcmread(sides[3] / name) for name in ("rtdose.dcm", "rtstruct.dcm"))
    dose.FrameOfReferenceUID = uid
    for item in structures.ReferencedFrameOfReferenceSequence:
        item.FrameOfReferenceUID = uid
    for roi in structures.StructureSetROISequence:
        roi.ReferencedFrameOfReferenceUID = uid
    dose.save_as(sides[3] / "rtdose.dcm")
    structures.save_as(sides[3] / "rtstruct.dcm")
    shown = dosimetry("imni", *sides).stdout
    assert "Comparison     different CT series: a comparison of techniques, not an IMN increment" in shown
    assert "6.58 Gy with IMN, difference +2.64 Gy" in shown
    assert "The risk below is that of the difference" in shown
    assert "increment" not in shown.split("Structure ")[1].split("\n")[0]
    found = json.loads(dosimetry("imni", *sides, "--format", "json").stdout)
    assert all("different-ct" in [told["code"] for told in entry["warnings"]] for entry in found["risk"])


def test_code_page_keeps_the_sense(pair):
    done = subprocess.run(
        [sys.executable, "-m", "dosimetry", "imni", *map(str, pair)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"V90% >= 90 % of the volume" in done.stdout
    assert b"7.4 (2.9-14.5)" in done.stdout
    assert b"?" not in done.stdout


def test_planes_are_written_on_the_ct_that_was_named(few_rois, project_root, tmp_path):
    path, ct = tmp_path / "planes.html", project_root / "sample_plans" / "ct"
    done = dosimetry("imni", *few_rois, "--viewer", path, "--ct", ct / "left_fb", "--format", "json")
    assert done.returncode == 0
    assert "viewer: planes.html" in done.stderr
    assert '"grey_of":[0,0]' in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--ct", "ct/left_fb"), "--ct: is drawn in a page"),
        (("--viewer", "planes.pdf"), "--viewer: is a page"),
        (("--viewer", "same.html", "--report", "same.html"), "report and viewer cannot be one file"),
        (("--viewer", "planes.html", "--ct", "ct/left_dibh"), "holds no CT in the frame of reference of the dose"),
    ],
)
def test_planes_that_cannot_be_shown_are_refused_in_a_line(few_rois, project_root, tmp_path, options, words):
    named = [
        project_root / "sample_plans" / one
        if one.startswith("ct/")
        else one
        if one.startswith("--")
        else tmp_path / one
        for one in options
    ]
    done = dosimetry("imni", *few_rois, *named)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
