"""Plans that arrive while the batch runs."""

from __future__ import annotations

import shutil
import time

import batch_archive

from dosimetry.batch.discovery import Discovery
from dosimetry.batch.settings import Settings
from dosimetry.batch.watch import Watch, watched_jobs


def test_a_folder_is_taken_once_it_is_at_rest_and_again_when_it_changed(tmp_path):
    root = batch_archive.archive(tmp_path / "a", 1)
    unit = root / "case0000"
    watch = Watch(0.05)
    assert watch.at_rest([unit]) == []
    with (unit / "more").open("w") as stream:
        stream.write("x")
    time.sleep(0.06)
    assert watch.at_rest([unit]) == []  # it changed in between
    time.sleep(0.06)
    assert watch.at_rest([unit]) == [unit]
    assert watch.at_rest([unit]) == []
    (unit / "more").unlink()
    watch.at_rest([unit])
    time.sleep(0.06)
    assert watch.at_rest([unit]) == [unit]


def test_what_arrives_in_parts_is_one_case_and_no_failure(tmp_path):
    source = batch_archive.archive(tmp_path / "source", 2)
    root = tmp_path / "inbox"
    (root / "case0000").mkdir(parents=True)
    shutil.copy(source / "case0000" / "dose.dcm", root / "case0000")
    steps = []

    def pause(seconds):
        time.sleep(seconds)
        steps.append(seconds)
        if len(steps) == 8:
            for name in ("structures.dcm", "plan.dcm"):
                shutil.copy(source / "case0000" / name, root / "case0000")
            shutil.copytree(source / "case0001", root / "case0001")

    discovery = Discovery(root, Settings())
    jobs = [job for job in watched_jobs(discovery, Watch(0.1), seconds=1.5, pause=pause) if job is not None]
    assert [job.failure for job in jobs] == [None, None]
    assert {job.located[0].dose.path.parent.name for job in jobs} == {"case0000", "case0001"}


def test_a_half_that_never_comes_is_told_at_the_end(tmp_path):
    root = batch_archive.archive(tmp_path / "a", 1)
    (root / "case0000" / "structures.dcm").unlink()
    jobs = [job for job in watched_jobs(Discovery(root, Settings()), Watch(0.05), seconds=0.5) if job is not None]
    assert [job.failure.code for job in jobs] == ["link"]
