"""A metric that no interval can be given for says so in the table, JSON, CSV and page of a comparison."""

from __future__ import annotations

import pytest
from box_thorax import Maker

from dosimetry.cli.imni_table import print_imni
from dosimetry.dvh.convention import find_convention
from dosimetry.imn.comparison import Request, compare
from dosimetry.imn.sides import make_side
from dosimetry.report.html import render
from dosimetry.report.imni import imni_document, imni_rows
from dosimetry.report.imni_page import imni_report

NAME = "D1cc[Gy]"  # more than the artery's 0.46 cc, and less than the voxels that it touches
WHY = f"{NAME} has no interval: the convention 'prism-half-slice', which intervals start from, does not have"


@pytest.fixture(scope="module")
def result():
    make = Maker()
    sides = make_side("without", [make.without()]), make_side("with", [make.with_()])
    asked = Request(metrics=["Mean[Gy]", NAME], convention=find_convention("prism-touched"))
    return compare(*sides, asked).with_intervals()


def _codes(warnings):
    return [told["code"] for told in warnings if told["subject"] == "A_LAD"]


def test_json_has_null_and_the_code(result):
    document = imni_document(result)
    for side in ("without", "with"):
        (lad,) = (roi for roi in document[side]["structures"] if roi["name"] == "A_LAD")
        assert lad["metrics"][NAME] > 0
        assert lad["intervals"][NAME] is None
        assert lad["intervals"]["Mean[Gy]"][0] < lad["metrics"]["Mean[Gy]"]
        assert "interval-not-evaluable" in _codes(lad["warnings"])
    assert document["increment"]["A_LAD"][NAME] is not None
    assert document["increment_interval"]["A_LAD"][NAME] is None
    texts = [told["text"] for told in document["warnings"] if told["code"] == "interval-not-evaluable"]
    assert any(text.startswith(WHY) for text in texts)
    assert any(text.startswith(f"the increment of {NAME} has no interval") for text in texts)


def test_csv_has_empty_bounds_and_the_reason(result):
    header, rows = imni_rows(result)
    (lad,) = (
        found for row in rows if (found := dict(zip(header, row, strict=True)))["metric"] == NAME and "A_LAD" in row
    )
    bounds = {name: value for name, value in lad.items() if name.endswith((" low", " high", "_low", "_high"))}
    assert len(bounds) >= 6
    assert set(bounds.values()) <= {None, ""}
    assert WHY in str(lad["warnings"])


def test_table_warns(result, capsys):
    print_imni(result)
    printed = capsys.readouterr()
    told = " ".join((printed.out + printed.err).split())
    assert f"A_LAD: {WHY}" in told
    assert "[interval-not-evaluable]" in told


def test_page_says_so_beside_the_number_and_why_below(result, read_page):
    page = read_page(render(imni_report(result)))
    header, mean, row = page.table("A_LAD")
    assert "no interval" not in " ".join(mean)
    assert all(cell.endswith(" no interval") for cell in row[1:])
    assert WHY in page.text
    assert "interval-not-evaluable" in page.text
    (_, *others) = page.table("Heart")
    assert "no interval" not in str(others)
    assert header[0] == "Metric"
