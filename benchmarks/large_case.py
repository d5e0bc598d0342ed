"""Write a dose and a structure set of 300 MB together: many smooth contours and a fine grid.

``python benchmarks/large_case.py FOLDER --megabytes 300 --contours 0.33`` writes them; nothing of it is kept
in the project.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset

from dosimetry.dicom.write import IMPLICIT, StudyHeader, write_dose, write_structures
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import ContourPlanes, PlaneFrame, Structure, StructureSet

__all__ = ["write_large_case"]

_HEADER = StudyHeader(patient_id="SYNTHETIC-LARGE")
_ROIS, _SLICES = 40, 300
_COLUMNS = 512
_VOXEL_MM = 1.0
_FRAMES = 200
_BYTES_OF_POINT = 3 * 7.9  # three numbers of two decimals, with their separators


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=float, default=300.0)
    parser.add_argument("--contours", type=float, default=1 / 3, help="share of the structure set")
    given = parser.parse_args()
    for path in write_large_case(given.folder, given.megabytes, given.contours):
        print(f"{path} {path.stat().st_size / 2**20:.0f} MB")


def write_large_case(folder: Path, megabytes: float = 300.0, contours: float = 1 / 3) -> tuple[Path, Path]:
    """Write both files; return the paths of structure set and dose."""
    folder.mkdir(parents=True, exist_ok=True)
    structures, dose = folder / "structures.dcm", folder / "dose.dcm"
    _write_contours(structures, round(megabytes * contours * 2**20 / _BYTES_OF_POINT / _ROIS / _SLICES))
    _write_grid(dose, megabytes * (1 - contours) * 2**20)
    return structures, dose


def _write_contours(path: Path, points: int) -> None:
    """Write 40 ROIs of 300 contours with as many points each."""
    square = ContourPlanes(
        frame=PlaneFrame.axial(),
        points_mm=np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]),
        contour_offsets=np.array([0, 3]),
        plane_offsets=np.array([0, 1]),
        positions_mm=np.zeros(1),
    )
    rois = tuple(Structure(number, f"ROI_{number}", square) for number in range(1, _ROIS + 1))
    write_structures(path, StructureSet(rois), _HEADER, transfer_syntax=IMPLICIT)
    dataset = pydicom.dcmread(path)
    angle = 2 * np.pi * np.arange(points) / points
    for number, item in enumerate(dataset.ROIContourSequence):
        made = []
        for z in range(_SLICES):
            radius = 20.0 + 2.0 * number + 5.0 * np.sin(3 * angle + 0.1 * z)
            x, y = 12.0 + radius * np.cos(angle), -210.0 + radius * np.sin(angle)
            contour = Dataset()
            contour.ContourGeometricType = "CLOSED_PLANAR"
            contour.NumberOfContourPoints = str(points)
            text = "\\".join([f"{a:.2f}\\{b:.2f}\\{float(z - 150)}" for a, b in zip(x, y, strict=True)]).encode()
            contour.add_new("ContourData", "OB", text + b" " * (len(text) % 2))  # written as it is
            made.append(contour)
        item.ContourSequence = made
    dataset.save_as(path)


def _write_grid(path: Path, size: float) -> None:
    """Write a dose of 32 bits a voxel and this many bytes."""
    rows = max(2, round(size / 4 / _FRAMES / _COLUMNS))
    grid = Grid(np.zeros(3), np.eye(3)[0], np.eye(3)[1], (_VOXEL_MM, _VOXEL_MM), np.arange(2.0), 2, 2)
    write_dose(path, Dose(grid, np.ones(grid.shape)), _HEADER)
    dataset = pydicom.dcmread(path)
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = rows, _COLUMNS, str(_FRAMES)
    dataset.GridFrameOffsetVector = [float(frame) for frame in range(_FRAMES)]
    dataset.DoseGridScaling = "1E-8"
    across = (np.arange(rows)[:, None] * 1_000_003 + np.arange(_COLUMNS) * 7_919).astype("<u4")
    dataset.PixelData = b"".join((across + np.uint32(frame * 10_007)).tobytes() for frame in range(_FRAMES))
    dataset["PixelData"].VR = "OW"
    dataset.save_as(path)


if __name__ == "__main__":
    main()
