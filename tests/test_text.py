"""Text from files cannot drive a terminal, break a line or start a formula."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import DosimetryError
from dosimetry.text import clean, csv_cell
from dosimetry.warnings import Caution, Code, merge

MARK = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Herz µ 心", "Herz µ 心"),
        ("", ""),
        ("a\nb\r\tc", f"a{MARK}b{MARK}{MARK}c"),
        ("\x1b[31mred", f"{MARK}[31mred"),
        ("\x9b31m\x07\0", f"{MARK}31m{MARK}{MARK}"),
        ("\u202eabc\u2066", f"{MARK}abc{MARK}"),  # reads backwards in a terminal
        ("Heart\u200b", f"Heart{MARK}"),
        ("a\u2028b", f"a{MARK}b"),
        ("caf\udce9", f"caf{MARK}"),
        ("\ue000", MARK),
    ],
)
def test_clean(text, shown):
    assert clean(text) == shown


@given(st.text(st.characters(codec=None)), st.integers(1, 50))
def test_anything_becomes_one_printable_line(text, limit):
    shown = clean(text, limit=limit)
    assert len(shown) == min(len(text), limit)
    assert len(shown.splitlines()) <= 1
    assert all(unicodedata.category(c)[0] != "C" for c in shown)
    shown.encode("utf-8")
    assert clean(shown, limit=limit) == shown


def test_long_text_is_cut():
    assert clean("x" * 3000) == "x" * 1999 + "…"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_formulas_are_text(text):
    assert csv_cell(text) in ("'" + clean(text), clean(text))
    assert not csv_cell(text).lstrip().startswith(("=", "+", "-", "@"))


def test_plain_cells_stay():
    assert csv_cell("Heart") == "Heart"
    assert csv_cell("") == ""


def test_errors_are_one_line_of_parts():
    error = DosimetryError(
        "a problem",
        file="/home/Doe^Jane/rs\n.dcm",
        item="ROI '\x1b[2J'",
        expected="this",
        found="that",
        remedy="do so",
    )
    assert str(error) == f"rs{MARK}.dcm: ROI '{MARK}[2J': a problem; expected this; found that; do so"
    assert str(DosimetryError("a problem")) == "a problem"
    assert error.args == ("a problem",)


def test_warnings_are_one_line_and_merge_once():
    caution = Caution(Code.CONTOUR_GAP, "PTV\n", "a gap")
    assert str(caution) == f"PTV{MARK}: a gap [contour-gap]"
    assert caution.as_dict() == {"code": "contour-gap", "subject": f"PTV{MARK}", "text": "a gap"}
    other = Caution(Code.CONTOUR_GAP, "GTV", "a gap")
    assert merge((caution, other), (caution,), ()) == (caution, other)


def test_codes_are_unlike_each_other():
    assert len({code.value for code in Code}) == len(Code.__members__)
    assert all(code.value == code.value.lower() and " " not in code.value for code in Code)
