"""Pauses and ends of a structure by the slices of its structure set."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from bodies import rectangle, stack
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.solid import build_solid
from dosimetry.warnings import Code

SQUARE = rectangle(0, 0, 10, 10)
EVEN = np.arange(-30.0, 100.0, 3.0)
# one CT with two spacings: 5 mm up to 50, 2.5 mm from there on
MIXED = np.concatenate((np.arange(0.0, 50.0, 5.0), np.arange(50.0, 100.1, 2.5)))


def prisms(positions, slices, spacing=None):
    spacing = float(np.median(np.diff(slices))) if spacing is None else spacing
    found = build_solid(stack({z: [SQUARE] for z in positions}, spacing=spacing, slices=slices), DEFAULT_CONVENTION)
    return list(zip(found.low_mm.tolist(), found.high_mm.tolist(), strict=True)), [c.code for c in found.warnings]


def drawn(low, high, every=1, on=MIXED):
    return on[(on >= low) & (on <= high)][::every].tolist()


def length(found):
    return sum(high - low for low, high in found)


@pytest.mark.parametrize(
    ("low", "high"), [(0, 100), (30, 100), (40, 90), (45, 60), (45, 50), (20, 52.5), (45, 55), (40, 55)]
)
def test_two_spacings_of_one_ct_do_not_break_a_structure(low, high):
    found, codes = prisms(drawn(low, high), MIXED)
    assert codes == []
    assert all(one[1] == other[0] for one, other in pairwise(found))


def test_every_second_slice_of_two_spacings_is_one_piece():
    found, codes = prisms(drawn(20, 90, every=2), MIXED)
    assert codes == []
    assert length(found) == pytest.approx(70 + 5 + 2.5)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_a_slice_left_out_is_a_pause_only_where_slices_are_drawn_one_by_one(every):
    even = drawn(0, 60, every, on=EVEN)
    assert prisms(even, EVEN)[1] == []
    missing = [z for z in even if z != even[3]]
    assert prisms(missing, EVEN)[1] == [Code.CONTOUR_GAP]


def test_a_pause_between_pieces_on_two_spacings():
    """One slice of 2.5 mm left out beside 2.5 mm planes; each piece has the caps of where it ends."""
    found, codes = prisms([60.0, 62.5, 65.0, 70.0, 72.5], MIXED)
    assert codes == [Code.CONTOUR_GAP]
    assert found == [(58.75, 61.25), (61.25, 63.75), (63.75, 66.25), (68.75, 71.25), (71.25, 73.75)]


def test_a_slice_that_the_ct_lacks_is_bridged_and_told():
    lacking = np.delete(EVEN, [15, 16])
    positions = [z for z in lacking if 0 <= z <= 45]
    found, codes = prisms(positions, lacking)
    assert codes == [Code.SPACING_ASSUMED]
    assert length(found) == pytest.approx(48.0)


def test_a_void_of_the_structure_set_wider_than_any_slice_is_a_pause():
    apart = [0.0, 3.0, 6.0, 18.0, 21.0]
    found, codes = prisms(apart, apart)
    assert codes == [Code.CONTOUR_GAP]
    assert length(found) == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("position", "expected"), [(20.0, (17.5, 22.5)), (70.0, (68.75, 71.25)), (50.0, (47.5, 51.25))]
)
def test_one_plane_is_as_thick_as_the_slices_around_it(position, expected):
    found, codes = prisms([position], MIXED, spacing=2.5)
    assert found == [expected]
    assert codes == [Code.SPACING_ASSUMED]


def test_jitter_of_the_slices_moves_no_end():
    jitter = np.random.default_rng(3).normal(0, 0.01, EVEN.size)
    assert prisms([0.0, 3.0, 6.0], EVEN + jitter, spacing=3.0)[0] == prisms([0.0, 3.0, 6.0], EVEN)[0]
    assert prisms([6.0], EVEN + jitter, spacing=3.0)[0] == [(4.5, 7.5)]


def test_no_slice_beyond_the_end_leaves_the_cap_of_the_other_side():
    assert prisms([0.0, 5.0], MIXED)[0] == [(-2.5, 2.5), (2.5, 7.5)]
    assert prisms([97.5, 100.0], MIXED)[0] == [(96.25, 98.75), (98.75, 101.25)]


def test_ends_at_a_change_of_spacing_are_right_on_average():
    """Truth: columns that end anywhere around the change, drawn on the slices that they meet.

    For those whose last slice is the one at the change, half a slice of the inner spacing is too long by half the
    difference of the spacings, 1.25 mm on average; half the way to the next slice is right on average.
    """
    tops = np.linspace(50.0, 52.5, 101)[:-1] + 0.0125
    errors = []
    for top in tops:
        found, codes = prisms(drawn(20, top), MIXED)
        assert codes == []
        errors.append(found[-1][1] - top)
    assert np.mean(errors) == pytest.approx(0.0, abs=1e-9)
    inner = np.mean(50.0 + 2.5 - tops)
    assert inner == pytest.approx(1.25)
    bottoms = np.linspace(45.0, 50.0, 101)[:-1] + 0.025
    errors = [prisms(drawn(bottom, 80), MIXED)[0][0][0] - bottom for bottom in bottoms]
    assert np.mean(errors) == pytest.approx(0.0, abs=1e-9)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=20, unique=True), st.sampled_from([MIXED, EVEN]))
def test_prisms_never_overlap_nor_turn_over(picked, slices):
    positions = np.unique(slices[np.array(picked) % slices.size])
    found, _ = prisms(positions.tolist(), slices)
    for (low, high), z in zip(found, positions, strict=True):
        assert low < z < high
    for one, other in pairwise(found):
        assert one[1] <= other[0] + 1e-12
