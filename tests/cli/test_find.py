"""``dosimetry find``, and the options by which other commands choose among several files."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil

import exports
import pytest
import trees
from trees import header, more_dose, setting, uid

from dosimetry.cli import linking, main
from dosimetry.provenance import keyed_hash, pseudonym


def run(capfd, *arguments):
    with pytest.raises(SystemExit) as stop:
        main.run([str(argument) for argument in arguments])
    told = capfd.readouterr()
    return stop.value.code, told.out, told.err


def hashed(path):
    return keyed_hash(uid(path))


@pytest.fixture
def tree(tmp_path):
    """Two cases, one of them with beams and a copy; an edited export; and what else lies about."""
    root = tmp_path / "exports"
    trees.eclipse(root / "a", "SYNTHETIC-A")
    dose = trees.raystation(root / "b", "SYNTHETIC-B")[0]
    shutil.copy(dose, root / "b" / "zcopy.dcm")
    paths = exports.export(root / "c", header("SYNTHETIC-C"))
    exports.edit(paths[1], setting(SOPInstanceUID="1.2.3"))
    (root / "a" / "cut.dcm").write_bytes(paths[1].read_bytes()[:-700])
    exports.edit(paths[0], setting(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"), root / "ct.dcm")
    (root / "notes.txt").write_text("what somebody wrote down")
    return root


def test_table(tree, capfd):
    code, out, err = run(capfd, "find", tree)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert out.startswith(
        "2 cases in 15 files: 12 RT objects, 1 other DICOM object, 1 other file, 1 not readable\n\nCase "
    )
    for number, name in enumerate("ab", 1):
        dose, structures, plan = (hashed(tree / name / file) for file in exports.NAMES)
        assert [
            *(f"{number}", pseudonym(f"SYNTHETIC-{name.upper()}"), dose, "PLAN", structures),
            *("UID", plan, "UID"),
        ] in lines
    for name in ("beam1", "beam2"):
        assert (
            f"{hashed(tree / 'b' / f'{name}.dcm')}   BEAM       a BEAM dose: that of the whole plan is there" in out
        )
    dose, structures, plan = (hashed(tree / "c" / file) for file in exports.NAMES)
    assert f"{dose}   PLAN       its structure set is not in the folder; could be: {structures}, {plan}\n" in out
    assert f"{hashed(tree / 'b' / 'dose.dcm')}   PLAN       the same content as another file\n" in out
    assert "–      ends before its contents do\n" in out
    assert "Warning, case 1: case: 1 file(s) or folder(s) beside it could not be read" in out
    assert "Warning, case 2" not in out


def test_json(tree, capfd):
    code, out, _ = run(capfd, "find", tree, "--format", "json")
    document = json.loads(out)
    assert (code, document["schema"]) == (0, "dosimetry/find/1")
    assert document["counts"] == {
        "files": 15,
        "rt_objects": 12,
        "other_dicom": 1,
        "other_files": 1,
        "unreadable": 1,
        "zip_archives": 0,
        "folder_links": 0,
        "dead_links": 0,
    }
    first = document["cases"][0]
    assert first["dose"] == {
        "kind": "RTDOSE",
        "uid_hash": hashed(tree / "a" / "dose.dcm"),
        "summation": "PLAN",
        "type": "PHYSICAL",
        "units": "GY",
    }
    assert first["plan"] == {"kind": "RTPLAN", "uid_hash": hashed(tree / "a" / "plan.dcm"), "label": "TINY"}
    assert first["links"] == [
        {"subject": "structures", "rule": "reference", "reason": "the plan refers to it by UID"},
        {"subject": "plan", "rule": "reference", "reason": "the dose refers to this plan by UID"},
    ]
    assert [warning["code"] for warning in first["warnings"]] == ["link-file-ignored"]
    assert len(document["left_over"]) == 6
    assert document["unreadable"] == [{"reason": "ends before its contents do"}]


def test_csv(tree, capfd):
    _, out, _ = run(capfd, "find", tree, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["role"] for row in rows] == [*["dose", "structures", "plan"] * 2, *["left-over"] * 6, "unreadable"]
    assert [row["case"] for row in rows] == [*["1"] * 3, *["2"] * 3, *[""] * 7]
    assert {row["rule"] for row in rows} == {"", "reference"}


def test_names_are_shown_only_with_identity(tree, capfd):
    folder = tree.rename(tree.parent / "Doe_Jane")
    for form in ("table", "json", "csv"):
        _, out, _ = run(capfd, "find", folder, "--format", form)
        assert [word for word in ("Doe", "SYNTHETIC", "dose.dcm", "cut.dcm", "2.25.") if word in out] == []
        _, out, _ = run(capfd, "find", folder, "--format", form, "--identify")
        assert [word for word in ("SYNTHETIC-A", "a/dose.dcm", "a/cut.dcm") if word not in out] == []
        assert "Doe" not in out


def test_link_file_is_written_read_and_never_overwritten(tree, capfd):
    path = tree.parent / "links.toml"
    code, _, err = run(capfd, "find", tree, "--write-links", path)
    assert (code, err) == (0, "dosimetry: link file: links.toml\n")
    text = path.read_text(encoding="utf-8")
    code, out, err = run(capfd, "find", tree, "--write-links", path)
    assert (code, out) == (2, "")
    assert err == "dosimetry: error: links.toml: is there already and may hold decisions; name a new file\n"
    assert path.read_text(encoding="utf-8") == text
    assert run(capfd, "find", tree, "--write-links", tree / "links.txt")[2] == (
        "dosimetry: error: links.txt: no known format of a link file; expected .toml\n"
    )
    _, out, _ = run(capfd, "find", tree, "--links", path, "--format", "json")
    assert {link["rule"] for case in json.loads(out)["cases"] for link in case["links"]} == {"decision"}
    (tree / "a" / "dose.dcm").unlink()
    code, out, err = run(capfd, "find", tree, "--links", path)
    assert (code, out) == (2, "")
    assert "links.toml: [[case]] 1 dose: a decision does not fit the files any more; expected the file" in err


def test_no_case_is_exit_code_1_and_listed(tmp_path, capfd):
    paths = exports.export(tmp_path / "a")
    paths[1].unlink()
    code, out, _ = run(capfd, "find", tmp_path)
    assert code == 1
    assert out.startswith("0 cases in 2 files: 2 RT objects, ")
    assert "no structure set for this dose" in out


def test_empty_and_missing_folders(tmp_path, capfd):
    code, out, _ = run(capfd, "find", tmp_path)
    assert (code, out.splitlines()[0]) == (
        1,
        "0 cases in 0 files: 0 RT objects, 0 other DICOM objects, 0 other files",
    )
    code, out, err = run(capfd, "find", tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err == ("dosimetry: error: nowhere: no such folder; give the folder that the plan was exported to\n")


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_notes_say_what_was_passed_over(tmp_path, capfd):
    exports.export(tmp_path / "a")
    shutil.make_archive(str(tmp_path / "old"), "zip", tmp_path / "a")
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.dcm").symlink_to(tmp_path / "nowhere")
    _, out, _ = run(capfd, "find", tmp_path)
    for line in (
        "Note: 1 zip archive(s) were not opened; each can be named as PATH",
        "Note: 1 symbolic link(s) to folders were not followed",
        "Note: 1 symbolic link(s) lead nowhere",
    ):
        assert f"{line}\n" in out
    code, out, _ = run(capfd, "find", tmp_path / "old.zip", "--identify")
    assert code == 0
    assert "old.zip" not in out.replace("/old.zip", "")
    assert " dose.dcm " in out


def test_a_long_search_says_how_far_it_is(tmp_path, capfd, monkeypatch):
    for number in range(450):
        (tmp_path / f"{number}.txt").write_bytes(b"text")
    monkeypatch.setattr(linking, "_FIRST_WORD_S", 0.0)
    _, out, err = run(capfd, "find", tmp_path)
    assert err == "dosimetry: searching: 200 files looked at …\n"
    assert out.startswith("0 cases in 450 files")


# choosing


MEAN = ("--structure", "Box", "--metric", "Mean[Gy]", "--format", "json")


def mean(out):
    return json.loads(out)["structures"][0]["metrics"]["Mean[Gy]"]


def test_dvh_of_the_dose_that_is_chosen(tree, capfd):
    code, out, err = run(capfd, "dvh", tree, *MEAN)
    assert (code, out) == (2, "")
    assert "3 doses could be the plan; found " in err
    assert "choose one with --dose FILE|UID; 'dosimetry find' lists them" in err
    beam = tree / "b" / "beam1.dcm"
    for choice in ("b/beam1.dcm", "beam1.dcm", beam, uid(beam), hashed(beam)):
        code, out, _ = run(capfd, "dvh", tree, *MEAN, "--dose", choice)
        assert (code, mean(out)) == (0, pytest.approx(exports.BOX_MEAN_GY / 2, abs=1e-6))


def test_dvh_on_the_structure_set_that_is_chosen(tree, capfd):
    code, _, err = run(capfd, "dvh", tree / "c", *MEAN)
    assert code == 2
    assert "if it was edited or sent anew under another UID, choose one with --structures FILE|UID" in err
    code, out, _ = run(capfd, "dvh", tree / "c", *MEAN, "--structures", "1.2.3")
    assert (code, mean(out)) == (0, pytest.approx(exports.BOX_MEAN_GY, abs=1e-6))
    document = json.loads(out)
    assert document["provenance"]["links"][0] == {
        "subject": "structures",
        "rule": "named",
        "reason": "named by the user, same frame of reference",
    }
    assert "link-reference-mismatch" in [warning["code"] for warning in document["warnings"]]


def test_dvh_by_a_link_file(tree, capfd):
    path = tree / "links.toml"
    path.write_text(
        'links = "dosimetry/links/1"\n[[case]]\ndose.path = "c/dose.dcm"\nstructures.path = "c/structures.dcm"\n'
    )
    for root in (tree / "c", tree / "c" / "dose.dcm"):
        code, out, _ = run(capfd, "dvh", root, *MEAN, "--links", path)
        assert (code, mean(out)) == (0, pytest.approx(exports.BOX_MEAN_GY, abs=1e-6))
        assert json.loads(out)["provenance"]["links"][0]["rule"] == "decision"


def test_imni_says_how_a_side_is_chosen(tmp_path, capfd):
    paths = exports.export(tmp_path / "plan")
    more_dose(tmp_path / "plan" / "other.dcm", "2", plan=paths[2], structures=paths[1])
    code, _, err = run(capfd, "imni", "--without", paths[0], "--with", tmp_path / "plan")
    assert code == 2
    code, _, err = run(capfd, "imni", "--without", *paths, "--with", tmp_path / "plan")
    assert code == 2
    assert err == (
        "dosimetry: error: --with: plan: 2 doses could be the plan; found dose.dcm (PLAN), other.dcm (PLAN); name "
        "the RTDOSE and RTSTRUCT (and RTPLAN) files of one plan instead of the folder\n"
    )


def test_imni_offers_no_option_that_it_has_not(tmp_path, capfd):
    """What settles a case of one plan is named only where there is such an option."""
    paths = exports.export(tmp_path / "plan")
    exports.edit(paths[0], lambda dataset: setattr(dataset, "DoseUnits", "RELATIVE"))
    err = run(capfd, "imni", "--without", *paths, "--with", *paths)[2]
    assert "a comparison takes no relative ones" in err
    assert "--relative" not in err
    paths = exports.export(tmp_path / "b")
    more_structures = tmp_path / "b" / "other.dcm"
    more_structures.write_bytes(paths[1].read_bytes())
    exports.edit(more_structures, lambda dataset: setattr(dataset, "SOPInstanceUID", "1.2.3.4"))
    for arguments in (("--without", *paths, more_structures, "--with", *paths),
                      ("--with", tmp_path / "plan", "--imn-beam", "1")):  # fmt: skip
        code, _, err = run(capfd, "imni", *arguments)
        assert code == 2
        assert "--dose " not in err
        assert "--structures" not in err
    assert (
        "name one of them, or record in a link file"
        in run(capfd, "imni", "--without", *paths, more_structures, "--with", *paths)[2]
    )


def test_check_of_the_dose_that_is_chosen(tmp_path, capfd):
    paths = exports.export(tmp_path / "plan")
    more_dose(tmp_path / "plan" / "other.dcm", "2", plan=paths[2], structures=paths[1])
    arguments = ("check", tmp_path / "plan", "--protocol", "degro-2019")
    code, _, err = run(capfd, *arguments)
    assert code == 2
    assert "choose one with --dose FILE|UID" in err
    code, out, err = run(capfd, *arguments, "--dose", "dose.dcm", "--structures", "structures.dcm")
    assert code == 1, err
    assert "not evaluable" in out
    code, _, err = run(capfd, *arguments, "--dose", "dose.dcm", "--relative", "100=50")
    assert code == 2
    assert "leave --relative out" in err


def test_two_folders_for_one_plan(tmp_path, capfd):
    for name in "ab":
        exports.export(tmp_path / name)
    err = run(capfd, "dvh", tmp_path / "a", tmp_path / "b")[2]
    assert "2 folders or archives for one case; name one of them" in err
    assert "--sum" in err


def test_imni_by_a_link_file(tmp_path, capfd):
    """A dose that is named alone on a side gets what the link file says."""
    paths = exports.export(tmp_path / "plan")
    path = tmp_path / "links.toml"
    path.write_text(
        'links = "dosimetry/links/1"\n[[case]]\ndose.path = "a/dose.dcm"\nstructures.path = "a/structures.dcm"\n'
    )
    arguments = ("imni", "--without", paths[0], "--with", paths[0])
    assert "no structure set for this dose" in run(capfd, *arguments)[2]
    assert "no structure set" not in run(capfd, *arguments, "--links", path)[2]
