"""What planning hands over: doses of the beams and how the beams are set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.synthetic.grids import dose_grid, points_in_body
from dosimetry.synthetic.organ import Organ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dicom.write_beam import BeamSetup
    from dosimetry.dicom.write_ion_plan import IonBeamSetup
    from dosimetry.geometry import Grid
    from dosimetry.synthetic.regions import Regions

    Field = NDArray[np.float64]

__all__ = ["Planned", "PlannedBeam", "Voxels", "share_of_beams"]


@dataclass(frozen=True, eq=False)
class Voxels:
    """The voxels of a dose grid that hold tissue.

    Attributes
    ----------
    grid
        The dose grid.
    inside
        Which of its voxels hold tissue, shape of the grid.
    points_mm
        Their middles, LPS, shape (points, 3).
    target
        Which of these lie in the breast target, shape (points,).
    """

    grid: Grid
    inside: NDArray[np.bool_]
    points_mm: Field
    target: NDArray[np.bool_]

    @staticmethod
    def of(regions: Regions) -> Voxels:
        """Return the voxels of a patient."""
        grid = dose_grid(regions.thorax.posture)
        inside, points = points_in_body(regions.tissue, grid)
        target = regions.shape(Organ.CTV_BREAST)(*points.T) < 0
        return Voxels(grid, inside, points, target)


@dataclass(frozen=True, eq=False)
class PlannedBeam:
    """One beam.

    Attributes
    ----------
    name, radiation
        BeamName and RadiationType.
    setup
        How it is set up.
    dose_gy
        Its dose over the whole course at the voxels' points, shape (points,).
    """

    name: str
    radiation: str
    setup: BeamSetup | IonBeamSetup
    dose_gy: Field


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan.

    Attributes
    ----------
    voxels
        Where the doses are.
    beams
        In the order of their numbers.
    """

    voxels: Voxels
    beams: tuple[PlannedBeam, ...]


def share_of_beams(doses: list[Field], voxels: Voxels, prescription_gy: float) -> tuple[float, list[float]]:
    """Return the factor that scales the median of the breast target to the prescription.

    Parameters
    ----------
    doses
        Of each beam at the voxels' points, in any unit.
    voxels
        Where they are.
    prescription_gy
        What the median is to be.

    Returns
    -------
    float, list of float
        The factor, and each beam's share of the target's mean dose.
    """
    total = np.sum(doses, axis=0)[voxels.target]
    shares = [float(dose[voxels.target].mean() / total.mean()) for dose in doses]
    return prescription_gy / float(np.median(total)), shares
