"""The shared output helpers: three formats, hostile text, files that are whole or absent."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from enum import StrEnum

import numpy as np
import pytest
import typer

from dosimetry.cli import output
from dosimetry.cli.output import Column
from dosimetry.errors import OutputError
from dosimetry.model.quantity import Quantity
from dosimetry.warnings import Caution, Code

EVIL = "[bold red]Heart[/] \x1b[31m\u202ered :heart:"
SHOWN = "[bold red]Heart[/] \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}red :heart:"
CAUTIONS = [
    Caution(Code.OUTSIDE_GRID, "Heart", "3.1 cc lie outside the dose grid"),
    Caution(Code.DOSE_SUMMED, "dose", "sum of two"),
    Caution(Code.OUTSIDE_GRID, "Heart", "3.1 cc lie outside the dose grid"),
]


class Kind(StrEnum):
    ONE = "one"


def in_code_page(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="replace"))

    def read():
        sys.stdout.flush()
        return raw.getvalue().decode(encoding)

    return read


def test_json_keeps_order_and_drops_binary_noise(capsys):
    document = {
        "z": 0.1 + 0.2,
        "a": [1, np.float32(0.1), -0.0, None, True],
        "k": Kind.ONE,
        "t": (np.int64(3),),
    }
    output.write_json(document)
    text = capsys.readouterr().out
    assert text.endswith("}\n")
    assert "0.30000000000000004" not in text
    assert list(json.loads(text)) == ["z", "a", "k", "t"]
    assert json.loads(text) == {"z": 0.3, "a": [1, 0.1000000015, 0.0, None, True], "k": "one", "t": [3]}
    assert "-0.0" not in text


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), np.float64("nan")])
def test_json_refuses_what_is_not_finite_and_prints_nothing(capsys, bad):
    with pytest.raises(OutputError, match=r"^risk\[1\]\.err: result is not a finite number; found"):
        output.write_json({"risk": [{"err": 1.0}, {"err": bad}]})
    assert capsys.readouterr().out == ""


def test_json_refuses_objects_without_a_form():
    with pytest.raises(TypeError, match="a: set has no form in JSON"):
        output.write_json({"a": {1}})


def test_json_cleans_text(capsys):
    output.write_json({"name\x1b": EVIL})
    assert json.loads(capsys.readouterr().out) == {"name\N{REPLACEMENT CHARACTER}": SHOWN}


def test_json_loses_nothing_in_a_code_page(monkeypatch):
    read = in_code_page(monkeypatch, "cp1252")
    output.write_json({"text": "4 → 8 Gy, ≥ 2, Brüste"})
    assert json.loads(read()) == {"text": "4 → 8 Gy, ≥ 2, Brüste"}


def test_csv_cells(capsys):
    output.write_csv(("name", "a", "b", "c"), [("=1+1", 0.1 + 0.2, None, -3.5), ("a,b", 1e-7, 12, "-x")])
    text = capsys.readouterr().out
    assert "\r" not in text
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "a", "b", "c"],
        ["'=1+1", "0.3", "", "-3.5"],
        ["a,b", "1e-07", "12", "'-x"],
    ]


def test_csv_refuses_what_is_not_finite(capsys):
    with pytest.raises(OutputError, match=r"^mean: result is not a finite number"):
        output.write_csv(("name", "mean"), [("Heart", 1.0), ("Lung", float("nan"))])
    assert capsys.readouterr().out == ""


def test_csv_rows_fit_the_header():
    with pytest.raises(ValueError, match=r"zip\(\) argument 2 is shorter"):
        output.write_csv(("a", "b"), [("x",)])


def test_piped_table_is_whole_and_reads_no_markup(capsys):
    long = "x" * 300
    output.table("Title", [Column("[b]Name", right=False), Column("Mean [Gy]")], [(EVIL, 4.2), (long, None)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Title"
    assert lines[2].startswith("[b]Name")
    assert SHOWN in lines[4]
    assert lines[4].endswith(" 4.20")
    assert lines[5].startswith(long)
    assert lines[5].endswith("–")
    assert all(line == line.rstrip() for line in lines)


def test_numbers_are_printed_with_the_decimals_of_their_column(capsys):
    output.table("", [Column("a", digits=1), Column("b", digits=3), Column("c")], [(1.25, 2.0, 7)])
    assert capsys.readouterr().out.splitlines()[-1].split() == ["1.2", "2.000", "7"]


def test_table_survives_a_code_page(monkeypatch):
    read = in_code_page(monkeypatch, "cp1252")
    output.table("4 → 8", [Column("≥", right=False)], [("→",)])
    assert read().splitlines()[0] == "4 ? 8"


def test_table_wraps_in_a_terminal_and_cuts_nothing(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    name = "abcdefghij" * 8
    output.table("", [Column("Name", right=False), Column("Mean")], [(name, 4.2)])
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
        output.table("", columns, rows)
        lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
        assert max(len(line) for line in lines) <= width
        assert any("1.0 (0.9" in line for line in lines) is whole
        assert any("22.00 (21.00" in line for line in lines) is whole
        assert any("Volume [cc]" in line for line in lines)


@pytest.mark.parametrize(
    ("quantity", "signed", "shown"),
    [
        (Quantity(4.3509, "Gy", 4.3237, 4.3614), False, "4.35 (4.32–4.37)"),
        (Quantity(1.2176, "Gy", 1.2086, 1.2231), True, "+1.22 (1.20–1.23)"),
        (Quantity(-0.001, "Gy", -0.002, 0.001), True, "0.00 (-0.01…0.01)"),
        (Quantity(4.3509, "Gy"), False, "4.35"),
        (Quantity(None, "Gy"), False, None),
        (None, False, None),
    ],
)
def test_intervals_stand_beside_their_number_rounded_outwards(quantity, signed, shown):
    assert output.bounded(quantity, 2, signed=signed) == shown


def test_no_number_is_torn_apart_in_a_narrow_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    columns = [Column("ROI", right=False), *(Column(f"D{pct}%[Gy]", digits=3) for pct in range(10, 22))]
    columns += [Column("Mean[Gy] without"), Column("with", attached=True), Column("Added (CI)", attached=True)]
    values = [50.0 + index / 8 for index in range(len(columns) - 2)]
    output.table("", columns, [("CTVp_breast_L", *values, "+8.5 (3.7–17.0)")])
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
    output.table("", [Column("ROI", right=False), Column("Volume [cc]")], [("Heart", 14434.79)])
    assert "14434.79" in capsys.readouterr().out


def test_table_refuses_what_is_not_finite_and_prints_nothing(capsys):
    with pytest.raises(OutputError, match=r"^Mean: result is not a finite number; found nan"):
        output.table("Title", [Column("Mean")], [(4.2,), (float("nan"),)])
    assert capsys.readouterr().out == ""


def test_definitions_keep_their_lines(capsys):
    output.definitions([("a", ["first", "[i]second"]), ("bcd", ["third"])])
    assert capsys.readouterr().out == "a    first\n     [i]second\nbcd  third\n"


def test_warnings_are_printed_once_each(capsys):
    output.print_warnings(CAUTIONS)
    assert capsys.readouterr().out.splitlines() == [
        "Warning: Heart: 3.1 cc lie outside the dose grid [outside-grid]",
        "Warning: dose: sum of two [dose-summed]",
    ]
    assert output.joined(CAUTIONS) == (
        "Heart: 3.1 cc lie outside the dose grid [outside-grid]; dose: sum of two [dose-summed]"
    )


@pytest.mark.parametrize(
    ("cautions", "strict", "failed", "code"),
    [
        ([], True, False, None),
        (CAUTIONS, False, False, None),
        (CAUTIONS, True, False, 1),
        ([], False, True, 1),
    ],
)
def test_finish(capsys, cautions, strict, failed, code):
    if code is None:
        output.finish(cautions, strict=strict, failed=failed)
    else:
        with pytest.raises(typer.Exit) as caught:
            output.finish(cautions, strict=strict, failed=failed)
        assert caught.value.exit_code == code
    said = "dosimetry: 2 warnings and --strict: exit code 1\n" if strict and cautions else ""
    assert capsys.readouterr() == ("", said)


def test_interval_has_no_space_and_no_dash_before_a_minus():
    assert output.interval(11.4, 53.2) == "(11.4–53.2)"
    assert output.interval(-53.2, -11.4) == "(-53.2…-11.4)"
    assert output.interval(-0.01, 0.01) == "(0.0–0.0)"
    assert output.interval(-0.01, 0.01, digits=2) == "(-0.01…0.01)"


def test_file_is_replaced_whole(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("old")
    output.save_text(path, "new ≥\n")
    assert path.read_bytes() == "new ≥\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_failed_write_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    path = tmp_path / "report.json"
    path.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"^report\.json: cannot be written: No space left on device$"):
        output.save_text(path, "new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.json"]


def test_missing_folder_and_folder_as_file_are_refused(tmp_path):
    with pytest.raises(OutputError, match=r"^x\.csv: folder does not exist; make it first$"):
        output.save_text(tmp_path / "no" / "x.csv", "")
    with pytest.raises(OutputError, match="not a regular file"):
        output.save_bytes(tmp_path, b"")
