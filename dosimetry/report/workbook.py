"""A report as an Excel workbook: the summary, one sheet for each table, and the long table of all numbers."""

from __future__ import annotations

import io
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dosimetry.errors import UsageError
from dosimetry.report.document import Card, Cautions, Statement, Traits
from dosimetry.report.sheet import Sheet
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.report.document import Block, Document

__all__ = ["render_workbook", "require_workbook"]

_NUMBER = re.compile(r"[+−-]?\d+(\.\d+)?")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")  # in names of sheets
_MAX_NAME = 31
_LITERAL = ("strings_to_formulas", "strings_to_urls", "strings_to_numbers")
_MAX_CELL = 32_000
_WIDE, _MOST = 10, 60  # characters of a column


def require_workbook() -> None:
    """Refuse a workbook before anything is computed, where what makes it is not installed.

    Raises
    ------
    UsageError
        Naming the extra.
    """
    if find_spec("xlsxwriter") is None:
        raise UsageError(
            "a workbook needs XlsxWriter, which is not installed", remedy="pip install 'dosimetry[excel]'"
        )


def render_workbook(document: Document) -> bytes:
    """Return a report as an Excel workbook.

    Numbers that stand alone in a cell are numbers, with the decimals that the report shows; all other cells are
    text, and no text is ever a formula or a link.

    Raises
    ------
    UsageError
        If XlsxWriter is not installed.
    """
    require_workbook()
    import xlsxwriter  # noqa: PLC0415  an extra

    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        writer = _Writer(book)
        writer.table("Summary", ("", ""), _summary(document), freeze=False)
        for section in document.sections:
            for block in section.blocks:
                if isinstance(block, Sheet):
                    heads = _heads(block)
                    notes = [(note,) for note in (block.lead, *block.notes) if note]
                    rows = [*(row for row in block.rows), *([()] if notes else []), *notes]
                    writer.table(block.title or section.title, heads, rows)
        if document.rows:
            writer.table("All numbers", document.header, document.rows)
    return buffer.getvalue()


def _heads(sheet: Sheet) -> tuple[str, ...]:
    """Return column headers, with the header above them where there is one."""
    above = [title for title, span in sheet.groups for _ in range(span)] or [""] * len(sheet.heads)
    return tuple(f"{group} {head}".strip() for group, head in zip(above, sheet.heads, strict=True))


def _summary(document: Document) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (document.title, document.eyebrow),
        ("Patient", ", ".join(document.patients)),
        *(("Identity", line) for line in document.identity),
        ("Intended use", document.intended_use),
        ("Version", f"dosimetry {document.version}"),
        (),
    ]
    for block in document.summary:
        rows += [*_told(block), ()]
    return rows


def _told(block: Block) -> Iterator[tuple[str, ...]]:
    if isinstance(block, Statement):
        yield block.tag, block.text
    elif isinstance(block, Cautions):
        yield from ((f"{one.subject} [{one.code.value}]", one.text) for one in block.items)
    elif isinstance(block, Traits):
        yield (block.title,)
        yield from block.pairs
    elif isinstance(block, Card):
        yield block.title, block.verdict or block.lead
        for fact in block.facts:
            yield fact.label, fact.value, fact.unit, fact.bounds, fact.verdict, *fact.notes
        for part in block.parts:
            yield from _told(part)
        yield from (("", note) for note in block.notes)
        yield from ((f"{one.subject} [{one.code.value}]", one.text) for one in block.cautions)


class _Writer:
    """Adds sheets of cells to a workbook."""

    def __init__(self, book: Any) -> None:
        self._book, self._names = book, set[str]()
        self._bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self._formats: dict[int, Any] = {}

    def table(self, title: str, heads: Any, rows: Any, *, freeze: bool = True) -> None:
        page = self._book.add_worksheet(self._name(title))
        widths: dict[int, int] = {}
        for column, head in enumerate(heads):
            page.write_string(0, column, clean(str(head)), self._bold)
            widths[column] = max(_WIDE, len(str(head)))
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                self._cell(page, number, column, cell)
                widths[column] = max(widths.get(column, _WIDE), len(str(cell)))
        for column, width in widths.items():
            page.set_column(column, column, min(width, _MOST))
        if freeze:
            page.freeze_panes(1, 1)

    def _cell(self, page: Any, row: int, column: int, cell: object) -> None:
        if cell is None or cell == "":
            return
        if isinstance(cell, int | float):
            page.write_number(row, column, cell)
            return
        text = str(cell)
        if _NUMBER.fullmatch(text):
            decimals = len(text.partition(".")[2])
            page.write_number(row, column, float(text.replace("−", "-")), self._format(decimals))
            return
        page.write_string(row, column, clean(text.replace("\n", ", "), limit=_MAX_CELL))

    def _format(self, decimals: int) -> Any:
        if decimals not in self._formats:
            shown = f"0.{'0' * decimals}" if decimals else "0"
            self._formats[decimals] = self._book.add_format({"num_format": shown})
        return self._formats[decimals]

    def _name(self, title: str) -> str:
        """Return a name that Excel accepts and no other sheet has."""
        plain = _FORBIDDEN.sub(" ", clean(title)).strip() or "Table"
        name, number = plain[:_MAX_NAME], 1
        while name.lower() in self._names:
            number += 1
            mark = f" ({number})"
            name = plain[: _MAX_NAME - len(mark)] + mark
        self._names.add(name.lower())
        return name
