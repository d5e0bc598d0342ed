"""The sample of a structure's doses, against a walk over all of its cells."""

from __future__ import annotations

import numpy as np
import pytest
from reference import trilinear

from dosimetry.kernels.coverage import cover
from dosimetry.kernels.deposit import Slabs
from dosimetry.kernels.sample import sample

ROWS, COLUMNS, FRAMES = 9, 11, 4
BOX = np.array([(0.6, 0.7), (8.9, 0.7), (8.9, 6.8), (0.6, 6.8)])
SPANS = np.array([(0, 0.25, 1.0, 2.25), (1, 0.0, 1.0, 3.0), (2, 0.0, 0.4, 1.2)])
SLABS = Slabs(SPANS[:, 0].astype(np.int64), np.zeros(3, np.int64), np.ascontiguousarray(SPANS[:, 1:]))


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_sample_holds_the_middle_of_every_so_many_cells(stride):
    dose = np.random.default_rng(2).random((FRAMES, ROWS, COLUMNS))
    found = sample(cover(BOX, np.array([0, 4]), np.array([0, 1]), ROWS, COLUMNS), SLABS, dose, stride)
    expected = []
    for k, t0, t1, depth in SPANS:
        for row in range(0, ROWS - 1, stride):
            for column in range(0, COLUMNS - 1, stride):
                width = max(min(column + 1, 8.9) - max(column, 0.6), 0)
                area = width * max(min(row + 1, 6.8) - max(row, 0.7), 0)
                middle = trilinear(
                    dose, np.array([column + 0.5]), np.array([row + 0.5]), np.array([k + 0.5 * (t0 + t1)])
                )
                if area > 0:
                    expected.append((middle[0], depth * area))
    assert sorted(map(tuple, found)) == [pytest.approx(pair, rel=1e-12) for pair in sorted(expected)]


def test_cells_beyond_the_dose_are_left_out():
    dose = np.ones((FRAMES, ROWS, COLUMNS))
    dose[1, 3, 4] = np.nan
    found = sample(cover(BOX, np.array([0, 4]), np.array([0, 1]), ROWS, COLUMNS), SLABS, dose, 1)
    assert len(found) == 3 * 63 - 8
    assert not np.isnan(found).any()
