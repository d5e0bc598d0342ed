"""RTSTRUCT to :class:`~dosimetry.model.structures.StructureSet`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.contour_faults import Laps, lines, without_laps, without_repeats
from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.elements import (
    decimals,
    integer,
    items,
    optional_text,
    raw_bytes,
    stored_text,
    trimmed,
)
from dosimetry.dicom.files import open_file
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

    from dosimetry.dicom.files import OpenedFile
    from dosimetry.model.structures import ContourPlanes

    Floats = NDArray[np.float64]

__all__ = ["read_structures"]

# Under the even-odd rule both mean the same; the standard spells it without its first underscore.
_XOR = ("CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR")
# No patient coordinate is 100 m: such a number is damage, and would only become a wrong plane further on.
_FARTHEST_MM = 1e5


@dataclass
class _Roi:
    """One ROI on the way from its file."""

    number: int
    name: str
    frame_uid: str | None
    roi_type: str = ""
    contours: ContourPlanes | None = None
    skipped: Counter[str] = field(default_factory=Counter)
    exclusive: bool = False  # whether contours are stated to be combined by exclusive or
    repeats: int = 0
    laps: Laps = field(default_factory=Laps)
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
    with open_file(path) as opened:
        return structures_of(opened)


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
        _read_contours(dataset, path, rois)
        if "RTROIObservationsSequence" not in dataset:  # the standard asks for it, and it comes last
            text = "the file has no RT ROI Observations, which come behind the contours: was it cut short?"
            notes.append(Caution(Code.FILE_INCOMPLETE, "structure set", text))
        uid = optional_text(dataset, "SOPInstanceUID") or None
        label = optional_text(dataset, "StructureSetLabel")
        study = optional_text(dataset, "StudyInstanceUID") or None
    repeated = {name for name, count in Counter(roi.name for roi in rois.values()).items() if count > 1}
    only_frame = min(frames) if len(frames) == 1 else None
    contours = [roi.contours for roi in rois.values()]
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
            warnings=_cautions(roi, repeated),
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


def _read_contours(dataset: Dataset, path: Path, rois: dict[int, _Roi]) -> None:
    """Give every ROI its closed contours, and count what is not one.

    What was read of a ROI is dropped before the next one: a file's texts and numbers never lie in memory at once.
    """
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
        parts = [raw for contour in items(item, "ContourSequence") if (raw := _closed(roi, contour, path))]
        item.clear()
        if parts:
            roi.contours = _parse(path, roi, parts)


def _closed(roi: _Roi, contour: Dataset, path: Path) -> bytes:
    """Return the numbers of a contour as they are stored; nothing where it is not a closed one."""
    kind = stored_text(contour, "ContourGeometricType").upper()
    if kind != "CLOSED_PLANAR" and kind not in _XOR:
        roi.skipped[f"of type {kind or 'not stated'}"] += 1
        return b""
    stored = (raw_bytes(contour, "ContourData") or b"").strip(b" \0")
    raw = trimmed(stored)
    numbers = raw.count(b"\\") + 1 if raw else 0
    points = stored_text(contour, "NumberOfContourPoints")
    plain = points.isdecimal() and len(points) < 10
    announced = int(points) if plain else integer(contour, "NumberOfContourPoints", path, default=-1)
    # behind a last separator there may have been more: only a count tells
    if numbers % 3 or announced not in (numbers // 3, -1 if len(raw) == len(stored) else numbers // 3):
        raise DicomFileError(
            "a contour is incomplete",
            file=path,
            item=f"ROI {roi.name!r}",
            expected=f"3 numbers for each of {announced} points" if announced >= 0 else "3 numbers for each point",
            found=f"{numbers + (len(raw) < len(stored))} numbers",
            remedy="export the file again",
        )
    if numbers < 9:
        roi.skipped["of fewer than three points"] += 1
        return b""
    roi.exclusive |= kind in _XOR
    return raw


def _parse(path: Path, roi: _Roi, parts: list[bytes]) -> ContourPlanes | None:
    """Parse all numbers of an ROI in one call, and group its contours by plane."""
    points = decimals(parts, path, f"ROI {roi.name!r}").reshape(-1, 3)
    counts = np.array([(part.count(b"\\") + 1) // 3 for part in parts], dtype=np.int64)
    farthest = max(float(points.max()), -float(points.min()))
    if farthest > _FARTHEST_MM:
        raise ContourError(
            "a contour lies outside of any patient",
            file=path,
            item=f"ROI {roi.name!r}",
            expected=f"coordinates within {_FARTHEST_MM:g} mm",
            found=f"{farthest:g} mm",
            remedy="export the file again",
        )
    return _group(path, roi, points, np.append(0, np.cumsum(counts)))


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
    planes, roi.laps = without_laps(planes)
    if not roi.exclusive:
        planes, roi.repeats = without_repeats(planes)
    return planes


def _cautions(roi: _Roi, repeated: set[str]) -> tuple[Caution, ...]:
    notes = []
    for reason, count in roi.skipped.items():
        notes.append(Caution(Code.CONTOUR_SKIPPED, roi.name, f"{count} contour(s) {reason} skipped"))
    if roi.repeats:
        text = f"{roi.repeats} contour(s) come twice in their plane; each is taken once, as they would cancel"
        notes.append(Caution(Code.CONTOUR_REPEATED, roi.name, text))
    if roi.laps.whole:
        text = f"{roi.laps.whole} contour(s) run several times around the same ring, taken once: it would cancel"
        notes.append(Caution(Code.CONTOUR_REPEATED, roi.name, text))
    if roi.laps.partial:
        text = (
            f"{roi.laps.partial} contour(s) run again along their own line: what is enclosed twice is not counted"
        )
        notes.append(Caution(Code.CONTOUR_REPEATED, roi.name, text))
    if roi.contours is None:
        notes.append(Caution(Code.STRUCTURE_EMPTY, roi.name, "has no closed planar contour"))
    if roi.name in repeated:
        text = f"another ROI has the same name; this is number {roi.number}"
        notes.append(Caution(Code.STRUCTURE_DUPLICATE_NAME, roi.name, text))
    return tuple(notes)
