"""A store as files and tables of other programs: CSV, Parquet, a database of the department."""

from __future__ import annotations

import csv
import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from dosimetry.batch.schema import TABLES
from dosimetry.errors import OutputError, UsageError
from dosimetry.saving import save_bytes
from dosimetry.text import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dosimetry.batch.flatten import Cell
    from dosimetry.batch.schema import TableSpec
    from dosimetry.batch.store import Store

__all__ = ["EXPORTED", "export_csv", "export_parquet", "export_sql", "wide_rows"]

EXPORTED = tuple(table for table in TABLES if table.exported)
_AT_ONCE = 5_000


def export_csv(store: Store, folder: Path) -> list[Path]:
    """Write one file for each table, and ``wide.csv`` with one row for each plan.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    _make(folder)
    written = []
    for name, header, rows in (
        *((table.name, table.names, store.rows(table.name)) for table in EXPORTED),
        ("wide", *wide_rows(store)),
    ):
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([csv_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
        path = folder / f"{name}.csv"
        save_bytes(path, buffer.getvalue().encode())
        written.append(path)
    return written


def wide_rows(store: Store) -> tuple[list[str], Iterator[list[Cell]]]:
    """Return header and rows, one row for each plan: each case, and both sides and the increment of each pair.

    A structure with a part stands under its part, the others under their names.
    """
    results = {row["key"]: row for row in store.dicts("results") if row["state"] != "failed"}
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    columns: dict[str, None] = {}
    for row in store.dicts("measurements"):
        column = f"{row['part'] or row['structure']} {row['metric']}"
        columns[column] = None
        found.setdefault((row["key"], row["side"]), {})[column] = row["value"]
    about = ("key", "kind", "patient", "technique", "imn", "laterality", "class", "state")
    header = [*about, "side", *columns]
    rows = (
        [*(results[key][name] for name in about), side, *(values.get(column) for column in columns)]
        for (key, side), values in found.items()
        if key in results
    )
    return header, rows


def export_parquet(store: Store, folder: Path) -> list[Path]:
    """Write one Parquet file for each table.

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
    _make(folder)
    written = []
    for table in EXPORTED:
        schema = pa.schema([(column.name, kinds[column.kind]) for column in table.columns])
        buffer = io.BytesIO()
        with pq.ParquetWriter(buffer, schema) as writer:
            for rows in _batches(store.rows(table.name)):
                columns = [list(values) for values in zip(*rows, strict=True)]
                arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        path = folder / f"{table.name}.parquet"
        save_bytes(path, buffer.getvalue())
        written.append(path)
    return written


def export_sql(store: Store, url: str, prefix: str = "dosimetry_") -> dict[str, int]:
    """Bring the tables of a database up to the store, in one transaction, and return the rows written of each.

    Repeating it neither doubles nor loses anything: rows of results that the store holds are replaced, others stay.

    Parameters
    ----------
    store
        What to export.
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

    try:
        engine = sa.create_engine(url)
    except (sa.exc.ArgumentError, ImportError) as error:  # the text may hold a password
        raise UsageError(
            "cannot be reached by this URL",
            item="--sql",
            expected="such as postgresql+psycopg://user@host/database",
            found=type(error).__name__,
            remedy="install dosimetry[sql], or the driver that the URL names",
        ) from None
    metadata = sa.MetaData()
    tables = {table.name: _sql_table(sa, metadata, table, prefix) for table in EXPORTED}
    counts: dict[str, int] = {}
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            keys = [row[0] for row in store.rows("results")]
            for table in reversed(list(tables.values())):
                for chunk in _batches(keys):
                    connection.execute(sa.delete(table).where(table.c.key.in_(list(chunk))))
            for name, table in tables.items():
                counts[name] = 0
                names = next(spec.names for spec in EXPORTED if spec.name == name)
                for rows in _batches(store.rows(name)):
                    connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in rows])
                    counts[name] += len(rows)
    except sa.exc.SQLAlchemyError as error:
        told = type(error.orig).__name__ if isinstance(error, sa.exc.DBAPIError) else type(error).__name__
        raise OutputError("the database refused", item="--sql", found=told) from None
    finally:
        engine.dispose()
    return counts


def _sql_table(sa: Any, metadata: Any, table: TableSpec, prefix: str) -> Any:
    kinds = {"text": sa.Text, "number": sa.Double, "count": sa.BigInteger}
    columns = [
        sa.Column(
            column.name,
            kinds[column.kind],
            primary_key=table.name == "results" and place == 0,
            index=table.name != "results" and place == 0,
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


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError("folder cannot be made", file=folder, found=error.strerror) from error
