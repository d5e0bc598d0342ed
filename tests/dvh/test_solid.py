"""Contour planes to prisms where the structure set shows no more than a spacing: caps, gaps, single planes."""

from __future__ import annotations

import pytest
from bodies import rectangle, stack

from dosimetry.dvh.convention import DEFAULT_CONVENTION, Convention, EndCap
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import StructureError
from dosimetry.warnings import Code

SQUARE = rectangle(0, 0, 10, 10)


def prisms(positions, spacing=None):
    found = build_solid(stack({z: [SQUARE] for z in positions}, spacing=spacing), DEFAULT_CONVENTION)
    return list(zip(found.low_mm.tolist(), found.high_mm.tolist(), strict=True)), [c.code for c in found.warnings]


def test_even_planes_reach_half_a_slice_beyond_their_ends():
    assert prisms([0.0, 3.0, 6.0, 9.0]) == ([(-1.5, 1.5), (1.5, 4.5), (4.5, 7.5), (7.5, 10.5)], [])


def test_uneven_planes_meet_in_the_middle():
    assert prisms([0.0, 2.0, 5.0, 8.0]) == ([(-1.0, 1.0), (1.0, 3.5), (3.5, 6.5), (6.5, 9.5)], [])


def test_a_gap_parts_two_pieces_and_is_told():
    expected = [(-1.5, 1.5), (1.5, 4.5), (4.5, 7.5), (16.5, 19.5), (19.5, 22.5)]
    assert prisms([0.0, 3.0, 6.0, 18.0, 21.0]) == (expected, [Code.CONTOUR_GAP])


def test_a_lone_plane_within_a_structure_has_the_usual_thickness():
    found, codes = prisms([0.0, 3.0, 6.0, 9.0, 30.0])
    assert found[-1] == (28.5, 31.5)
    assert codes == [Code.CONTOUR_GAP]


def test_every_second_slice_drawn_is_no_gap():
    assert prisms([0.0, 6.0, 12.0, 18.0], spacing=3.0)[1] == []


def test_two_planes_far_apart_are_two_pieces():
    assert prisms([0.0, 30.0], spacing=3.0) == ([(-1.5, 1.5), (28.5, 31.5)], [Code.CONTOUR_GAP])


def test_one_plane_takes_the_spacing_of_the_structure_set_and_says_so():
    assert prisms([5.0], spacing=3.0) == ([(3.5, 6.5)], [Code.SPACING_ASSUMED])


def test_one_plane_without_any_spacing_is_refused():
    with pytest.raises(StructureError, match="thickness cannot be guessed"):
        prisms([5.0])


def test_every_second_slice_drawn_is_no_gap_in_three_planes_either():
    assert prisms([0.0, 6.0, 12.0], spacing=3.0) == ([(-3.0, 3.0), (3.0, 9.0), (9.0, 15.0)], [])


def test_pauses_as_frequent_as_neighbours_are_pauses():
    """Two pairs and a lone plane: the lone one is as thick as the others, not half as thick as the pause."""
    found, codes = prisms([0.0, 3.0, 57.0, 60.0, 114.0])
    assert found == [(-1.5, 1.5), (1.5, 4.5), (55.5, 58.5), (58.5, 61.5), (112.5, 115.5)]
    assert codes == [Code.CONTOUR_GAP]


def test_scattered_planes_are_not_bridged_where_the_structure_set_shows_the_slices():
    found, codes = prisms([0.0, 3.0, 57.0, 111.0], spacing=3.0)
    assert sum(high - low for low, high in found) == pytest.approx(12.0)
    assert codes == [Code.CONTOUR_GAP]


def test_planes_far_apart_that_are_bridged_are_told():
    found, codes = prisms([0.0, 30.0, 60.0, 90.0], spacing=3.0)
    assert found[1] == (15.0, 45.0)
    assert codes == [Code.SPACING_ASSUMED]


def test_two_spacings_of_one_ct_stay_one_piece():
    assert prisms([0.0, 2.0, 4.0, 7.0, 10.0])[1] == []
    assert prisms([0.0, 3.0, 6.0, 60.0, 63.0])[1] == [Code.CONTOUR_GAP]


def capped(positions, end_cap, spacing=None, cap_limit_mm=None):
    convention = Convention("x", end_cap=end_cap, cap_limit_mm=cap_limit_mm)
    found = build_solid(stack({z: [SQUARE] for z in positions}, spacing=spacing), convention)
    return list(zip(found.low_mm.tolist(), found.high_mm.tolist(), strict=True))


def test_without_end_caps_each_piece_ends_at_its_planes():
    assert capped([0.0, 3.0, 6.0], EndCap.NONE) == [(0.0, 1.5), (1.5, 4.5), (4.5, 6.0)]
    pieces = capped([0.0, 3.0, 6.0, 18.0, 21.0], EndCap.NONE)
    assert pieces[2:] == [(4.5, 6.0), (18.0, 19.5), (19.5, 21.0)]


@pytest.mark.parametrize("positions", [[5.0], [0.0, 3.0, 6.0, 9.0, 30.0]])
def test_a_lone_plane_without_end_caps_has_no_volume(positions):
    with pytest.raises(StructureError, match=r"leaves no volume .* 1 lone plane.*use a convention with end caps"):
        capped(positions, EndCap.NONE, spacing=3.0)


def test_limited_end_caps_are_cut_and_nothing_else():
    limited = capped([0.0, 4.0, 8.0], EndCap.LIMITED, cap_limit_mm=1.5)
    assert limited == [(-1.5, 2.0), (2.0, 6.0), (6.0, 9.5)]
    assert capped([0.0, 2.0, 4.0], EndCap.LIMITED, cap_limit_mm=1.5)[0] == (-1.0, 1.0)
    assert capped([5.0], EndCap.LIMITED, spacing=5.0, cap_limit_mm=1.5) == [(3.5, 6.5)]
