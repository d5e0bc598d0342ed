"""What the commands share: options, the three output formats, warnings, files and exit codes.

Data goes to stdout, messages to stderr. All text may come from a file of unknown origin: it is cleaned, and
never read as markup.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.errors import OutputError
from dosimetry.report.numbers import outward
from dosimetry.text import clean, csv_cell
from dosimetry.warnings import Caution, merge

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

    from dosimetry.model.quantity import Quantity

__all__ = [
    "Cell",
    "Column",
    "Format",
    "FormatOption",
    "IdentifyOption",
    "IntervalOption",
    "StrictOption",
    "bounded",
    "definitions",
    "finish",
    "interval",
    "joined",
    "note",
    "print_warnings",
    "save_bytes",
    "save_text",
    "say",
    "table",
    "write_csv",
    "write_json",
]

Cell = str | float | int | None
_DIGITS = 10  # significant digits of printed floats: far beyond any dose, short of binary noise
_MAX_JSON_TEXT = 100_000
_UNBOUNDED = 100_000  # columns of a pipe
_NAME_WIDTH, _LEAST_NAME_WIDTH = (
    16,
    8,
)  # text may be broken within a word: down to this, and where nothing else fits
_GUTTER = 3  # between two columns


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", help="How results are printed on stdout.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 where any warning is given.")]
IntervalOption = Annotated[
    bool, typer.Option("--interval", help="With every metric, how far it hangs on the calculation convention.")
]
IdentifyOption = Annotated[
    bool,
    typer.Option("--identify", help="Print patient IDs, UIDs and file names; by default they are hashed."),
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a printed table.

    Attributes
    ----------
    title
        Its header.
    right
        Whether cells stand at the right, as numbers do.
    digits
        Decimals of floats.
    attached
        Whether it stays beside the column before it where a terminal is too narrow for the table.
    """

    title: str
    right: bool = True
    digits: int = 2
    attached: bool = False


def write_json(document: Mapping[str, object]) -> None:
    """Print a document as JSON in the order given, floats with ten significant digits.

    Raises
    ------
    OutputError
        Where a number is not finite: JSON has no word for it, and null means "not there".
    """
    plain = _plain(document, "")
    # a console that is not UTF-8 would turn letters into question marks: escapes lose nothing
    text = json.dumps(plain, indent=2, ensure_ascii=not _is_utf8(), allow_nan=False)
    _emit(text + "\n")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Print rows as CSV; absent values are empty cells, and text cannot act as a spreadsheet formula.

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
        writer.writerow([_csv_text(_plain(cell, name)) for name, cell in cells])
    _emit(buffer.getvalue())


def table(title: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """Print a table; in a pipe it is as wide as it needs to be.

    In a terminal cells are broken between words, and a table that is still too wide goes on below, with its first
    column again: a number is never torn apart.

    Raises
    ------
    OutputError
        Where a number is not finite.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    body = [[clean(_shown(cell, column)) for column, cell in zip(columns, row, strict=True)] for row in rows]
    if title:
        say(title)
        say()
    for number, block in enumerate(_blocks(columns, body, _terminal_width())):
        if number:
            say()
        grid = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for index, width in block.items():
            grid.add_column(
                Text(clean(columns[index].title)),
                justify="right" if columns[index].right else "left",
                overflow="fold",
                width=width,
            )
        for row in body:
            grid.add_row(*(Text(row[index]) for index in block))
        _print(grid, at_least=_total(block.values()))


def _blocks(columns: Sequence[Column], body: Sequence[Sequence[str]], limit: int) -> list[dict[int, int]]:
    """Return which columns stand beside each other in `limit` characters, and how wide each of them is."""
    from rich.cells import cell_len

    texts = [[clean(column.title), *(row[index] for row in body)] for index, column in enumerate(columns)]
    most = [max(cell_len(text) for text in column) for column in texts]
    least = [max((cell_len(word) for text in column for word in text.split()), default=1) for column in texts]
    least = [
        width if column.right else min(width, _NAME_WIDTH) for column, width in zip(columns, least, strict=True)
    ]
    blocks: list[list[int]] = [[]]
    for first in (index for index, column in enumerate(columns) if not column.attached):
        group = [first]
        while group[-1] + 1 < len(columns) and columns[group[-1] + 1].attached:
            group.append(group[-1] + 1)
        if len(blocks[-1]) > 1 and _total(least[index] for index in (*blocks[-1], *group)) > limit:
            blocks.append([0])
        blocks[-1] += group
    lowest = [
        width if column.right else min(width, _LEAST_NAME_WIDTH)
        for column, width in zip(columns, least, strict=True)
    ]
    # a number and its brackets are parted in every column or in none: columns read alike
    spaced = [column.right and any(" " in row[index] for row in body) for index, column in enumerate(columns)]
    parted = [low if broken else high for broken, high, low in zip(spaced, most, least, strict=True)]
    fitted = []
    for block in blocks:
        widths = _fitted(block, (most, least, lowest), limit)
        if any(spaced[index] and width < most[index] for index, width in widths.items()):
            widths = _fitted(block, (parted, least, lowest), limit)
        fitted.append(widths)
    return fitted


def _fitted(block: Sequence[int], steps: Sequence[Sequence[int]], limit: int) -> dict[int, int]:
    """Return the widths of columns: those of the first step, less what the widest can spare down to the next."""
    widths = {index: steps[0][index] for index in block}
    for least in steps[1:]:
        while _total(widths.values()) > limit:
            spare = [index for index in block if widths[index] > least[index]]
            if not spare:
                break
            widths[max(spare, key=widths.__getitem__)] -= 1
    return widths


def _total(widths: Iterable[int]) -> int:
    each = list(widths)
    return sum(each) + _GUTTER * (len(each) - 1)


def definitions(entries: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print terms at the left, each with its lines of text beside it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2), pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for term, lines in entries:
        grid.add_row(Text(clean(term)), Text("\n").join(Text(clean(line)) for line in lines))
    _print(grid)


def say(text: str = "") -> None:
    """Print one line of text on stdout, wrapped between words in a terminal."""
    from rich.text import Text

    _print(Text(clean(text)))


def note(text: str) -> None:
    """Print one line on stderr: a message, never data."""
    sys.stderr.write(f"dosimetry: {clean(text)}\n")


def print_warnings(cautions: Iterable[Caution]) -> None:
    """Print warnings under a table, each one once."""
    for caution in merge(cautions):
        say(f"Warning: {caution}")


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


def finish(cautions: Iterable[Caution], *, strict: bool, failed: bool = False) -> None:
    """Leave the command: exit code 1 where a check failed, or with any warning under ``--strict``.

    Raises
    ------
    typer.Exit
        With code 1, in those cases.
    """
    count = len(merge(cautions))
    if strict and count:
        note(f"{count} warning{'s' if count > 1 else ''} and --strict: exit code 1")
    if failed or (strict and count):
        raise typer.Exit(1)


def save_text(path: Path, text: str) -> None:
    """Write a text file as UTF-8, whole or not at all; see :func:`save_bytes`."""
    save_bytes(path, text.encode("utf-8"))


def save_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all: what was there before stays until the new content is complete.

    Raises
    ------
    OutputError
        Where the folder is missing or the file cannot be written.
    """
    if not path.parent.is_dir():
        raise OutputError("folder does not exist", file=path, remedy="make it first")
    if path.exists() and not path.is_file():
        raise OutputError("not a regular file", file=path, remedy="name a file")
    draft = path.with_name(f".{secrets.token_hex(8)}.part")  # same folder: a rename across disks copies
    try:
        try:
            with draft.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", file=path) from error


def _plain(value: object, place: str) -> object:
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
        return {clean(str(key)): _plain(item, f"{place}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if hasattr(value, "item"):  # a numpy scalar
        return _plain(value.item(), place)
    raise TypeError(f"{place or 'document'}: {type(value).__name__} has no form in JSON")


def _csv_text(cell: object) -> str:
    if isinstance(cell, str):
        return csv_cell(cell)
    if isinstance(cell, float):
        return format(cell, f".{_DIGITS}g")
    return "" if cell is None else str(cell)


def _shown(cell: Cell, column: Column) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        _plain(cell, column.title)  # refuses what is not finite, as the other formats do
        return f"{cell:z.{column.digits}f}"  # z: no minus before a zero
    return str(cell)


def _is_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"


def _terminal_width() -> int:
    """Return how many characters stand beside each other on stdout; a pipe has no limit."""
    from rich.console import Console

    return Console().width if sys.stdout.isatty() else _UNBOUNDED


def _print(item: RenderableType, *, at_least: int = 0) -> None:
    """Print in the terminal's width; in a pipe with no width, where nothing may be cut or padded."""
    from rich.console import Console

    if sys.stdout.isatty():
        width = max(_terminal_width(), at_least)
        Console(width=width, markup=False, emoji=False, highlight=False).print(item)
        return
    # rich asks its file for the encoding and falls back to ASCII rules: the buffer answers for stdout
    buffer = _Buffer(getattr(sys.stdout, "encoding", None) or "ascii")
    Console(file=buffer, width=_UNBOUNDED, color_system=None, markup=False, emoji=False, highlight=False).print(
        item
    )
    _emit("".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines()))


class _Buffer(io.StringIO):
    """Text in memory that names the encoding it will be written in."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]  # StringIO's is a plain attribute
        return self._encoding


def _emit(text: str) -> None:
    sys.stdout.write(text)
