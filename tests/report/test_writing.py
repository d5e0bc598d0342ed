"""One report in every format: the same numbers, and no text that does anything."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from command import dosimetry

from dosimetry.errors import OutputError
from dosimetry.report.document import Card
from dosimetry.report.imni_page import imni_report
from dosimetry.report.sheet import Sheet
from dosimetry.report.writing import report_kind, write_report
from dosimetry.warnings import Caution, Code

HOSTILE = [
    '=cmd|" /C calc"!A0',
    "#eval(1)",
    "*bold* _x_ $x$ @ref <label>",
    "N" * 64,
    "a\u202eb\x1b[31m",
    "</script><b>",
]


@pytest.fixture(scope="module")
def document(pair):
    return imni_report(replace(pair, increments=pair.increments[:3]))


@pytest.fixture(scope="module")
def written(document, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for kind in ("html", "json", "csv"):
        write_report(document, folder / f"report.{kind}")
    return folder


def pdf_text(path):
    """Return the text of a PDF file, without what lets long words break."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext: install Debian's poppler-utils")
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode().replace("\u200b", "").split())


def shown(document):
    """Return every number in the document's cards and tables, as it is shown."""
    cards = [block for block in document.summary if isinstance(block, Card)]
    cards += [part for card in cards for part in card.parts]
    texts = [text for card in cards for fact in card.facts for text in (fact.value, fact.bounds, *fact.notes)]
    for section in document.sections:
        if section.name != "provenance":
            texts += [
                cell for block in section.blocks if isinstance(block, Sheet) for row in block.rows for cell in row
            ]
    return {number for text in texts for number in re.findall(r"[+−]?\d+\.\d+", text)}


def test_every_number_of_the_page_is_in_the_pdf(document, tmp_path):
    pytest.importorskip("typst", reason="typst is an extra")
    write_report(document, tmp_path / "report.pdf")
    text = pdf_text(tmp_path / "report.pdf")
    numbers = shown(document)
    assert len(numbers) > 100
    assert not {number for number in numbers if number not in text}
    for caution in document.summary[-1].cautions:
        assert caution.text in text
    assert document.intended_use in text
    fonts = subprocess.run(["pdffonts", tmp_path / "report.pdf"], capture_output=True, text=True, check=True)
    assert all(" yes yes" in line for line in fonts.stdout.splitlines()[2:])


def test_every_number_of_the_page_is_in_the_workbook(document, tmp_path):
    pytest.importorskip("xlsxwriter", reason="XlsxWriter is an extra")
    openpyxl = pytest.importorskip("openpyxl", reason="reads workbooks")
    write_report(document, tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    found, text = set(), []
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if isinstance(cell.value, int | float):
                    found.add(round(float(cell.value), 6))
                elif cell.value is not None:
                    text.append(str(cell.value))
    words = " ".join(text)
    numbers = shown(document)
    missing = {one for one in numbers if one not in words and float(one.replace("−", "-")) not in found}
    assert not missing
    heart = next(page for page in book.worksheets if page.title == "Doses at a glance")
    assert heart["C2"].value == 3.95
    assert heart["C2"].number_format == "0.00"
    assert heart.freeze_panes == "B2"


def test_json_and_csv_are_those_of_the_command(document, written):
    assert json.loads((written / "report.json").read_text(encoding="utf-8"))["schema"] == "dosimetry/imni/1"
    rows = list(csv.DictReader(io.StringIO((written / "report.csv").read_text(encoding="utf-8"))))
    assert len(rows) == len(document.rows)
    (mean,) = [row for row in rows if (row["role"], row["metric"]) == ("heart", "Mean[Gy]")]
    assert f"{float(mean['increment']):+.2f}" == "+2.64"
    assert (written / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_report_for_machines_has_the_digits_of_the_command_and_no_infinity(document, tmp_path):
    odd = replace(document, values={"share": 1 / 3}, header=("share",), rows=((1 / 3,),))
    write_report(odd, tmp_path / "report.json")
    write_report(odd, tmp_path / "report.csv")
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == '{\n  "share": 0.3333333333\n}\n'
    assert (tmp_path / "report.csv").read_text(encoding="utf-8") == "share\n0.3333333333\n"
    endless = replace(odd, values={"share": float("inf")}, rows=((float("nan"),),))
    for kind in ("json", "csv"):
        with pytest.raises(OutputError, match=r"share: .*not a finite number"):
            write_report(endless, tmp_path / f"endless.{kind}")
        assert not (tmp_path / f"endless.{kind}").exists()


def test_hostile_names_are_text_in_every_format(pair, tmp_path):
    one = pair.increments[1]  # small: the same structure under every name
    increments = tuple(
        replace(one, key=one.key if place else "heart", name=name, warnings=(_told(name),))
        for place, name in enumerate(HOSTILE)
    )
    document = imni_report(replace(pair, increments=increments))
    clean = [name.replace("\u202e", "\ufffd").replace("\x1b", "\ufffd") for name in HOSTILE]
    if pytest.importorskip("typst", reason="typst is an extra"):
        write_report(document, tmp_path / "report.pdf")
        text = pdf_text(tmp_path / "report.pdf").replace(" ", "")
        # a letter that the font lacks is drawn as a box and has no text
        assert all(name.replace(" ", "").replace("\ufffd", "") in text.replace("\ufffd", "") for name in clean)
    write_report(document, tmp_path / "report.csv")
    text = (tmp_path / "report.csv").read_text(encoding="utf-8")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not any(cell.startswith(("=", "@")) for cell in cells)
    write_report(document, tmp_path / "report.json")
    assert list(json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["increment"]) == clean
    openpyxl = pytest.importorskip("openpyxl", reason="reads workbooks")
    write_report(document, tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert HOSTILE[0] in {cell.value for cell in cells}


def _told(name):
    return Caution(Code.OUTSIDE_GRID, name, "lies outside")


def test_a_name_that_is_no_format_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"one of \.html, \.pdf, \.xlsx, \.json, \.csv"):
        report_kind(tmp_path / "report.docx")
    with pytest.raises(OutputError, match="folder does not exist"):
        report_kind(tmp_path / "none" / "report.html")
    assert report_kind(tmp_path / "REPORT.HTM") == "html"


def test_compare_check_and_cohort_write_reports(project_root, tmp_path, read_page):
    plans = project_root / "sample_plans"
    pages = {name: tmp_path / f"{name}.html" for name in ("compare", "check", "cohort")}
    sides = [
        f"{label}={plans / folder}" for label, folder in (("A", "left_fb_tangents"), ("B", "left_fb_tangents_imn"))
    ]
    done = dosimetry("compare", *sides, "--report", pages["compare"], "--format", "csv")
    assert done.returncode == 0, done.stderr
    table = tmp_path / "table.csv"
    table.write_text(done.stdout, encoding="utf-8")
    page = read_page(pages["compare"].read_text(encoding="utf-8"))
    assert "B 6.58 Gy +2.64 Gy against A IMN covered" in page.text
    done = dosimetry("check", plans / "left_fb_tangents", "--protocol", "degro-2019", "--report", pages["check"])
    assert done.returncode == 1
    page = read_page(pages["check"].read_text(encoding="utf-8"))
    assert "Plan: fail" in page.text
    lines = [line for line in page.table("DEGRO")[1:] if line[0] == "Heart"]
    assert lines[0][1:4] == ["Mean[Gy]", "3.95 Gy", "Mean[Gy] < 2.5 Gy"]
    done = dosimetry("cohort", table, "--reference", "A", "--report", pages["cohort"])
    assert done.returncode == 0, done.stderr
    page = read_page(pages["cohort"].read_text(encoding="utf-8"))
    assert "B +2.64 Gy no interval 1 pairs" in page.text
