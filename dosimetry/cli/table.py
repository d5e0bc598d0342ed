"""Tables that fit the terminal: cells are broken between words, and no number is torn apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dosimetry.cli.formats import Cell, plain
from dosimetry.cli.terminal import say, show, terminal_width
from dosimetry.text import clean

__all__ = ["Column", "table"]

_NAME_WIDTH, _LEAST_NAME_WIDTH = (
    20,
    8,
)  # text may be broken within a word: down to this, and where nothing else fits
_GUTTER = 3  # between two columns


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
    for number, block in enumerate(_blocks(columns, body, terminal_width())):
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
        show(grid, at_least=_total(block.values()))


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


def _shown(cell: Cell, column: Column) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        plain(cell, column.title)  # refuses what is not finite, as the other formats do
        return f"{cell:z.{column.digits}f}"  # z: no minus before a zero
    return str(cell)
