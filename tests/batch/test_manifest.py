"""What a manifest says, and how one that is wrong is told."""

from __future__ import annotations

import batch_archive
import pytest

from dosimetry.batch.discovery import Discovery
from dosimetry.batch.manifest import read_manifest
from dosimetry.batch.settings import Settings
from dosimetry.errors import UsageError

HEAD = "pseudonym,technique,imn,folder\n"


def written(tmp_path, text):
    path = tmp_path / "plans.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_manifest_names_folders_and_pairs(tmp_path):
    root = batch_archive.archive(tmp_path / "a", 3)
    text = HEAD + "A,tangents,without,case0000\nA,tangents,with,case0001\nB,,,case0002\nC,x,,nowhere\n"
    jobs = list(Discovery(root, Settings()).of_manifest(read_manifest(written(tmp_path, text))))
    assert [(job.kind.value, job.patient, job.imn, job.failure and job.failure.code) for job in jobs] == [
        ("case", "A", "without", None),
        ("case", "A", "with", None),
        ("case", "B", "", None),
        ("case", "C", "", "dicom-file"),
        ("pair", "A", "", None),
    ]
    assert [one.dose.path.parent.name for one in jobs[-1].located] == ["case0000", "case0001"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pseudonym,technique,folder\n", "line 1: no column 'imn'"),
        (HEAD + "A,t,maybe,x\n", "line 2, column imn: cannot be 'maybe'"),
        (HEAD + "A,t,with,x\n\n,t,with,y\n", "line 4, column pseudonym: is empty"),
        (HEAD + "A,t,with,../x\n", "line 2, column folder: leads out of ROOT"),
        (HEAD + "A,t,with,C:\\x\n", "line 2, column folder: leads out of ROOT"),
        (HEAD + "A,t,with,/x\n", "line 2, column folder: leads out of ROOT"),
        (HEAD + "A,t,with,x\nB,t,with,x\n", "line 3, column folder: is named in line 2, too"),
        (
            HEAD + "A,t,with,x\nA,t,with,y\n",
            "line 3, column imn: this patient and technique have a plan with IMN in",
        ),
        (HEAD + "A,t,with\n", "line 2: 3 cells where the header has 4"),
        (HEAD, "names no folder"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_column(tmp_path, text, told):
    with pytest.raises(UsageError) as caught:
        read_manifest(written(tmp_path, text))
    assert told in str(caught.value)
