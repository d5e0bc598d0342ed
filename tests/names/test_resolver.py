from __future__ import annotations

import numpy as np
import pytest

from dosimetry.errors import AmbiguityError, StructureError
from dosimetry.model.structures import ContourPlanes, PlaneFrame, Structure, StructureSet
from dosimetry.names import Role, Side, choose, resolve_roles


def triangle():
    return ContourPlanes(
        frame=PlaneFrame.axial(),
        points_mm=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
        contour_offsets=np.array([0, 3]),
        plane_offsets=np.array([0, 1]),
        positions_mm=np.array([0.0]),
    )


def rois(*names, empty=()):
    return StructureSet(
        tuple(
            Structure(number, name, None if name in empty else triangle())
            for number, name in enumerate(names, start=1)
        )
    )


def resolution(*names, empty=()):
    return resolve_roles(rois(*names, empty=empty))


def test_matches_are_listed_in_the_order_of_the_file_with_their_rule():
    found = resolution("Scar", "Lt Lung", "Heart").matches
    assert [(r.structure.number, r.match.role, r.match.rule) for r in found] == [
        (2, Role.LUNG, "words 'lung'"),
        (3, Role.HEART, "TG-263 name"),
    ]


def test_require_returns_the_only_candidate():
    found = resolution("BODY", "Herz", "Heart_PRV").require(Role.HEART, option="--heart")
    assert (found.number, found.name) == (2, "Herz")


def test_side_selects_among_pairs():
    roles = resolution("Lung_L", "Lung_R", "Lungs")
    assert roles.require(Role.LUNG, Side.LEFT, option="--lung").number == 1
    assert roles.require(Role.LUNG, Side.RIGHT, option="--lung").number == 2
    assert roles.require(Role.LUNG, Side.BOTH, option="--lung").number == 3


def test_target_without_a_side_is_a_candidate_for_either():
    roles = resolution("CTVn_IMN", "Lung")
    assert roles.require(Role.IMN_TARGET, Side.LEFT, option="--imn-target").number == 1
    assert roles.find(Role.LUNG, Side.LEFT, option="--lung") is None


def test_target_of_the_other_side_is_no_candidate():
    assert resolution("CTVn_IMN_R").find(Role.IMN_TARGET, Side.LEFT, option="--imn-target") is None


@pytest.mark.parametrize(
    "names",
    [("Heart", "HEART4"), ("Heart", "Heart"), ("Herz", "heart", "Scar")],
)
def test_several_hearts_are_an_error_even_if_one_name_is_standard(names):
    with pytest.raises(AmbiguityError, match=r"2 ROIs may be the heart; found #1 .*, #2 .*--heart NAME"):
        resolution(*names).require(Role.HEART, option="--heart")


def test_ctv_and_ptv_of_the_imn_are_ambiguous_and_both_are_listed():
    with pytest.raises(AmbiguityError) as caught:
        resolution("CTVn_IMN", "PTV_IMN", "Heart").find(Role.IMN_TARGET, option="--imn-target")
    assert str(caught.value) == (
        "2 ROIs may be the IMN target; found #1 'CTVn_IMN', #2 'PTV_IMN'; "
        "choose one with --imn-target NAME or --imn-target '#NUMBER'"
    )


def test_choice_settles_an_ambiguity_by_name_or_number():
    roles = resolution("CTVn_IMN", "PTV_IMN", "PTV_IMN")
    assert roles.require(Role.IMN_TARGET, option="--imn-target", choice="CTVn_IMN").number == 1
    assert roles.require(Role.IMN_TARGET, option="--imn-target", choice="#3").number == 3
    with pytest.raises(AmbiguityError, match=r"--imn-target: 2 ROIs are named 'PTV_IMN'; found #2 .*, #3 .*'#2'"):
        roles.require(Role.IMN_TARGET, option="--imn-target", choice="PTV_IMN")


def test_choice_overrides_the_names():
    assert resolution("Heart", "Heart_PRV").require(Role.HEART, option="--heart", choice="Heart_PRV").number == 2


def test_name_that_looks_like_a_number_goes_before_the_number():
    assert choose(rois("a", "#1"), "#1", option="--heart").number == 2


@pytest.mark.parametrize("choice", ["hart", "#9", ""])
def test_absent_choice_is_an_error(choice):
    with pytest.raises(StructureError, match="no ROI"):
        resolution("Heart").require(Role.HEART, option="--heart", choice=choice)


def test_empty_choice_is_an_error():
    with pytest.raises(StructureError, match="'Heart' has no contours"):
        resolution("Heart", empty=["Heart"]).find(Role.HEART, option="--heart", choice="Heart")


def test_empty_roi_is_no_candidate_beside_a_filled_one():
    assert resolution("Heart", "HEART4", empty=["Heart"]).require(Role.HEART, option="--heart").number == 2


def test_absence_names_the_empty_roi():
    with pytest.raises(StructureError, match="heart; found without contours #1 'Heart'"):
        resolution("Heart", "Scar", empty=["Heart"]).require(Role.HEART, option="--heart")


def test_absence_suggests_likely_names_but_decides_nothing():
    roles = resolution("Scar", "zHeart", "Hearts", "Lung_L")
    assert roles.find(Role.HEART, option="--heart") is None
    with pytest.raises(StructureError) as caught:
        roles.require(Role.HEART, option="--heart")
    assert "similar: #2 'zHeart', #3 'Hearts'" in str(caught.value)
    assert "--heart NAME" in str(caught.value)


def test_absence_in_an_empty_set():
    with pytest.raises(StructureError, match="found no ROI at all"):
        resolution().require(Role.HEART, option="--heart")


def test_hostile_names_do_not_reach_the_terminal():
    with pytest.raises(StructureError) as caught:
        resolution("\x1b[2J\u202eHeart", *(f"ROI {n}" for n in range(500))).require(Role.HEART, option="--heart")
    text = str(caught.value)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "461 more" in text


def test_nodes_are_not_the_imn_target():
    roles = resolution("Nodes", "CTVn", "SCL_L")
    assert roles.find(Role.IMN_TARGET, option="--imn-target") is None


def test_real_export_resolves(shared_data):
    """A breast boost export: one lung, a breast without a side, nodes that are no IMN."""
    pydicom = pytest.importorskip("pydicom")
    dataset = pydicom.dcmread(shared_data / "breast_boost" / "rtss.dcm", stop_before_pixels=True)
    roles = resolution(*(str(item.ROIName) for item in dataset.StructureSetROISequence))
    assert {r.structure.name: (r.match.role, r.match.side) for r in roles.matches} == {
        "BODY": (Role.BODY, None),
        "Breast": (Role.BREAST, Side.UNKNOWN),
        "Heart": (Role.HEART, None),
        "Lt Lung": (Role.LUNG, Side.LEFT),
        "Nodes": (Role.NODES, Side.UNKNOWN),
    }
