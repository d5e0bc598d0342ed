"""Plans that arrive while the batch runs: a folder is taken once nothing in it changes any more.

By looking again and again: network shares tell nobody of changes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dosimetry.batch.discovery import Discovery
    from dosimetry.batch.job import Job

__all__ = ["Watch", "watched_jobs"]

Snapshot = frozenset[tuple[str, int, int]]


@dataclass
class Watch:
    """Tells which folders are at rest.

    Attributes
    ----------
    interval_s
        A folder is at rest when its files have the same sizes and times after so long.
    """

    interval_s: float = 10.0
    _seen: dict[Path, tuple[Snapshot, float]] = field(default_factory=dict, repr=False)
    _taken: dict[Path, Snapshot] = field(default_factory=dict, repr=False)

    def at_rest(self, units: list[Path]) -> list[Path]:
        """Return the folders that changed since they were taken last and are at rest now; they count as taken."""
        ready = []
        now = monotonic()
        for unit in units:
            shot = _snapshot(unit)
            if shot is None or self._taken.get(unit) == shot:
                continue
            before = self._seen.get(unit)
            if before is None or before[0] != shot:
                self._seen[unit] = (shot, now)
            elif now - before[1] >= self.interval_s:
                self._taken[unit] = shot
                del self._seen[unit]
                ready.append(unit)
        return ready

    @property
    def unsettled(self) -> bool:
        """Whether some folder still changes, or was not seen long enough."""
        return bool(self._seen)


def watched_jobs(
    discovery: Discovery,
    watch: Watch,
    *,
    seconds: float | None,
    idle: Callable[[], bool] = lambda: True,
    pause: Callable[[float], None] = sleep,
) -> Iterator[Job | None]:
    """Yield jobs as they arrive, and None where there is none just now.

    What cannot be linked or read waits: its missing half may be on the way. It is told at the end.

    Parameters
    ----------
    discovery
        Looks for the jobs.
    watch
        Tells which folders are at rest.
    seconds
        How long to go on; None for ever.
    idle
        Tells whether there is nothing else to do, so that waiting costs nobody time.
    pause
        Waits.
    """
    end = None if seconds is None else monotonic() + seconds
    looked = 0.0
    while end is None or monotonic() < end:
        if looked and monotonic() - looked < watch.interval_s / 2:
            if idle():
                pause(min(0.2, watch.interval_s / 2))
            yield None
            continue
        looked = monotonic()
        for unit in watch.at_rest(discovery.units()):
            yield from discovery.arrivals(unit)
    yield from discovery.leftover()
    yield from discovery.new_pairs()


def _snapshot(folder: Path) -> Snapshot | None:
    """Return path, size and time of all files below a folder; None where it cannot be read just now."""
    found = []
    waiting = [os.fspath(folder)]
    try:
        while waiting:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.name[:1] == ".":
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        about = entry.stat()
                        found.append((entry.path, about.st_size, about.st_mtime_ns))
    except OSError:
        return None
    return frozenset(found) if found else None
