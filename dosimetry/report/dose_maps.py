"""Maps of both doses and of their difference through the IMN target, as pictures of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic.sums import require_addable
from dosimetry.errors import DosimetryError, UnsupportedError
from dosimetry.report.document import Gallery, Key, Picture, Section, Statement
from dosimetry.report.dose_planes import View, cut_plane, outlines, sampled
from dosimetry.report.figures import slot_style
from dosimetry.report.imni import labels
from dosimetry.report.imni_figures import drawn_slots
from dosimetry.report.svg import inline_svg, swatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.increment import Increment
    from dosimetry.report.dose_planes import CutPlane

    Floats = NDArray[np.float64]

__all__ = ["dose_maps", "isodose_lines", "levels_gy", "map_section", "outlined"]

_LEVELS_GY = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0)
_MOST_LEVELS = 6
_SIZE_INCHES = (10.5, 4.4)
_BOTTOM, _WIDTH = 0.24, 0.27
_NOTE = "No CT is shown. Outlined are structures that colour tells apart, in the colours of the DVHs."
_LEAST_GY = 0.5  # a difference below it is not shaded to its full colour
_KEPT = ("heart", "imn_target", "lad", "lung_ipsilateral", "breast_ipsilateral", "breast_target")


def map_section(result: ImnComparison) -> Section:
    """Return the maps as a part of a report: what cannot be drawn is told."""
    lead = (
        "Planes of the patient through the centre of the IMN target's contours. Isodoses in Gy, interpolated "
        "linearly between voxel centres; for looking, not for measuring. Dashed isodoses: less dose with the IMN "
        "target."
    )
    try:
        found, reason = dose_maps(result)
    except DosimetryError as error:
        return Section("maps", "Dose maps", (Statement(f"No maps: {error.reason}", "Not drawn", "unknown"),))
    told = (Statement(f"No map of the difference: {reason}", "No difference", "unknown"),) if reason else ()
    return Section("maps", "Dose maps", (*told, Gallery(found, notes=(_NOTE,))), lead)


def dose_maps(result: ImnComparison) -> tuple[tuple[Picture, ...], str]:
    """Return one picture for each plane, and why there is no difference; an empty text where there is one.

    Raises
    ------
    UnsupportedError
        If a dose is a single plane, or the IMN target has no contours.
    """
    reason = ""
    try:
        require_addable((result.with_.dose, result.without.dose))
    except DosimetryError as error:
        reason = error.reason
    return tuple(_picture(result, view, is_different=not reason) for view in View), reason


def isodose_lines(values_gy: Floats, plane: CutPlane, level_gy: float) -> tuple[Floats, ...]:
    """Return an isodose as lines of shape (points, 2): across and along the plane, LPS in mm."""
    from skimage.measure import find_contours  # noqa: PLC0415  takes a while to import

    rows, columns = np.arange(plane.along_mm.size), np.arange(plane.across_mm.size)
    return tuple(
        np.column_stack(
            (np.interp(line[:, 1], columns, plane.across_mm), np.interp(line[:, 0], rows, plane.along_mm))
        )
        # NaN beyond the grid ends a line
        for line in find_contours(values_gy, level_gy)  # type: ignore[no-untyped-call]
    )


def levels_gy(highest_gy: float) -> tuple[float, ...]:
    """Return the isodoses below a dose, at most six."""
    return tuple(level for level in _LEVELS_GY if level < highest_gy)[-_MOST_LEVELS:]


def outlined(slots: Mapping[Increment, int]) -> dict[Increment, int]:
    """Return the structures to outline: of two with one colour the first, lest a target be taken for the heart."""
    kept: dict[Increment, int] = {}
    for one in sorted((one for one in slots if one.key in _KEPT), key=lambda one: _KEPT.index(str(one.key))):
        if slot_style(slots[one])[0] not in {slot_style(slot)[0] for slot in kept.values()}:
            kept[one] = slots[one]
    return kept


def _picture(result: ImnComparison, view: View, *, is_different: bool) -> Picture:
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    target = next(one for one in result.increments if one.key == "imn_target")
    grids = [result.without.dose.grid, result.with_.dose.grid]
    finest = min(grids, key=_voxel_mm3)
    planes = []
    for side, grid in zip((target.without, target.with_), grids, strict=True):
        contours = side.structure.contours
        if contours is None:
            raise UnsupportedError("the IMN target has no contours that a plane could go through")
        planes.append(cut_plane(view, contours.centroid_mm, finest if is_different else grid))
    if is_different:
        planes[0] = planes[1]
    doses = [sampled(one.dose, plane) for one, plane in zip((result.without, result.with_), planes, strict=True)]
    highest = max(float(np.nanmax(dose, initial=0.0)) for dose in doses)
    names, slots = labels(result), drawn_slots(result)
    kept = outlined(slots)
    figure = Figure(figsize=_SIZE_INCHES)
    panels = [
        figure.add_axes((left, _BOTTOM, _WIDTH, 0.93 - _BOTTOM))  # laying out by trial takes half of the time
        for left in (0.055, 0.385, 0.715)[: 3 if is_different else 2]
    ]
    for at, (axes, dose) in enumerate(zip(panels, doses, strict=False)):
        shades = _wash(axes, dose, planes[at], "YlGnBu", (0.0, highest))
        _isodoses(axes, dose, planes[at], levels_gy(highest))
        _contours(axes, kept, planes[at], is_with=at == 1)
        _frame(axes, planes[at], ("Without IMN", "With IMN")[at])
    _scale(figure, shades, (0.2, 0.1, 0.3, 0.03), "Dose [Gy]")
    if is_different:
        change = doses[1] - doses[0]
        most = max(float(np.nanmax(np.abs(change), initial=0.0)), _LEAST_GY)
        shades = _wash(panels[2], change, planes[1], "PuOr_r", (-most, most))
        steps = levels_gy(most)
        _isodoses(panels[2], change, planes[1], (*(-level for level in steps), *steps))
        _contours(panels[2], kept, planes[1], is_with=True)
        _frame(panels[2], planes[1], "With minus without")
        _scale(figure, shades, (0.745, 0.1, 0.21, 0.03), "Difference [Gy]")
    kinds = "doses without and with the IMN target" + (" and their difference" if is_different else "")
    svg = inline_svg(figure, f"map{view.value}", f"{view.value} plane through the IMN target: {kinds}")
    legend = tuple(Key(names[one], (swatch(slot, dashed=False),)) for one, slot in kept.items())
    return Picture(f"{view.value.capitalize()} plane", svg, legend, "line, structure", is_wide=True)


def _voxel_mm3(grid: Grid) -> float:
    return float(np.prod(grid.spacing_mm)) * float(np.diff(grid.frame_positions_mm).min(initial=np.inf))


def _scale(figure: Figure, shades: AxesImage, place: tuple[float, float, float, float], label: str) -> None:
    bar = figure.colorbar(shades, cax=figure.add_axes(place), orientation="horizontal")
    bar.set_label(label, fontsize=8)
    bar.ax.tick_params(labelsize=7)


def _wash(axes: Axes, values: Floats, plane: CutPlane, shades: str, limits: tuple[float, float]) -> AxesImage:
    across, along = plane.across_mm, plane.along_mm
    half = [0.5 * float(at[-1] - at[0]) / max(at.size - 1, 1) for at in (across, along)]
    extent = (across[0] - half[0], across[-1] + half[0], along[0] - half[1], along[-1] + half[1])
    # One small picture inside the drawing: the nodes as they are, not as many shapes.
    return axes.imshow(
        values, cmap=shades, vmin=limits[0], vmax=limits[1], extent=extent, origin="lower", interpolation="none"
    )


def _isodoses(axes: Axes, values: Floats, plane: CutPlane, levels: tuple[float, ...]) -> None:
    for level in levels:
        lines = isodose_lines(values, plane, level)
        if lines:
            # One path with gaps: hundreds of small ones take longer to write than all the rest.
            gap = np.full((1, 2), np.nan)
            path = np.vstack([part for line in lines for part in (line, gap)]).T
            axes.plot(*path, color="#ffffff", linewidth=1.8, solid_capstyle="round")
            axes.plot(*path, color="#111111", linewidth=0.8, linestyle="--" if level < 0 else "-")
            longest = max(lines, key=len)
            # Labels of neighbouring levels lie at different places around the dose.
            point = longest[int(len(longest) * (0.15 + 0.61803 * levels.index(level)) % len(longest))]
            axes.annotate(
                f"{level:+g}" if levels[0] < 0 else f"{level:g}",
                point,
                fontsize=7,
                ha="center",
                va="center",
                bbox={"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none"},
                zorder=5,
            )


def _contours(axes: Axes, kept: Mapping[Increment, int], plane: CutPlane, *, is_with: bool) -> None:
    for one, slot in kept.items():
        colour, marker = slot_style(slot)
        side = one.with_ if is_with else one.without
        for line in outlines(side.structure, plane):
            axes.plot(*line.T, color="#ffffff", linewidth=3.0)
            every = (0, max(len(line) // 4, 1))
            axes.plot(
                *line.T,
                color=colour,
                linewidth=1.6,
                marker=marker,
                markersize=4,
                markevery=every,
                markeredgecolor="white",
                markeredgewidth=0.5,
            )


def _frame(axes: Axes, plane: CutPlane, title: str) -> None:
    from matplotlib.ticker import MultipleLocator  # noqa: PLC0415

    view = plane.view
    names = "xyz"
    axes.set_title(f"{title}, {names[view.axes[2]]} = {plane.position_mm:.1f} mm", fontsize=9, loc="left")
    axes.set_xlabel(f"{names[view.axes[0]]} [mm]", fontsize=8)
    axes.set_ylabel(f"{names[view.axes[1]]} [mm]", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.set_xlim(plane.across_mm[0], plane.across_mm[-1])
    ends = plane.along_mm[0], plane.along_mm[-1]
    axes.set_ylim(*(reversed(ends) if view.grows_down else ends))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(50.0))
    for letter, place in _places(view):
        axes.annotate(
            letter,
            place,
            xycoords="axes fraction",
            fontsize=9,
            fontweight="bold",
            ha="center",
            va="center",
            zorder=6,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.85, "edgecolor": "none"},
        )


def _places(view: View) -> Iterator[tuple[str, tuple[float, float]]]:
    return zip(view.letters, ((0.04, 0.5), (0.96, 0.5), (0.5, 0.95), (0.5, 0.05)), strict=True)
