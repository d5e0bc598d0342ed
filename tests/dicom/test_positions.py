"""The same stored integers in all eight patient positions, and oblique grids: the same DVHs."""

from __future__ import annotations

import bodies
import numpy as np
import pytest
from damage import numbers_of
from scipy.spatial.transform import Rotation

from dosimetry.dicom.find import read_case
from dosimetry.dicom.write import StudyHeader, write_dose, write_structures
from dosimetry.dvh.engine import compute_dvh
from dosimetry.geometry import Grid
from dosimetry.model.structures import StructureSet
from dosimetry.validation.orientations import POSITIONS

HEADER = StudyHeader(patient_id="SYNTHETIC-POSITIONS")
SPACING_MM = np.array([2.5, 2.0, 3.0])  # along x, y, z
COUNTS = np.array([25, 31, 17])
LOW_MM = np.array([-30.0, -30.0, -24.0])


def measured(folder, structure, dose, **options):
    """Write dose and structure, read them, and return the DVH."""
    paths = [folder / "dose.dcm", folder / "structures.dcm"]
    uid = write_structures(paths[1], StructureSet((structure,)), HEADER)
    write_dose(paths[0], dose, HEADER, structure_set_uid=uid, **options)
    case = read_case(paths)
    return compute_dvh(case.dose, case.structures[structure.name])


def block(row, column):
    """Return the grid of one block of voxels, its frames in any of the patient's axes."""
    axes = np.array([row, column, np.cross(row, column)], dtype=float)
    along = np.abs(axes).argmax(axis=1)
    origin = LOW_MM.copy()
    for axis, patient in zip(axes, along, strict=True):
        if axis[patient] < 0:
            origin[patient] += (COUNTS[patient] - 1) * SPACING_MM[patient]
    columns, rows, frames = COUNTS[along]
    return Grid(
        origin,
        axes[0],
        axes[1],
        tuple(SPACING_MM[along[:2]]),
        np.arange(frames) * SPACING_MM[along[2]],
        int(rows),
        int(columns),
    )


def uneven(x, y, z):
    """Return a dose without any symmetry, in whole quanta of 2 mGy."""
    return 0.002 * np.rint(500 * (40 + 0.3 * x + 0.1 * y + 0.02 * x * y + 0.2 * z - 0.004 * x * x))


@pytest.fixture(scope="module")
def head_first_supine(tmp_path_factory):
    dose = bodies.dose_from(uneven, block(*POSITIONS["HFS"]))
    return numbers_of(measured(tmp_path_factory.mktemp("HFS"), cylinder(), dose, bits=16, quantum_gy=0.002))


def cylinder():
    return bodies.prism(bodies.circle(17.3, (2.2, 1.1)), -15.0, 3.0, 9, name="Cylinder")


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("position", POSITIONS)
def test_positions_give_the_same_dvh(tmp_path, head_first_supine, position, descending):
    dose = bodies.dose_from(uneven, block(*POSITIONS[position]))
    dvh = measured(tmp_path, cylinder(), dose, bits=16, quantum_gy=0.002, descending=descending)
    np.testing.assert_allclose(numbers_of(dvh), head_first_supine, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "axes",
    [((0, 1, 0), (0, 0, -1)), ((1, 0, 0), (0, 0, -1)), ((0, 0, 1), (1, 0, 0))],
    ids=["sagittal", "coronal", "other"],
)
def test_frames_across_the_patient_give_the_same_dvh(tmp_path, head_first_supine, axes):
    """Frames along any axis of the patient; a histogram is filled along other rows, which moves it by a cell."""
    dvh = measured(tmp_path, cylinder(), bodies.dose_from(uneven, block(*axes)), bits=16, quantum_gy=0.002)
    found = numbers_of(dvh)
    np.testing.assert_allclose(found[:5], head_first_supine[:5], rtol=0, atol=1e-6)
    np.testing.assert_allclose(found[5:], head_first_supine[5:], rtol=0, atol=2e-3)


TURNS = {
    "about the patient's length": (30, 0, 0),
    "one degree": (0, 1, 0),
    "twenty degrees": (0, 0, 20),
    "oblique": (25, 40, -35),
}


def turned_grid(degrees):
    axes = Rotation.from_euler("zyx", degrees, degrees=True).as_matrix().T
    counts = np.array([29, 31, 27])
    corner = -0.5 * (counts - 1) * 2.5 + np.array([0.7, 0.4, 0.2])
    return Grid(corner @ axes, axes[0], axes[1], (2.5, 2.5), np.arange(27) * 2.5, 31, 29)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("gradient", [(0, 0, 1), (0, 1, 0), (0.6, -0.48, 0.64)])
def test_linear_dose_on_oblique_grids_is_exact(tmp_path, turn, gradient):
    """The Nelms cylinder in 1 Gy/mm: no error beyond that of its axial contours, whatever the grid."""
    body = bodies.prism(bodies.circle(12.0, points=720), -10.5, 3.0, 8, name="Cylinder")
    gx, gy, gz = gradient
    shapes = [turned_grid(TURNS[turn]), turned_grid((0, 0, 0))]
    oblique, axial = (
        measured(tmp_path, body, bodies.dose_from(lambda x, y, z: 100 + gx * x + gy * y + gz * z, on))
        for on in shapes
    )
    # 24 mm along the gradient of 1 Gy/mm: what each closed form of mean and extremes says
    across = 12.0 * np.sqrt(2 * np.pi / 720 / np.sin(2 * np.pi / 720)) * np.hypot(gx, gy)
    ideal = np.array([100.0, 100 - across - 12 * abs(gz), 100 + across + 12 * abs(gz)])
    errors = [
        np.abs(np.array([dvh.mean_gy, dvh.min_gy, dvh.max_gy]) - ideal) for dvh in (oblique, axial)
    ]  # fmt: skip
    assert (errors[0] <= errors[1] + 1e-6).all(), errors
    for level in (99, 95, 50, 5, 1):
        spec = f"D{level}%[Gy]"
        assert oblique.metric(spec) == pytest.approx(axial.metric(spec), abs=2e-3), spec


@pytest.mark.parametrize("turn", TURNS)
def test_curved_dose_on_oblique_grids_loses_what_interpolation_loses(tmp_path, turn):
    """A Gaussian of 15 mm on voxels of 2.5 mm: the error of the mean is that of trilinear interpolation."""
    body = bodies.prism(bodies.circle(12.0, points=720), -10.5, 3.0, 8, name="Cylinder")

    def gaussian(x, y, z):
        return 60 * np.exp(-((x - 3) ** 2 + (y + 2) ** 2 + (z - 4) ** 2) / 2 / 15**2)

    u = (np.arange(200) + 0.5) / 200 * 24 - 12
    x, y, z = np.meshgrid(u, u, u[::2] + 0.5 * (u[1] - u[0]), indexing="ij")
    inside = x * x + y * y <= 144
    ideal = gaussian(x[inside], y[inside], z[inside]).mean()
    oblique, axial = (
        abs(measured(tmp_path, body, bodies.dose_from(gaussian, on)).mean_gy - ideal)
        for on in (turned_grid(TURNS[turn]), turned_grid((0, 0, 0)))
    )
    assert axial < 0.3  # of 41 Gy
    assert oblique <= 1.02 * axial
