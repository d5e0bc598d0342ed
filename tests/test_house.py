"""The tree is what pyproject.toml says it is."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest


@pytest.fixture(scope="module")
def pyproject(source_tree):
    return tomllib.loads((source_tree / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_package_is_listed(source_tree, pyproject):
    homes = {"dosimetry": source_tree / "dosimetry", "dosimetry.kernels": source_tree / "kernels"}
    found = {
        ".".join((name, *init.parent.relative_to(home).parts))
        for name, home in homes.items()
        for init in home.rglob("__init__.py")
    }
    assert sorted(found) == pyproject["tool"]["setuptools"]["packages"]


def test_no_module_lies_outside_a_package(source_tree):
    strays = [
        path.relative_to(source_tree).as_posix()
        for home in ("dosimetry", "kernels")
        for path in (source_tree / home).rglob("*.py")
        if not (path.parent / "__init__.py").is_file()
    ]
    assert strays == []


def test_kernels_in_the_package_are_the_kernels_at_the_top(source_tree):
    link = source_tree / "dosimetry" / "kernels"
    if link.is_symlink():
        assert link.readlink().as_posix() == "../kernels"
    else:
        # What git leaves where links are switched off; the package mapping takes over.
        assert link.read_text(encoding="utf-8").strip() == "../kernels"


def test_kernels_are_loaded_once(source_tree):
    code = "import sys, dosimetry.kernels.jit; print(*(m for m in sys.modules if m.endswith('kernels.jit')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=source_tree)
    assert run.stdout.split() == ["dosimetry.kernels.jit"]


def test_linter_sees_kernels_once(source_tree):
    command = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
    run = subprocess.run(command, capture_output=True, text=True, check=True, cwd=source_tree)
    shown = [line.replace("\\", "/") for line in run.stdout.splitlines()]
    jit = [line for line in shown if line.endswith("kernels/jit.py")]
    assert len(jit) == 1
    assert not jit[0].endswith("dosimetry/kernels/jit.py")
