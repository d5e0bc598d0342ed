"""How a batch stands, on stderr: a bar in a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from time import monotonic
from typing import TYPE_CHECKING, Self

from dosimetry.cli.terminal import note

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from dosimetry.batch.engine import Counts

__all__ = ["Watcher", "spoken"]

_FIRST_S, _EVERY_S, _BAR_S = 10.0, 60.0, 0.2


def spoken(seconds: float) -> str:
    """Return a duration as people say it: ``45 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


class Watcher(AbstractContextManager["Watcher"]):
    """Shows progress.

    Parameters
    ----------
    counts
        How the run stands; kept up to date by the engine.
    share
        How much of ROOT was looked at, 0 to 1; None where there is no end to see.
    """

    def __init__(self, counts: Counts, share: Callable[[], float | None]) -> None:
        self._counts, self._share = counts, share
        self._began = monotonic()
        self._due = self._began + _FIRST_S
        self._bar = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (BarColumn(), TextColumn("{task.description}", markup=False))
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
            self._task = self._bar.add_task(self.line(), total=1.0)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tick(self) -> None:
        """Show how it stands, if it is time to."""
        now = monotonic()
        if self._bar is not None:
            if now >= self._due or self._due > now + _BAR_S:
                self._bar.update(self._task, description=self.line(), completed=self._share() or 0.0, refresh=True)
                self._due = now + _BAR_S
        elif now >= self._due:
            note(self.line())
            self._due = now + (_EVERY_S if now - self._began > _EVERY_S else _FIRST_S)

    def line(self) -> str:
        """Return rate, failures and time left in one line."""
        counts, passed = self._counts, monotonic() - self._began
        parts = [f"{counts.ended:,} computed", f"{counts.failed:,} failed"]
        if counts.known:
            parts.append(f"{counts.known:,} were there")
        if counts.ended and passed > 0:
            rate = counts.ended / passed
            parts.append(f"{rate:.1f}/s" if rate >= 1 else f"{60 * rate:.1f}/min")
        share = self._share()
        if share and share < 1:
            parts.append(f"about {spoken(passed * (1 - share) / share)} left")
        return ", ".join(parts)
