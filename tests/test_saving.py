"""Files that are whole or absent."""

from __future__ import annotations

import pytest

from dosimetry.errors import OutputError
from dosimetry.saving import save_bytes, save_text


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
    with pytest.raises(OutputError, match=r"^x\.csv: folder does not exist; make it first$"):
        save_text(tmp_path / "no" / "x.csv", "")
    with pytest.raises(OutputError, match="not a regular file"):
        save_bytes(tmp_path, b"")
