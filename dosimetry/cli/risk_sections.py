"""An assessment of risk as a page for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.cli.risk_table import describe, estimate_table
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, print_warnings, say
from dosimetry.provenance import INTENDED_USE
from dosimetry.report.risk_sheets import dose_title, risk_sheets, used_models

if TYPE_CHECKING:
    from dosimetry.report.sheet import Sheet
    from dosimetry.risk.assessment import Assessment

__all__ = ["print_assessment", "print_results"]


def print_assessment(result: Assessment) -> None:
    """Print everything that was computed, then the models behind it and the warnings."""
    print_results(result)
    say()
    print_warnings(result.warnings)
    say(INTENDED_USE)


def print_results(result: Assessment) -> None:
    """Print everything that was computed and the models behind it, without the warnings."""
    _relative(result)
    _further(result)
    definitions((model.id, describe(model, notes)) for model, notes in used_models(result))


def _further(result: Assessment) -> None:
    """Print what there is beside the relative risks, each table with an empty line after it."""
    for sheet in risk_sheets(result):
        _print(sheet)
    if result.sensitivity is not None:
        inner = result.sensitivity
        say(f"SENSITIVITY ANALYSIS: doses {next(iter(inner.request.doses.values())).basis}")
        say()
        _relative(inner)
        _further(inner)


def _relative(result: Assessment) -> None:
    for structure, doses in result.request.doses.items():
        estimates = [estimate for estimate in result.relative if estimate.model.structure == structure]
        if estimates:
            estimate_table(estimates, dose_title(structure, doses))
            say()


def _print(sheet: Sheet) -> None:
    columns = [Column(head, right=is_number) for head, is_number in sheet.columns]
    shown = [index for index, column in enumerate(columns) if column.title or any(row[index] for row in sheet.rows)]
    table(sheet.title, [columns[index] for index in shown], [[row[index] for index in shown] for row in sheet.rows])
    for text in (sheet.lead, *sheet.notes):
        if text:
            say()
            say(text)
    say()
