"""``dosimetry compare`` on the sample plans."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dosimetry.cli import main


@pytest.fixture(scope="module")
def pair(project_root):
    plans = project_root / "sample_plans"
    return [f"FB={plans / 'left_fb_tangents'}", f"FB_IMN={plans / 'left_fb_tangents_imn'}"]


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main.run(["compare", *arguments])
    out, err = capsys.readouterr()
    return stop.value.code, out, err


def test_numbers_agree_in_every_format_and_with_imni(capsys, pair, tmp_path):
    picture = tmp_path / "dvh.png"
    code, out, _ = run(capsys, *pair, "--interval", "--plot", str(picture), "--format", "json")
    assert code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    document = json.loads(out)
    assert document["schema"] == "dosimetry/compare/1"
    one = document["techniques"][1]
    mean = one["differences"]["heart"]["Mean[Gy]"]
    low, high = one["difference_intervals"]["heart"]["Mean[Gy]"]
    assert low <= mean <= high
    assert (one["covers_imn"], document["techniques"][0]["covers_imn"]) == (True, False)
    _, table, _ = run(capsys, *pair, "--interval", "--format", "csv")
    rows = [row for row in csv.DictReader(io.StringIO(table)) if row["technique"] == "FB_IMN"]
    heart = next(row for row in rows if (row["part"], row["metric"]) == ("heart", "Mean[Gy]"))
    assert float(heart["difference"]) == pytest.approx(mean, rel=1e-9)
    _, shown, _ = run(capsys, *pair)
    assert f"{mean:+.2f}" in shown
    with pytest.raises(SystemExit):
        main.run(["imni", "--without", pair[0][3:], "--with", pair[1][7:], "--format", "json"])
    imni = json.loads(capsys.readouterr().out)
    assert imni["increment"]["Heart"]["Mean[Gy]"] == pytest.approx(mean, rel=1e-9)
    assert imni["risk"][0]["added_err_pct"] == pytest.approx(one["risk_against_reference"][0]["added_err_pct"])


def test_absolute_risk_from_a_file(capsys, pair, tmp_path):
    path = tmp_path / "case.toml"
    lines = [
        "baseline = 4.5",
        'baseline_endpoint = "coronary-event"',
        'baseline_source = "made up"',
        "horizon = 30",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    code, out, err = run(capsys, *pair, "--risk", str(path), "--format", "json")
    assert code == 0, err
    found = json.loads(out)["techniques"][1]["absolute_risk"]
    assert found
    assert all(estimate["excess_points"] > 0 for estimate in found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["FB"], "cannot read 'FB'; expected LABEL=PATH"),
        (["{0}"], "at least two techniques"),
        (["{0}", "{1}", "--reference", "X"], "--reference: no technique is called 'X'; expected FB or FB_IMN"),
        (["{0}", "B=nowhere"], "nowhere: no such file or folder"),
        (["{0}", "{1}", "--roi", "hart=X"], "--roi: cannot read 'hart=X'"),
        (["{0}", "{1}", "--roi", "heart=Hart"], "no ROI named 'Hart'"),
        (["{0}", "{1}", "--laterality", "right"], "contradict each other"),
        (["{0}", "{1}", "--plot", "plot.bmp"], "plot.bmp: no known picture format"),
    ],
)
def test_bad_usage_is_one_line(capsys, pair, arguments, message):
    code, out, err = run(capsys, *(argument.format(*pair) for argument in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
