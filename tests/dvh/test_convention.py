"""Named conventions: what the file may say, and that each name measures what it states."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from bodies import circle, grid, stack

from dosimetry.dvh.convention import (
    CONVENTIONS,
    DEFAULT_CONVENTION,
    Convention,
    EndCap,
    Inclusion,
    SliceRule,
    find_convention,
    read_conventions,
)
from dosimetry.dvh.inclusion import voxelised
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import UsageError
from dosimetry.kernels.evenodd import plane_areas

GOOD = """
[mine]
description = "Mine."
slice_rule = "prism"
end_cap = "limited"
cap_limit_mm = 2.0
inclusion = "centre"
"""


def test_a_table_becomes_a_convention():
    assert read_conventions(GOOD, "mine.toml") == (
        Convention("mine", SliceRule.PRISM, EndCap.LIMITED, Inclusion.CENTRE, 2.0, description="Mine."),
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"prism"', '"prisms"', "slice_rule has no meaning; expected prism or shape-based; found 'prisms'"),
        ('"limited"', '"Limited"', "end_cap has no meaning; expected none or half-slice or limited or rounded"),
        ('"centre"', '"center"', "inclusion has no meaning; expected exact or centre or touched; found 'center'"),
        ("cap_limit_mm = 2.0", "cap_limit_mm = -2.0", "cap_limit_mm is no length; found -2"),
        ("cap_limit_mm = 2.0", "cap_limit_mm = nan", "cap_limit_mm is no length"),
        ("cap_limit_mm = 2.0", "cap_limit_mm = 2", "cap_limit_mm is not a number with a decimal point; found 2"),
        ("cap_limit_mm = 2.0", "", "cap_limit_mm and the end cap 'limited' stand together"),
        ('"limited"', '"none"', "cap_limit_mm and the end cap 'limited' stand together"),
        ("cap_limit_mm", "cap_limit", "unknown key 'cap_limit'"),
        ('description = "Mine."', "", "key is missing; expected description"),
        ('description = "Mine."', "description = 3", "description is not a text; found 3"),
        ('description = "Mine."', 'description = "M"\nverified = "yes"', "verified is not true or false"),
        ('description = "Mine."', 'description = "M"\nnot_modelled = [1]', "not_modelled is not a list of texts"),
        ('description = "Mine."', 'description = "M"\ngap_factor = 0.5', "gap_factor is not at least 1"),
        ('description = "Mine."', 'description = "M"\nsystem = "X 1"', "a system and the source"),
        ("[mine]", "[prism-half-slice]", "this name is taken by the default"),
        ("[mine]", "mine = 1\n[other]", "is no table"),
        ("[mine]", "[mine", "not a TOML file"),
    ],
)
def test_a_wrong_word_is_told(old, new, message):
    assert old in GOOD
    with pytest.raises(UsageError) as caught:
        read_conventions(GOOD.replace(old, new), "mine.toml")
    assert message in str(caught.value)


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(UsageError, match="no convention named 'cube'") as caught:
        find_convention("cube")
    for name in CONVENTIONS:
        assert name in str(caught.value)


def test_the_default_is_the_first_and_needs_no_file():
    assert next(iter(CONVENTIONS)) == DEFAULT_CONVENTION.name
    assert find_convention(DEFAULT_CONVENTION.name) is DEFAULT_CONVENTION
    code = (
        "import sys; from dosimetry.dvh.convention import find_convention as f; f('prism-half-slice');"
        "assert 'tomllib' not in sys.modules; f('mim'); assert 'tomllib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_each_name_states_one_convention():
    stated = [(c.slice_rule, c.end_cap, c.inclusion, c.cap_limit_mm) for c in CONVENTIONS.values() if not c.system]
    assert len(set(stated)) == len(stated)
    for name, convention in CONVENTIONS.items():
        assert convention.name == name
        assert convention.description.endswith(".")
        assert (convention.system is None) == (convention.source is None)
        assert convention.doi is None or convention.doi.startswith("10.")


def test_as_json():
    found = find_convention("proknow-1.22").as_dict()
    assert (found["slice_rule"], found["end_cap"], found["inclusion"]) == ("prism", "limited", "exact")
    assert type(found["end_cap"]) is str
    assert (found["cap_limit_mm"], found["gap_factor"]) == (1.5, 1.5)
    assert found["verified"] is False
    assert found["not_modelled"] == ["the dose is sampled at more than 10,000 points", "at least 1000 bins"]


# A sphere of 24 mm in slices of 4 mm: a half slice is more than ProKnow's limit.
HEIGHTS = np.array([-10.0, -6.0, -2.0, 2.0, 6.0, 10.0])
SQUARES = 144.0 - HEIGHTS**2  # of the radii
ON = grid((-14.3, -14.1, -14.2), (2.0, 2.0, 2.0), (15, 15, 15))


def between(rule):
    """Volume from the first plane to the last."""
    if rule is SliceRule.PRISM:
        return math.pi * 4.0 * float((SQUARES[1:] + SQUARES[:-1]).sum() / 2)
    return math.pi * 4.0 / 3.0 * sum(a + b + math.sqrt(a * b) for a, b in pairwise(SQUARES.tolist()))


def caps(convention):
    reach = {EndCap.NONE: 0.0, EndCap.HALF_SLICE: 2.0, EndCap.LIMITED: 1.5, EndCap.ROUNDED: 2.0 * 2.0 / 3.0}
    return math.pi * 2.0 * SQUARES[0] * reach[convention.end_cap]


def counted(inclusion):
    """Number of voxels of the prisms with half-slice caps."""
    low, high = ON.extent_mm()
    x, y, z = (np.arange(a, b + 1.0, 2.0) for a, b in zip(low, high, strict=True))
    margin = 1.0 if inclusion is Inclusion.TOUCHED else 0.0
    near = np.maximum(np.abs(x)[:, None] - margin, 0) ** 2 + np.maximum(np.abs(y)[None, :] - margin, 0) ** 2
    total = 0
    for centre in z:
        met = np.abs(HEIGHTS - centre) < 2.0 + margin
        if met.any():
            total += int((near < SQUARES[met].max()).sum())
    return total


@pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled kernels")
@pytest.mark.parametrize("name", list(CONVENTIONS))
def test_each_convention_measures_a_sphere_as_it_states(name):
    convention = CONVENTIONS[name]
    sphere = stack({z: [circle(math.sqrt(s), points=720)] for z, s in zip(HEIGHTS, SQUARES, strict=True)})
    solid = voxelised(build_solid(sphere, convention), ON, convention.inclusion)
    contours = solid.contours
    areas = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    found = float(areas @ solid.thickness_mm)
    if convention.inclusion is Inclusion.EXACT:
        assert found == pytest.approx(between(convention.slice_rule) + caps(convention), rel=1e-3)
    else:
        assert found == pytest.approx(8.0 * counted(convention.inclusion), rel=1e-9)


def test_these_differences_are_large():
    """What the test above tells apart: the planes span 2160 π of the 2304 π mm³ of the sphere."""
    sphere = 4.0 / 3.0 * math.pi * 12.0**3
    prism, shape = between(SliceRule.PRISM) / sphere * 100, between(SliceRule.SHAPE_BASED) / sphere * 100
    assert (prism, shape) == pytest.approx((93.75, 92.81), abs=0.01)
    assert 8.0 * counted(Inclusion.TOUCHED) / sphere > 1.3
    assert 8.0 * counted(Inclusion.CENTRE) / sphere == pytest.approx(1.0, abs=0.05)
