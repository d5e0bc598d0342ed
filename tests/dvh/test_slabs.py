"""Slabs are cut at the frames of the dose."""

from __future__ import annotations

import numpy as np

from dosimetry.dvh.slabs import cut_at_frames


def test_slabs_are_cut_at_frames_and_at_the_ends_of_the_grid():
    frames = np.array([0.0, 2.0, 5.0])
    found = cut_at_frames(np.array([-1.0, 1.0, 4.0, 7.0]), np.array([1.0, 4.0, 7.0, 9.0]), frames)
    assert found.planes.tolist() == [0, 1, 1, 2]
    assert found.frames.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(found.spans, [(0, 0.5, 1), (0.5, 1, 1), (0, 2 / 3, 2), (2 / 3, 1, 1)])
