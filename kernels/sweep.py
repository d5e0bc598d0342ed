"""A line that sweeps upwards over the edges of polygons and keeps those that it meets in order from left to right.

Counted from the left, the first and second edge bound the interior, then the third and fourth, and so on: the
even-odd rule itself. The order changes where an edge begins or ends and where two neighbours cross. Each event
touches a few edges alone: cost grows with the number of points and crossings, not with points times edges.

Rounding cannot lead it astray. Two neighbours are compared where the shorter of them ends: there they lie in their
order, or they change places before. So each pair changes places once at the most, and edges that rounding puts out
of order where they meet are put right at once. What is left is an area of the size of the rounding error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["grown", "sweep"]

# Edges closer than this where the shorter one ends touch there; they do not cross.
_TOUCH = 1e-11
# Columns of the table of edges: the lower end, the upper end, x per y, and the lowest and highest x.
_X, _Y, _X_TOP, _TOP, _SLOPE, _LEFT, _RIGHT, _SINCE = 0, 1, 2, 3, 4, 5, 6, 7
# Columns of the table of links: the edge that goes on at the upper end, the place in the order, the other edge of
# the pair that bounds interior, whether it is the left one, and the right neighbour that it was compared with.
_NEXT, _PLACE, _MATE, _IS_LEFT, _COMPARED = 0, 1, 2, 3, 4


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
def _push(heap: Floats, size: int, y: float, event: int) -> int:
    """Add an event to a heap, lowest first; return its size."""
    i = size
    while i > 0:
        up = (i - 1) // 2
        if heap[up, 0] <= y:
            break
        heap[i, 0], heap[i, 1] = heap[up, 0], heap[up, 1]
        i = up
    heap[i, 0], heap[i, 1] = y, event
    return size + 1


@kernel
def _replace_first(heap: Floats, size: int, y: float, event: float) -> None:
    """Put an event in the place of the first of a heap."""
    i = 0
    while True:
        down = 2 * i + 1
        if down >= size:
            break
        if down + 1 < size and heap[down + 1, 0] < heap[down, 0]:
            down += 1
        if heap[down, 0] >= y:
            break
        heap[i, 0], heap[i, 1] = heap[down, 0], heap[down, 1]
        i = down
    heap[i, 0], heap[i, 1] = y, event


@kernel
def _pop(heap: Floats, size: int) -> int:
    """Take the first event from a heap; return its size."""
    if size > 1:
        _replace_first(heap, size - 1, heap[size - 1, 0], int(heap[size - 1, 1]))
    return size - 1


@kernel
def _tables(points: Floats, contour_offsets: Ints) -> tuple[Floats, Ints]:
    """Return the tables of edges and of links; edge p begins at point p, and horizontal ones have no height."""
    count = contour_offsets[-1] - contour_offsets[0]
    edges, links = np.empty((count, 8)), np.empty((count, 5), np.int64)
    origin = contour_offsets[0]
    for c in range(contour_offsets.size - 1):
        first, last = contour_offsets[c], contour_offsets[c + 1]
        for p in range(first, last):
            q = p + 1 if p + 1 < last else first
            low, high = (p, q) if points[p, 1] < points[q, 1] else (q, p)
            e = p - origin
            edges[e, _X], edges[e, _Y] = points[low, 0], points[low, 1]
            edges[e, _X_TOP], edges[e, _TOP] = points[high, 0], points[high, 1]
            rise = edges[e, _TOP] - edges[e, _Y]
            edges[e, _SLOPE] = (edges[e, _X_TOP] - edges[e, _X]) / rise if rise > 0.0 else 0.0
            edges[e, _LEFT] = min(points[low, 0], points[high, 0])
            edges[e, _RIGHT] = max(points[low, 0], points[high, 0])
            for j in range(5):
                links[e, j] = -1
        # the edge that goes on: the other one at the upper end, where that end is its lower one
        for p in range(first, last):
            q = p + 1 if p + 1 < last else first
            after = q + 1 if q + 1 < last else first
            if points[p, 1] < points[q, 1] < points[after, 1]:
                links[p - origin, _NEXT] = q - origin
            elif points[p, 1] > points[q, 1] > points[after, 1]:
                links[q - origin, _NEXT] = p - origin
    return edges, links


@kernel
def _starts(edges: Floats, links: Ints) -> tuple[Floats, int]:
    """Return a heap of the edges that do not go on from another one, and their number."""
    goes_on = np.zeros(edges.shape[0], np.bool_)
    for e in range(edges.shape[0]):
        if links[e, _NEXT] >= 0:
            goes_on[links[e, _NEXT]] = True
    heap = np.empty((edges.shape[0] + 8, 2))
    size: int = np.int64(0)  # type: ignore[assignment]  # typed, as in the sweep
    for e in range(edges.shape[0]):
        if not goes_on[e] and edges[e, _TOP] > edges[e, _Y]:
            size = _push(heap, size, edges[e, _Y], e)
    return heap, size


@kernel
def _x_at(edges: Floats, e: int, y: float) -> float:
    """Return x of edge `e` at height y, exact at both ends."""
    if y <= edges[e, _Y]:
        return float(edges[e, _X])
    if y >= edges[e, _TOP]:
        return float(edges[e, _X_TOP])
    return float(edges[e, _X] + (y - edges[e, _Y]) * edges[e, _SLOPE])


@kernel
def _place(edges: Floats, order: Ints, count: int, e: int) -> int:
    """Return the place of an edge that begins, by its x and, where that is another's, by where they go."""
    x, y = edges[e, _X], edges[e, _Y]
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        other = order[middle]
        at = _x_at(edges, other, y)
        if at == x:
            end = min(edges[e, _TOP], edges[other, _TOP])
            before = _x_at(edges, other, end) <= _x_at(edges, e, end)
        else:
            before = at < x
        if before:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _meeting(edges: Floats, a: int, b: int, y: float) -> float:
    """Return the height, from `y` on, at which edge `a` and its right neighbour `b` change places; inf if never."""
    if edges[a, _RIGHT] <= edges[b, _LEFT]:
        return np.inf
    end = min(edges[a, _TOP], edges[b, _TOP])
    above = _x_at(edges, a, end) - _x_at(edges, b, end)
    if above <= _TOUCH:
        return np.inf
    below = _x_at(edges, a, y) - _x_at(edges, b, y)
    if below >= 0.0:
        return y
    return float(max(y, y + below / (below - above) * (end - y)))


@kernel
def _close(edges: Floats, links: Ints, e: int, y: float, out: Floats, made: int) -> int:
    """End the trapezoid that an edge bounds, if any, and part its edges; return the number of trapezoids."""
    mate = links[e, _MATE]
    if mate < 0:
        return made
    left, right = (e, mate) if links[e, _IS_LEFT] == 1 else (mate, e)
    links[left, _MATE] = links[right, _MATE] = -1
    return _end(edges, (left, right), y, out, made)


@kernel
def _end(edges: Floats, pair: tuple[int, int], y: float, out: Floats, made: int) -> int:
    """Write the trapezoid between two edges up to y, unless it is empty; return the number of trapezoids."""
    left, right = pair
    since = edges[left, _SINCE]
    if y <= since:
        return made
    low, high = _x_at(edges, left, since), _x_at(edges, left, y)
    right_low, right_high = max(low, _x_at(edges, right, since)), max(high, _x_at(edges, right, y))
    if not (right_low > low or right_high > high):
        return made
    out[made, 0], out[made, 1] = since, y
    out[made, 2], out[made, 3] = low, high
    out[made, 4], out[made, 5] = right_low, right_high
    return made + 1


@kernel
def sweep(points: Floats, contour_offsets: Ints, cuts: Floats, most: int) -> tuple[Floats, int]:
    """Cut the even-odd interior of all contours of one plane into trapezoids.

    Parameters
    ----------
    points : float64[points, 2]
        Vertices (x, y); a contour closes by itself.
    contour_offsets : int64[contours + 1]
        Contour c has the points ``contour_offsets[c]:contour_offsets[c + 1]``.
    cuts : float64[cuts]
        Heights to cut all trapezoids at, ascending.
    most : int
        Crossings after which the sweep is given up.

    Returns
    -------
    trapezoids : float64[trapezoids, 6]
        y low, y high, left x at y low, left x at y high, right x at y low, right x at y high; y high ascending.
    crossings : int
        How often edges changed places; more than `most` where the sweep was given up.
    """
    edges, links = _tables(points, contour_offsets)
    total = edges.shape[0]
    heap, size = _starts(edges, links)  # an edge's number: it begins; + total: it ends; + 2 total: it crosses
    crossing = np.empty(total)  # height at which each edge changes places with the neighbour it was compared with
    order = np.empty(total, np.int64)
    out = np.empty((2 * total + cuts.size + 16, 6))
    # typed: a literal zero would be a type of its own at first, and compile what it is passed to once more
    none: int = np.int64(0)  # type: ignore[assignment]
    count, made, crossings, cut = none, none, none, none
    while size > 0 and crossings <= most:
        y = heap[0, 0]
        while cut < cuts.size and cuts[cut] < y:
            out = grown(out, made + count)
            for p in range(0, count - 1, 2):
                made = _end(edges, (order[p], order[p + 1]), cuts[cut], out, made)
                edges[order[p], _SINCE] = cuts[cut]
            cut += 1
        first, last = count, -1  # places that changed
        while size > 0 and heap[0, 0] <= y and crossings <= most:
            while size > 0 and heap[0, 0] <= y:
                event = int(heap[0, 1])
                if made + 2 > out.shape[0]:  # seldom: a call would cost more than the event
                    out = grown(out, made + 2)
                if event < total:  # an edge begins
                    _replace_first(heap, size, edges[event, _TOP], event + total)
                    p = _place(edges, order, count, event)
                    for i in range(count, p, -1):
                        order[i] = order[i - 1]
                        links[order[i], _PLACE] = i
                    order[p] = event
                    links[event, _PLACE] = p
                    count += 1
                    first, last = min(first, p), max(last + 1, p)
                elif event < 2 * total:  # an edge ends
                    e = event - total
                    p, after = links[e, _PLACE], links[e, _NEXT]
                    made = _close(edges, links, e, y, out, made)
                    links[e, _PLACE] = -1
                    if after >= 0:
                        _replace_first(heap, size, edges[after, _TOP], after + total)
                        order[p] = after
                        links[after, _PLACE] = p
                    else:
                        size = _pop(heap, size)
                        count -= 1
                        for i in range(p, count):
                            order[i] = order[i + 1]
                            links[order[i], _PLACE] = i
                    first, last = min(first, p), max(last, p)
                else:  # an edge crosses its right neighbour, unless it has another one by now
                    size = _pop(heap, size)
                    e = event - 2 * total
                    p = links[e, _PLACE]
                    if p >= 0 and p + 1 < count and order[p + 1] == links[e, _COMPARED] and crossing[e] <= y:
                        other = order[p + 1]
                        order[p], order[p + 1] = other, e
                        links[other, _PLACE], links[e, _PLACE] = p, p + 1
                        links[e, _COMPARED] = -1
                        crossings += 1
                        first, last = min(first, p), max(last, p + 1)
            for p in range(max(first - 1, 0), min(last + 1, count - 1)):
                a, b = order[p], order[p + 1]
                if links[a, _COMPARED] != b:
                    links[a, _COMPARED] = b
                    crossing[a] = _meeting(edges, a, b, y)
                    if crossing[a] < np.inf:
                        heap = grown(heap, size + 1)
                        size = _push(heap, size, crossing[a], a + 2 * total)
        # interior is between first and second, third and fourth …
        for p in range(first // 2 * 2, min(last + 1, count - 1), 2):
            left, right = order[p], order[p + 1]
            if links[left, _MATE] == right and links[left, _IS_LEFT] == 1:
                continue
            if made + 2 > out.shape[0]:
                out = grown(out, made + 2)
            made = _close(edges, links, left, y, out, made)
            made = _close(edges, links, right, y, out, made)
            links[left, _MATE], links[right, _MATE] = right, left
            links[left, _IS_LEFT], links[right, _IS_LEFT] = 1, 0
            edges[left, _SINCE] = y
    return out[:made], crossings
