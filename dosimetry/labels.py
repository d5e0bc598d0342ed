"""How files are named in messages and documents: by what they are, not by whose they are.

Exports put names, IDs, dates and UIDs of patients into the names of files and folders. A message therefore shows no
folder, and of a file's name only the words that every export uses. The rest becomes ``…``; to find the file again,
its place among the arguments of the command and the beginning of its SHA-256 stand behind it, which is also what
the provenance of every result lists. Whoever asked for identity sees the name itself.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["file_label", "masked_name", "naming", "without_paths"]

# Kinds and parts of exports, endings, the program's own files, and ordinary words. None is a usual surname.
_WORDS = frozenset(
    """
    ct mr pt rd rs rp re rt rtdose rtstruct rtplan rtimage rtrecord dose doses struct structs structure structures
    structureset set ss plan plans beam beams fx fraction fractions sum total image images slice dicom dicomdir
    export exports data fb dibh imn tangents imrt vmat with without
    aliases archive cohort compare comparison check dvh links link manifest models names patient patients plot
    protocol rates report result results risk sheet store
    copy difference edited figure file folder locked lost map maps mine none note notes nowhere other our out
    overview page picture planes rbe summary table tables test viewer
    arrow bmp csv dat db dcm docx gif gz htm html jpg json md parquet pdf png sqlite svg tar tex tiff toml tsv txt
    xlsx xml zip
    """.split()  # noqa: SIM905  a column of quoted words reads worse
)
_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_HASH_DIGITS = 8
_MOST_BYTES = 1 << 28  # a message does not wait for more to be hashed


@dataclass(frozen=True)
class _Asked:
    """What the user typed, and whether identity may be shown."""

    arguments: tuple[str, ...] = ()
    identify: bool = False


_ASKED: ContextVar[_Asked] = ContextVar("asked", default=_Asked())  # noqa: B039  frozen


@contextmanager
def naming(arguments: Sequence[str], *, identify: bool) -> Iterator[None]:
    """Name files for the user who typed these arguments; with `identify` by their names.

    Parameters
    ----------
    arguments
        The arguments of the command.
    identify
        Whether names of files may be shown.
    """
    token = _ASKED.set(_Asked(tuple(arguments), identify))
    try:
        yield
    finally:
        _ASKED.reset(token)


def masked_name(path: PurePath | str) -> str:
    """Return a file's name without what may tell whose it is; all of it where identity was asked for."""
    name = PurePath(path).name
    if _ASKED.get().identify:
        return clean(name)
    tokens = list(_TOKEN.finditer(name))
    hidden = [_tells(token[0]) for token in tokens]
    # one number is a counter, two in a row may be a date
    for at in range(1, len(tokens)):
        if tokens[at - 1][0].isdigit() and tokens[at][0].isdigit():
            hidden[at - 1] = hidden[at] = True
    parts, end, at = [], 0, 0
    while at < len(tokens):
        if not hidden[at]:
            at += 1
            continue
        parts += [name[end : tokens[at].start()], "…"]
        while at < len(tokens) and hidden[at]:
            end = tokens[at].end()
            at += 1
    return clean("".join([*parts, name[end:]]))


def file_label(path: PurePath | str) -> str:
    """Return how a file is named in a message: its masked name, and where this hides something, how to find it."""
    shown = masked_name(path)
    if _ASKED.get().identify or "…" not in shown:
        return shown
    handle = [*_position(PurePath(path)), *_hash(path)]
    return f"{shown} [{', '.join(handle)}]" if handle else shown


def without_paths(line: str) -> str:
    """Return a message in which no path stands as it was typed: option parsers quote their arguments."""
    asked = _ASKED.get()
    if asked.identify:
        return line
    for argument in sorted(asked.arguments, key=len, reverse=True):
        for given in (argument, argument.rpartition("=")[2]):
            if len(given) > 1 and _is_path(given):
                line = line.replace(given, file_label(given))
    return line


def _is_path(text: str) -> bool:
    if text.startswith("-"):
        return False
    ending = PurePath(text).suffix.lstrip(".").lower()
    return "/" in text or "\\" in text or ending in _WORDS or os.path.exists(text)  # noqa: PTH110  any text


def _tells(token: str) -> bool:
    return len(token) > 2 if token.isdigit() else token.lower() not in _WORDS


def _position(path: PurePath) -> list[str]:
    """Return which argument of the command named this path, or a folder above it."""
    near = [path, *path.parents]
    found = []
    for number, argument in enumerate(_ASKED.get().arguments, 1):
        given = PurePath(argument.rpartition("=")[2])
        if given.name and given in near:
            found.append((near.index(given), number))
    return [f"argument {min(found)[1]}"] if found else []


def _hash(path: PurePath | str) -> list[str]:
    """Return the beginning of the file's SHA-256; nothing where it cannot be read as a file."""
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > _MOST_BYTES:  # noqa: PTH113, PTH202  pure paths too
            return []
        with open(path, "rb") as stream:  # noqa: PTH123  the same
            return [f"SHA-256 {hashlib.file_digest(stream, 'sha256').hexdigest()[:_HASH_DIGITS]}"]
    except (OSError, ValueError):
        return []
