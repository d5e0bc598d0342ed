"""What slices cost, drawn: error over slice spacing, and over where the planes lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.report.document import Key, Picture
from dosimetry.report.palette import slot_style
from dosimetry.report.svg import inline_svg, swatch
from dosimetry.validation.score import VOLUME
from dosimetry.validation.sweep import SCANNED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from dosimetry.validation.benchmark import Benchmark

__all__ = ["pictures"]

_INCHES = (4.9, 3.4)
_Line = tuple[str, tuple[float, ...], tuple[float, ...]]


def pictures(result: Benchmark) -> tuple[Picture, ...]:
    """Return the figures of a benchmark."""
    scans = result.scans
    return (
        _picture(
            "Largest error of the volume by slice spacing",
            ("Slice spacing [mm]", "Largest error of the volume [%]"),
            _by_spacing(result, VOLUME, ""),
            is_log=True,
        ),
        _picture(
            "Largest error of D99 % in a CC gradient by slice spacing",
            ("Slice spacing [mm]", "Largest error of D99 % [Gy]"),
            _by_spacing(result, "D99%[Gy]", "CC"),
        ),
        _picture(
            f"D99 % of a {SCANNED.name} by where the planes lie",
            ("Distance of a plane from the centre [slices]", "Error of D99 % [Gy]"),
            [(f"{scan.slice_mm:g} mm slices", scan.shares, scan.errors_gy) for scan in scans],
        ),
        _picture(
            f"Volume of a {SCANNED.name} by where the planes lie",
            ("Distance of a plane from the centre [slices]", "Error of the volume [%]"),
            [(f"{scan.slice_mm:g} mm slices", scan.shares, scan.volume_errors_pct) for scan in scans],
        ),
    )


def _by_spacing(result: Benchmark, metric: str, dose: str) -> list[_Line]:
    rows = [row for row in result.scatter if (row.metric, row.dose) == (metric, dose)]
    lines: list[_Line] = []
    for body in dict.fromkeys(row.body for row in rows):
        own = sorted((row.slice_mm, row.largest) for row in rows if row.body == body)
        lines.append((body, tuple(x for x, _ in own), tuple(y for _, y in own)))
    return lines


def _picture(title: str, labels: tuple[str, str], lines: Iterable[_Line], *, is_log: bool = False) -> Picture:
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    figure = Figure(figsize=_INCHES, layout="constrained")
    axes: Axes = figure.add_subplot()
    legend = []
    drawn = list(lines)
    for slot, (name, x, y) in enumerate(drawn):
        colour, marker = slot_style(slot)
        every = max(1, len(x) // 8)
        axes.plot(x, y, color=colour, marker=marker, markersize=4.5, markevery=every, linewidth=1.6)
        legend.append(Key(name, (swatch(slot, dashed=False),)))
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    if x_places := sorted({place for _, x, _ in drawn for place in x if len(x) <= 4}):
        axes.set_xticks(x_places)
    if is_log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
    axes.grid(visible=True, color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    words = f"{title}: {', '.join(key.name for key in legend)}"
    # Letters only: identifiers of all figures share one page.
    prefix = "".join(letter for letter in title if letter.isalpha())
    return Picture(title, inline_svg(figure, prefix, words), tuple(legend))
