"""What the benchmarks run on, and how they take time: plans, options, repeated timing, ratios and their limits."""

from __future__ import annotations

import argparse
import gc
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from plan_1mm import write_plan_1mm

from dosimetry.dicom.find import locate_cases
from dosimetry.dicom.structures import read_structures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dosimetry.dicom.find import LocatedCase

__all__ = ["SAMPLE", "Plan", "arguments", "plans", "process", "ratio", "timed"]

SAMPLE = Path(__file__).parents[1] / "sample_plans" / "left_fb_tangents"
_BUDGET_S = 20.0  # a run that has taken this long is not repeated


@dataclass(frozen=True)
class Plan:
    """One plan to run on.

    Attributes
    ----------
    name
        As printed.
    located
        Its files, not read yet.
    numbers
        ROINumbers of the structures that have contours.
    """

    name: str
    located: LocatedCase
    numbers: tuple[int, ...]

    @property
    def folder(self) -> Path:
        """Folder of its RTDOSE."""
        return self.dose.parent

    @property
    def structures(self) -> Path:
        """Its RTSTRUCT."""
        return Path(self.located.structures.path)

    @property
    def dose(self) -> Path:
        """Its RTDOSE."""
        return Path(self.located.dose.path)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return the options that the scripts share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="export of one plan")
    parser.add_argument("--rounds", type=int, default=5, help="how often each run is repeated")
    parser.add_argument("--own-folders-only", action="store_true", help="neither the sample nor the 1 mm plan")
    return parser


@contextmanager
def plans(given: argparse.Namespace) -> Iterator[list[Plan]]:
    """Give the plans named on the command line, the sample plan, and the plan of 1 mm slices."""
    with tempfile.TemporaryDirectory() as made:
        folders = {folder.name: folder for folder in given.folders}
        if not given.own_folders_only:
            folders["sample plan"] = SAMPLE
            folders["1 mm slices"] = write_plan_1mm(Path(made))
        yield [_plan(name, folder) for name, folder in folders.items()]


def _plan(name: str, folder: Path) -> Plan:
    (located,) = locate_cases(folder).cases
    structures = read_structures(located.structures.path)
    return Plan(name, located, tuple(roi.number for roi in structures if roi.contours is not None))


def timed(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the least of the seconds that each run takes: whatever else the machine does only adds to them.

    The runs take turns: a machine that slows down for a while then slows down all of them. A run that has taken
    20 s is not repeated.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            if sum(seconds[name]) > _BUDGET_S:
                continue
            gc.collect()  # what one run leaves behind shall not be swept up in another
            start = perf_counter()
            run()
            seconds[name].append(perf_counter() - start)
    return {name: min(values) for name, values in seconds.items()}


def process(command: Sequence[object]) -> Callable[[], str]:
    """Return a call that runs a command, fails where the command does, and returns what it prints."""

    def run() -> str:
        done = subprocess.run([str(a) for a in command], check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")
        return done.stdout

    return run


def ratio(
    what: str,
    value: float,
    *,
    at_most: tuple[float, float] | None = None,
    at_least: tuple[float, float] | None = None,
) -> None:
    """Print a ratio with its limit and its aim, and whether it keeps them."""
    limit, aim = at_most or at_least or (0.0, 0.0)
    kept, reached = (value <= limit, value <= aim) if at_most else (value >= limit, value >= aim)
    state = "aim reached" if reached else "kept" if kept else "MISSED"
    word = "at most" if at_most else "at least"
    print(f"  {what:58} {value:7.2f}   {word} {limit:g}, aim {aim:g}: {state}")
