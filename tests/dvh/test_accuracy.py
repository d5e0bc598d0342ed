"""Metrics of real shapes in steep doses: finer cells change none by a milligray."""

from __future__ import annotations

import os

import pytest

from dosimetry.dicom.find import read_case
from dosimetry.dvh.accuracy import DEFAULT_ACCURACY
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.metrics import DEFAULT_METRICS

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled kernels"
)

DOSES = [spec for spec in DEFAULT_METRICS if spec.endswith("[Gy]")]


def changes(folder, factor):
    """Return by how much each metric of each structure moves with cells so many times smaller."""
    case = read_case(folder)
    found = {}
    for structure in case.structures:
        if structure.contours is not None:
            one = compute_dvh(case.dose, structure)
            other = compute_dvh(case.dose, structure, accuracy=DEFAULT_ACCURACY.refined(factor))
            found |= {(structure.name, spec): abs(one.metric(spec) - other.metric(spec)) for spec in DOSES}
    return found


@pytest.mark.parametrize("factor", [2, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("plan", ["left_fb_tangents", "left_fb_tangents_imn"])
def test_finer_cells_change_no_metric_of_a_sample_plan_by_a_milligray(project_root, plan, factor):
    moved = changes(project_root / "sample_plans" / plan, factor)
    assert len(moved) > 100
    assert {where: by for where, by in moved.items() if not by < 1e-3} == {}


@pytest.mark.parametrize("factor", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_finer_cells_change_no_metric_of_a_real_export_by_a_milligray(shared_data, factor):
    moved = changes(shared_data / "breast_boost", factor)
    assert len(moved) > 80
    assert {where: by for where, by in moved.items() if not by < 1e-3} == {}
