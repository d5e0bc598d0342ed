"""Plans against sheets: numbers known in closed form, and nothing missing ever passes."""

from __future__ import annotations

import pytest
from box_thorax import BOXES, Maker, structure_set

from dosimetry.errors import AmbiguityError, LateralityError
from dosimetry.imn.course import parse_rx
from dosimetry.imn.sides import make_side
from dosimetry.names.parts import Choices
from dosimetry.names.roles import Side
from dosimetry.protocols.evaluate import check_plan
from dosimetry.protocols.library import read_sheet
from dosimetry.protocols.verdict import Verdict, Wanted
from dosimetry.warnings import Code

HEAD = """
title = "T"
[source]
citation = "C"
where = "W"
verified = true
"""
P, A, N, F = Verdict.PASS, Verdict.ACCEPTABLE, Verdict.NOT_EVALUABLE, Verdict.FAIL


def rising(x, y, z):
    """0 Gy at x = -100 mm, 1 Gy/mm: the heart box from x = 0 to 30 mm holds 100 to 130 Gy, mean 115 Gy."""
    return 100.0 + x + 0 * y + 0 * z


@pytest.fixture
def sheet(tmp_path):
    def made(*lines, head=HEAD):
        path = tmp_path / "t.toml"
        path.write_text(head + "".join(f"[[constraint]]\n{line}\n" for line in lines), encoding="utf-8")
        return read_sheet(path)

    return made


def check(sheet, wanted=None, **changes):
    case = Maker().case(**({"function": rising} | changes))
    return check_plan(make_side("plan", [case]), [sheet], wanted or Wanted())[0]


def verdicts(checked):
    return [line.verdict for line in checked.lines]


@pytest.mark.parametrize(
    ("levels", "verdict", "value"),
    [
        ('goal = "Mean[Gy] <= 115"', P, 115.0),
        ('goal = "Mean[Gy] < 115"', F, 115.0),
        ('goal = "Mean[Gy] <= 114"\nacceptable = "Mean[Gy] <= 116"', A, 115.0),
        ('goal = "Mean[Gy] <= 113"\nacceptable = "Mean[Gy] <= 114"', F, 115.0),
        ('goal = "V124Gy[%] <= 20"', P, 20.0),
        ('goal = "V121Gy[%] <= 29.9"', F, 30.0),
        ('goal = "D50%[Gy] >= 115.1"\nacceptable = "D50%[Gy] >= 114.9"', A, 115.0),
        ('goal = "V125Gy[%] >= 50"\nacceptable = "V115Gy[%] >= 50"', A, 50.0),
    ],
)
def test_levels_decide_by_the_number(sheet, levels, verdict, value):
    line = check(sheet('part = "heart"\n' + levels)).lines[0]
    assert line.verdict is verdict
    assert line.value.value == pytest.approx(value, abs=1e-4)
    assert line.subject == "Heart"


def test_percent_of_the_prescription_of_the_measured_target(sheet):
    """CTVp_breast_L lies from x = 34 to 66 mm: 134 to 166 Gy; 95 % of 150 Gy are exceeded beyond x = 42.5 mm."""
    line = 'part = "breast_target"\ngoal = "V95%[%] >= 70"'
    checked = check(sheet(line), plan=Maker().plan(dose_gy=150.0))
    assert checked.lines[0].value.value == pytest.approx(100 * (66 - 42.5) / 32, abs=1e-3)
    assert verdicts(checked) == [P]
    stated = check(sheet(line), Wanted(prescriptions=parse_rx(["CTVp_breast_L=140/25"])))
    assert stated.lines[0].value.value == pytest.approx(100.0)


def test_a_list_of_parts_means_each_that_is_there(sheet):
    line = 'part = ["chestwall", "chestwall_target", "breast_target"]\ngoal = "Mean[Gy] <= 199"'
    assert [line.subject for line in check(sheet(line)).lines] == ["Chestwall_L", "CTVp_breast_L"]


NOTHING = {
    "no such organ": (
        'part = "left_ventricle"\ngoal = "Mean[Gy] <= 199"',
        {},
        "no ROI with contours is recognised",
    ),
    "no such ROI": ('roi = "GTV"\ngoal = "Mean[Gy] <= 199"', {}, "GTV"),
    "no prescription": (
        'part = "breast_target"\ngoal = "V95%[%] <= 99"',
        {"plan": Maker().plan(targets=())},
        "no prescription: the plan states no prescription to a target; state it with --rx",
    ),
    "an organ has no prescription of its own": (
        'part = "heart"\ngoal = "Max[%] <= 199"',
        {"plan": Maker().plan(targets=())},
        "no prescription",
    ),
    "more than the volume": ('part = "heart"\ngoal = "D1999cc[Gy] <= 199"', {}, "more than the structure's volume"),
    "other course": ('part = "heart"\ngoal = { 15 = "Mean[Gy] <= 199" }', {}, "for 15 fractions, the plan has 25"),
    "unknown course": (
        'part = "heart"\ngoal = { 15 = "Mean[Gy] <= 199" }',
        {"plan": Maker().plan(fractions=None)},
        "the plan's are not known; state them with --fractions",
    ),
    "outside of the dose grid": (
        'roi = "Far"\ngoal = "V1Gy[%] >= 50"',
        {"structures": structure_set(BOXES | {"Far": (60, -20, 240, 20)})},
        "of the volume lies outside the dose grid: it could be",
    ),
    "wholly outside": (
        'roi = "Far"\ngoal = "Max[Gy] <= 199"',
        {"structures": structure_set(BOXES | {"Far": (200, -20, 240, 20)})},
        "no volume in the dose grid",
    ),
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_is_missing_never_passes(sheet, what):
    line, changes, reason = NOTHING[what]
    checked = check(sheet(line), **changes)
    assert verdicts(checked) == [N]
    assert reason in checked.lines[0].reason
    assert not checked.verdict.is_kept


def test_a_sheet_for_another_course_is_not_evaluable(sheet):
    head = HEAD.replace('title = "T"', 'title = "T"\nfractions = [15]')
    line = 'part = "heart"\ngoal = "Mean[Gy] <= 199"'
    assert verdicts(check(sheet(line, head=head))) == [N]
    assert verdicts(check(sheet(line, head=head), Wanted(fractions=15))) == [P]


def test_limits_follow_the_course(sheet):
    line = 'part = "heart"\ngoal = { 15 = "Mean[Gy] <= 114", 25 = "Mean[Gy] <= 116" }'
    assert verdicts(check(sheet(line))) == [P]
    assert verdicts(check(sheet(line), plan=Maker().plan(fractions=15))) == [F]
    stated = Wanted(prescriptions=parse_rx(["CTVp_breast_L=40/15"]))
    assert verdicts(check(sheet(line), stated, plan=Maker().plan(fractions=None))) == [F]


def test_a_verdict_holds_where_the_part_outside_cannot_change_it(sheet):
    structures = structure_set(BOXES | {"Far": (60, -20, 240, 20)})
    assert verdicts(check(sheet('roi = "Far"\ngoal = "V1Gy[cc] >= 10"'), structures=structures)) == [P]
    assert verdicts(check(sheet('roi = "Far"\ngoal = "V199Gy[%] <= 10"'), structures=structures)) == [P]


def test_a_limit_within_the_interval_is_told(sheet):
    checked = check(sheet('part = "heart"\ngoal = "Max[Gy] <= 130"'), Wanted(intervals=True))
    line = checked.lines[0]
    assert line.value.low <= 130 <= line.value.high
    if line.value.high > 130:
        assert Code.CONSTRAINT_NEAR_LIMIT in {caution.code for caution in line.warnings}
    far = check(sheet('part = "heart"\ngoal = "Max[Gy] <= 190"'), Wanted(intervals=True)).lines[0]
    assert Code.CONSTRAINT_NEAR_LIMIT not in {caution.code for caution in far.warnings}


def test_the_side_is_that_of_the_targets(sheet):
    lines = [
        'part = "lung_ipsilateral"\ngoal = "Mean[Gy] >= 0"',
        'part = "lung_contralateral"\ngoal = "Mean[Gy] >= 0"',
    ]
    left = check(sheet(*lines))
    assert [line.subject for line in left.lines] == ["Lung_L", "Lung_R"]
    assert left.laterality.side is Side.LEFT


def test_an_unknown_side_leaves_only_its_lines(sheet):
    boxes = {name: box for name, box in BOXES.items() if not name.startswith("CTV")}
    lines = ['part = "lung_ipsilateral"\ngoal = "Mean[Gy] >= 0"', 'part = "heart"\ngoal = "Mean[Gy] >= 0"']
    checked = check(sheet(*lines), structures=structure_set(boxes))
    assert verdicts(checked) == [N, P]
    assert "--laterality" in checked.lines[0].reason
    told = check(sheet(*lines), Wanted(Choices(laterality=Side.RIGHT)), structures=structure_set(boxes))
    assert told.lines[0].subject == "Lung_R"


@pytest.mark.parametrize("part", ["lung_ipsilateral", "heart", "lad"])
def test_a_wrong_side_plan_is_caught(sheet, part):
    """Every structure mirrored, names unchanged: the left lung lies on the right, even if no line needs a side.

    Away from the beam a heart keeps every limit.
    """
    mirrored = {name: (-x1, y0, -x0, y1) for name, (x0, y0, x1, y1) in BOXES.items()}
    with pytest.raises(LateralityError, match="mirrored or mislabelled"):
        check(sheet(f'part = "{part}"\ngoal = "Mean[Gy] <= 199"'), structures=structure_set(mirrored))


def test_two_candidates_are_an_error_that_names_the_option(sheet):
    structures = structure_set(BOXES | {"HEART2": BOXES["Heart"]})
    line = 'part = "heart"\ngoal = "Mean[Gy] <= 199"'
    with pytest.raises(AmbiguityError, match="choose one with --heart NAME"):
        check(sheet(line), structures=structures)
    chosen = check(sheet(line), Wanted(Choices({"--heart": "HEART2"})), structures=structures)
    assert chosen.lines[0].subject == "HEART2"


def test_the_worst_line_is_the_verdict(sheet):
    good, fair = (
        'part = "heart"\ngoal = "Mean[Gy] <= 199"',
        'part = "heart"\ngoal = "Mean[Gy] <= 1"\nacceptable = "Mean[Gy] <= 199"',
    )
    bad, none = 'part = "heart"\ngoal = "Mean[Gy] <= 1"', 'part = "liver"\ngoal = "Mean[Gy] <= 1"'
    for lines, verdict in (((good,), P), ((good, fair), A), ((fair, none), N), ((none, bad, good), F)):
        assert check(sheet(*lines)).verdict is verdict


def test_unverified_limits_say_so(sheet):
    checked = check(sheet('part = "heart"\ngoal = "Mean[Gy] <= 199"\nverified = false'))
    assert [caution.code for caution in checked.warnings].count(Code.CONSTRAINT_UNVERIFIED) == 1
    assert "1 of 1 limits" in str(checked.warnings[-1])


def test_both_lungs_are_derived_where_no_roi_is(sheet):
    """Lung_L from 32 to 70 mm and Lung_R from -70 to -32 mm, of one size: their mean is that of x = 0."""
    checked = check(sheet('part = "lungs"\ngoal = "Mean[Gy] <= 101"'))
    assert checked.lines[0].value.value == pytest.approx(100.0)
    assert Code.STRUCTURE_DERIVED in {caution.code for caution in checked.lines[0].warnings}
    drawn = check(
        sheet('part = "lungs"\ngoal = "Mean[Gy] <= 101"'),
        structures=structure_set(BOXES | {"Lungs": (-30, -20, 30, 0)}),
    )
    assert drawn.lines[0].subject == "Lungs"
    overlapping = structure_set(BOXES | {"Lung_R": (-70, -20, 34, 40)})
    assert (
        "overlap" in check(sheet('part = "lungs"\ngoal = "Mean[Gy] <= 1"'), structures=overlapping).lines[0].reason
    )
