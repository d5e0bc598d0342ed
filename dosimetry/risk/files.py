"""The data files of the risk layer: those of the package, and TOML files as documents."""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from dosimetry.errors import RiskError

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["packaged", "read_bytes", "read_toml"]

_MOST_BYTES = 5_000_000  # no table of rates is as long


def packaged(folder: str, ending: str) -> list[Traversable]:
    """Return the files of a folder beside this module, by name."""
    place = files("dosimetry.risk").joinpath(folder)
    return sorted((path for path in place.iterdir() if path.name.endswith(ending)), key=lambda path: path.name)


def read_bytes(path: Traversable, item: str) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    RiskError
        Where it cannot be read, or is far too long.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except OSError as error:
        raise RiskError(f"cannot be read: {error.strerror}", file=str(path), item=item) from error
    if len(content) > _MOST_BYTES:
        raise RiskError("file is too long", file=str(path), item=item, expected=f"at most {_MOST_BYTES} bytes")
    return content


def read_toml(path: Traversable, item: str) -> tuple[dict[str, Any], str]:
    """Return the document in a TOML file, and the SHA-256 of its bytes.

    Raises
    ------
    RiskError
        Where the file cannot be read, is not UTF-8, or is not TOML.
    """
    content = read_bytes(path, item)
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RiskError(f"not a TOML file: {error}", file=str(path), item=item) from error
    return document, hashlib.sha256(content).hexdigest()
