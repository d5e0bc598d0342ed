"""A word on stderr while kernels compile, which happens once on a machine, and the seconds of each in a log."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from time import perf_counter
from typing import TYPE_CHECKING

from dosimetry.cli.terminal import note

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["LOG_NAME", "compilation_notice"]

LOG_NAME = "compile.log"
"""Lies beside the compiled kernels. A line for each compilation: the kernel, its seconds with the kernels that were
compiled on its behalf, and without them, parted by tabs."""


@contextmanager
def compilation_notice() -> Iterator[None]:
    """Say once that kernels are being compiled, and at the end how long it took and where the log is."""
    from dosimetry.kernels.jit import cache_folder, watch_compilation

    clock = _Clock()
    try:
        with watch_compilation(clock.start, clock.end):
            yield
    finally:
        if clock.lines:
            log = _append(cache_folder(), clock.lines)
            where = f"; seconds of each: {LOG_NAME} beside them" if log else ""  # folders tell who uses the machine
            note(f"kernels are compiled and kept ({clock.ended - clock.began:.0f} s){where}")


class _Clock:
    """Takes the time of compilations, which nest: a kernel compiles those that it calls."""

    def __init__(self) -> None:
        self.began = self.ended = 0.0
        self.lines: list[str] = []
        self._within: list[float] = []  # of each kernel under way, the seconds spent on others on its behalf

    def start(self, _kernel: str) -> None:
        if not self.began:
            self.began = perf_counter()
            note("compiling kernels for this machine, once; about half a minute …")
        self._within.append(0.0)

    def end(self, kernel: str, seconds: float) -> None:
        self.lines.append(f"{kernel}\t{seconds:.3f}\t{seconds - self._within.pop():.3f}\n")
        if self._within:
            self._within[-1] += seconds
        self.ended = perf_counter()


def _append(folder: Path | None, lines: list[str]) -> Path | None:
    """Append to the log and return its path; None where it cannot be written, which is no error."""
    if folder is None:
        return None
    path = folder / LOG_NAME
    with suppress(OSError):
        with path.open("a", encoding="utf-8") as stream:
            stream.writelines(lines)
        return path
    return None
