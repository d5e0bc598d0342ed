"""Sections: each plane in one block, whatever their number, and contours that are no outlines."""

from __future__ import annotations

import os

import numpy as np
import pytest
from bodies import circle, dose_from, grid, prism, stack

from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.sections import blocks_of_planes
from dosimetry.errors import StructureError

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow as plain Python")


@pytest.mark.parametrize("planes", [1, 2, 3, 7, 8, 9, 100])
@pytest.mark.parametrize("number", [0.0, 0.4, 1.0, 4.8, 8.0, 1e9])
def test_blocks_part_the_planes_and_none_is_empty(planes, number):
    contours = prism(circle(5.0, points=12), 0.0, 2.0, planes).contours
    blocks = blocks_of_planes(contours, number)
    assert 1 <= len(blocks) <= min(8, planes)
    assert all(block.size >= 2 for block in blocks)
    firsts = [int(block[0]) for block in blocks]
    lasts = [int(block[-1]) for block in blocks]
    assert firsts == [0, *lasts[:-1]]
    assert lasts[-1] == planes
    assert sum(block.size - 1 for block in blocks) == planes


@needs_jit
def test_a_scribble_is_refused_in_one_line_and_a_comb_is_measured():
    scribble = np.random.default_rng(3).uniform(-40, 40, (20_000, 2))
    dose = dose_from(lambda x, y, z: 50.0 + x + 0.0 * (y + z), grid())
    with pytest.raises(StructureError, match="too often to be an outline") as caught:
        compute_dvh(dose, stack({0.0: [scribble], 3.0: [scribble]}))
    assert "at most 1,000,000 crossings" in str(caught.value)
    assert "0 mm" in str(caught.value)
    upper = np.column_stack((np.linspace(-40, 40, 20_000), np.tile((30.0, -30.0), 10_000)))
    comb = np.vstack((upper, [(40.0, -31.0), (-40.0, -31.0)]))
    dvh = compute_dvh(dose, stack({0.0: [comb], 3.0: [comb]}))
    assert dvh.volume_cc == pytest.approx(80.0 * 31.0 * 6.0 / 1000.0, rel=1e-4)
    assert dvh.mean_gy == pytest.approx(50.0, abs=1e-3)
