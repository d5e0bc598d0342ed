"""Write structures as an RTSTRUCT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage, RTStructureSetStorage

from dosimetry.dicom.study import EXPLICIT, items, many_decimals, new_object, reference, save
from dosimetry.errors import ContourError, StructureError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dosimetry.dicom.study import StudyHeader
    from dosimetry.dicom.write_image import ImageSeries
    from dosimetry.model.structures import ContourPlanes, Structure, StructureSet

    Colour = tuple[int, int, int]

__all__ = ["write_structures"]

_CONTOUR_DATA = Tag("ContourData")
# Detached Study Management, retired, yet what a study is referred to as.
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"

# Okabe and Ito's colours, which colour-blind readers can tell apart.
_PALETTE: tuple[Colour, ...] = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (240, 228, 66),
)


def write_structures(
    path: str | os.PathLike[str],
    structures: StructureSet,
    header: StudyHeader,
    *,
    colours: Sequence[Colour] | None = None,
    images: ImageSeries | None = None,
    transfer_syntax: str = EXPLICIT,
) -> str:
    """Write a structure set.

    Parameters
    ----------
    path
        The file to write.
    structures
        Closed planar contours in any frame of planes; a structure without contours gets an empty ROI.
    header
        The study; the set's own UIDs win over the header's.
    colours
        ROIDisplayColor of each structure in order, three numbers of 0 to 255; by default a palette.
    images
        The series that the structures were drawn on, in their only frame of reference.
    transfer_syntax
        `IMPLICIT`, `EXPLICIT` or `DEFLATED`, each little endian.

    Returns
    -------
    str
        The SOPInstanceUID.

    Raises
    ------
    StructureError
        If two structures share a number.
    ContourError
        If a contour has fewer than three points or a coordinate is not finite.
    OutputError
        If the transfer syntax is not offered, or the file cannot be written.
    """
    path = Path(path)
    numbers = [structure.number for structure in structures]
    if len(set(numbers)) != len(numbers):
        raise StructureError("two structures share a ROI number", file=path, found=f"{numbers}")
    dataset = new_object(
        header, "RTSTRUCT", RTStructureSetStorage, structures.sop_instance_uid, structures.study_uid
    )
    frames = sorted(structures.frame_of_reference_uids) or [header.frame]
    # The General module of the frame: some readers link by it, others by the sequence below.
    dataset.FrameOfReferenceUID = frames[0]
    dataset.PositionReferenceIndicator = ""
    dataset.InstanceNumber = "1"
    dataset.StructureSetLabel = (structures.label or "SYNTHETIC")[:16]
    dataset.StructureSetName = "SYNTHETIC"
    dataset.StructureSetDate = header.date
    dataset.StructureSetTime = header.time
    dataset.ReferencedFrameOfReferenceSequence = items(*(_frame_item(uid, images) for uid in frames))
    palette = colours or _PALETTE
    dataset.StructureSetROISequence = items(*(_roi_item(s, frames[0]) for s in structures))
    dataset.ROIContourSequence = items(
        *(
            _contour_item(path, structure, palette[index % len(palette)])
            for index, structure in enumerate(structures)
        )
    )
    dataset.RTROIObservationsSequence = items(
        *(_observation_item(structure, index) for index, structure in enumerate(structures, start=1))
    )
    dataset.ApprovalStatus = "UNAPPROVED"
    save(path, dataset, transfer_syntax)
    return str(dataset.SOPInstanceUID)


def _frame_item(uid: str, images: ImageSeries | None) -> Dataset:
    item = Dataset()
    item.FrameOfReferenceUID = uid
    if images is not None:
        series = Dataset()
        series.SeriesInstanceUID = images.series_uid
        series.ContourImageSequence = items(*(reference(CTImageStorage, image) for image in images.image_uids))
        study = reference(_STUDY_CLASS, images.study_uid)
        study.RTReferencedSeriesSequence = items(series)
        item.RTReferencedStudySequence = items(study)
    return item


def _roi_item(structure: Structure, frame_uid: str) -> Dataset:
    item = Dataset()
    item.ROINumber = str(structure.number)
    item.ReferencedFrameOfReferenceUID = structure.frame_of_reference_uid or frame_uid
    item.ROIName = structure.name
    item.ROIGenerationAlgorithm = "AUTOMATIC"
    return item


def _contour_item(path: Path, structure: Structure, colour: Colour) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = [str(part) for part in colour]
    item.ReferencedROINumber = str(structure.number)
    if structure.contours is not None:
        contours = []
        for points_mm in _contour_points(structure.contours):
            if len(points_mm) < 3 or not np.isfinite(points_mm).all():
                raise ContourError(
                    "contour is not a polygon",
                    file=path,
                    item=structure.name,
                    expected="three or more finite points",
                    found=f"{len(points_mm)} points",
                )
            contour = Dataset()
            contour.ContourGeometricType = "CLOSED_PLANAR"
            contour.NumberOfContourPoints = str(len(points_mm))
            contour[_CONTOUR_DATA] = many_decimals(_CONTOUR_DATA, points_mm.ravel())
            contours.append(contour)
        item.ContourSequence = items(*contours)
    return item


def _contour_points(planes: ContourPlanes) -> Iterator[NDArray[np.float64]]:
    """Yield the LPS points of each contour, shape (points, 3), plane by plane."""
    frame = planes.frame
    for plane, position in enumerate(planes.positions_mm):
        for contour in range(planes.plane_offsets[plane], planes.plane_offsets[plane + 1]):
            u, v = planes.points_mm[planes.contour_offsets[contour] : planes.contour_offsets[contour + 1]].T
            yield np.outer(u, frame.u_axis) + np.outer(v, frame.v_axis) + position * frame.normal


def _observation_item(structure: Structure, number: int) -> Dataset:
    item = Dataset()
    item.ObservationNumber = str(number)
    item.ReferencedROINumber = str(structure.number)
    item.RTROIInterpretedType = structure.roi_type
    item.ROIInterpreter = ""
    return item
