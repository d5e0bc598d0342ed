"""A thousand cases, one in twenty broken in one way or another."""

from __future__ import annotations

import shutil

import batch_archive
import exports
import pydicom
import pytest

from dosimetry.batch.discovery import Discovery
from dosimetry.batch.settings import Settings


def multiply(root, source, count):
    """Copy a case many times, with UIDs, patient and dose of its own each."""
    read = {name: pydicom.dcmread(source / name) for name in exports.NAMES}
    uids = {name: dataset.SOPInstanceUID for name, dataset in read.items()}
    for number in range(count):
        folder = root / f"case{number:04d}"
        folder.mkdir(parents=True)
        for name in exports.NAMES:
            data = (source / name).read_bytes()
            # ids of the same length, so that files stay what they are
            for uid in uids.values():
                data = data.replace(uid.encode(), (uid[:-4] + f"{number:04d}").encode())
            data = data.replace(b"SYNTHETIC-0000", f"SYNTHETIC-{number:04d}".encode())
            (folder / name).write_bytes(data)


@pytest.mark.slow
def test_a_thousand_cases_one_in_twenty_broken(tmp_path):
    source = batch_archive.archive(tmp_path / "one", 1) / "case0000"
    root, out = tmp_path / "archive", tmp_path / "out"
    multiply(root, source, 1000)
    told = batch_archive.spoil(root, 20, range(50))
    assert len(told) == 50
    code, said = batch_archive.batch(root, "--out", out, seconds=500)
    assert code == 1
    rows = list(batch_archive.kept(out).values())
    good = [row for row in rows if row[2] != "failed"]
    failed = [row for row in rows if row[2] == "failed"]
    # 950 are whole; a flipped bit may leave a file as good as it was, and another dose or name with it
    assert 950 <= len(good) <= 1000
    assert len(good) + len(failed) == 1000, said
    assert all(row[3] and row[4] for row in failed)
    assert len({row[3] for row in failed}) >= 3
    # every whole one has the numbers that the single run has
    single = tmp_path / "single"
    assert batch_archive.batch(tmp_path / "one", "--out", single)[0] == 0
    (alone,) = batch_archive.kept(single).values()
    expected = numbers(alone)
    whole = sum(numbers(row) == expected for row in good)
    assert whole >= 950
    shutil.rmtree(root)


def numbers(row):
    return [one["metrics"] for one in row[5]["dvh"]["structures"]]


def test_shards_part_all_jobs(tmp_path):
    root = batch_archive.archive(tmp_path / "a", 12)
    every = [job.ref for job in Discovery(root, Settings()).jobs()]
    shards = [[job.ref for job in Discovery(root, Settings(), (number, 3)).jobs()] for number in (1, 2, 3)]
    assert sorted(every) == sorted(ref for shard in shards for ref in shard)
    assert all(len(shard) < 12 for shard in shards)
    again = [[job.ref for job in Discovery(root, Settings(), (number, 3)).jobs()] for number in (1, 2, 3)]
    assert again == shards
