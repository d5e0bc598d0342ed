"""A real export against the planning system's own DVHs, and against dicompyler-core."""

from __future__ import annotations

import os

import numpy as np
import pydicom
import pytest

from dosimetry.dicom.find import read_case
from dosimetry.dvh.engine import compute_dvh

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled kernels"
)


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "breast_boost"


@pytest.fixture(scope="module")
def case(folder):
    return read_case(folder)


# Mean doses: the DVHData of the planning system, each bin taken at its upper edge.
@pytest.mark.parametrize(
    ("name", "mean_gy", "tolerance"),
    [("Heart", 0.6476, 0.005), ("Lt Lung", 0.909, 0.005), ("Tumor Bed Block", 14.265, 0.003)],
)
def test_mean_dose_agrees_with_the_planning_system(case, name, mean_gy, tolerance):
    assert compute_dvh(case.dose, case.structures[name]).mean_gy == pytest.approx(mean_gy, rel=tolerance)


@pytest.mark.parametrize(
    ("name", "volume_cc", "tolerance"),
    [("Heart", 437.46, 0.01), ("Lt Lung", 2008.9, 0.01), ("Breast", 396.2, 0.012)],
)
def test_volume_agrees_with_the_planning_system(case, name, volume_cc, tolerance):
    assert compute_dvh(case.dose, case.structures[name]).volume_cc == pytest.approx(volume_cc, rel=tolerance)


@pytest.mark.parametrize("name", ["Heart", "Lt Lung", "Breast", "Tumor Bed Block"])
def test_second_engine_agrees_on_large_structures(case, folder, name, dicompyler):
    """dicompyler-core in plain mode counts whole voxels: for large structures that is close."""
    other = dicompyler.get_dvh(
        pydicom.dcmread(folder / "rtss.dcm", force=True),
        pydicom.dcmread(folder / "rtdose.dcm", force=True),
        case.structures[name].number,
    )
    own = compute_dvh(case.dose, case.structures[name])
    assert own.volume_cc == pytest.approx(other.volume, rel=0.01)
    assert own.mean_gy == pytest.approx(other.mean, rel=0.015, abs=0.006)
    assert own.metric("D50%[Gy]") == pytest.approx(other.D50.value, rel=0.02, abs=0.02)


def test_body_leaves_the_dose_grid_and_says_so(case):
    dvh = compute_dvh(case.dose, case.structures["BODY"])
    assert 0.5 < 100 * dvh.outside_grid_cc / dvh.volume_cc < 1.5
    assert np.isfinite(dvh.metric("D95%[Gy]"))
