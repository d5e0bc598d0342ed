"""One body in all eight patient positions: turned grids must not change its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.find import read_case
from dosimetry.dicom.study import StudyHeader
from dosimetry.dicom.write_dose import write_dose
from dosimetry.dicom.write_structures import write_structures
from dosimetry.dvh.engine import compute_dvh
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import Structure, StructureSet
from dosimetry.synthetic.analytic_dose import LinearDose
from dosimetry.synthetic.bodies import CrossCone
from dosimetry.synthetic.dose_model import voxel_centres
from dosimetry.synthetic.prisms import body_contours
from dosimetry.validation.score import VOLUME, is_from_histogram
from dosimetry.validation.study import METRICS, POINT_SPACING_MM, lattice

if TYPE_CHECKING:
    from dosimetry.dvh.convention import Convention

__all__ = ["POSITIONS", "OrientationScore", "run_orientations"]

# ImageOrientationPatient of axial frames in each position: where columns and rows grow in the patient.
POSITIONS = {
    "HFS": ((1, 0, 0), (0, 1, 0)),
    "HFP": ((-1, 0, 0), (0, -1, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)),
    "FFP": ((1, 0, 0), (0, -1, 0)),
    "HFDR": ((0, 1, 0), (-1, 0, 0)),
    "HFDL": ((0, -1, 0), (1, 0, 0)),
    "FFDR": ((0, 1, 0), (1, 0, 0)),
    "FFDL": ((0, -1, 0), (-1, 0, 0)),
}
_BODY = CrossCone("cone AP", 12.0, 24.0)
_SPACING_MM = 2.5
_REACH_MM = 15.0
_SLICE_MM = 3.0


@dataclass(frozen=True, slots=True)
class OrientationScore:
    """How far the numbers in one position are from those in HFS.

    Attributes
    ----------
    position
        PatientPosition.
    exact
        Largest difference of volume, mean, lowest and highest dose, relative to their values.
    histogram_gy
        Largest difference of metrics that are read from the histogram, which is filled along the frames' rows.
    """

    position: str
    exact: float
    histogram_gy: float

    def as_dict(self) -> dict[str, object]:
        """Return the score as JSON-ready values."""
        return {
            "position": self.position,
            "largest_relative_difference": self.exact,
            "largest_histogram_difference_gy": self.histogram_gy,
        }


def run_orientations(convention: Convention) -> tuple[OrientationScore, ...]:
    """Measure one body in one dose, stored in frames of all eight positions."""
    header = StudyHeader(patient_id="SYNTHETIC-VALIDATION")
    planes = lattice(_SLICE_MM, 0.7, _REACH_MM)
    drawn = StructureSet((Structure(1, _BODY.name, body_contours(_BODY, planes, POINT_SPACING_MM)),))
    found: dict[str, dict[tuple[str, str], float]] = {}
    with TemporaryDirectory(prefix="dosimetry-validate-") as name:
        structures_path, dose_path = Path(name) / "structures.dcm", Path(name) / "dose.dcm"
        uid = write_structures(structures_path, drawn, header)
        for position, axes in POSITIONS.items():
            values = found[position] = {}
            for dose in (LinearDose("z"), LinearDose("y")):
                grid = _turned(*axes)
                made = Dose(grid, np.ascontiguousarray(dose.at(voxel_centres(grid))))
                write_dose(dose_path, made, header, structure_set_uid=uid)
                case = read_case([dose_path, structures_path])
                dvh = compute_dvh(case.dose, case.structures[_BODY.name], convention=convention)
                values |= {(dose.name, spec): dvh.metric(spec) for spec in METRICS}
                values["", VOLUME] = dvh.volume_cc
    first = found["HFS"]
    read = {key for key in first if is_from_histogram(key[1])}
    return tuple(
        OrientationScore(
            position,
            exact=max(abs(values[key] / first[key] - 1) for key in first.keys() - read),
            histogram_gy=max(abs(values[key] - first[key]) for key in read),
        )
        for position, values in found.items()
    )


def _turned(row: tuple[int, ...], column: tuple[int, ...]) -> Grid:
    """Return the same voxel centres in another order: a cube around the origin."""
    row_axis, column_axis = np.array(row, dtype=float), np.array(column, dtype=float)
    along = lattice(_SPACING_MM, 0.0, _REACH_MM)
    corner = along[0] * (row_axis + column_axis + np.cross(row_axis, column_axis))
    return Grid(corner, row_axis, column_axis, (_SPACING_MM,) * 2, along - along[0], along.size, along.size)
