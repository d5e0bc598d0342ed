"""Text for people: on stdout what was asked for, on stderr messages.

All text may come from a file of unknown origin: it is cleaned, and never read as markup.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dosimetry.text import clean
from dosimetry.warnings import Caution, merge

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["definitions", "note", "print_warnings", "say", "show", "terminal_width"]

_UNBOUNDED = 100_000  # columns of a pipe


def definitions(entries: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print terms at the left, each with its lines of text beside it."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2), pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for term, lines in entries:
        grid.add_row(Text(clean(term)), Text("\n").join(Text(clean(line)) for line in lines))
    show(grid)


def say(text: str = "") -> None:
    """Print one line of text on stdout, wrapped between words in a terminal."""
    from rich.text import Text

    show(Text(clean(text)))


def note(text: str) -> None:
    """Print one line on stderr: a message, never data."""
    sys.stderr.write(f"dosimetry: {clean(text)}\n")


def print_warnings(cautions: Iterable[Caution]) -> None:
    """Print warnings under a table, each one once."""
    for caution in merge(cautions):
        say(f"Warning: {caution}")


def terminal_width() -> int:
    """Return how many characters stand beside each other on stdout; a pipe has no limit."""
    from rich.console import Console

    return Console().width if sys.stdout.isatty() else _UNBOUNDED


def show(item: RenderableType, *, at_least: int = 0) -> None:
    """Print in the terminal's width; in a pipe with no width, where nothing may be cut or padded."""
    from rich.console import Console

    if sys.stdout.isatty():
        width = max(terminal_width(), at_least)
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
