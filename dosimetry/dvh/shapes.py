"""Solids that change their shape between contours, or taper beyond the last: more sections than were drawn.

Between two planes the signed distance to their contours is interpolated linearly; the section is where it is not
negative. Beyond an end plane the section is what lies deep enough inside that plane's. Either way the area of a
section is nearly a polynomial of second degree in its position, so sections and the thickness of their prisms are
those of Simpson's rule: a few of them have the volume, and each lies in the middle of its prism.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.convention import EndCap, SliceRule
from dosimetry.model.structures import ContourPlanes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.convention import Convention
    from dosimetry.model.structures import PlaneFrame

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["reshaped"]

_STEPS = 8  # of a gap between planes; an even number
_PANELS = 4  # of a rounded end cap
# A circle of 64 cells across is traced to 0.03 % of its area; anatomy is drawn to about a millimetre.
_CELLS_ACROSS = 64
_COARSEST_MM, _FINEST_MM = 1.0, 0.01
_MOST_NODES = 1_000_000


@dataclass(frozen=True, eq=False)
class _Shape:
    """The contours of a plane: points (u, v) in mm and the offsets of each contour."""

    points: Floats
    offsets: Ints

    @cached_property
    def edges(self) -> Floats:
        """The boundary as rows (u, v, u, v). An edge that is drawn twice, as a keyhole's is, bounds nothing."""
        filled = np.diff(self.offsets) > 0
        following = np.arange(1, len(self.points) + 1)
        following[self.offsets[1:][filled] - 1] = self.offsets[:-1][filled]
        ends = np.stack((self.points, self.points[following]), axis=1)
        (u0, v0), (u1, v1) = ends[:, 0].T, ends[:, 1].T
        backwards = (u0 > u1) | ((u0 == u1) & (v0 > v1))
        ends[backwards] = ends[backwards, ::-1]
        edges, times = np.unique(ends.reshape(-1, 4), axis=0, return_counts=True)
        return np.ascontiguousarray(edges[times % 2 == 1])

    @cached_property
    def across(self) -> float:
        """The diameter of the circle that has as much area for its circumference."""
        from dosimetry.kernels.evenodd import plane_areas  # noqa: PLC0415  numba is imported where it runs

        area = float(plane_areas(self.points, self.offsets, np.array([0, self.offsets.size - 1]))[0])
        around = float(np.hypot(*(self.edges[:, 2:] - self.edges[:, :2]).T).sum())
        return 4.0 * area / around if around > 0 else 0.0

    def same_as(self, other: _Shape) -> bool:
        """Tell whether both are the very same contours."""
        return np.array_equal(self.points, other.points) and np.array_equal(self.offsets, other.offsets)


@dataclass(frozen=True, eq=False)
class _Raster:
    """Nodes around shapes: (u, v) of the first, the distance between them, rows and columns."""

    start: tuple[float, float]
    pitch: float
    size: tuple[int, int]

    @staticmethod
    def around(*shapes: _Shape) -> _Raster:
        """Return a raster as fine as the thickest of the shapes needs."""
        corners = np.concatenate([shape.points for shape in shapes])
        low, high = corners.min(axis=0), corners.max(axis=0)
        width, height = (high - low).tolist()
        pitch = min(max(shape.across for shape in shapes) / _CELLS_ACROSS, _COARSEST_MM)
        pitch = max(pitch, math.sqrt(width * height / _MOST_NODES), _FINEST_MM)
        # half a node off: contours often have whole coordinates, and a node on an edge is on neither side
        start = (float(low[0]) - 1.5 * pitch, float(low[1]) - 1.5 * pitch)
        return _Raster(start, pitch, (math.ceil(height / pitch) + 4, math.ceil(width / pitch) + 4))

    def inside(self, shape: _Shape) -> Flags:
        from dosimetry.kernels.distance import inside_nodes  # noqa: PLC0415

        return inside_nodes(shape.edges, self.start, self.pitch, self.size)

    def distance(self, shape: _Shape, inside: Flags, needed: Flags) -> Floats:
        from dosimetry.kernels.distance import signed_distance  # noqa: PLC0415

        return signed_distance(shape.edges, inside, needed, self.start, self.pitch)

    def traced(self, values: Floats) -> _Shape:
        from dosimetry.kernels.distance import zero_contours  # noqa: PLC0415

        return _Shape(*zero_contours(values, self.start, self.pitch))


@dataclass(frozen=True)
class _Prism:
    shape: _Shape
    at: float
    low: float
    high: float


def reshaped(
    contours: ContourPlanes, low_mm: Floats, high_mm: Floats, ends: tuple[Flags, Flags], convention: Convention
) -> tuple[ContourPlanes, Floats, Floats]:
    """Return the sections of a solid that is not made of the drawn contours alone, with the ends of their prisms.

    Parameters
    ----------
    contours
        As drawn.
    low_mm, high_mm
        Ends of the prism that each would be, end caps included, shape (planes,).
    ends
        Which planes begin a piece and which end one, each of shape (planes,).
    convention
        Slice rule and end cap.
    """
    at = contours.positions_mm.tolist()
    shapes = [_drawn(contours, plane) for plane in range(len(at))]
    low, high, first, last = low_mm.tolist(), high_mm.tolist(), ends[0].tolist(), ends[1].tolist()
    rounded = convention.end_cap is EndCap.ROUNDED
    changing = convention.slice_rule is SliceRule.SHAPE_BASED
    prisms: list[_Prism] = []
    for plane, (shape, here) in enumerate(zip(shapes, at, strict=True)):
        bottom, top = low[plane], high[plane]
        above: list[_Prism] = []
        if first[plane] and rounded:
            *cap, own = _cap(shape, here, bottom)[::-1]
            prisms += cap
            bottom = own.low
        elif changing and not first[plane]:
            bottom = here - (here - at[plane - 1]) / (3 * _STEPS)
        if last[plane] and rounded:
            own, *above = _cap(shape, here, top)
            top = own.high
        elif changing and not last[plane]:
            top = here + (at[plane + 1] - here) / (3 * _STEPS)
            above = _between(shape, shapes[plane + 1], here, at[plane + 1])
        prisms.append(_Prism(shape, here, bottom, top))
        prisms += above
    return _stacked([prism for prism in prisms if len(prism.shape.points)], contours.frame)


def _drawn(contours: ContourPlanes, plane: int) -> _Shape:
    offsets = contours.contour_offsets[contours.plane_offsets[plane] : contours.plane_offsets[plane + 1] + 1]
    return _Shape(contours.points_mm[offsets[0] : offsets[-1]], offsets - offsets[0])


def _stacked(prisms: list[_Prism], frame: PlaneFrame) -> tuple[ContourPlanes, Floats, Floats]:
    lengths = np.concatenate([np.diff(prism.shape.offsets) for prism in prisms])
    per_plane = [prism.shape.offsets.size - 1 for prism in prisms]
    contours = ContourPlanes(
        frame=frame,
        points_mm=np.concatenate([prism.shape.points for prism in prisms]),
        contour_offsets=np.append(0, np.cumsum(lengths)).astype(np.int64),
        plane_offsets=np.append(0, np.cumsum(per_plane)).astype(np.int64),
        positions_mm=np.array([prism.at for prism in prisms]),
    )
    return contours, np.array([prism.low for prism in prisms]), np.array([prism.high for prism in prisms])


def _corners(cells: Flags) -> Flags:
    """Return which nodes are a corner of any of these cells, shape one larger either way."""
    nodes = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), dtype=np.bool_)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            nodes[rows, columns] |= cells
    return nodes


def _count(nodes: Flags) -> NDArray[np.int8]:
    """Return how many corners of each cell are set."""
    set_ = nodes.view(np.int8)
    return set_[:-1, :-1] + set_[1:, :-1] + set_[:-1, 1:] + set_[1:, 1:]


def _between(one: _Shape, other: _Shape, low: float, high: float) -> list[_Prism]:
    """Return the prisms between two planes, without the two of the planes themselves."""
    raster = _Raster.around(one, other)
    insides = raster.inside(one), raster.inside(other)
    # a section has no boundary in a cell that is inside both or outside both; elsewhere distances matter
    corners = _count(insides[0]) + _count(insides[1])
    needed = _corners((corners > 0) & (corners < 8))
    below, above = (
        raster.distance(shape, inside, needed) for shape, inside in zip((one, other), insides, strict=True)
    )
    prisms = []
    step = (high - low) / _STEPS
    for k in range(1, _STEPS):
        share = k / _STEPS
        shape = one if one.same_as(other) else raster.traced((1.0 - share) * below + share * above)
        half = (2.0 if k % 2 else 1.0) * step / 3.0
        at = low + k * step
        prisms.append(_Prism(shape, at, at - half, at + half))
    return prisms


def _cap(shape: _Shape, start: float, end: float) -> list[_Prism]:
    """Return the prisms of a rounded end cap from the plane outward, the plane's own half prism first."""
    raster = _Raster.around(shape)
    inside = raster.inside(shape)
    depth = raster.distance(shape, inside, _corners(_count(inside) > 0))
    deepest = _deepest(shape, raster, depth)
    # steps that grow finer towards the tip, which is round
    edges = [math.sin(0.5 * math.pi * k / _PANELS) for k in range(_PANELS + 1)]
    nodes = sorted([*edges, *(0.5 * (a + b) for a, b in pairwise(edges))])
    prisms, near = [], 0.0
    for k, share in enumerate(nodes[:-1]):
        width = nodes[k + 1] - nodes[k] if k % 2 == 0 else nodes[k] - nodes[k - 1]
        far = share + (width / 3.0 if k % 2 == 0 else 2.0 * width / 3.0)
        eroded = deepest * (1.0 - math.sqrt(1.0 - share * share))
        section = shape if k == 0 else raster.traced(depth - eroded)
        low, high = sorted((start + near * (end - start), start + far * (end - start)))
        prisms.append(_Prism(section, start + share * (end - start), low, high))
        near = far
    return prisms


def _deepest(shape: _Shape, raster: _Raster, depth: Floats) -> float:
    """Return the radius of the largest circle within a shape: the deepest node, and a finer look around it.

    0 where the shape encloses nothing.
    """
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    finer = _Raster(
        (raster.start[0] + (column - 1) * raster.pitch, raster.start[1] + (row - 1) * raster.pitch),
        raster.pitch / 16,
        (33, 33),
    )
    everywhere = np.ones(finer.size, dtype=np.bool_)
    return max(float(finer.distance(shape, finer.inside(shape), everywhere).max()), 0.0)
