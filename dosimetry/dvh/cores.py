"""Work on all cores: the same results in the same order, however many there are."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["on_all_cores", "use_cores"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_most: int | None = None


def use_cores(most: int | None) -> None:
    """Use at most so many cores in this process; None for all. Where others have the rest, threads only cost."""
    global _most  # noqa: PLW0603  a property of the process
    _most = most


def on_all_cores(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return the results of a function for each item, in order; the first error of an item is raised.

    Threads, since kernels run without the interpreter's lock. Calls may be nested: each has threads of its own, and
    those that wait for others cost nothing.
    """
    work = list(items)
    threads = min(len(work), _most or os.cpu_count() or 1)
    if threads <= 1:
        return [function(item) for item in work]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, work))
