"""A batch from end to end: what it finds, keeps, skips and says."""

from __future__ import annotations

import json
import shutil
import signal
import time

import batch_archive
import exports
import pytest
import trees
from command import dosimetry

from dosimetry import compute_dvh, read_case


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small archive with one of everything, and what a batch made of it."""
    root = tmp_path_factory.mktemp("archive")
    out = tmp_path_factory.mktemp("store")
    batch_archive.archive(root, 4)
    for name, label in (("plain", "WHOLE BREAST"), ("nodes", "WHOLE_BREAST_IMN")):
        folder = root / name
        exports.export(folder, trees.header("SYNTHETIC-PAIR", series_label=name))
        exports.edit(folder / "plan.dcm", trees.setting(RTPlanLabel=label))
    (root / "case0001" / "structures.dcm").unlink()
    data = (root / "case0002" / "dose.dcm").read_bytes()
    (root / "case0002" / "dose.dcm").write_bytes(data[: len(data) // 2])
    code, said = batch_archive.batch(root, "--out", out, "--workers", "1")
    return root, out, code, said


def test_every_case_ends_as_done_or_failed_with_its_reason(whole):
    _, out, code, said = whole
    assert code == 1
    rows = batch_archive.kept(out).values()
    failed = {row[4] for row in rows if row[2] == "failed" and row[0] == "case"}
    assert sum(row[0] == "case" and row[2] != "failed" for row in rows) == 4
    assert len(failed) == 2
    assert all(failed)
    assert "4 done" in said.replace("done with", "") or "done with warnings" in said


@pytest.mark.slow
def test_a_rerun_computes_nothing_and_a_change_only_what_changed(whole, tmp_path):
    root, out, _, _ = whole
    before = batch_archive.kept(out)
    copy, store = tmp_path / "archive", tmp_path / "store"
    shutil.copytree(root, copy)
    shutil.copytree(out, store)
    code, said = batch_archive.batch(copy, "--out", store, "--workers", "1")
    assert "0 done, 0 done with warnings, 0 failed, 7 were there (3 failed)" in said
    assert code == 1  # what failed before has still failed
    exports.edit(copy / "case0000" / "plan.dcm", trees.setting(RTPlanLabel="CHANGED"))
    _, said = batch_archive.batch(copy, "--out", store, "--workers", "1")
    assert "6 were there" in said
    assert len(batch_archive.kept(store)) == len(before) + 1


def test_numbers_are_those_of_the_single_command(whole):
    root, out, _, _ = whole
    single = json.loads(dosimetry("dvh", root / "case0003", "--format", "json").stdout)
    rounded = [json.dumps(one["metrics"]) for one in single["structures"]]
    from dosimetry.cli.formats import plain

    found = [
        [json.dumps(plain(one["metrics"], "")) for one in row[5]["dvh"]["structures"]]
        for row in batch_archive.kept(out).values()
        if row[0] == "case" and row[2] != "failed"
    ]
    assert rounded in found


def test_labels_pair_plans_of_one_patient(whole):
    _, out, _, _ = whole
    pairs = [row for row in batch_archive.kept(out).values() if row[0] == "pair"]
    # the pair is found, and refused as by the single command: both plans are the same
    assert [row[3] for row in pairs] == ["comparison"]


def test_the_log_tells_no_names_uids_or_paths(whole):
    root, out, _, _ = whole
    text = (out / "log.jsonl").read_text(encoding="utf-8")
    assert str(root) not in text
    assert "SYNTHETIC" not in text
    assert "2.25." not in text
    assert [line["event"] for line in batch_archive.log(out)] == ["start", *["job"] * 7, "end"]


def test_numbers_are_bit_for_bit_those_of_the_library(whole):
    root, out, _, _ = whole
    case = read_case(root / "case0003")
    single = [compute_dvh(case.dose, structure).metric("D50%[Gy]") for structure in case.structures]
    found = [
        [one["metrics"]["D50%[Gy]"] for one in row[5]["dvh"]["structures"]]
        for row in batch_archive.kept(out).values()
        if row[0] == "case" and row[2] != "failed"
    ]
    assert single in found


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path):
    root, out = batch_archive.archive(tmp_path / "a", 300), tmp_path / "out"
    run = batch_archive.start(root, "--out", out, "--workers", "1")
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not ((out / "log.jsonl").exists() and len(batch_archive.log(out)) > 3):
        time.sleep(0.05)
    import os

    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the whole group
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    kept = batch_archive.kept(out)
    assert 0 < len(kept) < 300
    code, said = batch_archive.batch(root, "--out", out, "--workers", "1")
    assert code == 0
    assert f"{len(kept)} were there" in said
    assert len(batch_archive.kept(out)) == 300
