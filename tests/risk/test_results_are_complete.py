"""What must stand beside every result, in the tables and in JSON: see also the tests of the command."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dosimetry.report.risk import risk_document
from dosimetry.report.risk_page import beside_headline
from dosimetry.report.risk_rows import HEADER, risk_rows
from dosimetry.report.risk_sheets import relative_sheet, risk_sheets
from dosimetry.report.risk_text import roles
from dosimetry.risk.assessment import Deaths, Request, assess
from dosimetry.risk.doses import DoseBounds, MeanDoses
from dosimetry.risk.models import load_models
from dosimetry.risk.patient import Patient
from dosimetry.risk.rates import example_rates, read_rates
from dosimetry.risk.timelines import LifePlan

MODELS = {model.id: model for model in load_models()}
FAR = {
    "heart": MeanDoses(12.0, 29.0),
    "lungs": MeanDoses(6.0, 9.0),
}


def everything(doses, **more):
    request = Request(
        doses=doses,
        every=True,
        patient=Patient(age=50.0, smoking="never", cardiac_risk_factor=False, nodes="1-3"),
        life=LifePlan(read_rates(example_rates()), 50.0, 80.0, 0.2),
        deaths=Deaths(20.0),
        threshold_points=2.0,
    )
    return assess(replace(request, **more))


@pytest.fixture(scope="module")
def far():
    return everything(FAR)


def test_extrapolated_stands_in_every_table_that_names_the_model(far):
    sheets = (relative_sheet(far), *risk_sheets(far))
    for sheet in sheets:
        for row in sheet.rows:
            if row[0].startswith(("darby-7", "bogaard")):
                assert re.fullmatch(r"\S+ \(extrapolated\)", row[0]), (sheet.title, row)
    named = [sheet.title for sheet in sheets if any(row[0].startswith("darby-7.4") for row in sheet.rows)]
    assert [title.split(" of ")[0].split(":")[0] for title in named] == [
        *("Relative risk by model", "Absolute risk", "Break-even"),
    ]
    (timed,) = [sheet for sheet in sheets if sheet.title.startswith("By years")]
    assert timed.title.endswith("darby-by-time (unverified, extrapolated)")


def test_nothing_within_the_observed_doses_is_called_extrapolated():
    result = everything({"heart": MeanDoses(4.2, 8.0)})
    assert [row[0] for row in relative_sheet(result).rows if "extrapolated" in row[0]] == []


def test_every_result_in_json_says_what_it_is(far):
    document = risk_document(far)
    parts = ("risk", "risk_by_time", "absolute", "curves", "complications", "additive", "break_even")
    for part in parts:
        assert document[part], part
        for entry in document[part]:
            assert entry["model"] in MODELS
            assert entry["endpoint"], (part, entry["model"])
            assert entry["horizon"], (part, entry["model"])
            assert entry["doi"] or "no DOI" in entry["source"], (part, entry["model"])
            told = [*entry["notes"], *(caution["text"] for caution in entry["warnings"])]
            ends = [value for key, value in entry.items() if re.search(r"_ci_|interval|_low_", key)]
            assert any(ends) or "no interval published" in told, (part, entry["model"])
            if entry["model"].startswith(("darby", "bogaard")):
                assert any(text.startswith("extrapolated") for text in told), (part, entry["model"])


def test_both_absolute_risks_together_say_what_they_are(far):
    both = risk_document(far)["additive_combined_pct"]
    assert both["models"] == ["sci-rep-cardiac-low", "sci-rep-lung-low"]
    assert both["endpoint"] == "death from heart disease or death from lung cancer"
    assert both["horizon"].startswith("lifetime")
    assert "10.1038/s41598-021-85401-4" in both["source"]
    assert both["notes"][0] == "no interval published"


def test_every_row_says_what_it_is(far):
    for values in risk_rows(far):
        row = dict(zip(HEADER, values, strict=True))
        assert row["endpoint"], row
        assert row["horizon"], row
        assert "doi " in row["source"] or "no DOI" in row["source"], row
        if row["kind"] in ("relative", "balance"):
            continue
        ends = [row[name] for name in ("ci_low", "ci_high", "combined_low", "dose_low")]
        # a risk without dose hangs on no slope; a number needed, or a break-even, may have no end
        is_plain = row["quantity"] in ("risk_without_irradiation", "number_needed_to_harm")
        has_end = any(end is not None for end in ends) or is_plain or row["kind"] == "break-even"
        assert has_end or "no interval published" in row["notes"], row
        if row["model"].startswith(("darby", "bogaard")):
            assert "extrapolated" in row["warnings"], row


def test_intervals_of_a_balance_are_named_row_by_row(far):
    sheet = next(sheet for sheet in risk_sheets(far) if sheet.title.endswith("DBCG-IMN2"))
    assert sheet.heads[2:4] == ("Interval", "Interval of")
    assert [row[3] for row in sheet.rows] == [
        *("CI of the hazard ratio", "CI of the slope", "CI of the slope", "all at their worst ends"),
    ]
    assert sheet.lead.startswith("Over 30 years, from age 50 to age 80.")
    assert "doi 10.1016/j.lanepe.2024.101160" in sheet.notes[-1]
    assert "taylor-cardiac, doi 10.1200/JCO.2016.72.0722" in sheet.notes[-1]


def test_intervals_of_the_dose_are_not_called_those_of_the_slope():
    bounds = DoseBounds((4.0, 4.4), (7.8, 8.2), (3.7, 3.9))
    lungs = MeanDoses(6.0, 9.0, DoseBounds((5.9, 6.1), (8.9, 9.1), (2.95, 3.05)))
    result = everything({"heart": MeanDoses(4.2, 8.0, bounds), "lungs": lungs})
    sheets = {sheet.title: sheet for sheet in risk_sheets(result)}
    balance = next(sheet for title, sheet in sheets.items() if title.endswith("DBCG-IMN"))
    assert [row[3] for row in balance.rows[1:3]] == ["combined: slope and dose"] * 2
    assert sheets["Complication probability"].heads[-1] == "Difference (dose interval) [points]"
    absolute = next(sheet for title, sheet in sheets.items() if title.startswith("Absolute risk of coronary"))
    assert absolute.heads[-2:] == ("Excess (combined) [points]", "Number needed to harm (combined)")
    even = next(sheet for title, sheet in sheets.items() if title.startswith("Break-even"))
    assert even.heads[3] == "Largest within (CI) [Gy]"  # the dose is what is sought: it has no interval here


def test_headline_and_chosen_models_are_told_apart():
    models = [MODELS[name] for name in ("darby-7", "sardaro-4", "darby-7.4", "jacobse-6.4")]
    line = "Headline: darby-7, sardaro-4; published beside it: darby-7.4; chosen besides: jacobse-6.4."
    assert roles(models) == line
    assert roles([MODELS["jacobse-6.4"]]) == ""
    result = assess(Request(doses={"heart": MeanDoses(4.2, 8.0)}, chosen=tuple(model.id for model in models)))
    assert line in relative_sheet(result).notes
    published, jacobse = beside_headline(result)
    assert published.startswith("Beside the headline, darby-7.4: added ERR +28.1 (11.0–55.1) percentage points")
    assert "myocardial infarction as first heart disease" in jacobse
    assert jacobse.endswith("doi 10.1016/j.ijrobp.2018.10.025.")


def test_a_band_without_meaning_at_these_doses_does_not_end_the_run():
    result = everything({"heart": MeanDoses(30.0, 50.0)})
    assert "darby-by-time" not in {part.function.model.id for part in result.absolute}
    assert "darby-7.4" in {part.function.model.id for part in result.absolute}
    told = [caution for caution in result.missing if caution.subject == "darby-by-time"]
    assert [caution.text for caution in told if "no meaning at 50 Gy" in caution.text] == [told[0].text]
