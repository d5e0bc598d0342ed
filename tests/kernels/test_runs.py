"""Runs shared by sections, against sets of cells."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reference import cells_of_runs

from dosimetry.kernels.runs import shared_runs, unshared_runs


@st.composite
def run_lists(draw):
    runs = []
    for row in draw(st.lists(st.integers(0, 6), unique=True)):
        bounds = sorted(draw(st.lists(st.integers(0, 20), unique=True, max_size=8)))
        runs += [(row, a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]
    return np.array(sorted(runs), dtype=np.int64).reshape(-1, 3)


@given(run_lists(), run_lists())
def test_shared_and_unshared_cells_are_those_of_sets(one, other):
    shared = shared_runs(one, other)
    assert cells_of_runs(shared) == cells_of_runs(one) & cells_of_runs(other)
    assert cells_of_runs(unshared_runs(one, shared)) == cells_of_runs(one) - cells_of_runs(other)
    assert (np.diff(shared, axis=0)[:, 0] >= 0).all()


def test_nothing_shared_leaves_all():
    runs = np.array([(1, 2, 5), (3, 0, 9)], dtype=np.int64)
    assert unshared_runs(runs, np.empty((0, 3), np.int64)).tolist() == runs.tolist()
