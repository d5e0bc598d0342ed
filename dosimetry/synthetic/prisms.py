"""Bodies as contours on axial planes, and the exact histogram of the prisms that stand on these contours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.model.structures import ContourPlanes, PlaneFrame
from dosimetry.synthetic.truth import Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.synthetic.analytic_dose import LinearDose
    from dosimetry.synthetic.bodies import Body

    Values = NDArray[np.float64]

__all__ = ["body_contours", "prism_truth"]

_POLE_MM = 1e-4  # a pole is drawn as the section this far within


def body_contours(
    body: Body, positions_mm: Values, point_spacing_mm: float, *, poles: bool = False
) -> ContourPlanes:
    """Return the outline of a body on each axial plane that cuts an area out of it.

    Parameters
    ----------
    body
        What to cut; it must reach at least one plane.
    positions_mm
        z of the planes, ascending, shape (planes,).
    point_spacing_mm
        Largest distance between neighbouring points.
    poles
        Whether a plane that touches the body without cutting it has a contour too, of next to no area.
    """
    depths = (0.0, -_POLE_MM, _POLE_MM) if poles else (0.0,)
    drawn: dict[float, Values] = {}
    for z in positions_mm.tolist():
        for depth in depths:
            points = body.section(z + depth, point_spacing_mm)
            if points is not None:
                drawn[z] = points
                break
    return ContourPlanes(
        frame=PlaneFrame.axial(),
        points_mm=np.concatenate(list(drawn.values())),
        contour_offsets=np.cumsum([0, *map(len, drawn.values())]),
        plane_offsets=np.arange(len(drawn) + 1),
        positions_mm=np.array(list(drawn)),
    )


def prism_truth(contours: ContourPlanes, slice_mm: float, cap_mm: float, dose: LinearDose) -> Truth:
    """Return the histogram of the prisms on contours of even spacing: closed forms, and no cell, bin or sample.

    Parameters
    ----------
    contours
        One contour a plane, without self-crossings.
    slice_mm
        Distance of the planes.
    cap_mm
        How far the first and the last prism reach beyond their planes.
    dose
        Its gradient.
    """
    at, start = contours.positions_mm, contours.contour_offsets
    low, high = at - 0.5 * slice_mm, at + 0.5 * slice_mm
    low[0], high[-1] = at[0] - cap_mm, at[-1] + cap_mm
    points = contours.points_mm
    # The next vertex of each: the first one follows the last of a contour.
    after = np.arange(1, len(points) + 1)
    after[start[1:] - 1] = start[:-1]
    step, y, y_next = points[after, 0] - points[:, 0], points[:, 1], points[after, 1]
    # Areas under the edges add up to that of the polygon, with the sign of its sense.
    signed = np.add.reduceat(0.5 * step * (y + y_next), start[:-1])
    areas, sense = np.abs(signed), np.sign(signed)
    thickness = high - low
    volume = float(areas @ thickness)
    if dose.axis == "z":
        mean = float(areas @ (0.5 * (high**2 - low**2))) / volume
        ends = (float(low[0]), float(high[-1]))

        def beyond_mm3(u_mm: float) -> float:
            return float(areas @ np.clip(high - np.maximum(low, u_mm), 0.0, None))

    else:
        weight = step * np.repeat(sense * thickness, np.diff(start))
        mean = float(weight @ (y * y + y * y_next + y_next * y_next)) / 6 / volume
        ends = (float(y.min()), float(y.max()))

        def beyond_mm3(u_mm: float) -> float:
            one, other = y - u_mm, y_next - u_mm
            upper, lower = np.maximum(one, other), np.minimum(one, other)
            # Under an edge that crosses the line only the triangle above it counts.
            crossing = (upper > 0) & (lower < 0)
            part = np.where(crossing, upper / np.where(crossing, upper - lower, 1.0) * upper, 0.0)
            return float(weight @ (0.5 * np.where(lower >= 0, one + other, part)))

    return Truth(
        volume_cc=volume / 1000,
        mean_gy=dose.centre_gy + mean,
        min_gy=dose.centre_gy + ends[0],
        max_gy=dose.centre_gy + ends[1],
        at_least_cc=lambda dose_gy: beyond_mm3(dose_gy - dose.centre_gy) / 1000,
    )
