"""Deposit: exact volume, mean and extremes of single pieces; the histogram against dense sampling."""

from __future__ import annotations

import numpy as np
import pytest
from reference import trilinear

from dosimetry.kernels.coverage import cover
from dosimetry.kernels.deposit import Slabs, deposit
from dosimetry.kernels.histogram import Bins
from dosimetry.kernels.spread import summed

ROWS, COLUMNS, FRAMES = 6, 7, 4
TRIANGLE = np.array([(0.4, 0.3), (5.3, 1.2), (2.2, 4.7)])
BOX = np.array([(0.6, 0.7), (4.9, 0.7), (4.9, 3.8), (0.6, 3.8)])
SPANS = [(0, 0.25, 1.0, 2.25), (1, 0.0, 1.0, 3.0), (2, 0.0, 0.4, 1.2)]


def slabs():
    table = np.array(SPANS)
    return Slabs(table[:, 0].astype(np.int64), np.zeros(len(SPANS), np.int64), np.ascontiguousarray(table[:, 1:]))


def rough_dose(seed=3):
    return 10.0 * np.random.default_rng(seed).random((FRAMES, ROWS, COLUMNS))


def deposited(polygon, dose, number=4096, cut=0.005, ratio=0.01):
    covered = cover(polygon, np.array([0, len(polygon)]), np.array([0, 1]), ROWS, COLUMNS)
    low, high = float(dose.min()), float(dose.max())
    width = max((high - low) / (number - 2), 1e-9)
    bins = Bins(high + width - number * width, high + width, 1.0 / width, number, cut, ratio)
    found = deposit(covered, slabs(), dose, 2.0, bins, bins._replace(number=1))
    assert not found.wide.differences.any()
    assert not found.wide.plateaus.any()
    # the hottest bin comes first
    volumes = summed(found.usual.differences)[:number] + found.usual.plateaus[:, 0]
    return found.stats, volumes[::-1], bins.high - np.arange(number, -1, -1) * width


def samples(polygon, dose, count, seed=11):
    rng = np.random.default_rng(seed)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    uv = rng.uniform(low, high, (count, 2))
    w = rng.uniform(0.25, 2.4, count)
    signs = [
        np.sign((b[0] - a[0]) * (uv[:, 1] - a[1]) - (b[1] - a[1]) * (uv[:, 0] - a[0]))
        for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True)
    ]
    keep = np.abs(np.sum(signs, axis=0)) == len(polygon)
    return trilinear(dose, uv[keep, 0], uv[keep, 1], w[keep])


@pytest.mark.parametrize("polygon", [TRIANGLE, BOX], ids=["triangle", "box"])
def test_volume_is_exact(polygon):
    stats, volumes, _ = deposited(polygon, rough_dose(), number=256)
    x, y = polygon.T
    exact = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) * 2.0 * (2.25 + 3.0 + 1.2)
    assert stats[0] == pytest.approx(exact, rel=1e-13)
    assert volumes.sum() == pytest.approx(exact, rel=1e-10)


def test_mean_of_a_linear_dose_is_that_at_the_centroid():
    z, y, x = np.meshgrid(np.arange(FRAMES), np.arange(ROWS), np.arange(COLUMNS), indexing="ij")
    dose = 3.0 + 0.7 * x - 1.3 * y + 2.1 * z
    stats, _, _ = deposited(TRIANGLE, dose, number=256)
    thickness = np.array([s[3] for s in SPANS])
    heights = np.array([s[0] + 0.5 * (s[1] + s[2]) for s in SPANS])
    cx, cy = TRIANGLE.mean(axis=0)
    expected = 3.0 + 0.7 * cx - 1.3 * cy + 2.1 * (heights @ thickness) / thickness.sum()
    assert stats[1] / stats[0] == pytest.approx(expected, rel=1e-13)
    corners = [0.7 * a - 1.3 * b for a, b in TRIANGLE]
    assert stats[2] == pytest.approx(3.0 + min(corners) + 2.1 * 0.25, rel=1e-13)
    assert stats[3] == pytest.approx(3.0 + max(corners) + 2.1 * 2.4, rel=1e-13)


def test_mean_of_a_rough_dose_is_the_integral_of_the_trilinear_field():
    """Gauss-Legendre in x, y and z on each cell, fine enough to be exact for a trilinear field on a box."""
    dose = rough_dose()
    stats, _, _ = deposited(BOX, dose, number=256)
    node = 0.5 + np.array([-0.5, 0.5]) / np.sqrt(3.0)
    total = 0.0
    for k, t0, t1, thickness in SPANS:
        for row in range(5):
            y0, y1 = max(row, 0.7), min(row + 1, 3.8)
            for column in range(6):
                x0, x1 = max(column, 0.6), min(column + 1, 4.9)
                if y1 <= y0 or x1 <= x0:
                    continue
                gx, gy, gz = np.meshgrid(x0 + node * (x1 - x0), y0 + node * (y1 - y0), k + t0 + node * (t1 - t0))
                mean = trilinear(dose, gx.ravel(), gy.ravel(), gz.ravel()).mean()
                total += mean * (x1 - x0) * (y1 - y0) * thickness * 2.0
    assert stats[1] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("polygon", [TRIANGLE, BOX], ids=["triangle", "box"])
def test_histogram_equals_dense_sampling(polygon):
    dose = rough_dose()
    _, volumes, edges = deposited(polygon, dose, number=512, cut=0.05, ratio=0.1)
    drawn = samples(polygon, dose, 200_000)
    cumulative = np.append(0.0, np.cumsum(volumes)) / volumes.sum()
    empirical = np.searchsorted(np.sort(drawn), edges) / len(drawn)
    # Kolmogorov-Smirnov: 1.95/sqrt(n) is exceeded once in a thousand
    assert np.abs(cumulative - empirical).max() < 1.95 / np.sqrt(len(drawn)) + 0.001


def test_samples_lie_between_the_extremes_and_reach_them_nearly():
    dose = rough_dose()
    stats, _, _ = deposited(TRIANGLE, dose, number=256)
    drawn = samples(TRIANGLE, dose, 200_000)
    assert stats[2] <= drawn.min() <= stats[2] + 0.15
    assert stats[3] - 0.15 <= drawn.max() <= stats[3]


def test_uniform_dose_falls_into_one_bin():
    stats, volumes, edges = deposited(TRIANGLE, np.full((FRAMES, ROWS, COLUMNS), 4.2), number=64)
    (only,) = np.flatnonzero(volumes)
    assert edges[only] <= 4.2 <= edges[only + 1]
    assert stats[2] == stats[3] == 4.2
    assert stats[1] / stats[0] == pytest.approx(4.2, rel=1e-14)
