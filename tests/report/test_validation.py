"""The benchmark as page, Markdown, JSON and rows: every miss by name, nothing from the network."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import pytest

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.report.validation import validation_document, validation_rows
from dosimetry.report.validation_html import render_validation
from dosimetry.report.validation_markdown import validation_markdown
from dosimetry.report.validation_sheets import misses_sheets, nelms_sheet, sheets
from dosimetry.validation.benchmark import Benchmark, Check
from dosimetry.validation.intervals import IntervalScore
from dosimetry.validation.nelms import PHASES, PUBLISHED_PHASE, NelmsTest
from dosimetry.validation.orientations import OrientationScore
from dosimetry.validation.score import Score
from dosimetry.validation.sweep import PhaseScan, summarise


def score(slice_mm, value, ideal, metric="Min[Gy]", dose="CC", body="sphere", **more):
    return Score(body, dose, slice_mm, (slice_mm,) * 3, metric, value, ideal, **more)


TEST_2 = (
    score(1.0, 4.5, 4.0, second=4.6),
    score(2.0, 5.0, 4.0, second=math.nan),
    score(3.0, 10.0, 10.86, "Volume[cc]", "AP", "cylinder AP", second=10.9),
    score(3.0, 16.0, 16.1, "Mean[Gy]", second=16.0),
)
SWEEP = tuple(
    score(slice_mm, ideal * (1 + slice_mm / 100), ideal, metric, dose, body, interval=(ideal - 1, ideal + 1))
    for slice_mm in (1.0, 2.0, 3.0)
    for body, ideal in (("sphere 3 mm", 8.0), ("tube 3 mm axial", 9.0))
    for metric, dose in (("Volume[cc]", "CC"), ("D99%[Gy]", "CC"), ("Mean[Gy]", "Gaussian"))
)


def benchmark(**changes):
    made = Benchmark(
        convention=DEFAULT_CONVENTION,
        quick=False,
        nelms=(NelmsTest(2, PUBLISHED_PHASE, TEST_2), NelmsTest(1, PHASES[2], (score(0.2, 4.2, 4.0),))),
        sweep=SWEEP,
        scatter=summarise(SWEEP),
        scans=tuple(
            PhaseScan(s, (0.0, 0.5, 1.0), (0.1 * s, -0.2, 0.1 * s), (1.0, 2.0, 1.0)) for s in (1.0, 2.0, 3.0)
        ),
        orientations=(OrientationScore("HFS", 0.0, 0.0), OrientationScore("HFDR", 3e-14, 9.1e-5)),
        intervals=(),
        checks=(Check("engine: D metrics", 9.3e-6, 1e-3, "Gy"), Check("other", 4.7e-10, 1e-8, "relative")),
        seconds=12.3,
    )
    return replace(made, **changes)


def test_every_miss_is_named_once():
    first, other = misses_sheets(benchmark().nelms)
    assert first.title == f"Every miss: {PUBLISHED_PHASE.text}"
    assert first.rows == (
        ("2", "sphere", "CC", "Min", "2", "1 mm: +12.5 %, 2 mm: +25.0 %"),
        ("2", "cylinder AP", "–", "Volume", "1", "3 mm: −7.9 %"),
    )
    assert other.rows == (("1", "sphere", "CC", "Min", "1", "0.2 mm: +5.0 %"),)
    told = [row for sheet in (first, other) for row in sheet.rows]
    assert sum(int(row[4]) for row in told) == sum(len(test.misses) for test in benchmark().nelms)


@pytest.mark.parametrize("noise", [-1e-9, 0, 1e-9])
def test_noise_does_not_decide_how_a_miss_is_rounded(noise):
    (sheet,) = misses_sheets([NelmsTest(2, PHASES[0], (score(1.0, 4.25 + noise, 4.0),))])
    assert sheet.rows[0][-1] == "1 mm: +6.2 %"


def test_counts_stand_beside_the_published_ones():
    rows = {row[:2]: row[2:] for row in nelms_sheet(benchmark().nelms).rows}
    assert rows["dosimetry", PUBLISHED_PHASE.text] == ("–", "3")
    assert rows["dosimetry", PHASES[2].text] == ("1", "–")
    assert rows["Pinnacle 9.8, published", PUBLISHED_PHASE.text] == ("52", "93")
    assert rows["PlanIQ 2.1, published", PUBLISHED_PHASE.text] == ("5", "18")
    ((_, second),) = [(key, row) for key, row in rows.items() if key[0].startswith("dicompyler-core")]
    assert second == ("–", "2")


def test_errors_are_summed_up_by_slice_spacing():
    shown = {sheet.title: sheet for sheet in sheets(benchmark())}
    volume = shown["Small and thin bodies: Volume"]
    assert volume.heads == ("Body", "1 mm slices", "2 mm slices", "3 mm slices")
    assert volume.rows[0] == ("sphere 3 mm", "1.0 (1.0)", "2.0 (2.0)", "3.0 (3.0)")
    assert shown["Small and thin bodies: D99 %, CC gradient"].rows[1] == (
        "tube 3 mm axial",
        *("0.09 (0.09)", "0.18 (0.18)", "0.27 (0.27)"),
    )


def test_noise_is_shown_by_its_size():
    shown = {sheet.title: sheet.rows for sheet in sheets(benchmark())}
    assert shown["Limits"][0] == ("engine: D metrics", "< 1e-5 Gy", "≤ 0.001 Gy", "yes")
    assert shown["Limits"][1] == ("other", "< 1e-9 relative", "≤ 1e-08 relative", "yes")
    assert shown["Patient positions"] == (("HFS", "< 1e-12", "< 1e-12"), ("HFDR", "< 1e-12", "< 1e-4"))


def test_intervals_have_a_table_once_they_are_stated():
    assert "Stated intervals" not in validation_markdown(benchmark())
    told = benchmark(intervals=(IntervalScore("D99%[Gy]", 40, 39, 1.234, 1.9, 2.5),))
    assert "| D99 % | 40 | 97.5 % | 1.23 | 2.50 |" in validation_markdown(told)


def test_markdown_is_the_same_on_every_run():
    first = validation_markdown(benchmark())
    assert validation_markdown(benchmark(seconds=99.0)) == first
    assert first.startswith("# Validation\n")
    assert f"| dosimetry | {PUBLISHED_PHASE.text} | – | 3 |" in first
    assert "`dosimetry validate --markdown FILE`" in first
    assert "`dosimetry validate --quick --markdown FILE`" in validation_markdown(benchmark(quick=True))
    for line in first.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")
    # every table has as many cells in each row as in its header
    for table in re.findall(r"(?:^\|.*\n)+", first, re.MULTILINE):
        assert len({row.count(" | ") for row in table.splitlines()}) == 1


def test_page_has_all_tables_and_needs_nothing_else(read_page):
    page = read_page(render_validation(benchmark()))
    text = page.text
    assert "Every limit is kept" in text
    rows = [row for table in page.tables if "Error by spacing" in table["caption"] for row in table["rows"]]
    assert rows[1] == ["2", "sphere", "CC", "Min", "2", "1 mm: +12.5 %, 2 mm: +25.0 %"]
    assert "test 2: 3 of 4 values are more than 3 % off (" in text
    assert "), 2 by dicompyler-core on the same files." in text
    assert len(page.named("svg")) > 4
    assert page.named("script") == page.named("link") == page.named("img") == []
    assert all(not tag.get("src") for _, tag in page.tags)
    identifiers = [tag["id"] for _, tag in page.tags if "id" in tag]
    assert len(identifiers) == len(set(identifiers))


def test_page_says_what_failed(read_page):
    failed = benchmark(checks=(Check("engine: D metrics", 0.02, 1e-3, "Gy"),), quick=True)
    page = read_page(render_validation(failed))
    assert "A limit is not kept" in page.text
    assert "Quick run" in page.text
    assert page.table("not kept")[1] == ["engine: D metrics", "< 1e-1 Gy", "≤ 0.001 Gy", "NO"]


def test_document_is_json():
    document = json.loads(json.dumps(validation_document(benchmark()), allow_nan=False))
    assert document["schema"] == "dosimetry/validate/1"
    assert document["passed"] is True
    assert [test["misses"] for test in document["nelms"]] == [3, 1]
    assert document["nelms"][0]["missed"][0]["error_pct"] == pytest.approx(12.5)
    assert document["nelms"][0]["missed"][1]["dicompyler_core"] is None
    assert set(document["provenance"]) == {"version", "settings", "intended_use"}


def test_rows_hold_every_value():
    header, rows = validation_rows(benchmark())
    assert len(rows) == len(TEST_2) + 1 + len(SWEEP)
    first = dict(zip(header, rows[0], strict=True))
    assert (first["part"], first["phase"], first["value"], first["ideal"], first["dicompyler_core"]) == (
        *("nelms-2", 0.0, 4.5, 4.0, 4.6),
    )
    last = dict(zip(header, rows[-1], strict=True))
    assert (last["part"], last["phase"], last["low"], last["high"]) == ("sweep", None, 8.0, 10.0)


@pytest.mark.parametrize(
    ("check", "passed"),
    [
        (Check("a", 1.0, 1.0, "Gy"), True),
        (Check("a", 1.1, 1.0, "Gy"), False),
        (Check("a", 0.96, 0.95, "share", at_least=True), True),
        (Check("a", 0.94, 0.95, "share", at_least=True), False),
        (Check("a", math.nan, 1.0, "Gy"), False),
    ],
)
def test_limits(check, passed):
    assert check.passed is passed
    assert benchmark(checks=(check,)).passed is passed
