"""What the report of ``dosimetry imni`` costs beyond the calculation, on the sample pair.

Prints seconds and their ratio to the calculation, and the size of the page. The first page of a process loads
matplotlib and jinja; later ones are what a report costs when warm.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.imn.comparison import ImnComparison

SAMPLES = Path(__file__).resolve().parents[1] / "sample_plans"
REPEATS = 5


def main() -> None:
    from dosimetry.dicom.find import read_parts
    from dosimetry.imn.comparison import compare
    from dosimetry.imn.sides import make_side
    from dosimetry.report.html import render
    from dosimetry.report.imni_page import imni_report, with_page_intervals

    def calculate() -> ImnComparison:
        without = make_side("without", read_parts([SAMPLES / "left_fb_tangents"]))
        with_ = make_side("with", read_parts([SAMPLES / "left_fb_tangents_imn"]))
        return compare(without, with_)

    with_page_intervals(calculate())
    start = time.perf_counter()
    bare = calculate()
    calculation = time.perf_counter() - start
    start = time.perf_counter()
    result = with_page_intervals(bare)
    intervals = time.perf_counter() - start
    took = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        page = render(imni_report(result))
        took.append(time.perf_counter() - start)
    best = min(took[1:])
    print(f"calculation                 {calculation:6.2f} s")
    print(f"intervals for the page      {intervals:6.2f} s")
    print(f"first page of a process     {took[0]:6.2f} s")
    print(f"page, warm                  {best:6.2f} s, {best / calculation:.2f} of the calculation")
    print(f"size of the page            {len(page.encode()) / 1e3:6.0f} kB")


if __name__ == "__main__":
    main()
