"""Read damaged files in a process of its own, with little memory and a watch on the time.

``python fuzz_worker.py FOLDER FIRST LAST``: damages every file of every case below FOLDER in the ways numbered from
FIRST to LAST, and prints a line of JSON for each. What is not caught here ends the process.
"""

from __future__ import annotations

import faulthandler
import json
import re
import shutil
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from damage import damaged

from dosimetry.dicom.dose import read_dose
from dosimetry.dicom.find import read_case
from dosimetry.dicom.plan import read_plan
from dosimetry.dicom.structures import read_structures
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import DosimetryError

MOST_BYTES = 2 * 2**30
HANGS_S = 60.0  # of the clock, on a machine that does other things too


def main():
    limit_memory()
    root, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    warnings.simplefilter("error")
    folders = sorted(folder for folder in root.iterdir() if folder.is_dir())
    for folder in folders:  # compiles what there is to compile
        if measured(folder, named=True) == 0:
            raise RuntimeError(f"nothing was measured of {folder.name}")
    with tempfile.TemporaryDirectory() as made:
        for folder in folders:
            place = Path(made) / folder.name
            shutil.copytree(folder, place)
            for path in sorted(place.glob("*.dcm")):
                whole = path.read_bytes()
                for seed in range(first, last):
                    changed, how = damaged(f"{folder.name} {path.name}", whole, seed)
                    path.write_bytes(changed)
                    report(place, named=seed % 4 != 0, what=f"{folder.name}/{path.name} {how} {seed}")
                path.write_bytes(whole)
    sys.stdout.write(json.dumps({"peak": peak_bytes()}) + "\n")


def report(folder, *, named, what):
    faulthandler.dump_traceback_later(HANGS_S, exit=True)
    start, began = process_time(), perf_counter()
    line = {"what": what, "error": "", "told": []}
    try:
        line["measured"] = measured(folder, named=named, told=line["told"])
    except Exception:  # noqa: BLE001  MemoryError too: whatever a damaged file asks for must be refused first
        line["error"] = traceback.format_exc()
    faulthandler.cancel_dump_traceback_later()
    line["seconds"], line["elapsed"] = process_time() - start, perf_counter() - began
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def measured(folder, *, named, told=None):
    """Return how many results there were; the project's errors go to `told`."""
    told = [] if told is None else told
    if folder.name == "pydicom":  # files that do not belong together
        return sum(attempt(told, reader, path) is not None for path, reader in each(folder))
    case = attempt(told, read_case, sorted(folder.glob("*.dcm")) if named else folder)
    if case is None:
        return 0
    results = 0
    rois = [roi for roi in case.structures if roi.contours is not None]
    smallest = sorted(rois, key=lambda roi: len(roi.contours.points_mm))[:2]
    for roi in smallest:
        dvh = attempt(told, compute_dvh, case.dose, roi)
        if dvh is None:
            continue
        results += 1
        assert np.isfinite([dvh.volume_cc, dvh.outside_grid_cc]).all()
        if dvh.inside_cc > 0:
            slack = 1e-6 * max(abs(dvh.min_gy), abs(dvh.max_gy))
            assert dvh.min_gy - slack <= dvh.mean_gy <= dvh.max_gy + slack
    return results


def each(folder):
    readers = {"rtdose": read_dose, "rtplan": read_plan, "rtstruct": read_structures}
    for path in sorted(folder.glob("*.dcm")):
        yield path, readers[path.stem.partition("_")[0]]


def attempt(told, call, *arguments):
    try:
        return call(*arguments)
    except DosimetryError as error:
        told.append(str(error))
        return None


def limit_memory():
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))


def peak_bytes():
    status = Path("/proc/self/status")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) * 1024 if status.exists() else 0


if __name__ == "__main__":
    main()
