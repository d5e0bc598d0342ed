"""dicompyler-core on the same files: agreement where both are right, and everything else said."""

from __future__ import annotations

from dataclasses import replace

import bodies
import exports
import numpy as np
import pydicom
import pytest

from dosimetry.crosscheck.finding import Status
from dosimetry.crosscheck.second import SecondCheck
from dosimetry.dicom.find import read_case
from dosimetry.dicom.write import StudyHeader, write_dose, write_structures
from dosimetry.dvh.convention import find_convention
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.metrics import DEFAULT_METRICS
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import StructureSet
from dosimetry.validation.orientations import POSITIONS
from dosimetry.warnings import Code

HEADER = StudyHeader(patient_id="SYNTHETIC-SECOND")


def ball(radius=25.0, centre=(1.3, -2.1, 0.7), spacing=3.0):
    """Return a sphere as circles on planes that the frames do not share."""
    x, y, z = centre
    heights = spacing * np.arange(-20, 21) + 0.4
    return bodies.stack(
        {
            height: [bodies.circle(np.sqrt(radius**2 - (height - z) ** 2), (x, y), 200)]
            for height in heights
            if abs(height - z) < radius - 0.5
        },
        name="Ball",
        spacing=spacing,
    )


def dose_on(axes, step=2.5):
    """Return a dose that is alike along no two directions, in frames of a patient position."""
    row, column = (np.array(axis, dtype=float) for axis in axes)
    along = step * np.arange(-16.0, 17.0)
    corner = along[0] * (row + column + np.cross(row, column))
    grid = Grid(corner, row, column, (step, step), along - along[0], along.size, along.size)

    def gy(x, y, z):
        return 55 + 0.35 * x - 0.2 * y + 0.25 * z + 0.004 * x * y + 0.003 * z * z

    return bodies.dose_from(gy, grid)


def written(folder, dose, *structures, **options):
    folder.mkdir(parents=True, exist_ok=True)
    uid = write_structures(folder / "structures.dcm", StructureSet(structures or (ball(),)), HEADER)
    write_dose(folder / "dose.dcm", dose, HEADER, structure_set_uid=uid, **options)
    return folder


def check(folder, change=None, metrics=DEFAULT_METRICS, roi=0, **options):
    case = read_case(folder)
    dose = change(case.dose) if change else case.dose
    dvh = compute_dvh(dose, case.structures.values()[roi], **options)
    return SecondCheck(case, [folder]).check(dvh, metrics)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("second"), dose_on(POSITIONS["HFS"]))


@pytest.mark.parametrize("position", POSITIONS)
def test_both_agree_in_every_patient_position(tmp_path, position):
    found = check(written(tmp_path, dose_on(POSITIONS[position])))
    assert {one.status for one in found.findings.values()} == {Status.AGREES}, found.warnings
    assert found.findings["Mean[Gy]"].tolerance < 0.3
    assert found.findings["Volume[cc]"].tolerance < 0.03 * found.findings["Volume[cc]"].here
    assert found.warnings == ()


def test_contour_planes_on_frames_and_non_square_pixels_agree(tmp_path):
    grid = bodies.grid(origin=(-40, -40, -39.6), spacing=(1.5, 2.5, 3.0), shape=(27, 33, 55))
    dose = bodies.dose_from(lambda x, y, z: 40 + 0.3 * x + 0.1 * y + 0.2 * z, grid)
    assert check(written(tmp_path, dose)).status is Status.AGREES


def shifted(voxels, axis):
    return lambda dose: replace(dose, values_gy=np.ascontiguousarray(np.roll(dose.values_gy, voxels, axis=axis)))


def mirrored(axis):
    return lambda dose: replace(dose, values_gy=np.ascontiguousarray(np.flip(dose.values_gy, axis=axis)))


WRONG = {
    "two percent more": lambda dose: replace(dose, values_gy=dose.values_gy * 1.02),
    "two percent less": lambda dose: replace(dose, values_gy=dose.values_gy * 0.98),
    "a column on": shifted(1, 2),
    "a row on": shifted(1, 1),
    "a frame on": shifted(-1, 0),
    "columns mirrored": mirrored(2),
    "rows mirrored": mirrored(1),
    "frames mirrored": mirrored(0),
}


@pytest.mark.parametrize("change", WRONG)
def test_a_dose_that_is_wrong_here_differs(folder, change):
    found = check(folder, WRONG[change])
    assert found.status is Status.DIFFERS
    assert found.findings["Mean[Gy]"].status is Status.DIFFERS or found.findings["Max[Gy]"].status is Status.DIFFERS
    assert found.findings["Volume[cc]"].status is Status.AGREES
    assert [caution.code for caution in found.warnings] == [Code.SECOND_CHECK_DIFFERS]


def test_a_structure_that_is_wrong_here_differs(folder):
    case = read_case(folder)
    dvh = compute_dvh(case.dose, replace(ball(radius=24.0), number=1))
    found = SecondCheck(case, [folder]).check(dvh, ())
    assert found.findings["Volume[cc]"].status is Status.DIFFERS


def test_the_smaller_a_structure_the_wider_its_tolerance(tmp_path):
    sizes = [replace(ball(radius), number=number, name=f"{radius}") for number, radius in ((1, 25.0), (2, 8.0))]
    made = written(tmp_path, dose_on(POSITIONS["HFS"]), *sizes)
    large, small = (check(made, roi=roi).findings["Volume[cc]"] for roi in (0, 1))
    assert small.tolerance / small.here > 1.5 * large.tolerance / large.here


def test_a_few_voxels_are_no_check(tmp_path):
    found = check(written(tmp_path, dose_on(POSITIONS["HFS"]), ball(4.5)))
    assert found.findings["Volume[cc]"].status is Status.NOT_CHECKED
    assert "whole voxels are too large to tell" in {one.reason for one in found.findings.values()}
    assert Status.DIFFERS not in {one.status for one in found.findings.values()}


def test_a_gross_error_shows_in_a_few_voxels_too(tmp_path):
    made = written(tmp_path, dose_on(POSITIONS["HFS"]), ball(4.5))
    found = check(made, lambda dose: replace(dose, values_gy=2 * dose.values_gy))
    assert found.findings["Mean[Gy]"].status is Status.DIFFERS


def refused(found, reason):
    assert reason in found.problem
    assert {one.status for one in found.findings.values()} == {Status.NOT_CHECKED}
    assert found.findings["Mean[Gy]"].here is not None
    assert [caution.code for caution in found.warnings] == [Code.SECOND_CHECK_NOT_DONE]


def test_frames_as_positions_are_not_checked(tmp_path):
    """dicompyler-core takes them for offsets, and reads another dose without a word."""
    made = written(tmp_path, dose_on(POSITIONS["HFS"]), absolute_offsets=True)
    refused(check(made), "takes frame positions for offsets")


def test_uneven_frames_are_not_checked(tmp_path):
    dose = dose_on(POSITIONS["HFS"])
    along = dose.grid.frame_positions_mm.copy()
    along[10:] += 1.0
    grid = replace(dose.grid, frame_positions_mm=along)
    refused(check(written(tmp_path, Dose(grid, dose.values_gy))), "evenly spaced")


def test_a_tilted_grid_is_not_checked(tmp_path):
    tilt = np.array([1.0, 0.0, 0.0]), np.array([0.0, np.cos(0.01), np.sin(0.01)])
    refused(check(written(tmp_path, dose_on(tilt))), "dicompyler-core cannot measure this (NotImplementedError)")


def test_a_structure_beyond_the_grid_is_not_checked(tmp_path):
    refused(check(written(tmp_path, dose_on(POSITIONS["HFS"]), ball(45.0))), "at the end of the dose grid")


def test_a_single_plane_is_not_checked(tmp_path):
    flat = bodies.stack({0.4: [bodies.circle(20.0)]}, spacing=3.0, name="Flat")
    thick = replace(ball(), number=2)
    made = written(tmp_path, dose_on(POSITIONS["HFS"]), flat, thick)
    refused(check(made), "a single plane no thickness")


def test_unevenly_spaced_planes_are_not_checked(tmp_path):
    heights = (-9.0, -6.0, -3.0, 0.0, 1.0, 3.0, 6.0)
    uneven = bodies.stack({z: [bodies.circle(20.0)] for z in heights}, name="Uneven")
    refused(check(written(tmp_path, dose_on(POSITIONS["HFS"]), uneven)), "unevenly spaced")


def test_sagittal_contours_are_not_checked(tmp_path):
    from dosimetry.model.structures import ContourPlanes, PlaneFrame

    axial = ball().contours
    x, y, z = np.eye(3)
    turned = ContourPlanes(
        PlaneFrame(y, z, x), axial.points_mm, axial.contour_offsets, axial.plane_offsets, axial.positions_mm
    )
    made = written(tmp_path, dose_on(POSITIONS["HFS"]), replace(ball(), contours=turned))
    refused(check(made), "takes all contours for axial ones")


def test_contours_that_are_left_out_here_are_not_checked(folder, tmp_path):
    for name in ("dose.dcm", "structures.dcm"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())

    def change(dataset):
        dataset.ROIContourSequence[0].ContourSequence[3].ContourGeometricType = "OPEN_PLANAR"

    exports.edit(tmp_path / "structures.dcm", change)
    refused(check(tmp_path), "counts contours that are left out here")


def test_another_convention_is_not_checked(folder):
    refused(check(folder, convention=find_convention("prism-no-cap")), "stacks prisms with half-slice caps")


def test_a_histogram_without_its_basis_is_not_checked(folder):
    case = read_case(folder)
    dvh = compute_dvh(case.dose, case.structures["Ball"]).without_basis()
    refused(SecondCheck(case, [folder]).check(dvh, DEFAULT_METRICS), "came without its dose and structure")


def test_files_that_are_not_there_are_not_checked(folder, tmp_path):
    case = read_case(folder)
    dvh = compute_dvh(case.dose, case.structures["Ball"])
    refused(SecondCheck(case, [tmp_path]).check(dvh, DEFAULT_METRICS), "as files on a disk")


def test_a_file_that_changed_since_is_not_checked(folder, tmp_path):
    for name in ("dose.dcm", "structures.dcm"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    case = read_case(tmp_path)
    dvh = compute_dvh(case.dose, case.structures["Ball"])
    dataset = pydicom.dcmread(tmp_path / "dose.dcm")
    dataset.DoseGridScaling = "0.5"
    dataset.save_as(tmp_path / "dose.dcm")
    refused(SecondCheck(case, [tmp_path]).check(dvh, DEFAULT_METRICS), "as files on a disk")


def test_doses_below_its_first_bin_are_not_checked(tmp_path):
    dose = dose_on(POSITIONS["HFS"])
    weak = Dose(dose.grid, np.full(dose.grid.shape, 0.004))
    weak.values_gy[0, 0, 0] = 50.0  # its bins reach far
    refused(check(written(tmp_path, weak)), "less than the first bin")


def test_metrics_that_it_has_not_are_not_checked(folder):
    found = check(folder, metrics=("Mean[Gy]", "DC5cc[Gy]", "CV55Gy[cc]", "D99cc[Gy]"))
    assert found.findings["Mean[Gy]"].status is Status.AGREES
    for name in ("DC5cc[Gy]", "CV55Gy[cc]"):
        assert found.findings[name].reason == "dicompyler-core has no such metric"
    assert found.findings["D99cc[Gy]"].reason == "it cannot be evaluated here"
    assert [caution.code for caution in found.warnings] == [Code.SECOND_CHECK_NOT_DONE] * 2


def test_percentages_of_a_prescription_are_checked_in_gray(folder):
    found = check(folder, metrics=("V95%[%]", "D50%[%]"), prescription_gy=55.0)
    assert found.status is Status.AGREES
    assert found.findings["D50%[%]"].there == pytest.approx(found.findings["D50%[%]"].here, rel=0.02)


@pytest.mark.parametrize("name", ["Heart", "Lt Lung", "Breast", "Tumor Bed"])
def test_a_real_export_agrees(shared_data, name):
    """Without the file's transfer syntax, which dicompyler-core must be told."""
    real = shared_data / "breast_boost"
    case = read_case(real)
    found = SecondCheck(case, [real]).check(compute_dvh(case.dose, case.structures[name]), DEFAULT_METRICS)
    apart = {spec: one.status for spec, one in found.findings.items() if one.status is not Status.AGREES}
    assert apart in ({}, {"Max[Gy]": Status.NOT_CHECKED}), found.warnings


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_false_alarm_over_bodies_spacings_and_positions(tmp_path, seed):
    random = np.random.default_rng(seed)
    agreed = 0
    for number in range(40):
        centre, spacing = random.uniform(-2, 2, 3), random.choice([2.0, 2.5, 3.0, 5.0])
        radius, shape = random.uniform(6, 28), random.choice(["ball", "cylinder", "box", "shell"])
        heights = spacing * np.arange(-20, 21) + random.uniform(0, spacing)
        heights = [height for height in heights if abs(height - centre[2]) < radius - 0.3]
        if len(heights) < 2:
            continue
        x, y = centre[:2]
        sections = {
            "ball": lambda z, r=radius, w=centre[2], at=(x, y): [
                bodies.circle(np.sqrt(r * r - (z - w) ** 2), at, 150)
            ],
            "cylinder": lambda _, r=radius, at=(x, y): [bodies.circle(0.7 * r, at, 150)],
            "box": lambda _, r=radius, x=x, y=y: [
                bodies.rectangle(x - 0.6 * r, y - 0.4 * r, x + 0.6 * r, y + 0.4 * r)
            ],
            "shell": lambda _, r=radius, at=(x, y): [
                bodies.circle(0.9 * r, at, 150),
                bodies.circle(0.6 * r, at, 100),
            ],
        }
        body = bodies.stack({z: sections[shape](z) for z in heights}, name=shape, spacing=spacing)
        position = random.choice(list(POSITIONS))
        dose = dose_on(POSITIONS[position], random.choice([2.0, 2.5, 3.0]))
        found = check(written(tmp_path / str(number), dose, body))
        assert not any(one.status is Status.DIFFERS for one in found.findings.values()), (
            seed,
            number,
            found.warnings,
        )
        agreed += sum(one.status is Status.AGREES for one in found.findings.values())
    assert agreed > 400
