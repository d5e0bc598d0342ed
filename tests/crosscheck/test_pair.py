"""Both sides of a comparison by dicompyler-core."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from dosimetry.cli.main import app
from dosimetry.crosscheck.finding import Status
from dosimetry.crosscheck.pair import check_sides, summary
from dosimetry.dicom.find import read_parts
from dosimetry.imn.comparison import Request, compare
from dosimetry.imn.sides import make_side
from dosimetry.warnings import Code


@pytest.fixture(scope="module")
def folders(project_root):
    plans = project_root / "sample_plans"
    return plans / "left_fb_tangents", plans / "left_fb_tangents_imn"


@pytest.fixture(scope="module")
def result(folders):
    sides = (
        make_side(label, read_parts([folder])) for label, folder in zip(("without", "with"), folders, strict=True)
    )
    return compare(*sides, Request(metrics=("Mean[Gy]", "D2%[Gy]")))


@pytest.mark.slow
def test_the_sample_pair_agrees(result, folders):
    checks = check_sides(result, [folders[0]], [folders[1]])
    heart, *_ = checks
    assert heart.roi == "Heart (without IMN)"
    assert heart.status is Status.AGREES
    assert len(checks) == 2 * len(result.increments)
    assert not any(check.status is Status.DIFFERS for check in checks)
    assert "0 differ" in summary(checks)


def test_files_that_were_swapped_are_not_checked(result, folders):
    checks = check_sides(result, [folders[1]], [folders[0]])
    assert {check.status for check in checks} == {Status.NOT_CHECKED}
    assert {check.warnings[0].code for check in checks} == {Code.SECOND_CHECK_NOT_DONE}


def test_a_dose_that_was_scaled_is_not_that_of_the_file(result, folders):
    """As that of one fraction is, which stands for the whole course."""
    side = result.without
    more = replace(side.dose, values_gy=1.5 * side.dose.values_gy)
    heart, *_ = check_sides(replace(result, without=replace(side, dose=more)), [folders[0]], [])
    assert "computed dose" in heart.problem


def test_command_says_what_was_found_and_warns_of_the_rest(folders):
    given = ["imni", "--without", str(folders[0]), "--with", str(folders[1]), "--metric", "Mean[Gy]"]
    done = CliRunner().invoke(app, [*given, "--second-check"])
    assert done.exit_code == 0, done.output
    assert "second check by dicompyler-core: " in done.stderr
    assert " 0 differ" in done.stderr
    assert "Body (with IMN): not checked against dicompyler-core" in done.stdout
