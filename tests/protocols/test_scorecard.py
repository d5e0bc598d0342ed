"""Scorecards of other programs: what is understood becomes a limit, what is not can never pass."""

from __future__ import annotations

import json

import pytest
from box_thorax import Maker

from dosimetry.errors import ProtocolError
from dosimetry.imn.sides import make_side
from dosimetry.protocols.evaluate import check_plan
from dosimetry.protocols.library import find_sheet
from dosimetry.protocols.verdict import Verdict, Wanted

PASS, FAIL = {"label": "PASS", "color": [18, 191, 0]}, {"label": "FAIL", "color": [255, 0, 0]}
FAIR = {"label": "ACCEPTABLE [3]", "color": [255, 216, 0]}


@pytest.fixture
def read(tmp_path):
    def read_document(document):
        path = tmp_path / "card.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return find_sheet(str(path))

    return read_document


def proknow(objectives, **metric):
    return {
        "computed": [{"type": "MEAN_DOSE_ROI", "roi_name": "Heart", "objectives": objectives} | metric],
        "custom": [],
    }


def eclipse(points, **metric):
    curve = [{"PointX": x, "Score": score, "Variation": bool(rest)} for x, score, *rest in points]
    row = {
        "Structure": {"StructureId": "Heart"},
        "MetricType": "MeanDose",
        "OutputUnit": "Gy",
        "ScorePoints": curve,
    }
    return {"TemplateName": "Card", "NumberOfFractions": 25, "ScoreTemplates": [row | metric]}


def limits(sheet):
    return [
        (line.roi, str(line.goal.always), str(line.acceptable.always) if line.acceptable else None)
        for line in sheet.constraints
    ]


@pytest.mark.parametrize(
    ("objectives", "expected"),
    [
        ([PASS | {"max": 4}, FAIL], [("Mean[Gy] ≤ 4 Gy", None)]),
        ([PASS, FAIL | {"min": 4}], [("Mean[Gy] < 4 Gy", None)]),
        ([FAIL | {"max": 45}, PASS], [("Mean[Gy] > 45 Gy", None)]),
        ([FAIL, PASS | {"min": 45}], [("Mean[Gy] ≥ 45 Gy", None)]),
        ([PASS | {"max": 4}, FAIR | {"max": 5}, FAIL], [("Mean[Gy] ≤ 4 Gy", "Mean[Gy] ≤ 5 Gy")]),
        ([FAIL, FAIR | {"min": 40}, PASS | {"min": 45}], [("Mean[Gy] ≥ 45 Gy", "Mean[Gy] ≥ 40 Gy")]),
        (
            [FAIL, PASS | {"min": 15, "max": 29}, FAIL],
            [("Mean[Gy] ≥ 15 Gy", None), ("Mean[Gy] ≤ 29 Gy", None)],
        ),
    ],
)
def test_proknow_objectives_become_limits(read, objectives, expected):
    assert limits(read(proknow(objectives))) == [("Heart", *levels) for levels in expected]


@pytest.mark.parametrize(
    ("kind", "arguments", "metric"),
    [
        ("DOSE_VOLUME_PERCENT_ROI", {"arg_1": 99}, "D99%[Gy]"),
        ("DOSE_VOLUME_CC_ROI", {"arg_1": 0.03}, "D0.03cc[Gy]"),
        ("DOSE_VOLUME_MINUS_CC_ROI", {"arg_1": 700}, "DC700cc[Gy]"),
        ("VOLUME_CC_DOSE_ROI", {"arg_1": 20}, "V20Gy[cc]"),
        ("VOLUME_PERCENT_DOSE_ROI", {"arg_1": 20}, "V20Gy[%]"),
        ("VOLUME_PERCENT_DOSE_RANGE_ROI", {"arg_1": 0, "arg_2": 10}, "CV10Gy[%]"),
        ("MIN_DOSE_ROI", {}, "Min[Gy]"),
        ("MAX_DOSE_ROI", {}, "Max[Gy]"),
        ("MEAN_DOSE_ROI", {}, "Mean[Gy]"),
    ],
)
def test_proknow_metrics(read, kind, arguments, metric):
    line = read(proknow([PASS | {"max": 4}, FAIL], type=kind, **arguments)).constraints[0]
    assert str(line.goal.always.metric) == metric


@pytest.mark.parametrize(
    ("points", "metric", "goal", "acceptable"),
    [
        ([(0, 10), (4, 10), (8, 0)], {}, "Mean[Gy] ≤ 4 Gy", "Mean[Gy] < 8 Gy"),
        ([(4, 10), (5, 6, True), (8, 0)], {}, "Mean[Gy] ≤ 4 Gy", "Mean[Gy] ≤ 5 Gy"),
        ([(400, 10), (500, 6, True), (800, 0)], {"OutputUnit": "cGy"}, "Mean[Gy] ≤ 4 Gy", "Mean[Gy] ≤ 5 Gy"),
        (
            [(90, 0), (95, 5, True), (98, 10)],
            {"MetricType": "VolumeAtDose", "InputValue": 4750, "InputUnit": "cGy", "OutputUnit": "%"},
            "V47.5Gy[%] ≥ 98 %",
            "V47.5Gy[%] ≥ 95 %",
        ),
        (
            [(50, 10), (60, 0)],
            {"MetricType": "DoseAtVolume", "InputValue": 0.03, "InputUnit": "CC"},
            "D0.03cc[Gy] ≤ 50 Gy",
            "D0.03cc[Gy] < 60 Gy",
        ),
    ],
)
def test_eclipse_curves_become_limits(read, points, metric, goal, acceptable):
    sheet = read(eclipse(points, **metric))
    assert limits(sheet) == [("Heart", goal, acceptable)]
    assert sheet.fractions == (25,)


OBSTACLES = {
    "unknown type": (proknow([PASS | {"max": 4}, FAIL], type="CONFORMATION_NUMBER", arg_1=50), "not measured here"),
    "label": (proknow([{"label": "Great", "max": 4}, FAIL]), "could mean anything"),
    "no objectives": (proknow([]), "has no objectives"),
    "no boundary": (proknow([PASS, FAIL]), "no common boundary"),
    "two boundaries": (proknow([PASS | {"max": 3}, FAIL | {"min": 4}]), "no common boundary, or two"),
    "up and down": (proknow([PASS | {"max": 3}, FAIL | {"max": 4}, PASS]), "more than once"),
    "all good": (proknow([PASS | {"max": 3}, PASS]), "nothing but goals"),
    "text for a number": (proknow([PASS | {"max": "4"}, FAIL]), "max is no number"),
    "range": (
        proknow([PASS | {"max": 4}, FAIL], type="VOLUME_CC_DOSE_RANGE_ROI", arg_1=5, arg_2=9),
        "from a dose above 0",
    ),
    "no ROI": (proknow([PASS | {"max": 4}, FAIL], roi_name=None), "names no structure"),
    "no object": ({"computed": ["x"]}, "no JSON object"),
    "custom": ({"computed": [], "custom": [{"name": "Beam-on time"}]}, "custom metric"),
    "curve": (eclipse([(0, 1), (1, 5), (2, 0)]), "neither only rise nor only fall"),
    "flat curve": (eclipse([(0, 1), (1, 1)]), "neither only rise nor only fall"),
    "no curve": (eclipse([]), "no curve"),
    "index": (eclipse([(0, 1), (1, 0)], MetricType="HomogeneityIndex"), "not measured here"),
    "unit": (eclipse([(0, 1), (1, 0)], OutputUnit="furlong"), "output unit is not known"),
    "impossible metric": (
        eclipse([(0, 1), (1, 0)], MetricType="VolumeAtDose", InputValue=5, InputUnit="cc"),
        "no DVH metric",
    ),
}


@pytest.mark.parametrize("what", OBSTACLES)
def test_what_is_not_understood_never_passes(read, what):
    document, reason = OBSTACLES[what]
    sheet = read(document)
    checked = check_plan(make_side("plan", [Maker().case()]), [sheet], Wanted(fractions=25))[0]
    assert [line.verdict for line in checked.lines] == [Verdict.NOT_EVALUABLE]
    assert reason in checked.lines[0].reason


def test_a_card_is_checked_like_a_sheet(read):
    sheet = read(proknow([PASS | {"max": 199}, FAIL]))
    checked = check_plan(make_side("plan", [Maker().case()]), [sheet], Wanted())[0]
    assert checked.verdict is Verdict.PASS
    assert not sheet.is_verified


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not a JSON file"),
        (b"\xff\xfe", "not a JSON file"),
        (b"[]", "no scorecard that is known"),
        (b'{"computed": []}', "holds 0 metrics"),
        (b"[" * 100_000, "not a JSON file"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    path = tmp_path / "card.json"
    path.write_bytes(content)
    with pytest.raises(ProtocolError, match=message):
        find_sheet(str(path))
