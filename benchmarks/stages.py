"""Seconds of each stage from files to metrics: the one place to adapt where a stage changes."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.dose import read_dose
from dosimetry.dicom.elements import decimals, items, raw_bytes
from dosimetry.dicom.files import open_file
from dosimetry.dicom.structures import structures_of
from dosimetry.dvh.accuracy import DEFAULT_ACCURACY
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.deposition import deposit_solid, place_in_grid
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.metrics import DEFAULT_METRICS
from dosimetry.dvh.solid import build_solid
from dosimetry.kernels.coverage import cover
from dosimetry.kernels.evenodd import plane_areas

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from dosimetry.dicom.files import OpenedFile
    from dosimetry.dvh.deposition import PlacedSolid
    from dosimetry.dvh.solid import Solid
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure

__all__ = ["stages_of_dvh", "stages_of_reading"]


class _Clock:
    """Adds up the seconds of calls by the name of their stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str, call: Callable[..., Any], *arguments: Any) -> Any:
        start = perf_counter()
        result = call(*arguments)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + perf_counter() - start
        return result


def stages_of_reading(structures: Path, dose: Path) -> dict[str, float]:
    """Return the seconds of each stage of reading one RTSTRUCT and one RTDOSE."""
    clock = _Clock()
    opened = clock("read: RTSTRUCT parsed by pydicom, hash", _opened, structures)
    parts = clock("read: walk over the contours", _contour_bytes, opened.dataset)
    clock("read: contour numbers", decimals, parts, structures, "ContourData")
    fresh = _opened(structures)
    clock("read: structures in all, after pydicom", structures_of, fresh)
    clock("read: dose", read_dose, dose)
    return clock.seconds


def _opened(path: Path) -> OpenedFile:
    with open_file(path) as opened:
        return opened


def _contour_bytes(dataset: Any) -> list[bytes]:
    contours = (c for item in items(dataset, "ROIContourSequence") for c in items(item, "ContourSequence"))
    return [raw_bytes(contour, "ContourData") or b"" for contour in contours]


def stages_of_dvh(dose: Dose, structures: list[Structure]) -> dict[str, float]:
    """Return the seconds of each stage of the DVHs of some structures, added up over them."""
    clock = _Clock()
    for structure in structures:
        solid = clock("geometry: solid", build_solid, structure, DEFAULT_CONVENTION)
        volume = clock("geometry: areas of the sections", _volume_mm3, solid)
        placed = clock("geometry: place in grid", place_in_grid, solid, dose.grid, structure.name)
        clock("geometry: cover, one thread", _cover, placed, dose)
        clock("cover and deposit, all threads", deposit_solid, dose, placed, volume, DEFAULT_ACCURACY)
        dvh = clock("DVH in all", compute_dvh, dose, structure)
        clock("metrics", lambda dvh: [dvh.quantity(spec) for spec in DEFAULT_METRICS], dvh)
    return clock.seconds


def _volume_mm3(solid: Solid) -> float:
    sections = solid.contours
    areas = plane_areas(sections.points_mm, sections.contour_offsets, sections.plane_offsets)
    return float(areas @ solid.thickness_mm)


def _cover(placed: PlacedSolid, dose: Dose) -> None:
    contours = placed.contours
    planes = np.ascontiguousarray(contours.plane_offsets)
    cover(placed.points, contours.contour_offsets, planes, dose.grid.rows, dose.grid.columns)
