"""A word on stderr while kernels compile: it happens once on a machine and takes a while."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from dosimetry.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["compilation_notice"]


@contextmanager
def compilation_notice() -> Iterator[None]:
    """Say once that kernels are being compiled, and at the end how long it took."""
    from dosimetry.kernels.jit import watch_compilation

    began: list[float] = []
    ended: list[float] = []

    def start(_kernel: str) -> None:
        if not began:
            began.append(perf_counter())
            note("compiling kernels for this machine, once; about half a minute …")

    def end(_kernel: str, _seconds: float) -> None:
        ended.append(perf_counter())

    with watch_compilation(start, end):
        yield
    if began and ended:
        note(f"kernels are compiled and kept ({ended[-1] - began[0]:.0f} s)")
