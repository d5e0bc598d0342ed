"""Contour sets as real exports hold them, each with the prisms that it stands for, written out by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bodies import circle, rectangle, stack

from dosimetry.warnings import Code


@dataclass(frozen=True, eq=False)
class ContourSet:
    """Polygons by plane, the ends of each plane's prism, and what must be said of it."""

    polygons: dict
    slabs: list
    codes: tuple = ()  # of the solid
    spacing: float | None = 3.0
    slices: tuple | None = None
    kind: str = "CLOSED_PLANAR"
    read_codes: tuple = ()  # of its file

    def structure(self, name="ROI", number=1):
        return stack(self.polygons, name, self.spacing, number, self.slices)


def even(positions, spacing=3.0):
    return [(z - spacing / 2, z + spacing / 2) for z in positions]


def tube(z):
    """Return the section of an artery 3 mm wide that runs 4 mm sideways and 2 mm back from slice to slice."""
    return [circle(1.5, (1.3 * z, 0.7 * z + 0.4), 24) * (1.0, 0.9)]


def turned(polygon, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return polygon @ np.array([[c, s], [-s, c]])


def keyhole(outer, inner):
    """Return one contour that runs around `outer`, over a bridge around `inner` and back over the bridge."""
    return np.vstack((outer, outer[:1], inner[::-1], inner[-1:]))


def star(points, step, radius, centre):
    """Return a polygon that crosses itself many times."""
    angle = 2 * np.pi * step * np.arange(points) / points
    return np.column_stack((centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)))


def repeated(polygon):
    """Return a polygon with points that come two or three times, and its first point at the end again."""
    counts = 1 + np.arange(len(polygon)) % 3
    return np.vstack((np.repeat(polygon, counts, axis=0), polygon[:1]))


def everywhere(positions, *polygons):
    return {float(z): list(polygons) for z in positions}


EVEN = (-6.0, -3.0, 0.0, 3.0, 6.0)
BLOB = np.round(circle(9, (1.3, -2.2), 37) + 2 * np.sin(np.arange(37))[:, None], 2)
MIXED = (-15.0, -10.0, -5.0, 0.0, 2.5, 5.0, 7.5, 10.0)
NODES = np.array([(-10.0, -2.5), (-2.5, -10.0), (7.5, -2.5), (5.0, 5.0), (-2.5, 7.5), (-10.0, 2.5)])
ENDS = [(2.0, 1.0), (2.6, 1.4), (3.2, 1.8)], [(4.0, 4.0)] * 4, [(5.0, 5.0), (5.0, 5.0), (5.3, 5.1)]
LEFT = np.array((5.0, 5.6))
TINY = np.array([(4.0, 4.0), (4.02, 4.0), (4.0, 4.03)])
FIGURE_OF_EIGHT = np.array([(-9.1, -7.3), (8.4, 9.2), (8.4, -7.3), (-9.1, 9.2)])
TOUCHING = np.array([(-8, -6), (0, -6), (0, 0), (8, 0), (8, 8), (0, 8), (0, 0), (-8, 0)]) + np.array((0.3, 0.7))

SETS = {
    "nested holes": ContourSet(
        everywhere(EVEN, circle(14, (1, 2), 50), circle(9, (2, 1), 40)[::-1], circle(4, (3, 0), 30)), even(EVEN)
    ),
    "keyhole": ContourSet(everywhere(EVEN, keyhole(circle(12, (1, 2), 40), circle(6, (2, 1), 25))), even(EVEN)),
    "exclusive or": ContourSet(
        everywhere(EVEN, circle(9, (-3, 0), 40), circle(8, (4, 1), 40)), even(EVEN), kind="CLOSEDPLANAR_XOR"
    ),
    "overlapping": ContourSet(
        everywhere(EVEN, circle(8, (-3, 0), 40), rectangle(-1, -9, 12, 3), turned(rectangle(-5, -5, 7, 6), 31)),
        even(EVEN),
    ),
    "self-touching": ContourSet(everywhere(EVEN, TOUCHING), even(EVEN)),
    "self-crossing": ContourSet(everywhere(EVEN, FIGURE_OF_EIGHT, star(17, 7, 11, (0.4, 12.3))), even(EVEN)),
    "touching pieces": ContourSet(
        everywhere(EVEN, rectangle(-8, -6, 0, 5), rectangle(0, -4, 7, 7), rectangle(-4, 5, 0, 9)), even(EVEN)
    ),
    "several pieces": ContourSet(
        {z: [circle(5 + z / 9, (-4, 1), 40), circle(3.6, (4.6, z / 5 - 4), 30), BLOB / 3 + LEFT] for z in EVEN},
        even(EVEN),
    ),
    "gaps": ContourSet(
        everywhere((-18.0, -15.0, -12.0, 3.0, 6.0, 15.0), BLOB),
        even((-18.0, -15.0, -12.0, 3.0, 6.0, 15.0)),
        (Code.CONTOUR_GAP,),
        slices=tuple(np.arange(-30.0, 31.0, 3.0)),
    ),
    "jittered": ContourSet(
        {-6.0: [BLOB], -3.001: [BLOB + 1], -0.002: [BLOB + 2], 2.999: [BLOB], 6.003: [BLOB]},
        [(-7.4995, -4.5005), (-4.5005, -1.5015), (-1.5015, 1.4985), (1.4985, 4.501), (4.501, 7.505)],
    ),
    "uneven": ContourSet(
        {z: [BLOB + z / 3] for z in (-9.0, -6.5, -2.0, 0.0, 1.0, 4.0)},
        [(-10.25, -7.75), (-7.75, -4.25), (-4.25, -1.0), (-1.0, 0.5), (0.5, 2.5), (2.5, 5.5)],
        (Code.SPACING_ASSUMED,),
        slices=(-9.0, -6.5, -2.0, 0.0, 1.0, 4.0),
    ),
    "two spacings": ContourSet(
        {z: [BLOB - z / 3] for z in MIXED[1:6]},
        [(-12.5, -7.5), (-7.5, -2.5), (-2.5, 1.25), (1.25, 3.75), (3.75, 6.25)],
        spacing=2.5,
        slices=MIXED,
    ),
    "one plane": ContourSet({1.3: [BLOB]}, [(-0.2, 2.8)], (Code.SPACING_ASSUMED,)),
    "on grid lines": ContourSet(
        everywhere((-4.5, -1.5, 1.5), rectangle(-10, -7.5, 7.5, 12.5)), even((-4.5, -1.5, 1.5))
    ),
    "vertices on nodes": ContourSet(
        everywhere((-3.0, 0.0, 3.0), NODES, rectangle(-5, -5, 0, 0)), even((-3.0, 0.0, 3.0))
    ),
    "0.03 cc": ContourSet(everywhere((0.7, 1.9), circle(2, (1.1, -0.6), 24)), even((0.7, 1.9), 1.2), spacing=1.2),
    "artery": ContourSet({3.0 * i: tube(3.0 * i) for i in range(-5, 6)}, even([3.0 * i for i in range(-5, 6)])),
    "degenerate ends": ContourSet(
        {-6.0: [ENDS[0], ENDS[1]], -3.0: [BLOB, ENDS[2]], 0.0: [BLOB + 1], 3.0: [BLOB / 2], 6.0: [TINY]},
        even(EVEN),
        read_codes=(Code.CONTOUR_SKIPPED,),
    ),
    "duplicated points": ContourSet(everywhere(EVEN, repeated(BLOB), repeated(circle(3, (1, 0), 12))), even(EVEN)),
}
