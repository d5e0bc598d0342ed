"""What one job may take: time and memory, kept by the worker process itself."""

from __future__ import annotations

import faulthandler
import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Limits", "limited", "peak_bytes"]

_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one job may take.

    Attributes
    ----------
    seconds
        Of wall-clock time; None for no limit.
    memory_mib
        Address space beyond what the worker has when the job begins; None for no limit. Linux alone: elsewhere
        the system does not keep such a limit, and the number is not used.
    """

    seconds: float | None = None
    memory_mib: int | None = None


@contextmanager
def limited(limits: Limits) -> Iterator[None]:
    """Run what is inside within its limits.

    Memory beyond the limit is a MemoryError. Too much time ends the process, from a thread that needs neither the
    interpreter nor its lock: nothing else ends a loop in compiled code, nor a read that never comes back.
    """
    sink = None
    if limits.seconds is not None:
        sink = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  must be open as long as the watch runs
        faulthandler.dump_traceback_later(limits.seconds, exit=True, file=sink)
    before = _lower(limits.memory_mib)
    try:
        yield
    finally:
        _restore(before)
        if sink is not None:
            faulthandler.cancel_dump_traceback_later()
            sink.close()


def _lower(memory_mib: int | None) -> tuple[int, int] | None:
    """Lower the limit of address space; return what it was."""
    if memory_mib is None or not sys.platform.startswith("linux"):
        return None
    import resource  # noqa: PLC0415  POSIX alone

    before = resource.getrlimit(resource.RLIMIT_AS)
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    wanted = held + memory_mib * _MIB
    if before[0] not in (resource.RLIM_INFINITY, -1):
        wanted = min(wanted, before[0])
    resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
    return before


def _restore(before: tuple[int, int] | None) -> None:
    if before is not None:
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_AS, before)


def peak_bytes() -> int:
    """Return the most memory that this process has held; 0 where the system does not tell."""
    with suppress(ImportError):
        import resource  # noqa: PLC0415

        most: Any = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return int(most) * (1 if sys.platform == "darwin" else 1024)
    return 0
