"""``dosimetry conventions``: how contours can be taken, and where each way is from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.options import Format, FormatOption
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

    from dosimetry.dvh.convention import Convention

__all__ = ["register"]

_HELP = """The conventions that --convention knows: how contours become a solid.

\b
Examples:
  dosimetry conventions
  dosimetry conventions --format json"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("conventions", help=_HELP, short_help="How contours can be taken, by name.")(conventions)


def conventions(output: FormatOption = Format.TABLE) -> None:
    """List the conventions."""
    from dosimetry.dvh.convention import CONVENTIONS
    from dosimetry.report.conventions import FIELDS, convention_row

    known = list(CONVENTIONS.values())
    if output is Format.JSON:
        write_json({"schema": "dosimetry/conventions/1", "conventions": [item.as_dict() for item in known]})
    elif output is Format.CSV:
        write_csv(FIELDS, [convention_row(item) for item in known])
    else:
        _print(known)


def _print(known: Sequence[Convention]) -> None:
    from dosimetry.report.conventions import RULES, describe_source, rule_row

    heads = [Column("Convention", right=False)]
    heads += [Column(field.replace("_", " ").capitalize(), right=False) for field in RULES]
    table("", heads, [(item.name, *rule_row(item)) for item in known])
    told = [(item.name, describe_source(item)) for item in known]
    if any(lines for _, lines in told):
        say()
        definitions((name, lines) for name, lines in told if lines)
