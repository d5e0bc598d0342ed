"""CT images as the background of pictures: those of one frame of reference, found in folders.

Nothing is computed from them. What cannot be read is left out, and a stack that is no grid is none.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from pydicom.uid import CTImageStorage

from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.elements import float_values, integer, optional_text
from dosimetry.errors import DosimetryError, GeometryError, LinkError
from dosimetry.geometry import SAME_POSITION_MM, Grid
from dosimetry.model.images import Images

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

__all__ = ["find_images", "read_images"]

_KEYWORDS = (
    "SOPClassUID",
    "FrameOfReferenceUID",
    "SeriesInstanceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "Rows",
    "Columns",
)
_MOST_IMAGES = 2000
_MOST_PIXELS = 2048 * 2048


def read_images(folder: Path, frame_of_reference_uid: str | None) -> Images:
    """Return the CT of a frame of reference in a folder that the user named.

    Raises
    ------
    LinkError
        If the folder holds no such images.
    GeometryError
        If they are not parallel images of one size in a row.
    """
    if not folder.is_dir():
        raise LinkError("is not a folder", file=folder, item="--ct", expected="a folder with the images of a CT")
    if not frame_of_reference_uid:
        raise LinkError("the dose names no frame of reference to find its CT by", item="--ct")
    stacks = _stacks(folder.rglob("*"), frame_of_reference_uid)
    if not stacks:
        raise LinkError(
            "holds no CT in the frame of reference of the dose",
            file=folder,
            item="--ct",
            expected="at least two CT images that the plan was made on",
            remedy="name the folder of the planning CT, or leave --ct out",
        )
    return _images(max(stacks, key=len), frame_of_reference_uid)


def find_images(paths: Sequence[Path], frame_of_reference_uid: str | None) -> Images | None:
    """Return the CT of a frame of reference beside a plan's own files; None where there is none that can be shown.

    Parameters
    ----------
    paths
        What the user named: folders are looked through, of files the folder that they lie in.
    frame_of_reference_uid
        Of the dose.
    """
    if not frame_of_reference_uid:
        return None
    folders = dict.fromkeys(path if path.is_dir() else path.parent for path in paths)
    files: list[Path] = []
    for folder in folders:
        # Around a file lies anything: only a folder that was named is looked through with what it holds.
        files += folder.rglob("*") if folder in paths else folder.glob("*")
    for stack in sorted(_stacks(files, frame_of_reference_uid), key=len, reverse=True):
        try:
            return _images(stack, frame_of_reference_uid)
        except DosimetryError:
            continue
    return None


def _stacks(paths: Iterable[Path], uid: str) -> list[list[tuple[Path, Dataset]]]:
    """Return the images of each series and orientation, at least two, from their headers."""
    found: dict[tuple[str, ...], list[tuple[Path, Dataset]]] = {}
    for path in sorted(path for path in paths if path.is_file()):
        dataset = _header(path)
        if dataset is None or optional_text(dataset, "FrameOfReferenceUID") != uid:
            continue
        names = ("SeriesInstanceUID", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns")
        stack = found.setdefault(tuple(str(dataset.get(name)) for name in names), [])
        if len(stack) < _MOST_IMAGES:
            stack.append((path, dataset))
    return [stack for stack in found.values() if len(stack) > 1]


def _header(path: Path) -> Dataset | None:
    try:
        with warnings.catch_warnings(), path.open("rb") as stream:
            warnings.simplefilter("ignore")
            if stream.read(132)[128:] != b"DICM":
                return None
            stream.seek(0)
            dataset = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(_KEYWORDS))
            return dataset if optional_text(dataset, "SOPClassUID") == CTImageStorage else None
    except Exception:  # noqa: BLE001  whatever it is, it is no image to show
        return None


def _images(stack: Sequence[tuple[Path, Dataset]], uid: str) -> Images:
    first_path, first = stack[0]
    orientation = float_values(first, "ImageOrientationPatient", first_path, 6)
    row_spacing, column_spacing = float_values(first, "PixelSpacing", first_path, 2)
    rows, columns = integer(first, "Rows", first_path), integer(first, "Columns", first_path)
    if min(rows, columns) < 2 or rows * columns > _MOST_PIXELS:
        raise GeometryError("CT images of an impossible size", file=first_path, found=f"{rows} x {columns}")
    origins = np.array([float_values(header, "ImagePositionPatient", path, 3) for path, header in stack])
    normal = np.cross(orientation[:3], orientation[3:])
    heights = (origins - origins[0]) @ normal
    order = np.argsort(heights, kind="stable")
    aside = np.abs(origins - origins[0] - np.outer(heights, normal)).max()
    if not aside <= SAME_POSITION_MM * 10 or not (np.diff(heights[order]) > SAME_POSITION_MM).all():
        raise GeometryError(
            "CT images do not lie in a row, one at each position",
            file=first_path,
            item="ImagePositionPatient",
            remedy="name a folder with one series of the planning CT",
        )
    grid = Grid(
        origin_mm=origins[order[0]],
        row_axis=orientation[:3],
        column_axis=orientation[3:],
        spacing_mm=(column_spacing, row_spacing),
        frame_positions_mm=heights[order] - heights[order[0]],
        rows=rows,
        columns=columns,
    )
    values = np.empty(grid.shape, dtype=np.int16)
    for frame, index in enumerate(order.tolist()):
        values[frame] = _hounsfield(stack[index][0], rows, columns)
    return Images(grid, values, uid)


def _hounsfield(path: Path, rows: int, columns: int) -> NDArray[np.int16]:
    with tidy(path, []):
        dataset = pydicom.dcmread(path)
        slope, intercept = (
            float(dataset.get(name, default) or default)
            for name, default in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0))
        )
        counts = dataset.pixel_array
    if counts.shape != (rows, columns):
        raise GeometryError("a CT image has another size than its header says", file=path, found=f"{counts.shape}")
    return np.clip(np.rint(counts * slope + intercept), -32768, 32767).astype(np.int16)
