"""Named conventions: what the file may say, and that each name measures what it states."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dosimetry.dvh.convention import (
    CONVENTIONS,
    DEFAULT_CONVENTION,
    Convention,
    EndCap,
    Inclusion,
    SliceRule,
    find_convention,
    read_conventions,
)
from dosimetry.errors import UsageError

GOOD = """
[mine]
description = "Mine."
slice_rule = "prism"
end_cap = "limited"
cap_limit_mm = 2.0
inclusion = "centre"
"""


def test_a_table_becomes_a_convention():
    assert read_conventions(GOOD, "mine.toml") == (
        Convention("mine", SliceRule.PRISM, EndCap.LIMITED, Inclusion.CENTRE, 2.0, description="Mine."),
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"prism"', '"prisms"', "slice_rule has no meaning; expected prism or shape-based; found 'prisms'"),
        ('"limited"', '"Limited"', "end_cap has no meaning; expected none or half-slice or limited or rounded"),
        ('"centre"', '"center"', "inclusion has no meaning; expected exact or centre or touched; found 'center'"),
        ("cap_limit_mm = 2.0", "cap_limit_mm = -2.0", "cap_limit_mm is no length; found -2"),
        ("cap_limit_mm = 2.0", "cap_limit_mm = nan", "cap_limit_mm is no length"),
        ("cap_limit_mm = 2.0", "cap_limit_mm = 2", "cap_limit_mm is not a number with a decimal point; found 2"),
        ("cap_limit_mm = 2.0", "", "cap_limit_mm and the end cap 'limited' stand together"),
        ('"limited"', '"none"', "cap_limit_mm and the end cap 'limited' stand together"),
        ("cap_limit_mm", "cap_limit", "unknown key 'cap_limit'"),
        ('description = "Mine."', "", "key is missing; expected description"),
        ('description = "Mine."', "description = 3", "description is not a text; found 3"),
        ('description = "Mine."', 'description = "M"\nverified = "yes"', "verified is not true or false"),
        ('description = "Mine."', 'description = "M"\nnot_modelled = [1]', "not_modelled is not a list of texts"),
        ('description = "Mine."', 'description = "M"\ngap_factor = 0.5', "gap_factor is not at least 1"),
        ('description = "Mine."', 'description = "M"\nsystem = "X 1"', "a system and the source"),
        ("[mine]", "[prism-half-slice]", "this name is taken by the default"),
        ("[mine]", "mine = 1\n[other]", "is no table"),
        ("[mine]", "[mine", "not a TOML file"),
    ],
)
def test_a_wrong_word_is_told(old, new, message):
    assert old in GOOD
    with pytest.raises(UsageError) as caught:
        read_conventions(GOOD.replace(old, new), "mine.toml")
    assert message in str(caught.value)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(UsageError, match="no convention named 'cube'") as caught:
        find_convention("cube")
    for name in CONVENTIONS:
        assert name in str(caught.value)


def test_the_default_is_the_first_and_needs_no_file():
    assert next(iter(CONVENTIONS)) == DEFAULT_CONVENTION.name
    assert find_convention(DEFAULT_CONVENTION.name) is DEFAULT_CONVENTION
    code = (
        "import sys; from dosimetry.dvh.convention import find_convention as f; f('prism-half-slice');"
        "assert 'tomllib' not in sys.modules; f('mim'); assert 'tomllib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_each_name_states_one_convention():
    stated = [(c.slice_rule, c.end_cap, c.inclusion, c.cap_limit_mm) for c in CONVENTIONS.values() if not c.system]
    assert len(set(stated)) == len(stated)
    for name, convention in CONVENTIONS.items():
        assert convention.name == name
        assert convention.description.endswith(".")
        assert (convention.system is None) == (convention.source is None)
        assert convention.doi is None or convention.doi.startswith("10.")


def test_as_json():
    found = find_convention("proknow-1.22").as_dict()
    assert (found["slice_rule"], found["end_cap"], found["inclusion"]) == ("prism", "limited", "exact")
    assert type(found["end_cap"]) is str
    assert (found["cap_limit_mm"], found["gap_factor"]) == (1.5, 1.5)
    assert found["verified"] is False
    assert found["not_modelled"] == ["the dose is sampled at more than 10,000 points", "at least 1000 bins"]
