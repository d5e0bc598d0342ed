"""``dosimetry risk``: its three formats, its warnings and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import subprocess
import sys
from importlib.resources import files

import pytest
from typer.testing import CliRunner

from dosimetry.cli import main
from dosimetry.risk.models import default_models, load_models
from dosimetry.risk.rates import example_rates

PAIR = ("--heart-mean", "4.2", "--heart-mean-with-imn", "8.0")
REMEDY = "give a mean heart dose in Gy, or --list for the models"
ROOT = files("dosimetry.risk").joinpath("models")
RUNNER = CliRunner()


def risk(*arguments):
    return RUNNER.invoke(main.app, ["risk", *arguments])


def refused(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main.run(["risk", *arguments])
    told = capsys.readouterr()
    assert (caught.value.code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    return told.err.removeprefix("dosimetry: error: ").rstrip("\n")


def test_json_of_the_real_command():
    command = [sys.executable, "-m", "dosimetry", "risk", *PAIR, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert list(document) == [
        *("schema", "heart_mean_without_gy", "heart_mean_with_imn_gy", "doses", "risk", "warnings"),
        *("provenance", "intended_use"),
    ]
    assert document["schema"] == "dosimetry/risk/1"
    assert (document["heart_mean_without_gy"], document["heart_mean_with_imn_gy"]) == (4.2, 8.0)
    by_name = {entry["model"]: entry for entry in document["risk"]}
    assert list(by_name) == ["darby-7", "sardaro-4", "darby-7.4"]
    assert by_name["darby-7"]["added_err_pct"] == 26.6
    assert by_name["darby-7.4"]["added_err_pct"] == 28.12
    assert by_name["darby-7.4"]["added_err_ci_pct"] == [11.02, 55.1]
    assert by_name["darby-7.4"]["relative_increase_pct"] == pytest.approx(21.45, abs=5e-3)
    assert by_name["sardaro-4"]["added_err_pct"] == 15.2
    assert by_name["sardaro-4"]["added_err_ci_pct"] is None
    assert document["warnings"] == []
    assert document["provenance"]["models"] == [
        {"id": model.id, "doi": model.source.doi, "sha256": model.sha256} for model in default_models()
    ]
    assert document["provenance"]["settings"]["models"] == list(by_name)


def test_table():
    done = risk(*PAIR)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Mean heart dose 4.20 Gy without IMN, 8.00 Gy with IMN: +3.80 Gy"
    rows = {line.split()[0]: line for line in lines[4:7]}
    assert rows["darby-7"].split()[1:5] == ["7", "(3–14)", "29.4", "56.0"]
    assert rows["darby-7"].split()[5:] == ["+26.6", "(11.4–53.2)", "+20.6", "(10.1–33.5)"]
    assert rows["sardaro-4"].split()[1:] == ["4", "16.8", "32.0", "+15.2", "+13.0"]
    assert rows["darby-7.4"].split()[5:] == ["+28.1", "(11.0–55.1)", "+21.5", "(9.8–34.2)"]
    for text in (
        "percent of the unirradiated rate",
        "plan without IMN",
        "doi 10.1056/NEJMoa1209825",
        "major coronary",
    ):
        assert text in done.stdout
    assert lines[-1].startswith("Research and independent-check software.")
    assert "Warning" not in done.stdout


def test_csv():
    done = risk(*PAIR, "--format", "csv")
    rows = {row["model"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows["darby-7.4"]["added_err_pct"] == "28.12"
    assert (rows["darby-7.4"]["added_err_ci_low_pct"], rows["darby-7.4"]["added_err_ci_high_pct"]) == (
        "11.02",
        "55.1",
    )
    assert rows["sardaro-4"]["added_err_ci_low_pct"] == ""
    assert {row["warnings"] for row in rows.values()} == {""}


def test_warnings_stand_in_every_format():
    pair = ("--heart-mean", "30", "--heart-mean-with-imn", "8")
    codes = {"dose-extrapolated", "increment-negative"}
    document = json.loads(risk(*pair, "--format", "json").stdout)
    assert {warning["code"] for warning in document["warnings"]} == codes
    assert {warning["code"] for warning in document["risk"][0]["warnings"]} == codes
    (row, _, _) = csv.DictReader(io.StringIO(risk(*pair, "--format", "csv").stdout))
    assert all(f"[{code}]" in row["warnings"] for code in codes)
    table = risk(*pair).stdout
    assert all(f"[{code}]" in table for code in codes)
    assert table.count("increment-negative") == 1


def test_strict_turns_warnings_into_exit_1(capsys):
    outside = ("--heart-mean", "4", "--heart-mean-with-imn", "30")
    assert risk(*PAIR, "--strict").exit_code == 0
    assert risk(*outside).exit_code == 0
    with pytest.raises(SystemExit) as caught:
        main.run(["risk", *outside, "--strict", "--format", "json"])
    told = capsys.readouterr()
    assert caught.value.code == 1
    assert len(json.loads(told.out)["risk"]) == 3
    assert told.err == "dosimetry: 2 warnings and --strict: exit code 1\n"


def test_models_are_chosen_by_name():
    document = json.loads(risk(*PAIR, "--model", "sardaro-4", "--format", "json").stdout)
    assert [entry["model"] for entry in document["risk"]] == ["sardaro-4"]
    assert [entry["id"] for entry in document["provenance"]["models"]] == ["sardaro-4"]


def test_list():
    document = json.loads(risk("--list", "--format", "json").stdout)
    shown = {model["id"]: model for model in document["models"]}
    assert list(shown) == [model.id for model in load_models()]
    assert shown["darby-7"]["dose_range_gy"] == [0.03, 27.72]
    assert shown["sardaro-4"]["dose_range_gy"] is None
    assert shown["darby-by-time"]["bands"][2] == {
        "years": "10 to <20",
        "per_gy_pct": 1.2,
        "per_gy_ci_pct": [-2.2, 8.5],
    }
    table = risk("--list").stdout
    assert table.splitlines()[4].split() == [
        "darby-7",
        "7",
        "(3–14)",
        "%/Gy",
        "linear",
        "heart",
        "0.03–27.72",
        "yes",
    ]
    assert all(model.where in table for model in load_models())
    rows = {row["model"]: row for row in csv.DictReader(io.StringIO(risk("--list", "--format", "csv").stdout))}
    assert list(rows) == list(shown)
    assert (rows["darby-7"]["range_high_gy"], rows["sardaro-4"]["range_high_gy"]) == ("27.72", "")


def test_identify_is_accepted_and_changes_nothing():
    assert risk(*PAIR, "--identify").stdout == risk(*PAIR).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], f"--heart-mean: missing; {REMEDY}"),
        (["--heart-mean", "4"], f"--heart-mean-with-imn: missing; {REMEDY}"),
        (
            ["--heart-mean", "420", "--heart-mean-with-imn", "800"],
            (
                "mean dose without IMN: implausible: cGy by mistake?; "
                "expected at most 60 Gy; found 420; give the dose in Gy"
            ),
        ),
        (
            ["--heart-mean", "4", "--heart-mean-with-imn", "nan"],
            "mean dose with IMN: not a dose; expected a finite number of Gy, 0 or more; found nan",
        ),
        (
            ["--heart-mean", "-1", "--heart-mean-with-imn", "8"],
            "mean dose without IMN: not a dose; expected a finite number of Gy, 0 or more; found -1",
        ),
        (
            [*PAIR, "--model", "[red]x"],
            "[red]x: no such risk model; expected one of " + ", ".join(model.id for model in load_models()),
        ),
    ],
)
def test_unusable_input_is_one_line(capsys, arguments, message):
    assert refused(capsys, *arguments) == message


def test_models_of_other_organs_are_refused(capsys):
    assert refused(capsys, *PAIR, "--model", "lung-pooled-11").startswith(
        "lung-pooled-11: model asks for another dose; expected mean lung dose"
    )


@pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals there")
@pytest.mark.parametrize("width", [80, 120])
def test_table_fits_the_terminal(width):
    import fcntl
    import pty
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
    command = [sys.executable, "-m", "dosimetry", "risk", *PAIR]
    with subprocess.Popen(command, stdout=follower, env={**environment, "TERM": "xterm"}) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                part = os.read(leader, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(leader)
    assert process.returncode == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).replace("\r", "")
    assert 80 <= max(len(line) for line in text.splitlines()) <= width
    assert all(part in text for part in ("+28.1", "(11.0–55.1)", "(9.8–34.2)", "7.4"))


LUNGS = ("--lungs-mean", "6", "--lungs-mean-with-imn", "9")


def document(*arguments):
    done = risk(*arguments, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def rates(tmp_path):
    path = tmp_path / "rates.csv"
    path.write_text(risk("--rates-example").stdout, encoding="utf-8")
    return ("--rates", str(path), "--age", "50")


def test_absolute_risk_of_a_published_baseline():
    (darby, sardaro, published) = document(*PAIR, "--baseline", "darby-event-factor")["absolute"]
    assert (darby["model"], sardaro["model"], published["model"]) == ("darby-7", "sardaro-4", "darby-7.4")
    assert published["none_pct"] == 8.0
    assert published["with_pct"] == pytest.approx(100 * (1 - 0.92 ** (1 + 0.074 * 8)), rel=1e-9)
    assert published["excess_points"] == pytest.approx(published["with_pct"] - published["without_pct"], rel=1e-9)
    assert published["number_needed_to_harm"] == pytest.approx(100 / published["excess_points"], rel=1e-9)
    assert (published["horizon"], published["doi"]) == ("from age 50 to age 80", "10.1056/NEJMoa1209825")
    assert sardaro["excess_ci_points"] is None
    assert "model-unverified" in {caution["code"] for caution in darby["warnings"]}
    assert "baseline-endpoint-differs" in {caution["code"] for caution in sardaro["warnings"]}


def test_a_baseline_of_another_age_is_said():
    codes = {
        caution["code"] for caution in document(*PAIR, "--baseline", "darby-event-none", "--age", "62")["warnings"]
    }
    assert "cohort-differs" in codes
    same = document(*PAIR, "--baseline", "darby-event-none", "--age", "50")["warnings"]
    assert "cohort-differs" not in {caution["code"] for caution in same}


def test_absolute_risk_of_a_given_baseline_names_endpoint_and_horizon():
    given = ("--baseline", "2.5", "--baseline-endpoint", "coronary-death", "--horizon", "20")
    entry = document(*PAIR, *given, "--baseline-source", "registry X")["absolute"][0]
    assert (entry["endpoint"], entry["horizon"]) == ("coronary death", "20 years from radiotherapy")
    assert (entry["baseline_source"], entry["none_pct"]) == ("registry X", 2.5)


def test_score2_from_factors():
    factors = ["smoking=current", "systolic-mmhg=140", "total_cholesterol_mmol_l=5.5", "hdl_cholesterol_mmol_l=1.3"]
    options = [part for factor in factors for part in ("--factor", factor)]
    entry = document(*PAIR, "--score2", "very-high", "--age", "50", *options)["absolute"][0]
    assert entry["none_pct"] == pytest.approx(13.70, abs=5e-3)
    assert "baseline-proxy" in {caution["code"] for caution in entry["warnings"]}


def test_life_table_and_its_curves(rates):
    shown = document(*PAIR, *rates, "--to-age", "80", "--breast-cancer-death", "20")
    entry, curve = shown["absolute"][2], shown["curves"][2]
    assert (entry["model"], entry["horizon"]) == ("darby-7.4", "from age 50 to age 80")
    assert (curve["ages"][0], curve["ages"][-1]) == (50, 80)
    assert curve["with_pct"][-1] == entry["with_pct"]
    assert "plus breast cancer death" in entry["method"]
    codes = {caution["code"] for caution in shown["warnings"]}
    assert "baseline-synthetic" in codes
    assert "breast-death-ignored" not in codes


def test_breast_cancer_death_that_is_not_stated_is_printed(rates):
    assert "breast-cancer death ignored: excess overstated" in risk(*PAIR, *rates, "--to-age", "80").stdout


def test_predict_as_competing_mortality(rates):
    options = (*rates, "--horizon", "10", "--other-causes", "predict", "--factor", "year=2017")
    entry = document(*PAIR, *options, "--factor", "smoking=never")["absolute"][0]
    assert "PREDICT" in entry["method"]


def test_benefit_against_harm(rates):
    options = (*PAIR, *LUNGS, *rates, "--horizon", "15", "--breast-cancer-death", "20")
    shown = document(*options, "--factor", "nodes=1-3")
    assert [entry["study"] for entry in shown["balance"]] == ["dbcg-imn", "dbcg-imn2"]
    assert shown["nodal_status"]["involvement"][0]["involved_pct"] == 19.6
    for entry in shown["balance"]:
        assert [harm["endpoint"] for harm in entry["added"]] == ["cardiac death", "lung cancer death"]
        low, high = entry["net_interval_points"]
        assert (entry["verdict"] == "benefit") is (low > 0)
        assert low < entry["net_points"] < high
    table = risk(*options).stdout
    assert "allocated by side" in table
    assert "Overall survival holds cardiac deaths already" in table


def test_deaths_beside_a_rate_table_need_those_of_breast_cancer(rates, capsys):
    told = refused(capsys, *PAIR, *rates, "--to-age", "65", "--cardiac-death", "2")
    assert told.startswith("--cardiac-death: has no use here; expected it together with --breast-cancer-death, or")


def test_a_column_of_breast_cancer_deaths_is_a_benefit(tmp_path):
    lines = example_rates().read_text(encoding="utf-8").splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("age,"))
    body = [f"{line},1200" for line in lines[head + 1 :]]
    path = tmp_path / "own.csv"
    header = f"{lines[head]},breast_cancer_death_per_100000"
    path.write_text("\n".join([*lines[:head], header, *body]), encoding="utf-8")
    options = (*PAIR, *LUNGS, "--rates", str(path), "--age", "50", "--to-age", "65")
    entry = document(*options, "--cardiac-death", "2")["balance"][0]
    assert (entry["method"], entry["horizon_years"]) == ("life table", 15.0)
    assert 14.0 < entry["breast_death_without_pct"] < 100 * (1 - math.exp(-15 * 0.012))
    assert any("stated risk of added deaths" in caution["text"] for caution in entry["warnings"])


def test_break_even_by_the_dutch_rule():
    shown = document(*PAIR, "--baseline", "darby-event-factor", "--threshold", "nl-2-points")["break_even"]
    assert {entry["threshold_points"] for entry in shown} == {2.0}
    assert shown[0]["to_spare_gy"] == pytest.approx(3.8 - shown[0]["most_increment_gy"], abs=1e-8)
    assert "DIBH" in risk(*PAIR, "--baseline", "darby-event-factor", "--threshold", "2").stdout


def test_dose_intervals_stand_apart_from_the_slopes():
    ends = ("--heart-interval", "4.1,4.3", "--heart-interval-with-imn", "7.9,8.1")
    shown = document(*PAIR, *ends, "--heart-increment-interval", "3.75,3.85")
    entry = shown["risk"][2]
    assert entry["added_err_ci_pct"] == [11.02, 55.1]
    assert entry["added_err_dose_interval_pct"] == [27.75, 28.49]
    assert entry["added_err_combined_interval_pct"] == [10.875, 55.825]
    assert "envelope" in shown["interval_meaning"]
    assert "Where the intervals come from" in risk(*PAIR, *ends).stdout


def test_isoeffective_doses_are_a_labelled_sensitivity_analysis():
    same = ("--isoeffective-heart-mean", "4.2", "--isoeffective-heart-mean-with-imn", "8.0", "--alpha-beta", "3")
    shown = document(*PAIR, *same)
    inner = shown["sensitivity"]
    assert inner["dose_basis"] == "isoeffective in 25 fractions, alpha/beta 3 Gy"
    for first, second in zip(shown["risk"], inner["risk"], strict=True):
        assert first["added_err_pct"] == second["added_err_pct"]
        assert (first["dose_basis"], second["dose_basis"]) == ("physical", inner["dose_basis"])
    assert "SENSITIVITY ANALYSIS" in risk(*PAIR, *same).stdout


def test_a_users_models_and_patient(tmp_path):
    model, patient = tmp_path / "own.toml", tmp_path / "patient.toml"
    text = (ROOT / "jacobse_2019.toml").read_text(encoding="utf-8")
    model.write_text(text.replace('id = "jacobse-6.4"', 'id = "own"'), encoding="utf-8")
    patient.write_text("trastuzumab = true\n", encoding="utf-8")
    shown = document(*PAIR, "--models", str(model), "--model", "own", "--patient", str(patient))
    assert [entry["model"] for entry in shown["risk"]] == ["own"]
    assert shown["patient"] == {"trastuzumab": True}
    assert [caution["code"] for caution in shown["warnings"]] == ["cardiotoxic-therapy"]
    assert "own " in risk("--list", "--models", str(model)).stdout


def test_csv_holds_every_number(rates):
    options = (*PAIR, *LUNGS, *rates, "--to-age", "65", "--breast-cancer-death", "20", "--threshold", "2")
    done = risk(*options, "--all-models", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["kind"] for row in rows} == {
        *("relative", "by-time", "absolute", "complication", "additive", "balance", "break-even")
    }
    for row in rows:
        assert row["endpoint"], row
        assert row["horizon"], row
        assert row["source"], row
        assert row["verified"] in ("true", "false")
    entry = next(row for row in rows if (row["model"], row["quantity"]) == ("darby-7.4", "excess"))
    shown = next(e for e in document(*options)["absolute"] if e["model"] == "darby-7.4")
    assert float(entry["value"]) == shown["excess_points"]
    assert [float(entry["ci_low"]), float(entry["ci_high"])] == shown["excess_ci_points"]


def test_no_result_lacks_endpoint_horizon_source_or_interval(rates):
    options = (*PAIR, *LUNGS, *rates, "--to-age", "65", "--breast-cancer-death", "20", "--all-models")
    shown = document(*options)
    parts = ("risk", "risk_by_time", "absolute", "complications", "additive")
    for entry in (entry for part in parts for entry in shown[part]):
        assert entry["endpoint"], entry
        assert entry["horizon"], entry
        assert entry["doi"] or "no DOI" in entry["source"], entry
        intervals = [value for key, value in entry.items() if key.endswith(("_ci_pct", "_ci_points"))]
        assert all(intervals) or "no interval published" in entry["notes"], entry
    table = risk(*options).stdout
    for model in {entry["model"] for part in parts for entry in shown[part]}:
        assert re.search(rf"^{re.escape(model)} +\S.*: ", table, re.MULTILINE), model


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_plot(rates, tmp_path, kind):
    path = tmp_path / f"risk.{kind}"
    done = risk(*PAIR, *LUNGS, *rates, "--to-age", "65", "--breast-cancer-death", "20", "--plot", str(path))
    assert done.exit_code == 0
    assert path.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--baseline", "5"], "--baseline: a risk in percent needs to say of what and over which time"),
        (["--baseline", "x"], "x: no such baseline; expected percent, or one of darby-death-none"),
        (
            ["--baseline", "5", "--baseline-endpoint", "stroke", "--horizon", "10"],
            "--baseline-endpoint: no such endpoint; expected one of coronary-event",
        ),
        (["--baseline", "darby-event-none", "--score2", "low"], "--baseline and --score2: only one baseline"),
        (["--score2", "low"], "SCORE2: patient factors are missing; expected age, smoking"),
        (["--threshold", "2"], "--threshold: needs an absolute risk; give --baseline, --score2 or --rates"),
        (["--threshold", "many"], "many: no such threshold"),
        (["--heart-interval", "4.1,4.3"], "--heart-mean: intervals of both doses are needed"),
        (
            ["--heart-interval", "4.1", "--heart-interval-with-imn", "7.9,8.1"],
            "--heart-mean: not an interval; expected LOW,HIGH in Gy, as in 4.1,4.3; found 4.1",
        ),
        (
            ["--heart-interval", "4.3,4.4", "--heart-interval-with-imn", "7.9,8.1"],
            "interval of the mean dose without IMN: interval does not hold its dose",
        ),
        (["--isoeffective-heart-mean", "4", "--isoeffective-heart-mean-with-imn", "8"], "--alpha-beta: missing"),
        (["--lungs-mean", "6"], "--lungs-mean-with-imn: missing; give a mean lungs dose in Gy"),
        (["--lungs-interval", "6,7"], "--lungs-mean: interval of a dose that is not given"),
        (["--other-causes", "guess"], "--other-causes: no such source; expected table or predict"),
        (["--rates", "nowhere.csv"], "--age: missing; a life table begins at the age at radiotherapy"),
        (["--rates", "nowhere.csv", "--age", "50", "--to-age", "80"], "nowhere.csv: rate table: cannot be read"),
        (["--factor", "weight=70"], "weight: no such patient factor"),
        (["--age", "50", "--factor", "age=50"], "--age: is given twice"),
        (
            ["--cardiac-death", "2"],
            "--cardiac-death: has no use here; expected it together with --breast-cancer-death",
        ),
        (["--other-causes", "predict"], "--other-causes: has no use here; expected it together with --rates"),
        (["--baseline", "darby-event-none", "--to-age", "70"], "--to-age: has no use here"),
        (["--baseline-endpoint", "coronary-event"], "--baseline-endpoint: has no use here"),
        (["--horizon", "-3"], "--horizon: is out of range"),
        (["--horizon", "nan"], "--horizon: is out of range"),
        (["--baseline", "darby-event-none", "--horizon", "30"], "--horizon: has no use here"),
        (["--score2", "low", "--horizon", "30"], "--horizon: has no use here"),
        (
            [
                *("--baseline", "3", "--baseline-endpoint", "coronary-event"),
                *("--horizon", "10", "--age", "50", "--to-age", "80"),
            ],
            "horizon: --to-age and --horizon say different things",
        ),
        (
            [
                "--horizon",
                "15",
                "--breast-cancer-death",
                "60",
                "--cardiac-death",
                "30",
                "--lung-cancer-death",
                "30",
            ],
            "--breast-cancer-death: risks of death add up to more than 100 %; found 120 %",
        ),
        (["--breast-cancer-death", "20"], "breast cancer mortality needs its horizon"),
        (["--plot", "risk.gif"], "risk.gif: no known picture format"),
        (["--baseline", "5%", "--baseline-endpoint", "coronary-event"], "5%: no such baseline; expected percent"),
        *(
            (
                ["--baseline", value, "--baseline-endpoint", "coronary-event", "--horizon", "10"],
                f"given: baseline risk is no probability; expected 0 to below 100 %; found {value} %",
            )
            for value in ("100", "150", "-1", "nan", "inf")
        ),
        *(
            (
                ["--horizon", "15", "--breast-cancer-death", "20", option, value],
                f"{option}: is no probability; expected 0 to below 100 %; found {value} %",
            )
            for option, value in (("--cardiac-death", "nan"), ("--lung-cancer-death", "-1"))
        ),
        (["--alpha-beta", "3"], "--alpha-beta: has no use here; expected it together with --isoeffective"),
        (
            ["--model", "darby-7", "--all-models"],
            "--all-models: either chosen models or all of them",
        ),
        (["--score2", "men-low", "--age", "50"], "men-low: no such SCORE2 region; expected one of low, moderate"),
        (["--factor", "sex=male"], "sex: no such patient factor"),
        (["--factor", "smoking=unknown"], "smoking: no such value; expected one of never, former, current"),
        (["--factor", "year=2017.5"], "year: patient factor is no whole number; found 2017.5"),
        (["--age", "17"], "age: patient factor is out of range; expected 18 to 110"),
        (["--age", "nan"], "age: patient factor is out of range"),
        (["--threshold", "nan", "--baseline", "darby-event-none"], "threshold is out of range"),
        (["--models", "nowhere.toml"], "nowhere.toml: risk model: cannot be read"),
        (["--model", "grantzau-8.5"], "grantzau-8.5: model asks for another dose"),
    ],
)
def test_further_unusable_input_is_one_line(capsys, arguments, message):
    assert refused(capsys, *PAIR, *arguments).startswith(message)
