"""``dosimetry batch status``, ``export`` and ``overview``: what a store holds."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dosimetry.cli.formats import write_json
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import note, say
from dosimetry.labels import masked_name

__all__ = ["register"]

StoreArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the store.", show_default=False)]


class StatusFormat(StrEnum):
    """How a status is printed."""

    TABLE = "table"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the commands to those of ``batch``."""
    app.command("status", short_help="How a store stands: counts, failures by reason.")(status)
    app.command("export", short_help="Write a store as CSV, as Parquet, or into a database.")(export)
    app.command("overview", short_help="Write a page about all of a store.")(show)


def status(
    folder: StoreArgument,
    output: Annotated[
        StatusFormat, typer.Option("--format", help="How it is printed on stdout.")
    ] = StatusFormat.TABLE,
) -> None:
    """How a store stands: results by state, failures by reason.

    The exit code is 1 where a result is a failure.
    """
    from dosimetry.batch.status import status_of
    from dosimetry.batch.store import Store

    with Store(folder).frozen() as store:
        found = status_of(store)
    if output is StatusFormat.JSON:
        write_json(found.as_dict())
    else:
        files = "1 file" if found.files == 1 else f"{found.files} files"
        people = "1 patient" if found.patients == 1 else f"{found.patients:,} patients"
        say(f"{people}, {files}, {found.seconds:,.0f} s of calculation")
        rate = "" if found.rate_per_h is None else f"; lately {found.rate_per_h:,.0f} results an hour"
        say(f"kept from {_moment(found.first)} to {_moment(found.last)} UTC{rate}")
        if found.superseded:
            say(f"{found.superseded:,} more results of other settings or another version count no longer")
        say()
        heads = [Column("Results", right=False), Column("State", right=False), Column("Count")]
        table("", heads, [(kind, state, f"{count:,}") for (kind, state), count in found.states.items()])
        if found.reasons:
            say()
            heads = [Column("Failure", right=False), Column("Reason", right=False), Column("Count")]
            table("", heads, [(*place, f"{count:,}") for place, count in found.reasons.items()])
    if found.failed:
        raise typer.Exit(1)


def export(
    folder: StoreArgument,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FOLDER", help="One file a table, long.csv and wide.csv.")
    ] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", metavar="FOLDER", help="One file a table.")] = None,
    sql: Annotated[
        str | None,
        typer.Option(
            "--sql",
            metavar="URL",
            envvar="DOSIMETRY_SQL_URL",
            show_envvar=True,
            help="Database, as postgresql+psycopg://user@host/name.",
        ),
    ] = None,
) -> None:
    """Write a store as CSV, as Parquet, or into a database; repeating it neither doubles nor loses anything."""
    from dosimetry.batch.export import export_csv, export_parquet, export_sql
    from dosimetry.batch.store import Store
    from dosimetry.errors import UsageError

    if csv is None and parquet is None and sql is None:
        raise UsageError("nowhere to export to", expected="--csv, --parquet or --sql")
    with Store(folder).frozen() as store:
        if csv is not None:
            note(f"{len(export_csv(store, csv))} CSV files")
        if parquet is not None:
            note(f"{len(export_parquet(store, parquet))} Parquet files")
        if sql is not None:
            counts = export_sql(store, sql)
            note(f"{counts['results']:,} results, {sum(counts.values()):,} rows in {len(counts)} tables")


def _moment(stamp: str) -> str:
    return stamp[:19].replace("T", " ") or "–"


def show(
    folder: StoreArgument,
    report: Annotated[
        Path,
        typer.Option("--report", metavar="FILE", help=".html, .pdf, .xlsx, .json or .csv.", show_default=False),
    ],
) -> None:
    """Write a page about all of a store: mean heart doses, outliers, failures by reason."""
    from dosimetry.batch.overview import overview
    from dosimetry.batch.store import Store
    from dosimetry.report.writing import report_kind, write_report

    report_kind(report)
    with Store(folder).frozen() as store:
        document = overview(store)
    write_report(document, report)
    note(f"report: {masked_name(report)}")
