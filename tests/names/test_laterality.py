from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.errors import LateralityError
from dosimetry.names import Placement, Side, decide, match_name, side_from_geometry, side_from_names
from dosimetry.names.laterality import MIDLINE_MARGIN_MM, MIN_LUNG_DISTANCE_MM
from dosimetry.warnings import Code

LEFT_LUNG, RIGHT_LUNG = (85.0, 10.0, 0.0), (-75.0, 10.0, 0.0)  # their middle lies at x = 5


def from_names(*names):
    return side_from_names([match_name(name) for name in names])


@pytest.mark.parametrize(
    ("names", "side"),
    [
        (["CTVn_IMN_L", "CTVp_breast"], Side.LEFT),
        (["CTVn_IMN", "PTV_CW_R"], Side.RIGHT),
        (["LN_IMN_L", "CTVp_breast_L", "CTVn_L4_L"], Side.LEFT),
        (["CTVn_IMN"], Side.UNKNOWN),
        (["CTVn_IMN", "Breast_L", "Breast_R", "Lung_L", "Lung_R"], Side.UNKNOWN),
        ([], Side.UNKNOWN),
    ],
)
def test_targets_tell_the_side_and_organs_do_not(names, side):
    assert from_names(*names) is side


def test_targets_on_both_sides_are_bilateral():
    with pytest.raises(LateralityError, match=r"targets on both sides.*left 'IMN_L', right 'IMN_R'.*bilateral"):
        from_names("IMN_L", "IMN_R")


def test_one_target_of_both_sides_is_bilateral():
    with pytest.raises(LateralityError, match="targets on both sides"):
        from_names("IMN L+R")


def test_contradicting_targets_are_named():
    with pytest.raises(LateralityError, match=r"contradict.*left 'CTVp_breast_L', right 'IMN_R'"):
        from_names("CTVp_breast_L", "IMN_R")


@pytest.mark.parametrize(("x", "side"), [(30.0, Side.LEFT), (-20.0, Side.RIGHT), (12.0, Side.UNKNOWN)])
def test_lungs_are_the_reference(x, side):
    placed = side_from_geometry((x, -60.0, 20.0), left_lung_mm=LEFT_LUNG, right_lung_mm=RIGHT_LUNG)
    assert placed == Placement(side, x - 5.0, "the middle between the lungs")


def test_body_is_the_reference_without_a_pair_of_lungs():
    placed = side_from_geometry((30.0, 0.0, 0.0), left_lung_mm=LEFT_LUNG, body_mm=(50.0, 0.0, 0.0))
    assert placed == Placement(Side.RIGHT, -20.0, "the middle of the body")


def test_nothing_to_compare_with():
    assert side_from_geometry((30.0, 0.0, 0.0)) == Placement(Side.UNKNOWN, None, "nothing")


def test_lung_contoured_higher_than_the_other_does_not_tilt_the_axis():
    placed = side_from_geometry(
        (30.0, 0.0, 300.0), left_lung_mm=(80.0, 0.0, 200.0), right_lung_mm=(-80.0, 0.0, 0.0)
    )
    assert placed.offset_mm == pytest.approx(30.0)


@given(st.floats(-0.7, 0.7), st.floats(-500, 500), st.floats(-500, 500), st.sampled_from([25.0, -25.0]))
def test_rolled_and_shifted_patients_keep_their_side(angle, x0, y0, offset):
    def place(x, y):
        return (
            x0 + x * math.cos(angle) - y * math.sin(angle),
            y0 + x * math.sin(angle) + y * math.cos(angle),
            0.0,
        )

    placed = side_from_geometry(
        place(offset, -90.0), left_lung_mm=place(80.0, 0.0), right_lung_mm=place(-80.0, 0.0)
    )
    assert placed.offset_mm == pytest.approx(offset, abs=1e-6)
    assert placed.side is (Side.LEFT if offset > 0 else Side.RIGHT)


@pytest.mark.parametrize("lungs", [(RIGHT_LUNG, LEFT_LUNG), (LEFT_LUNG, LEFT_LUNG), (RIGHT_LUNG, (-75, 0, 99))])
def test_mirrored_or_coinciding_lungs_are_refused(lungs):
    with pytest.raises(LateralityError, match=f"at least {MIN_LUNG_DISTANCE_MM:g} mm"):
        side_from_geometry((30.0, 0.0, 0.0), left_lung_mm=lungs[0], right_lung_mm=lungs[1])


def test_centroids_must_be_finite():
    with pytest.raises(LateralityError, match="not finite"):
        side_from_geometry((math.nan, 0.0, 0.0), body_mm=(0.0, 0.0, 0.0))


AT_LEFT = Placement(Side.LEFT, 25.0, "the middle of the body")
AT_MIDLINE = Placement(Side.UNKNOWN, MIDLINE_MARGIN_MM / 2, "the middle of the body")


def test_name_confirmed_by_position():
    decided = decide(Side.LEFT, AT_LEFT)
    assert decided.side is Side.LEFT
    assert decided.basis == (
        "the names of the targets, confirmed by its position: 25 mm left of the middle of the body"
    )
    assert decided.warnings == ()


@pytest.mark.parametrize("placement", [None, AT_MIDLINE, Placement(Side.UNKNOWN, None, "nothing")])
def test_name_alone_is_unconfirmed(placement):
    decided = decide(Side.RIGHT, placement)
    assert decided.side is Side.RIGHT
    assert [w.code for w in decided.warnings] == [Code.LATERALITY_UNCONFIRMED]


def test_position_alone_decides_nothing_but_is_told():
    with pytest.raises(LateralityError, match=r"25 mm left of the middle of the body.*--laterality"):
        decide(Side.UNKNOWN, AT_LEFT)


def test_name_against_position_is_an_error():
    with pytest.raises(LateralityError, match="right by the names of the targets, left by position"):
        decide(Side.RIGHT, AT_LEFT)


@pytest.mark.parametrize("placement", [None, AT_MIDLINE])
def test_neither_tells(placement):
    with pytest.raises(LateralityError, match=r"the treated side is unknown.*--laterality"):
        decide(Side.UNKNOWN, placement)


def test_option_overrides_a_name_that_position_refutes():
    assert decide(Side.RIGHT, AT_LEFT, chosen=Side.LEFT).side is Side.LEFT


def test_option_never_overrides_position():
    with pytest.raises(LateralityError, match="--laterality and the position of the target contradict"):
        decide(Side.UNKNOWN, AT_LEFT, chosen=Side.RIGHT)


def test_option_against_a_name_needs_position():
    with pytest.raises(LateralityError, match="positions do not tell"):
        decide(Side.RIGHT, AT_MIDLINE, chosen=Side.LEFT)


def test_option_settles_what_nothing_else_tells():
    decided = decide(Side.UNKNOWN, AT_MIDLINE, chosen=Side.LEFT)
    assert decided.side is Side.LEFT
    assert [w.code for w in decided.warnings] == [Code.LATERALITY_UNCONFIRMED]
