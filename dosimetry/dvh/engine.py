"""From a dose and a structure to a dose-volume histogram.

The solid is the stack of prisms that the convention makes of the contours; the dose is trilinear between voxel
centres. Volume, mean and extremes of that solid in that dose are exact up to rounding; the histogram resolves
dose to the limits of :class:`Accuracy`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.convention import DEFAULT_CONVENTION, Convention
from dosimetry.dvh.dvh import Dvh
from dosimetry.dvh.slabs import cut_at_frames, stack_slabs
from dosimetry.errors import LinkError, StructureError, UnsupportedError
from dosimetry.geometry import PARALLEL_TOLERANCE
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.kernels.coverage import Cover
    from dosimetry.kernels.deposit import Slabs
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import ContourPlanes, Structure

__all__ = ["DEFAULT_ACCURACY", "Accuracy", "compute_dvh"]

# Less than this share of the volume outside the grid is rounding.
_OUTSIDE_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How finely the histogram resolves dose; volume, mean and extremes do not depend on it.

    Attributes
    ----------
    bins
        Number of bins over the range of doses around the structure.
    cut_gy
        A cell is cut until the dose range across each cut is at most this …
    ratio
        … or this share of the range along it, whichever is larger.
    few_cells
        Structures of fewer cells than this are cut more finely, in proportion to the square root of the
        number of cells: fewer cells average less of what a single one leaves.
    """

    bins: int = 1 << 16
    cut_gy: float = 0.02
    ratio: float = 0.1
    few_cells: int = 20_000

    def finer(self, cells: float) -> float:
        """Return the factor, at most 1, by which the cells of a structure of this many are cut more finely."""
        return math.sqrt(min(1.0, cells / self.few_cells))

    def refined(self, factor: int) -> Accuracy:
        """Return an accuracy with cells `factor` times smaller."""
        return Accuracy(self.bins, self.cut_gy / factor, self.ratio / factor, self.few_cells)


DEFAULT_ACCURACY = Accuracy()


def compute_dvh(
    dose: Dose,
    structure: Structure,
    *,
    convention: Convention = DEFAULT_CONVENTION,
    prescription_gy: float | None = None,
    accuracy: Accuracy = DEFAULT_ACCURACY,
) -> Dvh:
    """Compute the dose-volume histogram of one structure.

    Parameters
    ----------
    dose, structure
        In the same frame of reference.
    convention
        How the contours are taken.
    prescription_gy
        What percentages of dose refer to.
    accuracy
        How finely the histogram resolves dose.

    Raises
    ------
    StructureError
        If the structure has no closed contour, or its thickness is unknown.
    LinkError
        If dose and structure lie in different frames of reference.
    UnsupportedError
        If the contour planes are not parallel to the frames of the dose, or the dose has a single frame.
    """
    _require_same_frame(dose, structure)
    contours = structure.contours
    if contours is None:
        raise StructureError("has no closed planar contour", item=f"ROI {structure.name!r}")
    from dosimetry.kernels.coverage import cover  # noqa: PLC0415  numba is imported where it runs
    from dosimetry.kernels.evenodd import plane_areas  # noqa: PLC0415

    stack = stack_slabs(structure, convention)
    areas = plane_areas(contours.points_mm, contours.contour_offsets, contours.plane_offsets)
    volume_mm3 = float(areas @ stack.thickness_mm)
    if not volume_mm3 > 0:
        raise StructureError("encloses no volume", item=f"ROI {structure.name!r}")
    points, low, high = _in_grid(contours, stack.low_mm, stack.high_mm, dose.grid, structure.name)
    slabs = cut_at_frames(low, high, dose.grid.frame_positions_mm)
    covered = cover(points, contours.contour_offsets, contours.plane_offsets, dose.grid.rows, dose.grid.columns)
    finer = accuracy.finer(volume_mm3 / _cell_mm3(dose.grid))
    cut = (accuracy.cut_gy * finer, accuracy.ratio * finer)
    stats, edges, falling = _deposit(dose, covered, slabs, _range_gy(dose, points, slabs), accuracy.bins, cut)
    inside_mm3, integral, lowest, highest = stats.tolist()
    mean = integral / inside_mm3 if inside_mm3 > 0 else math.nan
    outside_mm3 = volume_mm3 - inside_mm3
    warnings = merge(structure.warnings, stack.warnings)
    if outside_mm3 <= _OUTSIDE_ROUNDING * volume_mm3:
        outside_mm3, inside_mm3 = 0.0, volume_mm3
    else:
        text = (
            f"{outside_mm3 / volume_mm3:.2%} of the volume lies outside the dose grid; "
            "dose metrics are of the part inside"
        )
        warnings = (*warnings, Caution(Code.OUTSIDE_GRID, structure.name, text))
    return Dvh(
        name=structure.name,
        number=structure.number,
        volume_cc=volume_mm3 / 1000.0,
        outside_grid_cc=outside_mm3 / 1000.0,
        mean_gy=mean,
        min_gy=lowest if inside_mm3 > 0 else math.nan,
        max_gy=highest if inside_mm3 > 0 else math.nan,
        edges_gy=edges,
        volume_at_least_cc=falling * (inside_mm3 / 1000.0),
        convention=convention,
        prescription_gy=prescription_gy,
        warnings=warnings,
    )


def _require_same_frame(dose: Dose, structure: Structure) -> None:
    if (
        dose.frame_of_reference_uid
        and structure.frame_of_reference_uid
        and dose.frame_of_reference_uid != structure.frame_of_reference_uid
    ):
        raise LinkError(
            "dose and structure lie in different frames of reference",
            item=f"ROI {structure.name!r}",
            remedy="use the structure set that was drawn on the planning CT of this dose",
        )


def _in_grid(
    contours: ContourPlanes, low_mm: NDArray[np.float64], high_mm: NDArray[np.float64], grid: Grid, name: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the points as (column, row) indices and the slabs along the grid's normal, from its first frame."""
    frame = contours.frame
    along = float(frame.normal @ grid.normal)
    if 1.0 - abs(along) > 0.5 * PARALLEL_TOLERANCE**2:
        angle = np.degrees(np.arccos(min(abs(along), 1.0)))
        raise UnsupportedError(
            "contour planes are not parallel to the frames of the dose grid",
            item=f"ROI {name!r}",
            expected=f"an angle of at most {np.degrees(PARALLEL_TOLERANCE):.3f}°",
            found=f"{angle:.3f}°",
            remedy="such contours are not measured by this version",
        )
    per_plane = np.diff(contours.contour_offsets[contours.plane_offsets])
    w = np.repeat(contours.positions_mm, per_plane)
    u, v = contours.points_mm[:, 0], contours.points_mm[:, 1]
    points = np.empty_like(contours.points_mm)
    for column, (axis, spacing) in enumerate(zip((grid.row_axis, grid.column_axis), grid.spacing_mm, strict=True)):
        projected = u * (frame.u_axis @ axis) + v * (frame.v_axis @ axis) + w * (frame.normal @ axis)
        points[:, column] = (projected - grid.origin_mm @ axis) / spacing
    start = float(grid.origin_mm @ grid.normal)
    ends = (low_mm * along - start, high_mm * along - start)
    return points, np.minimum(*ends), np.maximum(*ends)


def _deposit(
    dose: Dose,
    covered: Cover,
    slabs: Slabs,
    range_gy: tuple[float, float] | None,
    number: int,
    cut: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return (volume mm³, integral, lowest, highest), bin edges in Gy, and the share of volume at each edge."""
    from dosimetry.kernels.deposit import Bins, deposit  # noqa: PLC0415

    nothing = (np.zeros(4), np.zeros(2), np.zeros(2))
    if range_gy is None:
        return nothing
    low, high = range_gy
    width = max((high - low) / number, 1e-9)  # a uniform dose still needs a bin
    stats, volumes = deposit(
        covered, slabs, dose.values_gy, dose.grid.pixel_area_mm2, Bins(low, width, number, *cut)
    )
    if not stats[0] > 0:
        return nothing
    # summed from the hot end, where the small volumes are
    falling = np.append(np.cumsum(np.maximum(volumes[::-1], 0.0))[::-1], 0.0)
    edges: NDArray[np.float64] = low + width * np.arange(number + 1.0)
    share: NDArray[np.float64] = falling / falling[0]
    return stats, edges, share


def _cell_mm3(grid: Grid) -> float:
    """Return the mean volume of a cell of the dose grid."""
    return grid.pixel_area_mm2 * float(grid.frame_positions_mm[-1]) / (grid.frame_positions_mm.size - 1)


def _range_gy(dose: Dose, points: NDArray[np.float64], slabs: Slabs) -> tuple[float, float] | None:
    """Return the lowest and highest dose of the voxels around a structure; None where it is outside."""
    if slabs.frames.size == 0:
        return None
    frames, rows, columns = dose.grid.shape
    (c0, r0), (c1, r1) = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
    if c0 >= columns - 1 or r0 >= rows - 1 or c1 <= 0 or r1 <= 0:
        return None
    block = dose.values_gy[
        int(slabs.frames.min()) : min(int(slabs.frames.max()) + 2, frames),
        max(int(r0), 0) : min(int(r1) + 1, rows),
        max(int(c0), 0) : min(int(c1) + 1, columns),
    ]
    return float(block.min()), float(block.max())
