"""The cache of compiled kernels: kept, shared, never stale."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import dosimetry.kernels.jit as jit_module

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")

INNER = """
from twin.jit import kernel


@kernel
def inner(x):
    return x + {number}
"""
OUTER = """
from twin.inner import inner
from twin.jit import kernel


@kernel
def outer(x):
    return 10 * inner(x)
"""
RUN = """
from twin.jit import cache_folder, watch_compilation
compiled = []
with watch_compilation(lambda name: None, lambda name, seconds: compiled.append(name)):
    from twin.outer import outer
    assert compiled == []
    print(outer(1), "outer" in compiled, cache_folder().name)
"""


@pytest.fixture
def twin(tmp_path):
    """A package of two kernels, one calling the other, with a copy of the decorator."""
    package = tmp_path / "twin"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(Path(jit_module.__file__), package / "jit.py")
    (package / "outer.py").write_text(OUTER)
    (package / "inner.py").write_text(INNER.format(number=1))

    def run(**environment):
        done = subprocess.run(
            [sys.executable, "-c", RUN],
            cwd=tmp_path,
            env={**os.environ, "DOSIMETRY_CACHE_DIR": str(tmp_path / "cache"), **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    run.package = package
    return run


def test_second_run_loads_from_disk_and_an_edited_callee_is_not_stale(twin):
    value, compiled, key = twin()
    assert (value, compiled) == ("20", "True")
    assert twin() == ["20", "False", key]
    (twin.package / "inner.py").write_text(INNER.format(number=5))
    value, compiled, other = twin()
    assert (value, compiled) == ("60", "True")
    assert other != key
    # and back again: the first cache is still right
    (twin.package / "inner.py").write_text(INNER.format(number=1))
    assert twin()[0::2] == ["20", key]


def test_unwritable_cache_folder_is_no_error(twin, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert twin(DOSIMETRY_CACHE_DIR=str(tmp_path / "file" / "cache"))[0] == "20"


def test_importing_the_kernels_compiles_nothing():
    code = (
        "from dosimetry.kernels.jit import watch_compilation\n"
        "seen = []\n"
        "with watch_compilation(seen.append, lambda name, seconds: None):\n"
        "    import dosimetry.kernels.coverage, dosimetry.kernels.decimals, dosimetry.kernels.deposit\n"
        "    import dosimetry.kernels.evenodd\n"
        "assert seen == [], seen\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numba_settings_of_others_are_left_alone():
    from numba.core import config

    before = config.CACHE_DIR

    @jit_module.kernel
    def nothing(x):
        return x

    assert before == config.CACHE_DIR
    assert nothing(2) == 2


def test_kernels_made_in_many_threads_share_one_folder(tmp_path, monkeypatch):
    """Numba reads its setting twice: taken back in between, it sent code to the working folder."""
    monkeypatch.chdir(tmp_path)

    def made(number):
        def plain(x):
            return x + number

        return jit_module.kernel(plain)(1)

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(made, range(32))) == [1 + number for number in range(32)]
    assert list(tmp_path.iterdir()) == []
