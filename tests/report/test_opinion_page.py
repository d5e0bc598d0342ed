"""Second opinions and constraint sheets in the report of the sample pair."""

from __future__ import annotations

import json

import pytest
from command import dosimetry


@pytest.fixture(scope="module")
def asked(project_root, tmp_path_factory):
    plans = project_root / "sample_plans"
    page = tmp_path_factory.mktemp("page") / "report.html"
    done = dosimetry(
        *("imni", "--without", plans / "left_fb_tangents", "--with", plans / "left_fb_tangents_imn"),
        *(
            "--second-check",
            "--against-tps",
            "--protocol",
            "degro-2019",
            "--metric",
            "Mean[Gy]",
            "--format",
            "json",
        ),
        *("--report", page),
    )
    assert done.returncode == 0, done.stderr
    return done, page


def test_all_three_stand_in_page_and_document(asked, read_page):
    done, path = asked
    document = json.loads(done.stdout)
    page = read_page(path.read_text(encoding="utf-8"))
    rows = page.table("Beside dicompyler-core")
    heart = next(row for row in rows if row[0].startswith("Heart (with IMN)") and row[1] == "Mean[Gy]")
    found = document["second_check"]["Heart (with IMN)"]["metrics"]["Mean[Gy]"]
    assert heart[2].split(" ")[0] == f"{found['here']:.2f}"
    assert heart[3].split(" ")[0] == f"{found['there']:.2f}"
    assert heart[5] == "agrees"
    # the sample plans' system wrote no histograms: unchecked, with the reason, and never "agrees"
    rows = page.table("Beside the planning system")
    assert {row[5] for row in rows[1:]} == {"unchecked"}
    assert [one["side"] for one in document["protocols"]] == ["without IMN", "with IMN"]
    shown = [row for table in page.tables for row in table["rows"] if row[:1] == ["Heart"] and len(row) == 7]
    verdicts = [
        line["verdict"]
        for one in document["protocols"]
        for line in one["constraints"]
        if line["structure"] == "Heart"
    ]
    assert [row[5] for row in shown if row[1] != "Volume"][-len(verdicts) :] == verdicts
    assert "degro-2019, with IMN: fail" in done.stderr


def test_a_failed_constraint_is_an_exit_code_under_strict_alone(project_root):
    plans = project_root / "sample_plans"
    pair = ("imni", "--without", plans / "left_fb_tangents", "--with", plans / "left_fb_tangents_imn")
    few = ("--metric", "Mean[Gy]", "--protocol", "degro-2019")
    assert dosimetry(*pair, *few).returncode == 0
    assert dosimetry(*pair, *few, "--strict").returncode == 1
