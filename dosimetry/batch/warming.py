"""A tiny case that makes a process load its kernels, or compile them where no one did before."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.batch.job import Job, Kind
from dosimetry.dicom.located import locate
from dosimetry.dicom.scan import scan_folder
from dosimetry.dicom.write import StudyHeader, write_dose, write_structures
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import ContourPlanes, PlaneFrame, Structure, StructureSet

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["warm_job"]


@contextmanager
def warm_job() -> Iterator[Job]:
    """Give a job of synthetic files, which are there as long as it is inside."""
    with tempfile.TemporaryDirectory(prefix="dosimetry-") as place:
        folder = Path(place)
        header = StudyHeader(patient_id="SYNTHETIC-WARM")
        uid = write_structures(folder / "structures.dcm", StructureSet((_ball(),), label="WARM"), header)
        write_dose(folder / "dose.dcm", _dose(), header, plan_uid=None, structure_set_uid=uid)
        located = locate(scan_folder(folder), {}).cases
        yield Job("warm", Kind.CASE, "warm", located=located)


def _dose() -> Dose:
    """Return a dose that is flat in one half and curved in the other: both paths through the kernels."""
    grid = Grid(
        origin_mm=np.array([-25.0, -25.0, -20.0]),
        row_axis=np.array([1.0, 0.0, 0.0]),
        column_axis=np.array([0.0, 1.0, 0.0]),
        spacing_mm=(5.0, 5.0),
        frame_positions_mm=np.linspace(0.0, 40.0, 9),
        rows=11,
        columns=11,
    )
    x = np.linspace(-2.0, 2.0, 11)
    values = 20.0 + np.where(x > 0, 10.0 * np.tanh(x), 0.0) + np.zeros((9, 11, 11))
    return Dose(grid, values)


def _ball() -> Structure:
    heights = np.arange(-9.0, 10.0, 3.0)
    angle = np.linspace(0.0, 2 * np.pi, 24, endpoint=False)
    circle = np.column_stack((np.cos(angle), np.sin(angle)))
    points = [np.sqrt(144.0 - z**2) * circle for z in heights]
    contours = ContourPlanes(
        frame=PlaneFrame.axial(),
        points_mm=np.concatenate(points),
        contour_offsets=np.arange(len(heights) + 1, dtype=np.int64) * len(circle),
        plane_offsets=np.arange(len(heights) + 1, dtype=np.int64),
        positions_mm=heights,
    )
    return Structure(1, "Ball", contours, 3.0)
