"""Where a plane cuts the outline of a structure.

A structure is the stack of prisms on its contours, each as thick as a slice, as it is measured. A plane along the
contours shows those of the slice it lies in; one at right angles to them cuts each prism into rectangles, whose
common border is the outline.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.model.structures import ContourPlanes, Structure

    Floats = NDArray[np.float64]

__all__ = ["middle_mm", "outlines"]

# Contours this little oblique to a picture stray by less than half a millimetre over 500 mm.
_PARALLEL = 1e-3
# Neighbouring contours further apart than this many slices leave a gap between their prisms.
_GAP = 1.5


def outlines(structure: Structure, plane: Grid) -> list[Floats] | None:
    """Return the lines of a structure's outline in a plane.

    Parameters
    ----------
    structure
        What is cut.
    plane
        A grid of a single frame.

    Returns
    -------
    list
        Lines as LPS points in mm, each of shape (points, 3), closed ones with their first point at the end; none
        where the plane misses the structure. None where its contours are oblique to the plane: it is not drawn.
    """
    contours = structure.contours
    if contours is None:
        return []
    cosine = abs(float(contours.frame.normal @ plane.normal))
    if cosine >= 1.0 - 0.5 * _PARALLEL**2:
        return _along(contours, _slabs(structure, contours), plane)
    if cosine <= _PARALLEL:
        return _across(contours, _slabs(structure, contours), plane)
    return None


def middle_mm(structure: Structure) -> Floats:
    """Return the centroid of a structure's solid, LPS, shape (3,): contours weighted by the area they enclose.

    Holes count as such where they run against their outer contour; elsewhere the centroid moves a little.
    """
    contours = structure.contours
    if contours is None:
        raise ValueError(structure.name)
    total, moment = 0.0, np.zeros(3)
    for place, position in enumerate(contours.positions_mm.tolist()):
        for points in _contours_of(contours, place):
            u, v = points.T
            cross = u * np.roll(v, -1) - np.roll(u, -1) * v
            area = 0.5 * float(cross.sum())
            if area == 0.0:
                continue
            centre = ((points + np.roll(points, -1, axis=0)) * cross[:, None]).sum(axis=0) / (6.0 * area)
            total += abs(area)
            moment += abs(area) * np.array([*centre, position])
    if not total > 0.0:
        return contours.centroid_mm
    u, v, w = moment / total
    return np.asarray(u * contours.frame.u_axis + v * contours.frame.v_axis + w * contours.frame.normal)


def _contours_of(contours: ContourPlanes, place: int) -> list[Floats]:
    first, end = contours.plane_offsets[place : place + 2]
    return [contours.points_mm[a:b] for a, b in pairwise(contours.contour_offsets[first : end + 1].tolist())]


def _slabs(structure: Structure, contours: ContourPlanes) -> Floats:
    """Return both ends of each plane's prism along the normal, shape (planes, 2)."""
    at = contours.positions_mm
    gaps = np.diff(at)
    spacing = structure.slice_spacing_mm or (float(gaps.min()) if gaps.size else 3.0)
    half = np.where(gaps <= _GAP * spacing, 0.5 * gaps, 0.5 * spacing)
    return np.column_stack((at - np.append(0.5 * spacing, half), at + np.append(half, 0.5 * spacing)))


def _along(contours: ContourPlanes, slabs: Floats, plane: Grid) -> list[Floats]:
    frame = contours.frame
    height = float(plane.origin_mm @ frame.normal)
    inside = np.flatnonzero((slabs[:, 0] <= height) & (height < slabs[:, 1]))
    lines = []
    for place in inside[:1].tolist():
        for points in _contours_of(contours, place):
            closed = np.vstack((points, points[:1]))
            lines.append(closed @ np.stack((frame.u_axis, frame.v_axis)) + height * frame.normal)
    return lines


def _across(contours: ContourPlanes, slabs: Floats, plane: Grid) -> list[Floats]:
    """Cut each plane's contours by the line in which the picture meets it, and join the rectangles."""
    frame = contours.frame
    u, v = float(plane.normal @ frame.u_axis), float(plane.normal @ frame.v_axis)
    offset = float(plane.normal @ plane.origin_mm)
    along = np.array([-v, u])  # of the line, in the frame of the contours
    start = offset * np.array([u, v])
    crossings = [_crossings(_contours_of(contours, place), u, v, offset, along) for place in range(len(slabs))]
    flat: list[tuple[float, float, float, float]] = []
    for place, (at, (low, high)) in enumerate(zip(crossings, slabs.tolist(), strict=True)):
        flat += [(s, low, s, high) for s in at]
        below = crossings[place - 1] if place and slabs[place - 1, 1] == low else []
        flat += [(a, low, b, low) for a, b in _spans(sorted([*at, *below]))]
        if place == len(slabs) - 1 or slabs[place + 1, 0] != high:
            flat += [(a, high, b, high) for a, b in _spans(at)]
    basis = np.stack((along[0] * frame.u_axis + along[1] * frame.v_axis, frame.normal))
    shift = start[0] * frame.u_axis + start[1] * frame.v_axis
    return [np.array(points) @ basis + shift for points in _joined(flat)]


def _joined(pieces: list[tuple[float, float, float, float]]) -> list[list[tuple[float, float]]]:
    """Return pieces of line that share their ends as few long lines, closed where they close."""
    ends: dict[tuple[float, float], list[int]] = {}
    for number, (x0, y0, x1, y1) in enumerate(pieces):
        ends.setdefault((x0, y0), []).append(number)
        ends.setdefault((x1, y1), []).append(number)
    left, lines = set(range(len(pieces))), []
    for number in range(len(pieces)):
        if number not in left:
            continue
        left.discard(number)
        line = [pieces[number][:2], pieces[number][2:]]
        while (after := next((n for n in ends[line[-1]] if n in left), None)) is not None:
            left.discard(after)
            piece = pieces[after]
            line.append(piece[2:] if piece[:2] == line[-1] else piece[:2])
        lines.append(line)
    return lines


def _crossings(polygons: list[Floats], u: float, v: float, offset: float, along: Floats) -> list[float]:
    """Return where the edges of polygons cross the line u·x + v·y = offset, ascending along it."""
    found: list[float] = []
    for points in polygons:
        side = points @ np.array([u, v]) - offset
        after, other = np.roll(side, -1), np.roll(points, -1, axis=0)
        cut = np.flatnonzero((side < 0) != (after < 0))
        share = side[cut] / (side[cut] - after[cut])
        found += ((points[cut] + share[:, None] * (other[cut] - points[cut])) @ along).tolist()
    return sorted(found)


def _spans(at: list[float]) -> list[tuple[float, float]]:
    """Return what lies inside by the even-odd rule."""
    return [(a, b) for a, b in zip(at[::2], at[1::2], strict=False) if b > a]
