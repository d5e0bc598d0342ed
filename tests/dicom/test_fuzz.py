"""Files damaged at random: a result or one line of the project's, never a traceback, a hang or much memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from damage import write_whole

TESTS = Path(__file__).parents[1]
SECONDS = 10.0
MOST_BYTES = 2 * 2**30


def sweep(folder, first, last):
    """Read every file below a folder, damaged in ways number `first` to `last`; return a line for each."""
    import dosimetry

    place = os.pathsep.join((str(TESTS), str(Path(dosimetry.__file__).parents[1])))
    run = subprocess.run(
        [sys.executable, TESTS / "fuzz_worker.py", folder, str(first), str(last)],
        env={**os.environ, "PYTHONPATH": place},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"after {lines[-1] if lines else 'nothing'}:\n{run.stderr[-4000:]}"
    *lines, end = lines
    assert end["peak"] < MOST_BYTES
    return lines


def check(lines):
    assert [line["what"] + "\n" + line["error"] for line in lines if line["error"]] == []
    assert [line["what"] for line in lines if line["seconds"] > SECONDS] == []
    assert [text for line in lines for text in line["told"] if not text or "\n" in text] == []
    # neither all refused nor all read: the damages are of both kinds
    share = sum(bool(line["measured"]) for line in lines) / len(lines)
    assert 0.2 < share < 0.95, share


def test_some_damaged_files(tmp_path):
    write_whole(tmp_path)
    lines = sweep(tmp_path, 0, 8)
    assert len(lines) > 150
    check(lines)


@pytest.mark.slow
def test_three_thousand_damaged_files(tmp_path, project_root):
    real = Path(os.environ.get("DOSIMETRY_SHARED_DATA", project_root.parent / "shared" / "data")) / "breast_boost"
    write_whole(
        tmp_path,
        sample=project_root / "sample_plans" / "left_fb_tangents",
        real=real if real.is_dir() else None,
    )
    lines = sweep(tmp_path, 100, 212)
    assert len(lines) >= (3000 if real.is_dir() else 2600)
    check(lines)
