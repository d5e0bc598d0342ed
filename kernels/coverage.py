"""Exact cover of a grid's cells by polygons: full cells as runs, the rest as trapezoids within one cell.

Of a cell that is covered in part the moments are kept too: a dose that hardly varies within it needs no more.

Coordinates are index coordinates: cell (row r, column c) is the square from (c, r) to (c + 1, r + 1), with the
grid's voxel centres at its corners, so that a dose is bilinear within each cell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dosimetry.kernels.evenodd import trapezoids
from dosimetry.kernels.jit import kernel
from dosimetry.kernels.sweep import grown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Sextuple = tuple[float, float, float, float, float, float]

__all__ = ["Cover", "cover"]

# A cell whose rows are covered to all but this share is full; the remainder is rounding.
_FULL = 1.0 - 1e-12
_STRAIGHT = 1e-12  # a bend of rounding, in cells
_BESIDE = 16  # how far back a piece is looked for that another one continues
_GAUSS = 0.5 / np.sqrt(3.0)  # two-point Gauss-Legendre on an interval of length 1, from its middle


class Cover(NamedTuple):
    """The cover of a stack of planes.

    Attributes
    ----------
    cells : int64[cells, 2]
        Row and column of each cell that is covered in part.
    moments : float64[cells, 4]
        Integrals of 1, x, y and xy over the covered part, x and y from 0 to 1 within the cell.
    first_piece : int64[cells + 1]
        Cell c has the pieces ``first_piece[c]:first_piece[c + 1]``.
    cell_offsets : int64[planes + 1]
        Plane p has the cells ``cell_offsets[p]:cell_offsets[p + 1]``, row by row.
    pieces : float64[pieces, 6]
        Trapezoids within their cell: y low, y high, left x at y low and at y high, right x at y low and high.
    runs : int64[runs, 3]
        Row, first column and end column (exclusive) of full cells; plane by plane, row by row, ascending.
    run_offsets : int64[planes + 1]
    """

    cells: Ints
    moments: Floats
    first_piece: Ints
    cell_offsets: Ints
    pieces: Floats
    runs: Ints
    run_offsets: Ints


@kernel
def _put(row: Floats, at: int, place: tuple[int, int], shape: Sextuple) -> int:
    """Store the trapezoid `shape` of the cell `place` among the pieces of a row; return their number."""
    y0, y1, l0, l1, r0, r1 = shape
    if (r0 - l0) + (r1 - l1) <= 0.0 or y1 <= y0:
        return at
    row[at, 0], row[at, 1] = y0 - place[0], y1 - place[0]
    row[at, 2], row[at, 3] = l0 - place[1], l1 - place[1]
    row[at, 4], row[at, 5] = r0 - place[1], r1 - place[1]
    row[at, 6] = place[1]
    return at + 1


@kernel
def _add_moments(moments: Floats, k: int, pieces: Floats, q: int) -> None:
    """Add the moments of piece `q` to cell `k`; two Gauss points in y are exact for them."""
    y0, height = pieces[q, 0], pieces[q, 1] - pieces[q, 0]
    l0, l1, r0, r1 = pieces[q, 2], pieces[q, 3], pieces[q, 4], pieces[q, 5]
    for side in range(2):
        f = 0.5 - _GAUSS if side == 0 else 0.5 + _GAUSS
        y = y0 + f * height
        left, right = l0 + f * (l1 - l0), r0 + f * (r1 - r0)
        area = 0.5 * height * (right - left)
        x = 0.5 * (left + right)
        moments[k, 0] += area
        moments[k, 1] += area * x
        moments[k, 2] += area * y
        moments[k, 3] += area * x * y


@kernel
def _continues(pieces: Floats, a: int, b: int) -> bool:
    """Tell whether piece `b` goes on from piece `a` along straight edges."""
    if not (pieces[a, 1] == pieces[b, 0] and pieces[a, 3] == pieces[b, 2] and pieces[a, 5] == pieces[b, 4]):
        return False
    up, more = pieces[a, 1] - pieces[a, 0], pieces[b, 1] - pieces[b, 0]
    bend_left = (pieces[a, 3] - pieces[a, 2]) * more - (pieces[b, 3] - pieces[b, 2]) * up
    bend_right = (pieces[a, 5] - pieces[a, 4]) * more - (pieces[b, 5] - pieces[b, 4]) * up
    # two slivers, one opening and one closing, would join to a piece without width
    wide = (pieces[a, 4] - pieces[a, 2]) + (pieces[b, 5] - pieces[b, 3]) > 0.0
    return bool(wide and max(abs(bend_left), abs(bend_right)) <= _STRAIGHT * (up + more))


@kernel
def _joined(pieces: Floats, first: int, end: int) -> int:
    """Join pieces that continue each other along straight edges; return their end.

    A vertex on one side of a trapezoid cuts its other side too: to a cell on that side the cut is none.
    """
    last = first - 1
    for q in range(first, end):
        joined = False
        # pieces beside each other may come in any order; so many side by side in a cell are no patient's
        for a in range(last, max(first - 1, last - _BESIDE), -1):
            if _continues(pieces, a, q):
                pieces[a, 1], pieces[a, 3], pieces[a, 5] = pieces[q, 1], pieces[q, 3], pieces[q, 5]
                joined = True
                break
        if not joined:
            last += 1
            for j in range(6):
                pieces[last, j] = pieces[q, j]
    return last + 1


@kernel
def _sort_row(row: Floats, count: int, first: int, out: Floats, at: int, starts: Ints) -> None:
    """Put a row's pieces into `out` from `at` on, column by column; starts[c - first] becomes the end of column c.

    `starts` must hold zeros, as many as there are columns from `first` on, and one more.
    """
    for i in range(count):
        starts[int(row[i, 6]) - first + 1] += 1
    for c in range(1, starts.size):
        starts[c] += starts[c - 1]
    for i in range(count):
        c = int(row[i, 6]) - first
        for j in range(6):
            out[at + starts[c], j] = row[i, j]
        starts[c] += 1


@kernel
def _within(x: float, column: int) -> float:
    """Return x moved into the column: it is outside by rounding alone."""
    return min(max(x, float(column)), column + 1.0)


@kernel
def _first_line(x0: float, x1: float, right_edge: float) -> float:
    """Return the first column line of the grid that an edge from x0 to x1 can meet."""
    if x1 > x0:
        return float(max(np.floor(x0) + 1.0, 0.0))
    return float(min(np.ceil(x0) - 1.0, right_edge))


@kernel
def _share(x0: float, x1: float, line: float, right_edge: float) -> float:
    """Return how far along an edge from x0 to x1, from 0 to 1, it meets a line of the grid; 1 where it does not."""
    if (x1 > x0 and line < x1 and line <= right_edge) or (x1 < x0 and line > x1 and line >= 0.0):
        return (line - x0) / (x1 - x0)
    return 1.0


@kernel
def cover(points: Floats, contour_offsets: Ints, plane_offsets: Ints, rows: int, columns: int) -> Cover:
    """Cover the cells of a grid of `rows` x `columns` voxel centres by the polygons of each plane.

    What lies outside the outermost voxel centres is left out.

    Parameters
    ----------
    points : float64[points, 2]
        Vertices as (column, row) index coordinates.
    contour_offsets : int64[contours + 1]
    plane_offsets : int64[planes + 1]
    rows, columns : int

    Returns
    -------
    Cover
    """
    planes = plane_offsets.size - 1
    pieces = np.empty((4 * points.shape[0] + 256, 6))
    cells = np.empty((1024, 3), np.int64)  # row, column, end of its pieces
    moments = np.zeros((1024, 4))
    runs = np.empty((1024, 3), np.int64)
    cell_offsets, run_offsets = np.zeros(planes + 1, np.int64), np.zeros(planes + 1, np.int64)
    # pieces, cells and runs so far; from arrays, or numba compiles what is called with them once more for constants
    n, k, m = cell_offsets[0], cell_offsets[0], run_offsets[0]
    grid_rows = np.arange(float(rows))
    row_pieces = np.empty((256, 7))
    ends = np.zeros(columns + 1, np.int64)
    right_edge = columns - 1.0
    height = np.zeros(columns + 1)  # covered height of the row's cells, first as differences
    partial = np.zeros(columns + 1, np.int64)  # next cell from here on that is not full
    strips = np.empty((64, 4))  # strips of the current row that span whole cells: y low, y high, columns
    for p in range(planes):
        shapes = trapezoids(points, contour_offsets[plane_offsets[p] : plane_offsets[p + 1] + 1], grid_rows)
        t = 0
        while t < shapes.shape[0]:
            row = int(np.floor(0.5 * (shapes[t, 0] + shapes[t, 1])))
            first = t
            while t < shapes.shape[0] and int(np.floor(0.5 * (shapes[t, 0] + shapes[t, 1]))) == row:
                t += 1
            if row < 0 or row > rows - 2:
                continue
            # the row's own columns, which are few of the grid's, and at most how many pieces there are
            low, high, most = shapes[first, 2], shapes[first, 4], 0.0
            for s in range(first, t):
                low = min(low, shapes[s, 2], shapes[s, 3])
                high = max(high, shapes[s, 4], shapes[s, 5])
                left, right = abs(shapes[s, 3] - shapes[s, 2]), abs(shapes[s, 5] - shapes[s, 4])
                most += 6.0 + min(left, columns) + min(right, columns)
            if low >= right_edge or high <= 0.0:
                continue
            c0 = int(max(np.floor(low), 0.0))
            c1 = int(min(np.ceil(high), right_edge))  # exclusive
            for c in range(c0, c1 + 1):
                height[c], ends[c - c0] = 0.0, 0
            row_pieces, strips = grown(row_pieces, 2 * int(most)), grown(strips, int(most))
            strip_count, count = ends[0], ends[0]
            for s in range(first, t):
                y0, y1 = shapes[s, 0], shapes[s, 1]
                l0, l1, r0, r1 = shapes[s, 2], shapes[s, 3], shapes[s, 4], shapes[s, 5]
                if max(l0, l1) == min(l0, l1) == max(r0, r1):
                    continue
                # The next column line that each edge meets; counted, so that rounding cannot meet one twice.
                left_step, right_step = (1.0 if l1 > l0 else -1.0), (1.0 if r1 > r0 else -1.0)
                left_line = _first_line(l0, l1, right_edge)
                right_line = _first_line(r0, r1, right_edge)
                done = 0.0  # share of the trapezoid's height that is done
                while done < 1.0:
                    left, right = l0 + done * (l1 - l0), r0 + done * (r1 - r0)
                    left_cut, right_cut = (
                        _share(l0, l1, left_line, right_edge),
                        _share(r0, r1, right_line, right_edge),
                    )
                    upto = max(min(left_cut, right_cut), done)
                    if left_cut <= upto < 1.0:
                        left_line += left_step
                    if right_cut <= upto < 1.0:
                        right_line += right_step
                    ya, yb = y0 + done * (y1 - y0), y1 if upto == 1.0 else y0 + upto * (y1 - y0)
                    left_end, right_end = l0 + upto * (l1 - l0), r0 + upto * (r1 - r0)
                    done = upto
                    # within the grid, each edge in the column of its middle
                    la, lb = min(max(left, 0.0), right_edge), min(max(left_end, 0.0), right_edge)
                    ra, rb = min(max(right, 0.0), right_edge), min(max(right_end, 0.0), right_edge)
                    if (ra - la) + (rb - lb) <= 0.0:
                        continue
                    cl = min(int(np.floor(0.5 * (la + lb))), columns - 2)
                    cr = min(max(int(np.ceil(0.5 * (ra + rb))) - 1, cl), columns - 2)
                    la, lb, ra, rb = _within(la, cl), _within(lb, cl), _within(ra, cr), _within(rb, cr)
                    if cl == cr:
                        count = _put(row_pieces, count, (row, cl), (ya, yb, la, lb, max(la, ra), max(lb, rb)))
                        continue
                    whole_from = cl if la == cl and lb == cl else cl + 1
                    whole_to = cr + 1 if ra == cr + 1 and rb == cr + 1 else cr
                    if whole_from > cl:
                        count = _put(row_pieces, count, (row, cl), (ya, yb, la, lb, cl + 1.0, cl + 1.0))
                    if whole_to == cr:
                        count = _put(row_pieces, count, (row, cr), (ya, yb, float(cr), float(cr), ra, rb))
                    if whole_to > whole_from:
                        height[whole_from] += yb - ya
                        height[whole_to] -= yb - ya
                        strips[strip_count, 0], strips[strip_count, 1] = ya, yb
                        strips[strip_count, 2], strips[strip_count, 3] = whole_from, whole_to
                        strip_count += 1
            if strip_count > 0:
                for c in range(c0, c1):
                    height[c + 1] += height[c]
                partial[c1] = c1
                for c in range(c1 - 1, c0 - 1, -1):
                    partial[c] = partial[c + 1] if height[c] >= _FULL else c
                c = c0
                while c < c1:  # runs of full cells
                    if height[c] >= _FULL:
                        end = partial[c]
                        runs = grown(runs, m + 1)
                        runs[m, 0], runs[m, 1], runs[m, 2] = row, c, end
                        m += 1
                        c = end
                    else:
                        c += 1
                # where strips fill no whole cell: column by column, strips on top of each other as one
                c = partial[c0]
                while c < c1:
                    bottom, top = 0.0, 0.0
                    left, right = float(c), c + 1.0
                    row_pieces = grown(row_pieces, count + strip_count + 1)
                    for s in range(strip_count):
                        if strips[s, 2] <= c < strips[s, 3]:
                            if strips[s, 0] != top:
                                shape = (bottom, top, left, left, right, right)
                                count = _put(row_pieces, count, (row, c), shape)
                                bottom = strips[s, 0]
                            top = strips[s, 1]
                    count = _put(row_pieces, count, (row, c), (bottom, top, left, left, right, right))
                    c = partial[c + 1]
            if count == 0:
                continue
            pieces, cells, moments = (
                grown(pieces, n + count),
                grown(cells, k + c1 - c0),
                grown(moments, k + c1 - c0),
            )
            _sort_row(row_pieces, count, c0, pieces, n, ends[: c1 - c0 + 1])
            begin, kept = n, n
            for c in range(c0, c1):
                end = n + ends[c - c0]
                if end == begin:
                    continue
                joined = _joined(pieces, begin, end)
                for j in range(4):
                    moments[k, j] = 0.0
                for q in range(begin, joined):
                    _add_moments(moments, k, pieces, q)
                    for j in range(6):
                        pieces[kept, j] = pieces[q, j]
                    kept += 1
                cells[k, 0], cells[k, 1], cells[k, 2] = row, c, kept
                k, begin = k + 1, end
            n = kept
        cell_offsets[p + 1], run_offsets[p + 1] = k, m
    first_piece = np.zeros(k + 1, np.int64)
    for c in range(k):
        first_piece[c + 1] = cells[c, 2]
    return Cover(
        cells[:k, :2].copy(),
        moments[:k].copy(),
        first_piece,
        cell_offsets,
        pieces[:n].copy(),
        runs[:m].copy(),
        run_offsets,
    )
