"""Options of commands that read cases: which of several files is meant, and word of a long search."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DoseOption", "LinksOption", "RelativeOption", "StructuresOption", "searching"]

DoseOption = Annotated[
    str | None,
    typer.Option(
        "--dose",
        metavar="FILE|UID",
        help="Of several doses this one: its file, its UID, or the hash that 'dosimetry find' prints.",
    ),
]
StructuresOption = Annotated[
    str | None,
    typer.Option(
        "--structures",
        metavar="FILE|UID",
        help="This structure set, whatever the dose refers to, if the frame of reference agrees.",
    ),
]
LinksOption = Annotated[
    Path | None,
    typer.Option(
        "--links",
        metavar="FILE",
        help="Link file: which dose goes with which structure set and plan; 'dosimetry find' writes one.",
    ),
]

RelativeOption = Annotated[
    str | None,
    typer.Option(
        "--relative",
        metavar="VALUE=GY",
        help="Of a dose with DoseUnits RELATIVE: what a value stands for, as in 100=50 for percent of 50 Gy.",
    ),
]

_FIRST_WORD_S, _NEXT_WORD_S = 3.0, 10.0


def searching() -> Callable[[int], None]:
    """Return what says on stderr now and then how far a search has come, if it takes long."""
    due = monotonic() + _FIRST_WORD_S

    def report(files: int) -> None:
        nonlocal due
        if monotonic() >= due:
            from dosimetry.cli.terminal import note

            note(f"searching: {files:,} files looked at …")
            due = monotonic() + _NEXT_WORD_S

    return report
