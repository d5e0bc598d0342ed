"""Decimal strings to float64, bit-equal to Python's float()."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.kernels.jit import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["parse_decimals"]

# 10**22 is the largest power of ten that float64 holds exactly.
_POWERS = 10.0 ** np.arange(23)


@kernel
def parse_decimals(text: NDArray[np.uint8], values: NDArray[np.float64]) -> int:
    r"""Parse backslash-separated decimal strings.

    A number below 2**53 times or divided by an exact power of ten is rounded once, so it equals the nearest
    float64 (Clinger 1990, doi 10.1145/93542.93557, section 3). The rest is left to the caller as NaN: no
    decimal string means NaN.

    Parameters
    ----------
    text : uint8[bytes]
        Numbers ``[+-]digits[.digits][e[+-]digits]``, spaces around them, NUL padding behind them.
    values : float64[numbers]
        Filled; NaN where the caller must parse the number itself.

    Returns
    -------
    int
        -1, or the index of the first number that is none.
    """
    end = text.size
    i = 0
    for n in range(values.size):
        while i < end and text[i] == 32:
            i += 1
        negative = False
        if i < end and (text[i] == 43 or text[i] == 45):
            negative = text[i] == 45
            i += 1
        mantissa = np.uint64(0)
        significant = 0  # digits in the mantissa from its first nonzero one
        digits = 0
        scale = 0
        after_point = False
        while i < end:
            c = int(text[i])
            if 48 <= c <= 57:
                digits += 1
                if significant > 0 or c != 48:
                    significant += 1
                if significant <= 19:  # 19 digits always fit into 64 bits
                    mantissa = mantissa * np.uint64(10) + np.uint64(c - 48)
                if after_point:
                    scale -= 1
            elif c == 46 and not after_point:
                after_point = True
            else:
                break
            i += 1
        if digits == 0:
            return n
        if i < end and (text[i] == 101 or text[i] == 69):
            i += 1
            exponent_negative = False
            if i < end and (text[i] == 43 or text[i] == 45):
                exponent_negative = text[i] == 45
                i += 1
            exponent = 0
            exponent_digits = 0
            while i < end and 48 <= text[i] <= 57:
                exponent = min(exponent * 10 + int(text[i]) - 48, 1_000_000)
                exponent_digits += 1
                i += 1
            if exponent_digits == 0:
                return n
            scale += -exponent if exponent_negative else exponent
        while i < end and text[i] == 32:
            i += 1
        while i < end and text[i] == 0:
            i += 1
        if i < end:
            if text[i] != 92:
                return n
            i += 1
        elif n + 1 < values.size:
            return n + 1
        if significant == 0:
            value = 0.0
        elif significant <= 19 and mantissa <= np.uint64(9007199254740992) and -22 <= scale <= 22:
            value = np.float64(mantissa)
            value = value * _POWERS[scale] if scale >= 0 else value / _POWERS[-scale]
        else:
            value = np.nan
        values[n] = -value if negative else value
    return -1 if i >= end else values.size
