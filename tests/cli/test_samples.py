"""``dosimetry samples``: the shipped plans again, anywhere, a cohort, and nothing overwritten."""

from __future__ import annotations

import pydicom
import pytest

import dosimetry
from dosimetry.cli import main
from dosimetry.synthetic.catalogue import SAMPLE_PLANS
from dosimetry.synthetic.plans import write_sample_plans

WITHOUT = "left_fb_tangents"


def run(*arguments):
    with pytest.raises(SystemExit) as caught:
        main.run(["samples", *map(str, arguments)])
    return caught.value.code


@pytest.mark.slow
def test_a_plan_is_written_with_its_ct_and_never_overwritten(tmp_path, project_root, capsys):
    new, shipped = tmp_path / "out", project_root / "sample_plans"
    assert run(new, "--plan", WITHOUT) == 0
    told = capsys.readouterr()
    assert told.out.split() == [WITHOUT, "ct/left_fb"]
    assert sorted(path.name for path in new.iterdir()) == ["ct", WITHOUT]
    for name in ("rtstruct.dcm", "rtplan.dcm"):
        assert (new / WITHOUT / name).read_bytes() == (shipped / WITHOUT / name).read_bytes()
    one, other = (pydicom.dcmread(folder / WITHOUT / "rtdose.dcm") for folder in (new, shipped))
    assert one.SOPInstanceUID == other.SOPInstanceUID
    slices = sorted(path.name for path in (new / "ct" / "left_fb").iterdir())
    assert slices == sorted(path.name for path in (shipped / "ct" / "left_fb").iterdir())
    assert run(new, "--plan", WITHOUT) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "is there already" in told.err


@pytest.mark.slow
def test_cohort_has_four_plans_of_each_patient(tmp_path, project_root, capsys):
    assert run(tmp_path / "cohort", "--cohort", 1) == 0
    capsys.readouterr()
    (patient,) = (tmp_path / "cohort").iterdir()
    assert patient.name == "patient_001"
    cases = {path.name: dosimetry.read_case(path) for path in patient.iterdir()}
    assert sorted(cases) == [f"left_{b}_tangents{imn}" for b in ("dibh", "fb") for imn in ("", "_imn")]
    hearts = {
        name: dosimetry.compute_dvh(case.dose, case.structures["Heart"]).mean_gy for name, case in cases.items()
    }
    assert hearts["left_dibh_tangents"] < hearts["left_fb_tangents"] < hearts["left_fb_tangents_imn"]
    assert len({case.patient.pseudonym for case in cases.values()}) == 1
    # The same seed makes the same bytes, and the shipped seed another patient.
    write_sample_plans(tmp_path / "again", seed=1, plans=SAMPLE_PLANS[:1], ct=False)
    folders = (tmp_path / "again", patient, project_root / "sample_plans")
    again, made, shipped = (
        {name: (folder / WITHOUT / name).read_bytes() for name in ("rtdose.dcm", "rtplan.dcm", "rtstruct.dcm")}
        for folder in folders
    )
    assert again == made
    assert all(made[name] != shipped[name] for name in made)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--plan", "no_such_plan"), "no such sample plan"),
        (("--plan", WITHOUT, "--cohort", 2), "a cohort has its own plans"),
        (("--cohort", 0), "--cohort"),
    ],
)
def test_bad_usage_writes_nothing(tmp_path, capsys, arguments, told):
    assert run(tmp_path / "out", *arguments) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("place", ["out", "out/ct"])
def test_a_file_in_the_way_is_told_before_any_plan_is_made(tmp_path, capsys, place):
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text("x", encoding="utf-8")
    assert run(tmp_path / "out") == 2
    assert f"{(tmp_path / place).name}: not a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [(tmp_path / place).name]
