"""The dose model does what its formulas say."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry.synthetic.dose_model import PhotonModel, _radiological_depth, density, field_dose
from dosimetry.synthetic.tangents import LEAF_EDGES_MM, Tangent, tangent_pair
from dosimetry.synthetic.thorax import Thorax

ISOCENTRE = np.array([60.0, -50.0, -20.0])
OPEN = np.zeros(LEAF_EDGES_MM.size - 1)


def medial(leaves=OPEN):
    return Tangent("Medial", 310.0, ISOCENTRE, 1, 110.0, (-70.0, 70.0), leaves)


def test_source_of_a_medial_left_tangent_stands_on_the_right_in_front():
    outward, to_source = medial().axes()
    assert to_source[0] < 0 > to_source[1]
    assert outward[0] > 0 > outward[1]
    assert outward @ to_source == pytest.approx(0.0, abs=1e-15)


def test_projection_magnifies_to_the_isocentre():
    outward, to_source = medial().axes()
    points = np.array([ISOCENTRE, ISOCENTRE + 10 * outward + 200 * to_source + [0, 0, 8]])
    across, along, distance = medial().project(points)
    np.testing.assert_allclose(across, [0.0, 12.5], atol=1e-12)
    np.testing.assert_allclose(along, [0.0, 10.0], atol=1e-12)
    np.testing.assert_allclose(distance, [1000.0, 800.0], rtol=1e-15)


def test_opposed_fields_share_the_plane_of_the_deep_edge():
    rng = np.random.default_rng(1)
    targets = rng.uniform((20, -120, -60), (120, -60, 40), (200, 3))
    one, other = tangent_pair([targets], targets, 310.0, 7.0, 8.0)
    assert (one.gantry_deg, other.gantry_deg) == (310.0, 130.0)
    np.testing.assert_allclose(one.axes()[0], other.axes()[0], atol=1e-12)
    np.testing.assert_allclose(one.axes()[1], -other.axes()[1], atol=1e-12)
    for field in (one, other):
        across, along, _ = field.project(targets)
        assert field.opening(across, along).all()
        assert across.min() > 6.0


def test_leaves_draw_back_beside_the_shallower_target():
    deep = np.array([[20.0, -70.0, 0.0], [20.0, -70.0, 60.0]])
    shallow = np.array([[60.0, -110.0, -80.0], [60.0, -110.0, 20.0]])
    field, _ = tangent_pair([shallow, deep], shallow, 310.0, 7.0, 8.0)
    heights = field.isocentre_mm[2] + 0.5 * (LEAF_EDGES_MM[:-1] + LEAF_EDGES_MM[1:])
    beside_deep = (heights > -7) & (heights < 67)
    assert (field.deep_leaves_mm[beside_deep] == 0).all()
    assert (field.deep_leaves_mm[heights < -20] > 30).all()


def test_depth_is_the_integral_of_density():
    thorax = Thorax()
    points = np.array([[80.0, -90.0, -20.0], [100.0, -30.0, -20.0], [140.0, 0.0, 10.0]])
    fan = _radiological_depth(thorax, medial(), *medial().project(points))
    source = ISOCENTRE + 1000.0 * medial().axes()[1]
    for point, depth in zip(points, fan, strict=True):
        length = np.linalg.norm(point - source)
        steps = (np.arange(20_000) + 0.5) / 20_000
        along = source + steps[:, None] * (point - source)
        direct = density(thorax, *along.T).mean() * length
        assert depth == pytest.approx(direct, abs=2.0)


def test_open_field_follows_the_formula_and_the_edge_halves_it():
    thorax, model = Thorax(), PhotonModel()
    points = ISOCENTRE + medial().axes()[0] * np.array([[0.0], [60.0]])
    depth = _radiological_depth(thorax, medial(), *medial().project(points))
    dose = field_dose(thorax, medial(), points, model)
    falloff = np.exp(-0.0032 * depth) * (1 - 0.55 * np.exp(-depth / 4.5))
    assert dose[1] == pytest.approx(falloff[1] * np.exp(-0.0014 * 60.0), rel=1e-3)
    # On the edge: half the open field and half the tail at its start, to half a pixel of the aperture.
    assert dose[0] / falloff[0] == pytest.approx(0.5 + 0.5 * (0.045 + 0.018 + 0.002), abs=0.06)


def test_nothing_is_deposited_in_air():
    assert field_dose(Thorax(), medial(), np.array([[0.0, -160.0, 0.0]]), PhotonModel())[0] == 0.0
