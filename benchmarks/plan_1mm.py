"""Write a plan of 20 structures on 300 slices of 1 mm, with a dose grid of any spacing.

``python benchmarks/plan_1mm.py FOLDER --spacing 2.5`` writes it; the benchmarks write it into a temporary folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.write import StudyHeader, write_dose, write_structures
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import Structure, StructureSet
from dosimetry.synthetic.contours import axial_contours
from dosimetry.synthetic.dose_model import voxel_centres
from dosimetry.synthetic.shapes import cut, ellipsoid, superellipse, tube

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Body = Callable[[Floats, Floats, Floats], Floats]

__all__ = ["SLICES", "SPACING_MM", "make_dose", "make_structures", "write_plan_1mm"]

SLICES = 300
SPACING_MM = 2.0
_HALF_LENGTH_MM = 0.5 * (SLICES - 1)
_HALF_MM = np.array([120.0, 90.0, _HALF_LENGTH_MM])  # of the box that holds all bodies
_EDGE_MM = 5.0  # how far the dose grid reaches beyond it
_QUANTUM_GY = 0.001
_ORGANS_CC = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 250.0, 500.0)
_TUBES_MM = (1.5, 2.5, 4.0, 6.0)  # radii


def make_structures(seed: int = 0) -> StructureSet:
    """Return a trunk and a shell of it, two lungs with holes, a heart, five pieces in a row, tubes and organs."""
    random = np.random.default_rng(seed)
    bodies: list[tuple[str, Body]] = [
        ("Body", lambda x, y, z: superellipse(x, y, 48.0 - 0.01 * z, 36.0, 2.5) + 0.0 * z),
        ("Shell", _shell),
        ("Lung_L", _lung(random, 62.0)),
        ("Lung_R", _lung(random, -62.0)),
        ("Heart", _organ(random, 600.0, np.array([10.0, -5.0, -20.0]))),
        (
            "Pieces",
            lambda x, y, z: ellipsoid(x, y - 40.0, (z + 150.0) % 60.0 - 30.0, np.eye(3), (20.0, 15.0, 20.0)),
        ),
    ]
    bodies += [(f"Tube_{number}", _tube(random, radius)) for number, radius in enumerate(_TUBES_MM, start=1)]
    bodies += [(f"Organ_{cc:g}cc", _organ(random, cc)) for cc in _ORGANS_CC]
    heights = np.arange(SLICES) - _HALF_LENGTH_MM
    return StructureSet(
        tuple(
            Structure(
                number=number,
                name=name,
                contours=axial_contours(body, heights, (-_HALF_MM, _HALF_MM), cell_mm=1.5, point_spacing_mm=1.2),
                slice_spacing_mm=1.0,
                roi_type="ORGAN",
            )
            for number, (name, body) in enumerate(bodies, start=1)
        ),
        label="SYNTHETIC_1MM",
    )


def _shell(x: Floats, y: Floats, z: Floats) -> Floats:
    """Return a skin of 5 mm: every plane has a contour in a contour."""
    return cut(superellipse(x, y, 105.0, 80.0, 2.5), -superellipse(x, y, 100.0, 75.0, 2.5)) + 0.0 * z


def _lung(random: np.random.Generator, at_mm: float) -> Body:
    """Return a lung of about 1.2 litres with the holes that vessels leave."""
    paths = [_path(random, np.array([at_mm, 0.0, 0.0]), np.array([20.0, 35.0, 70.0])) for _ in range(8)]

    def body(x: Floats, y: Floats, z: Floats) -> Floats:
        outside = ellipsoid(x - at_mm, y, z, np.eye(3), (42.0, 65.0, 110.0))
        for path in paths:
            outside = cut(outside, -tube(x, y, z, path, 3.0))
        return outside

    return body


def _organ(random: np.random.Generator, volume_cc: float, at_mm: Floats | None = None) -> Body:
    """Return an ellipsoid of a volume, of any direction, somewhere in the box."""
    shape = random.uniform(0.7, 1.3, 3)
    half = shape * (volume_cc * 1000.0 * 3.0 / (4.0 * np.pi) / np.prod(shape)) ** (1.0 / 3.0)
    axes = np.linalg.qr(random.normal(size=(3, 3)))[0]
    room = np.maximum(_HALF_MM - half.max() - 1.0, 0.0)
    centre = random.uniform(-room, room) if at_mm is None else at_mm
    sizes = (float(half[0]), float(half[1]), float(half[2]))
    return lambda x, y, z: ellipsoid(x - centre[0], y - centre[1], z - centre[2], axes, sizes)


def _tube(random: np.random.Generator, radius_mm: float) -> Body:
    path = _path(random, np.zeros(3), np.array([60.0, 50.0, 120.0]))
    return lambda x, y, z: tube(x, y, z, path, radius_mm)


def _path(random: np.random.Generator, at_mm: Floats, reach_mm: Floats) -> Floats:
    """Return a polyline that climbs through the box, shape (7, 3)."""
    heights = np.linspace(-1.0, 1.0, 7)
    return np.asarray(at_mm + np.column_stack((random.uniform(-1, 1, (7, 2)), heights)) * reach_mm)


def make_dose(spacing_mm: float = SPACING_MM, seed: int = 0) -> Dose:
    """Return a dose of 50 Gy in a slanted field with penumbra, hot spots and a tail, on even spacing."""
    random = np.random.default_rng((seed, 1))
    low = -_HALF_MM - _EDGE_MM
    columns, rows, frames = (2 * (_HALF_MM + _EDGE_MM) // spacing_mm).astype(int) + 1
    grid = Grid(
        origin_mm=low + random.uniform(0.0, 0.5, 3),  # off the lattice of the contours
        row_axis=np.array([1.0, 0.0, 0.0]),
        column_axis=np.array([0.0, 1.0, 0.0]),
        spacing_mm=(spacing_mm, spacing_mm),
        frame_positions_mm=spacing_mm * np.arange(float(frames)),
        rows=int(rows),
        columns=int(columns),
    )
    points = voxel_centres(grid)
    across = 0.8 * points[..., 0] + 0.6 * points[..., 1]
    beyond = np.maximum(np.abs(across - 15.0) - 50.0, np.abs(points[..., 2]) - 100.0)  # mm outside the field
    values = 48.0 / (1.0 + np.exp(np.clip(beyond / 3.0, -50.0, 50.0))) + 2.0 * np.exp(
        -np.maximum(beyond, 0.0) / 60.0
    )
    for centre in random.uniform(-0.6, 0.6, (6, 3)) * _HALF_MM:
        values *= 1.0 + 0.05 * np.exp(-((points - centre) ** 2).sum(axis=-1) / (2.0 * 20.0**2))
    return Dose(grid=grid, values_gy=np.ascontiguousarray(np.rint(values / _QUANTUM_GY) * _QUANTUM_GY))


def write_plan_1mm(folder: Path, spacing_mm: float = SPACING_MM, seed: int = 0) -> Path:
    """Write the plan as RTSTRUCT and RTDOSE and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    header = StudyHeader(patient_name="SYNTHETIC^ONE MM", patient_id=f"SYNTHETIC-1MM-{seed}", seed=seed)
    uid = write_structures(folder / "rtstruct.dcm", make_structures(seed), header)
    dose = make_dose(spacing_mm, seed)
    write_dose(folder / "rtdose.dcm", dose, header, structure_set_uid=uid, bits=16, quantum_gy=_QUANTUM_GY)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spacing", type=float, default=SPACING_MM, metavar="MM", help="of the dose grid")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(write_plan_1mm(given.folder, given.spacing, given.seed))


if __name__ == "__main__":
    main()
