"""Alias files: what an institution calls its ROIs, and what it cannot redefine."""

from __future__ import annotations

import tomllib

import pytest
from box_thorax import BOXES, structure_set

from dosimetry.errors import UsageError
from dosimetry.imn.anatomy import find_anatomy
from dosimetry.names import Role, Side, match_name, resolve_roles
from dosimetry.names.aliases import read_aliases, starter_file
from dosimetry.names.parts import Choices


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "our.toml"
        path.write_text(text, encoding="utf-8")
        return read_aliases(path)

    return read_text


def test_meanings_without_regard_to_case_and_blanks(read):
    known = read('[names]\n"Hrt  neu" = "heart"\n"Ipsi" = "lung, LEFT"\n"help" = "nothing"\n"Mamma?" = "breast"\n')
    match = known.match(" hrt NEU ")
    assert (match.role, match.side, match.rule) == (Role.HEART, None, "alias file our.toml")
    assert (known.match("IPSI").role, known.match("ipsi").side) == (Role.LUNG, Side.LEFT)
    assert known.match("mamma?").side is Side.UNKNOWN
    assert known.knows("HELP")
    assert known.match("help") is None
    assert not known.knows("Heart")


def test_aliases_come_before_words_and_after_standards(read):
    """`Heart old` is no heart; `LAD` is, by words, until the file says otherwise."""
    structures = structure_set(BOXES, Heart="Heart old", A_LAD="LAD")
    known = read('[names]\n"Heart old" = "heart"\n"LAD" = "nothing"\n')
    found = {one.structure.name: one.match for one in resolve_roles(structures, known).matches}
    assert found["Heart old"].rule == "alias file our.toml"
    assert "LAD" not in found
    assert found["Lung_L"].rule == "TG-263 name"
    anatomy = find_anatomy(structures, Choices(aliases=known))
    assert anatomy.heart.name == "Heart old"
    assert "lad" not in anatomy.parts


def test_a_standard_name_that_leaves_the_side_open_may_get_one(read):
    assert read('[names]\n"CTVn_IMN" = "imn_target, left"\n').match("CTVn_IMN").side is Side.LEFT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[names]\n"Heart" = "lung, left"\n',
            "a standard gives this name another meaning",
        ),
        (
            '[names]\n"Lung_L" = "lung, right"\n',
            "expected lung, left by TG-263; found lung, right",
        ),
        ('[names]\n"Heart" = "nothing"\n', "another meaning"),
        ('[names]\n"X" = "hart"\n', "has no meaning; expected nothing or heart or lad"),
        ('[names]\n"X" = "heart, left"\n', "expected heart without a side"),
        ('[names]\n"X" = "lung, up"\n', "expected lung, left or right or both"),
        ('[names]\n"X" = 3\n', "has no meaning"),
        ('[names]\n"X" = "heart"\n"x " = "liver"\n', "a name has two meanings"),
        ("[other]\n", "holds no names"),
        ("names = 3\n", "holds no names"),
        ("[names\n", "not a TOML file"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(read, text, message):
    with pytest.raises(UsageError, match=r"^our\.toml: ") as caught:
        read(text)
    assert message in str(caught.value)


def test_a_missing_file_is_one_error(tmp_path):
    with pytest.raises(UsageError, match=r"^nowhere\.toml: --aliases: cannot be read"):
        read_aliases(tmp_path / "nowhere.toml")


def test_a_starter_file_reads_back_and_changes_nothing(read):
    hostile = 'a"b\\c\n[names]\x1b'
    text = starter_file([match_name("Heart"), match_name("Lt Lung")], [("Scar", []), (hostile, ["heart"])])
    names = tomllib.loads(text)["names"]
    assert names["Scar"] == "nothing"
    assert len(names) == 2
    assert '# "Lt Lung" = "lung, left"' in text
    assert read(text).match("Scar") is None
