"""Workers that die, hang or eat memory, full disks, parents that are killed: nothing lost, nothing double."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import batch_archive
import misdeeds
import pytest

from dosimetry.batch.discovery import Discovery
from dosimetry.batch.engine import Counts, run
from dosimetry.batch.lanes import local_lanes
from dosimetry.batch.limits import Limits
from dosimetry.batch.settings import Settings

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX alone has these signals and limits")


class Memory:
    """A sink that a test can look into."""

    def __init__(self):
        self.kept = {}

    def has(self, key):
        return key in self.kept

    def has_failed(self, key):
        return self.kept[key][1].failure is not None

    def put(self, job, outcome):
        assert job.key not in self.kept
        self.kept[job.key] = (job, outcome)
        return outcome


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return batch_archive.archive(tmp_path_factory.mktemp("tiny"), 6)


@POSIX
@pytest.mark.parametrize(
    ("what", "code", "limits"),
    [
        pytest.param("hang", "timeout", Limits(6.0, None), marks=pytest.mark.slow),
        pytest.param("die", "killed", Limits(120.0, None), marks=pytest.mark.slow),
        pytest.param("eat", "memory", Limits(120.0, 512), marks=pytest.mark.slow),
    ],
)
def test_a_case_that_misbehaves_is_blamed_alone(tiny, monkeypatch, what, code, limits):
    """The bad case acts inside the worker, where its structure set is read: a plan's file of a kind of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(batch_archive.TESTS), os.environ.get("PYTHONPATH", ""))))
    monkeypatch.setenv("DOSIMETRY_TEST_DEED", what)
    settings = Settings()
    jobs = list(Discovery(tiny, settings).jobs())
    bad = jobs[2]
    jobs[2] = replace(bad, located=(misdeeds.Trap(bad.located[0]),))
    sink, counts = Memory(), Counts()
    lanes = local_lanes(2, settings, limits)
    try:
        run(jobs, lanes, sink, counts)
    finally:
        lanes.close()
    failed = {key: outcome.failure.code for key, (_, outcome) in sink.kept.items() if outcome.failure}
    assert failed == {bad.key: code}
    assert len(sink.kept) == 6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc for the workers")
@pytest.mark.slow
def test_a_killed_worker_loses_nothing(tmp_path):
    root, out = batch_archive.archive(tmp_path / "a", 30), tmp_path / "out"
    run_ = batch_archive.start(root, "--out", out, "--workers", "2")
    wait_for(out, 3)
    killed = 0
    for worker in workers_of(run_.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
            killed += 1
    said = run_.communicate(timeout=120)[1]
    assert killed
    assert run_.returncode == 0, said
    assert len(batch_archive.kept(out)) == 30


def workers_of(pid):
    """Return the processes that a process started and that compute."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [one for one in map(int, children) if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def wait_for(out, count, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (out / "log.jsonl").exists() and len(batch_archive.log(out)) > count:
            return
        time.sleep(0.02)
    raise AssertionError("nothing was computed")


@POSIX
@pytest.mark.slow
def test_a_full_disk_ends_in_one_line_and_the_next_run_goes_on(tmp_path):
    root, out = batch_archive.archive(tmp_path / "a", 12), tmp_path / "out"
    line, environment = batch_archive.command(root, "--out", out, "--workers", "1")
    # no file may grow beyond 300 kB: what a full disk does to a store, in a real process
    limit = (
        "import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000)); os.execv(sys.argv[1], sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", limit, *line],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3
    before = batch_archive.kept(out)
    assert len(before) < 12
    code, said = batch_archive.batch(root, "--out", out, "--workers", "1")
    assert code == 0, said
    assert len(batch_archive.kept(out)) == 12


def test_a_folder_that_vanishes_is_told_and_comes_back(tmp_path):
    root, out = batch_archive.archive(tmp_path / "a", 3), tmp_path / "out"
    settings = Settings()
    jobs = Discovery(root, settings).jobs()
    first = next(jobs)
    shutil.move(root / "case0001", tmp_path / "away")
    rest = list(jobs)
    assert [job.failure is None for job in (first, *rest)] == [True, True, False]
    shutil.move(tmp_path / "away", root / "case0001")
    assert all(job.failure is None for job in Discovery(root, settings).jobs())
    assert not out.exists()


@POSIX
@pytest.mark.slow
def test_killed_at_fifty_random_moments(tmp_path):
    """The parent is killed wherever it is, again and again, until a run comes to its end."""
    root, out, single = batch_archive.archive(tmp_path / "a", 60), tmp_path / "out", tmp_path / "single"
    assert batch_archive.batch(root, "--out", single, "--workers", "1")[0] == 0
    drawn = random.Random(9)  # noqa: S311
    steps = []
    for _ in range(50):
        run_ = batch_archive.start(root, "--out", out, "--workers", "1")
        time.sleep(drawn.uniform(0.1, 2.2))
        os.kill(run_.pid, signal.SIGKILL)
        run_.communicate(timeout=30)
        steps.append(len(batch_archive.kept(out)) if (out / "results.sqlite").exists() else 0)
    assert steps == sorted(steps)
    code, said = batch_archive.batch(root, "--out", out, "--workers", "2")
    assert code == 0, said
    assert batch_archive.kept(out) == batch_archive.kept(single)
