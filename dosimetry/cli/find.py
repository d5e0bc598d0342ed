"""``dosimetry find``: the cases in a folder, how each was linked, and what is left over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.linking import LinksOption, searching
from dosimetry.cli.options import Format, FormatOption, IdentifyOption, StrictOption
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import note, print_warnings, say
from dosimetry.labels import masked_name
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.cli.formats import Cell
    from dosimetry.dicom.listing import Listing

__all__ = ["register"]

_HELP = """The cases in a folder: each dose with its structure set and plan, and how they were linked.

PATH is a folder with any number of exports below it, or a zip archive. Only headers are read. Files are shown by
the hash of their UID, which --dose and --structures of other commands take; --identify shows their names. What is
in no case is listed with the reason. Exit code 1 where there is no case.

\b
Examples:
  dosimetry find exports
  dosimetry find exports --write-links links.toml
  dosimetry find exports --links links.toml --format json"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("find", help=_HELP, short_help="The cases in a folder, and how they were linked.")(find)


def find(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A folder or zip archive.", show_default=False)],
    links: LinksOption = None,
    write_links: Annotated[
        Path | None,
        typer.Option("--write-links", metavar="FILE", help="Write a link file (.toml) to start from."),
    ] = None,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: IdentifyOption = False,
) -> None:
    """List cases and what is left over."""
    from dosimetry.dicom.find import locate_cases
    from dosimetry.dicom.listing import Listing

    if write_links is not None:
        _require_new(write_links)
    located = locate_cases(path, links=links, progress=searching())
    listing = Listing(located, path, identify=identify)
    if write_links is not None:
        from dosimetry.dicom.starter import starter
        from dosimetry.saving import save_text

        save_text(write_links, starter(located, write_links))
        note(f"link file: {masked_name(write_links)}")
    if output is Format.JSON:
        write_json(listing.document())
    elif output is Format.CSV:
        write_csv(listing.HEADER, listing.rows())
    else:
        _print(listing)
    finish(merge(*(case.warnings for case in located.cases)), strict=strict, failed=not located.cases)


def _require_new(path: Path) -> None:
    """Refuse to write over a link file: it may hold decisions."""
    from dosimetry.errors import OutputError

    if path.suffix.lower() != ".toml":
        raise OutputError("no known format of a link file", file=path, expected=".toml")
    if path.exists() or path.is_symlink():
        raise OutputError("is there already and may hold decisions", file=path, remedy="name a new file")


def _print(listing: Listing) -> None:
    from dosimetry.provenance import key_caution

    heads = ("Case", "Patient", "Dose", "Kind", "Structure set", "linked by", "Plan", "linked by ")
    rows: list[tuple[Cell, ...]] = list(listing.table())
    if rows:
        table(listing.title(), [Column(head, right=False) for head in heads], rows)
    else:
        say(listing.title())
    for title, columns, lines in _leftovers(listing):
        say()
        table(title, [Column(head, right=False) for head in columns], lines)
    say()
    for number, case in enumerate(listing.located.cases, 1):
        for caution in case.warnings:
            say(f"Warning, case {number}: {caution}")
    for line in listing.notes():
        say(f"Note: {line}")
    print_warnings(key_caution())


def _leftovers(listing: Listing) -> Iterator[tuple[str, tuple[str, ...], list[tuple[Cell, ...]]]]:
    left: list[tuple[Cell, ...]] = list(listing.left())
    if left:
        yield "Left over", ("File", "Kind", "Why it is in no case"), left
    unreadable: list[tuple[Cell, ...]] = list(listing.unreadable())
    if unreadable:
        yield "Not readable", ("File", "Why"), unreadable
