"""Files and folders that are whole or absent."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dosimetry.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["save_bytes", "save_text", "whole_folder"]


def save_text(path: Path, text: str) -> None:
    """Write a text file as UTF-8, whole or not at all; see :func:`save_bytes`."""
    save_bytes(path, text.encode("utf-8"))


def save_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all: what was there before stays until the new content is complete.

    Raises
    ------
    OutputError
        Where the folder is missing or the file cannot be written.
    """
    if not path.parent.is_dir():
        raise OutputError("folder does not exist", file=path, remedy="make it first")
    if path.exists() and not path.is_file():
        raise OutputError("not a regular file", file=path, remedy="name a file")
    draft = path.with_name(f".{secrets.token_hex(8)}.part")  # same folder: a rename across disks copies
    try:
        try:
            with draft.open("xb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", file=path) from error


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to write into, which becomes `path` once all is written; without that nothing is left.

    Where `path` is there already, its files of the same names are replaced.

    Raises
    ------
    OutputError
        Where the folder cannot be made or the files cannot be moved to their place.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        try:
            # What a killed run may have left.
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
        except OSError as error:
            raise OutputError("folder cannot be made", file=path, found=error.strerror) from error
        yield draft
        try:
            if path.is_dir():
                for file in sorted(draft.iterdir()):
                    file.replace(path / file.name)
            else:
                draft.replace(path)  # one step: all of the files or none
        except OSError as error:
            raise OutputError("files cannot be moved to their place", file=path, found=error.strerror) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
