"""Small and thin bodies, over phases of slices and voxels: what a structure loses by being drawn on slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.analytic_dose import GaussianDose, LinearDose
from dosimetry.synthetic.bodies import Cylinder, Sphere
from dosimetry.validation.study import Study, measure_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dosimetry.dvh.convention import Convention
    from dosimetry.validation.score import Score

__all__ = ["GRIDS_MM", "SCANNED", "SEED", "PhaseScan", "Scatter", "run_sweep", "scan_phases", "summarise"]

SEED = 20150704
_SPHERES = tuple(Sphere(f"sphere {diameter} mm", diameter / 2) for diameter in (3, 5, 8, 12, 20))
# No whole number of slices long: their ends are cut at random as well.
_TUBES = (
    Cylinder("tube 3 mm axial", 1.5, 20.7),
    Cylinder("tube 3 mm at 45°", 1.5, 20.7, tilt_deg=45.0),
)
_DOSES = (LinearDose("z", 20.0), LinearDose("y", 20.0), GaussianDose())
_SLICES_MM = (1.0, 2.0, 3.0)
GRIDS_MM = (2.0, 2.5, 3.0)
_REACH_MM = 20.0
SCANNED = Sphere("sphere 10 mm", 5.0)
"""What the scan over the phase of the slices shows."""


def run_sweep(
    phases: int,
    convention: Convention,
    *,
    grids_mm: Sequence[float] = GRIDS_MM,
    seed: int = SEED,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Score, ...]:
    """Measure spheres of 3 to 20 mm and tubes of 3 mm in three doses.

    Parameters
    ----------
    phases
        Random phases of planes and voxels, for each pair of slice spacing and voxel size.
    convention
        How contours become a solid.
    grids_mm
        Voxel sizes.
    seed
        Of the phases.
    tell
        Called with what is being measured.
    """
    random = np.random.default_rng(seed)
    scores: list[Score] = []
    for slice_mm in _SLICES_MM:
        tell(f"small spheres and thin tubes, {slice_mm:g} mm slices")
        for grid_mm in grids_mm:
            # One of each equal part of the slice spacing, so that few phases cover it evenly.
            planes = (random.permutation(phases) + random.random(phases)) / phases
            for share in planes:
                x, y, z = (grid_mm * random.random(3)).tolist()
                study = Study(
                    bodies=(*_SPHERES, *_TUBES),
                    doses=_DOSES,
                    slice_mm=slice_mm,
                    plane_mm=float(share) * slice_mm,
                    grids_mm=((grid_mm,) * 3,),
                    voxel_mm=(x, y, z),
                    reach_mm=_REACH_MM,
                )
                scores += measure_study(study, convention, intervals=True)
    return tuple(scores)


@dataclass(frozen=True, slots=True)
class Scatter:
    """How far one metric of one body strays from the truth over all phases and voxel sizes.

    Attributes
    ----------
    body, dose, slice_mm, metric
        What was measured.
    count
        Number of values.
    mean, largest
        Mean and largest absolute error, in Gy, or in percent for the volume.
    """

    body: str
    dose: str
    slice_mm: float
    metric: str
    count: int
    mean: float
    largest: float

    def as_dict(self) -> dict[str, object]:
        """Return the row as JSON-ready values."""
        return {
            "body": self.body,
            "dose": self.dose,
            "slice_mm": self.slice_mm,
            "metric": self.metric,
            "count": self.count,
            "mean_error": self.mean,
            "largest_error": self.largest,
            "unit": "%" if self.metric.startswith("Volume") else "Gy",
        }


def summarise(scores: Iterable[Score]) -> tuple[Scatter, ...]:
    """Return the errors to the ideal bodies, by body, dose, slice spacing and metric."""
    groups: dict[tuple[str, str, float, str], list[float]] = {}
    for score in scores:
        is_volume = score.metric.startswith("Volume")
        key = (score.body, "" if is_volume else score.dose, score.slice_mm, score.metric)
        groups.setdefault(key, []).append(abs(score.error_pct if is_volume else score.value - score.ideal))
    return tuple(
        Scatter(*key, count=len(errors), mean=float(np.mean(errors)), largest=max(errors))
        for key, errors in groups.items()
    )


@dataclass(frozen=True, slots=True)
class PhaseScan:
    """D99 % of one sphere in a cranio-caudal gradient, by where the planes lie.

    Attributes
    ----------
    slice_mm
        Distance of the planes.
    shares
        Phases, as shares of the slice spacing.
    errors_gy
        Error of D99 % to the ideal sphere.
    volume_errors_pct
        Error of the volume.
    """

    slice_mm: float
    shares: tuple[float, ...]
    errors_gy: tuple[float, ...]
    volume_errors_pct: tuple[float, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the scan as JSON-ready values."""
        return {
            "body": SCANNED.name,
            "slice_mm": self.slice_mm,
            "phases": list(self.shares),
            "d99_errors_gy": list(self.errors_gy),
            "volume_errors_pct": list(self.volume_errors_pct),
        }


def scan_phases(steps: int, convention: Convention) -> tuple[PhaseScan, ...]:
    """Move the planes through one slice spacing in even steps."""
    shares = tuple(step / steps for step in range(steps + 1))
    return tuple(_scan(slice_mm, shares, convention) for slice_mm in _SLICES_MM)


def _scan(slice_mm: float, shares: Sequence[float], convention: Convention) -> PhaseScan:
    doses, volumes = [], []
    for share in shares:
        study = Study((SCANNED,), (_DOSES[0],), slice_mm, share * slice_mm, ((2.5,) * 3,), reach_mm=_REACH_MM)
        found = {score.metric: score for score in measure_study(study, convention)}
        doses.append(found["D99%[Gy]"].value - found["D99%[Gy]"].ideal)
        volumes.append(found["Volume[cc]"].error_pct)
    return PhaseScan(slice_mm, tuple(shares), tuple(doses), tuple(volumes))
