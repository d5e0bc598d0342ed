"""Reading a structure set and a dose of 300 MB, beside pydicom and its ``pixel_array``: seconds and peak memory.

pydicom keeps contours as text until they are asked for. The limits are for what this project returns too, the
numbers of all contours; the line ``pydicom-texts`` says what leaving them as text takes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from inputs import SAMPLE, process, ratio

_HERE = Path(__file__).parent
_WAYS = ("ours", "pydicom", "pydicom-texts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=300.0, help="size of both files together")
    parser.add_argument("--contours", type=float, default=1 / 3, help="share of the structure set")
    parser.add_argument("--rounds", type=int, default=1, help="how often each run is repeated; the least counts")
    given = parser.parse_args()
    # once on a small plan, so that no compilation is timed
    read("ours", SAMPLE / "rtstruct.dcm", SAMPLE / "rtdose.dcm")
    with tempfile.TemporaryDirectory() as made:
        # in a process of its own: what it takes to write the case is nobody's
        print(process([sys.executable, _HERE / "large_case.py", made, "--megabytes", given.megabytes,
                       "--contours", given.contours])().strip())  # fmt: skip
        files = (Path(made) / "structures.dcm", Path(made) / "dose.dcm")
        found = {way: [read(way, *files) for _ in range(given.rounds)] for way in _WAYS}
    least = {way: (min(s for s, _ in runs), min(mb for _, mb in runs)) for way, runs in found.items()}
    for way, (seconds, megabytes) in least.items():
        print(f"{way:16} {seconds:8.2f} s {megabytes:8.0f} MB at most")
    for index, what in enumerate(("seconds", "peak memory")):
        ratio(f"{what} of those of pydicom, contours and pixel_array",
              least["ours"][index] / least["pydicom"][index], at_most=(0.5, 0.25))  # fmt: skip


def read(way: str, structures: Path, dose: Path) -> tuple[float, float]:
    """Return seconds and megabytes of reading one case in a new process."""
    seconds, megabytes = process([sys.executable, _HERE / "run_reading.py", way, structures, dose])().split()
    return float(seconds), float(megabytes)


if __name__ == "__main__":
    main()
