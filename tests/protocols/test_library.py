"""Sheets as files: those of the package, and what a file of the user's must look like."""

from __future__ import annotations

import pytest

from dosimetry.errors import ProtocolError
from dosimetry.protocols.library import find_sheet, read_sheet, sheets

GOOD = """
title = "Mine"
[source]
citation = "Our clinic, 2026"
where = "page 1"
verified = true
[[constraint]]
part = "heart"
goal = "Mean[Gy] <= 3"
acceptable = "Mean[Gy] <= 5"
"""

# protocol: (part, goal, acceptable) as the facts state them
STATED = {
    "degro-2019": [
        ("heart", "Mean[Gy] < 2.5 Gy", None),
        ("left_ventricle", "Mean[Gy] < 3 Gy", None),
        ("left_ventricle", "V5Gy[%] < 17 %", None),
        ("left_ventricle", "V23Gy[%] < 5 %", None),
        ("lad", "Mean[Gy] < 10 Gy", None),
        ("lad", "V30Gy[%] < 2 %", None),
        ("lad", "V40Gy[%] < 1 %", None),
    ],
    "dbcg-50-25": [
        ("heart", "V20Gy[%] ≤ 10 %", None),
        ("heart", "V40Gy[%] ≤ 5 %", None),
        ("lad", "V20Gy[%] ≤ 0 %", None),
        ("lad", "V10Gy[%] ≤ 5 %", None),
        ("lung_ipsilateral", "V20Gy[%] ≤ 25 %", "V20Gy[%] ≤ 35 %"),
        ("lung_ipsilateral", "Mean[Gy] < 18 Gy", None),
        ("spinal_cord", "Max[Gy] ≤ 48 Gy", None),
        ("brachial_plexus", "Max[Gy] ≤ 54 Gy", None),
    ],
    "nsabp-b51": [
        ("heart", "Mean[Gy] ≤ 4 Gy", "Mean[Gy] ≤ 5 Gy"),
        ("lung_ipsilateral", "V20Gy[%] ≤ 30 %", "V20Gy[%] ≤ 35 %"),
        ("lung_ipsilateral", "V10Gy[%] ≤ 50 %", "V10Gy[%] ≤ 60 %"),
        ("lung_ipsilateral", "V5Gy[%] ≤ 65 %", "V5Gy[%] ≤ 70 %"),
        ("lung_contralateral", "V5Gy[%] ≤ 10 %", "V5Gy[%] ≤ 15 %"),
        ("imn_target", "V45Gy[%] ≥ 95 %", "V40Gy[%] ≥ 90 %"),
    ],
    "fast-forward": [
        ("heart", "V7Gy[%] ≤ 5 %", None),
        ("heart", "V1.5Gy[%] ≤ 30 %", None),
        ("lung_ipsilateral", "V8Gy[%] ≤ 15 %", None),
    ],
}


@pytest.mark.parametrize("name", STATED)
def test_sheets_hold_the_published_limits(name):
    lines = [
        (line.parts[0], str(line.goal.always), str(line.acceptable.always) if line.acceptable else None)
        for line in find_sheet(name).constraints
    ]
    assert lines == STATED[name]


def test_limits_that_hang_on_the_course():
    skagen = find_sheet("skagen-1")
    heart = skagen.constraints[0].goal
    assert str(heart.limit(15)) == "V17Gy[%] ≤ 10 %"
    assert str(heart.limit(25)) == "V20Gy[%] ≤ 10 %"
    assert heart.limit(20) is None
    assert heart.limit(None) is None
    assert find_sheet("dbcg-40-15").fractions == (15,)


def test_only_what_was_seen_is_verified():
    assert {sheet.id for sheet in sheets() if sheet.is_verified} == {"degro-2019", "dbcg-50-25"}


def test_a_sheet_of_the_users_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    sheet = find_sheet(str(path))
    assert (sheet.id, sheet.title, sheet.citation) == ("mine", "Mine", "Our clinic, 2026")
    assert str(sheet.constraints[0].acceptable.always) == "Mean[Gy] ≤ 5 Gy"
    assert len(sheet.sha256) == 64


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('part = "heart"', 'part = "hart"', r"mine\.toml: constraint\.1\.part: no part is called 'hart'"),
        ('part = "heart"', "", "either part or roi must be there"),
        ('part = "heart"', 'part = "heart"\nroi = "Heart"', "either part or roi must be there"),
        ("Mean[Gy] <= 3", "Mean <= 3", "leaves its unit open"),
        ("Mean[Gy] <= 3", "Mean[Gy] about 3", "no limit: 'Mean"),
        ("Mean[Gy] <= 5", "Mean[Gy] <= 2", "acceptable is stricter than goal"),
        ("Mean[Gy] <= 5", "Mean[Gy] >= 5", "opposite directions"),
        ("verified = true", "", r"source\.verified: Field required"),
        ("verified = true", 'verified = "yes"', r"source\.verified"),
        ('title = "Mine"', 'title = "Mine"\nlimits = 3', "limits: Extra inputs are not permitted"),
        ('title = "Mine"', 'title = "Mine"\nfractions = [0]', "fractions"),
        ('title = "Mine"', "title =", "not a TOML file"),
        ('acceptable = "Mean[Gy] <= 5"', 'acceptable = { 15 = "Mean[Gy] <= 5" }', "same numbers of fractions"),
        ('goal = "Mean[Gy] <= 3"\nacceptable = "Mean[Gy] <= 5"', "goal = { many = 'Mean[Gy] <= 3' }", "goal"),
    ],
)
def test_what_is_wrong_in_a_sheet_is_named(tmp_path, old, new, message):
    path = tmp_path / "mine.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ProtocolError, match=message):
        read_sheet(path)


def test_unknown_names_and_files_are_refused(tmp_path):
    with pytest.raises(ProtocolError, match="no protocol named 'rtog'; expected dbcg-40-15 or"):
        find_sheet("rtog")
    with pytest.raises(ProtocolError, match=r"^nowhere\.toml: file does not exist"):
        find_sheet(str(tmp_path / "nowhere.toml"))
