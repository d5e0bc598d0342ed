"""Beams stand where IEC 61217 has them, and apertures hold what they must."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.synthetic.aperture import LEAF_EDGES_MM, PIXEL_MM, Aperture, map_axis
from dosimetry.synthetic.beam import Beam, View
from dosimetry.synthetic.leaf_steps import BEAMLET_MM, leaf_steps
from dosimetry.synthetic.optimise import Wish, best_weights, cooled_weights
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.photon_setup import segmented_setup
from dosimetry.synthetic.regions import Regions
from dosimetry.synthetic.tangent_plan import make_tangents
from dosimetry.synthetic.tangents import DEEP_MARGIN_MM
from dosimetry.synthetic.thorax import Thorax

LEAVES = LEAF_EDGES_MM.size - 1
ISOCENTRE = np.array([60.0, -50.0, -20.0])


def beam(gantry=310.0, position="HFS"):
    return Beam("beam", gantry, ISOCENTRE, position)


def test_source_stands_where_the_gantry_is():
    assert beam(0.0).axes()[1] @ [0, -1, 0] == pytest.approx(1.0)  # in front of a supine patient
    assert beam(90.0).axes()[1] @ [1, 0, 0] == pytest.approx(1.0)  # at her left
    assert beam(0.0, "HFP").axes()[1] @ [0, 1, 0] == pytest.approx(1.0)  # at the back of a prone one
    assert beam(90.0, "HFP").axes()[1] @ [-1, 0, 0] == pytest.approx(1.0)  # at her right
    for position in ("HFS", "HFP"):
        x_axis, to_source = beam(37.0, position).axes()
        # Seen from the source with the head up, x grows to the right: x, head and source are right-handed.
        np.testing.assert_allclose(np.cross(x_axis, [0, 0, 1]), to_source, atol=1e-15)


def test_projection_magnifies_to_the_isocentre():
    x_axis, to_source = beam().axes()
    points = np.array([ISOCENTRE, ISOCENTRE + 10 * x_axis + 200 * to_source + [0, 0, 8]])
    across, along, distance = beam().project(points)
    np.testing.assert_allclose(across, [0.0, 12.5], atol=1e-12)
    np.testing.assert_allclose(along, [0.0, 10.0], atol=1e-12)
    np.testing.assert_allclose(distance, [1000.0, 800.0], rtol=1e-15)


@pytest.fixture(scope="module")
def regions():
    return Regions.of(Thorax())


def test_depth_is_the_integral_of_density(regions):
    points = np.array([[80.0, -90.0, -20.0], [100.0, -30.0, -20.0], [140.0, 0.0, 10.0], [20.0, -20.0, -30.0]])
    view = View(beam(), regions.tissue, points)
    source = ISOCENTRE + 1000.0 * beam().axes()[1]
    steps = (np.arange(8000) + 0.5) / 8000
    from dosimetry.synthetic.beam import _look_up

    for point, depth in zip(points, view.depth_mm, strict=True):
        along = source + steps[:, None] * (point - source)
        direct = _look_up(regions.tissue, regions.tissue.density, *along.T).mean() * np.linalg.norm(point - source)
        assert depth == pytest.approx(direct, abs=2.5)


@given(st.floats(-60, 20), st.floats(25, 90), st.floats(-55, -15), st.floats(-10, 60), st.integers(0, 2**32 - 1))
def test_fluence_has_the_area_of_the_aperture(left, right, low, high, seed):
    shift = np.random.default_rng(seed).uniform(-5, 5, LEAVES)
    aperture = Aperture(left + shift, right + shift, (low, high))
    rows = np.clip(np.minimum(high, LEAF_EDGES_MM[1:]) - np.maximum(low, LEAF_EDGES_MM[:-1]), 0.0, None)
    fluence = aperture.fluence()
    assert 0.0 <= fluence.min() <= fluence.max() <= 1.0 + 1e-12
    assert fluence.sum() * PIXEL_MM**2 == pytest.approx(
        float(rows @ (aperture.right_mm - aperture.left_mm)), rel=1e-9
    )
    if fluence.any():
        middle = (map_axis() @ fluence.sum(axis=1)) / fluence.sum()
        assert left - 6 < middle < right + 6


@pytest.mark.parametrize("targets", [(Organ.CTV_BREAST,), (Organ.CTV_BREAST, Organ.CTV_IMN)])
def test_tangents_hold_their_targets_and_share_the_plane_of_the_deep_edge(regions, targets):
    medial, lateral = make_tangents(regions, targets)
    assert (lateral.beam.gantry_deg - medial.beam.gantry_deg) % 360 == pytest.approx(180.0)
    assert 295 <= medial.beam.gantry_deg <= 325
    for tangent in (medial, lateral):
        field = tangent.segments[0]
        sign = 1.0 if tangent.beam.axes()[0][1] < 0 else -1.0
        assert min(abs(edge) for edge in field.x_jaws_mm) == 0.0  # half-beam blocked
        for organ in targets:
            across, along, _ = tangent.beam.project(regions.points(organ))
            leaf = np.searchsorted(LEAF_EDGES_MM, along, side="right") - 1
            margin = np.minimum(across - field.left_mm[leaf], field.right_mm[leaf] - across)
            assert margin.min() > DEEP_MARGIN_MM - 1.5
            assert (sign * across).min() > DEEP_MARGIN_MM - 1.5
        for segment in tangent.segments[1:]:
            is_open = segment.right_mm > segment.left_mm
            assert (segment.left_mm[is_open] >= field.left_mm[is_open]).all()
            assert (segment.right_mm[is_open] <= field.right_mm[is_open]).all()
            assert 0 < segment.fluence().sum() < field.fluence().sum()


@pytest.mark.slow
def test_tangents_of_the_right_side_are_those_of_the_left_mirrored():
    pairs = [make_tangents(Regions.of(Thorax(side=side)), (Organ.CTV_BREAST,)) for side in (1, -1)]
    for left, right in zip(*pairs, strict=True):
        assert (left.beam.gantry_deg + right.beam.gantry_deg) % 360 == 0.0
        np.testing.assert_allclose(left.beam.isocentre_mm * [-1, 1, 1], right.beam.isocentre_mm, atol=0.11)


def test_prone_tangents_are_given_in_the_room():
    medial, _ = make_tangents(Regions.of(Thorax().prone()), (Organ.CTV_BREAST,))
    to_source = medial.beam.axes()[1]
    assert to_source[0] < 0  # from the right of the patient
    assert 90 < medial.beam.gantry_deg < 180


@given(st.lists(st.integers(0, 10), min_size=3, max_size=12), st.integers(0, 2**32 - 1))
def test_leaf_steps_give_back_their_fluence(row, seed):
    rng = np.random.default_rng(seed)
    levels = np.stack([row, rng.permutation(row)]).astype(float)
    if levels.max() == 0:
        return
    u = BEAMLET_MM * (np.arange(levels.shape[1]) - 2) + 5.0
    places = np.array([(a, b) for b in (5.0, 15.0) for a in u])
    apertures, step = leaf_steps(places, levels.ravel())
    assert step == pytest.approx(levels.max() / 10)
    total = step * np.sum([aperture.fluence() for aperture in apertures], axis=0)
    axis = map_axis()
    for (a, b), wanted in zip(places, levels.ravel(), strict=True):
        pixel = total[np.abs(axis - a) < 4][:, np.abs(axis - b) < 4]
        np.testing.assert_allclose(pixel, step * round(wanted / step), atol=1e-9)
    for earlier, later in pairwise(apertures):
        both = (earlier.right_mm > earlier.left_mm) & (later.right_mm > later.left_mm)
        assert (later.left_mm[both] >= earlier.left_mm[both]).all()  # in one direction
        assert (later.right_mm[both] >= earlier.right_mm[both]).all()


def test_control_points_give_each_segment_its_share():
    open_field = Aperture(np.full(LEAVES, -40.0), np.full(LEAVES, 40.0), (-50.0, 50.0))
    inner = Aperture(np.full(LEAVES, -20.0), np.full(LEAVES, 30.0), (-50.0, 50.0))
    setup = segmented_setup(beam(), (open_field, inner, open_field), (1.5, 0.5, 0.0), 2.0)
    assert [point.meterset for point in setup.control_points] == [0.0, 0.75, 0.75, 1.0]
    assert setup.control_points[2].leaves_mm[:2] == (-20.0, -20.0)
    assert setup.x_jaws_mm == (-40.0, 40.0)
    assert setup.meterset_mu == pytest.approx(213.5)


def test_best_weights_find_the_exact_ones_where_they_exist():
    rng = np.random.default_rng(5)
    influence = rng.uniform(0.0, 1.0, (40, 5))
    wanted = np.array([0.4, 0.0, 1.2, 0.7, 0.1])
    rows = influence @ wanted
    wishes = [Wish(influence[k : k + 1], float(rows[k]), 1.0) for k in range(40)]
    np.testing.assert_allclose(best_weights(wishes, iterations=2000), wanted, atol=2e-3)


def test_one_sided_wishes_count_on_their_side_alone():
    influence = np.eye(2)
    wishes = [
        Wish(influence, 1.0, 1.0),
        Wish(influence[:1], 0.5, 1000.0, below=False),
        Wish(influence[1:], 0.5, 1e3, above=False),
    ]
    np.testing.assert_allclose(best_weights(wishes), [0.5, 1.0], atol=5e-3)


def test_hot_spots_are_cooled():
    # Two weights for three voxels: the third one is hot, and no target.
    influence = np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.5]])
    wishes = [Wish(influence[:2], 1.0, 1.0)]
    target = np.array([True, True, False])
    weights = cooled_weights(wishes, lambda w: influence @ w, lambda chosen: influence[chosen], target, 0.0)
    assert influence[2] @ weights < 1.1 < influence[2] @ best_weights(wishes)
