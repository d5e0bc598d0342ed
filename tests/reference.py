"""Naive twins of the kernels: slow, obvious, and written without looking at them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations, pairwise, product

import numpy as np


def inside_even_odd(points, polygons):
    """Return whether each of `points` (n, 2) lies inside an odd number of turns of the polygons: a ray to +x."""
    order = np.argsort(points[:, 1])  # so that the points beside an edge are a slice
    x, y = points[order].T
    crossings = np.zeros(len(points), dtype=int)
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y0 != y1:
                beside = slice(*np.searchsorted(y, sorted((y0, y1))))
                crossings[beside] += x[beside] < x0 + (y[beside] - y0) * (x1 - x0) / (y1 - y0)
    inside = np.empty(len(points), dtype=bool)
    inside[order] = crossings % 2 == 1
    return inside


def exact_area(polygons):
    """Return the even-odd area of polygons in rational numbers, by upright strips between all crossings."""
    edges = []
    for polygon in polygons:
        corners = [(Fraction(float(x)), Fraction(float(y))) for x, y in polygon]
        edges += [sorted(ends) for ends in zip(corners, corners[1:] + corners[:1], strict=True)]
    edges = [(a, b) for a, b in edges if a[0] != b[0]]
    lines = [((y1 - y0) / (x1 - x0), x0, y0, x1) for (x0, y0), (x1, y1) in edges]
    borders = {x for (x0, _), (x1, _) in edges for x in (x0, x1)}
    for (slope, x0, y0, x1), (other, u0, v0, u1) in combinations(lines, 2):
        if slope != other and max(x0, u0) < min(x1, u1):
            x = (v0 - other * u0 - y0 + slope * x0) / (slope - other)
            if max(x0, u0) < x < min(x1, u1):
                borders.add(x)
    total = Fraction(0)
    for left, right in pairwise(sorted(borders)):
        middle = (left + right) / 2
        heights = sorted(y0 + slope * (middle - x0) for slope, x0, y0, x1 in lines if x0 < middle < x1)
        total += (right - left) * sum(top - bottom for bottom, top in zip(heights[::2], heights[1::2], strict=True))
    return float(total)


def rows_of(points):
    """Return the integer heights that points reach over, as a grid's rows."""
    return np.arange(np.floor(points[:, 1].min()), np.ceil(points[:, 1].max()) + 1.0)


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
    """Return a twelfth of a dose's bend along an axis: of parabolas through 3 nodes, at most twice the next."""
    moved = np.moveaxis(dose, axis, 0)
    second = np.zeros(moved.shape)
    for k in range(1, len(positions) - 1):
        a, b, c = positions[k - 1 : k + 2] - positions[k]
        for place in np.ndindex(*moved.shape[1:]):
            nodes = [moved[(i, *place)] for i in (k - 1, k, k + 1)]
            second[(k, *place)] = np.polyfit((a, b, c), nodes, 2)[0] * 2 * (-a * c)
    out = np.zeros(moved.shape)
    for k in range(2, len(positions) - 2):
        three = second[k - 1 : k + 2]
        alike = (np.sign(three) == np.sign(second[k])).all(axis=0)
        most = 2 * np.minimum(np.abs(three[0]), np.abs(three[2]))
        out[k] = np.where(alike, np.sign(second[k]) * np.minimum(np.abs(second[k]), most), 0.0) / 12.0
    return np.moveaxis(out, 0, axis)


def sampled_planes(dose, polygons_by_z, slabs, count, seed=0):
    """Return doses at random points of axial prisms, their volume in cc and its standard error.

    `slabs` holds (low, high) of each plane in ascending order. Each plane gets points by the size of its own box.
    """
    rng = np.random.default_rng(seed)
    boxes = []
    for z, (bottom, top) in zip(sorted(polygons_by_z), slabs, strict=True):
        polygons = [np.asarray(p, dtype=float) for p in polygons_by_z[z]]
        corners = np.concatenate(polygons)
        boxes.append((polygons, corners.min(axis=0), corners.max(axis=0), bottom, top))
    sizes = np.array([np.prod(high - low) * (top - bottom) for _, low, high, bottom, top in boxes])
    shares = np.round(count * sizes / sizes.sum()).astype(int)
    origin, spacing, frames_mm = dose.grid.origin_mm, dose.grid.spacing_mm, dose.grid.frame_positions_mm
    doses, volume, variance = [], 0.0, 0.0
    for (polygons, low, high, bottom, top), size, share in zip(boxes, sizes, shares, strict=True):
        if share == 0:
            continue  # too small for a single point
        points = rng.uniform(low, high, (share, 2))
        inside = points[inside_even_odd(points, polygons)]
        z = rng.uniform(bottom, top, len(inside))
        columns, rows = ((inside - origin[:2]) / spacing).T
        frames = np.interp(z - origin[2], frames_mm, np.arange(frames_mm.size))
        doses.append(trilinear(dose.values_gy, columns, rows, frames))
        p = len(inside) / share
        volume += size * p
        variance += size**2 * p * (1 - p) / share
    return np.concatenate(doses), volume / 1000.0, np.sqrt(variance) / 1000.0


def voxels_by_centre(solid, grid):
    """Return which voxels have their centre in a stack of prisms: every centre against every prism."""
    contours, frame = solid.contours, solid.contours.frame
    found = np.zeros(grid.shape, dtype=bool)
    for index in np.ndindex(*grid.shape):
        centre = grid.map_index_to_mm([index[::-1]])[0]
        for p, (bottom, top) in enumerate(zip(solid.low_mm, solid.high_mm, strict=True)):
            if bottom <= centre @ frame.normal < top:
                uv = np.array([[centre @ frame.u_axis, centre @ frame.v_axis]])
                found[index] |= bool(inside_even_odd(uv, plane_polygons(contours, p))[0])
    return found


def voxels_touched(solid, grid):
    """Return which voxels of an axial grid share volume with axial prisms of polygons that do not cross.

    Each polygon is cut to each pixel. A polygon within an odd number of others is a hole.
    """
    found = np.zeros(grid.shape, dtype=bool)
    half_u, half_v = grid.spacing_mm[0] / 2, grid.spacing_mm[1] / 2
    z = grid.frame_positions_mm
    middles = (z[1:] + z[:-1]) / 2
    edges = np.concatenate(([z[0] - (middles[0] - z[0])], middles, [z[-1] + (z[-1] - middles[-1])]))
    for p, (bottom, top) in enumerate(zip(solid.low_mm, solid.high_mm, strict=True)):
        polygons = plane_polygons(solid.contours, p)
        signs = [
            (-1) ** sum(bool(inside_even_odd(q[:1], [r])[0]) for j, r in enumerate(polygons) if j != i)
            for i, q in enumerate(polygons)
        ]
        for frame, row, column in np.ndindex(*grid.shape):
            low, high = grid.origin_mm[2] + edges[frame], grid.origin_mm[2] + edges[frame + 1]
            if min(high, top) - max(low, bottom) < 1e-6:
                continue
            x, y, _ = grid.map_index_to_mm([(column, row, frame)])[0]
            area = 0.0
            for polygon, sign in zip(polygons, signs, strict=True):
                cut = clipped_to_box(polygon, x - half_u, y - half_v, x + half_u, y + half_v)
                area += sign * shoelace(cut) if len(cut) else 0.0
            found[frame, row, column] |= area > 1e-9
    return found


def plane_polygons(contours, plane):
    """Return the polygons of one plane."""
    offsets = contours.contour_offsets[contours.plane_offsets[plane] : contours.plane_offsets[plane + 1] + 1]
    return [contours.points_mm[a:b] for a, b in pairwise(offsets)]


def boundary_distance(points, polygons):
    """Return the distance of each of `points` (n, 2) to the nearest edge of the polygons, negative outside."""
    nearest = np.full(len(points), np.inf)
    for polygon in polygons:
        for a, b in zip(np.asarray(polygon, dtype=float), np.roll(polygon, -1, axis=0), strict=True):
            along = b - a
            length = float(along @ along)
            share = np.clip((points - a) @ along / length, 0, 1) if length else np.zeros(len(points))
            nearest = np.minimum(nearest, np.linalg.norm(points - a - share[:, None] * along, axis=1))
    return np.where(inside_even_odd(points, polygons), nearest, -nearest)
