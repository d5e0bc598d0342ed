"""Blocks of linear dose in a histogram, against the closed form of a sum of uniform doses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reference import spread_share

from dosimetry.kernels.spread import MARGIN, spread, spread_prism, summed

BINS = 400


def spreaded(blocks):
    differences = np.zeros((3, BINS + MARGIN))
    for middle, edges, volume in blocks:
        spread(differences, middle, edges, volume)
    return summed(differences)


def expected(middle, edges, volume):
    share = spread_share(np.arange(BINS + MARGIN + 1.0), middle, [abs(e) for e in edges])
    return volume * np.diff(share)


@pytest.mark.parametrize(
    ("middle", "edges"),
    [
        (200.3, (120.0, 60.0, 30.0)),
        (200.0, (64.0, 64.0, 64.0)),
        (100.7, (-9.1, 8.3, -40.0)),
        (150.0, (8.0, 8.0, 8.0)),
        (200.25, (250.0, 90.5, 0.0)),
        (200.25, (3.5, 0.0, 90.0)),
        (200.25, (77.7, 0.0, 0.0)),
    ],
)
def test_a_block_is_spread_by_the_closed_form(middle, edges):
    assert spreaded([(middle, edges, 2.5)]) == pytest.approx(expected(middle, edges, 2.5), abs=1e-11)


widths = st.floats(-120.0, 120.0)


@given(st.floats(0.0, BINS - 1.0), st.tuples(widths, widths, widths), st.floats(0.01, 10.0))
@example(0.0, (0.0, 0.0, 0.0), 1.0)
@example(BINS - 1.0, (500.0, 500.0, 500.0), 1.0)
@example(1.0, (3.0, 3.0, 3.0), 1.0)
def test_no_volume_is_lost_and_none_is_negative(middle, edges, volume):
    volumes = spreaded([(middle, edges, volume)])
    assert volumes.sum() == pytest.approx(volume, rel=1e-9)
    assert volumes.min() >= -1e-9 * volume


@given(st.tuples(widths, widths, widths))
def test_mean_and_variance_are_those_of_the_dose(edges):
    """Edges too narrow for their own order widen the others."""
    volumes = spreaded([(200.4, edges, 1.0)])
    centres = np.arange(BINS + MARGIN) + 0.5
    mean = volumes @ centres
    # a bin holds its volume evenly: the histogram's own mean is off by as much
    assert mean == pytest.approx(200.4, abs=0.5 if max(map(abs, edges)) < 1 else 0.125)
    variance = volumes @ (centres - mean) ** 2
    assert variance == pytest.approx(sum(e * e for e in edges) / 12.0, abs=0.35)


def test_many_blocks_leave_no_drift():
    """The differences are summed up three times: their rounding must not grow into volume."""
    rng = np.random.default_rng(5)
    blocks = [(rng.uniform(150, 250), tuple(rng.uniform(8, 90, 3)), 1.0) for _ in range(20_000)]
    volumes = spreaded(blocks)
    assert volumes.sum() == pytest.approx(20_000, rel=1e-11)
    assert np.abs(volumes[BINS:]).max() < 1e-7


def in_trapezoid(width, slant, top, count=400):
    """Return midpoints evenly over y and over x at each y, and their weights: a trapezoid of height 1."""
    y, u = (grid.ravel() for grid in np.meshgrid(*2 * [(np.arange(count) + 0.5) / count], indexing="ij"))
    wide = width + (top - width) * y
    return slant * y + u * wide, y, wide / wide.sum()


@pytest.mark.parametrize("rise", [0.0, 40.0])
@pytest.mark.parametrize("gradient", [(90.0, 30.0), (-70.0, 20.0), (25.0, -110.0), (0.0, 80.0)])
@pytest.mark.parametrize(("width", "slant", "top"), [(1.0, 0.3, 0.0), (0.4, -0.2, 1.1), (0.0, 0.0, 0.8)])
def test_a_prism_over_a_trapezoid_is_spread_as_by_sampling(gradient, width, slant, top, rise):
    gx, gy = gradient
    x, y, weights = in_trapezoid(width, slant, top)
    corners = [(0.0, 0.0), (width, 0.0), (slant + top, 1.0), (slant, 1.0)]
    doses = tuple(200.0 + gx * a + gy * b for a, b in corners)
    across_y = abs(gy) > abs(gx)
    axis = 0 if across_y else 1
    steps = tuple(corners[(i + 1) % 4][axis] - corners[i][axis] for i in range(4))
    area = 0.5 * (width + top)
    weight = 2.5 / area / (gy if across_y else -gx)
    differences = np.zeros((3, BINS + MARGIN))
    assert spread_prism(differences, doses, steps, 0.5 * rise, weight)
    volumes = summed(differences)
    dose = 200.0 + gx * x + gy * y
    layers = rise * ((np.arange(32) + 0.5) / 32 - 0.5)
    sampled = np.mean(
        [np.histogram(dose + layer, np.arange(BINS + MARGIN + 1.0), weights=weights)[0] for layer in layers], axis=0
    )
    # a bin's worth of doses is smoothed away within
    assert np.abs(np.cumsum(volumes) - np.cumsum(2.5 * sampled)).max() < 2.5 * 0.012
    assert volumes.sum() == pytest.approx(2.5, rel=1e-9)
    assert volumes @ (np.arange(BINS + MARGIN) + 0.5) == pytest.approx(2.5 * (dose @ weights), abs=0.5)


def test_a_prism_beyond_the_bins_is_not_added():
    differences = np.zeros((3, BINS + MARGIN))
    assert not spread_prism(differences, (5.0, 50.0, 50.0, 5.0), (0.0, 1.0, 0.0, -1.0), 8.0, 0.1)
    assert not differences.any()
