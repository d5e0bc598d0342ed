"""A number with its unit, its bounds and its warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.warnings import Caution

__all__ = ["Quantity"]


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
