"""Our metrics beside dicompyler-core's on the same files.

Where its way of counting is known to go wrong, and where it cannot count at all, nothing is checked and the reason
is said. It fills each contour with whole voxels, takes the least distance of two planes for the thickness of all,
takes frame positions for offsets, and all contours for axial ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.crosscheck.dicompyler import SecondEngine, knows
from dosimetry.crosscheck.finding import (
    SECOND_ENGINE,
    Check,
    Finding,
    Status,
    unchecked,
    value_here,
    without_prescription,
)
from dosimetry.crosscheck.placements import BIN_GY, spread_over_placements
from dosimetry.dvh.binned import VOLUME
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.metrics import parse_metric
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import DosimetryError
from dosimetry.geometry import PARALLEL_TOLERANCE
from dosimetry.warnings import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from dosimetry.dvh.dvh import Basis, Dvh
    from dosimetry.dvh.solid import Solid
    from dosimetry.model.case import Case
    from dosimetry.provenance import SourceFile

__all__ = ["SecondCheck"]

_EVEN_MM = 0.01
_EVEN_SHARE = 0.02  # of a plane's thickness
# Nine placements show most of what more would, and of a section with straight edges perhaps nothing.
_FACTOR, _LEAST_SHARE = 1.5, 0.01
# A tolerance beyond a tenth of the value, and beyond these, lets nothing be seen.
_BLIND_SHARE, _BLIND_GY, _BLIND_PCT = 0.1, 0.1, 1.0


class SecondCheck:
    """Comparison with dicompyler-core of the files that a case was read from.

    Parameters
    ----------
    case
        The case.
    paths
        The files or folders that it was read from; the very files are told by their hash.
    """

    def __init__(self, case: Case, paths: Iterable[Path]) -> None:
        self._problem = ""
        self._engine: SecondEngine | None = None
        if case.dose.source is None:
            self._problem = "computed dose, which is in no file"
            return
        places = list(paths)
        structures, dose = _file(places, case.structures.source), _file(places, case.dose.source)
        if structures is None or dose is None:
            self._problem = "it needs the dose and the structure set as files on a disk"
            return
        try:
            self._engine = SecondEngine(structures, dose)
        except DosimetryError as error:
            self._problem = _clause(error)
            return
        if not np.isclose(self._engine.highest_gy, case.dose.values_gy.max(), rtol=1e-6, atol=1e-9):
            self._problem = "computed dose: it was scaled after it was read"
        elif self._engine.has_absolute_frames:
            self._problem = "it takes frame positions for offsets, and the file gives positions"
        elif np.ptp(np.diff(case.dose.grid.frame_positions_mm)) > _EVEN_MM:
            self._problem = "it interpolates between frames as if they were evenly spaced"

    def check(self, dvh: Dvh, metrics: Sequence[str]) -> Check:
        """Compare one histogram; `metrics` are canonical names, and the volume is always compared."""
        names = (VOLUME, *metrics)
        problem = self._problem or _unfit(dvh)
        try:
            if self._engine is not None and dvh.basis is not None and not problem:
                return Check(SECOND_ENGINE, dvh.name, self._findings(self._engine, dvh.basis, dvh, names))
        except DosimetryError as error:
            problem = _clause(error)
        return unchecked(SECOND_ENGINE, dvh.name, {name: value_here(dvh, name) for name in names}, problem)

    @staticmethod
    def _findings(engine: SecondEngine, basis: Basis, dvh: Dvh, names: Sequence[str]) -> dict[str, Finding]:
        specs = {name: without_prescription(name, dvh.prescription_gy)[0] for name in names}
        asked = sorted({spec for spec in specs.values() if spec != VOLUME and knows(spec)})
        other = engine.opinion(dvh.number, asked)
        there = {VOLUME: other.volume_cc, **other.metrics}
        solid = build_solid(basis.structure, DEFAULT_CONVENTION)
        spread = spread_over_placements(basis.dose, solid, list(there))
        spread[VOLUME] += (_uneven(solid) + _LEAST_SHARE) * dvh.volume_cc
        return {name: _finding(dvh, name, there.get(spec), spread.get(spec)) for name, spec in specs.items()}


def _file(places: Sequence[Path], source: SourceFile | None) -> Path | None:
    """Return the file that an object was read from, which its hash tells."""
    if source is None or not source.sha256:
        return None
    for place in places:
        candidates = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in candidates:
            if path.name == source.name and path.is_file():
                with path.open("rb") as stream:
                    if hashlib.file_digest(stream, "sha256").hexdigest() == source.sha256:
                        return path
    return None


def _clause(error: DosimetryError) -> str:
    """Return an error as a clause about dicompyler-core."""
    parts = (error.problem, error.found and f"({error.found})")
    return " ".join(filter(None, parts))


def _unfit(dvh: Dvh) -> str:
    """Return why dicompyler-core would count something else than what was measured here; else an empty text."""
    if dvh.basis is None:
        return "the histogram came without its dose and structure"
    if dvh.convention != DEFAULT_CONVENTION:
        return "it stacks prisms with half-slice caps, and nothing else"
    if dvh.outside_grid_cc > 0:
        return "it counts otherwise what lies at the end of the dose grid"
    if {caution.code for caution in dvh.basis.structure.warnings} & {Code.CONTOUR_SKIPPED, Code.CONTOUR_REPEATED}:
        return "it counts contours that are left out here"
    return _unlike(build_solid(dvh.basis.structure, DEFAULT_CONVENTION))


def _unlike(solid: Solid) -> str:
    """Return why it would make another solid of the same contours."""
    contours = solid.contours
    if 1.0 - abs(float(contours.frame.normal[2])) > 0.5 * PARALLEL_TOLERANCE**2:
        return "it takes all contours for axial ones, and these are not"
    if contours.positions_mm.size < 2:
        return "it gives a structure of a single plane no thickness"
    if not _uneven(solid) <= _EVEN_SHARE:
        return "it takes the least distance of two planes for the thickness of all, and these are unevenly spaced"
    return ""


def _uneven(solid: Solid) -> float:
    """Return how far a plane's thickness is from the one it takes for all, as a share of that.

    It rounds planes to 0.01 mm, and takes the least distance.
    """
    thinnest = float(np.diff(np.unique(np.round(solid.contours.positions_mm, 2))).min())
    return float(np.abs(solid.thickness_mm - thinnest).max()) / thinnest


def _finding(dvh: Dvh, name: str, there: float | None, spread: float | None) -> Finding:
    spec, scale = without_prescription(name, dvh.prescription_gy)
    here = value_here(dvh, name)
    if here is None:
        return Finding(name, None, there, reason="it cannot be evaluated here")
    if there is None or spread is None:
        return Finding(name, here, None, reason="dicompyler-core has no such metric")
    there *= scale
    tolerance = scale * (_FACTOR * spread + _rounding(dvh, spec))
    if abs(there - here) > tolerance:
        return Finding(name, here, there, tolerance=tolerance, status=Status.DIFFERS)
    if not tolerance <= _blind(name, here):
        return Finding(name, here, there, reason="whole voxels are too large to tell")
    return Finding(name, here, there, tolerance=tolerance, status=Status.AGREES)


def _rounding(dvh: Dvh, name: str) -> float:
    """Return what the bins of dicompyler-core leave open."""
    if name == VOLUME:
        return 0.0
    metric = parse_metric(name)
    if metric.is_dose:
        return 2 * BIN_GY
    either = [replace(metric, number=max(metric.number + step, 0.0)) for step in (-BIN_GY, BIN_GY)]
    hot, cold = (dvh.metric(str(one)) for one in either)
    return abs(hot - cold)


def _blind(name: str, here: float) -> float:
    """Return the tolerance beyond which a comparison says nothing."""
    share = _BLIND_SHARE * abs(here)
    if name == VOLUME:
        return share
    metric = parse_metric(name)
    return max(share, _BLIND_GY if metric.is_dose else _BLIND_PCT if metric.unit == "%" else 0.0)
