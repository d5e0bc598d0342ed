"""Where jobs run: executors of ``concurrent.futures``, each a lane of its own.

A local lane is a pool of one process. When a process dies, its pool is of no more use and says so of every job that
it was given; since a lane takes them in turn, the first of them was running and the others were not. So one lane
is made anew, one job is under suspicion, and nobody else loses anything. An executor of a cluster is one wide lane
that looks after its own workers.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING

from dosimetry.batch.job import Failure, Outcome, failure_of
from dosimetry.batch.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dosimetry.batch.job import Job
    from dosimetry.batch.settings import Settings

__all__ = ["Lanes", "local_lanes", "one_process"]

_DEPTH = 2  # one is computed, one waits so that the worker never does
_ROTATE_AFTER = 1000
_STRIKES = 2
_NEAR = 0.95
_POLL_S = 0.5


@dataclass
class _Lane:
    make: Callable[[], Executor]
    depth: int
    rotate_after: int | None
    executor: Executor | None = None
    pending: deque[tuple[Future[Outcome], Job]] = field(default_factory=deque)
    given: int = 0
    since: float = 0.0
    """When the first of `pending` could begin."""

    @property
    def has_room(self) -> bool:
        worn = self.rotate_after is not None and self.given >= self.rotate_after
        return len(self.pending) < self.depth and not (worn and self.pending)

    def submit(self, job: Job, settings: Settings, limits: Limits) -> None:
        if self.rotate_after is not None and self.given >= self.rotate_after:
            self.renew()
        for last in (False, True):
            if self.executor is None:
                self.executor = self.make()
            try:
                with _without_interrupt():
                    future = self.executor.submit(_compute, job, settings, limits)
            except BrokenExecutor:  # its process died while it had nothing to do
                self.renew()
                if last:
                    raise
            else:
                if not self.pending:
                    self.since = monotonic()
                self.pending.append((future, job))
                self.given += 1
                return

    def renew(self) -> None:
        """Let go of the executor; the next job gets a new one."""
        if self.executor is not None:
            self.executor.shutdown(wait=False)
        self.executor, self.given = None, 0


class Lanes:
    """Runs jobs on executors, and says of each what became of it.

    Parameters
    ----------
    makers
        Makes the executor of each lane.
    settings, limits
        Go with every job.
    depth
        Jobs that a lane is given at a time.
    rotate_after
        A lane's processes are replaced after so many jobs, so that no leak of any library adds up; None for never.
    finish
        Called when all is done.
    """

    def __init__(
        self,
        makers: list[Callable[[], Executor]],
        settings: Settings,
        limits: Limits,
        *,
        depth: int = _DEPTH,
        rotate_after: int | None = _ROTATE_AFTER,
        finish: Callable[[], object] = lambda: None,
    ) -> None:
        self._finish = finish
        self._lanes = [_Lane(make, depth, rotate_after) for make in makers]
        self._settings, self._limits = settings, limits
        self._again: deque[Job] = deque()
        self._strikes: Counter[str] = Counter()

    @property
    def has_room(self) -> bool:
        """Whether a job can be given."""
        return not self._again and any(lane.has_room for lane in self._lanes)

    @property
    def busy(self) -> int:
        """Number of jobs that were given and not collected."""
        return sum(len(lane.pending) for lane in self._lanes) + len(self._again)

    def submit(self, job: Job) -> None:
        """Give a job to the lane with the least to do."""
        min((lane for lane in self._lanes if lane.has_room), key=lambda lane: len(lane.pending)).submit(
            job, self._settings, self._limits
        )

    def warm(self, job: Job) -> Outcome:
        """Run a job on the first lane before all others, without limits: one process compiles the kernels."""
        lane = self._lanes[0]
        lane.submit(job, replace(self._settings, sheets=()), Limits())
        future, _ = lane.pending.popleft()
        return future.result()

    def collect(self, seconds: float = _POLL_S) -> list[tuple[Job, Outcome]]:
        """Wait for jobs to end; return those that did."""
        self._resubmit()
        futures = [future for lane in self._lanes for future, _ in lane.pending]
        if not futures:
            return []
        wait(futures, timeout=seconds, return_when=FIRST_COMPLETED)
        ended = [pair for lane in self._lanes for pair in self._of_lane(lane)]
        self._resubmit()
        return ended

    def _resubmit(self) -> None:
        while self._again and any(lane.has_room for lane in self._lanes):
            self.submit(self._again.popleft())

    def _of_lane(self, lane: _Lane) -> Iterator[tuple[Job, Outcome]]:
        broken: list[Job] = []
        running = lane.pending[0][1] if lane.pending else None
        for future, job in [pair for pair in lane.pending if pair[0].done()]:
            if future.cancelled() or isinstance(future.exception(), BrokenExecutor):
                broken.append(job)
                continue
            lane.pending.remove((future, job))
            lane.since = monotonic()
            error = future.exception()
            # an error here is of the way there and back, such as a cluster's "killed too many workers"
            yield job, future.result() if error is None else Outcome(failure=_lost(error))
            if job is running:
                running = lane.pending[0][1] if lane.pending else None
        if broken:
            yield from self._mourn(lane, running)

    def _mourn(self, lane: _Lane, running: Job | None) -> Iterator[tuple[Job, Outcome]]:
        """Make a lane anew whose process died: the job that ran is suspect, the others are given again."""
        jobs = [job for _, job in lane.pending]
        lane.pending.clear()
        lane.renew()
        for job in jobs:
            if job is running:
                failure = self._blame(job, monotonic() - lane.since)
                if failure is not None:
                    yield job, Outcome(failure=failure, seconds=monotonic() - lane.since)
                    continue
            self._again.append(job)

    def _blame(self, job: Job, seconds: float) -> Failure | None:
        """Return why a job is given up; None where it gets another chance, as something else may have killed it."""
        allowed = self._limits.seconds
        if allowed is not None and seconds >= _NEAR * allowed:
            return Failure("timeout", f"took longer than {allowed:g} s; see --case-timeout")
        self._strikes[job.key] += 1
        if self._strikes[job.key] < _STRIKES:
            return None
        return Failure("killed", f"its process was killed {_STRIKES} times; out of memory? see --case-memory")

    def close(self, *, kill: bool = False) -> None:
        """End all processes; with `kill` without waiting for what they compute."""
        if kill:
            for child in multiprocessing.active_children():
                child.kill()
        for lane in self._lanes:
            if lane.executor is not None:
                for future, _ in lane.pending:
                    future.cancel()
                lane.executor.shutdown(wait=True)
                lane.executor = None
        self._finish()


def _lost(error: BaseException) -> Failure:
    if type(error).__name__ == "KilledWorker":
        return Failure("killed", "workers of the cluster that computed it died too often")
    return failure_of(error)


def _compute(job: Job, settings: Settings, limits: Limits) -> Outcome:
    from dosimetry.batch.work import compute  # noqa: PLC0415  numba is loaded in the worker alone

    return compute(job, settings, limits)


def local_lanes(
    workers: int, settings: Settings, limits: Limits, *, rotate_after: int | None = _ROTATE_AFTER
) -> Lanes:
    """Return lanes of one local process each."""
    return Lanes([one_process] * workers, settings, limits, rotate_after=rotate_after)


def one_process() -> Executor:
    """Return a pool of one fresh process: nothing is inherited from this one but its environment."""
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_begin)


def _begin() -> None:
    """Make a worker: it ends when its parent does, and leaves Ctrl-C to it."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import numba  # noqa: PLC0415

    numba.set_num_threads(1)


def _end_with_parent() -> None:
    """Leave when the parent is gone: a pool's process would wait for its next job for ever."""
    import os  # noqa: PLC0415

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _without_interrupt() -> Iterator[None]:
    """Let no Ctrl-C through, to this process or to one that is started meanwhile, until it is done.

    A process started here keeps it so: the terminal sends Ctrl-C to all, and only the parent is to act on it.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
