"""The command line in this process: what a user sees, without a start of Python for every call."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

from dosimetry.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def dosimetry(*arguments):
    """Run one command, with both streams in UTF-8 as in a pipe."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            main.run([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
    texts = []
    for stream in streams:
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))
    return Done(code, *texts)
