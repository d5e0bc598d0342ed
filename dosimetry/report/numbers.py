"""One rounding rule for every document: the same number reads the same wherever it stands.

============================ =========================================
doses [Gy]                   2 decimals
percentages                  1 decimal, of changes too
volumes [cc]                 1 decimal, below 10 cc 2
============================ =========================================

A calculation interval has the decimals of its number, its lower bound rounded down and its upper one up: what is
shown holds what was computed, and the number itself. The confidence interval of an estimate is rounded like it.

Rounded are only the numbers shown: an increment is the rounded difference, not the difference of rounded numbers.
The minus sign is a true one, since a hyphen is easily overlooked; files for machines have their own formats.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.model.quantity import Quantity

__all__ = ["MISSING", "change", "change_bounds", "judged", "limits", "number", "number_bounds", "outward"]

MISSING = "–"
_MINUS = "\N{MINUS SIGN}"
_DIGITS = {"Gy": 2, "%": 1, "%/Gy": 1}
_OTHER_DIGITS = 2
_MAX_DIGITS = 6
_NOISE = 1e-6  # of the last digit: 49.6 stored as 49.600000000001 is not rounded up to 49.7


def number(value: float | None, unit: str) -> str:
    """Return a number as it is shown, without its unit; a dash for none.

    Parameters
    ----------
    value
        The number.
    unit
        ``"Gy"``, ``"%"`` or ``"cc"``; others get 2 decimals.
    """
    return MISSING if value is None else _text(value, _digits(value, unit))


def change(value: float | None, unit: str) -> str:
    """Return a difference with its sign; one that rounds to zero has none."""
    if value is None:
        return MISSING
    shown = _text(value, _digits(value, unit))
    return f"+{shown}" if value > 0 and shown.strip("0.") else shown


def judged(value: float | None, limit: float, unit: str) -> str:
    """Return a number that was held against a limit, with as many decimals as show on which side it lies."""
    if value is None:
        return MISSING
    digits = _digits(value, unit)
    while digits < _MAX_DIGITS and (round(value, digits) >= limit) is not (value >= limit):
        digits += 1
    return _text(value, digits)


def limits(bounds: tuple[float, float], unit: str) -> str:
    """Return an interval; in words where a dash would meet a minus sign."""
    low, high = (number(bound, unit) for bound in bounds)
    return f"{low} to {high}" if _MINUS in low + high else f"{low}–{high}"


def outward(bounds: tuple[float, float], digits: int) -> tuple[float, float]:
    """Return an interval rounded to decimals: the lower bound down, the upper bound up."""
    low, high = bounds
    scale = 10.0**digits
    return math.floor(low * scale + _NOISE) / scale, math.ceil(high * scale - _NOISE) / scale


def number_bounds(quantity: Quantity) -> str:
    """Return the calculation interval of a number; an empty text for none."""
    shown = _bounds(quantity)
    if shown is None:
        return ""
    low, high = shown
    return f"{low} to {high}" if _MINUS in low + high else f"{low}–{high}"


def change_bounds(quantity: Quantity) -> str:
    """Return the calculation interval of a difference, with signs; an empty text for none."""
    shown = _bounds(quantity)
    if shown is None:
        return ""
    return " to ".join(f"+{text}" if text[0] != _MINUS and text.strip("0.") else text for text in shown)


def _bounds(quantity: Quantity) -> tuple[str, str] | None:
    if quantity.value is None or quantity.low is None or quantity.high is None:
        return None
    digits = _digits(quantity.value, quantity.unit)
    low, high = outward((quantity.low, quantity.high), digits)
    return _text(low, digits), _text(high, digits)


def _digits(value: float, unit: str) -> int:
    if unit == "cc":
        return 2 if abs(value) < 10 else 1
    return _DIGITS.get(unit, _OTHER_DIGITS)


def _text(value: float, digits: int) -> str:
    return f"{value:z.{digits}f}".replace("-", _MINUS)  # z: no minus before a zero
