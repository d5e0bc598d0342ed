"""``dosimetry imni --risk``: what a file asks of the risk, in every format."""

from __future__ import annotations

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from dosimetry.cli import main
from dosimetry.risk.rates import example_rates

RUNNER = CliRunner()
CASE = """
age = 50
to_age = 65
rates = "rates.csv"
breast_cancer_death = 20
threshold = "nl-2-points"

[patient]
nodes = "1-3"
smoking = "never"
cardiac_risk_factor = false
trastuzumab = true
"""


@pytest.fixture
def case_file(tmp_path):
    (tmp_path / "rates.csv").write_text(example_rates().read_text(encoding="utf-8"), encoding="utf-8")

    def write(text=CASE):
        path = tmp_path / "risk.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def pair(project_root):
    plans = project_root / "sample_plans"
    return (
        *("imni", "--without", str(plans / "left_fb_tangents")),
        *("--with", str(plans / "left_fb_tangents_imn")),
    )


def test_every_format_holds_the_assessment(pair, case_file):
    path = case_file()
    document = json.loads(RUNNER.invoke(main.app, [*pair, "--risk", str(path), "--format", "json"]).stdout)
    found = document["risk_assessment"]
    assert [entry["model"] for entry in document["risk"]] == ["darby-7", "sardaro-4", "darby-7.4"]
    heart = {entry["model"]: entry for entry in found["absolute"]}["darby-7.4"]
    assert heart["mean_without_gy"] == pytest.approx(document["without"]["structures"][0]["metrics"]["Mean[Gy]"])
    lungs = {entry["model"]: entry for entry in found["risk"]}["lung-pooled-11"]
    assert lungs["structure"] == "lungs"
    assert lungs["err_with_pct"] > lungs["err_without_pct"] > 0
    assert [entry["study"] for entry in found["balance"]] == ["dbcg-imn", "dbcg-imn2"]
    codes = {caution["code"] for caution in document["warnings"]}
    assert {"cardiotoxic-therapy", "baseline-synthetic"} <= codes

    table = RUNNER.invoke(main.app, [*pair, "--risk", str(path)]).stdout
    for text in (
        "Absolute risk of coronary event",
        "Benefit against harm",
        "Break-even",
        "Mean dose of both lungs",
    ):
        assert text in table

    rows = list(
        csv.DictReader(io.StringIO(RUNNER.invoke(main.app, [*pair, "--risk", str(path), "--format", "csv"]).stdout))
    )
    excess = next(row for row in rows if (row["subject"], row["metric"]) == ("darby-7.4", "excess"))
    assert float(excess["increment"]) == pytest.approx(heart["excess_points"])
    assert (excess["kind"], excess["unit"]) == ("risk-absolute", "percentage points")


def test_report_holds_the_assessment_dose_intervals_and_the_models_chosen_beside_the_headline(
    pair, case_file, tmp_path
):
    page, path = tmp_path / "report.html", case_file('models = ["jacobse-6.4"]\n' + CASE)
    done = RUNNER.invoke(main.app, [*pair, "--risk", str(path), "--report", str(page), "--format", "json"])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    headline = ["darby-7", "sardaro-4", "darby-7.4"]
    assert [entry["model"] for entry in document["risk"]] == headline
    assert [entry["model"] for entry in document["risk_assessment"]["risk"]] == [*headline, "jacobse-6.4"]
    text = page.read_text(encoding="utf-8")
    for part in ("Risk in absolute terms", "Benefit against harm, deaths only: DBCG-IMN2", "by the dose interval"):
        assert part in text
    assert "smoking never" in text
    assert "Headline: darby-7, sardaro-4; published beside it: darby-7.4; chosen besides: jacobse-6.4." in text
    assert "jacobse-6.4: added ERR +" in text
    assert "Where the intervals come from" in text
    assert text.count("<script") == 2


def test_isoeffective_doses_of_25_fractions_come_back_unchanged(pair, case_file):
    path = case_file("alpha_beta = 3\n" + CASE)
    document = json.loads(RUNNER.invoke(main.app, [*pair, "--risk", str(path), "--format", "json"]).stdout)
    found = document["risk_assessment"]
    inner = found["sensitivity"]
    assert inner["dose_basis"] == "isoeffective in 25 fractions, alpha/beta 3 Gy"
    for first, second in zip(found["absolute"], inner["absolute"], strict=True):
        assert second["excess_points"] == pytest.approx(first["excess_points"], rel=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("to_age = 65", "until = 65", "risk.toml: until: unknown key"),
        ("age = 50", 'age = "50"', "risk.toml: age: value of the wrong type"),
        ("age = 50", "age = true", "risk.toml: age: value of the wrong type"),
        ('rates = "rates.csv"', 'rates = "none.csv"', "none.csv: rate table: cannot be read"),
        ('smoking = "never"', 'smoking = "seldom"', "smoking: no such value"),
        ("[patient]", "[person]", "risk.toml: person: unknown key"),
        ("age = 50", "age = 50\nalpha_beta = -1", "--alpha-beta: is out of range"),
        ("age = 50", "age =", "risk.toml: risk file: not a TOML file"),
    ],
)
def test_faulty_files_are_one_line(pair, case_file, capsys, old, new, message):
    assert old in CASE
    with pytest.raises(SystemExit) as caught:
        main.run([*pair, "--risk", str(case_file(CASE.replace(old, new, 1)))])
    told = capsys.readouterr()
    assert (caught.value.code, told.out) == (2, "")
    assert told.err.splitlines()[-1].startswith(f"dosimetry: error: {message}")
