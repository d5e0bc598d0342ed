"""Colours of structures: apart for colour-blind readers, and other than by colour in grey."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dosimetry.names.parts import PARTS
from dosimetry.report.palette import BY_PART, slot_style, structure_styles

# Full protanopia and deuteranopia in linear RGB: Machado, Oliveira and Fernandes, IEEE Trans Vis Comput Graph
# 2009;15:1291-8, doi 10.1109/TVCG.2009.113, table of severity 1.0.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
# What the figures of a breast plan show side by side.
ORGANS = ("heart", "lad", "lung_ipsilateral", "lung_contralateral", "breast_contralateral", "spinal_cord")
TARGETS = ("imn_target", "breast_target", "breast_ipsilateral", "chestwall")
OUTLINES = ("heart", "imn_target", "lad", "lung_ipsilateral", "lung_contralateral", "breast_ipsilateral")


def lab(colour, seen):
    """Return CIE L*a*b* (D65) of #RRGGBB as someone sees it."""
    stored = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(stored <= 0.04045, stored / 12.92, ((stored + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(seen @ linear, 0.0, 1.0) / TO_XYZ.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("shown", [ORGANS, TARGETS, OUTLINES])
def test_neighbours_are_apart_for_every_reader(blindness, shown):
    for one, other in combinations(shown, 2):
        apart = np.linalg.norm(
            lab(BY_PART[one].colour, BLINDNESS[blindness]) - lab(BY_PART[other].colour, BLINDNESS[blindness])
        )
        assert apart > 11.0, (one, other, apart)  # 2.3 is just noticeable side by side


@pytest.mark.parametrize("shown", [ORGANS, TARGETS])
def test_markers_tell_curves_apart_in_grey(shown):
    markers = [BY_PART[part].marker for part in shown]
    assert len(set(markers)) == len(markers)


def test_every_part_has_a_look_of_its_own():
    assert set(BY_PART) == set(PARTS)
    assert len({style.colour for style in BY_PART.values()}) == len(BY_PART)


def test_what_plays_no_part_takes_colours_that_are_free():
    parts = ("heart", None, "lad", None, "unknown", "breast_contralateral")
    styles = structure_styles(parts)
    assert styles[0] is BY_PART["heart"]
    assert styles[2] is BY_PART["lad"]
    assert len({style.colour for style in styles}) == len(parts)


def test_more_structures_than_colours_begin_anew():
    assert len(structure_styles([None] * 40)) == 40
    assert slot_style(7)[0] == slot_style(0)[0]
    assert slot_style(7)[1] != slot_style(0)[1]
