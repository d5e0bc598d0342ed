"""The store of a batch: SQLite files in one folder, one transaction for each result.

One run writes one file; a shard writes a file of its own, so that hundreds of them can share a folder on a network,
where SQLite's locks are not to be trusted between machines. Whoever reads takes all files of the folder together.
On a local disk a write-ahead log lets others read meanwhile; on a network file system, where such a log does not
work, and for shards, a rollback journal is used.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from dosimetry.batch.engine import PASSING
from dosimetry.batch.files import has_log, name_of, open_to_read, open_to_write, said, store_files
from dosimetry.batch.flatten import rows_of, summary_of
from dosimetry.batch.job import Failure, Outcome
from dosimetry.batch.schema import SETTINGS, TABLES
from dosimetry.errors import OutputError, UsageError
from dosimetry.provenance import package_version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from dosimetry.batch.flatten import Cell
    from dosimetry.batch.job import Job
    from dosimetry.batch.schema import TableSpec
    from dosimetry.batch.settings import Settings

__all__ = ["Store", "Writer", "open_sink", "store_files"]

_INSERT = {
    table.name: f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(table.columns))})'  # noqa: S608  our names
    for table in TABLES
}
_UNFIT = re.compile("[\0\ud800-\udfff]")  # no database takes these
_DATA_ERRORS = (ValueError, LookupError, TypeError, OverflowError, sqlite3.DataError, sqlite3.ProgrammingError)


@contextmanager
def open_sink(
    folder: Path, settings: Settings, shard: tuple[int, int] | None = None, root: str = ""
) -> Iterator[Writer]:
    """Open the file that this run writes, or make it.

    Parameters
    ----------
    folder
        Of the store.
    settings
        Spelled out in it.
    shard
        Number and count; such a run has a file of its own.
    root
        Keyed hash of the folder that the run goes through.

    Raises
    ------
    OutputError
        If it cannot be made, or is no store of this version.
    """
    file = folder / name_of(shard)
    with open_to_write(file, is_shared=shard is not None) as connection:
        yield Writer(connection, file, folder, settings, root)


class Writer:
    """What a run keeps its results in."""

    def __init__(
        self, connection: sqlite3.Connection, file: Path, folder: Path, settings: Settings, root: str
    ) -> None:
        self._connection, self._file, self._root = connection, file, root
        spelled = json.dumps(settings.as_dict(), sort_keys=True)
        self._settings = sha256(spelled.encode()).hexdigest()
        self._elsewhere = _known_elsewhere(folder, file)
        self._do(f'INSERT OR IGNORE INTO "{SETTINGS.name}" VALUES (?, ?)', (self._settings, spelled))  # noqa: S608

    def has(self, key: str) -> bool:
        """Tell whether a result is there that need not be computed again."""
        if key in self._elsewhere:
            return True
        row = self._do("SELECT code FROM results WHERE key = ?", (key,)).fetchone()
        return row is not None and row[0] not in PASSING

    def has_failed(self, key: str) -> bool:
        """Tell whether the result that this run's file holds is a failure."""
        row = self._do("SELECT code FROM results WHERE key = ?", (key,)).fetchone()
        return row is not None and row[0] is not None

    def forget_failures(self, but: Collection[str]) -> int:
        """Forget failures of this folder that a whole run through it met no more, and return how many.

        A broken file has the key of its place; once it is repaired, its case has another.

        Parameters
        ----------
        but
            Keys of all jobs of the run.
        """
        asked = "SELECT key FROM results WHERE root = ? AND code IS NOT NULL"
        gone = [key for (key,) in self._do(asked, (self._root,)).fetchall() if key not in but]
        for key in gone:
            self._do("DELETE FROM results WHERE key = ?", (key,))
        return len(gone)

    def put(self, job: Job, outcome: Outcome) -> Outcome:
        """Keep what became of a job, in the place of what there was of it.

        A result that no store can hold, such as one with a dose that is no number, is kept as a failure, and given
        back as that: it stops no other.

        Raises
        ------
        OutputError
            If it cannot be written; then nothing of it is.
        """
        try:
            try:
                self._write(job, outcome)
            except _DATA_ERRORS as error:
                failure = Failure("internal", f"internal error: the result cannot be kept: {type(error).__name__}")
                outcome = Outcome(failure=failure, seconds=outcome.seconds, peak_bytes=outcome.peak_bytes)
                self._write(job, outcome)
        except sqlite3.Error as error:
            raise OutputError("cannot be written", file=self._file, found=said(error)) from error
        return outcome

    def _write(self, job: Job, outcome: Outcome) -> None:
        failure, (side, kind) = outcome.failure, summary_of(outcome)
        result: tuple[Cell, ...] = (
            *(job.key, job.kind.value, job.ref, job.patient, job.technique, job.imn, side, kind, outcome.state),
            *((failure.code, failure.text) if failure else (None, None)),
            *(outcome.seconds, outcome.peak_bytes, self._root),
            *(datetime.now(UTC).isoformat(timespec="milliseconds"), package_version(), self._settings),
        )
        rows = [("results", result), *((table, (job.key, *cells)) for table, cells in rows_of(outcome))]
        documents = [
            (job.key, name, zlib.compress(json.dumps(document, allow_nan=False).encode()))
            for name, document in outcome.documents.items()
        ]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM results WHERE key = ?", (job.key,))
            for table, cells in rows:
                self._connection.execute(_INSERT[table], [_fit(cell) for cell in cells])
            self._connection.executemany(_INSERT["documents"], documents)
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _do(self, statement: str, values: tuple[Cell, ...]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise OutputError("cannot be read or written", file=self._file, found=said(error)) from error


def _fit(cell: Cell) -> Cell:
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", cell) if isinstance(cell, str) else cell


def _known_elsewhere(folder: Path, own: Path) -> frozenset[str]:
    """Return the keys whose results other files of the folder hold: other shards, or a run without shards."""
    keys: set[str] = set()
    marks = ", ".join("?" * len(PASSING))
    asked = f"SELECT key FROM results WHERE code IS NULL OR code NOT IN ({marks})"  # noqa: S608  marks alone
    for path in store_files(folder):
        if path != own:
            with open_to_read(path) as connection:
                keys.update(key for (key,) in connection.execute(asked, tuple(PASSING)))
    return frozenset(keys)


class Store:
    """All results of a folder, read together; of a result that two files hold, the later one counts.

    Parameters
    ----------
    folder
        Of the store.

    Raises
    ------
    UsageError
        If there is no store in it.
    """

    def __init__(self, folder: Path) -> None:
        self.files = store_files(folder)
        self._held: dict[Path, sqlite3.Connection] = {}
        self._known_latest: dict[str, int] | None = None
        if not self.files:
            raise UsageError(
                "no store of batch results here",
                file=folder,
                remedy="make one with 'dosimetry batch ROOT --out DIR'",
            )

    @contextmanager
    def frozen(self) -> Iterator[Store]:
        """Hold all tables as they are now, so that they go together while a batch keeps on writing.

        Files with a write-ahead log are read as they were. Others cannot be read for long without keeping their
        writer from writing: their rows, documents aside, are copied into a temporary place first.

        Raises
        ------
        OutputError
            If a file is damaged or no store of this version.
        """
        with ExitStack() as stack:
            for file in self.files:
                connection = stack.enter_context(open_to_read(file))
                if has_log(connection):
                    connection.execute("BEGIN")
                    connection.execute("SELECT count(*) FROM results").fetchone()  # the moment that counts
                else:
                    connection = stack.enter_context(_copied(connection))
                self._held[file] = connection
            self._known_latest = self._latest()
            try:
                yield self
            except sqlite3.Error as error:
                raise OutputError("cannot be read as a store", found=said(error)) from error
            finally:
                self._held.clear()

    def rows(self, table: str) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows of a table, as the columns of its :class:`TableSpec` are; those of one result in a row."""
        spec = _spec(table)
        if spec is SETTINGS:
            yield from self._settings()
            return
        latest = self._known_latest if self._held else self._latest()
        for number, file in enumerate(self.files):
            with self._open(file) as connection:
                for row in connection.execute(_select(spec)):
                    if latest is None or latest.get(row[0]) == number:
                        yield row

    def dicts(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table by column."""
        names = _spec(table).names
        for row in self.rows(table):
            yield dict(zip(names, row, strict=True))

    def document(self, key: str, name: str) -> dict[str, Any] | None:
        """Return a whole result, as the single command writes it; None where there is none.

        Raises
        ------
        OutputError
            If it is damaged.
        """
        latest = self._latest()
        files = self.files if latest is None else [self.files[latest[key]]] if key in latest else []
        for file in files:
            with open_to_read(file) as connection:
                asked = "SELECT json FROM documents WHERE key = ? AND name = ?"
                row = connection.execute(asked, (key, name)).fetchone()
            if row is not None:
                try:
                    document: dict[str, Any] = json.loads(zlib.decompress(row[0]))
                except (ValueError, zlib.error) as error:
                    raise OutputError("a result in it is damaged", file=file, item=key) from error
                return document
        return None

    def settings(self) -> dict[str, dict[str, Any]]:
        """Return all settings by their hash."""
        return {name: json.loads(text) for name, text in self._settings()}

    def _settings(self) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        for file in self.files:
            with self._open(file) as connection:
                found.update(connection.execute(_select(SETTINGS)).fetchall())
        return sorted(found.items())

    @contextmanager
    def _open(self, file: Path) -> Iterator[sqlite3.Connection]:
        if file in self._held:
            yield self._held[file]
        else:
            with open_to_read(file) as connection:
                yield connection

    def _latest(self) -> dict[str, int] | None:
        """Return which file counts for each result; None for a single one."""
        if len(self.files) == 1:
            return None
        latest: dict[str, tuple[str, int]] = {}
        for number, file in enumerate(self.files):
            with self._open(file) as connection:
                for key, ended in connection.execute("SELECT key, ended FROM results"):
                    latest[key] = max(latest.get(key, ("", number)), (ended, number))
        return {key: number for key, (_, number) in latest.items()}


@contextmanager
def _copied(source: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Copy all tables that exports have, in one transaction, into a database that goes when it is closed."""
    target = sqlite3.connect("", isolation_level=None)  # a temporary file, in memory while it is small
    try:
        source.execute("BEGIN")
        target.execute("BEGIN")
        for spec in (*TABLES, SETTINGS):
            if spec.exported:
                columns = ", ".join(f'"{name}"' for name in spec.names)
                target.execute(f'CREATE TABLE "{spec.name}" ({columns})')
                rows = source.execute(_select(spec))
                marks = ", ".join("?" * len(spec.columns))
                target.executemany(f'INSERT INTO "{spec.name}" VALUES ({marks})', rows)  # noqa: S608  our names
        target.execute("COMMIT")
        source.execute("COMMIT")
        yield target
    finally:
        target.close()


def _spec(table: str) -> TableSpec:
    return next(spec for spec in (*TABLES, SETTINGS) if spec.name == table)


def _select(spec: TableSpec) -> str:
    columns = ", ".join(f'"{name}"' for name in spec.names)
    order = spec.names[0] if spec.names[0] != "key" or spec.name == "results" else "rowid"
    return f'SELECT {columns} FROM "{spec.name}" ORDER BY {order}'  # noqa: S608  names of our own
