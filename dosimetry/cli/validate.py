"""``dosimetry validate``: the analytic benchmark on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.options import Format, FormatOption
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import note, say
from dosimetry.saving import save_text

if TYPE_CHECKING:
    from dosimetry.validation.benchmark import Benchmark

__all__ = ["register"]

_HELP = """The analytic benchmark: is what this program measures, on this machine, what it should be?

Bodies of known shape are contoured, written as DICOM, read back, measured and compared with closed forms: the
tests of Nelms et al. 2015, small spheres and thin tubes, all patient positions. dicompyler-core measures the same
files beside. Some minutes; --quick takes a part of it. Exit code 1 where a limit is not kept.

\b
Examples:
  dosimetry validate --report validation.html
  dosimetry validate --quick --format json"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("validate", help=_HELP, short_help="The analytic benchmark on this machine.")(validate)


def validate(
    convention: Annotated[
        str, typer.Option("--convention", metavar="NAME", help="How contours become a solid.")
    ] = "prism-half-slice",
    quick: Annotated[bool, typer.Option("--quick", help="Leave out test 1 of Nelms and most phases.")] = False,
    second: Annotated[
        bool, typer.Option("--second/--no-second", help="Let dicompyler-core measure the same files.")
    ] = True,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page with all of it.")
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="Write the tables as Markdown.")
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Run the benchmark and print its results."""
    from dosimetry.cli.compiling import compilation_notice
    from dosimetry.dvh.convention import find_convention

    chosen = find_convention(convention)
    for path in filter(None, (report, markdown)):
        _require_folder(path)  # a wrong name shall not cost the calculation
    with compilation_notice():
        from dosimetry.validation import benchmark

        scope = benchmark.QUICK if quick else benchmark.FULL
        result = benchmark.run_benchmark(chosen, scope=scope, second=second, tell=lambda line: note(f"{line} …"))
    if report is not None:
        from dosimetry.report.validation_html import render_validation

        save_text(report, render_validation(result))
    if markdown is not None:
        from dosimetry.report.validation_markdown import validation_markdown

        save_text(markdown, validation_markdown(result))
    if output is Format.JSON:
        from dosimetry.report.validation import validation_document

        write_json(validation_document(result))
    elif output is Format.CSV:
        from dosimetry.report.validation import validation_rows

        write_csv(*validation_rows(result))
    else:
        _print_tables(result)
    for check in result.checks:
        if not check.passed:
            note(f"limit not kept: {check.name}: {check.found:.3g}, allowed {check.limit:g} {check.unit}")
    finish((), strict=False, failed=not result.passed)


def _require_folder(path: Path) -> None:
    from dosimetry.errors import OutputError

    if not path.parent.is_dir():
        raise OutputError("folder does not exist", file=path, remedy="make it first")


def _print_tables(result: Benchmark) -> None:
    from dosimetry.provenance import INTENDED_USE
    from dosimetry.report.validation_sheets import sheets

    for sheet in sheets(result):
        columns = [Column(head, right=is_number) for head, is_number in sheet.columns]
        table(sheet.title, columns, sheet.rows)
        say()
    say(f"Convention: {result.convention.name}; {result.seconds:.0f} s")
    say("All limits are kept." if result.passed else "A limit is not kept.")
    say(INTENDED_USE)
