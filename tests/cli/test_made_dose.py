"""Sums, totals and conversions on the command line, and the contribution of the IMN field."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import beam_plan
import pytest
from beam_plan import GRID, HEADER, electrons
from bodies import dose_from, grid
from box_thorax import structure_set
from command import dosimetry

from dosimetry.dicom.dose import read_dose
from dosimetry.dicom.write import write_dose, write_plan, write_structures
from dosimetry.dose_arithmetic.fractionation import eqd2_gy, isoeffective_gy
from dosimetry.dvh.engine import compute_dvh
from dosimetry.model.dose import Summation

HEART = ("--structure", "Heart", "--metric", "Mean[Gy]", "--metric", "Max[Gy]")


def heart(*arguments):
    done = dosimetry("dvh", *arguments, *HEART, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    return document["structures"][0]["metrics"], document


def refused(*arguments):
    done = dosimetry(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return beam_plan.export(tmp_path_factory.mktemp("plan") / "all")


@pytest.fixture(scope="module")
def beams(folder):
    return sorted(folder.glob("rd_beam*.dcm"))


@pytest.fixture(scope="module")
def pair(folder):
    """Files of the plan that every dose needs."""
    return folder / "rs.dcm", folder / "rp.dcm"


@pytest.fixture(scope="module")
def boost(tmp_path_factory):
    """A second plan in 5 fractions on a finer and smaller grid that still covers the heart."""
    made = tmp_path_factory.mktemp("boost") / "boost"
    made.mkdir()
    header = replace(HEADER, series_label="boost")
    structures = write_structures(made / "rs.dcm", structure_set(frame=HEADER.frame), HEADER)
    plan = replace(beam_plan.plan(), fraction_counts=(5,))
    uid = write_plan(made / "rp.dcm", plan, header, structure_set_uid=structures)
    on = grid((-24, -44, -30), (4, 4, 3), (21, 24, 24))
    dose = replace(dose_from(lambda x, y, z: 0.2 * electrons(x, y, z), on), frame_of_reference_uid=HEADER.frame)
    write_dose(made / "rd.dcm", dose, header, plan_uid=uid, structure_set_uid=structures)
    return made


def codes(document):
    found = [*document["warnings"], *(caution for roi in document["structures"] for caution in roi["warnings"])]
    return {caution["code"] for caution in found}


def test_all_beams_are_the_plan(folder, beams, pair):
    whole, _ = heart(folder / "rd.dcm", *pair)
    found, document = heart(*beams, *pair, "--sum")
    assert found["Mean[Gy]"] == pytest.approx(whole["Mean[Gy]"], abs=1e-6)
    assert document["dose"]["summation"] == "BEAM"
    assert "dose-summation-unclear" in codes(document)
    assert len([file for file in document["provenance"]["files"] if file["kind"] == "RTDOSE"]) == 3


def test_what_makes_no_sum_is_refused_in_one_line(folder, beams, pair):
    assert "none for #4 'IMN electrons'" in refused("dvh", *beams[:2], *pair, "--sum")
    assert "one of them may hold the other" in refused("dvh", *beams, folder / "rd.dcm", *pair, "--sum")
    assert "only one dose" in refused("dvh", folder / "rd.dcm", *pair, "--sum")
    assert "doses are not added up unless asked for" in refused("dvh", *beams, *pair)


def test_plans_on_two_grids_and_two_fractionations(folder, boost, pair):
    plan = (folder / "rd.dcm", *pair)
    text = refused("dvh", folder / "rd.dcm", boost / "rd.dcm", boost / "rp.dcm", *pair, "--sum")
    assert "25 and 5 fractions" in text
    assert "--sum-as physical" in text
    files = (folder / "rd.dcm", boost / "rd.dcm", boost / "rp.dcm", *pair)
    found, document = heart(*files, "--sum-as", "physical")
    parts = [heart(*plan)[0], heart(boost)[0]]
    assert found["Mean[Gy]"] == pytest.approx(sum(part["Mean[Gy]"] for part in parts), abs=0.02)
    assert {"dose-resampled", "dose-beyond-grid", "fractionation-differs", "dose-summed"} <= codes(document)
    (stated,) = [
        caution["text"] for caution in document["structures"][0]["warnings"] if caution["code"] == "dose-resampled"
    ]
    assert "its mean by at most" in stated
    assert document["provenance"]["settings"]["sum_as"] == "physical"


def test_eqd2_of_a_sum_is_the_sum_of_eqd2(folder, boost, pair):
    files = (folder / "rd.dcm", boost / "rd.dcm", boost / "rp.dcm", *pair)
    found, document = heart(*files, "--sum", "--eqd2", "3")
    rois = structure_set(frame=HEADER.frame)
    parts = []
    for name, fractions in ((folder / "rd.dcm", 25), (boost / "rd.dcm", 5)):
        dose = read_dose(name)
        parts.append(compute_dvh(replace(dose, values_gy=eqd2_gy(dose.values_gy, fractions, 3.0)), rois["Heart"]))
    assert found["Mean[Gy]"] == pytest.approx(sum(part.mean_gy for part in parts), abs=0.02)
    assert (document["dose"]["measure"], document["dose"]["alpha_beta_gy"]) == ("EQD2", 3.0)
    assert "dose-converted" in codes(document)
    physical = heart(*files, "--sum-as", "physical")[0]
    together, _ = heart(*files, "--sum", "--isoeffective", "3")
    assert found["Mean[Gy]"] < together["Mean[Gy]"] < physical["Mean[Gy]"] + 1


def test_conversions_of_one_plan(folder, pair):
    plan = (folder / "rd.dcm", *pair)
    given, _ = heart(*plan)
    same, _ = heart(*plan, "--isoeffective", "3")
    assert same == given  # 50 Gy in 25 comes back unchanged
    found, _ = heart(*plan, "--eqd2", "3")
    assert found["Max[Gy]"] == pytest.approx(eqd2_gy(given["Max[Gy]"], 25, 3.0), rel=1e-6)
    bare = (folder / "rd.dcm", pair[0])
    assert "number of fractions is not known" in refused("dvh", *bare, "--eqd2", "3")
    told, _ = heart(*bare, "--isoeffective", "2", "--fractions", "15")
    effect = given["Max[Gy]"] * (1 + given["Max[Gy]"] / 30.0)
    assert told["Max[Gy]"] == pytest.approx(isoeffective_gy(effect, 25, 2.0), rel=1e-6)
    assert "contradicts the plan" in refused("dvh", *plan, "--eqd2", "3", "--fractions", "15")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--eqd2", "0"), "is no α/β"),
        (("--eqd2", "nan"), "is no α/β"),
        (("--eqd2", "3", "--isoeffective", "3"), "one conversion at a time"),
        (("--eqd2", "3", "--prescription", "50"), "--prescription"),
        (("--dose-is", "half"), "total or fraction"),
        (("--fractions", "0"), "--fractions"),
        (("--sum-as", "bed"), "--sum-as"),
        (("--beyond-grid", "some"), "--beyond-grid"),
        (("--beyond-grid", "zero"), "--beyond-grid: says how doses are added up, and none are"),
        (("--eqd2", "-3"), "--eqd2: is no α/β"),
        (("--isoeffective", "1000"), "--isoeffective: is no α/β"),
        (("--sum", "--dose", "rd.dcm"), "--dose: is of one dose"),
        (("--sum", "--structures", "rs.dcm"), "--structures: is of one dose"),
        (("--sum-as", "physical", "--relative", "100=50"), "--relative: is of one dose"),
    ],
)
def test_bad_options_are_one_line(folder, pair, options, message):
    assert message in refused("dvh", folder / "rd.dcm", *pair, *options)


def test_table_and_picture_name_the_measure(folder, pair, tmp_path):
    picture = tmp_path / "dvh.svg"
    shown = dosimetry("dvh", folder / "rd.dcm", *pair, *HEART, "--eqd2", "3", "--plot", picture).stdout
    assert "DVHs: EQD2, α/β 3 Gy<" in picture.read_text(encoding="utf-8")
    assert dosimetry("dvh", folder / "rd.dcm", *pair, *HEART, "--plot", picture).returncode == 0
    assert "Cumulative dose-volume histograms<" in picture.read_text(encoding="utf-8")
    assert "PLAN dose, EQD2 with α/β 3 Gy of a physical dose" in shown
    assert "[dose-converted]" in shown


def test_a_dose_of_one_fraction_is_told(folder, pair, tmp_path):
    dose = replace(read_dose(folder / "rd.dcm"), summation=Summation.FRACTION)
    each = replace(dose, values_gy=dose.values_gy / 25, sop_instance_uid=HEADER.uid("fraction"))
    write_dose(tmp_path / "rd.dcm", each, HEADER)
    files = (tmp_path / "rd.dcm", *pair)
    as_stored, document = heart(*files)
    assert "dose-summation-unclear" in codes(document)
    found, _ = heart(*files, "--dose-is", "fraction")
    assert found["Mean[Gy]"] == pytest.approx(25 * as_stored["Mean[Gy]"], rel=1e-6)


def imni(*arguments):
    return dosimetry("imni", *arguments)


def test_a_dose_of_known_summation_is_not_multiplied_in_silence(folder, pair):
    as_stored, _ = heart(folder / "rd.dcm", *pair)
    found, document = heart(folder / "rd.dcm", *pair, "--dose-is", "fraction")
    assert found == as_stored
    texts = [caution["text"] for caution in document["structures"][0]["warnings"] + document["warnings"]]
    assert "DoseSummationType is PLAN: --dose-is fraction does not touch this dose" in texts


def test_the_users_word_against_the_prescription_is_told(folder, pair, tmp_path):
    dose = replace(read_dose(folder / "rd.dcm"), summation=Summation.FRACTION)
    write_dose(tmp_path / "rd.dcm", replace(dose, sop_instance_uid=HEADER.uid("total")), HEADER)
    _, document = heart(tmp_path / "rd.dcm", *pair, "--dose-is", "fraction")
    assert "against what its file shows" in json.dumps(document)
    _, document = heart(tmp_path / "rd.dcm", *pair, "--dose-is", "total")
    assert "against what its file shows" not in json.dumps(document)


@pytest.mark.parametrize("how", [("--eqd2", "3"), ("--sum",)])
def test_a_computed_dose_is_not_held_against_stored_ones(folder, beams, pair, how):
    doses = beams if how == ("--sum",) else (folder / "rd.dcm",)
    done = dosimetry("dvh", *doses, *pair, *HEART, *how, "--against-tps", "--second-check", "--format", "json")
    (roi,) = json.loads(done.stdout)["structures"]
    for source in ("against_tps", "second_check"):
        assert {one["status"] for one in roi[source]["metrics"].values()} == {"not-checked"}
        assert all("computed dose" in one["reason"] for one in roi[source]["metrics"].values())


def test_the_contribution_of_the_imn_field_in_every_format(folder, tmp_path):
    page = tmp_path / "page.html"
    beam = ("--with", folder, "--imn-beam", "IMN electrons")
    done = imni(*beam, "--format", "json", "--report", page)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["comparison"]["class"] == "imn-field"
    assert "contribution of the IMN field" in document["comparison"]["text"]
    assert document["without"]["parts"][0]["without_beams"] == ["#4 'IMN electrons'"]
    roi = structure_set(frame=HEADER.frame)["Heart"]
    exact = compute_dvh(dose_from(electrons, GRID), roi).mean_gy
    assert document["increment"]["Heart"]["Mean[Gy]"] == pytest.approx(exact, abs=1e-5)
    assert {"imn-field-alone", "imn-by-subtraction"} <= {caution["code"] for caution in document["warnings"]}
    rows = list(csv.DictReader(io.StringIO(imni(*beam, "--format", "csv").stdout)))
    assert {row["class"] for row in rows} == {"imn-field"}
    assert all("contribution of the IMN field" in row["warnings"] for row in rows)
    assert all("imn-by-subtraction" in row["warnings"] for row in rows)
    shown = imni(*beam).stdout
    assert "Comparison     contribution of the IMN field" in shown
    assert "without beam #4 'IMN electrons'" in shown
    assert "[imn-by-subtraction]" in shown
    text = page.read_text(encoding="utf-8")
    assert "contribution of the IMN field" in text
    assert "imn-by-subtraction" in text


def test_beams_are_taken_out_by_number_and_from_files(folder, beams, pair):
    for paths in ((folder,), (*beams, folder / "rd.dcm", *pair), (*beams, *pair)):
        done = imni("--with", *paths, "--imn-beam", "4", "--format", "json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["comparison"]["class"] == "imn-field"
    several = imni("--imn-beam", "2", "IMN electrons", "--with", folder, "--format", "json")
    assert json.loads(several.stdout)["without"]["parts"][0]["without_beams"] == [
        "#2 'Lateral'",
        "#4 'IMN electrons'",
    ]


def test_beams_that_cannot_be_taken_out_are_refused_in_one_line(folder, beams, pair):
    text = refused("imni", "--with", folder, "--imn-beam", "IMN")
    assert "#1 'Medial', #2 'Lateral', #4 'IMN electrons'" in text
    assert "either a plan of its own" in refused("imni", "--with", folder, "--without", folder, "--imn-beam", "4")
    assert "--without PATH, or --imn-beam NAME" in refused("imni", "--with", folder)
    assert "no dose of a single beam" in refused("imni", "--with", folder / "rd.dcm", *pair, "--imn-beam", "4")
    assert "--dose-is total" in refused("imni", "--with", beams[-1], folder / "rd.dcm", *pair, "--imn-beam", "4")
    assert "RTPLAN" in refused("imni", "--with", *beams, pair[0], "--imn-beam", "4")
    assert "no such file or folder" in refused("imni", "--with", folder / "missing", "--imn-beam", "4")
    assert "one folder" in refused("imni", "--with", folder, beams[0], "--imn-beam", "4")
    alone = ("imni", "--with", folder, "--imn-beam", "4")
    assert "--sum-as: says how plans are added up" in refused(*alone, "--sum-as", "physical")
    assert "--beyond-grid: says how plans are added up" in refused(*alone, "--beyond-grid", "zero")
    assert "nowhere.toml" in refused(*alone, "--links", "nowhere.toml")
