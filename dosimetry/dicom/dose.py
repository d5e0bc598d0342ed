"""RTDOSE to :class:`~dosimetry.model.dose.Dose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.elements import float_values, integer, items, optional_text, raw_bytes, required_text
from dosimetry.dicom.files import open_file
from dosimetry.dicom.pixels import check_layout, read_counts
from dosimetry.dicom.plausible import dose_cautions, grid_cautions, require_dose
from dosimetry.dicom.tps_dvh import tps_dvh_reader
from dosimetry.errors import GeometryError, NotDicomError, UnitsError
from dosimetry.geometry import SAME_POSITION_MM, Grid
from dosimetry.model.dose import Dose, DoseType, Summation
from dosimetry.model.tps_dvh import StoredDvhs
from dosimetry.provenance import SourceFile
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from dosimetry.dicom.files import OpenedFile
    from dosimetry.dicom.relative import Relative

__all__ = ["read_dose"]

_AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
_IMPOSSIBLE = 1e6  # in gray, percent or whatever a relative dose counts in
_FARTHEST_MM = 1e5  # 100 m: further out no number is a position


def read_dose(path: Path, relative: Relative | None = None) -> Dose:
    """Read an RTDOSE file.

    Parameters
    ----------
    path
        The file.
    relative
        What a value of a relative dose stands for; without it such a dose is refused.

    Returns
    -------
    Dose
        In Gy, frames ascending along the grid's normal.

    Raises
    ------
    NotDicomError, DicomFileError
        If the file is no RTDOSE, or damaged.
    UnitsError
        If the dose is relative, a difference or of no known type.
    GeometryError
        If its planes do not form a grid.
    """
    with open_file(path) as opened:
        return dose_of(opened, relative)


def dose_of(opened: OpenedFile, relative: Relative | None = None) -> Dose:
    """Return the dose of an opened RTDOSE file; errors as in :func:`read_dose`."""
    path, dataset = opened.path, opened.dataset
    if opened.kind != "RTDOSE":
        raise NotDicomError("is not an RT Dose", file=path, expected="RTDOSE", found=opened.kind)
    notes = list(opened.warnings)
    with tidy(path, notes):
        dose_type = _dose_type(dataset, path, relative)
        grid, order = _grid(dataset, path)
        values = _values_gy(opened, grid, order)
        if relative is not None:
            values, note = relative.in_gray(values, path)
            notes.append(note)
        require_dose(path, grid, values)
        summation = _summation(dataset)
        notes += _cautions(dataset, dose_type, summation)
        notes += dose_cautions(values)
        notes += grid_cautions(dataset, path, grid, values)
        plans = [
            optional_text(item, "ReferencedSOPInstanceUID") for item in items(dataset, "ReferencedRTPlanSequence")
        ]
        sets = [
            optional_text(item, "ReferencedSOPInstanceUID")
            for item in items(dataset, "ReferencedStructureSetSequence")
        ]
        beams = _beam_numbers(dataset, path)
        uid = optional_text(dataset, "SOPInstanceUID") or None
        frame_of_reference = optional_text(dataset, "FrameOfReferenceUID") or None
        study = optional_text(dataset, "StudyInstanceUID") or None
        read_dvhs = tps_dvh_reader(dataset, path)
    return Dose(
        grid=grid,
        values_gy=values,
        dose_type=dose_type,
        summation=summation,
        beam_numbers=beams,
        frame_of_reference_uid=frame_of_reference,
        sop_instance_uid=uid,
        study_uid=study,
        plan_uids=tuple(filter(None, plans)),
        structure_set_uid=next(iter(filter(None, sets)), None),
        source=SourceFile("RTDOSE", opened.sha256, uid, path.name),
        warnings=tuple(notes),
        stored_dvhs=None if read_dvhs is None else StoredDvhs(read_dvhs, values),
    )


def _dose_type(dataset: Dataset, path: Path, relative: Relative | None) -> DoseType:
    units = required_text(dataset, "DoseUnits", path).upper()
    expected = "GY" if relative is None else "RELATIVE"
    if units != expected:
        raise UnitsError(
            "dose is not in gray" if relative is None else "dose is in gray, not relative to anything",
            file=path,
            item="DoseUnits",
            expected=expected,
            found=units,
            remedy="export the dose as absolute dose, or say what a value stands for (--relative 100=50)"
            if relative is None
            else "leave --relative out",
        )
    found = required_text(dataset, "DoseType", path).upper()
    if found not in DoseType.__members__:
        raise UnitsError(
            "is not a dose that can be measured",
            file=path,
            item="DoseType",
            expected=" or ".join(DoseType),
            found="ERROR, a difference of doses" if found == "ERROR" else found,
        )
    return DoseType(found)


def _summation(dataset: Dataset) -> Summation:
    found = optional_text(dataset, "DoseSummationType").upper()
    return Summation(found) if found in Summation.__members__ else Summation.UNKNOWN


def _beam_numbers(dataset: Dataset, path: Path) -> tuple[int, ...]:
    """Return the beams that the dose says it is of."""
    beams = (
        beam
        for plan in items(dataset, "ReferencedRTPlanSequence")
        for group in items(plan, "ReferencedFractionGroupSequence")
        for beam in items(group, "ReferencedBeamSequence")
    )
    return tuple(dict.fromkeys(integer(beam, "ReferencedBeamNumber", path, default=-1) for beam in beams))


def _cautions(dataset: Dataset, dose_type: DoseType, summation: Summation) -> list[Caution]:
    notes = []
    if dose_type is DoseType.EFFECTIVE:
        text = "the dose is RBE-weighted (DoseType EFFECTIVE), not physical"
        notes.append(Caution(Code.DOSE_EFFECTIVE, "dose", text))
    if not summation.is_whole_plan:
        text = f"DoseSummationType is {summation.value}: the dose may not be that of the whole plan"
        notes.append(Caution(Code.DOSE_SUMMATION_UNCLEAR, "dose", text))
    if "WATER" in optional_text(dataset, "TissueHeterogeneityCorrection").upper():
        text = "calculated in water: heart and lung doses ignore lung density"
        notes.append(Caution(Code.DOSE_HETEROGENEITY_WATER, "dose", text))
    return notes


def _grid(dataset: Dataset, path: Path) -> tuple[Grid, NDArray[np.intp]]:
    """Return the grid and the order in which the file's frames ascend along its normal."""
    rows, columns = integer(dataset, "Rows", path), integer(dataset, "Columns", path)
    frames = integer(dataset, "NumberOfFrames", path, default=1)
    if min(rows, columns, frames) < 1:
        raise GeometryError("dose grid has no voxels", file=path, found=f"{frames} frames of {rows} x {columns}")
    check_layout(dataset, path, frames, rows * columns)
    position = float_values(dataset, "ImagePositionPatient", path, 3)
    orientation = float_values(dataset, "ImageOrientationPatient", path, 6)
    row_spacing, column_spacing = float_values(dataset, "PixelSpacing", path, 2)
    offsets = _frame_offsets(dataset, path, frames, position, orientation)
    order = np.argsort(offsets, kind="stable")
    try:
        grid = Grid(
            origin_mm=position,
            row_axis=orientation[:3],
            column_axis=orientation[3:],
            spacing_mm=(column_spacing, row_spacing),
            frame_positions_mm=offsets[order],
            rows=rows,
            columns=columns,
        )
    except GeometryError as error:
        raise GeometryError(
            error.problem, file=path, item=error.item, expected=error.expected, found=error.found
        ) from error
    farthest = float(np.abs(np.concatenate(grid.extent_mm())).max())
    if not farthest <= _FARTHEST_MM:
        raise GeometryError(
            "dose grid lies outside of any patient",
            file=path,
            expected=f"voxels within {_FARTHEST_MM:g} mm",
            found=f"{farthest:g} mm",
            remedy="export the file again",
        )
    return grid, order


def _frame_offsets(
    dataset: Dataset,
    path: Path,
    frames: int,
    position: NDArray[np.float64],
    orientation: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the frames' positions along the normal, relative to ImagePositionPatient, in the file's order.

    Two forms are legal (PS3.3 C.8.8.3.2): offsets from the first frame along the normal, the first of them 0;
    or, with axial orientation 1, 0, 0, 0, 1, 0 only, the frames' patient z, the first of them that of
    ImagePositionPatient.
    """
    if frames == 1 and not (raw_bytes(dataset, "GridFrameOffsetVector") or b"").strip(b" \0"):
        return np.zeros(1)
    offsets = float_values(dataset, "GridFrameOffsetVector", path, frames)
    steps = np.diff(offsets)
    if not ((steps > 0).all() or (steps < 0).all()):
        raise GeometryError(
            "frames are not in order",
            file=path,
            item="GridFrameOffsetVector",
            expected="values that only rise or only fall",
            found=f"a step of {steps[np.argmin(np.abs(steps))]:g} mm",
        )
    if abs(offsets[0]) <= SAME_POSITION_MM:
        return np.asarray(offsets - offsets[0])
    axial = bool(np.allclose(orientation, _AXIAL, rtol=0, atol=1e-6))
    if axial and abs(offsets[0] - position[2]) <= SAME_POSITION_MM:
        return np.asarray(offsets - offsets[0])
    raise GeometryError(
        "frame offsets are of neither legal form",
        file=path,
        item="GridFrameOffsetVector",
        expected=f"a first value of 0, or of {position[2]:g} with axial orientation",
        found=f"{offsets[0]:g}",
    )


def _values_gy(opened: OpenedFile, grid: Grid, order: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the dose: the stored integers times their scaling, frames ascending along the normal."""
    scaling = float(float_values(opened.dataset, "DoseGridScaling", opened.path, 1)[0])
    if not scaling > 0:
        raise UnitsError("scaling is not positive", file=opened.path, item="DoseGridScaling", found=f"{scaling:g}")
    values = np.empty(grid.shape)
    target = values if (order[:-1] < order[1:]).all() else values[::-1]
    for first, counts in read_counts(opened, grid.shape):
        highest = int(counts.max()) * scaling
        if not highest <= _IMPOSSIBLE:
            raise UnitsError(
                "no dose is that high",
                file=opened.path,
                expected=f"at most {_IMPOSSIBLE:g} Gy",
                found=f"{highest:g} Gy",
                remedy="export the file again",
            )
        np.multiply(counts, scaling, out=target[first : first + len(counts)])
    return values
