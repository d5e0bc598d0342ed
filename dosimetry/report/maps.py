"""Dose maps of a comparison: planes through the IMN target with both doses and their difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic.sums import require_addable
from dosimetry.errors import DosimetryError
from dosimetry.report.document import Gallery, Key, Picture, Section, Statement
from dosimetry.report.imni import labels
from dosimetry.report.map_panels import Panel, map_figure
from dosimetry.report.outlines import middle_mm, outlines
from dosimetry.report.palette import structure_styles
from dosimetry.report.slices import AXIAL, SAGITTAL, at_plane
from dosimetry.report.svg import inline_svg, line_swatch
from dosimetry.report.washes import difference_scale, dose_scale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.increment import Increment
    from dosimetry.model.images import Images
    from dosimetry.model.structures import Structure
    from dosimetry.report.palette import Style
    from dosimetry.report.slices import View

    Floats = NDArray[np.float64]

__all__ = ["Outlined", "drawn_structures", "map_section", "why_no_difference"]

_PARTS = (
    *("heart", "imn_target", "lad", "lung_ipsilateral", "lung_contralateral"),
    *("breast_ipsilateral", "breast_contralateral"),
)
_AXES = (
    "Positions in mm are those of the DICOM patient coordinate system; R, L, A, P, S and I stand for the patient's "
    "right, left, front, back, head and feet. Dotted frame: edge of a dose grid."
)
_MARGIN_MM, _MOST_POINTS, _SHOWN_SHARE = 8.0, 300, 0.05


@dataclass(frozen=True, eq=False)
class Outlined:
    """A structure that maps show.

    Attributes
    ----------
    name
        Untrusted text.
    group
        Of its lines in a drawing.
    style
        How it is drawn.
    sides
        The ROI of the plan without, and of the plan with.
    """

    name: str
    group: str
    style: Style
    sides: tuple[Structure, Structure]


def drawn_structures(result: ImnComparison) -> tuple[Outlined, ...]:
    """Return the structures that maps show, in a fixed order of their parts."""
    names = labels(result)
    by_key: dict[str | None, Increment] = {increment.key: increment for increment in result.increments}
    keys = [key for key in _PARTS if key in by_key]
    return tuple(
        Outlined(
            names[by_key[key]],
            f"s{place}-",
            style,
            (by_key[key].without.structure, by_key[key].with_.structure),
        )
        for place, (key, style) in enumerate(zip(keys, structure_styles(keys), strict=True))
    )


def why_no_difference(result: ImnComparison) -> str:
    """Return why the doses must not be subtracted point by point; empty where they may."""
    doses = result.without.dose, result.with_.dose
    if not all(dose.frame_of_reference_uid for dose in doses):
        return "a dose names no frame of reference, so that the same position need not be the same point"
    try:
        require_addable(doses)
    except DosimetryError as error:
        return error.reason
    return ""


def map_section(
    result: ImnComparison,
    images: tuple[Images | None, Images | None] = (None, None),
    *,
    views: Sequence[View] = (AXIAL, SAGITTAL),
) -> Section:
    """Return the maps as a part of a report.

    Parameters
    ----------
    result
        The comparison.
    images
        The CT of the plan without, and of the plan with; None for none.
    views
        Which planes.
    """
    title, sides = "Dose maps", (result.without, result.with_)
    if any(min(side.dose.grid.shape) < 2 for side in sides):
        return Section("maps", title, (Statement("No maps: a dose is a single plane.", "Not drawn", "plain"),))
    reason = why_no_difference(result)
    shown = drawn_structures(result)
    imn = next(one for one in shown if one.sides[1] is _imn(result).with_.structure)
    centres = [_centre(roi) for roi in imn.sides]
    if not reason:
        centres[0] = centres[1]
    pictures = tuple(_picture(view, result, images, shown, centres, reason) for view in views)
    prescribed = result.imn.prescribed
    lead = (
        f"Planes through the centroid of the IMN target. Dose is painted from {_lowest(result)} up; for looking, "
        "not for measuring."
    )
    notes = [
        _AXES,
        "Dose is trilinear between voxel centres; outlines are the contours as thick as their slice."
        + (f" Percent are of {prescribed.dose_gy:g} Gy." if prescribed else ""),
    ]
    if not any(images):
        notes.append("No CT in the frame of reference of the doses was found: name its folder with --ct.")
    skipped = sorted(
        {
            one.name
            for one in shown
            for view in views
            for roi, centre in zip(one.sides, centres, strict=True)
            if outlines(roi, _point_plane(view, centre)) is None
        }
    )
    if skipped:
        notes.append(f"Not outlined, since their contours are oblique to these planes: {', '.join(skipped)}.")
    blocks = ([Statement(f"No map of the difference: {reason}.", "No difference", "plain")] if reason else []) + [
        Gallery(pictures, notes=tuple(notes))
    ]
    return Section("maps", title, tuple(blocks), lead)


def _imn(result: ImnComparison) -> Increment:
    return next(increment for increment in result.increments if increment.key == "imn_target")


def _lowest(result: ImnComparison) -> str:
    level = dose_scale(result.imn.prescribed.dose_gy if result.imn.prescribed else None)
    return f"{level.ticks[0]} Gy" + (" (5 % of the prescription)" if level.prescription_gy else "")


def _centre(roi: Structure) -> Floats:
    """Return the centroid, moved along its normal to the nearest contours: half a slice at most."""
    centre, contours = middle_mm(roi), roi.contours
    if contours is None:
        return centre
    height = float(centre @ contours.frame.normal)
    nearest = contours.positions_mm[int(np.argmin(np.abs(contours.positions_mm - height)))]
    return np.asarray(centre + (nearest - height) * contours.frame.normal)


def _point_plane(view: View, centre: Floats) -> Grid:
    return view.plane(float(centre[view.normal]), (centre - 1).tolist(), (centre + 1).tolist(), 1.0)


def _picture(
    view: View,
    result: ImnComparison,
    images: tuple[Images | None, Images | None],
    shown: Sequence[Outlined],
    centres: Sequence[Floats],
    reason: str,
) -> Picture:
    sides = (result.without, result.with_)
    lines = [
        {one.group: _cut(one.sides[place], view, centres[place]) for one in shown} for place in range(len(sides))
    ]
    lowest = 0.05 * result.imn.prescribed.dose_gy if result.imn.prescribed else 2.5
    low, high = _window(view, result, lines, centres, lowest)
    step = max(1.0, float(max(high - low)) / _MOST_POINTS)
    planes = [view.plane(float(centre[view.normal]), low.tolist(), high.tolist(), step) for centre in centres]
    doses = [_values(side.dose, plane) for side, plane in zip(sides, planes, strict=True)]
    greys = [None if ct is None else at_plane(ct, plane) for ct, plane in zip(images, planes, strict=True)]
    scale = dose_scale(result.imn.prescribed.dose_gy if result.imn.prescribed else None)
    panels = [
        Panel(f"Dose {side.label} IMN", *panel, scale, outline)
        for side, panel, outline in zip(sides, zip(planes, doses, greys, strict=True), lines, strict=True)
    ]
    if not reason:
        panels.append(
            Panel(
                "Difference: with minus without",
                planes[1],
                doses[1] - doses[0],
                greys[1],
                difference_scale(),
                lines[1],
            )
        )
    places = [f"{'xyz'[view.normal]} = {centre[view.normal]:.1f} mm" for centre in centres]
    at = places[0] if places[0] == places[1] else f"{places[0]} without and {places[1]} with IMN"
    prefix = f"map{view.name}"
    label = f"{view.name} plane at {at}: " + ", ".join(panel.title.lower() for panel in panels)
    svg = inline_svg(map_figure(panels, view, {one.group: one.style for one in shown}), prefix, label)
    visible = [one for one in shown if any(outline[one.group] for outline in lines)]
    legend = tuple(Key(one.name, (line_swatch(one.style),), f"{prefix}-{one.group}") for one in visible)
    return Picture(
        f"{view.name[:1].upper()}{view.name[1:]} plane, {at}", svg, legend, "outline, structure", is_wide=True
    )


def _values(dose: object, plane: Grid) -> Floats:
    found = at_plane(dose, plane)  # type: ignore[arg-type]
    return np.full((plane.rows, plane.columns), np.nan) if found is None else found


def _cut(roi: Structure, view: View, centre: Floats) -> list[Floats]:
    found = outlines(roi, _point_plane(view, centre)) or []
    return [line[:, (view.across, view.down)] for line in found]


def _window(
    view: View,
    result: ImnComparison,
    lines: Sequence[Mapping[str, Sequence[Floats]]],
    centres: Sequence[Floats],
    lowest_gy: float,
) -> tuple[Floats, Floats]:
    """Return the ends of what is shown: every outline in the plane, and the dose that is painted there."""
    points = [line for outline in lines for found in outline.values() for line in found]
    for side, centre in zip((result.without, result.with_), centres, strict=True):
        low, high = side.dose.grid.extent_mm()
        plane = view.plane(float(centre[view.normal]), low.tolist(), high.tolist(), 3.0)
        rows, columns = np.nonzero(np.nan_to_num(_values(side.dose, plane)) >= lowest_gy)
        found = plane.map_index_to_mm(np.column_stack((columns, rows, np.zeros(rows.size))))
        points.append(found[:, (view.across, view.down)])
    every = np.vstack(points)
    low, high = centres[1].copy(), centres[1].copy()
    if every.size:
        low[[view.across, view.down]] = every.min(axis=0) - _MARGIN_MM
        high[[view.across, view.down]] = every.max(axis=0) + _MARGIN_MM
    return low, high
