"""The sheets that come with the package, and the user's own."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.errors import ProtocolError
from dosimetry.protocols.limit import parse_limit
from dosimetry.protocols.sheet import Constraint, Levels, Sheet
from dosimetry.text import clean

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from dosimetry.protocols.schema import ConstraintEntry, SheetFile

__all__ = ["find_sheet", "read_sheet", "sheets"]

_MOST_BYTES = 4_000_000


@cache
def sheets() -> tuple[Sheet, ...]:
    """Return the sheets that come with the package, by name."""
    folder = files("dosimetry.protocols").joinpath("sheets")
    found = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    return tuple(read_sheet(path) for path in found)


def find_sheet(name: str) -> Sheet:
    """Return a sheet by its name, or from the user's file: a TOML sheet, or a scorecard of another program.

    Raises
    ------
    ProtocolError
        If there is no such sheet or file, or the file does not hold one.
    """
    path = Path(name)
    if path.suffix.lower() in (".toml", ".json"):
        if not path.is_file():
            raise ProtocolError("file does not exist", file=path)
        if path.suffix.lower() == ".json":
            from dosimetry.protocols.scorecard import read_scorecard  # noqa: PLC0415  seldom needed

            return read_scorecard(path)
        return read_sheet(path)
    for sheet in sheets():
        if sheet.id == name:
            return sheet
    raise ProtocolError(
        f"no protocol named {clean(name)!r}",
        item="--protocol",
        expected=" or ".join(sheet.id for sheet in sheets()),
        remedy="name one of them, or a .toml file of your own",
    )


def read_sheet(path: Traversable) -> Sheet:
    """Read one TOML sheet.

    Raises
    ------
    ProtocolError
        Where the file is not UTF-8, not TOML, or does not hold what it must.
    """
    from dosimetry.protocols.schema import check_sheet  # noqa: PLC0415  pydantic is needed only when files are read

    content = path.read_bytes()
    if len(content) > _MOST_BYTES:
        raise ProtocolError("far too large for a constraint sheet", file=path.name)
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProtocolError(f"not a TOML file: {error}", file=path.name) from error
    checked = check_sheet(document, path.name)
    return Sheet(
        id=path.name.removesuffix(".toml"),
        title=checked.title,
        citation=checked.source.citation,
        doi=checked.source.doi,
        where=checked.source.where,
        fractions=tuple(checked.fractions or ()),
        constraints=tuple(_constraint(entry, checked) for entry in checked.constraint),
        notes=tuple(checked.source.notes),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _constraint(entry: ConstraintEntry, file: SheetFile) -> Constraint:
    parts = () if entry.part is None else (entry.part,) if isinstance(entry.part, str) else tuple(entry.part)
    return Constraint(
        parts=parts,
        roi=entry.roi,
        goal=_levels(entry.goal),
        acceptable=None if entry.acceptable is None else _levels(entry.acceptable),
        verified=file.source.verified if entry.verified is None else entry.verified,
        note=entry.note or "",
    )


def _levels(level: str | dict[str, str]) -> Levels:
    if isinstance(level, str):
        return Levels(parse_limit(level), {})
    return Levels(None, {int(count): parse_limit(text) for count, text in level.items()})
