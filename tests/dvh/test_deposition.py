"""Blocks of planes: each plane in one of them, whatever their number."""

from __future__ import annotations

import pytest
from bodies import circle, prism

from dosimetry.dvh.deposition import blocks_of_planes


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
