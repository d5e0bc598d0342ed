"""What the benchmarks share: the plan to run on, and repeated timing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# The same ROIs with dicompyler-core: it needs two names that pydicom 3 no longer has.
DICOMPYLER = """
import sys, warnings
warnings.simplefilter("ignore")
import logging
logging.disable(logging.CRITICAL)
import pydicom, pydicom.dicomio
pydicom.dicomio.read_file = pydicom.dcmread
from dicompylercore import dvhcalc
structures = pydicom.dcmread(sys.argv[1], force=True)
dose = pydicom.dcmread(sys.argv[2], force=True)
for number in map(int, sys.argv[3].split(",")):
    dvh = dvhcalc.get_dvh(structures, dose, number)
    print(number, dvh.volume, dvh.mean)
"""


def plan_folder() -> Path:
    """Return the folder named on the command line, or a sample plan."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    return Path(__file__).parents[1] / "sample_plans" / "left_fb_tangents"


def timed(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median of the seconds that each run takes.

    The runs take turns: a machine that slows down for a while then slows down all of them.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start = perf_counter()
            run()
            seconds[name].append(perf_counter() - start)
    return {name: median(values) for name, values in seconds.items()}


def process(arguments: Sequence[object]) -> Callable[[], object]:
    """Return a call that runs a command and fails where the command does."""
    return lambda: subprocess.run([str(a) for a in arguments], check=True, capture_output=True)
