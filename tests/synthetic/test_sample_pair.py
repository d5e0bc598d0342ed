"""The committed pair is what the generator makes, is consistent in itself, and holds believable doses."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest

import dosimetry
from dosimetry.synthetic.plans import DOSE_QUANTUM_GY, SAMPLE_PLANS, write_sample_plans
from dosimetry.synthetic.thorax import Thorax

WITHOUT, WITH = (plan.folder for plan in SAMPLE_PLANS)
FILES = ("rtdose.dcm", "rtplan.dcm", "rtstruct.dcm")


@pytest.fixture(scope="module")
def committed(project_root):
    return project_root / "sample_plans"


@pytest.fixture(scope="module")
def cases(committed):
    return {name: dosimetry.read_case(committed / name) for name in (WITHOUT, WITH)}


@pytest.fixture(scope="module")
def measure(cases):
    def metric(folder, structure, spec):
        case = cases[folder]
        return dosimetry.compute_dvh(case.dose, case.structures[structure]).metric(spec)

    return metric


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    write_sample_plans(folder)
    return folder


@pytest.mark.parametrize("folder", [WITHOUT, WITH])
def test_generator_makes_the_committed_files(committed, made, folder):
    for name in ("rtplan.dcm", "rtstruct.dcm"):
        assert (made / folder / name).read_bytes() == (committed / folder / name).read_bytes()
    ours, theirs = (pydicom.dcmread(root / folder / "rtdose.dcm") for root in (made, committed))
    counts = [dataset.pixel_array.astype(np.int64) for dataset in (ours, theirs)]
    # The last bit of an exponential differs between machines; it may tip a rounding, not more.
    assert np.abs(counts[0] - counts[1]).max() <= 1
    for dataset in (ours, theirs):
        del dataset.PixelData
    assert ours == theirs
    assert float(ours.DoseGridScaling) == DOSE_QUANTUM_GY


@pytest.mark.slow
def test_same_seed_same_bytes_and_another_seed_another_thorax(made, tmp_path):
    write_sample_plans(tmp_path)
    for folder in (WITHOUT, WITH):
        for name in FILES:
            assert (made / folder / name).read_bytes() == (tmp_path / folder / name).read_bytes()
    assert Thorax.from_seed(3) == Thorax.from_seed(3) != Thorax.from_seed(0) == Thorax()


def test_both_folders_hold_the_same_structures_and_stay_small(committed):
    one, other = (committed / folder / "rtstruct.dcm" for folder in (WITHOUT, WITH))
    assert one.read_bytes() == other.read_bytes()
    total = sum((committed / folder / name).stat().st_size for folder in (WITHOUT, WITH) for name in FILES)
    assert total < 4e6


def test_files_refer_to_each_other(cases):
    for case in cases.values():
        assert case.dose.plan_uids == (case.rtplan.sop_instance_uid,)
        assert case.rtplan.structure_set_uid == case.structures.sop_instance_uid
        assert case.structures.frame_of_reference_uids == {case.dose.frame_of_reference_uid}
        assert case.rtplan.fractions == 25
    without, with_imn = (cases[folder] for folder in (WITHOUT, WITH))
    assert without.dose.frame_of_reference_uid == with_imn.dose.frame_of_reference_uid
    assert without.rtplan.sop_instance_uid != with_imn.rtplan.sop_instance_uid


def test_prescriptions_name_their_targets(cases):
    def prescribed(folder):
        case = cases[folder]
        return {case.structures.by_number(p.roi_number).name: p.dose_gy for p in case.rtplan.prescriptions}

    assert prescribed(WITHOUT) == {"CTVp_breast_L": 50.0}
    assert prescribed(WITH) == {"CTVp_breast_L": 50.0, "CTVn_IMN_L": 50.0}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("Heart", 500, 700),
        ("Lung_L", 1200, 1500),
        ("Lung_R", 1500, 1800),
        ("Breast_L", 400, 800),
        ("CTVn_IMN_L", 5, 12),
        ("A_LAD", 2, 5),
    ],
)
def test_organs_have_believable_volumes(cases, name, low, high):
    case = cases[WITHOUT]
    assert low <= dosimetry.compute_dvh(case.dose, case.structures[name]).volume_cc <= high


def test_grid_holds_everything_but_the_body_with_two_voxels_to_spare(cases):
    case = cases[WITHOUT]
    low, high = case.dose.grid.extent_mm()
    margin = np.array([5.0, 5.0, 6.0])
    for structure in case.structures:
        planes = structure.contours
        points = planes.points_mm
        least = np.array([*points.min(axis=0), planes.positions_mm[0]])
        most = np.array([*points.max(axis=0), planes.positions_mm[-1]])
        fits = bool((least >= low + margin).all() and (most <= high - margin).all())
        assert fits is (structure.name != "Body"), structure.name


# Ranges of left-sided plans of 50 Gy in free breathing, as the README of the samples tells them.
@pytest.mark.parametrize(
    ("folder", "name", "metric", "low", "high"),
    [
        (WITHOUT, "Heart", "Mean[Gy]", 2, 5),
        (WITHOUT, "Lung_L", "V20Gy[%]", 12, 20),
        (WITH, "Lung_L", "V20Gy[%]", 22, 38),
        (WITHOUT, "CTVn_IMN_L", "Mean[Gy]", 10, 30),
        (WITH, "A_LAD", "Mean[Gy]", 10, 40),
        (WITH, "CTVn_IMN_L", "D95%[Gy]", 45, 57.5),
        (WITH, "CTVn_IMN_L", "V45Gy[%]", 90, 100),
        (WITHOUT, "CTVp_breast_L", "D95%[Gy]", 47.5, 50),
        (WITH, "CTVp_breast_L", "D95%[Gy]", 47.5, 50),
        (WITHOUT, "Body", "Max[Gy]", 50, 57.5),
        (WITH, "Body", "Max[Gy]", 50, 57.5),
    ],
)
def test_doses_lie_in_their_clinical_ranges(measure, folder, name, metric, low, high):
    assert low <= measure(folder, name, metric) <= high


def test_increment_is_clinical_and_the_breast_equally_covered(measure):
    heart = [measure(folder, "Heart", "Mean[Gy]") for folder in (WITHOUT, WITH)]
    assert 1 <= heart[1] - heart[0] <= 6
    breast = [measure(folder, "CTVp_breast_L", "D95%[Gy]") for folder in (WITHOUT, WITH)]
    assert abs(breast[1] - breast[0]) < 0.25
