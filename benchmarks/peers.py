"""What the benchmarks share: the plan to run on, and repeated timing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


def timed(run: Callable[[], object], repeats: int) -> float:
    """Return the median of the seconds that `run` takes."""
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        run()
        seconds.append(perf_counter() - start)
    return median(seconds)


def process(arguments: Sequence[object]) -> Callable[[], object]:
    """Return a call that runs a command and fails where the command does."""
    return lambda: subprocess.run([str(a) for a in arguments], check=True, capture_output=True)
