"""Boxes with every patient as a line: what a technique does in the mean, and in each one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.report.palette import slot_style
from dosimetry.text import clean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dosimetry.cohort.observations import Key
    from dosimetry.cohort.study import Study

__all__ = ["cohort_figure"]

_COLUMNS, _MOST = 3, 9
_LETTERS = 36  # that stand beside each other below a panel


def cohort_figure(study: Study, keys: tuple[Key, ...] | None = None) -> Figure:
    """Return one panel for each metric, at most nine: boxes of the techniques, patients joined by lines."""
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    shown = (study.measured() if keys is None else keys)[:_MOST]
    columns = min(_COLUMNS, max(len(shown), 1))
    rows = -(-max(len(shown), 1) // columns)
    figure = Figure(figsize=(3.9 * columns, 3.4 * rows), layout="constrained")
    for panel, key in enumerate(shown, 1):
        axes = figure.add_subplot(rows, columns, panel)
        found = [row for label in study.techniques if (row := study.row(key, label)) is not None]
        places = {row.technique: place for place, row in enumerate(found, 1)}
        for patient in study.patients:
            line = [(places[row.technique], row.values[patient]) for row in found if patient in row.values]
            if len(line) > 1:
                axes.plot(*zip(*line, strict=True), color="#999999", linewidth=0.7, alpha=0.7, zorder=1)
        for row in found:
            place = places[row.technique]
            colour, marker = slot_style(study.techniques.index(row.technique))
            numbers = list(row.values.values())
            axes.boxplot(
                numbers,
                positions=[place],
                widths=0.5,
                showfliers=False,
                manage_ticks=False,
                medianprops={"color": colour, "linewidth": 2.2},
                boxprops={"color": colour},
                whiskerprops={"color": colour},
                capprops={"color": colour},
            )
            axes.plot(
                [place] * len(numbers), numbers, marker, color=colour, markersize=3.5, alpha=0.8, linestyle=""
            )
        part, metric, unit = key
        names = [clean(label, limit=24).replace("$", r"\$") for label in places]
        axes.set_xticks(list(places.values()), names)
        if max(map(len, names)) * len(names) > _LETTERS:
            axes.tick_params("x", rotation=30)
            for name in axes.get_xticklabels():
                name.set_horizontalalignment("right")
        title = f"{part.replace('_', ' ')}: {metric.partition('[')[0]}"
        axes.set_title(clean(title, limit=60).replace("$", r"\$"), loc="left", fontsize=10)
        axes.set_ylabel(clean(unit, limit=20).replace("$", r"\$"))
        axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
        axes.grid(visible=True, axis="y", color="#dddddd", linewidth=0.7)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure
