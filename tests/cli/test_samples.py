"""``dosimetry samples``: the shipped pair again, anywhere, and nothing overwritten."""

from __future__ import annotations

import pydicom
import pytest

from dosimetry.cli import main


def run(*arguments):
    with pytest.raises(SystemExit) as caught:
        main.run(["samples", *map(str, arguments)])
    return caught.value.code


def test_pair_is_written_and_never_overwritten(tmp_path, project_root, capsys):
    assert run(tmp_path / "new") == 0
    written = capsys.readouterr().out.split()
    shipped = project_root / "sample_plans"
    assert [path.rsplit("/", 1)[-1] for path in written] == ["left_fb_tangents", "left_fb_tangents_imn"]
    for plan in ("left_fb_tangents", "left_fb_tangents_imn"):
        for name in ("rtstruct.dcm", "rtplan.dcm"):
            assert (tmp_path / "new" / plan / name).read_bytes() == (shipped / plan / name).read_bytes()
        one, other = (pydicom.dcmread(folder / plan / "rtdose.dcm") for folder in (tmp_path / "new", shipped))
        assert one.SOPInstanceUID == other.SOPInstanceUID
    assert run(tmp_path / "new") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "is there already" in told.err
