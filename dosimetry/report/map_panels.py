"""One plane as a figure: dose without, dose with, and what one has more than the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.report.slices import letters_of
from dosimetry.report.washes import grey_of, isolines, on_grey, painted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.report.palette import Style
    from dosimetry.report.slices import View
    from dosimetry.report.washes import Scale

    Floats = NDArray[np.float64]

__all__ = ["Panel", "map_figure"]

_WIDTH, _SIDE, _GAP, _TOP, _BAR = 11.0, 0.66, 0.22, 0.32, 0.16  # inches
_LABELLED_MM, _APART_MM = 45.0, 17.0
_INK, _HALO = "#111111", "#ffffff"


@dataclass(frozen=True, eq=False)
class Panel:
    """One map.

    Attributes
    ----------
    title
        In the drawing: text of this program.
    plane
        Where it lies.
    values_gy
        Dose or difference at its points, shape (rows, columns); NaN where it is not known.
    values_hu
        The CT there; None for none.
    scale
        Its colours.
    lines
        Outlines by the name of their group, each line of shape (points, 2) in mm across and down.
    """

    title: str
    plane: Grid
    values_gy: Floats
    values_hu: Floats | None
    scale: Scale
    lines: Mapping[str, Sequence[Floats]]


def map_figure(panels: Sequence[Panel], view: View, styles: Mapping[str, Style]) -> Figure:
    """Return maps side by side, all on the same scale, with bars for their colours below.

    Parameters
    ----------
    panels
        Of planes of one size.
    view
        How they are looked at.
    styles
        Of the outlines, by the name of their group.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    rows, columns = panels[0].values_gy.shape
    wide = (_WIDTH - _SIDE - _GAP * 2 - 0.1) / 3
    high = wide * rows / columns
    height = _TOP + high + 1.15
    figure = Figure(figsize=(_WIDTH, height))
    left, bottom = _SIDE, height - _TOP - high
    spans: list[tuple[Scale, float, float]] = []
    for number, panel in enumerate(panels):
        axes = figure.add_axes((left / _WIDTH, bottom / height, wide / _WIDTH, high / height))
        _draw(axes, panel, view, styles, number)
        if spans and spans[-1][0] is panel.scale:
            spans[-1] = (panel.scale, spans[-1][1], left + wide)
        else:
            spans.append((panel.scale, left, left + wide))
        left += wide + _GAP
    for scale, start, end in spans:
        bar = figure.add_axes((start / _WIDTH, 0.42 / height, (end - start) / _WIDTH, _BAR / height))
        _bar(bar, scale)
    return figure


def _draw(axes: Axes, panel: Panel, view: View, styles: Mapping[str, Style], number: int) -> None:
    plane, values = panel.plane, panel.values_gy
    half = 0.5 * plane.spacing_mm[0]
    ends = plane.map_index_to_mm([(0, 0, 0), (plane.columns - 1, plane.rows - 1, 0)])
    (left, top), (right, bottom) = ends[:, (view.across, view.down)].tolist()
    sign = float(view.down_sign)
    extent = (left - half, right + half, bottom + sign * half, top - sign * half)
    grey = grey_of(panel.values_hu, values.shape)
    axes.imshow(painted(values, panel.scale, grey), extent=extent, interpolation="none", origin="upper")
    edge = isolines(np.isfinite(values).astype(float), 0.5, plane, view)
    axes.plot(*_one_line(edge), color="#555555", linewidth=0.6, linestyle=(0, (1, 2)))
    placed: list[Floats] = []
    solid: list[Floats] = []
    dashed: list[Floats] = []
    for level, tick in zip(panel.scale.levels_gy.tolist(), panel.scale.ticks, strict=True):
        for line in isolines(values, level, plane, view):
            length = float(np.hypot(*np.diff(line, axis=0).T).sum())
            if length < 6.0 * half:
                continue
            (solid if level > 0 else dashed).append(line)
            if length >= _LABELLED_MM:
                _label(axes, line, tick, placed)
    axes.plot(*_one_line(solid), color=_INK, linewidth=0.55)
    axes.plot(*_one_line(dashed), color=_INK, linewidth=0.55, linestyle=(0, (2.5, 1.5)))
    for group, lines in panel.lines.items():
        style, line = styles[group], _one_line(lines)
        axes.plot(*line, color=_HALO, linewidth=2.3, alpha=0.75)
        shown = (0, style.dashes) if style.dashes else "-"
        axes.plot(*line, color=style.colour, linewidth=1.5, linestyle=shown, gid=f"{group}{number}")
    for text, x, y in zip(letters_of(view), (0.025, 0.975, 0.5, 0.5), (0.5, 0.5, 0.965, 0.035), strict=True):
        axes.text(
            *(x, y, text),
            transform=axes.transAxes,
            ha="center",
            va="center",
            fontsize=10,
            fontweight="bold",
            bbox={"facecolor": _HALO, "edgecolor": "none", "alpha": 0.8, "pad": 1.2},
        )
    axes.set_xlim(extent[:2])
    axes.set_ylim(extent[2:])
    axes.set_title(panel.title, loc="left", fontsize=10)
    axes.set_xlabel(f"{'xyz'[view.across]} [mm]", fontsize=9)
    axes.tick_params(labelsize=9, labelleft=number == 0)
    if number == 0:
        axes.set_ylabel(f"{'xyz'[view.down]} [mm]", fontsize=9, labelpad=1)


def _one_line(lines: Sequence[Floats]) -> Floats:
    """Return lines as one with gaps, shape (2, points): a line of its own for each costs milliseconds."""
    gap = np.full((1, 2), np.nan)
    return np.vstack([part for line in lines for part in (line, gap)] or [gap]).T


def _label(axes: Axes, line: Floats, text: str, placed: list[Floats]) -> None:
    """Write a level on its line where it is furthest from the levels written before; not where all is too close."""
    low, high = (np.sort(limits) for limits in (axes.get_xlim(), axes.get_ylim()))
    room = (line > (low[0] + 8, high[0] + 5)).all(axis=1) & (line < (low[1] - 8, high[1] - 5)).all(axis=1)
    candidates = line[room][:: max(1, int(room.sum()) // 60)]
    if not candidates.size:
        return
    if placed:
        apart = np.linalg.norm(candidates[:, None] - np.array(placed)[None], axis=2).min(axis=1)
        at = candidates[int(np.argmax(apart))]
        if apart.max() < _APART_MM:
            return
    else:
        at = candidates[0]
    placed.append(at)
    axes.text(
        *(float(at[0]), float(at[1]), text),
        ha="center",
        va="center",
        fontsize=7.5,
        color=_INK,
        bbox={"facecolor": _HALO, "edgecolor": "none", "alpha": 0.85, "pad": 0.7},
    )


def _bar(axes: Axes, scale: Scale) -> None:
    """Draw the steps of colour as equal boxes with the levels between them."""
    steps = np.flatnonzero(scale.painted) if not scale.painted[0] else np.arange(scale.painted.size)
    for place, step in enumerate(steps.tolist()):
        colour = scale.colours[step] if scale.painted[step] else np.ones(3)
        axes.axvspan(place, place + 1, facecolor=tuple(on_grey(colour)), edgecolor="#555555", linewidth=0.5)
    axes.set_xlim(0, len(steps))
    axes.set_yticks([])
    first = 0 if not scale.painted[0] else 1
    ticks = list(scale.ticks)
    if scale.prescription_gy is not None:
        shares = 100.0 * scale.levels_gy / scale.prescription_gy
        ticks = [f"{tick}\n{share:.3g} %" for tick, share in zip(ticks, shares.tolist(), strict=True)]
    axes.set_xticks([first + place for place in range(len(ticks))], ticks)
    axes.tick_params(labelsize=8.5 if len(ticks) < 12 else 7, length=2.5, pad=2)
    title = "Dose [Gy], and in percent of the prescription" if scale.prescription_gy else "Dose [Gy]"
    axes.set_title(title if scale.levels_gy[0] > 0 else "With minus without [Gy]", loc="left", fontsize=9, pad=3)
