"""The even-odd interior of closed polygons as trapezoids.

Cutting the plane into strips at every vertex and every crossing leaves edges that neither end nor cross within
a strip. Sorted by x, the first and second edge bound the interior, then the third and fourth, and so on: the
even-odd rule itself, so that self-crossing and self-touching polygons, holes, keyholes and repeated edges need
no special case. An edge that rounding puts out of order costs an area of the size of the rounding error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["grown", "plane_areas", "trapezoids"]

# Edges closer than this at a strip's border touch there; they do not cross.
_TOUCH = 1e-11


@kernel
def grown(array: NDArray[Any], needed: int) -> NDArray[Any]:
    """Return `array`, or a copy with at least twice the rows where it has fewer than `needed` rows."""
    if needed <= array.shape[0]:
        return array
    larger = np.empty((max(needed, 2 * array.shape[0]), array.shape[1]), array.dtype)
    # loops, here and elsewhere: numba takes seconds to compile the assignment of a slice
    for i in range(array.shape[0]):
        for j in range(array.shape[1]):
            larger[i, j] = array[i, j]
    return larger


@kernel
def _edges(points: Floats, contour_offsets: Ints) -> Floats:
    """Return the edges that are not horizontal as rows (x low, y low, x high, y high), y low < y high."""
    edges = np.empty((contour_offsets[-1] - contour_offsets[0], 4))
    count = 0
    for c in range(contour_offsets.size - 1):
        first, last = contour_offsets[c], contour_offsets[c + 1]
        for p in range(first, last):
            q = p + 1 if p + 1 < last else first
            if points[p, 1] < points[q, 1]:
                edges[count, 0], edges[count, 1] = points[p, 0], points[p, 1]
                edges[count, 2], edges[count, 3] = points[q, 0], points[q, 1]
                count += 1
            elif points[p, 1] > points[q, 1]:
                edges[count, 0], edges[count, 1] = points[q, 0], points[q, 1]
                edges[count, 2], edges[count, 3] = points[p, 0], points[p, 1]
                count += 1
    return edges[:count]


@kernel
def _levels(edges: Floats, cuts: Floats) -> Floats:
    """Return the sorted distinct heights at which strips begin or end."""
    count = edges.shape[0]
    levels = np.empty(2 * count + cuts.size)
    low, high = edges[0, 1], edges[0, 3]
    for e in range(count):
        levels[e], levels[count + e] = edges[e, 1], edges[e, 3]
        low, high = min(low, edges[e, 1]), max(high, edges[e, 3])
    size = 2 * count
    for c in range(cuts.size):
        if low < cuts[c] < high:
            levels[size] = cuts[c]
            size += 1
    levels = levels[:size]
    levels.sort()
    kept = 1
    for i in range(1, size):
        if levels[i] > levels[kept - 1]:
            levels[kept] = levels[i]
            kept += 1
    return levels[:kept]


@kernel
def _by_start(edges: Floats, levels: Floats) -> Ints:
    """Return the edges in the order of the levels that they begin at.

    Each begins at a level: counting them needs no sort, which numba would compile for seconds.
    """
    level = np.empty(edges.shape[0], np.int64)
    ends = np.zeros(levels.size + 1, np.int64)
    for e in range(level.size):
        low, high = 0, levels.size - 1
        while low < high:
            middle = (low + high) // 2
            if levels[middle] < edges[e, 1]:
                low = middle + 1
            else:
                high = middle
        level[e] = low
        ends[low + 1] += 1
    for i in range(levels.size):
        ends[i + 1] += ends[i]
    order = np.empty(level.size, np.int64)
    for e in range(level.size):
        order[ends[level[e]]] = e
        ends[level[e]] += 1
    return order


@kernel
def _x_at(edges: Floats, e: int, y: float) -> float:
    """Return x of edge `e` at height y, exact at both ends."""
    if y <= edges[e, 1]:
        return float(edges[e, 0])
    if y >= edges[e, 3]:
        return float(edges[e, 2])
    share = (y - edges[e, 1]) / (edges[e, 3] - edges[e, 1])
    return float(edges[e, 0] + share * (edges[e, 2] - edges[e, 0]))


@kernel
def _sort_by_middle(active: Ints, low: Floats, high: Floats, count: int) -> None:
    """Sort the active edges by their x halfway up the strip.

    By insertion: from one strip to the next they stay nearly sorted.
    """
    for a in range(1, count):
        e, x0, x1 = active[a], low[a], high[a]
        b = a - 1
        while b >= 0 and low[b] + high[b] > x0 + x1:
            active[b + 1], low[b + 1], high[b + 1] = active[b], low[b], high[b]
            b -= 1
        active[b + 1], low[b + 1], high[b + 1] = e, x0, x1


@kernel
def _crossing(low: Floats, high: Floats, count: int, strip: tuple[float, float]) -> float:
    """Return the lowest height at which edges next to each other cross within the strip; its top where none do.

    Edges that cross at its bottom, by rounding a little above it, are done with: they hide no crossing above.
    """
    bottom, top = strip
    first = top
    for a in range(count - 1):
        below, above = low[a] - low[a + 1], high[a] - high[a + 1]
        if (below > _TOUCH and above < -_TOUCH) or (below < -_TOUCH and above > _TOUCH):
            height = bottom + below / (below - above) * (top - bottom)
            if bottom < height < first:
                first = height
    return first


@kernel
def trapezoids(points: Floats, contour_offsets: Ints, cuts: Floats) -> Floats:
    """Cut the even-odd interior of all contours of one plane into trapezoids.

    Parameters
    ----------
    points : float64[points, 2]
        Vertices (x, y); a contour closes by itself.
    contour_offsets : int64[contours + 1]
        Contour c has the points ``contour_offsets[c]:contour_offsets[c + 1]``.
    cuts : float64[cuts]
        Heights to cut at besides, such as the rows of a grid that no trapezoid shall span two of.

    Returns
    -------
    float64[trapezoids, 6]
        y low, y high, left x at y low, left x at y high, right x at y low, right x at y high; y ascending.
    """
    edges = _edges(points, contour_offsets)
    if edges.shape[0] == 0:
        return np.empty((0, 6))
    levels = _levels(edges, cuts)
    by_start = _by_start(edges, levels)
    out = np.empty((levels.size + edges.shape[0], 6))
    made = 0
    active = np.empty(edges.shape[0], np.int64)
    low, high = np.empty(edges.shape[0]), np.empty(edges.shape[0])
    count, waiting = 0, 0
    for s in range(levels.size - 1):
        bottom, top = levels[s], levels[s + 1]
        kept = 0
        for a in range(count):
            if edges[active[a], 3] > bottom:
                active[kept] = active[a]
                kept += 1
        count = kept
        while waiting < by_start.size and edges[by_start[waiting], 1] <= bottom:
            active[count] = by_start[waiting]
            count += 1
            waiting += 1
        # Each pair of edges crosses at most once: many more rounds than pairs would be rounding going in circles.
        rounds = 16 * count * count
        while bottom < top:
            end = top
            for a in range(count):
                low[a] = _x_at(edges, active[a], bottom)
                high[a] = _x_at(edges, active[a], end)
            _sort_by_middle(active, low, high, count)
            # Down to the lowest crossing: where the order of neighbours is the same at both ends none is left.
            # Looking at neighbours alone takes a few rounds more, and far less time than looking at all pairs.
            while rounds > 0:
                rounds -= 1
                first = _crossing(low, high, count, (bottom, end))
                if first >= end:
                    break
                end = first
                for a in range(count):
                    high[a] = _x_at(edges, active[a], end)
                _sort_by_middle(active, low, high, count)
            out = grown(out, made + count // 2)
            for a in range(0, count - 1, 2):
                right_low, right_high = max(low[a], low[a + 1]), max(high[a], high[a + 1])
                if right_low > low[a] or right_high > high[a]:
                    out[made, 0], out[made, 1] = bottom, end
                    out[made, 2], out[made, 3] = low[a], high[a]
                    out[made, 4], out[made, 5] = right_low, right_high
                    made += 1
            bottom = end
    return out[:made]


@kernel
def plane_areas(points: Floats, contour_offsets: Ints, plane_offsets: Ints) -> Floats:
    """Return the even-odd area of each plane, float64[planes], in the square of the points' unit.

    Parameters
    ----------
    points : float64[points, 2]
    contour_offsets : int64[contours + 1]
    plane_offsets : int64[planes + 1]
        Plane p has the contours ``plane_offsets[p]:plane_offsets[p + 1]``.
    """
    areas = np.zeros(plane_offsets.size - 1)
    none = np.empty(0)
    for p in range(areas.size):
        offsets = contour_offsets[plane_offsets[p] : plane_offsets[p + 1] + 1]
        first, last = offsets[0], offsets[-1]
        if first == last:
            continue
        # From the plane's own corner: far from the origin rounding would grow with the distance.
        local = points[first:last].copy()
        for axis in range(2):
            low = local[0, axis]
            for q in range(local.shape[0]):
                low = min(low, local[q, axis])
            for q in range(local.shape[0]):
                local[q, axis] -= low
        pieces = trapezoids(local, offsets - first, none)
        for t in range(pieces.shape[0]):
            width = pieces[t, 4] - pieces[t, 2] + pieces[t, 5] - pieces[t, 3]
            areas[p] += 0.5 * width * (pieces[t, 1] - pieces[t, 0])
    return areas
