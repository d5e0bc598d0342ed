"""Tables of many patients: read, described, paired, printed."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dosimetry.cli import main
from dosimetry.cohort.observations import read_observations
from dosimetry.cohort.study import study_cohort
from dosimetry.errors import UsageError
from dosimetry.report.cohort import DICTIONARY, cohort_latex, cohort_markdown
from dosimetry.warnings import Code

HEART = ("heart", "Mean[Gy]", "Gy")


def rows(patients=8, labels=("FB", "DIBH"), shift=-2.013):
    for n in range(patients):
        for at, label in enumerate(labels):
            yield f"P-{n}", label, "heart", "Mean[Gy]", "Gy", 4.0 + 0.1 * n + at * (shift + 0.01 * n)
            yield f"P-{n}", label, "lungs", "Mean[Gy]", "Gy", 6.0 + 0.2 * n + at * 0.05 * (-1) ** n


@pytest.fixture
def table(tmp_path):
    def write(found, name="table.csv", header="patient,technique,part,metric,unit,value"):
        path = tmp_path / name
        lines = [",".join(map(str, row)) for row in found]
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


def test_a_cohort_is_described_and_paired(table):
    study = study_cohort(read_observations([table(rows())]))
    row = study.row(HEART, "DIBH")
    assert (study.reference, row.described.n, row.paired.n, row.unpaired) == ("FB", 8, 8, 0)
    assert row.described.mean == pytest.approx(4.35 - 2.013 + 0.035)
    assert row.paired.mean == pytest.approx(-2.013 + 0.035)
    assert row.paired.interval[0] < row.paired.mean < row.paired.interval[1] < 0
    assert row.p_holm == pytest.approx(2 * row.paired.p_wilcoxon)
    assert study.row(HEART, "FB").paired is None
    assert study.warnings == ()


def test_incomplete_pairs_are_described_and_told(table):
    found = [row for row in rows() if not (row[0] == "P-3" and row[1] == "DIBH")]
    found.append(("P-99", "DIBH", "heart", "Mean[Gy]", "Gy", 50.0))
    study = study_cohort(read_observations([table(found)]))
    row = study.row(HEART, "DIBH")
    assert (row.described.n, row.paired.n, row.unpaired) == (8, 7, 2)
    assert row.paired.mean < 0  # the patient without a pair changes nothing of the difference
    (caution,) = study.warnings
    assert caution.code is Code.PAIRS_INCOMPLETE
    assert "7 complete pairs with FB; 1 patients have FB alone, 1 have DIBH alone" in caution.text


def test_order_of_rows_and_files_is_of_no_consequence(table):
    found = list(rows())
    one = study_cohort(read_observations([table(found)]), reference="FB")
    other = study_cohort(
        read_observations([table(found[::-1][:9], "a.csv"), table(found[::-1][9:], "b.csv")]), reference="FB"
    )
    assert one.row(HEART, "DIBH").paired == other.row(HEART, "DIBH").paired


def test_reference_and_metrics_can_be_chosen(table):
    study = study_cohort(read_observations([table(rows())]), reference="DIBH", metrics=["heart Mean[Gy]"])
    assert study.techniques == ("DIBH", "FB")
    assert study.measured() == (HEART,)
    assert study.row(HEART, "FB").paired.mean > 0
    with pytest.raises(UsageError, match="--reference: no technique is called 'X'; expected FB or DIBH"):
        study_cohort(read_observations([table(rows())]), reference="X")
    with pytest.raises(UsageError, match="--metric: not in these tables: 'liver Max'"):
        study_cohort(read_observations([table(rows())]), metrics=["liver Max"])


@pytest.mark.parametrize(
    ("found", "header", "message"),
    [
        ([("P", "A", "heart", "Mean[Gy]", "Gy", "x")], None, r"table\.csv: line 2: value: is no number; found x"),
        ([("P", "A", "heart", "Mean[Gy]", "Gy", "nan")], None, "is no number"),
        ([("", "A", "heart", "Mean[Gy]", "Gy", "1")], None, "line 2: patient: is empty"),
        ([("P", "A", "heart", "Mean[Gy]", "Gy", "")], None, "no number in these tables"),
        ([("P", "A", "heart", "Mean[Gy]", "Gy", n) for n in (1, 2)], None, "two different numbers.*found 1 and 2"),
        ([("P", "A", "1")], "patient,technique,value", "column is missing; expected part, metric, unit"),
    ],
)
def test_bad_tables_are_one_error(table, found, header, message):
    path = table(found, **({"header": header} if header else {}))
    with pytest.raises(UsageError, match=message):
        read_observations([path])


def test_tables_for_a_paper(table):
    found = [(who, f"{label}_50%&", *rest) for who, label, *rest in rows()]
    study = study_cohort(read_observations([table(found)]), metrics=["heart Mean[Gy]"])
    markdown = cohort_markdown(study)
    assert markdown.startswith("| Part | Metric | FB_50%& | DIBH_50%& | Difference to FB_50%& (95 % CI) | p |")
    assert "4.35 ± 0.24" in markdown
    assert "(\N{MINUS SIGN}" in markdown
    latex = cohort_latex(study)
    assert r"FB\_50\%\&" in latex
    assert r"$\pm$" in latex
    assert latex.count(r"\\") == 2


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main.run(["cohort", *arguments])
    out, err = capsys.readouterr()
    return stop.value.code, out, err


def test_the_command_in_every_format(capsys, table, tmp_path):
    path, picture = str(table(rows())), tmp_path / "boxes.png"
    code, out, _ = run(capsys, path, "--format", "json", "--plot", str(picture))
    assert code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    document = json.loads(out)
    found = next(row for row in document["rows"] if (row["part"], row["technique"]) == ("heart", "DIBH"))
    _, out, _ = run(capsys, path, "--format", "csv")
    row = next(r for r in csv.DictReader(io.StringIO(out)) if (r["part"], r["technique"]) == ("heart", "DIBH"))
    assert float(row["difference"]) == pytest.approx(found["difference"])
    assert set(row) == set(DICTIONARY) == set(document["dictionary"])
    _, out, _ = run(capsys, path)
    assert f"{found['difference']:+.2f}" in out
    _, out, _ = run(capsys, path, "--format", "latex")
    assert out.startswith(r"\begin{tabular}")
    _, out, _ = run(capsys, "--dictionary")
    assert all(name in out for name in DICTIONARY)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no table is given"),
        (["nowhere.csv"], "nowhere.csv: cannot be read"),
        (["{}", "--plot", "x.bmp"], "no known picture format"),
    ],
)
def test_bad_usage_is_one_line(capsys, table, arguments, message):
    path = str(table(rows()))
    code, out, err = run(capsys, *(argument.replace("{}", path) for argument in arguments))
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_what_compare_writes_can_be_read(capsys, project_root, tmp_path):
    plans = project_root / "sample_plans"
    pair = [f"FB={plans / 'left_fb_tangents'}", f"FB_IMN={plans / 'left_fb_tangents_imn'}"]
    with pytest.raises(SystemExit):
        main.run(["compare", *pair, "--format", "csv"])
    path = tmp_path / "one.csv"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    study = study_cohort(read_observations([path]))
    assert study.row(HEART, "FB_IMN").paired.mean > 0
    assert study.row(("geometry", "heart_cc", "cc"), "FB") is not None
