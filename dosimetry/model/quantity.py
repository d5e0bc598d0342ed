"""A number with its unit, its bounds and its warnings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.warnings import Caution

__all__ = ["Quantity", "up_to"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured or derived number.

    Attributes
    ----------
    value
        The number, or None where it was withheld or cannot be evaluated; the warnings then say why.
    unit
        ``"Gy"``, ``"%"``, ``"cc"`` or another unit, as printed.
    low, high
        Bounds in the same unit; None where none were computed.
    warnings
        What the reader must know with this number.
    """

    value: float | None
    unit: str
    low: float | None = None
    high: float | None = None
    warnings: tuple[Caution, ...] = ()


def up_to(bound: float) -> str:
    """Return an upper bound of an amount as text of two significant digits, rounded up."""
    if not 0 < bound < math.inf:
        return f"{bound:g}"
    step = 10.0 ** (math.floor(math.log10(bound)) - 1)
    return f"{math.ceil(bound / step * (1 - 1e-12)) * step:.3g}"
