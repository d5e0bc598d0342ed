"""How finely a histogram resolves dose."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

__all__ = ["DEFAULT_ACCURACY", "Accuracy"]

# More cells than ten times the usual number are not trusted to average any better; and finer cuts than those of
# two hundred cells cost more than they resolve.
_MOST = 10.0
_LEAST = 0.02


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How finely the histogram resolves dose; volume, mean and extremes do not depend on it.

    Attributes
    ----------
    bin_gy
        Width of the histogram's bins. Volumes per bin are exact whatever the width; metrics interpolate within.
    bins
        At most this many: over a wide range of doses they are wider.
    cut_gy
        A cell is cut until its dose is linear on each cut but for this …
    range_share
        … and this share of the range of doses around the structure, …
    ratio
        … or until it is linear but for this share of the dose range on the cut, whichever is larger.
    usual_cells
        Structures of fewer cells than this are cut more finely, and those of more cells less, in proportion to the
        square root of the number of cells: many cells average what a single one leaves.
    """

    bin_gy: float = 0.0015
    bins: int = 1 << 15
    cut_gy: float = 0.02
    range_share: float = 0.002
    ratio: float = 0.01
    skew_share: float = 0.3
    hot_mm3: float = 50.0
    hot_share: float = 0.002
    finer: float = 4.0
    usual_cells: int = 10_000

    def coarseness(self, cells: float) -> float:
        """Return the factor by which the cells of a structure of this many may leave more than usual."""
        return math.sqrt(min(max(_LEAST, cells / self.usual_cells), _MOST))

    def refined(self, factor: int) -> Accuracy:
        """Return an accuracy with cells `factor` times smaller."""
        return replace(
            self, cut_gy=self.cut_gy / factor, range_share=self.range_share / factor, ratio=self.ratio / factor
        )


DEFAULT_ACCURACY = Accuracy()
