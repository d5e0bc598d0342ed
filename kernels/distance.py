"""Signed distance to the boundary of an even-odd interior at the nodes of a raster, and its contours.

A raster has its first node at (x0, y0) and square cells; node (r, c) lies at (x0 + c·pitch, y0 + r·pitch).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel
from dosimetry.kernels.sweep import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["inside_nodes", "signed_distance", "zero_contours"]


@kernel
def inside_nodes(
    edges: Floats, start: tuple[float, float], pitch: float, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Return which nodes lie inside, bool[rows, columns].

    Each edge turns the parity of all nodes to its right; a node on an edge belongs to the side on its right, or,
    where that edge is horizontal, above.

    Parameters
    ----------
    edges : float64[edges, 4]
        x, y of one end and x, y of the other, in any order and direction.
    start : (float, float)
        x, y of the first node.
    pitch : float
        Distance between nodes.
    shape : (int, int)
        Rows and columns.
    """
    rows, columns = shape
    inside = np.zeros((rows, columns), np.bool_)
    for e in range(edges.shape[0]):
        xa, ya, xb, yb = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if yb < ya:
            xa, ya, xb, yb = xb, yb, xa, ya
        first = max(int(np.floor((ya - start[1]) / pitch)), 0)
        for r in range(first, rows):
            y = start[1] + r * pitch
            if y < ya:
                continue
            if y >= yb:
                break
            x = xa + (y - ya) / (yb - ya) * (xb - xa)
            c = max(int(np.ceil((x - start[0]) / pitch)), 0)
            if c < columns:
                inside[r, c] = not inside[r, c]
    for r in range(rows):
        for c in range(1, columns):
            inside[r, c] = inside[r, c] != inside[r, c - 1]
    return inside


@kernel
def signed_distance(
    edges: Floats, inside: Flags, needed: Flags, start: tuple[float, float], pitch: float
) -> NDArray[np.float64]:
    """Return the distance of each needed node to the nearest edge, negative outside, float64[rows, columns].

    Nodes that are not needed hold 1 or -1: their side alone.

    Parameters
    ----------
    edges : float64[edges, 4]
        x, y of one end and x, y of the other, in any order and direction. Without any, all is infinitely far.
    inside, needed : bool[rows, columns]
    start : (float, float)
        x, y of the first node.
    pitch : float
        Distance between nodes.
    """
    rows, columns = inside.shape
    count = edges.shape[0]
    # Edges as middle, half vector and half length: a node further from the middle than the nearest edge so far
    # plus half the length needs no closer look.
    middle, half, reach = np.empty((count, 2)), np.empty((count, 2)), np.empty(count)
    for e in range(count):
        for k in range(2):
            middle[e, k] = 0.5 * (edges[e, k] + edges[e, k + 2])
            half[e, k] = 0.5 * (edges[e, k + 2] - edges[e, k])
        reach[e] = np.sqrt(half[e, 0] ** 2 + half[e, 1] ** 2)
    values = np.empty((rows, columns))
    nearest = 0
    for r in range(rows):
        y = start[1] + r * pitch
        for c in range(columns):
            if not needed[r, c]:
                values[r, c] = 1.0 if inside[r, c] else -1.0
                continue
            x = start[0] + c * pitch
            best = np.inf
            # the edge nearest to the last node first: it rules out most others
            for k in range(-1 if count > 0 else 0, count):
                e = nearest if k < 0 else k
                dx, dy = x - middle[e, 0], y - middle[e, 1]
                square = dx * dx + dy * dy
                limit = best + reach[e]
                if square >= limit * limit:
                    continue
                share = 0.0
                if reach[e] > 0.0:
                    share = (dx * half[e, 0] + dy * half[e, 1]) / (reach[e] * reach[e])
                    share = min(max(share, -1.0), 1.0)
                dx -= share * half[e, 0]
                dy -= share * half[e, 1]
                distance = np.sqrt(dx * dx + dy * dy)
                if distance < best:
                    best, nearest = distance, e
            values[r, c] = best if inside[r, c] else -best
    return values


@kernel
def zero_contours(values: Floats, start: tuple[float, float], pitch: float) -> tuple[Floats, Ints]:
    """Trace the contours that part nodes of at least zero from those below, linear along the raster's lines.

    Each is walked with the inside on its left, cell by cell. Where opposite corners of a cell are inside, they are
    kept apart.

    Parameters
    ----------
    values : float64[rows, columns]
        Below zero all around the border.
    start : (float, float)
        x, y of the first node.
    pitch : float
        Distance between nodes.

    Returns
    -------
    points : float64[points, 2]
    contour_offsets : int64[contours + 1]
    """
    rows, columns = values.shape
    points, made = np.empty((256, 2)), 0
    ends, count = np.zeros((16, 1), np.int64), 1
    entered = np.zeros((rows, columns), np.bool_)
    # corners of a cell and its sides, side k from corner k to corner k + 1, counterclockwise with rows going up
    corner_row, corner_column = np.array((0, 0, 1, 1)), np.array((0, 1, 1, 0))
    step_row, step_column = np.array((-1, 0, 1, 0)), np.array((0, 1, 0, -1))
    for first_row in range(rows - 1):
        for first_column in range(columns - 1):
            if entered[first_row, first_column]:
                continue
            if values[first_row, first_column] < 0.0 or values[first_row, first_column + 1] >= 0.0:
                continue
            # every contour goes up somewhere, through a lower side whose left end is inside
            r, c, side = first_row, first_column, 0
            while True:
                if side == 0:
                    if entered[r, c]:
                        break
                    entered[r, c] = True
                left, right = side, (side + 1) % 4
                ra, ca = r + corner_row[left], c + corner_column[left]
                rb, cb = r + corner_row[right], c + corner_column[right]
                share = values[ra, ca] / (values[ra, ca] - values[rb, cb])
                points = grown(points, made + 1)
                points[made, 0] = start[0] + pitch * (ca + share * (cb - ca))
                points[made, 1] = start[1] + pitch * (ra + share * (rb - ra))
                made += 1
                before, beyond = (side + 3) % 4, (side + 2) % 4
                if values[r + corner_row[before], c + corner_column[before]] < 0.0:
                    out = before
                elif values[r + corner_row[beyond], c + corner_column[beyond]] < 0.0:
                    out = beyond
                else:
                    out = right
                r, c, side = r + step_row[out], c + step_column[out], (out + 2) % 4
            ends = grown(ends, count + 1)
            ends[count, 0] = made
            count += 1
    return points[:made].copy(), ends[:count, 0].copy()
