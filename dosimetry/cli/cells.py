"""Numbers and warnings as the text of one cell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dosimetry.report.numbers import outward
from dosimetry.warnings import Caution, merge

if TYPE_CHECKING:
    from dosimetry.cli.formats import Cell
    from dosimetry.model.quantity import Quantity

__all__ = ["bounded", "interval", "joined"]


def joined(cautions: Iterable[Caution]) -> str:
    """Return warnings as the text of one cell."""
    return "; ".join(str(caution) for caution in merge(cautions))


def interval(low: float, high: float, digits: int = 1) -> str:
    """Return bounds as text without spaces, so that they are not torn apart where a table wraps."""
    first, last = f"{low:z.{digits}f}", f"{high:z.{digits}f}"
    dash = "…" if "-" in first + last else "–"  # a dash before a minus sign cannot be read
    return f"({first}{dash}{last})"


def bounded(quantity: Quantity | None, digits: int, *, signed: bool = False) -> Cell:
    """Return a number with its calculation interval in brackets, or alone where it has none."""
    if quantity is None or quantity.value is None:
        return None
    number = f"{quantity.value:{'+' if signed else ''}z.{digits}f}"
    if signed and not number.strip("+-0."):
        number = number[1:]  # neither +0.00 nor -0.00
    if quantity.low is None or quantity.high is None:
        return number
    return f"{number} {interval(*outward((quantity.low, quantity.high), digits), digits)}"
