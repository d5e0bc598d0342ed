"""How far a metric hangs on where the voxels happen to lie.

dicompyler-core counts a voxel where its centre lies inside a contour, with the dose there. The same count is made
here with its lattice moved by parts of a voxel, and as far above as below the middle of each slice: how much a
metric changes is what counting whole voxels leaves open. Nothing of the calculation that is checked goes into it.
One more count looks the dose up where dicompyler-core does: in a frame that is nearer than half a millimetre.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.binned import VOLUME
from dosimetry.dvh.metrics import Metric, parse_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dosimetry.dvh.solid import Solid
    from dosimetry.geometry import Grid
    from dosimetry.model.dose import Dose

    Floats = NDArray[np.float64]

__all__ = ["BIN_GY", "spread_over_placements"]

BIN_GY = 0.01
"""Width of dicompyler-core's bins."""
_COUNT = 8
# A lattice of rank 1: along each axis all eighths of a voxel once, and no two axes in step. The first is its own.
_STRIDES = (1, 3, 5)
_SNAP_MM = 0.5


def spread_over_placements(dose: Dose, solid: Solid, metrics: Sequence[str]) -> dict[str, float]:
    """Return how far apart each metric is over nine placements of the voxels, in the metric's unit.

    Parameters
    ----------
    dose, solid
        With planes parallel to the frames.
    metrics
        Canonical names in Gy and at Gy, or ``Volume[cc]``; one that a placement does not have, as one without any
        voxel inside, is infinitely far apart.
    """
    placed = [_Count(doses, volumes) for doses, volumes in _counts(dose, solid)]
    found = {}
    for name in metrics:
        values = [value for count in placed for value in count.values(name)]
        if name.startswith(("Min", "Max")):
            values += _on_surface(dose, solid, name)  # which no voxel centre reaches
        spread = float(np.ptp(values)) if np.isfinite(values).all() else np.inf
        found[name] = max(spread, placed[0].least(name))
    return found


class _Count:
    """Doses at the centres of voxels, hottest first, and the volume of the hottest ones up to each."""

    def __init__(self, doses_gy: Floats, volumes_cc: Floats) -> None:
        order = np.argsort(doses_gy)[::-1]
        self._doses = doses_gy[order]
        self._hottest = np.cumsum(volumes_cc[order])

    def values(self, name: str) -> tuple[float, ...]:
        """Return a metric, twice where a D metric depends on how it is read between two voxels."""
        if not self._doses.size:
            return (np.nan,)
        total = float(self._hottest[-1])
        if name == VOLUME:
            return (total,)
        metric = parse_metric(name)
        if metric.kind == "Mean":
            parts = np.diff(self._hottest, prepend=0.0)
            return (float(self._doses @ parts) / total,)
        if metric.kind in ("Min", "Max"):
            return (float(self._doses[-1 if metric.kind == "Min" else 0]),)
        if metric.is_dose:
            return self._dose(metric, total)
        at_least = int(np.searchsorted(-self._doses, -metric.number * (1 - 1e-9), side="right"))
        volume = float(self._hottest[at_least - 1]) if at_least else 0.0
        return (volume if metric.unit == "cc" else 100.0 * volume / total,)

    def least(self, name: str) -> float:
        """Return how far apart a volume is at least, whatever placements show: one voxel; of the whole, more.

        Sections that are alike on all planes, or symmetric, can hold the same number in every placement.
        """
        metric = None if name == VOLUME else parse_metric(name)
        if not self._doses.size or (metric is not None and metric.is_dose):
            return 0.0
        voxel = 2.0 * float(np.diff(self._hottest, prepend=0.0).max())
        if metric is None:
            return 0.5 * math.sqrt(float(self._hottest[-1]) / voxel) * voxel
        return voxel if metric.unit == "cc" else 100.0 * voxel / float(self._hottest[-1])

    def _dose(self, metric: Metric, total: float) -> tuple[float, ...]:
        volume = metric.number / 100.0 * total if metric.at == "%" else metric.number
        if volume > total:
            return (np.nan,)
        last = self._doses.size - 1
        exact = min(int(np.searchsorted(self._hottest, volume * (1 - 1e-9))), last)
        # dicompyler-core takes the bin whose volume is nearest, without interpolation: a plateau away, at the most
        doses = np.floor(self._doses / BIN_GY)
        ends = np.append(np.flatnonzero(np.diff(doses)), last)
        nearest = int(np.argmin(np.abs(self._hottest[ends] - volume)))
        colder = float(self._doses[ends[nearest + 1]]) if nearest + 1 < ends.size else 0.0
        return float(self._doses[exact]), float(self._doses[ends[nearest]]), colder


def _counts(dose: Dose, solid: Solid) -> list[tuple[Floats, Floats]]:
    """Return doses in Gy and volumes in cc of the voxels inside, one pair for each placement."""
    from dosimetry.kernels.distance import inside_nodes  # noqa: PLC0415  numba is imported where it runs
    from dosimetry.kernels.resample import resample  # noqa: PLC0415

    grid, steps = dose.grid, np.eye(3)
    found: list[tuple[list[Floats], list[Floats]]] = [([], []) for _ in range(_COUNT + 1)]
    for plane, thickness in enumerate(solid.thickness_mm.tolist()):
        edges, along = _edges(solid, plane, grid)
        low = np.floor(edges.reshape(-1, 2).min(axis=0)).astype(int) - 1
        high = np.ceil(edges.reshape(-1, 2).max(axis=0)).astype(int) + 1
        low, high = np.maximum(low, -1), np.minimum(high, (grid.columns, grid.rows))
        if (high < low).any():
            continue
        shape = (int(high[1] - low[1]) + 1, int(high[0] - low[0]) + 1)
        voxel_cc = grid.pixel_area_mm2 * thickness / 1000.0
        frame = grid.frame_positions_mm[np.argmin(np.abs(grid.frame_positions_mm - along))]
        near = float(frame) if abs(frame - along) < _SNAP_MM else along
        for number, (doses, volumes) in enumerate(found):
            height = along if number < _COUNT else near  # the last is the first, but for that
            x, y, z = (number * stride % _COUNT / _COUNT for stride in _STRIDES)
            column, row = low[0] + x, low[1] + y
            inside = inside_nodes(edges, (column, row), 1.0, shape)
            for side in (-0.5, 0.5):
                start = np.array((column, row, height + side * z * thickness))
                values = resample(dose.values_gy, grid.frame_positions_mm, start, steps, (1, *shape))[0][inside]
                values = values[np.isfinite(values)]
                doses.append(values)
                volumes.append(np.full(values.size, 0.5 * voxel_cc))
    nothing = np.empty(0)
    return [(np.concatenate((nothing, *doses)), np.concatenate((nothing, *volumes))) for doses, volumes in found]


def _on_surface(dose: Dose, solid: Solid, name: str) -> list[float]:
    """Return the lowest or highest dose at the vertices of a solid, at both ends of each prism."""
    from scipy.ndimage import map_coordinates  # noqa: PLC0415  heavy

    grid, contours = dose.grid, solid.contours
    points_in_plane = np.diff(contours.contour_offsets[contours.plane_offsets])
    frame = contours.frame
    flat = np.outer(contours.points_mm[:, 0], frame.u_axis) + np.outer(contours.points_mm[:, 1], frame.v_axis)
    found = []
    for ends in (solid.low_mm, solid.high_mm):
        places = grid.map_mm_to_plane(flat + np.outer(np.repeat(ends, points_in_plane), frame.normal))
        frames = np.interp(places[:, 2], grid.frame_positions_mm, np.arange(grid.shape[0]), np.nan, np.nan)
        known = np.isfinite(frames)
        where = np.stack((frames[known], places[known, 1], places[known, 0]))
        values = map_coordinates(dose.values_gy, where, order=1, mode="nearest")
        if values.size:
            found.append(float(values.min() if name.startswith("Min") else values.max()))
    return found


def _edges(solid: Solid, plane: int, grid: Grid) -> tuple[Floats, float]:
    """Return the edges of a plane's contours in pixels, shape (edges, 4), and where it lies along the frames."""
    contours = solid.contours
    first, last = contours.plane_offsets[plane : plane + 2].tolist()
    offsets = contours.contour_offsets[first : last + 1]
    u, v = contours.points_mm[offsets[0] : offsets[-1]].T
    frame = contours.frame
    points = np.outer(u, frame.u_axis) + np.outer(v, frame.v_axis) + contours.positions_mm[plane] * frame.normal
    places = grid.map_mm_to_plane(points)
    following = np.arange(1, len(points) + 1)
    following[offsets[1:] - offsets[0] - 1] = offsets[:-1] - offsets[0]
    return np.hstack((places[:, :2], places[following, :2])), float(places[0, 2])
