"""A table of text, the same for page, Markdown and terminal."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sheet"]


@dataclass(frozen=True)
class Sheet:
    """One table.

    Attributes
    ----------
    title, lead
        Heading, and what one has to know to read it.
    heads
        Column headers.
    rows
        Cells as text.
    align
        ``l`` or ``r`` for each column; by default numbers stand beside a column of names.
    notes
        What is to be read below it.
    groups
        Headers above the column headers, each with the number of columns that it spans; empty for none.
    empty
        What stands in a table without rows.
    is_dense
        Whether it is a small table that stands beside others of its kind.

    A line break in a cell parts its text from a remark that is set smaller.
    """

    title: str
    lead: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str = ""
    notes: tuple[str, ...] = ()
    groups: tuple[tuple[str, int], ...] = ()
    empty: str = "none"
    is_dense: bool = False

    @property
    def columns(self) -> tuple[tuple[str, bool], ...]:
        """Each column's header, and whether it holds numbers."""
        align = self.align or "l" + "r" * (len(self.heads) - 1)
        return tuple(zip(self.heads, (letter == "r" for letter in align), strict=True))
