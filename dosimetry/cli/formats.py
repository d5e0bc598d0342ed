"""Results for machines on stdout: JSON and CSV."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from dosimetry.report.machine import Cell, csv_text, json_text, plain

__all__ = ["Cell", "plain", "write_csv", "write_json"]


def write_json(document: Mapping[str, object]) -> None:
    """Print a document as JSON; see :func:`dosimetry.report.machine.json_text`."""
    # a console that is not UTF-8 would turn letters into question marks: escapes lose nothing
    sys.stdout.write(json_text(document, ascii_only=not _is_utf8()))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Print rows as CSV; see :func:`dosimetry.report.machine.csv_text`."""
    sys.stdout.write(csv_text(header, rows))


def _is_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
