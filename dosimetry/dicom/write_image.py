"""Write the slices of a CT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import CTImageStorage, RLELossless

from dosimetry.dicom.study import EXPLICIT, decimal, decimals, new_object, save
from dosimetry.errors import OutputError

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from dosimetry.dicom.study import StudyHeader
    from dosimetry.geometry import Grid

__all__ = ["ImageSeries", "write_images"]

_INTERCEPT_HU = -1024
_BITS = 12


@dataclass(frozen=True, slots=True)
class ImageSeries:
    """The UIDs of a series of images.

    Attributes
    ----------
    study_uid, series_uid
        Of the series.
    image_uids
        SOPInstanceUIDs of its images, in the order of their frames.
    """

    study_uid: str
    series_uid: str
    image_uids: tuple[str, ...]

    @staticmethod
    def of(header: StudyHeader, frames: int) -> ImageSeries:
        """Return the series that :func:`write_images` writes, without writing it."""
        label = header.series_label
        images = tuple(header.uid("CT", label, number) for number in range(1, frames + 1))
        return ImageSeries(header.study, header.uid("CT", label, "series"), images)


def write_images(
    folder: str | os.PathLike[str], values_hu: NDArray[np.float64], grid: Grid, header: StudyHeader
) -> ImageSeries:
    """Write one file for each frame, named by its number.

    Parameters
    ----------
    folder
        Where to write; it must exist.
    values_hu
        Hounsfield units, shape (frames, rows, columns); kept within -1024 to 3071.
    grid
        Where the voxels are, of any orientation.
    header
        The study; `series_label` and `patient_position` say which scan it is.

    Raises
    ------
    OutputError
        If values and grid differ in size, or a file cannot be written.
    """
    if values_hu.shape != grid.shape:
        raise OutputError(
            "images and grid differ in size",
            file=Path(folder),
            expected=f"{grid.shape}",
            found=f"{values_hu.shape}",
        )
    series = ImageSeries.of(header, grid.shape[0])
    stored = np.clip(np.rint(values_hu) - _INTERCEPT_HU, 0, 2**_BITS - 1).astype("<u2")
    step = float(np.diff(grid.frame_positions_mm).min()) if grid.shape[0] > 1 else 1.0
    for number, (pixels, position, uid) in enumerate(
        zip(stored, grid.frame_positions_mm, series.image_uids, strict=True), start=1
    ):
        dataset = new_object(header, "CT", CTImageStorage, uid, None)
        dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        dataset.FrameOfReferenceUID = header.frame
        dataset.PositionReferenceIndicator = ""
        dataset.PatientPosition = header.patient_position
        dataset.SeriesInstanceUID = series.series_uid
        dataset.AcquisitionNumber = "1"
        dataset.BodyPartExamined = "CHEST"
        dataset.InstanceNumber = str(number)
        dataset.KVP = "120"
        dataset.SliceThickness = decimal(step)
        dataset.ImagePositionPatient = decimals(grid.origin_mm + position * grid.normal)
        dataset.ImageOrientationPatient = decimals((*grid.row_axis, *grid.column_axis))
        dataset.PixelSpacing = decimals((grid.spacing_mm[1], grid.spacing_mm[0]))
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, _BITS, _BITS - 1
        dataset.PixelRepresentation = 0
        dataset.RescaleIntercept, dataset.RescaleSlope = str(_INTERCEPT_HU), "1"
        dataset.RescaleType = "HU"
        dataset.WindowCenter, dataset.WindowWidth = "0", "1200"
        dataset.PixelData = pixels.tobytes()
        save(Path(folder) / f"ct_{number:03d}.dcm", dataset, EXPLICIT, compression=RLELossless)
    return series
