"""Every awkward contour set, in planes of any direction, under several conventions, within and across a border."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from awkward import SETS
from bodies import dose_from, grid
from tilted import FRAMES, turned

from dosimetry.dvh.engine import compute_dvh

needs_jit = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="minutes as plain Python")

SPECS = ("Min[Gy]", "Max[Gy]", "Mean[Gy]", "D95%[Gy]", "D2%[Gy]", "D0.01cc[Gy]", "V45Gy[%]", "V45Gy[cc]")
GRIDS = {"wide": grid(), "cut": grid((-60.7, -59.3, -58.9), (2.5, 2.5, 3.0), (21, 25, 25))}
CASES = [  # whole voxels are refused in oblique planes
    (convention, where)
    for convention in ("prism-half-slice", "prism-touched", "shape-rounded")
    for where in ("axial", "sagittal", "one degree", "oblique")
    if convention != "prism-touched" or where in ("axial", "sagittal")
]
QUICK = ("keyhole", "gaps", "0.03 cc")


def bell(x, y, z):
    return 40 + 20 * np.exp(-((x - 3) ** 2 + (y + 2) ** 2 + (z - 4) ** 2) / 450) + 0.2 * x - 0.1 * z


@needs_jit
@pytest.mark.parametrize(("convention", "where"), CASES)
@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SETS if name not in QUICK)]
)
def test_metrics_and_intervals_make_sense(name, convention, where):
    whole_voxels = convention == "prism-touched"
    structure = SETS[name].structure()
    straight = compute_dvh(dose_from(bell, GRIDS["wide"]), structure, convention=convention).volume_cc
    body = structure if where == "axial" else turned(structure, *FRAMES[where])
    for on in GRIDS.values():
        dose = dose_from(bell, on)
        dvh = compute_dvh(dose, body, convention=convention)
        if not whole_voxels:
            assert dvh.volume_cc == pytest.approx(straight, rel=1e-9)
        assert 0.0 <= dvh.outside_grid_cc <= dvh.volume_cc
        if not dvh.inside_cc > 0:
            continue
        # steps along a border reach over it by a few hundredths of a millimetre
        assert dose.values_gy.min() - 0.05 <= dvh.min_gy <= dvh.mean_gy <= dvh.max_gy <= dose.values_gy.max() + 0.05
        for spec in SPECS:
            found = dvh.quantity(spec, interval=True)
            if found.value is None:  # a part too small for it is inside
                assert (spec, found.warnings[-1].code) == ("D0.01cc[Gy]", "metric-not-evaluable")
                assert dvh.inside_cc < 0.01
                continue
            assert math.isfinite(found.value)
            if found.low is None or found.high is None:
                assert found.warnings[-1].code == "interval-not-evaluable"
            else:
                assert found.low - 1e-9 <= found.value <= found.high + 1e-9
