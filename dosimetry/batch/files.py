"""The SQLite files of a store: made, told from foreign ones, opened to write and to read."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from dosimetry.batch.schema import APPLICATION_ID, SCHEMA_VERSION, create_statements
from dosimetry.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["has_log", "name_of", "open_to_read", "open_to_write", "said", "store_files"]

_NAME = "results"
_SUFFIX = ".sqlite"
_WAIT_S = 60.0
_PAUSE_S = 0.05
_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "lustre", "gpfs", "beegfs", "ceph", "9p"}
)


def name_of(shard: tuple[int, int] | None) -> str:
    """Return the name of the file that a run writes."""
    return f"{_NAME}{_SUFFIX}" if shard is None else f"{_NAME}.{shard[0]}-of-{shard[1]}{_SUFFIX}"


def store_files(folder: Path) -> list[Path]:
    """Return the files of a store; none where there is none."""
    return sorted(path for path in folder.glob(f"{_NAME}*{_SUFFIX}") if path.is_file())


@contextmanager
def open_to_write(file: Path, *, is_shared: bool) -> Iterator[sqlite3.Connection]:
    """Open a file, or make it; each statement is a transaction of its own unless one is begun.

    Parameters
    ----------
    file
        In a folder that is made where it is missing.
    is_shared
        Whether other machines may write beside it: then there is no write-ahead log.

    Raises
    ------
    OutputError
        If it cannot be made, or is no store of this version.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, timeout=_WAIT_S, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise OutputError("cannot be made or opened", file=file, found=said(error)) from error
    try:
        try:
            _prepare_in_turn(connection, file, is_shared=is_shared)
        except sqlite3.Error as error:
            raise OutputError("cannot be opened as a store", file=file, found=said(error)) from error
        yield connection
    finally:
        connection.close()


def _prepare_in_turn(connection: sqlite3.Connection, file: Path, *, is_shared: bool) -> None:
    """Prepare a file, and again where another run does so just now: a change of journal waits for nobody."""
    until = monotonic() + _WAIT_S
    while True:
        try:
            _prepare(connection, file, is_shared=is_shared)
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or monotonic() > until:
                raise
        else:
            return
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        sleep(_PAUSE_S)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return "locked" in str(error)


def _prepare(connection: sqlite3.Connection, file: Path, *, is_shared: bool) -> None:
    """Make the tables of an empty file, and refuse a foreign one."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # a result that was told as kept outlives a power cut
    connection.execute("BEGIN IMMEDIATE")  # of two runs that begin at once, one makes the tables
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if count == 0:
        for statement in create_statements():
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    else:
        _require_ours(connection, file)
    connection.execute("COMMIT")
    journal = "truncate" if is_shared or _is_on_network(file) else "wal"
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != journal:
        connection.execute(f"PRAGMA journal_mode = {journal}")


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


@contextmanager
def open_to_read(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a file to read it alone.

    Raises
    ------
    OutputError
        If it is damaged or no store of this version; also if that shows while it is read.
    """
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(_address(file, "mode=ro"), **_READING)
        try:
            _require_ours(connection, file)
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise
            connection.close()
            connection = sqlite3.connect(_address(file, _otherwise(file)), **_READING)
            _require_ours(connection, file)
        yield connection
    except sqlite3.Error as error:
        raise OutputError("cannot be read as a store", file=file, found=said(error)) from error
    finally:
        if connection is not None:
            connection.close()


def _otherwise(file: Path) -> str:
    """Return how to open a file that cannot be opened to read alone."""
    journal = file.with_name(f"{file.name}-journal")
    if journal.exists() and journal.stat().st_size > 0:
        return "mode=rw"  # a writer was killed: what it left half done is undone first
    if file.with_name(f"{file.name}-wal").exists():
        return "mode=ro"
    return "mode=ro&immutable=1"  # a log needs a file beside it, which a folder that is read-only cannot get


_READING: dict[str, Any] = {"uri": True, "timeout": _WAIT_S, "isolation_level": None}


def _address(file: Path, options: str) -> str:
    return f"{file.resolve().as_uri()}?{options}"


def has_log(connection: sqlite3.Connection) -> bool:
    """Tell whether a file has a write-ahead log, so that who reads it keeps nobody from writing."""
    return bool(connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal")


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


def said(error: Exception) -> str:
    """Return what a system said, without a path."""
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else str(error)
