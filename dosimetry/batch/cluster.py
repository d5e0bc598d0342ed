"""An existing Dask cluster as one wide lane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.batch.lanes import Lanes
from dosimetry.errors import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from dosimetry.batch.limits import Limits
    from dosimetry.batch.settings import Settings

__all__ = ["cluster_lanes"]

_WAIT_S = 10


def cluster_lanes(address: str, settings: Settings, limits: Limits) -> Lanes:
    """Return a lane on the workers of a Dask scheduler.

    Every worker has one thread: limits of time and memory are of a process. A worker that dies is replaced by its
    nanny, and the scheduler gives its jobs to others; a job under which several die is failed by the scheduler.

    Raises
    ------
    UsageError
        If there is no such scheduler, it has no workers, or one of several threads.
    """
    try:
        from distributed import Client  # noqa: PLC0415  an extra
    except ImportError as error:
        raise UsageError(
            "Dask is not installed", item="--scheduler", remedy="pip install 'dosimetry[dask]'"
        ) from error
    try:
        client = Client(address, timeout=_WAIT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError("no scheduler answers", item="--scheduler", found=type(error).__name__) from error
    threads = client.nthreads()
    if not threads:
        client.close()
        raise UsageError("the cluster has no workers", item="--scheduler", remedy="start workers first")
    if max(threads.values()) > 1:
        client.close()
        raise UsageError(
            "a worker has several threads, and limits are of a process",
            item="--scheduler",
            remedy="start workers with --nthreads 1",
        )

    def executor() -> Executor:
        made: Executor = client.get_executor(pure=False)
        return made

    return Lanes([executor], settings, limits, depth=2 * len(threads), rotate_after=None, finish=client.close)
