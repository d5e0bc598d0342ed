"""The one decorator of all kernels.

Compiled code is kept on disk in a folder whose name is a hash of every kernel source and of the versions of
numba, llvmlite and numpy. Numba itself looks only at the file of the function that is called: after an edit to
a kernel that another kernel calls, it would load the caller's old machine code with the old callee inlined.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from numba.core import config, event

__all__ = ["CACHE_VARIABLE", "cache_folder", "kernel", "watch_compilation"]

CACHE_VARIABLE = "DOSIMETRY_CACHE_DIR"
_SETTING = "CACHE_DIR"  # numba's own setting; made at import, so type checkers do not see it
_SETTING_LOCK = Lock()

F = TypeVar("F", bound=Callable[..., Any])


def _cache_root() -> Path:
    """Return the user's cache folder by the platform's custom."""
    if given := os.environ.get(CACHE_VARIABLE):
        return Path(given)
    if sys.platform == "win32":
        root = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(root) / "dosimetry" / "kernels"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "dosimetry" / "kernels"
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "dosimetry" / "kernels"


@cache
def _source_key() -> str:
    """Return the hash of everything that compiled code depends on."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    digest.update(f"{numba.__version__}\0{llvmlite.__version__}\0{np.__version__}".encode())
    return digest.hexdigest()[:20]


@cache
def cache_folder() -> Path | None:
    """Return the folder that compiled kernels are kept in; None where nothing can be written."""
    for root in (_cache_root, lambda: Path(tempfile.gettempdir()) / f"dosimetry-{os.getuid()}"):
        try:
            folder = root() / _source_key()
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except (OSError, RuntimeError, AttributeError):  # no home folder; no getuid on Windows
            continue
    return None


def kernel(function: F) -> F:
    """Compile `function` at its first call, without the GIL and with strict floating point.

    No fastmath: sums are made in the order written, so that results do not depend on the machine's vector
    width. Division by zero follows IEEE 754, as in numpy. With ``NUMBA_DISABLE_JIT=1`` the function is left
    as it is.
    """
    compiled = numba.njit(nogil=True, fastmath=False, error_model="numpy")(function)
    folder = cache_folder()
    if folder is not None and hasattr(compiled, "enable_caching"):
        with _SETTING_LOCK:  # two threads may import kernels at once
            previous = getattr(config, _SETTING)
            setattr(config, _SETTING, str(folder))  # read when caching is enabled, and not later
            try:
                compiled.enable_caching()
            finally:
                setattr(config, _SETTING, previous)
    return cast("F", compiled)


class _Watcher(event.Listener):
    """Passes the start and the end of each compilation of one of these kernels on."""

    def __init__(self, started: Callable[[str], None], ended: Callable[[str, float], None]) -> None:
        self._started, self._ended = started, ended
        self._since: dict[str, float] = {}

    def _name(self, occurrence: Any) -> str | None:
        function = occurrence.data["dispatcher"].py_func
        return str(function.__name__) if function.__module__.startswith(__package__ or "") else None

    def on_start(self, event: Any) -> None:
        if name := self._name(event):
            self._since[name] = perf_counter()
            self._started(name)

    def on_end(self, event: Any) -> None:
        if name := self._name(event):
            self._ended(name, perf_counter() - self._since.pop(name))


@contextmanager
def watch_compilation(started: Callable[[str], None], ended: Callable[[str, float], None]) -> Iterator[None]:
    """Call `started(kernel)` and `ended(kernel, seconds)` around every compilation, not at loads from disk."""
    with event.install_listener("numba:compile", _Watcher(started, ended)):
        yield
