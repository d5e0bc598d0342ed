"""Files that are whole or absent."""

from __future__ import annotations

import pytest

from dosimetry.errors import OutputError
from dosimetry.saving import save_bytes, save_text, whole_folder


def test_file_is_replaced_whole(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    save_text(path, "new ≥\n")
    assert path.read_bytes() == "new ≥\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_failed_write_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    path.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"^report\.json: cannot be written: No space left on device$"):
        save_text(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_missing_folder_and_folder_as_file_are_refused(tmp_path):
    with pytest.raises(OutputError, match=r"^file\.csv: folder does not exist; make it first$"):
        save_text(tmp_path / "no" / "file.csv", "")
    with pytest.raises(OutputError, match="not a regular file"):
        save_bytes(tmp_path, b"")


def names_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OutputError])
def test_an_interrupted_folder_leaves_nothing(tmp_path, stop):
    def write():
        with whole_folder(tmp_path / "plan") as draft:
            (draft / "rtdose.dcm").write_bytes(b"half")
            raise stop("stopped")

    with pytest.raises(stop):
        write()
    assert names_in(tmp_path) == []


def test_a_folder_appears_whole_and_without_what_a_killed_run_left(tmp_path):
    stale = tmp_path / ".plan.part"
    stale.mkdir()
    (stale / "old.dcm").write_bytes(b"old")
    with whole_folder(tmp_path / "plan") as draft:
        (draft / "rtdose.dcm").write_bytes(b"new")
        assert not (tmp_path / "plan").exists()
    assert names_in(tmp_path) == ["plan", "plan/rtdose.dcm"]


def test_files_of_a_folder_are_replaced_and_others_stay(tmp_path):
    kept = tmp_path / "plan"
    kept.mkdir()
    (kept / "rtdose.dcm").write_bytes(b"old")
    (kept / "notes.txt").write_bytes(b"mine")
    with whole_folder(kept) as draft:
        (draft / "rtdose.dcm").write_bytes(b"new")
    assert {path.name: path.read_bytes() for path in kept.iterdir()} == {
        "rtdose.dcm": b"new",
        "notes.txt": b"mine",
    }


def test_a_file_in_the_place_of_a_folder_is_refused_and_kept(tmp_path):
    (tmp_path / "plan").write_bytes(b"mine")

    def write():
        with whole_folder(tmp_path / "plan"):
            pass

    with pytest.raises(OutputError, match="files cannot be moved to their place"):
        write()
    assert names_in(tmp_path) == ["plan"]
    assert (tmp_path / "plan").read_bytes() == b"mine"
