"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "ConventionOption",
    "Format",
    "FormatOption",
    "IdentifyOption",
    "IntervalOption",
    "ReportOption",
    "RxOption",
    "StrictOption",
]


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
ConventionOption = Annotated[
    str,
    typer.Option("--convention", metavar="NAME", help="How contours become a solid; see 'dosimetry conventions'."),
]
RxOption = Annotated[
    list[str] | None,
    typer.Option("--rx", metavar="ROI=GY/FX", help="Prescription to a target; repeatable."),
]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Write a report: .html, .pdf, .xlsx, .json or .csv."),
]
