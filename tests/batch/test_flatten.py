"""Rows of the store are the numbers of what was computed, with all that has to be said of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pytest
from box_thorax import BOXES, Maker, structure_set

from dosimetry.batch.flatten import rows_of
from dosimetry.batch.job import Failure, Job, Kind, Outcome
from dosimetry.batch.schema import TABLES
from dosimetry.batch.settings import Settings
from dosimetry.batch.work import compute_case, compute_pair
from dosimetry.cli.risk_file import assess_comparison
from dosimetry.imn.comparison import Request, compare
from dosimetry.imn.sides import make_side
from dosimetry.names.parts import Choices
from dosimetry.protocols.library import find_sheet
from dosimetry.risk.rates import example_rates

RISK = """
age = 50
to_age = 65
rates = "rates.csv"
breast_cancer_death = 20
models = ["jacobse-6.4"]
alpha_beta = 3
"""
METRICS = ("Mean[Gy]", "V20Gy[%]", "D1cc[Gy]")  # the LAD has less than 1 cc


@dataclass(frozen=True)
class Read:
    """A case that is read already."""

    case: object

    def read(self):
        return self.case


def tables(outcome):
    """Rows of each table by column, as the schema names them."""
    names = {table.name: table.names[1:] for table in TABLES}
    found = {name: [] for name in names}
    for table, cells in rows_of(outcome):
        found[table].append(dict(zip(names[table], cells, strict=True)))
    return found


@pytest.fixture(scope="module")
def sides():
    make = Maker()
    return make.without(), make.with_()


@pytest.fixture(scope="module")
def pair(sides, tmp_path_factory):
    folder = tmp_path_factory.mktemp("risk")
    (folder / "rates.csv").write_text(example_rates().read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "risk.toml").write_text(RISK, encoding="utf-8")
    settings = Settings(metrics=METRICS, risk_file=folder / "risk.toml", assess=assess_comparison)
    return compute_pair(Job("p", Kind.PAIR, "r", located=tuple(map(Read, sides))), settings)


@pytest.fixture(scope="module")
def case(sides):
    settings = Settings(metrics=METRICS, sheets=(find_sheet("degro-2019"),))
    return compute_case(Job("c", Kind.CASE, "r", located=(Read(sides[1]),)), settings)


def test_measurements_of_a_pair_are_those_of_the_comparison(pair, sides):
    result = compare(
        *(make_side(name, [one]) for name, one in zip(("without", "with"), sides, strict=True)),
        Request(metrics=METRICS),
    )
    rows = tables(pair)["measurements"]
    by_place = {(row["side"], row["structure"], row["metric"]): row for row in rows}
    assert len(by_place) == len(rows) == 3 * len(METRICS) * len(result.increments)
    for increment in result.increments:
        row = by_place["increment", increment.name, "Mean[Gy]"]
        assert row["value"] == increment.metrics["Mean[Gy]"].value
        assert row["number"] == increment.with_.structure.number
        assert row["part"] == (increment.key or "")
        before = by_place["without", increment.name, "Mean[Gy]"]
        assert before["value"] == increment.without.metrics["Mean[Gy]"].value
        codes = " ".join(dict.fromkeys(caution.code.value for caution in increment.warnings))
        assert (row["warnings"] or "") == codes
    assert any(row["warnings"] for row in rows)
    assert by_place["increment", "Heart", "V20Gy[%]"]["unit"] == "percentage points"
    assert by_place["with", "Heart", "V20Gy[%]"]["unit"] == "%"
    plans = tables(pair)["plans"]
    assert [(row["side"], row["prescription_gy"], row["fractions"]) for row in plans] == [
        ("without", 50.0, 25),
        ("with", 50.0, 25),
    ]


def test_risks_of_a_pair_are_all_that_was_asked_for(pair):
    document, rows = pair.documents["imni"], tables(pair)["risks"]
    relative = [row for row in rows if row["kind"] == "relative" and row["quantity"] == "added_err"]
    models = Counter(row["model"] for row in relative if row["dose_basis"] == "physical")
    headline = [one["model"] for one in document["risk"]]
    assert set(headline) | {"jacobse-6.4"} <= set(models)
    assert set(models.values()) == {1}
    assert any(row["dose_basis"].startswith("isoeffective") for row in relative)
    first = document["risk"][0]
    (row,) = (one for one in relative if (one["model"], one["dose_basis"]) == (first["model"], "physical"))
    assert (row["value"], [row["low"], row["high"]]) == (first["added_err_pct"], first["added_err_ci_pct"])
    assert (row["interval"], row["doi"], row["structure"]) == ("coefficient", first["doi"], "heart")
    assert first["warnings"][0]["text"] in row["warnings"]
    others = {row["kind"] for row in rows}
    assert {"absolute", "balance"} <= others
    for row in rows:
        assert (row["low"] is None) == (row["high"] is None) == (row["interval"] is None)
        if row["low"] is not None:
            assert row["low"] <= row["value"] <= row["high"]
        assert row["verified"] in ("yes", "no")
    for found in document["risk_assessment"]["balance"]:
        (net,) = (
            row
            for row in rows
            if row["quantity"].startswith("net_")
            and (row["model"], row["dose_basis"]) == (found["study"], "physical")
        )
        assert net["value"] == found["net_points"]


def test_a_case_has_its_plan_its_parts_and_its_verdicts(case):
    found = tables(case)
    (plan,) = found["plans"]
    assert (plan["label"], plan["prescription_gy"], plan["fractions"]) == ("PLAN", 50.0, 25)
    parts = {row["structure"]: row["part"] for row in found["structures"]}
    assert (parts["Heart"], parts["Lung_L"], parts["Body"]) == ("heart", "lung_left", "body")
    lines = [line for sheet in case.documents["check"]["protocols"] for line in sheet["constraints"]]
    assert len(found["verdicts"]) == len(lines) > 0
    for row, line in zip(found["verdicts"], lines, strict=True):
        assert (row["verdict"], row["value"], row["goal"]) == (line["verdict"], line["value"], line["goal"])
        assert row["unit"] or row["value"] is None
    assert [row["code"] for row in found["warnings"]] == [caution.code.value for caution in case.warnings]


def test_of_two_rois_that_could_be_the_heart_none_is(sides):
    twice = structure_set(BOXES | {"heart": BOXES["Heart"]})
    found = tables(
        compute_case(Job("c", Kind.CASE, "r", located=(Read(replace(sides[0], structures=twice)),)), Settings())
    )
    parts = {row["structure"]: row["part"] for row in found["measurements"]}
    assert (parts["Heart"], parts["heart"], parts["A_LAD"]) == ("", "", "lad")


def test_a_sheet_that_could_not_be_held_against_a_plan_says_so(case):
    failure = Failure("ambiguity", "2 ROIs may be the heart")
    check = {"schema": "dosimetry/check/1", "failure": {"code": failure.code, "text": failure.text}}
    (row,) = tables(Outcome(case.documents | {"check": check}))["verdicts"]
    assert (row["verdict"], row["reason"], row["value"]) == ("not evaluable", failure.text, None)


def test_of_two_rois_of_one_name_each_increment_has_its_own_part(sides):
    twice = structure_set(BOXES | {"Twin": (0, 30, 10, 40), "Other": (10, 30, 20, 40)}, Other="Twin")
    located = tuple(Read(replace(one, structures=twice)) for one in sides)
    choices = Choices({"--lad": "#13", "--spinal-cord": "#14"})
    found = tables(compute_pair(Job("p", Kind.PAIR, "r", located=located), Settings(METRICS, choices=choices)))
    rows = [row for row in found["measurements"] if row["structure"] == "Twin" and row["metric"] == "Mean[Gy]"]
    assert {(row["side"], row["number"], row["part"]) for row in rows} == {
        *((side, 13, "lad") for side in ("without", "with", "increment")),
        *((side, 14, "spinal_cord") for side in ("without", "with", "increment")),
    }
    increments = {row["number"]: row["value"] for row in rows if row["side"] == "increment"}
    means = {(row["side"], row["number"]): row["value"] for row in rows}
    for number, value in increments.items():
        assert value == pytest.approx(means["with", number] - means["without", number])
