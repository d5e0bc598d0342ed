"""The store of a batch: SQLite files in one folder, one transaction for each result.

One run writes one file; a shard writes a file of its own, so that hundreds of them can share a folder on a network,
where SQLite's locks are not to be trusted between machines. Whoever reads takes all files of the folder together.
On a local disk a write-ahead log lets others read meanwhile; on a network file system, where such a log does not
work, and for shards, a rollback journal is used.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.batch.engine import PASSING
from dosimetry.batch.flatten import rows_of, summary_of
from dosimetry.batch.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES, create_statements
from dosimetry.errors import OutputError, UsageError
from dosimetry.provenance import package_version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dosimetry.batch.flatten import Cell
    from dosimetry.batch.job import Job, Outcome
    from dosimetry.batch.settings import Settings

__all__ = ["Store", "Writer", "open_sink", "store_files"]

_NAME = "results"
_SUFFIX = ".sqlite"
_WAIT_S = 60.0
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "lustre", "gpfs", "beegfs", "ceph", "9p"}
)
_INSERT = {
    table.name: f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * len(table.columns))})'  # noqa: S608  our names
    for table in TABLES
}


def store_files(folder: Path) -> list[Path]:
    """Return the files of a store; none where there is none."""
    return sorted(path for path in folder.glob(f"{_NAME}*{_SUFFIX}") if path.is_file())


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
    name = _NAME if shard is None else f"{_NAME}.{shard[0]}-of-{shard[1]}"
    file = folder / f"{name}{_SUFFIX}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise OutputError("cannot be made or opened", file=file, found=_said(error)) from error
    try:
        _prepare(connection, file, is_shared=shard is not None)
        yield Writer(connection, file, folder, settings, root)
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, file: Path, *, is_shared: bool) -> None:
    """Make the tables of an empty file, and refuse a foreign one."""
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")  # a result that was told as kept outlives a power cut
        connection.execute("BEGIN IMMEDIATE")  # of two runs that begin at once, one makes the tables
        if _is_empty(connection):
            for statement in create_statements():
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        else:
            _require_ours(connection, file)
        connection.execute("COMMIT")
        journal = "TRUNCATE" if is_shared or _is_on_network(file) else "WAL"
        connection.execute(f"PRAGMA journal_mode = {journal}")
    except sqlite3.Error as error:
        raise OutputError("cannot be opened as a store", file=file, found=_said(error)) from error


def _is_empty(connection: sqlite3.Connection) -> bool:
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return bool(count == 0)


def _require_ours(connection: sqlite3.Connection, file: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise OutputError("is no store of batch results", file=file, remedy="give another --out")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        raise OutputError(
            "store has another schema",
            file=file,
            expected=f"version {SCHEMA_VERSION}",
            found=f"version {version}",
            remedy="use the dosimetry that made it, or give another --out",
        )


def _is_on_network(file: Path) -> bool:
    """Tell whether a file lies on a network file system, as far as the system says so."""
    if sys.platform == "win32":
        return str(file.resolve()).startswith("\\\\")
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    place = file.resolve()
    best, kind = -1, ""
    for line in lines:
        _, mount, found, *_ = line.split(" ")
        point = Path(mount.replace("\\040", " "))
        if place.is_relative_to(point) and len(point.parts) > best:
            best, kind = len(point.parts), found
    return kind in _NETWORK


class Writer:
    """What a run keeps its results in."""

    def __init__(
        self, connection: sqlite3.Connection, file: Path, folder: Path, settings: Settings, root: str
    ) -> None:
        self._connection, self._file, self._root = connection, file, root
        spelled = json.dumps(settings.as_dict(), sort_keys=True)
        self._settings = sha256(spelled.encode()).hexdigest()
        self._elsewhere = _known_elsewhere(folder, file)
        self._do("INSERT OR IGNORE INTO settings VALUES (?, ?)", (self._settings, spelled))

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

    def put(self, job: Job, outcome: Outcome) -> None:
        """Keep what became of a job, in the place of what there was of it.

        Raises
        ------
        OutputError
            If it cannot be written; then nothing of it is.
        """
        failure, (side, kind) = outcome.failure, summary_of(outcome)
        result: tuple[Cell, ...] = (
            *(job.key, job.kind.value, job.ref, job.patient, job.technique, job.imn, side, kind, outcome.state),
            *((failure.code, failure.text) if failure else (None, None)),
            *(
                outcome.seconds,
                outcome.peak_bytes,
                self._root,
                datetime.now(UTC).isoformat(timespec="milliseconds"),
            ),
            *(package_version(), self._settings),
        )
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("DELETE FROM results WHERE key = ?", (job.key,))
            self._connection.execute(_INSERT["results"], result)
            for table, cells in rows_of(outcome):
                self._connection.execute(_INSERT[table], (job.key, *cells))
            for name, document in outcome.documents.items():
                text = json.dumps(document, allow_nan=False, ensure_ascii=False)
                self._connection.execute(_INSERT["documents"], (job.key, name, zlib.compress(text.encode())))
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise OutputError("cannot be written", file=self._file, found=_said(error)) from error
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _do(self, statement: str, values: tuple[Cell, ...]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise OutputError("cannot be read or written", file=self._file, found=_said(error)) from error


def _known_elsewhere(folder: Path, own: Path) -> frozenset[str]:
    """Return the keys whose results other files of the folder hold: other shards, or a run without shards."""
    keys: set[str] = set()
    for path in store_files(folder):
        if path != own:
            with _reading(path) as connection:
                marks = ", ".join("?" * len(PASSING))
                found = connection.execute(
                    f"SELECT key FROM results WHERE code IS NULL OR code NOT IN ({marks})",  # noqa: S608  marks alone
                    tuple(PASSING),
                )
                keys.update(key for (key,) in found)
    return frozenset(keys)


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a file to read it.

    Raises
    ------
    OutputError
        If it is damaged or no store of this version.
    """
    try:
        connection = sqlite3.connect(file.resolve().as_uri() + "?mode=ro", uri=True, timeout=_WAIT_S)
    except sqlite3.Error as error:
        raise OutputError("cannot be opened", file=file, found=_said(error)) from error
    try:
        _require_ours(connection, file)
        yield connection
    except sqlite3.Error as error:
        raise OutputError("cannot be read as a store", file=file, found=_said(error)) from error
    finally:
        connection.close()


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
        if not self.files:
            raise UsageError(
                "no store of batch results here",
                file=folder,
                remedy="make one with 'dosimetry batch ROOT --out DIR'",
            )

    def rows(self, table: str) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows of a table, as the columns of its :class:`TableSpec` are."""
        spec = next(spec for spec in TABLES if spec.name == table)
        columns = ", ".join(f'"{name}"' for name in spec.names)
        latest = self._latest()
        for number, file in enumerate(self.files):
            with _reading(file) as connection:
                for row in connection.execute(f'SELECT {columns} FROM "{table}"'):  # noqa: S608  our own names
                    if latest is None or latest[row[0]] == number:
                        yield row

    def dicts(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table by column."""
        names = next(spec.names for spec in TABLES if spec.name == table)
        for row in self.rows(table):
            yield dict(zip(names, row, strict=True))

    def document(self, key: str, name: str) -> dict[str, Any] | None:
        """Return a whole result, as the single command writes it; None where there is none."""
        for file in reversed(self.files):
            with _reading(file) as connection:
                found = connection.execute("SELECT json FROM documents WHERE key = ? AND name = ?", (key, name))
                row = found.fetchone()
                if row is not None:
                    document: dict[str, Any] = json.loads(zlib.decompress(row[0]))
                    return document
        return None

    def settings(self) -> dict[str, dict[str, Any]]:
        """Return all settings by their hash."""
        found: dict[str, dict[str, Any]] = {}
        for file in self.files:
            with _reading(file) as connection:
                found |= {name: json.loads(text) for name, text in connection.execute("SELECT * FROM settings")}
        return found

    def _latest(self) -> dict[str, int] | None:
        """Return which file counts for each result; None for a single one."""
        if len(self.files) == 1:
            return None
        latest: dict[str, tuple[str, int]] = {}
        for number, file in enumerate(self.files):
            with _reading(file) as connection:
                for key, ended in connection.execute("SELECT key, ended FROM results"):
                    latest[key] = max(latest.get(key, ("", number)), (ended, number))
        return {key: number for key, (_, number) in latest.items()}


def _said(error: Exception) -> str:
    """Return what a system said, without a path."""
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
