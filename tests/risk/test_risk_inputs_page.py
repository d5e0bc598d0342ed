"""The page of inputs names every factor, column and key that the program knows, and no other."""

from __future__ import annotations

import re

import pytest

from dosimetry.cli.risk_file import _KEYS
from dosimetry.risk.patient import FACTORS
from dosimetry.risk.rates import _KNOWN, _SUFFIX


@pytest.fixture(scope="module")
def page(source_tree):
    return (source_tree / "docs" / "risk-inputs.md").read_text(encoding="utf-8")


def named(page, heading):
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_factor(page):
    assert named(page, "A patient") == set(FACTORS)


def test_every_column(page):
    assert named(page, "Rates by age") == {name + _SUFFIX for name in _KNOWN}


def test_every_key(page):
    assert named(page, "A comparison's risk") == {*_KEYS, "[patient]"}
