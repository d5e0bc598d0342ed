"""Results do not depend on how many processes share the structures of a plan."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest

from dosimetry.dicom.find import read_case
from dosimetry.dvh.engine import compute_dvh

# Each fresh process imports all libraries and loads the kernels anew.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled kernels"),
]


def measured(folder, number):
    case = read_case(folder)
    dvh = compute_dvh(case.dose, case.structures.by_number(number))
    scalars = np.array([dvh.volume_cc, dvh.outside_grid_cc, dvh.mean_gy, dvh.min_gy, dvh.max_gy])
    return scalars.tobytes(), dvh.edges_gy.tobytes(), dvh.volume_at_least_cc.tobytes()


@pytest.mark.parametrize("processes", [1, 2])
def test_processes_change_no_bit(project_root, processes):
    folder = project_root / "sample_plans" / "left_fb_tangents"
    numbers = [roi.number for roi in read_case(folder).structures]
    here = [measured(folder, number) for number in numbers]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        there = list(pool.map(partial(measured, folder), numbers))
    assert len(here) > 1
    assert there == here
