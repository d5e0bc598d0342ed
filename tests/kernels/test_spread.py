"""Blocks of linear dose in a histogram, against the closed form of a sum of uniform doses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reference import spread_share

from dosimetry.kernels.spread import MARGIN, spread, summed

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
