"""One colour, marker and dash for each structure, wherever it is drawn.

The first seven are Okabe and Ito's (https://jfly.uni-koeln.de/color/) without yellow, which is too light on white;
they go to the structures that share a picture most often. Where there is no colour, markers and dashes tell lines
apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BY_PART", "Style", "slot_style", "structure_styles"]


@dataclass(frozen=True, slots=True)
class Style:
    """How a structure is drawn.

    Attributes
    ----------
    colour
        As #RRGGBB.
    marker
        matplotlib's name of the marker on its curves.
    dashes
        Lengths of strokes and gaps of its outline, in line widths; empty for a solid one.
    """

    colour: str
    marker: str
    dashes: tuple[float, ...] = ()


_DOTTED, _DASHED, _LONG, _MIXED = (1.0, 1.2), (3.2, 1.4), (6.0, 1.6), (5.0, 1.3, 1.0, 1.3)

BY_PART: dict[str, Style] = {
    "heart": Style("#D55E00", "o"),
    "imn_target": Style("#0072B2", "s"),
    "lad": Style("#000000", "^"),
    "lung_ipsilateral": Style("#56B4E9", "D", _LONG),
    "lung_contralateral": Style("#009E73", "v", _DASHED),
    "breast_contralateral": Style("#E69F00", "P", _MIXED),
    "spinal_cord": Style("#CC79A7", "X"),
    "breast_ipsilateral": Style("#882255", "D", _DOTTED),
    "breast_target": Style("#117733", "^", _DASHED),
    "chestwall": Style("#777777", "v", _LONG),
    "chestwall_target": Style("#661100", "P", _DASHED),
    "left_ventricle": Style("#7F2704", "<", _DOTTED),
    "lungs": Style("#332288", ">", _LONG),
    "brachial_plexus": Style("#AA4499", "*"),
    "oesophagus": Style("#999933", "<", _DASHED),
    "liver": Style("#6B4C9A", ">", _MIXED),
}
"""By the part that a structure plays; the keys are those of :data:`~dosimetry.names.parts.PARTS`."""

_OTHERS = (
    *(Style("#E69F00", "*", _DOTTED), Style("#CC79A7", "P", _DOTTED), Style("#009E73", "X", _DOTTED)),
    *(Style("#56B4E9", "<", _DOTTED), Style("#000000", ">", _DOTTED), Style("#332288", "o", _DOTTED)),
    *(Style("#D55E00", "v", _DOTTED), Style("#999933", "D", _DOTTED), Style("#AA4499", "s", _DOTTED)),
    *(Style("#A6761D", "^", _DOTTED), Style("#5F6B7A", "*", _DOTTED), Style("#B2182B", "P", _DOTTED)),
)
# For what is no structure: techniques, models, cases. Their order is that of their picture.
_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")


def structure_styles(parts: Sequence[str | None]) -> tuple[Style, ...]:
    """Return how the structures of one picture are drawn, in their order.

    Parameters
    ----------
    parts
        The part that each plays; those that play none get colours that the others of the picture lack.
    """
    taken = {BY_PART[part].colour for part in parts if part in BY_PART}
    spare = [style for style in _OTHERS if style.colour not in taken] or list(_OTHERS)
    styles, others = [], 0
    for part in parts:
        if part is not None and part in BY_PART:
            styles.append(BY_PART[part])
        else:
            styles.append(spare[others % len(spare)])
            others += 1
    return tuple(styles)


def slot_style(slot: int) -> tuple[str, str]:
    """Return colour and matplotlib marker of what is no structure, by its place in the picture."""
    return _COLOURS[slot % len(_COLOURS)], _MARKERS[slot % len(_MARKERS)]
