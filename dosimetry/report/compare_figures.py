"""DVHs of techniques over each other: one panel for each part, one colour for each technique."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.names.parts import PARTS
from dosimetry.report.figures import Curve, draw_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dosimetry.compare.comparison import Compared

__all__ = ["techniques_figure"]

_PANELS = ("heart", "lad", "lung_ipsilateral", "lungs", "breast_contralateral", "imn_target")
_COLUMNS = 3


def techniques_figure(result: Compared) -> Figure:
    """Return the DVHs of the parts that matter, each technique in a colour and marker of its own."""
    from matplotlib.figure import Figure  # noqa: PLC0415  matplotlib takes most of a second to import

    shown = [key for key in _PANELS if any(_is_drawn(result, key, one.label) for one in result.techniques)]
    rows = max(1, -(-len(shown) // _COLUMNS))
    figure = Figure(figsize=(4.1 * min(_COLUMNS, max(len(shown), 1)), 3.5 * rows + 0.5), layout="constrained")
    lines = None
    for number, key in enumerate(shown, 1):
        axes = figure.add_subplot(rows, min(_COLUMNS, len(shown)), number)
        curves = [
            Curve(one.label, dvh, slot)
            for slot, one in enumerate(result.techniques)
            if key in one.parts and (dvh := one.parts[key].dvh) is not None and dvh.inside_cc > 0
        ]
        draw_curves(axes, curves)
        axes.set_title(PARTS[key].label[:1].upper() + PARTS[key].label[1:], loc="left", fontsize=11)
        if (number - 1) % _COLUMNS:
            axes.set_ylabel("")
        if lines is None or len(curves) > len(lines[0]):
            lines = axes.get_legend_handles_labels()
    if lines is not None:
        figure.legend(*lines, loc="outside lower center", ncols=len(result.techniques), frameon=False, fontsize=10)
    return figure


def _is_drawn(result: Compared, key: str, label: str) -> bool:
    one = next(one for one in result.techniques if one.label == label)
    return key in one.parts and one.parts[key].dvh is not None
