"""The programs to compare with: each is found or skipped with the reason, and runs as a process of its own.

Each computes the DVHs of every ROI of one RTSTRUCT in one RTDOSE, in the way its own documentation shows.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inputs import Plan

__all__ = ["PLASTIMATCH_VARIABLE", "PLATIPY_VARIABLE", "Peer", "find_peers"]

PLATIPY_VARIABLE = "DOSIMETRY_PLATIPY_PYTHON"
PLASTIMATCH_VARIABLE = "DOSIMETRY_PLASTIMATCH"
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to compare with.

    Attributes
    ----------
    name
        As printed.
    command
        What runs before the arguments of a plan; empty where the program is missing.
    missing
        Why it is skipped.
    """

    name: str
    command: tuple[str, ...] = ()
    missing: str = ""

    def on(self, plan: Plan) -> list[str]:
        """Return the command line for one plan."""
        if self.name == "plastimatch":
            return [*self.command, "--input", str(plan.folder), "--output-csv", os.devnull]
        return [*self.command, str(plan.structures), str(plan.dose), ",".join(map(str, plan.numbers))]


def find_peers(platipy_python: str | None = None) -> list[Peer]:
    """Return the peers, those that are missing with the reason."""
    return [_dicompyler(), _platipy(platipy_python or os.environ.get(PLATIPY_VARIABLE)), _plastimatch()]


def _dicompyler() -> Peer:
    if find_spec("dicompylercore") is None:
        return Peer("dicompyler-core", missing="not installed: pip install dicompyler-core")
    return Peer("dicompyler-core", (sys.executable, str(_HERE / "run_dicompyler.py")))


def _platipy(python: str | None) -> Peer:
    python = python or sys.executable
    if not _runs([python, "-c", "import platipy.imaging.dose.dvh"]):
        why = f"not importable by {Path(python).name}: name a Python that has it in {PLATIPY_VARIABLE}"
        return Peer("platipy", missing=why)
    return Peer("platipy", (python, str(_HERE / "run_platipy.py")))


def _plastimatch() -> Peer:
    found = shutil.which(os.environ.get(PLASTIMATCH_VARIABLE, "plastimatch"))
    if found is None:
        return Peer("plastimatch", missing=f"no such command: install it or name it in {PLASTIMATCH_VARIABLE}")
    return Peer("plastimatch", (found, "dvh"))


def _runs(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
