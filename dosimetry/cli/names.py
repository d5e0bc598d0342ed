"""``dosimetry names``: what the ROIs of a structure set are by their names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.linking import DoseOption, LinksOption, StructuresOption, searching
from dosimetry.cli.options import Format, FormatOption, StrictOption
from dosimetry.cli.rois import AliasesOption, read_alias_option
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import note, say
from dosimetry.labels import masked_name
from dosimetry.saving import save_text

if TYPE_CHECKING:
    from dosimetry.names.laterality import Placement
    from dosimetry.names.survey import Survey

__all__ = ["register"]

_HELP = """What the ROIs of a structure set are by their names, and by which rule.

PATH is the folder of an export, or its files; a structure set alone is enough. A name counts only if every word of
it is understood, or if an alias file says what it is; similar meanings are suggestions. Exit code 1: a name is
ambiguous, or a ROI lies on the other side than its name states.

\b
Examples:
  dosimetry names exported_plan
  dosimetry names RS.dcm
  dosimetry names exported_plan --write-aliases our_names.toml
  dosimetry names exported_plan --aliases our_names.toml --format csv"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("names", help=_HELP, short_help="What the ROIs are by their names.")(names)


def names(
    path: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="A folder, or DICOM files.", show_default=False)
    ],
    aliases: AliasesOption = None,
    write_aliases: Annotated[
        Path | None,
        typer.Option("--write-aliases", metavar="FILE", help="Write an alias file to begin with."),
    ] = None,
    dose: DoseOption = None,
    structures: StructuresOption = None,
    links: LinksOption = None,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
) -> None:
    """Show what the names say."""
    from dosimetry.dicom.lone import read_structure_set
    from dosimetry.errors import OutputError
    from dosimetry.names.survey import survey
    from dosimetry.report.names import NAMES_COLUMNS, names_row

    if write_aliases is not None and write_aliases.exists():
        raise OutputError("exists already", file=write_aliases, remedy="name a new file, or read it with --aliases")
    known = read_alias_option(aliases)
    chosen = read_structure_set(path, dose=dose, structures=structures, links=links, progress=searching())
    found = survey(chosen, known)
    if write_aliases is not None:
        save_text(write_aliases, _starter(found))
        note(f"aliases: {masked_name(write_aliases)}")
    if output is Format.JSON:
        write_json(
            {
                "schema": "dosimetry/names/1",
                "usable": found.is_usable,
                "problem": found.problem or None,
                "rois": [dict(zip(NAMES_COLUMNS, names_row(row), strict=True)) for row in found.rows],
            }
        )
    elif output is Format.CSV:
        write_csv(NAMES_COLUMNS, [names_row(row) for row in found.rows])
    else:
        _print(found)
    unknown = any(row.match is None for row in found.rows)
    finish((), strict=False, failed=not found.is_usable or (strict and unknown))


def _print(found: Survey) -> None:
    heads = [Column("#"), Column("ROI", right=False), Column("Role", right=False), Column("Side", right=False)]
    heads += [Column("By", right=False), Column("Lies", right=False), Column("Note", right=False)]
    rows = [
        (
            row.structure.number,
            row.structure.name,
            row.match.role.label if row.match else None,
            row.match.side.value if row.match and row.match.side else None,
            row.match.rule if row.match else None,
            _lies(row.placement),
            row.problem or (f"similar: {'; '.join(row.near)}" if row.near else None),
        )
        for row in found.rows
    ]
    table("", heads, rows)
    if found.problem:
        say()
        say(f"Conflict: {found.problem}")


def _lies(place: Placement | None) -> str | None:
    if place is None or place.offset_mm is None:
        return None
    return f"{abs(place.offset_mm):.0f} mm {'left' if place.offset_mm >= 0 else 'right'}"


def _starter(found: Survey) -> str:
    from dosimetry.names.aliases import starter_file

    return starter_file(
        [row.match for row in found.rows if row.match],
        [(row.structure.name, row.near) for row in found.rows if row.match is None],
    )
