"""Tables: whole in a pipe, no number torn apart in a terminal, hostile text."""

from __future__ import annotations

import re
import sys

import pytest
from code_page import in_code_page

from dosimetry.cli.table import Column, table
from dosimetry.errors import OutputError

EVIL = "[bold red]Heart[/] \x1b[31m\u202ered :heart:"
SHOWN = "[bold red]Heart[/] \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}red :heart:"


def test_piped_table_is_whole_and_reads_no_markup(capsys):
    long = "x" * 300
    table("Title", [Column("[b]Name", right=False), Column("Mean [Gy]")], [(EVIL, 4.2), (long, None)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Title"
    assert lines[2].startswith("[b]Name")
    assert SHOWN in lines[4]
    assert lines[4].endswith(" 4.20")
    assert lines[5].startswith(long)
    assert lines[5].endswith("–")
    assert all(line == line.rstrip() for line in lines)


def test_numbers_are_printed_with_the_decimals_of_their_column(capsys):
    table("", [Column("a", digits=1), Column("b", digits=3), Column("c")], [(1.25, 2.0, 7)])
    assert capsys.readouterr().out.splitlines()[-1].split() == ["1.2", "2.000", "7"]


def test_table_survives_a_code_page(monkeypatch):
    read = in_code_page(monkeypatch, "cp1252")
    table("4 → 8", [Column("≥", right=False)], [("→",)])
    assert read().splitlines()[0] == "4 ? 8"


def test_table_wraps_in_a_terminal_and_cuts_nothing(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    name = "abcdefghij" * 8
    table("", [Column("Name", right=False), Column("Mean")], [(name, 4.2)])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(len(line) for line in lines) <= 40
    assert "".join(line.replace("4.20", "").strip() for line in lines[2:]) == name


def test_numbers_and_their_brackets_are_parted_in_every_column_or_in_none(monkeypatch, capsys):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    columns = [Column("ROI", right=False), Column("a"), Column("b"), Column("Volume [cc]")]
    for width, whole in ((80, True), (52, False)):
        monkeypatch.setenv("COLUMNS", str(width))
        rows = [("Heart", "1.0 (0.9–1.1)", "22.00 (21.00–23.00)", 519.2), ("Lung", "2", "3", 4.0)]
        table("", columns, rows)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
        assert max(len(line) for line in lines) <= width
        assert any("1.0 (0.9" in line for line in lines) is whole
        assert any("22.00 (21.00" in line for line in lines) is whole
        assert any("Volume [cc]" in line for line in lines)


def test_no_number_is_torn_apart_in_a_narrow_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    columns = [Column("ROI", right=False), *(Column(f"D{pct}%[Gy]", digits=3) for pct in range(10, 22))]
    columns += [Column("Mean[Gy] without"), Column("with", attached=True), Column("Added (CI)", attached=True)]
    values = [50.0 + index / 8 for index in range(len(columns) - 2)]
    table("", columns, [("CTVp_breast_L", *values, "+8.5 (3.7–17.0)")])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    words = [word for line in lines for word in line.split()]
    assert max(len(line) for line in lines) <= 40
    for index, value in enumerate(values, 1):
        assert f"{value:.{columns[index].digits}f}" in words
    assert {"+8.5", "(3.7–17.0)", *(column.title for column in columns[1:13])} <= set(words)
    heads = [line for line in lines if "without" in line]
    assert len(heads) == 1
    assert "with" in heads[0].split()
    assert words.count("ROI") > 1


def test_table_that_fits_nowhere_is_left_to_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "10")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    table("", [Column("ROI", right=False), Column("Volume [cc]")], [("Heart", 14434.79)])
    assert "14434.79" in capsys.readouterr().out


def test_table_refuses_what_is_not_finite_and_prints_nothing(capsys):
    with pytest.raises(OutputError, match=r"^Mean: result is not a finite number; found nan"):
        table("Title", [Column("Mean")], [(4.2,), (float("nan"),)])
    assert capsys.readouterr().out == ""
