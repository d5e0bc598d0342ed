"""Plain tables for Python: the numbers that the commands print."""

from __future__ import annotations

import pytest

import dosimetry


@pytest.fixture(scope="module")
def plans(project_root):
    return project_root / "sample_plans"


def test_names(plans):
    table = dosimetry.names_table(plans / "left_fb_tangents")
    roles = {row["name"]: (row["role"], row["side"]) for row in table.records()}
    assert roles["Lung_L"] == ("lung", "left")
    assert table.column("name")[:2] == [row["name"] for row in table.records()[:2]]


def test_checks(plans):
    table = dosimetry.check_table(plans / "left_fb_tangents", ["degro-2019", "dbcg-50-25"])
    heart = table.records()[0]
    assert (heart["protocol"], heart["structure"], heart["metric"]) == ("degro-2019", "Heart", "Mean[Gy]")
    case = dosimetry.read_case(plans / "left_fb_tangents")
    assert heart["value"] == pytest.approx(dosimetry.compute_dvh(case.dose, case.structures["Heart"]).mean_gy)
    assert heart["verdict"] == ("pass" if heart["value"] < 2.5 else "fail")


def test_comparisons_and_cohorts(plans, tmp_path):
    table = dosimetry.compare_table(
        {"FB": plans / "left_fb_tangents", "FB_IMN": plans / "left_fb_tangents_imn"}, intervals=True
    )
    found = [row for row in table.records() if (row["part"], row["metric"]) == ("heart", "Mean[Gy]")]
    assert [row["technique"] for row in found] == ["FB", "FB_IMN"]
    assert found[1]["difference"] == pytest.approx(found[1]["value"] - found[0]["value"])
    assert found[1]["low"] <= found[1]["difference"] <= found[1]["high"]
    lines = ["patient,technique,part,metric,unit,value"]
    lines += [f"{n},{row['technique']},heart,Mean[Gy],Gy,{row['value'] + n}" for n in range(7) for row in found]
    path = tmp_path / "cohort.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    rows = dosimetry.cohort_table(path).records()
    assert rows[1]["pairs"] == 7
    assert rows[1]["difference"] == pytest.approx(found[1]["difference"])


def test_pandas_only_where_it_is_installed(plans):
    table = dosimetry.names_table(plans / "left_fb_tangents")
    pandas = pytest.importorskip("pandas", reason="pandas is no dependency")
    frame = table.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == list(table.columns)
