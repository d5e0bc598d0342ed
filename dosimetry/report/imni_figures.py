"""The DVHs of both plans as figures of a page, with legends outside the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dvh.band import band
from dosimetry.report.document import Key, Picture
from dosimetry.report.figures import COLOURS, Curve, dvh_panel
from dosimetry.report.imni import labels
from dosimetry.report.palette import structure_styles
from dosimetry.report.readable import readable_plot
from dosimetry.report.svg import inline_svg, swatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.dvh.dvh import Dvh
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.increment import Increment
    from dosimetry.report.palette import Style

__all__ = ["pictures", "undrawn"]

_ONE_PANEL = COLOURS  # structures that one figure tells apart by colour
_HALF_INCHES, _WHOLE_INCHES = (4.9, 3.9), (7.2, 4.4)  # of figures side by side, and of one alone
_TARGETS = ("imn_target", "breast_target", "breast_ipsilateral", "chestwall")


def pictures(result: ImnComparison) -> tuple[Picture, ...]:
    """Return the DVHs of both plans: one figure, or organs at risk and targets apart where it would be crowded.

    Around the curves of structures that have intervals, these are shaded.
    """
    drawn = [increment for increment in result.increments if _is_drawn(increment, result)]
    targets = [increment for increment in drawn if _is_target(increment, result)]
    organs = [increment for increment in drawn if increment not in targets]
    styles = dict(zip(drawn, structure_styles([increment.key for increment in drawn]), strict=True))
    groups = (
        [("Organs at risk", organs), ("Targets", targets)]
        if len(drawn) > _ONE_PANEL
        else [("Organs at risk and targets", drawn)]
    )
    names = labels(result)
    highest = max((dvh.max_gy for increment in drawn for dvh in _pair(increment)), default=1.0)
    size = _HALF_INCHES if len(groups) > 1 else _WHOLE_INCHES
    return tuple(
        _picture(title, {increment: names[increment] for increment in group}, styles, f"dvh{index}", highest, size)
        for index, (title, group) in enumerate(groups, 1)
        if group
    )


def undrawn(result: ImnComparison) -> tuple[str, ...]:
    """Return the names of the structures that no figure shows."""
    return tuple(name for increment, name in labels(result).items() if not _is_drawn(increment, result))


def _pair(increment: Increment) -> tuple[Dvh, ...]:
    return tuple(dvh for dvh in (increment.without.dvh, increment.with_.dvh) if dvh and dvh.inside_cc > 0)


def _is_target(increment: Increment, result: ImnComparison) -> bool:
    return increment.key in _TARGETS or increment.name in {other.name for other in result.others}


def _is_drawn(increment: Increment, result: ImnComparison) -> bool:
    return len(_pair(increment)) == 2 and (increment.key is not None or _is_target(increment, result))


def _picture(
    title: str,
    group: Mapping[Increment, str],
    styles: Mapping[Increment, Style],
    prefix: str,
    limit_gy: float,
    size: tuple[float, float],
) -> Picture:
    places = {increment: f"s{place}-" for place, increment in enumerate(group)}
    curves = [
        Curve(
            f"{name}, {'without' if dashed else 'with'} IMN",
            dvh,
            place,
            dashed=dashed,
            band=band(dvh, limit_gy) if increment.intervals else None,
            group=f"{places[increment]}{'without' if dashed else 'with'}",
            style=styles[increment],
        )
        for place, (increment, name) in enumerate(group.items())
        for dvh, dashed in zip(_pair(increment), (True, False), strict=True)
    ]
    # Names of ROIs stand in the page's own legend: the picture holds no text from files.
    label = f"{title}: cumulative dose-volume histograms of {len(group)} structures without and with the IMN target"
    figure = dvh_panel(curves, size_inches=size, limit_gy=limit_gy)
    svg = inline_svg(figure, prefix, label)
    legend = tuple(
        Key(
            name,
            tuple(swatch(styles[increment], dashed=dashed) for dashed in (True, False)),
            f"{prefix}-{places[increment]}",
        )
        for increment, name in group.items()
    )
    plot = readable_plot(figure, curves, prefix)
    return Picture(title, svg, legend, "line without IMN, line with IMN, structure", plot)
