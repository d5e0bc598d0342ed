"""Whole processes: ``dosimetry dvh`` with a warm cache, and a script that does the same with dicompyler-core."""

from __future__ import annotations

import sys

from peers import DICOMPYLER, plan_folder, process, timed

from dosimetry.dicom.find import locate_cases
from dosimetry.dicom.structures import read_structures

REPEATS = 5


def main() -> None:
    (case,) = locate_cases(plan_folder()).cases
    rois = [roi for roi in read_structures(case.structures.path) if roi.contours is not None]
    numbers = ",".join(str(roi.number) for roi in rois)
    own = process([sys.executable, "-m", "dosimetry", "dvh", plan_folder(), "--format", "json"])
    peer = process([sys.executable, "-c", DICOMPYLER, case.structures.path, case.dose.path, numbers])
    bare = process([sys.executable, "-c", "import numpy, numba, pydicom"])
    own()  # compiles where it must
    seconds = timed({"own": own, "peer": peer, "bare": bare}, REPEATS)
    print(f"{len(rois)} ROIs, whole process, median of {REPEATS}")
    print(f"  dosimetry dvh                 {seconds['own']:7.2f} s")
    print(f"  dicompyler-core, same ROIs    {seconds['peer']:7.2f} s")
    print(f"  import numpy, numba, pydicom  {seconds['bare']:7.2f} s")
    print(f"  dosimetry is {seconds['peer'] / seconds['own']:.1f} times as fast as dicompyler-core")
    print(f"  and takes {seconds['own'] / seconds['bare']:.1f} times the bare imports")


if __name__ == "__main__":
    main()
