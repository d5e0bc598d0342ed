"""The log of compilations: a line for each kernel, nested ones taken out, and never in the way."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import dosimetry.kernels.jit as jit_module
from dosimetry.cli.compiling import LOG_NAME

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")

# Kernels of the real package's module name, made on the spot: the real ones take half a minute to compile.
SCRIPT = """
import sys, types
import dosimetry.kernels.jit as jit
from dosimetry.cli.compiling import compilation_notice

module = types.ModuleType("dosimetry.kernels.made")
module.__file__ = sys.argv[1]
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), module.__dict__)
module.inner = jit.kernel(module.inner)
module.outer = jit.kernel(module.outer)
with compilation_notice():
    print(module.outer(3))
"""
SOURCE = "def inner(x):\n    return 2 * x\n\n\ndef outer(x):\n    return inner(x) + 1\n"


@pytest.fixture
def run(tmp_path):
    """Compile a kernel that calls another, with a cache folder of its own."""
    source = tmp_path / "made.py"
    source.write_text(SOURCE)

    def once(cache):
        return subprocess.run(
            [sys.executable, "-c", SCRIPT, str(source)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "DOSIMETRY_CACHE_DIR": str(cache)},
        )

    return once


def test_each_kernel_has_a_line_with_its_seconds(run, tmp_path):
    done = run(tmp_path / "cache")
    assert done.stdout == "7\n"
    (log,) = (tmp_path / "cache").rglob(LOG_NAME)
    lines = [line.split("\t") for line in log.read_text(encoding="utf-8").splitlines()]
    assert [kernel for kernel, *_ in lines] == ["inner", "outer"]
    (_, inner, inner_alone), (_, outer, outer_alone) = lines
    assert float(inner_alone) == float(inner) > 0
    assert float(outer_alone) == pytest.approx(float(outer) - float(inner), abs=0.002)
    assert f"seconds of each: {LOG_NAME}" in done.stderr
    assert str(tmp_path) not in done.stderr  # folders tell who uses the machine
    assert "kernels are compiled and kept" in done.stderr


def test_a_log_that_cannot_be_written_is_no_error(run, tmp_path):
    cache = tmp_path / "cache"
    (cache / jit_module.cache_folder().name / LOG_NAME).mkdir(parents=True)  # in the way
    done = run(cache)
    assert done.stdout == "7\n"
    assert "kernels are compiled and kept" in done.stderr
    assert LOG_NAME not in done.stderr
