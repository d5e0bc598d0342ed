"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

__all__ = [
    "Beyond",
    "BeyondGridOption",
    "Format",
    "FormatOption",
    "IdentifyOption",
    "IntervalOption",
    "StrictOption",
    "SumAs",
    "SumAsOption",
]


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class SumAs(StrEnum):
    """In what measure doses of different fractionations are added up."""

    PHYSICAL = "physical"


class Beyond(StrEnum):
    """What a dose of a sum is beyond its own grid."""

    UNKNOWN = "unknown"
    ZERO = "zero"


FormatOption = Annotated[Format, typer.Option("--format", help="How results are printed on stdout.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 where any warning is given.")]
IntervalOption = Annotated[
    bool, typer.Option("--interval", help="With every metric, how far it hangs on the calculation convention.")
]
IdentifyOption = Annotated[
    bool,
    typer.Option("--identify", help="Print patient IDs, UIDs and file names; by default they are hashed."),
]
SumAsOption = Annotated[
    SumAs | None,
    typer.Option("--sum-as", help="Add plans of different fractionations, gray by gray.", show_default=False),
]
BeyondGridOption = Annotated[
    Beyond, typer.Option("--beyond-grid", help="What a dose of a sum is where its grid ends before the others.")
]
