"""What a structure set's names say, and what stands in the way."""

from __future__ import annotations

import pytest
from box_thorax import BOXES, structure_set

from dosimetry.errors import LateralityError
from dosimetry.names import resolve_roles
from dosimetry.names.placement import find_midline, require_sides
from dosimetry.names.survey import survey


def mirrored(boxes=BOXES):
    return {name: (-x1, y0, -x0, y1) for name, (x0, y0, x1, y1) in boxes.items()}


def rows(found):
    return {row.structure.name: row for row in found.rows}


def test_every_roi_is_told_with_its_rule_and_place():
    found = survey(structure_set(BOXES, CTVn_L4_L="Scar"))
    assert found.is_usable
    shown = rows(found)
    assert shown["Lung_L"].match.rule == "TG-263 name"
    assert shown["Lung_L"].placement.offset_mm == pytest.approx(51.0)
    assert shown["Heart"].placement is None
    assert (shown["Scar"].match, shown["Scar"].near) == (None, ())


def test_similar_names_are_suggestions_only():
    shown = rows(survey(structure_set(BOXES, Heart="Heart_PRV", Lung_L="Lungs_L_opt")))
    assert shown["Heart_PRV"].match is None
    assert "heart" in shown["Heart_PRV"].near
    assert shown["Lungs_L_opt"].match is None


def test_rivals_are_a_problem():
    found = survey(structure_set(BOXES | {"HEART": BOXES["Heart"]}))
    assert not found.is_usable
    assert rows(found)["Heart"].problem == "2 ROIs may be the heart: #1, #13"


def test_mirrored_structures_are_a_conflict():
    found = survey(structure_set(mirrored()))
    assert not found.is_usable
    assert "mirrored or mislabelled" in found.problem


@pytest.mark.parametrize("name", ["Breast_L", "CTVp_breast_L", "CTVn_IMN_L"])
def test_one_roi_on_the_wrong_side_is_a_conflict(name):
    boxes = BOXES | {name: mirrored()[name]}
    resolution = resolve_roles(structure_set(boxes))
    with pytest.raises(LateralityError, match=rf"names and positions contradict each other.*'{name}' \d+ mm right"):
        require_sides(resolution, find_midline(resolution))
    assert name in survey(structure_set(boxes)).problem


def test_without_lungs_the_body_is_the_reference():
    boxes = {name: box for name, box in BOXES.items() if not name.startswith("Lung")}
    good = resolve_roles(structure_set(boxes))
    require_sides(good, find_midline(good))
    wrong = resolve_roles(structure_set(boxes | {"Breast_R": BOXES["Breast_L"]}))
    with pytest.raises(LateralityError, match="'Breast_R' 50 mm left of the middle of the body"):
        require_sides(wrong, find_midline(wrong))
