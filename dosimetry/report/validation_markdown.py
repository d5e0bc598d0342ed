"""The benchmark as Markdown: nothing in it depends on the machine or the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.report.validation_sheets import sheets
from dosimetry.report.validation_text import METHOD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dosimetry.report.validation_sheets import Sheet
    from dosimetry.validation.benchmark import Benchmark

__all__ = ["validation_markdown"]

_HOW = "Made by `dosimetry validate{} --markdown FILE`; the same command tests another machine."


def validation_markdown(result: Benchmark) -> str:
    """Return the benchmark as a Markdown document."""
    options = f"{' --quick' if result.quick else ''}"
    if result.convention != DEFAULT_CONVENTION:
        options += f" --convention {result.convention.name}"
    parts = ["# Validation", _HOW.format(options), *METHOD, f"Convention: {result.convention.name}."]
    for sheet in sheets(result):
        parts += [f"## {sheet.title}", sheet.lead, _table(sheet)]
    return "\n\n".join(parts) + "\n"


def _table(sheet: Sheet) -> str:
    if not sheet.rows:
        return "None."
    ruler = tuple("---:" if is_number else "---" for _, is_number in sheet.columns)
    return "\n".join(map(_line, (sheet.heads, ruler, *_escaped(sheet.rows))))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    return [[cell.replace("|", r"\|").replace("<", "&lt;") for cell in row] for row in rows]
