"""Write a dose as an RTDOSE."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import RTDoseStorage, RTIonPlanStorage, RTPlanStorage, RTStructureSetStorage

from dosimetry.dicom.study import EXPLICIT, decimal, decimals, items, new_object, reference, save
from dosimetry.errors import GeometryError, OutputError, UnitsError
from dosimetry.model.dose import DoseType, Measure

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dosimetry.dicom.study import StudyHeader
    from dosimetry.geometry import Grid
    from dosimetry.model.dose import Dose

__all__ = ["write_dose"]

# PS3.3 C.8.8.3.2 allows offsets that are patient z for this orientation only.
_AXIAL = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def write_dose(  # noqa: PLR0913  one keyword for each way of writing that a reader must understand
    path: str | os.PathLike[str],
    dose: Dose,
    header: StudyHeader,
    *,
    plan_uid: str | None = None,
    structure_set_uid: str | None = None,
    bits: int = 32,
    quantum_gy: float | None = None,
    transfer_syntax: str = EXPLICIT,
    absolute_offsets: bool = False,
    descending: bool = False,
) -> str:
    """Write a dose.

    Parameters
    ----------
    path
        The file to write.
    dose
        Dose in Gy on its grid, of any orientation.
    header
        The study; the dose's own UIDs win over the header's.
    plan_uid, structure_set_uid
        SOPInstanceUIDs to refer to; by default those that the dose names.
    bits
        16 or 32 bits a voxel.
    quantum_gy
        DoseGridScaling; by default the finest that lets the highest dose fit into the bits.
    transfer_syntax
        `IMPLICIT`, `EXPLICIT` or `DEFLATED`, each little endian.
    absolute_offsets
        Write GridFrameOffsetVector as patient z, not relative to the first frame.
    descending
        Store the frames from the far end of the grid to its origin.

    Returns
    -------
    str
        The SOPInstanceUID.

    Raises
    ------
    GeometryError
        If absolute offsets are asked for on a grid whose axes are not the patient's.
    UnitsError
        If it is a difference or a converted dose, negative or not finite, or does not fit into the bits.
    OutputError
        If bits or transfer syntax are not offered, or the file cannot be written.
    """
    path = Path(path)
    if dose.measure is not Measure.DOSE:
        raise UnitsError(
            "only a dose in gray as given is written", file=path, expected=Measure.DOSE, found=dose.measure
        )
    counts, scaling = _quantise(path, dose, bits, quantum_gy)
    dataset = new_object(header, "RTDOSE", RTDoseStorage, dose.sop_instance_uid, dose.study_uid)
    dataset.FrameOfReferenceUID = dose.frame_of_reference_uid or header.frame
    dataset.PositionReferenceIndicator = ""
    _describe_grid(dataset, path, dose.grid, absolute_offsets=absolute_offsets, descending=descending)
    dataset.InstanceNumber = "1"
    dataset.ContentDate = header.date
    dataset.ContentTime = header.time
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = bits
    dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = 0
    dataset.DoseUnits = "GY"
    dataset.DoseType = dose.dose_type.value
    dataset.DoseSummationType = dose.summation.value
    dataset.DoseGridScaling = scaling
    dataset.TissueHeterogeneityCorrection = "IMAGE"
    plans = (plan_uid,) if plan_uid else dose.plan_uids
    if plans:
        dataset.ReferencedRTPlanSequence = items(*(reference(_plan_class(dose), uid) for uid in plans))
    if plans and dose.beam_numbers:
        dataset.ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence = items(_beams_item(dose.beam_numbers))
    structures = structure_set_uid or dose.structure_set_uid
    if structures:
        dataset.ReferencedStructureSetSequence = items(reference(RTStructureSetStorage, structures))
    frames = counts[::-1] if descending else counts
    pixels = np.ascontiguousarray(frames, dtype="<u2" if bits == 16 else "<u4").tobytes()
    dataset.add_new("PixelData", "OW", pixels + b"\0" * (len(pixels) % 2))
    save(path, dataset, transfer_syntax)
    return str(dataset.SOPInstanceUID)


def _beams_item(numbers: Sequence[int]) -> Dataset:
    """Return the fraction group whose beams the dose is of; writers here put all beams of a plan into the first."""
    beams = []
    for number in numbers:
        beam = Dataset()
        beam.ReferencedBeamNumber = str(number)
        beams.append(beam)
    group = Dataset()
    group.ReferencedFractionGroupNumber = "1"
    group.ReferencedBeamSequence = items(*beams)
    return group


def _plan_class(dose: Dose) -> str:
    """Return the SOP class of the plan of a dose: a dose weighted by its effectiveness is one of ions."""
    return RTIonPlanStorage if dose.dose_type is DoseType.EFFECTIVE else RTPlanStorage


def _quantise(path: Path, dose: Dose, bits: int, quantum_gy: float | None) -> tuple[NDArray[np.uint32], str]:
    """Return the stored integers, shape (frames, rows, columns), and DoseGridScaling as it is written."""
    if bits not in (16, 32):
        raise OutputError(
            "dose is stored in 16 or 32 bits", file=path, item="bits", expected="16 or 32", found=str(bits)
        )
    values = dose.values_gy
    if values.shape != dose.grid.shape:
        raise GeometryError(
            "dose and grid differ in size", file=path, expected=f"{dose.grid.shape}", found=f"{values.shape}"
        )
    if not np.isfinite(values).all() or values.min() < 0:
        raise UnitsError("dose is negative or not finite", file=path, expected="finite doses of 0 Gy or more")
    limit = 2**bits - 1
    highest = float(values.max())
    # One count is kept in hand: a scaling of 16 characters is rounded, and must not push the maximum over.
    scaling = decimal(quantum_gy or (highest / (limit - 1) if highest > 0 else 1.0))
    # Divide by the number that a reader will see, not by the one before it was written.
    counts = np.rint(values / float(scaling))
    if counts.max() > limit:
        raise UnitsError(
            "dose does not fit",
            file=path,
            expected=f"at most {limit * float(scaling):g} Gy",
            found=f"{highest:g} Gy",
        )
    return counts.astype(np.uint32), scaling


def _describe_grid(dataset: Dataset, path: Path, grid: Grid, *, absolute_offsets: bool, descending: bool) -> None:
    axes = np.stack((grid.row_axis, grid.column_axis))
    positions = grid.frame_positions_mm[::-1] if descending else grid.frame_positions_mm
    first_mm = grid.origin_mm + positions[0] * grid.normal
    if absolute_offsets and not np.array_equal(axes, _AXIAL):
        raise GeometryError(
            "offsets can be patient z only where the grid's axes are the patient's",
            file=path,
            item="GridFrameOffsetVector",
            expected="direction cosines 1, 0, 0, 0, 1, 0",
            found=", ".join(decimals(axes.ravel())),
            remedy="write relative offsets",
        )
    dataset.ImagePositionPatient = decimals(first_mm)
    dataset.ImageOrientationPatient = decimals(axes.ravel())
    dataset.Rows = grid.rows
    dataset.Columns = grid.columns
    between_columns, between_rows = grid.spacing_mm
    dataset.PixelSpacing = decimals((between_rows, between_columns))
    steps = np.diff(grid.frame_positions_mm)
    is_even = steps.size > 0 and bool(np.ptp(steps) < 1e-6)
    dataset.SliceThickness = decimal(float(steps[0])) if is_even else ""
    dataset.NumberOfFrames = str(positions.size)
    if positions.size > 1:
        dataset.FrameIncrementPointer = 0x3004000C
        start = float(first_mm[2]) if absolute_offsets else 0.0
        dataset.GridFrameOffsetVector = decimals(start + positions - positions[0])
