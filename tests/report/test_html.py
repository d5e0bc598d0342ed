"""The HTML report of the sample pair, and of pairs that something is wrong with."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from dosimetry.dvh.interval import INTERVAL_MEANING, increment_interval
from dosimetry.imn.kind import Kind
from dosimetry.provenance import INTENDED_USE
from dosimetry.report.html import render
from dosimetry.report.imni_figures import pictures
from dosimetry.report.imni_page import imni_report
from dosimetry.warnings import Caution, Code, gathered

HOSTILE = ["<script>alert(1)</script>", "$x_1$", "_hidden", "N" * 64, "a\u202eb\u200fc", "{{ 7*7 }}", '" onload="x']
IDENTITY = ("PLANTED^NAME", "PLANTED-4711", "19600229")
PLANTED_UID, PLANTED_FILE = "1.2.826.0.1.4711.99", "PLANTED_FILE_4711.dcm"


def rendered(pair, **options):
    return render(imni_report(pair, **options))


@pytest.fixture(scope="module")
def source(pair):
    return rendered(pair)


@pytest.fixture(scope="module")
def page(source, read_page):
    return read_page(source)


def _with_heart(pair, **changes):
    return replace(pair, increments=(replace(pair.heart, **changes), *pair.increments[1:]))


def _withheld(pair):
    caution = Caution(Code.INCREMENT_WITHHELD, "Heart", "increment withheld: 7.0% of the volume lies outside")
    told = Caution(Code.RISK_WITHHELD, "Heart", "risk withheld: there is no increment of mean heart dose")
    metrics = {name: replace(quantity, value=None) for name, quantity in pair.heart.metrics.items()}
    result = _with_heart(pair, metrics=metrics, warnings=(caution,))
    return replace(result, risk=(), warnings=(*pair.warnings, told))


def _planted(pair):
    """Return the pair with an identity in every place that a file can carry one."""

    def case(part):
        mark = {"uid": PLANTED_UID, "name": PLANTED_FILE}
        return replace(
            part,
            patient=replace(part.patient, identity=IDENTITY),
            dose=replace(part.dose, source=replace(part.dose.source, **mark), sop_instance_uid=PLANTED_UID),
            rtplan=replace(part.rtplan, source=replace(part.rtplan.source, **mark)),
        )

    sides = [replace(side, parts=tuple(case(part) for part in side.parts)) for side in (pair.without, pair.with_)]
    return replace(pair, without=sides[0], with_=sides[1])


def test_page_leads_with_mean_heart_dose_and_its_increment(page):
    assert (
        "Mean heart dose without IMN 3.95 Gy (3.93–3.96) with IMN 6.58 Gy (6.56–6.60) "
        "increment +2.64 Gy (+2.63 to +2.65) In brackets: calculation interval (calculation convention only; "
        "excludes contouring, setup, breathing and dose algorithm)."
    ) in page.text


def test_page_shows_the_numbers_of_the_result(pair, page):
    for increment in pair.increments:
        rows = page.table(f"{increment.name} ")
        shown = {row[0].replace(" ", ""): row[1:] for row in rows[1:]}
        assert list(shown) == list(increment.metrics)
        for name, quantity in increment.metrics.items():
            digits = 2 if quantity.unit == "Gy" else 1
            before, after = increment.without.metrics[name].value, increment.with_.metrics[name].value
            expected = [f"{before:z.{digits}f}", f"{after:z.{digits}f}"]
            assert [cell.split(" ")[0] for cell in shown[name][:2]] == [text.replace("-", "−") for text in expected]
            if quantity.value is None:
                assert shown[name][2] == "withheld"
            else:
                change = shown[name][2].split(" ")[0]
                assert float(change.replace("−", "-")) == round(quantity.value, digits)


def _bounds(cell):
    """Return the numbers in the brackets of a cell."""
    inside = cell.split(" (")[1].rstrip(")").replace("–", " to ").replace("−", "-")
    return [float(text) for text in inside.split(" to ")]


def test_brackets_hold_the_intervals_of_the_result_rounded_outwards(pair, page):
    for increment in pair.increments:
        rows = page.table(f"{increment.name} ")[1:]
        if increment.name == "Body":
            assert not any("(" in cell for row in rows for cell in row[1:])
            continue
        before, after = increment.without.dvh, increment.with_.dvh
        for row, (name, quantity) in zip(rows, increment.metrics.items(), strict=True):
            last = 0.01 if quantity.unit == "Gy" else 0.1
            computed = before.interval(name), after.interval(name), increment_interval(after, before, name)
            for cell, (low, high) in zip(row[1:], computed, strict=True):
                shown = _bounds(cell)
                assert low - last < shown[0] <= low + 1e-6
                assert high - 1e-6 <= shown[1] < high + last
    assert "None was computed for structures above 5000 cc: Body." in page.text


def test_every_place_with_intervals_says_what_they_leave_out(page):
    assert page.text.count(f"calculation interval ({INTERVAL_MEANING})") == 2
    assert f"Shaded: calculation interval of the volume at each dose ({INTERVAL_MEANING})" in page.text


def test_table_at_a_glance_agrees_with_the_result(pair, page):
    rows = page.table("Volume, and metrics")
    assert rows[0][1:] == ["Mean [Gy]", "D2% [Gy]", "V5Gy [%]", "V20Gy [%]"]
    assert rows[2][:5] == ["Heart heart", "544.2", "3.95", "6.58", "+2.64"]
    assert rows[2][5:] == ["40.65", "45.48", "+4.83", "10.0", "21.7", "+11.6", "4.1", "9.3", "+5.2"]
    assert len(rows) == 2 + len(pair.increments)


def test_coverage_is_told_in_words_and_numbers(page):
    assert "without IMN not covered V90% = 21.4 % with IMN covered V90% = 99.4 %" in page.text
    assert (
        "CTVn_IMN_L, 8.71 cc, prescribed 50 Gy in 25 fractions (the plan's prescription to this ROI)" in page.text
    )
    rows = page.table("Covered means")
    assert [row[0] for row in rows[2:]] == ["CTVn_IMN_L IMN target", "Breast_L", "CTVp_breast_L", "Chestwall_L"]
    assert rows[5][3:] == ["45.71", "48.17", "28.61", "46.06", "85.4 % not covered", "97.6 % covered"]


def test_risk_is_told_with_both_readings_and_their_intervals(page):
    assert "7 %/Gy (95 % CI 3 to 14); major coronary events" in page.text
    assert "+18.5 percentage points (7.9–36.9) of the unirradiated rate" in page.text
    assert "+14.5 % (7.1–23.8) over the rate of the plan without IMN" in page.text
    assert "confidence intervals of the coefficient, the published slope, only" in page.text
    rows = page.table("Brackets: from the confidence interval")
    assert rows[2] == [
        "Sardaro 2012 sardaro-4",
        "4 %/Gy, no interval published",
        "15.8",
        "26.3",
        "+10.6 no interval published",
        *("10.5–10.6", "–"),
        "+9.1 no interval published",
    ]
    assert rows[3][4:] == ["+19.5 (7.7–38.3)", "19.5–19.6", "7.6–38.4", "+15.1 (6.9–24.3)"]


def test_every_warning_is_shown_with_its_code(pair, page):
    for caution in gathered(pair.all_warnings):
        assert f"{caution.subject}: {caution.text} {caution.code.value}" in page.text


def test_intended_use_stands_at_both_ends(page):
    assert page.text.count(INTENDED_USE) == 2


def test_provenance_names_every_file_by_hash(pair, page):
    for side in (pair.without, pair.with_):
        for part in side.parts:
            for file in part.sources:
                assert file.sha256 in page.text


def test_page_needs_nothing_else(source, page):
    assert len(source.encode()) < 1_000_000
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "form", "img")
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "srcset", "action", "data"):
                assert value.startswith("#") or (tag == "a" and value.startswith("https://doi.org/10."))
    assert "http" not in source.replace("https://doi.org/10.", "").replace("http-equiv", "")
    assert "@import" not in source
    assert source.count("url(") == source.count("url(#")
    policies = [meta["content"] for meta in page.named("meta") if "http-equiv" in meta]
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'")


def test_page_can_be_read_without_seeing_it(page):
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("table")) == len(page.named("caption")) == len(page.tables)
    assert all("scope" in attributes for attributes in page.named("th"))
    for picture in page.named("svg"):
        assert picture.get("aria-hidden") == "true" or (picture["role"] == "img" and picture["aria-label"])
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_identifiers_are_unique_and_references_resolve(page):
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    for tag, attributes in page.tags:
        if tag == "use":
            assert attributes["href"].removeprefix("#") in names
        if "clip-path" in attributes:
            assert attributes["clip-path"][5:-1] in names
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in names


def test_equal_results_give_equal_pages(pair, source):
    assert rendered(pair) == source


def test_hostile_names_are_text(pair, read_page):
    increments = tuple(
        replace(increment, name=name, warnings=(Caution(Code.OUTSIDE_GRID, name, name),))
        for increment, name in zip(pair.increments, HOSTILE, strict=False)
    )
    part = replace(pair.with_.parts[0], rtplan=replace(pair.with_.parts[0].rtplan, label=HOSTILE[0]))
    result = replace(
        pair,
        increments=increments,
        imn=replace(pair.imn, name=HOSTILE[1]),
        with_=replace(pair.with_, parts=(part,)),
    )
    source = rendered(result)
    page = read_page(source)
    for name in HOSTILE:
        shown = name.replace("\u202e", "\ufffd").replace("\u200f", "\ufffd")
        # summary or legend, warnings twice, their code, glance, every metric, settings
        assert page.text.count(shown) >= 6
        assert shown in page.table("Volume, and metrics")[2 + HOSTILE.index(name)][0]
    assert page.table("Parts of both sides")[2][1] == HOSTILE[0]
    assert len(page.named("script")) == 2  # the curves, as data, and what reads them
    assert not any("onload" in attributes for _, attributes in page.tags)
    assert not {"\u202e", "\u200f"} & set(source)


def test_identity_is_absent_unless_asked_for(pair, read_page):
    planted = _planted(pair)
    secrets = (*IDENTITY, PLANTED_UID, PLANTED_FILE)
    closed, told = rendered(planted), rendered(planted, identify=True)
    assert not [secret for secret in secrets if secret in closed]
    assert "PLANTED" not in closed
    assert [secret for secret in secrets if secret in read_page(told).text] == list(secrets)
    uids = [
        uid
        for side in (pair.without, pair.with_)
        for part in side.parts
        for uid in (part.dose.sop_instance_uid, part.dose.frame_of_reference_uid, part.dose.study_uid)
    ]
    assert not [uid for uid in uids if uid and uid in closed]


def test_withheld_increment_is_said_with_its_reason(pair, read_page):
    text = read_page(rendered(_withheld(pair))).text
    assert "without IMN 3.95 Gy (3.93–3.96) with IMN 6.58 Gy (6.56–6.60) increment withheld In brackets" in text
    assert "Withheld: no risk is given. Heart: increment withheld: 7.0% of the volume lies outside" in text
    assert "risk-withheld" in text
    assert "Added ERR" not in text


def test_structure_that_could_not_be_measured_is_a_row_with_its_reason(pair, read_page):
    caution = Caution(Code.STRUCTURE_NOT_MEASURED, "Lung_R", "no contours inside the grid")
    lung = next(increment for increment in pair.increments if increment.name == "Lung_R")
    nothing = replace(lung.without, dvh=None, metrics={}, warnings=(caution,))
    empty = replace(lung, without=nothing, with_=nothing, metrics={}, warnings=(caution,))
    increments = tuple(empty if increment is lung else increment for increment in pair.increments)
    page = read_page(rendered(replace(pair, increments=increments)))
    assert page.table("Lung_R ")[1:] == [["not measured"]]
    rows = {row[0]: row[1:] for row in page.table("Volume, and metrics")}
    assert set(rows["Lung_R contralateral lung structure-not-measured"]) == {"–"}
    assert "no contours inside the grid" in page.text


def test_coverage_that_is_not_evaluable_says_so(pair, read_page):
    imn = replace(
        pair.imn,
        prescribed=None,
        covered_without_pct=None,
        covered_with_pct=None,
        is_covered_without=None,
        is_covered_with=None,
    )
    text = read_page(rendered(replace(pair, imn=imn))).text
    assert "without IMN not evaluable with IMN not evaluable" in text
    assert "no usable prescription" in text


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.INCREMENT])
def test_what_is_no_increment_is_not_called_one(pair, kind, read_page):
    text = read_page(rendered(replace(pair, comparability=replace(pair.comparability, kind=kind)))).text
    assert f"Not a true IMN increment {kind.text[0].upper()}{kind.text[1:]}." in text
    assert "with IMN 6.58 Gy (6.56–6.60) difference +2.64 Gy (+2.63 to +2.65)" in text
    assert "Risk of the difference" in text


def test_few_structures_share_one_figure(pair, page, read_page):
    few = read_page(rendered(replace(pair, increments=pair.increments[:3], others=())))
    assert len(page.named("figure")) == 2
    assert len(few.named("figure")) == 1


def test_structures_of_one_figure_have_colours_of_their_own(pair):
    for picture in pictures(pair):
        colours = [
            re.search(r'stroke="(#[0-9A-F]+)"', solid)[1] for _, solid in (key.swatches for key in picture.legend)
        ]
        assert len(colours) == len(set(colours)) >= 4
    assert [picture.legend[0].name for picture in pictures(pair)] == ["Heart", "CTVn_IMN_L"]


@pytest.mark.parametrize(
    ("code", "card"),
    [
        (Code.PARTIAL_COURSE, "risk"),
        (Code.DOSE_EFFECTIVE, "heart"),
        (Code.DOSE_EFFECTIVE, "risk"),
        (Code.COVERAGE_WITH_LOW, "coverage"),
        (Code.COVERAGE_NOT_EVALUABLE, "coverage"),
    ],
)
def test_warnings_of_the_whole_stand_beside_the_number_they_touch(pair, code, card, read_page):
    result = replace(pair, warnings=(*pair.warnings, Caution(code, "with", "PLANTED REMARK")))
    text = read_page(rendered(result)).text
    heart, rest = text.split("Mean heart dose", 1)[1].split("IMN coverage", 1)
    coverage, rest = rest.split("Risk of the", 1)
    risk = rest.split("Warnings", 1)[0]
    assert "PLANTED REMARK" in {"heart": heart, "coverage": coverage, "risk": risk}[card]
