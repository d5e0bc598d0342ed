"""``dosimetry validate``: formats, files, exit codes, and docs/validation.md as it prints it."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dosimetry.cli import main
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.report.validation_sheets import misses_sheets
from dosimetry.report.validation_text import METHOD, NELMS
from dosimetry.validation import benchmark
from dosimetry.validation.nelms import PHASES, as_published, run_nelms


def run(*arguments):
    with pytest.raises(SystemExit) as caught:
        main.run(["validate", *map(str, arguments)])
    return caught.value.code


@pytest.fixture(scope="module")
def document(project_root):
    return (project_root / "docs" / "validation.md").read_text(encoding="utf-8")


@pytest.fixture
def small(monkeypatch):
    """Let --quick take seconds: no small bodies, and so no intervals."""
    monkeypatch.setattr(benchmark, "QUICK", benchmark.Scope((2,), PHASES[:1], 0, (), 2))


@pytest.mark.usefixtures("small")
def test_prints_tables_and_keeps_its_limits(capsys):
    assert run("--quick", "--no-second") == 0
    told = capsys.readouterr()
    assert "Tests of Nelms et al. 2015" in told.out
    assert "All limits are kept." in told.out
    assert all(line.startswith("dosimetry: ") for line in told.err.splitlines())


@pytest.mark.usefixtures("small")
def test_a_limit_that_is_not_kept_is_exit_1(monkeypatch, capsys):
    monkeypatch.setattr(benchmark, "_HISTOGRAM_GY", 0.0)
    assert run("--quick", "--no-second", "--format", "json") == 1
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["passed"] is False
    assert [check["name"] for check in found["checks"] if not check["passed"]] == [
        "engine: D metrics",
        "eight patient positions: D metrics",
    ]
    assert "dosimetry: limit not kept: engine: D metrics: " in told.err


@pytest.mark.slow
def test_quick_run_writes_every_form(tmp_path, capsys):
    page, text = tmp_path / "report.html", tmp_path / "page.md"
    code = run("--quick", "--report", page, "--markdown", text, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    published = [row for row in rows if row["part"] == "nelms-2"][:255]
    assert sum(abs(float(row["error_pct"])) > 3 for row in published) == 9
    assert all(row["dicompyler_core"] for row in published)
    assert ("Every limit is kept", "A limit is not kept")[code] in page.read_text(encoding="utf-8")
    assert text.read_text(encoding="utf-8").startswith("# Validation\n")


def test_unknown_convention_is_bad_usage(capsys):
    assert run("--convention", "none") == 2
    assert "no convention named 'none'" in capsys.readouterr().err


def test_missing_folder_is_told_before_anything_is_measured(tmp_path, capsys):
    assert run("--report", tmp_path / "no" / "report.html") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == ["dosimetry: error: report.html: folder does not exist; make it first"]


def test_shipped_document_says_what_this_program_says(document):
    for paragraph in (*METHOD, NELMS):
        assert paragraph in document


def test_shipped_document_names_the_misses_of_a_fresh_run(document):
    published = as_published(run_nelms(2, PHASES[0], DEFAULT_CONVENTION))
    assert f"| dosimetry | {published.phase.text} | 0 | {len(published.misses)} |" in document
    (sheet,) = misses_sheets([published])
    for row in sheet.rows:
        assert f"| {' | '.join(row)} |" in document


@pytest.mark.slow
def test_shipped_document_is_what_a_run_writes(document, tmp_path):
    """Made anew: ``dosimetry validate --markdown docs/validation.md``."""
    run("--markdown", tmp_path / "again.md")
    assert (tmp_path / "again.md").read_text(encoding="utf-8") == document
