"""A report as a file: the name says in which format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.errors import OutputError
from dosimetry.saving import save_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from dosimetry.report.document import Document

__all__ = ["FORMATS", "report_kind", "write_report"]

FORMATS = ("html", "pdf", "xlsx", "json", "csv")
"""What a report can be written as."""


def report_kind(path: Path) -> str:
    """Return the format that a file name asks for, before anything is computed for it.

    Raises
    ------
    OutputError
        If it is none of them, or the folder does not exist.
    UsageError
        If what writes it is an extra that is not installed.
    """
    kind = path.suffix.lower().lstrip(".").replace("htm", "html").replace("htmll", "html")
    if kind not in FORMATS:
        expected = ", ".join(f".{known}" for known in FORMATS)
        raise OutputError("no known report format", file=path, expected=f"one of {expected}")
    if not path.parent.is_dir():
        raise OutputError("folder does not exist", file=path, remedy="make it first")
    if kind == "pdf":
        from dosimetry.report.pdf import require_pdf  # noqa: PLC0415  each format where it is used

        require_pdf()
    elif kind == "xlsx":
        from dosimetry.report.workbook import require_workbook  # noqa: PLC0415

        require_workbook()
    return kind


def write_report(document: Document, path: Path) -> None:
    """Write a report, whole or not at all.

    Parameters
    ----------
    document
        What to write.
    path
        Its suffix is the format: ``.html``, ``.pdf``, ``.xlsx``, ``.json`` or ``.csv``.

    Raises
    ------
    OutputError, UsageError
        As :func:`report_kind`, and where the file cannot be written.
    """
    kind = report_kind(path)
    if kind == "html":
        from dosimetry.report.html import render  # noqa: PLC0415

        content = render(document).encode()
    elif kind == "pdf":
        from dosimetry.report.pdf import render_pdf  # noqa: PLC0415

        content = render_pdf(document)
    elif kind == "xlsx":
        from dosimetry.report.workbook import render_workbook  # noqa: PLC0415

        content = render_workbook(document)
    else:
        from dosimetry.report.machine import csv_text, json_text  # noqa: PLC0415

        text = json_text(document.values) if kind == "json" else csv_text(document.header, document.rows)
        content = text.encode()
    save_bytes(path, content)
