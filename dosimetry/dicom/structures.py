"""RTSTRUCT to :class:`~dosimetry.model.structures.StructureSet`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.contour_faults import lines, without_repeats
from dosimetry.dicom.elements import (
    decimals,
    integer,
    items,
    open_file,
    optional_text,
    raw_bytes,
    stored_text,
    tidy,
)
from dosimetry.dicom.planes import group_planes
from dosimetry.dicom.slices import slice_positions, slice_spacing
from dosimetry.errors import ContourError, DicomFileError, NotDicomError
from dosimetry.model.structures import Structure, StructureSet
from dosimetry.provenance import SourceFile
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from dosimetry.dicom.elements import OpenedFile
    from dosimetry.model.structures import ContourPlanes

    Floats = NDArray[np.float64]

__all__ = ["read_structures"]

# Under the even-odd rule both mean the same; the standard spells it without its first underscore.
_XOR = ("CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR")
# No patient coordinate is 100 m: such a number is damage, and would only become a wrong plane further on.
_FARTHEST_MM = 1e5


@dataclass
class _Roi:
    """The raw contours of one ROI."""

    number: int
    name: str
    frame_uid: str | None
    roi_type: str = ""
    parts: list[bytes] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    exclusive: bool = False  # whether contours are stated to be combined by exclusive or
    repeats: int = 0
    described: bool = False


def read_structures(path: Path) -> StructureSet:
    """Read an RTSTRUCT file.

    Raises
    ------
    NotDicomError, DicomFileError
        If the file is no RTSTRUCT, or damaged.
    ContourError
        If a closed contour does not lie in a plane.
    """
    return structures_of(open_file(path))


def structures_of(opened: OpenedFile) -> StructureSet:
    """Return the structure set of an opened RTSTRUCT file; errors as in :func:`read_structures`."""
    path, dataset = opened.path, opened.dataset
    if opened.kind != "RTSTRUCT":
        raise NotDicomError("is not an RT Structure Set", file=path, expected="RTSTRUCT", found=opened.kind)
    notes = list(opened.warnings)
    with tidy(path, notes):
        rois = _list_rois(dataset, path)
        frames = {
            frame
            for item in items(dataset, "ReferencedFrameOfReferenceSequence")
            if (frame := optional_text(item, "FrameOfReferenceUID"))
        }
        frames |= {roi.frame_uid for roi in rois.values() if roi.frame_uid}
        _collect_contours(dataset, path, rois)
        contours = _parse(path, list(rois.values()))
        uid = optional_text(dataset, "SOPInstanceUID") or None
        label = optional_text(dataset, "StructureSetLabel")
        study = optional_text(dataset, "StudyInstanceUID") or None
    repeated = {name for name, count in Counter(roi.name for roi in rois.values()).items() if count > 1}
    only_frame = min(frames) if len(frames) == 1 else None
    spacing = slice_spacing(contours)
    roi_frames = [roi.frame_uid or only_frame for roi in rois.values()]
    structures = tuple(
        Structure(
            number=roi.number,
            name=roi.name,
            contours=planes,
            slice_spacing_mm=spacing,
            slice_positions_mm=slices,
            roi_type=roi.roi_type,
            frame_of_reference_uid=frame,
            warnings=_cautions(roi, planes, repeated),
        )
        for roi, planes, frame, slices in zip(
            rois.values(), contours, roi_frames, slice_positions(contours, roi_frames), strict=True
        )
    )
    return StructureSet(
        structures=structures,
        label=label,
        frame_of_reference_uids=frozenset(frames),
        sop_instance_uid=uid,
        study_uid=study,
        source=SourceFile("RTSTRUCT", opened.sha256, uid, path.name),
        warnings=tuple(notes),
    )


def _list_rois(dataset: Dataset, path: Path) -> dict[int, _Roi]:
    rois: dict[int, _Roi] = {}
    for item in items(dataset, "StructureSetROISequence"):
        number = integer(item, "ROINumber", path)
        if number in rois:
            raise DicomFileError("two ROIs have the same number", file=path, found=f"ROINumber {number} twice")
        name = optional_text(item, "ROIName")
        rois[number] = _Roi(number, name, optional_text(item, "ReferencedFrameOfReferenceUID") or None)
    if not rois:
        raise DicomFileError("holds no ROI", file=path, item="StructureSetROISequence")
    for item in items(dataset, "RTROIObservationsSequence"):
        roi = rois.get(integer(item, "ReferencedROINumber", path, default=-1))
        if roi is not None and not roi.roi_type:
            roi.roi_type = optional_text(item, "RTROIInterpretedType").upper()
    return rois


def _collect_contours(dataset: Dataset, path: Path, rois: dict[int, _Roi]) -> None:
    """Gather the raw bytes of all closed contours, and count what is not one."""
    if "ROIContourSequence" not in dataset:  # an empty structure set has it too
        raise DicomFileError(
            "holds no contours", file=path, item="ROIContourSequence", remedy="export the file again"
        )
    for item in items(dataset, "ROIContourSequence"):
        number = integer(item, "ReferencedROINumber", path)
        roi = rois.get(number)
        if roi is None:
            raise DicomFileError(
                "contours belong to no ROI",
                file=path,
                item="ROIContourSequence",
                found=f"ROI number {number}",
            )
        if roi.described:
            raise DicomFileError("an ROI has two sets of contours", file=path, found=f"ROI number {number} twice")
        roi.described = True
        for contour in items(item, "ContourSequence"):
            _add_contour(roi, contour, path)


def _add_contour(roi: _Roi, contour: Dataset, path: Path) -> None:
    kind = stored_text(contour, "ContourGeometricType").upper()
    if kind != "CLOSED_PLANAR" and kind not in _XOR:
        roi.skipped[f"of type {kind or 'not stated'}"] += 1
        return
    raw = (raw_bytes(contour, "ContourData") or b"").strip(b" \0")
    numbers = raw.count(b"\\") + 1 if raw else 0
    points = stored_text(contour, "NumberOfContourPoints")
    announced = int(points) if points.isdecimal() else integer(contour, "NumberOfContourPoints", path, default=-1)
    if numbers % 3 or announced not in (-1, numbers // 3):
        raise DicomFileError(
            "a contour is incomplete",
            file=path,
            item=f"ROI {roi.name!r}",
            expected=f"3 numbers for each of {announced} points" if announced >= 0 else "3 numbers for each point",
            found=f"{numbers} numbers",
            remedy="export the file again",
        )
    if numbers < 9:
        roi.skipped["of fewer than three points"] += 1
    else:
        roi.parts.append(raw)
        roi.exclusive |= kind in _XOR


def _parse(path: Path, rois: list[_Roi]) -> list[ContourPlanes | None]:
    """Parse all numbers of the file in one call, and group each ROI's contours by plane."""
    parts = [part for roi in rois for part in roi.parts]
    owners = [f"ROI {roi.name!r}" for roi in rois for _ in roi.parts]
    points = decimals(parts, path, owners).reshape(-1, 3)
    counts = np.array([(part.count(b"\\") + 1) // 3 for part in parts], dtype=np.int64)
    offsets = np.append(0, np.cumsum(counts))
    far = np.flatnonzero(np.abs(points).max(axis=1) > _FARTHEST_MM)
    if far.size:
        raise ContourError(
            "a contour lies outside of any patient",
            file=path,
            item=owners[int(np.searchsorted(offsets, far[0], side="right")) - 1],
            expected=f"coordinates within {_FARTHEST_MM:g} mm",
            found=f"{np.abs(points[far[0]]).max():g} mm",
            remedy="export the file again",
        )
    ends = np.cumsum([0, *(len(roi.parts) for roi in rois)])
    return [
        _group(path, roi, points[offsets[a] : offsets[b]], offsets[a : b + 1] - offsets[a]) if b > a else None
        for roi, (a, b) in zip(rois, pairwise(ends.tolist()), strict=True)
    ]


def _group(path: Path, roi: _Roi, points: Floats, offsets: NDArray[np.int64]) -> ContourPlanes | None:
    """Group the contours of an ROI by plane, without those that are there by mistake."""
    flat = lines(points, offsets)
    if flat.any():
        roi.skipped["without area"] += int(flat.sum())
        counts = np.diff(offsets)
        points = points[np.repeat(~flat, counts)]
        offsets = np.append(0, np.cumsum(counts[~flat]))
        if not points.size:
            return None
    try:
        planes = group_planes(points, offsets)
    except ContourError as error:
        raise ContourError(
            error.problem,
            file=path,
            item=f"ROI {roi.name!r}",
            expected=error.expected,
            found=error.found,
        ) from error
    if not roi.exclusive:
        planes, roi.repeats = without_repeats(planes)
    return planes


def _cautions(roi: _Roi, planes: ContourPlanes | None, repeated: set[str]) -> tuple[Caution, ...]:
    notes = []
    for reason, count in roi.skipped.items():
        notes.append(Caution(Code.CONTOUR_SKIPPED, roi.name, f"{count} contour(s) {reason} skipped"))
    if roi.repeats:
        text = f"{roi.repeats} contour(s) come twice in their plane; each is taken once, as they would cancel"
        notes.append(Caution(Code.CONTOUR_REPEATED, roi.name, text))
    if planes is None:
        notes.append(Caution(Code.STRUCTURE_EMPTY, roi.name, "has no closed planar contour"))
    if roi.name in repeated:
        text = f"another ROI has the same name; this is number {roi.number}"
        notes.append(Caution(Code.STRUCTURE_DUPLICATE_NAME, roi.name, text))
    return tuple(notes)
