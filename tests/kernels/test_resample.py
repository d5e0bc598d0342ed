"""Lattices turned against the dose, and doses sharpened, against their naive twins."""

from __future__ import annotations

import numpy as np
import pytest
from reference import sharpened, trilinear

from dosimetry.kernels.resample import resample
from dosimetry.kernels.sharpen import sharpen

FRAMES_MM = np.array([0.0, 2.0, 5.0, 6.5, 10.0])


def rough(seed=1):
    return 10 * np.random.default_rng(seed).random((5, 6, 7))


def test_a_turned_lattice_holds_the_trilinear_dose_and_nothing_beyond():
    dose = rough()
    start = np.array([-0.7, 4.4, 1.1])
    steps = np.array([(0.31, 0.02, 0.4), (0.05, -0.37, 0.02), (0.2, 0.1, 0.53)])
    shape = (6, 7, 9)
    found = resample(dose, FRAMES_MM, start, steps, shape)
    k, j, i = (axis.ravel() for axis in np.indices(shape))
    places = start + np.outer(i, steps[0]) + np.outer(j, steps[1]) + np.outer(k, steps[2])
    inside = (places >= 0).all(axis=1) & (places <= (6, 5, 10.0)).all(axis=1)
    frames = np.interp(places[:, 2], FRAMES_MM, np.arange(5.0))
    expected = trilinear(dose, places[:, 0], places[:, 1], frames)
    assert (~np.isnan(found.ravel()) == inside).all()
    assert 30 < inside.sum() < inside.size - 30
    assert found.ravel()[inside] == pytest.approx(expected[inside], rel=1e-12)


def test_the_dose_s_own_voxels_come_back():
    dose = rough()
    steps = np.array([(1.0, 0, 0), (0, 1.0, 0), (0, 0, 2.5)])
    found = resample(dose, np.arange(5) * 2.5, np.zeros(3), steps, (5, 6, 7))
    np.testing.assert_allclose(found, dose, rtol=1e-14)


@pytest.mark.parametrize("roughness", [0.02, 10.0])
def test_sharpening_takes_a_twelfth_of_what_bends_steadily(roughness):
    positions = np.array([0.0, 2.0, 5.0, 6.5, 10.0, 12.0, 15.0, 17.0])
    z, y, x = np.meshgrid(positions, np.arange(7.0), np.arange(9.0), indexing="ij")
    dose = 0.05 * (z - 9) ** 2 - (y - 3) ** 2 + 0.5 * x**3 + roughness * np.random.default_rng(2).random(z.shape)
    expected = dose - sharpened(dose, positions, 0)
    expected -= sharpened(dose, np.arange(7.0), 1) + sharpened(dose, np.arange(9.0), 2)
    assert (np.abs(expected - dose) > 0.01).sum() > 50
    np.testing.assert_allclose(sharpen(dose, positions, (0, 0, 0), (8, 7, 9)), expected, atol=1e-9)
    np.testing.assert_allclose(sharpen(dose, positions, (1, 2, 3), (6, 4, 9)), expected[1:6, 2:4, 3:9], atol=1e-9)


def test_a_step_stays_a_step():
    dose = np.zeros((8, 8, 8))
    dose[:, :, 4:] = 50.0
    np.testing.assert_array_equal(sharpen(dose, np.arange(8.0), (0, 0, 0), (8, 8, 8)), dose)


def test_the_average_between_nodes_of_a_parabola_is_exact_once_sharpened():
    x = np.arange(7.0)
    dose = np.broadcast_to(3.0 + 0.5 * x**2, (5, 6, 7)).copy()
    found = sharpen(dose, FRAMES_MM, (0, 0, 0), (5, 6, 7))[2, 3]
    between = 0.5 * (found[2] + found[3])
    assert between == pytest.approx(3.0 + 0.5 * (3**3 - 2**3) / 3, rel=1e-12)
