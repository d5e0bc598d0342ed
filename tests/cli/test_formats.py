"""JSON and CSV: order, digits, hostile text, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum

import numpy as np
import pytest
from code_page import in_code_page

from dosimetry.cli.formats import write_csv, write_json
from dosimetry.errors import OutputError

EVIL = "[bold red]Heart[/] \x1b[31m\u202ered :heart:"
SHOWN = "[bold red]Heart[/] \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}red :heart:"


class Kind(StrEnum):
    ONE = "one"


def test_json_keeps_order_and_drops_binary_noise(capsys):
    document = {
        "z": 0.1 + 0.2,
        "a": [1, np.float32(0.1), -0.0, None, True],
        "k": Kind.ONE,
        "t": (np.int64(3),),
    }
    write_json(document)
    text = capsys.readouterr().out
    assert text.endswith("}\n")
    assert "0.30000000000000004" not in text
    assert list(json.loads(text)) == ["z", "a", "k", "t"]
    assert json.loads(text) == {"z": 0.3, "a": [1, 0.1000000015, 0.0, None, True], "k": "one", "t": [3]}
    assert "-0.0" not in text


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), np.float64("nan")])
def test_json_refuses_what_is_not_finite_and_prints_nothing(capsys, bad):
    with pytest.raises(OutputError, match=r"^risk\[1\]\.err: result is not a finite number; found"):
        write_json({"risk": [{"err": 1.0}, {"err": bad}]})
    assert capsys.readouterr().out == ""


def test_json_refuses_objects_without_a_form():
    with pytest.raises(TypeError, match="a: set has no form in JSON"):
        write_json({"a": {1}})


def test_json_cleans_text(capsys):
    write_json({"name\x1b": EVIL})
    assert json.loads(capsys.readouterr().out) == {"name\N{REPLACEMENT CHARACTER}": SHOWN}


def test_json_loses_nothing_in_a_code_page(monkeypatch):
    read = in_code_page(monkeypatch, "cp1252")
    write_json({"text": "4 → 8 Gy, ≥ 2, Brüste"})
    assert json.loads(read()) == {"text": "4 → 8 Gy, ≥ 2, Brüste"}


def test_csv_cells(capsys):
    write_csv(("name", "a", "b", "c"), [("=1+1", 0.1 + 0.2, None, -3.5), ("a,b", 1e-7, 12, "-x")])
    text = capsys.readouterr().out
    assert "\r" not in text
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "a", "b", "c"],
        ["'=1+1", "0.3", "", "-3.5"],
        ["a,b", "1e-07", "12", "'-x"],
    ]


def test_csv_refuses_what_is_not_finite(capsys):
    with pytest.raises(OutputError, match=r"^mean: result is not a finite number"):
        write_csv(("name", "mean"), [("Heart", 1.0), ("Lung", float("nan"))])
    assert capsys.readouterr().out == ""


def test_csv_rows_fit_the_header():
    with pytest.raises(ValueError, match=r"zip\(\) argument 2 is shorter"):
        write_csv(("a", "b"), [("x",)])
