"""A store as files and tables of other programs: CSV, Parquet, a database of the department."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dosimetry.batch.observed import LONG, long_rows
from dosimetry.batch.schema import SETTINGS, TABLES
from dosimetry.batch.wide import wide_rows
from dosimetry.errors import OutputError, UsageError
from dosimetry.saving import whole_folder
from dosimetry.text import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dosimetry.batch.flatten import Cell
    from dosimetry.batch.schema import TableSpec
    from dosimetry.batch.store import Store

__all__ = ["EXPORTED", "export_csv", "export_parquet", "export_sql"]

EXPORTED = (*(table for table in TABLES if table.exported), SETTINGS)
_AT_ONCE = 5_000
_harmless = lru_cache(maxsize=100_000)(csv_cell)  # the same few names stand in most rows


def export_csv(store: Store, folder: Path) -> list[str]:
    """Write one file a table, ``long.csv`` as a cohort is read from, and ``wide.csv`` with one row a plan.

    Numbers are written with all their digits. Returns the names of the files.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    tables: list[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]] = [
        *((table.name, table.names, store.rows(table.name)) for table in EXPORTED),
        ("long", LONG, long_rows(store)),
        ("wide", *wide_rows(store)),
    ]
    with whole_folder(folder.resolve()) as draft:
        for name, header, rows in tables:
            path = draft / f"{name}.csv"
            try:
                with path.open("x", encoding="utf-8", newline="") as stream:
                    writer = csv.writer(stream, lineterminator="\n")
                    writer.writerow([csv_cell(column) for column in header])
                    writer.writerows(
                        [_harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
                    )
            except OSError as error:
                raise OutputError(f"cannot be written: {error.strerror}", file=path) from error
    return [f"{name}.csv" for name, _, _ in tables]


def export_parquet(store: Store, folder: Path) -> list[str]:
    """Write one Parquet file for each table, and return their names.

    Raises
    ------
    UsageError
        If pyarrow is not installed.
    OutputError
        If a file cannot be written.
    """
    _require("pyarrow", "parquet", "Parquet")
    import pyarrow as pa  # noqa: PLC0415  an extra
    import pyarrow.parquet as pq  # noqa: PLC0415

    kinds = {"text": pa.string(), "number": pa.float64(), "count": pa.int64()}
    with whole_folder(folder.resolve()) as draft:
        for table in EXPORTED:
            schema = pa.schema([(column.name, kinds[column.kind]) for column in table.columns])
            path = draft / f"{table.name}.parquet"
            try:
                with pq.ParquetWriter(path, schema) as writer:
                    for rows in _batches(store.rows(table.name)):
                        columns = [list(values) for values in zip(*rows, strict=True)]
                        arrays = [
                            pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)
                        ]
                        writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            except OSError as error:
                raise OutputError("cannot be written", file=path, found=error.strerror) from error
    return [f"{table.name}.parquet" for table in EXPORTED]


def export_sql(store: Store, url: str, prefix: str = "dosimetry_") -> dict[str, int]:
    """Bring the tables of a database up to the store, in one transaction, and return the rows written of each.

    Repeating it neither doubles nor loses anything: rows of results that the store holds are replaced, others stay.

    Parameters
    ----------
    store
        What to export; frozen, where a batch may be writing to it.
    url
        As SQLAlchemy has it: ``postgresql+psycopg://user@host/database``.
    prefix
        Before the names of the tables.

    Raises
    ------
    UsageError
        If SQLAlchemy or the driver is missing, or the URL is none.
    OutputError
        If the database refuses.
    """
    _require("sqlalchemy", "sql", "a database")
    import sqlalchemy as sa  # noqa: PLC0415  an extra

    # nothing of what is said goes on: a mistyped URL has its password in the host's place
    try:
        engine = sa.create_engine(url, hide_parameters=True)
    except (sa.exc.ArgumentError, ImportError, ValueError) as error:
        raise UsageError(
            "cannot be reached by this URL",
            item="--sql",
            expected="such as postgresql+psycopg://user@host/database",
            found=type(error).__name__,
            remedy="install dosimetry[sql], or the driver that the URL names",
        ) from None
    metadata = sa.MetaData()
    tables = {table.name: _sql_table(sa, metadata, table, prefix) for table in EXPORTED}
    counts = dict.fromkeys(tables, 0)
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            for name, table in tables.items():
                key = table.c[0]
                keys = store.rows(SETTINGS.name if name == SETTINGS.name else "results")
                for chunk in _batches(keys):
                    connection.execute(sa.delete(table).where(key.in_([row[0] for row in chunk])))
                names = [column.name for column in table.c]
                for rows in _batches(store.rows(name)):
                    connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])
                    counts[name] += len(rows)
    except sa.exc.SQLAlchemyError as error:
        raise OutputError(
            "the database refused",
            item="--sql",
            found=_refusal(error),
            remedy="look whether host, name and password are right, and whether the user may make tables",
        ) from None
    finally:
        engine.dispose()
    return counts


def _refusal(error: Exception) -> str:
    """Return the kind of a refusal with its SQLSTATE, without what was said."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None)
    return type(original).__name__ + (f" (SQLSTATE {state})" if state else "")


def _sql_table(sa: Any, metadata: Any, table: TableSpec, prefix: str) -> Any:
    kinds = {"text": sa.Text, "number": sa.Double, "count": sa.BigInteger}
    is_keyed = table.name in ("results", SETTINGS.name)
    columns = [
        sa.Column(
            column.name,
            kinds[column.kind],
            primary_key=is_keyed and place == 0,
            nullable=place > 0,
            index=not is_keyed and place == 0,
            comment=column.meaning,
        )
        for place, column in enumerate(table.columns)
    ]
    return sa.Table(f"{prefix}{table.name}", metadata, *columns, comment=table.meaning)


def _batches(rows: Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Yield rows in lists of some thousands."""
    held: list[Any] = []
    for row in rows:
        held.append(row)
        if len(held) == _AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _require(module: str, extra: str, what: str) -> None:
    if find_spec(module) is None:
        raise UsageError(
            f"{what} needs {module}, which is not installed", remedy=f"pip install 'dosimetry[{extra}]'"
        )
