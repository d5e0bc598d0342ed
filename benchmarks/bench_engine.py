"""Inside one process: reading and all DVHs, with pydicom's own parsing and dicompyler-core's get_dvh."""

from __future__ import annotations

import logging
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pydicom
import pydicom.dicomio
from inputs import arguments, plans, ratio, timed

from dosimetry.dvh.cores import on_all_cores
from dosimetry.dvh.engine import compute_dvh, compute_dvhs
from dosimetry.dvh.metrics import DEFAULT_METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from inputs import Plan

    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure

    Runs = dict[str, Callable[[], object]]


def main() -> None:
    given = arguments(__doc__).parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    has_peer = find_spec("dicompylercore") is not None
    if not has_peer:
        print("dicompyler-core is skipped: not installed: pip install dicompyler-core")
    with plans(given) as chosen:
        for plan in chosen:
            compare(plan, given.rounds, has_peer=has_peer)


def compare(plan: Plan, rounds: int, *, has_peer: bool) -> None:
    case = plan.located.read()
    rois = [case.structures.by_number(number) for number in plan.numbers]
    heart = next((roi for roi in rois if "heart" in roi.name.lower()), rois[0])
    runs = _own(plan, case.dose, rois, heart)
    runs["pydicom: parsing the same two files"] = lambda: _parse_with_pydicom(plan)
    if has_peer:
        runs |= _dicompyler(plan, heart.number)
    runs["dosimetry: reading and all DVHs"]()  # compiles where it must
    seconds = timed(runs, rounds)
    print(f"\n{plan.name}: {len(rois)} ROIs, one process, least of up to {rounds}")
    for name, value in seconds.items():
        print(f"  {name:58} {value:9.4f} s")
    _ratios(seconds)


def _own(plan: Plan, dose: Dose, rois: list[Structure], heart: Structure) -> Runs:
    def everything() -> None:
        fresh = plan.located.read()
        compute_dvhs(fresh.dose, [fresh.structures.by_number(number) for number in plan.numbers])

    def intervals() -> None:
        on_all_cores(lambda dvh: [dvh.interval(spec) for spec in DEFAULT_METRICS], compute_dvhs(dose, rois))

    runs: Runs = {
        "dosimetry: reading and all DVHs": everything,
        "dosimetry: reading alone": plan.located.read,
        "dosimetry: all DVHs": lambda: compute_dvhs(dose, rois),
        "dosimetry: heart alone": lambda: compute_dvh(dose, heart),
        "dosimetry: all DVHs with all intervals": intervals,
    }
    return runs


def _parse_with_pydicom(plan: Plan) -> None:
    structures, dose = (pydicom.dcmread(path, force=True) for path in (plan.structures, plan.dose))
    for item in structures.ROIContourSequence:
        for contour in item.get("ContourSequence", ()):
            [float(number) for number in contour.ContourData]
    dose.pixel_array * float(dose.DoseGridScaling)


def _dicompyler(plan: Plan, heart: int) -> Runs:
    pydicom.dicomio.read_file = pydicom.dcmread  # the name that it still asks for
    from dicompylercore import dvhcalc

    raw = [pydicom.dcmread(path, force=True) for path in (plan.structures, plan.dose)]
    return {
        "dicompyler-core: all get_dvh": lambda: [dvhcalc.get_dvh(*raw, number) for number in plan.numbers],
        "dicompyler-core: heart alone": lambda: dvhcalc.get_dvh(*raw, heart),
    }


def _ratios(seconds: dict[str, float]) -> None:
    everything, all_dvhs = seconds["dosimetry: reading and all DVHs"], seconds["dosimetry: all DVHs"]
    parsing = seconds["pydicom: parsing the same two files"]
    ratio("reading and all DVHs : pydicom's parsing", everything / parsing, at_most=(0.30, 0.15))
    if "dicompyler-core: all get_dvh" in seconds:
        slow, alone = seconds["dicompyler-core: all get_dvh"], seconds["dicompyler-core: heart alone"]
        ratio("dicompyler-core : reading and all DVHs", slow / everything, at_least=(15, 40))
        ratio("dicompyler-core : heart alone", alone / seconds["dosimetry: heart alone"], at_least=(10, 30))
    if "dosimetry: all DVHs with all intervals" in seconds:
        more = seconds["dosimetry: all DVHs with all intervals"] - all_dvhs
        ratio("all intervals : all DVHs", more / all_dvhs, at_most=(6, 6))


if __name__ == "__main__":
    main()
