"""Techniques side by side: known differences, what confounds them, what is refused."""

from __future__ import annotations

import pytest
from box_thorax import BOXES, Maker, base_dose, imn_field, structure_set

from dosimetry.compare.comparison import compare_techniques
from dosimetry.compare.technique import Asked, measure_technique
from dosimetry.compare.two_by_two import breathing_of
from dosimetry.errors import ComparisonError, LateralityError, UsageError
from dosimetry.imn.sides import make_side
from dosimetry.model.dose import DoseType
from dosimetry.names.roles import Side
from dosimetry.warnings import Code


def rising(slope):
    """The heart box from x = 0 to 30 mm has a mean of 15 times the slope."""
    return lambda x, y, z: slope * (100.0 + x) + 0 * y + 0 * z


def technique(label, asked=None, **changes):
    case = Maker().case(**({"function": rising(0.1)} | changes))
    return measure_technique(label, make_side(label, [case]), asked or Asked())


def codes(cautions):
    return {caution.code for caution in cautions}


def test_differences_are_those_of_known_fields():
    result = compare_techniques([technique("FB"), technique("DIBH", function=rising(0.04))])
    found = result.differences["DIBH"]
    assert found["heart"]["Mean[Gy]"].value == pytest.approx(0.04 * 115 - 0.1 * 115, abs=1e-9)
    assert found["lungs"]["Mean[Gy]"].value == pytest.approx(-6.0, abs=1e-9)
    assert found["lung_ipsilateral"]["Mean[Gy]"].value == pytest.approx(-0.06 * 151, abs=1e-9)
    assert result.reference.label == "FB"
    assert "FB" not in result.differences


def test_the_reference_can_be_chosen():
    pair = [technique("FB"), technique("DIBH", function=rising(0.04))]
    result = compare_techniques(pair, reference="DIBH")
    assert result.differences["FB"]["heart"]["Mean[Gy]"].value == pytest.approx(0.06 * 115, abs=1e-9)


def test_intervals_are_those_of_the_difference():
    result = compare_techniques([technique("A"), technique("B", function=rising(0.04))], intervals=True)
    mean = result.differences["B"]["heart"]["Mean[Gy]"]
    assert mean.low <= mean.value <= mean.high
    assert mean.high - mean.low < 0.2


def test_risk_is_that_of_the_mean_heart_doses():
    """0.07 per Gy on a change of -6.9 Gy: 48.3 points less, of a rate that was 1 + 0.07 x 11.5."""
    result = compare_techniques([technique("FB"), technique("DIBH", function=rising(0.04))])
    estimate = next(one for one in result.risk["DIBH"] if one.model.id == "darby-7")
    assert estimate.added_err_pct == pytest.approx(-48.3, abs=1e-6)
    assert estimate.relative_increase_pct == pytest.approx(100 * ((1 + 0.07 * 4.6) / (1 + 0.07 * 11.5) - 1))
    assert Code.INCREMENT_NEGATIVE not in codes(result.all_warnings)  # sparing the heart is no swap of plans
    doses = result.mean_doses("DIBH")
    assert (doses["heart"].without, doses["heart"].with_) == pytest.approx((11.5, 4.6))


def test_facts_explain():
    one = technique("FB")
    assert one.facts.heart_extent_mm == pytest.approx(48.0)
    assert one.facts.heart_cc == pytest.approx(30 * 30 * 51 / 1000)
    # the heart ends at y = -5 and the IMN target begins at -24, side by side in x
    assert one.facts.heart_to_imn_mm == pytest.approx(19.0)
    # 25 Gy and more: nowhere in a heart of 10 to 13 Gy
    assert one.facts.heart_high_dose_cc == 0.0
    hot = technique("FB", function=rising(0.2), plan=Maker().plan(dose_gy=46.0))
    # 23 Gy of 20 to 26 Gy: half of the heart
    assert hot.facts.heart_high_dose_cc == pytest.approx(0.5 * one.facts.heart_cc, rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"structures": structure_set(BOXES | {"Heart": (0, -5, 30, 35)})}, Code.HEART_DIFFERS),
        ({"plan": Maker().plan(fractions=15)}, Code.FRACTIONATION_DIFFERS),
        ({"plan": Maker().plan(fractions=None)}, Code.FRACTIONATION_UNKNOWN),
        ({"plan": Maker().plan(dose_gy=40.0)}, Code.TARGETS_DIFFER),
        ({"structures": structure_set(CTVp_breast_L=None)}, Code.TARGETS_DIFFER),
        ({"frame_of_reference_uid": "1.2.3.99", "structures": structure_set(frame="1.2.3.99")}, Code.DIFFERENT_CT),
    ],
)
def test_what_confounds_is_told(changes, code):
    result = compare_techniques([technique("FB"), technique("X", function=rising(0.04), **changes)])
    assert code in codes(result.confounders["X"])
    assert codes(compare_techniques([technique("FB"), technique("X")]).confounders["X"]) == set()


def test_a_heart_drawn_a_little_larger_confounds_nothing():
    larger = structure_set(BOXES | {"Heart": (0, -5, 30, 27)})
    result = compare_techniques([technique("FB"), technique("X", structures=larger)])
    assert Code.HEART_DIFFERS not in codes(result.confounders["X"])


def four(label, *, slope, covered):
    def dose(x, y, z):
        return slope * base_dose(x, y, z) + (2.0 * imn_field(x, y, z) if covered else 0.0)

    return technique(label, function=dose)


def test_two_by_two_of_breathing_and_imn():
    cells = [
        four("FB", slope=1.0, covered=False),
        four("FB+IMN", slope=1.0, covered=True),
        four("DIBH", slope=0.5, covered=False),
        four("DIBH+IMN", slope=0.5, covered=True),
    ]
    assert [one.covers_imn for one in cells] == [False, True, False, True]
    square = compare_techniques(cells).square
    assert square is not None
    assert square.held_with.label == "DIBH+IMN"
    effects = square.effects("heart", "Mean[Gy]")
    means = [one.value("heart", "Mean[Gy]") for one in cells]
    assert effects["imn_free"] == pytest.approx(means[1] - means[0])
    assert effects["imn_free"] > 0
    assert effects["interaction"] == pytest.approx(0.0, abs=1e-6)
    assert compare_techniques(cells[:3]).square is None
    assert compare_techniques([*cells, four("DIBH 2", slope=0.5, covered=True)]).square is None


def test_a_difference_that_comes_from_leaving_the_imn_out_says_so():
    without, with_ = four("FB", slope=1.0, covered=False), four("DIBH", slope=0.5, covered=True)
    told = compare_techniques([with_, without]).confounders["FB"]
    assert [note.text for note in told if note.code is Code.TARGETS_DIFFER] == [
        "the IMN target is covered in DIBH and not in FB: part of the difference is what it costs to treat it"
    ]


@pytest.mark.parametrize(
    ("label", "breathing"),
    [("FB", "free"), ("DIBH_IMN", "held"), ("free breathing", "free"), ("prone", None), ("FB to DIBH", None)],
)
def test_breathing_is_told_by_words_of_the_label(label, breathing):
    assert breathing_of(label) == breathing


def test_what_must_not_be_compared_is_refused():
    with pytest.raises(ComparisonError, match=r"of different patients.*--same-patient"):
        compare_techniques([technique("A"), technique("B", patient="B")])
    told = compare_techniques([technique("A"), technique("B", patient="B")], any_patient=True)
    assert Code.PATIENT_MISMATCH in codes(told.warnings)
    with pytest.raises(UsageError, match="labels of their own"):
        compare_techniques([technique("A"), technique("A")])
    with pytest.raises(UsageError, match="--reference"):
        compare_techniques([technique("A"), technique("B")], reference="C")


def test_plans_of_two_sides_are_refused():
    """A plan of the right breast, its structures drawn and named on the right."""
    names = {"CTVn_IMN_L": "CTVn_IMN_R", "CTVp_breast_L": "CTVp_breast_R", "CTVn_L4_L": "CTVn_L4_R"}
    names |= {"Chestwall_L": "Chestwall_R"}
    boxes = {}
    for name, (x0, y0, x1, y1) in BOXES.items():
        boxes[names.get(name, name)] = (-x1, y0, -x0, y1) if name in names else (x0, y0, x1, y1)
    right = technique("right", structures=structure_set(boxes))
    assert right.laterality.side is Side.RIGHT
    with pytest.raises(ComparisonError, match="treat different sides; found A left, right right"):
        compare_techniques([technique("A"), right])


def test_a_mirrored_plan_is_caught():
    mirrored = {name: (-x1, y0, -x0, y1) for name, (x0, y0, x1, y1) in BOXES.items()}
    with pytest.raises(LateralityError):
        technique("X", structures=structure_set(mirrored))


def test_rbe_weighted_beside_physical_dose_says_so():
    proton = technique("proton", dose_type=DoseType.EFFECTIVE, function=rising(0.02))
    result = compare_techniques([technique("FB"), proton])
    assert Code.DOSE_EFFECTIVE in codes(result.differences["proton"]["heart"]["Mean[Gy]"].warnings)


def test_a_structure_that_leaves_the_grid_has_no_difference():
    far = structure_set(BOXES | {"Heart": (0, -5, 30, 90)})
    result = compare_techniques([technique("FB"), technique("X", structures=far)])
    mean = result.differences["X"]["heart"]["Mean[Gy]"]
    assert mean.value is None
    assert codes(mean.warnings) == {Code.INCREMENT_WITHHELD}
    assert result.risk["X"] == ()
