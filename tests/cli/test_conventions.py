"""``dosimetry conventions``, and how a convention is named in results."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dosimetry.cli.main import run
from dosimetry.dvh.convention import CONVENTIONS, DEFAULT_CONVENTION, Convention, EndCap, SliceRule
from dosimetry.report.conventions import describe_convention, describe_source


def shown(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        run(["conventions", *arguments])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_every_format_lists_every_convention(capsys):
    table = shown(capsys).splitlines()
    assert [line.split()[0] for line in table[2 : 2 + len(CONVENTIONS)]] == list(CONVENTIONS)
    document = json.loads(shown(capsys, "--format", "json"))
    assert document["schema"] == "dosimetry/conventions/1"
    assert document["conventions"] == [item.as_dict() for item in CONVENTIONS.values()]
    rows = list(csv.DictReader(io.StringIO(shown(capsys, "--format", "csv"))))
    assert [(row["name"], row["end_cap"]) for row in rows] == [
        (name, item.end_cap.value) for name, item in CONVENTIONS.items()
    ]


def test_a_convention_is_described_by_its_rules():
    text = "prism-half-slice (slice rule prism, end cap half-slice, inclusion exact)"
    assert describe_convention(DEFAULT_CONVENTION) == text
    other = Convention("own", SliceRule.SHAPE_BASED, EndCap.LIMITED, cap_limit_mm=1.5)
    text = "own (slice rule shape-based, end cap limited, inclusion exact, cap limit mm 1.5)"
    assert describe_convention(other) == text


class Sourced:
    """A convention that states where it is from."""

    name = "system-1"

    def __init__(self, *, verified):
        self.verified = verified

    def as_dict(self):
        stated = {"description": "Prisms.", "system": "System 1", "not_modelled": ["its bins"], "source": "Paper 1"}
        return {**DEFAULT_CONVENTION.as_dict(), **stated, "verified": self.verified}


def test_sources_are_told_with_their_standing():
    assert describe_convention(Sourced(verified=False)).endswith("inclusion exact, after Paper 1, unverified)")
    assert describe_convention(Sourced(verified=True)).endswith("inclusion exact, after Paper 1)")
    assert describe_source(Sourced(verified=False)) == [
        *("Prisms.", "of System 1", "not modelled: its bins", "Paper 1, unverified"),
    ]
