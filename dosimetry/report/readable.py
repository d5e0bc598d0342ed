"""A figure of histograms with what a page needs to read doses and volumes off it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.report.document import Plot, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure

    from dosimetry.report.figures import Curve

__all__ = ["readable_plot"]

_POINTS_PER_INCH = 72  # the unit of matplotlib's SVG files
_STEPS = 500  # between them the reading is linear; a tenth of a gray for most plans


def readable_plot(figure: Figure, curves: Iterable[Curve], prefix: str) -> Plot:
    """Return where the axes of a saved figure lie, and the curves in it.

    Parameters
    ----------
    figure
        With one pair of axes, saved before: its layout is known only then.
    curves
        What it shows.
    prefix
        Of the names of its elements.
    """
    (axes,) = figure.axes
    width, height = (float(inches) * _POINTS_PER_INCH for inches in figure.get_size_inches())
    place = axes.get_position()
    low, high = (float(end) for end in axes.get_xlim())
    doses = np.linspace(low, high, _STEPS + 1)
    bottom, top = (float(end) for end in axes.get_ylim())
    traces = []
    for curve in curves:
        edges, volume = curve.dvh.cumulative()
        shares = 100.0 * np.interp(doses, edges, volume, right=0.0) / curve.dvh.inside_cc
        traces.append(Trace(curve.label, f"{prefix}-{curve.group}", tuple(shares.round(2).tolist())))
    return Plot(
        (place.x0 * width, (1 - place.y1) * height, place.x1 * width, (1 - place.y0) * height),
        (low, high),
        (bottom, top),
        tuple(traces),
    )
