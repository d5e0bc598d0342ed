"""How finely a histogram resolves dose."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

__all__ = ["DEFAULT_ACCURACY", "Accuracy"]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How finely the histogram resolves dose; volume, mean and extremes do not depend on it.

    Attributes
    ----------
    bins
        Number of bins over the range of doses around the structure.
    cut_gy
        A cell is cut until the dose range across each cut is at most this …
    range_share
        … and at most this share of the range of doses around the structure, …
    ratio
        … or until it is this share of the range along the cut, whichever is larger.
    few_cells
        Structures of fewer cells than this are cut more finely, in proportion to the square root of the
        number of cells: fewer cells average less of what a single one leaves.
    """

    bins: int = 1 << 16
    cut_gy: float = 0.02
    range_share: float = 0.005
    ratio: float = 0.1
    few_cells: int = 20_000

    def finer(self, cells: float) -> float:
        """Return the factor, at most 1, by which the cells of a structure of this many are cut more finely."""
        return math.sqrt(min(1.0, cells / self.few_cells))

    def refined(self, factor: int) -> Accuracy:
        """Return an accuracy with cells `factor` times smaller."""
        return replace(
            self, cut_gy=self.cut_gy / factor, range_share=self.range_share / factor, ratio=self.ratio / factor
        )


DEFAULT_ACCURACY = Accuracy()
