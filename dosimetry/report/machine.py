"""Results for machines as text: JSON and CSV.

Numbers have ten significant digits, and one that is not finite is refused: neither format has a word for it. Text
may come from a file of unknown origin: it is cleaned, and cannot act as a spreadsheet formula.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

from dosimetry.errors import OutputError
from dosimetry.text import clean, csv_cell

__all__ = ["Cell", "csv_text", "json_text", "plain"]

Cell: TypeAlias = str | float | int | None
_DIGITS = 10  # significant digits of printed floats: far beyond any dose, short of binary noise
_MAX_JSON_TEXT = 100_000


def json_text(document: Mapping[str, object], *, ascii_only: bool = False) -> str:
    """Return a document as JSON in the order given, floats with ten significant digits.

    Raises
    ------
    OutputError
        Where a number is not finite: JSON has no word for it, and null means "not there".
    """
    return json.dumps(plain(document, ""), indent=2, ensure_ascii=ascii_only, allow_nan=False) + "\n"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV; absent values are empty cells, and text cannot act as a spreadsheet formula.

    Raises
    ------
    OutputError
        Where a number is not finite.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([csv_cell(name) for name in header])
    for row in rows:
        cells = zip(header, row, strict=True)
        writer.writerow([_csv_text(plain(cell, name)) for name, cell in cells])
    return buffer.getvalue()


def plain(value: object, place: str) -> object:
    """Return JSON-ready values: floats rounded, text cleaned, arrays' scalars turned into Python's."""
    if isinstance(value, str):
        return clean(value.value if isinstance(value, Enum) else value, limit=_MAX_JSON_TEXT)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise OutputError("result is not a finite number", item=place or None, found=str(value))
        return float(f"{value:.{_DIGITS}g}") + 0.0  # turns -0.0 into 0.0
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(item, f"{place}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if hasattr(value, "item"):  # a numpy scalar
        return plain(value.item(), place)
    raise TypeError(f"{place or 'document'}: {type(value).__name__} has no form in JSON")


def _csv_text(cell: object) -> str:
    if isinstance(cell, str):
        return csv_cell(cell)
    if isinstance(cell, float):
        return format(cell, f".{_DIGITS}g")
    return "" if cell is None else str(cell)
