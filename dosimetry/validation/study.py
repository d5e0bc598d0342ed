"""A study: bodies and doses written as DICOM, read back, measured and scored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.crosscheck import second_opinion
from dosimetry.dicom.find import read_case
from dosimetry.dicom.study import StudyHeader
from dosimetry.dicom.write_dose import write_dose
from dosimetry.dicom.write_structures import write_structures
from dosimetry.dvh.convention import EndCap, Inclusion, SliceRule
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import StructureError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.structures import Structure, StructureSet
from dosimetry.synthetic.analytic_dose import GaussianDose, LinearDose
from dosimetry.synthetic.bodies import Sphere
from dosimetry.synthetic.dose_model import voxel_centres
from dosimetry.synthetic.prisms import body_contours, prism_truth
from dosimetry.validation.score import VOLUME, Score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dosimetry.dvh.convention import Convention
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.synthetic.bodies import Body
    from dosimetry.synthetic.truth import Truth

__all__ = ["METRICS", "POINT_SPACING_MM", "Study", "lattice", "measure_study", "stated_interval", "true_value"]

METRICS = ("Min[Gy]", "Max[Gy]", "Mean[Gy]", "D99%[Gy]", "D95%[Gy]", "D5%[Gy]", "D1%[Gy]", "D0.03cc[Gy]")
"""What Nelms et al. 2015 score, besides the volume."""
POINT_SPACING_MM = 0.2


@dataclass(frozen=True)
class Study:
    """Bodies around the origin, contoured on one set of planes, in doses on one grid or several.

    Attributes
    ----------
    bodies, doses
        What to measure; a Gaussian dose is measured in spheres alone.
    slice_mm, plane_mm
        Distance of the contour planes, and where one of them lies.
    grids_mm
        Voxel sizes along x, y and z.
    voxel_mm
        Where one voxel centre of every grid lies.
    reach_mm
        Grids reach at most this far from the origin; linear doses are positive within.
    poles
        Whether planes that touch a body have a contour too, of next to no area.
    """

    bodies: tuple[Body, ...]
    doses: tuple[LinearDose | GaussianDose, ...]
    slice_mm: float
    plane_mm: float
    grids_mm: tuple[tuple[float, float, float], ...]
    voxel_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    reach_mm: float = 16.0
    poles: bool = False


def lattice(spacing_mm: float, through_mm: float, reach_mm: float) -> NDArray[np.float64]:
    """Return all positions of even spacing, one of them `through_mm`, within a reach of 0, ascending."""
    first = math.ceil((-reach_mm - through_mm) / spacing_mm - 1e-9)
    last = math.floor((reach_mm - through_mm) / spacing_mm + 1e-9)
    # Ten decimals: a plane meant for a flat face must not miss it by rounding.
    return np.round(through_mm + spacing_mm * np.arange(first, last + 1), 10)


def measure_study(
    study: Study, convention: Convention, *, second: bool = False, intervals: bool = False
) -> Iterator[Score]:
    """Write the study into a temporary folder, read it back and score every value.

    The volume of a body is scored once a grid, its doses once a grid and dose.

    Parameters
    ----------
    study
        What to write.
    convention
        How contours become a solid.
    second
        Whether to ask dicompyler-core about the same files.
    intervals
        Whether to ask histograms for their limits, which measures each body several times more.
    """
    header = StudyHeader(patient_id="SYNTHETIC-VALIDATION", series_description="SYNTHETIC analytic benchmark")
    planes = lattice(study.slice_mm, study.plane_mm, study.reach_mm)
    drawn = {
        body.name: Structure(number, body.name, body_contours(body, planes, POINT_SPACING_MM, poles=study.poles))
        for number, body in enumerate(study.bodies, start=1)
    }
    with TemporaryDirectory(prefix="dosimetry-validate-") as name:
        files = (Path(name) / "dose.dcm", Path(name) / "structures.dcm")
        structures_uid = write_structures(files[1], StructureSet(tuple(drawn.values())), header)
        solids = {
            (body.name, dose.name): _values(_solid_truth(drawn[body.name], study.slice_mm, convention, dose))
            for body in study.bodies
            for dose in study.doses
        }
        for grid_mm in study.grids_mm:
            grid = _grid(study, grid_mm)
            weighed: set[str] = set()
            for dose in study.doses:
                made = Dose(grid, np.ascontiguousarray(dose.at(voxel_centres(grid))))
                write_dose(files[0], made, header, structure_set_uid=structures_uid)
                case = read_case(files)
                for body in study.bodies:
                    ideal = _ideal_truth(body, dose)
                    if ideal is None:
                        continue
                    specs = [spec for spec in METRICS if _is_defined(spec, ideal)]
                    structure = case.structures[body.name]
                    dvh = _measured(case.dose, structure, convention)
                    if dvh is None:
                        continue
                    other = _second(files, structure.number, specs) if second else {}
                    solid = solids[body.name, dose.name]
                    for spec in specs if body.name in weighed else [VOLUME, *specs]:
                        yield Score(
                            body=body.name,
                            dose=dose.name,
                            slice_mm=study.slice_mm,
                            grid_mm=grid_mm,
                            metric=spec,
                            value=dvh.volume_cc if spec == VOLUME else dvh.metric(spec),
                            ideal=true_value(ideal, spec),
                            solid=solid.get(spec),
                            interval=stated_interval(dvh, spec) if intervals else None,
                            second=other.get(spec),
                        )
                    weighed.add(body.name)


def _measured(dose: Dose, structure: Structure, convention: Convention) -> Dvh | None:
    """Return a histogram; None where a convention without end caps makes no solid of a single contour."""
    try:
        return compute_dvh(dose, structure, convention=convention)
    except StructureError:
        if structure.contours is not None and structure.contours.positions_mm.size > 1:
            raise
        return None


def stated_interval(dvh: Dvh, spec: str) -> tuple[float, float]:
    """Return the limits that a histogram states for a metric or, as that of at least 0 Gy, for its volume."""
    return dvh.interval("V0Gy[cc]" if spec == VOLUME else spec)


def _grid(study: Study, grid_mm: tuple[float, float, float]) -> Grid:
    x, y, z = (
        lattice(spacing, through, study.reach_mm) for spacing, through in zip(grid_mm, study.voxel_mm, strict=True)
    )
    return Grid(
        origin_mm=np.array([x[0], y[0], z[0]]),
        row_axis=np.array([1.0, 0.0, 0.0]),
        column_axis=np.array([0.0, 1.0, 0.0]),
        spacing_mm=(grid_mm[0], grid_mm[1]),
        frame_positions_mm=z - z[0],
        rows=y.size,
        columns=x.size,
    )


def _ideal_truth(body: Body, dose: LinearDose | GaussianDose) -> Truth | None:
    if isinstance(dose, LinearDose):
        return dose.in_body(body)
    return dose.in_body(body) if isinstance(body, Sphere) else None


def _solid_truth(
    structure: Structure, slice_mm: float, convention: Convention, dose: LinearDose | GaussianDose
) -> Truth | None:
    """Return the closed forms of the prisms that a convention asks for; None where there are none."""
    caps = {
        EndCap.NONE: 0.0,
        EndCap.HALF_SLICE: 0.5 * slice_mm,
        EndCap.LIMITED: min(0.5 * slice_mm, convention.cap_limit_mm or 0.0),
    }
    if (
        convention.slice_rule is not SliceRule.PRISM
        or convention.inclusion is not Inclusion.EXACT
        or convention.end_cap not in caps
        or structure.contours is None
        or not isinstance(dose, LinearDose)
    ):
        return None
    cap_mm = caps[convention.end_cap]
    if structure.contours.positions_mm.size == 1 and cap_mm == 0:
        return None
    return prism_truth(structure.contours, slice_mm, cap_mm, dose)


def _is_defined(spec: str, truth: Truth) -> bool:
    """Whether a body is large enough for a metric: D0.03cc of less than twice as much is an extreme."""
    return spec != "D0.03cc[Gy]" or truth.volume_cc > 0.06


def _values(truth: Truth | None) -> dict[str, float]:
    """Return all that a truth tells, evaluated once for all grids."""
    if truth is None:
        return {}
    return {spec: true_value(truth, spec) for spec in (VOLUME, *METRICS) if _is_defined(spec, truth)}


def true_value(truth: Truth, spec: str) -> float:
    """Return the true value of a metric, or the volume."""
    return truth.volume_cc if spec == VOLUME else truth.metric(spec)


def _second(files: tuple[Path, Path], number: int, names: list[str]) -> dict[str, float]:
    dose, structures = files
    try:
        found = second_opinion(structures, dose, number, names)
    except StructureError:
        return dict.fromkeys((VOLUME, *names), math.nan)
    return {VOLUME: found.volume_cc, **found.metrics}
