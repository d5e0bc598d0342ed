"""Whether a dose and its grid look like one: what no rule forbids, and no planning system writes.

What is odd is a warning: the numbers stand, and somebody has to look at the file. What no export of a treatment can
look like is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.elements import decimals, raw_bytes, trimmed
from dosimetry.errors import DicomFileError, GeometryError, UnitsError
from dosimetry.geometry import SAME_POSITION_MM
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from dosimetry.geometry import Grid

__all__ = ["dose_cautions", "grid_cautions", "require_dose"]

# Beside a brachytherapy source a voxel can hold hundreds of gray, and a beam's least dose is a milligray.
_FAINT_GY, _HIGH_GY = 1e-3, 1e3
# Radioembolization reaches 1,000 Gy in a segment of the liver; a course in cGY under GY has litres of thousands.
_IMPOSSIBLE_GY, _IMPOSSIBLE_VOLUME = 1e4, (2e3, 100.0)
_FINEST_MM, _COARSEST_MM = 0.1, 20.0
# Of real and synthetic plans, second differences of the right shape are 0.01 to 0.02 of those of the wrong one.
_SMOOTHER, _CERTAINLY_SMOOTHER = 0.3, 0.1
_FEWEST = 9  # rows and columns from which on the shape shows
_FRAMES = 16  # how many frames are looked at for one with dose


def require_dose(path: Path, grid: Grid, values_gy: NDArray[np.float64]) -> None:
    """Refuse what no export of a treatment looks like.

    Raises
    ------
    UnitsError
        If the doses are too high: they are in cGy, or DoseGridScaling is wrong.
    GeometryError
        If the voxels only make a dose with Rows and Columns exchanged.
    """
    highest = float(values_gy.max())
    least, most_cc = _IMPOSSIBLE_VOLUME
    volume_cc = _volume_cc(grid, values_gy, least) if highest > least else 0.0
    if highest > _IMPOSSIBLE_GY or volume_cc > most_cc:
        raise UnitsError(
            "no treatment has doses that high",
            file=path,
            item="DoseGridScaling",
            expected=f"at most {_IMPOSSIBLE_GY:,.0f} Gy, and {least:,.0f} Gy in no more than {most_cc:g} cc",
            found=f"up to {highest:,.0f} Gy"
            + (f", {least:,.0f} Gy or more in {volume_cc:,.0f} cc" if volume_cc > most_cc else ""),
            remedy="export the dose again in gray: the values may be in cGy",
        )
    if _smoother(values_gy) < _CERTAINLY_SMOOTHER:
        _, rows, columns = values_gy.shape
        raise GeometryError(
            "the voxels make no dose in this shape",
            file=path,
            item="Rows and Columns",
            expected=f"{columns} rows of {rows} columns, with which it is smooth",
            found=f"{rows} rows of {columns}",
            remedy="Rows and Columns are exchanged in the file: export it again",
        )


def _volume_cc(grid: Grid, values_gy: NDArray[np.float64], least_gy: float) -> float:
    """Return the volume of the voxels that receive so much; 0 for a single plane, which has none."""
    if len(grid.frame_positions_mm) < 2:
        return 0.0
    thickness_mm = np.abs(np.gradient(grid.frame_positions_mm))
    counts = (values_gy > least_gy).sum(axis=(1, 2))
    return float(counts @ thickness_mm) * grid.spacing_mm[0] * grid.spacing_mm[1] / 1e3


def dose_cautions(values_gy: NDArray[np.float64]) -> list[Caution]:
    """Return what is odd about the values of a dose."""
    lowest, highest = float(values_gy.min()), float(values_gy.max())
    notes = []
    if lowest < 0:
        notes.append(Caution(Code.DOSE_NEGATIVE, "dose", f"doses are negative in places, down to {lowest:.3g} Gy"))
    if not _FAINT_GY <= highest <= _HIGH_GY:
        text = f"the highest dose is {highest:.3g} Gy: is DoseGridScaling what the planning system meant?"
        notes.append(Caution(Code.DOSE_IMPLAUSIBLE, "dose", text))
    return notes


def grid_cautions(dataset: Dataset, path: Path, grid: Grid, values_gy: NDArray[np.float64]) -> list[Caution]:
    """Return what is odd about the grid of a dose."""
    texts = [_spacing(grid), _thickness(dataset, path, grid), _shape(values_gy)]
    return [Caution(Code.GRID_IMPLAUSIBLE, "dose", text) for text in texts if text]


def _spacing(grid: Grid) -> str:
    steps = [*grid.spacing_mm, *np.diff(grid.frame_positions_mm).tolist()]
    if min(steps) >= _FINEST_MM and max(steps) <= _COARSEST_MM:
        return ""
    return f"voxels are {min(steps):.3g} to {max(steps):.3g} mm wide: are PixelSpacing and frame offsets in mm?"


def _thickness(dataset: Dataset, path: Path, grid: Grid) -> str:
    """Compare evenly spaced frames with SliceThickness, where the file states one."""
    steps = np.diff(grid.frame_positions_mm)
    raw = trimmed(raw_bytes(dataset, "SliceThickness") or b"")
    if not raw or not steps.size or float(np.ptp(steps)) > SAME_POSITION_MM:
        return ""
    try:
        stated = float(decimals([raw], path, "SliceThickness")[0])
    except DicomFileError:  # nothing is computed from it
        return "SliceThickness is no number"
    if stated <= 0 or abs(stated - float(steps[0])) <= SAME_POSITION_MM:  # 0 stands for not stated
        return ""
    return f"frames are {steps[0]:.4g} mm apart, and SliceThickness says {stated:.4g} mm"


def _shape(values_gy: NDArray[np.float64]) -> str:
    """Tell whether a frame would be smooth if Rows and Columns were exchanged, and is not as it stands."""
    if not _smoother(values_gy) < _SMOOTHER:
        return ""
    _, rows, columns = values_gy.shape
    return f"the dose would be smooth with {columns} rows of {rows} columns: are Rows and Columns exchanged?"


def _smoother(values_gy: NDArray[np.float64]) -> float:
    """Return the roughness of a frame with Rows and Columns exchanged over that as it is; 1 if nothing tells."""
    frames, rows, columns = values_gy.shape
    if rows == columns or min(rows, columns) < _FEWEST or max(rows, columns) > 4 * min(rows, columns):
        return 1.0
    some = values_gy[:: max(1, frames // _FRAMES)]
    flat = some[int(some.max(axis=(1, 2)).argmax())].ravel()
    here = _roughness(flat, columns)
    return _roughness(flat, rows) / here if here > 0 else 1.0


def _roughness(flat: NDArray[np.float64], columns: int) -> float:
    """Return the mean second difference from row to row of a frame with so many columns."""
    return float(np.abs(flat[2 * columns :] - 2 * flat[columns:-columns] + flat[: -2 * columns]).mean())
