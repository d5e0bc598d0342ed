"""Figures of dose-volume histograms: colour-blind safe, readable in greyscale, units on every axis."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import OutputError
from dosimetry.report.palette import slot_style
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from dosimetry.dvh.band import Band
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.report.palette import Style

__all__ = [
    "COLOURS",
    "Curve",
    "draw_curves",
    "dvh_figure",
    "dvh_panel",
    "figure_bytes",
    "figure_kind",
]

COLOURS = 7
"""Curves of one figure that colour alone tells apart."""

_FORMATS = ("png", "svg", "pdf")
_POINTS = 400  # more than a figure can show


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a DVH figure.

    Attributes
    ----------
    label
        In the legend, untrusted text.
    dvh
        What it shows; some of its volume lies inside the dose grid.
    slot
        Its place in the figure, which gives colour and marker where there is no `style`.
    dashed
        Dashed line with hollow markers, for the plan without IMN.
    band
        What is shaded around it; None for nothing.
    group
        Name of its elements in an SVG file, for a page that turns them on and off; empty for none.
    style
        Colour and marker of the structure that it is of; None for a curve that is told by its place.
    """

    label: str
    dvh: Dvh
    slot: int
    dashed: bool = False
    band: Band | None = None
    group: str = ""
    style: Style | None = None

    @property
    def look(self) -> tuple[str, str]:
        """Colour and matplotlib marker."""
        return (self.style.colour, self.style.marker) if self.style else slot_style(self.slot)


def dvh_figure(curves: Sequence[Curve], title: str, *, legend_note: str = "", foot: str = "") -> Figure:
    """Return the cumulative DVHs as a matplotlib figure, volume in percent of the part inside the grid.

    `foot` is a line of text below it.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    figure = Figure(figsize=(9.0, 5.2), layout="constrained")
    axes = figure.add_subplot()
    draw_curves(axes, curves)
    axes.set_title(_plain(title), loc="left", fontsize=11)
    if curves:
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            frameon=False,
            fontsize=9,
            title=_plain(legend_note) or None,
            title_fontsize=9,
            alignment="left",
        )
    if foot:
        figure.supxlabel(_plain(foot, limit=200), x=0.01, ha="left", fontsize=8, color="#444444")
    return figure


def dvh_panel(
    curves: Sequence[Curve], *, size_inches: tuple[float, float] = (4.9, 3.9), limit_gy: float | None = None
) -> Figure:
    """Return the same curves without title and legend, for a document that has its own.

    Parameters
    ----------
    curves
        What to draw.
    size_inches
        Width and height.
    limit_gy
        Highest dose of the axis, so that panels side by side have the same; by default that of the curves.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    figure = Figure(figsize=size_inches, layout="constrained")
    draw_curves(figure.add_subplot(), curves, limit_gy)
    return figure


def draw_curves(axes: Axes, curves: Sequence[Curve], limit_gy: float | None = None) -> None:
    """Draw cumulative DVHs, volume in percent of the part inside the grid; `limit_gy` as for :func:`dvh_panel`."""
    highest = max((curve.dvh.max_gy for curve in curves), default=1.0) if limit_gy is None else limit_gy
    for curve in curves:
        dose, volume = curve.dvh.cumulative()
        shown = np.linspace(0.0, float(dose[-1]), _POINTS)
        share = 100.0 * np.interp(shown, dose, volume) / curve.dvh.inside_cc
        colour, marker = curve.look
        if curve.band is not None:
            shaded = curve.band
            axes.fill_between(
                *(shaded.dose_gy, shaded.low_pct, shaded.high_pct),
                color=colour,
                alpha=0.2,
                linewidth=0,
                gid=f"{curve.group}-band" if curve.group else None,
            )
        axes.plot(
            shown,
            share,
            color=colour,
            marker=marker,
            markerfacecolor="white" if curve.dashed else colour,
            markevery=(0.02 + 0.013 * (curve.slot % 7), 0.12),
            markersize=4.5,
            linestyle="--" if curve.dashed else "-",
            linewidth=1.6,
            label=_plain(curve.label),
            gid=curve.group or None,
        )
    axes.set_xlabel("Dose [Gy]")
    axes.set_ylabel("Volume receiving at least the dose [%]")
    axes.set_xlim(0, max(1.04 * highest, 0.1))
    axes.set_ylim(0, 102)
    axes.grid(visible=True, color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _plain(text: str, limit: int = 40) -> str:
    """Return text that matplotlib draws as it is: no mathematics, no leading underscore that hides a label."""
    shown = clean(text, limit=limit).replace("$", r"\$")
    return f"\N{ZERO WIDTH SPACE}{shown}" if shown.startswith("_") else shown


def figure_bytes(figure: Figure, kind: str) -> bytes:
    """Return a figure as a png, svg or pdf file without dates, so that equal results give equal files."""
    import matplotlib as mpl  # noqa: PLC0415

    buffer = io.BytesIO()
    metadata = {"png": None, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    with mpl.rc_context({"svg.hashsalt": "dosimetry", "svg.fonttype": "none", "pdf.fonttype": 42}):
        figure.savefig(buffer, format=kind, dpi=150, metadata=metadata)
    return buffer.getvalue()


def figure_kind(path: Path) -> str:
    """Return the format that a file name asks for.

    Raises
    ------
    OutputError
        If it is none of png, svg and pdf.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in _FORMATS:
        raise OutputError(
            "no known picture format", file=path, expected=" or ".join(f".{known}" for known in _FORMATS)
        )
    return kind
