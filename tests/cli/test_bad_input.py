"""Unusable input ends in exit code 2, one line on stderr, nothing on stdout and no file written."""

from __future__ import annotations

import subprocess
import sys

import exports
import pytest

from dosimetry.cli import main
from dosimetry.dicom.write import StudyHeader


def setting(**values):
    def change(dataset):
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return change


def cut(path, size=-400):
    path.write_bytes(path.read_bytes()[:size])


def text_in_contours(folder):
    def change(dataset):
        exports.set_raw(
            dataset.ROIContourSequence[1].ContourSequence[0], "ContourData", b"1\\2\\x\\4\\5\\6" + b"\\0" * 6
        )

    exports.edit(folder / "structures.dcm", change)


def other_frame(folder):
    def change(dataset):
        dataset.FrameOfReferenceUID = "1.2.3.4"
        dataset.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = "1.2.3.4"
        for item in dataset.StructureSetROISequence:
            item.ReferencedFrameOfReferenceUID = "1.2.3.4"

    exports.edit(folder / "structures.dcm", change)


def emptied(folder):
    for path in folder.iterdir():
        path.unlink()


def only_text(folder):
    emptied(folder)
    (folder / "notes.txt").write_text("a note that is long enough to be looked at by its first bytes")


def change_dose(**values):
    return lambda folder: exports.edit(folder / "dose.dcm", setting(**values))


FOLDER, FILES = ["{}"], ["{}/dose.dcm", "{}/structures.dcm", "{}/plan.dcm"]
CASES = {
    "no such path": (None, ["{}/nowhere"], "nowhere: no such file or folder"),
    "empty folder": (emptied, FOLDER, "no RT Dose found"),
    "no DICOM": (only_text, FOLDER, "found no DICOM-RT file and 1 other file(s)"),
    "text file": (only_text, ["{}/notes.txt"], "notes.txt: is not a DICOM file"),
    "empty file": (lambda f: (f / "dose.dcm").write_bytes(b""), FILES, "dose.dcm: is not a DICOM file; expected"),
    "dose cut short": (lambda f: cut(f / "dose.dcm"), FOLDER, "dose.dcm: ends before its contents do"),
    "structures cut short": (
        lambda f: cut(f / "structures.dcm"),
        FILES,
        "structures.dcm: ends before its contents",
    ),
    "no structure set": (lambda f: (f / "structures.dcm").unlink(), FOLDER, "dose.dcm: no structure set for this"),
    "no dose": (
        lambda f: (f / "dose.dcm").unlink(),
        FILES[1:],
        "no RTDOSE among the files; found structures.dcm, plan",
    ),
    "other frame": (other_frame, FILES, "structures.dcm: structure set lies in another frame of reference than"),
    "two doses": (
        lambda f: exports.export(f, StudyHeader(patient_id="SYNTHETIC-TINY", series_label="2"), label="2"),
        FOLDER,
        "2 doses could be the plan; found 2dose.dcm (PLAN), dose.dcm (PLAN); choose one with --dose",
    ),
    "unknown ROI": (None, [*FOLDER, "--structure", "Hart"], "Hart"),
    "unknown ROI number": (None, [*FOLDER, "--structure", "#7"], "7"),
    "bad metric": (None, [*FOLDER, "--metric", "D95"], "D95"),
    "bad prescription": (None, [*FOLDER, "--prescription", "0"], "--prescription"),
    "unknown convention": (None, [*FOLDER, "--convention", "best"], "best"),
    "text in contours": (
        text_in_contours,
        FOLDER,
        "structures.dcm: ROI 'Ring': a number cannot be read; expected a",
    ),
    "absurd rows": (change_dose(Rows=65535), FOLDER, "dose.dcm: PixelData: dose values do not match the header"),
    "absurd frames": (change_dose(NumberOfFrames="1000000000"), FOLDER, "dose.dcm: PixelData: dose values do not"),
    "relative dose": (change_dose(DoseUnits="RELATIVE"), FOLDER, "DoseUnits: dose is not in gray; expected GY"),
    "difference": (
        change_dose(DoseType="ERROR"),
        FOLDER,
        "(PLAN, ERROR): its DoseType is ERROR, a diff",
    ),
    "no folder for the plot": (None, [*FOLDER, "--plot", "{}/nowhere/plot.png"], "plot.png: folder does not exist"),
    "unknown kind of plot": (
        None,
        [*FOLDER, "--plot", "{}/plot.xyz"],
        "plot.… [argument 4]: no known picture",
    ),
    "plot onto a folder": (None, [*FOLDER, "--plot", "{}/file.png"], "file.png: not a regular file"),
}


def listing(folder):
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*")}


def run(arguments, capfd):
    with pytest.raises(SystemExit) as stop:
        main.run(arguments)
    told = capfd.readouterr()
    return stop.value.code, told.out, told.err


def check_refusal(outcome, words):
    code, out, err = outcome
    lines = [
        line for line in err.splitlines() if "compiling kernels" not in line and "kernels are compiled" not in line
    ]
    assert (code, out) == (2, "")
    assert len(lines) == 1
    assert lines[0].startswith("dosimetry: error: ")
    assert words in lines[0]
    assert "Traceback" not in err


@pytest.fixture
def plan_folder(tmp_path):
    folder = tmp_path / "case"
    exports.export(folder)
    return folder


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("name", CASES)
def test_dvh_refuses(plan_folder, name, form, capfd):
    spoil, arguments, words = CASES[name]
    if spoil:
        spoil(plan_folder)
    if name == "plot onto a folder":
        (plan_folder / "file.png").mkdir()
    before = listing(plan_folder)
    filled = [argument.format(plan_folder) if "{}" in argument else argument for argument in arguments]
    extra = [] if "--plot" in arguments else ["--plot", str(plan_folder / "never.png")]
    check_refusal(run(["dvh", *filled, *extra, "--format", form], capfd), words)
    assert listing(plan_folder) == before


IMNI = {
    "no such side": (None, ["--with", "{}/nowhere"], "nowhere: no such file or folder"),
    "text in contours": (text_in_contours, ["--with", "{}"], "ROI 'Ring': a number cannot be read"),
    "one dose twice": (None, ["--with", "{}", "{}"], "is named twice in a sum"),
    "no folder for the report": (
        None,
        ["--with", "{}", "--report", "{}/nowhere/report.html"],
        "report.html: folder does not",
    ),
    "unknown kind of report": (
        None,
        ["--with", "{}", "--report", "{}/report.docx"],
        "report.docx: no known",
    ),
    "unknown side": (None, ["--with", "{}", "--laterality", "both"], "--laterality: cannot be 'both'"),
    "bad prescription": (None, ["--with", "{}", "--rx", "Box"], "Box"),
    "same dose on both sides": (None, ["--with", "{}"], "the same dose on both sides"),
}


@pytest.mark.parametrize("name", IMNI)
def test_imni_refuses(plan_folder, name, capfd):
    spoil, arguments, words = IMNI[name]
    if spoil:
        spoil(plan_folder)
    before = listing(plan_folder)
    filled = [argument.replace("{}", str(plan_folder)) for argument in arguments]
    extra = [] if "--report" in arguments else ["--report", str(plan_folder / "nevereport.html")]
    check_refusal(run(["imni", "--without", str(plan_folder), *filled, *extra], capfd), words)
    assert listing(plan_folder) == before


def test_refusal_of_the_installed_command(plan_folder):
    """Of the process as a whole too: nothing is printed behind Python's back."""
    text_in_contours(plan_folder)
    exports.edit(plan_folder / "dose.dcm", lambda d: exports.set_raw(d, "FrameOfReferenceUID", b"no uid", vr="UI"))
    command = [sys.executable, "-m", "dosimetry", "dvh", *(name.format(plan_folder) for name in FILES[:2])]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    check_refusal((done.returncode, done.stdout, done.stderr), "structure set lies in another frame of reference")


def test_identity_stays_out_of_refusals(tmp_path, capfd):
    folder = tmp_path / "clinic" / "Doe_Jane"
    exports.export(folder, StudyHeader(patient_id="PLANTED-4711", patient_name="Doe^Jane", study_uid="1.2.826.0.1"))
    other_frame(folder)
    code, out, err = run(["dvh", *(name.format(folder) for name in FILES)], capfd)
    assert (code, out) == (2, "")
    assert [secret for secret in ("Doe", "PLANTED", "1.2.826", "1.2.3.4", "clinic") if secret in err] == []
