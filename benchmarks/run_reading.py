"""Read one structure set and one dose, and print the seconds and the most megabytes that it took.

``python benchmarks/run_reading.py WAY STRUCTURES DOSE`` where WAY is ``ours``, ``pydicom`` or ``pydicom-texts``.
Each way runs in a process of its own, so that none pays for another's memory.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from time import perf_counter
from typing import Any


def ours(structures: Path, dose: Path) -> object:
    """Read both with this project."""
    from dosimetry.dicom.dose import read_dose
    from dosimetry.dicom.structures import read_structures

    return read_structures(structures), read_dose(dose)


def with_pydicom(structures: Path, dose: Path, *, numbers: bool = True) -> object:
    """Read both with pydicom: pixel_array and, where numbers are wanted, the coordinates of all contours."""
    import numpy as np
    import pydicom

    parsed: Any = pydicom.dcmread(structures, force=True)
    contours = [contour for roi in parsed.ROIContourSequence for contour in roi.ContourSequence]
    points = [np.array(contour.ContourData, dtype=float) for contour in contours] if numbers else []
    return points, parsed, pydicom.dcmread(dose, force=True).pixel_array


def most_megabytes() -> float:
    """Return the most memory that this process has held at once."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    way, structures, dose = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    start = perf_counter()
    with_numbers = way == "pydicom"
    kept = ours(structures, dose) if way == "ours" else with_pydicom(structures, dose, numbers=with_numbers)
    print(perf_counter() - start, most_megabytes())
    del kept


if __name__ == "__main__":
    main()
