"""From jobs to results, each kept once: one loop, whatever the jobs run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dosimetry.batch.job import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dosimetry.batch.job import Job
    from dosimetry.batch.lanes import Lanes

__all__ = ["PASSING", "Counts", "Sink", "run"]

PASSING = frozenset({"killed", "memory", "reading", "timeout"})
"""Codes of failures that may pass: such a job is computed again at the next run, under other limits perhaps."""


class Sink(Protocol):
    """Where results are kept."""

    def has(self, key: str) -> bool:
        """Tell whether the result of a job is there, and need not be computed again."""

    def has_failed(self, key: str) -> bool:
        """Tell whether the result that is there is a failure."""

    def put(self, job: Job, outcome: Outcome) -> Outcome:
        """Keep what became of a job, wholly or not at all, and return what was kept."""


@dataclass
class Counts:
    """How a run stands.

    Attributes
    ----------
    done, warned, failed
        Jobs that ended so.
    known, known_failed
        Jobs whose results were there before, and how many of these are failures.
    computed_s
        Seconds that workers computed.
    """

    done: int = 0
    warned: int = 0
    failed: int = 0
    known: int = 0
    known_failed: int = 0
    computed_s: float = 0.0

    @property
    def ended(self) -> int:
        """Jobs that ended in this run."""
        return self.done + self.warned + self.failed

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        self.computed_s += outcome.seconds
        if outcome.failure is not None:
            self.failed += 1
        elif outcome.warnings:
            self.warned += 1
        else:
            self.done += 1


def run(
    jobs: Iterable[Job | None],
    lanes: Lanes,
    sink: Sink,
    counts: Counts,
    *,
    tell: Callable[[Job, Outcome], None] = lambda _job, _outcome: None,
    tick: Callable[[], None] = lambda: None,
) -> set[str]:
    """Compute all jobs whose results are not there yet.

    Jobs are taken as workers have room: no more are held than they work on.

    Parameters
    ----------
    jobs
        What to do; a job that is known to be broken is only noted. None stands for none just now.
    lanes
        Where it runs.
    sink
        Where results are kept, each as soon as it is there.
    counts
        Is kept up to date.
    tell
        Called with each result once it is kept.
    tick
        Called now and then.

    Returns
    -------
    set of str
        Keys of all jobs.
    """
    source = iter(jobs)
    taken: set[str] = set()
    exhausted = False

    def keep(job: Job, outcome: Outcome) -> None:
        kept = sink.put(job, outcome)
        counts.add(kept)
        tell(job, kept)

    while not exhausted or lanes.busy:
        while not exhausted and lanes.has_room:
            job = next(source, _END)
            tick()
            if isinstance(job, _End):
                exhausted = True
                break
            if job is None:
                break
            if job.key in taken:
                continue  # the same files twice
            taken.add(job.key)
            if sink.has(job.key):
                counts.known += 1
                counts.known_failed += sink.has_failed(job.key)
            elif job.failure is not None:
                keep(job, Outcome(failure=job.failure))
            else:
                lanes.submit(job)
        for job, outcome in lanes.collect():
            keep(job, outcome)
        tick()
    return taken


class _End:
    """Stands behind the last job."""


_END = _End()
