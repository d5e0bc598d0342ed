"""How a command ends: its exit code."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from dosimetry.cli.terminal import note
from dosimetry.warnings import Caution, merge

__all__ = ["finish"]


def finish(cautions: Iterable[Caution], *, strict: bool, failed: bool = False) -> None:
    """Leave the command: exit code 1 where a check failed, or with any warning under ``--strict``.

    Raises
    ------
    typer.Exit
        With code 1, in those cases.
    """
    count = len(merge(cautions))
    if strict and count:
        note(f"{count} warning{'s' if count > 1 else ''} and --strict: exit code 1")
    if failed or (strict and count):
        raise typer.Exit(1)
