"""Labels pair plans only where they state that the IMN is the difference."""

from __future__ import annotations

import batch_archive
import exports
import pytest
import trees

from dosimetry.batch.discovery import Discovery
from dosimetry.batch.pairing import label_words
from dosimetry.batch.settings import Settings


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("TANGENTS_IMN", (("tangents",), True)),
        ("tangents", (("tangents",), False)),
        ("DIBH + IMC", (("dibh",), True)),
        ("IMN", None),
        ("", None),
        ("WB no IMN", None),
        ("Brust ohne IMC", None),
        ("IMN IMN boost", None),
        ("IMNER", (("imner",), False)),
    ],
)
def test_words_of_a_label(label, words):
    assert label_words(label) == words


def plans(root, *labels, patient="SYNTHETIC-PAIR"):
    for number, label in enumerate(labels):
        folder = root / f"plan{number}"
        exports.export(folder, trees.header(patient, series_label=f"s{number}"))
        exports.edit(folder / "plan.dcm", trees.setting(RTPlanLabel=label))
    return [job for job in Discovery(root, Settings()).jobs() if job.kind.value == "pair"]


def test_two_plans_of_one_label_pair(tmp_path):
    (pair,) = plans(tmp_path, "FB_IMN", "FB", "DIBH")
    assert [one.dose.path.parent.name for one in pair.located] == ["plan1", "plan0"]
    assert pair.technique == "fb"


def test_two_candidates_are_no_pair_but_a_reason(tmp_path):
    (pair,) = plans(tmp_path, "FB_IMN", "FB", "FB IMN")
    assert pair.failure.code == "ambiguity"
    assert "1 plans without and 2 with IMN" in pair.failure.text


def test_plans_of_different_patients_never_pair(tmp_path):
    batch_archive.archive(tmp_path, 2)
    for folder, label in (("case0000", "FB"), ("case0001", "FB_IMN")):
        exports.edit(tmp_path / folder / "plan.dcm", trees.setting(RTPlanLabel=label))
    assert [job.kind.value for job in Discovery(tmp_path, Settings()).jobs()] == ["case", "case"]
