"""Naive twins of the kernels: slow, obvious, and written without looking at them."""

from __future__ import annotations

import math
from itertools import pairwise, product

import numpy as np


def inside_even_odd(points, polygons):
    """Return whether each of `points` (n, 2) lies inside an odd number of turns of the polygons: a ray to +x."""
    x, y = points[:, 0], points[:, 1]
    crossings = np.zeros(len(points), dtype=int)
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            spans = (y0 > y) != (y1 > y)
            if spans.any():
                crossings += spans & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0 if y1 != y0 else 1.0))
    return crossings % 2 == 1


def shoelace(polygon):
    """Return the area of a simple polygon."""
    x, y = np.asarray(polygon, dtype=float).T
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


def clipped_to_box(polygon, x0, y0, x1, y1):
    """Return a convex polygon cut to a box, by Sutherland and Hodgman."""
    points = [tuple(point) for point in polygon]
    for axis, bound, keep_above in ((0, x0, True), (0, x1, False), (1, y0, True), (1, y1, False)):
        cut = []
        for a, b in zip(points, points[1:] + points[:1], strict=True):
            inside_a = a[axis] >= bound if keep_above else a[axis] <= bound
            inside_b = b[axis] >= bound if keep_above else b[axis] <= bound
            if inside_a:
                cut.append(a)
            if inside_a != inside_b:
                t = (bound - a[axis]) / (b[axis] - a[axis])
                cut.append((a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))
        points = cut
    return np.array(points).reshape(-1, 2)


def trilinear(values, columns, rows, frames):
    """Return the trilinear interpolation of `values` (frames, rows, columns) at index coordinates."""
    f = np.clip(np.floor(frames).astype(int), 0, values.shape[0] - 2)
    r = np.clip(np.floor(rows).astype(int), 0, values.shape[1] - 2)
    c = np.clip(np.floor(columns).astype(int), 0, values.shape[2] - 2)
    t, u, v = frames - f, rows - r, columns - c
    total = np.zeros(len(columns))
    for df, wf in ((0, 1 - t), (1, t)):
        for dr, wr in ((0, 1 - u), (1, u)):
            for dc, wc in ((0, 1 - v), (1, v)):
                total += wf * wr * wc * values[f + df, r + dr, c + dc]
    return total


def sampled_dose(dose, structure, slabs, count, seed=0):
    """Return doses at random points of the stacked prisms, and their volume in cc, by rejection.

    `slabs` is a list of (low, high) in mm, one for each plane.
    """
    contours = structure.contours
    rng = np.random.default_rng(seed)
    low, high = contours.points_mm.min(axis=0), contours.points_mm.max(axis=0)
    planes = []
    for p, (bottom, top) in enumerate(slabs):
        first, last = contours.plane_offsets[p], contours.plane_offsets[p + 1]
        edges = contours.contour_offsets[first : last + 1]
        polygons = [contours.points_mm[a:b] for a, b in pairwise(edges)]
        planes.append((bottom, top, polygons))
    thickness = np.array([top - bottom for bottom, top, _ in planes])
    shares = rng.multinomial(count, thickness / thickness.sum())
    doses = []
    for (bottom, top, polygons), share in zip(planes, shares, strict=True):
        uv = rng.uniform(low, high, (share, 2))
        w = rng.uniform(bottom, top, share)
        keep = inside_even_odd(uv, polygons)
        frame = contours.frame
        points = (
            np.outer(uv[keep, 0], frame.u_axis)
            + np.outer(uv[keep, 1], frame.v_axis)
            + np.outer(w[keep], frame.normal)
        )
        index = dose.grid.map_mm_to_plane(points)
        frames = np.interp(index[:, 2], dose.grid.frame_positions_mm, np.arange(dose.grid.frame_positions_mm.size))
        doses.append(trilinear(dose.values_gy, index[:, 0], index[:, 1], frames))
    doses = np.concatenate(doses)
    box_cc = float(np.prod(high - low)) * thickness.sum() / 1000.0
    return doses, box_cc * len(doses) / count


def spread_share(edges, middle, widths):
    """Return the share of a sum of uniform doses below each edge: repeated averages of a step, by recursion.

    `widths` are the ranges of the doses that add up around `middle`; widths of zero add nothing.
    """
    widths = [w for w in widths if w > 0]
    edges = np.asarray(edges, dtype=float)
    total = np.zeros(edges.shape)
    for signs in product((1, -1), repeat=len(widths)):
        start = middle - sum(s * w for s, w in zip(signs, widths, strict=True)) / 2
        sign = np.prod(signs)  # minus for each edge whose far end the knot is at
        total += sign * np.maximum(edges - start, 0.0) ** len(widths)
    return total / (math.factorial(len(widths)) * np.prod(widths))


def cells_of_runs(runs):
    """Return the set of (row, column) of runs of cells."""
    return {(int(row), column) for row, first, end in runs for column in range(int(first), int(end))}


def sharpened(dose, positions, axis):
    """Return a twelfth of the second difference of a dose along an axis: the bend of a parabola through 3 nodes."""
    bend = np.zeros(dose.shape)
    moved, out = np.moveaxis(dose, axis, 0), np.moveaxis(bend, axis, 0)
    for k in range(1, len(positions) - 1):
        a, b, c = positions[k - 1 : k + 2] - positions[k]
        for place in np.ndindex(*moved.shape[1:]):
            nodes = [moved[(i, *place)] for i in (k - 1, k, k + 1)]
            second = np.polyfit((a, b, c), nodes, 2)[0] * 2
            out[(k, *place)] = second * (-a * c) / 12.0
    return bend
