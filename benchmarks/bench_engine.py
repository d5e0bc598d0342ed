"""Inside one process: reading and all DVHs, with pydicom's own parsing and dicompyler-core's get_dvh."""

from __future__ import annotations

import logging
import warnings

import pydicom
import pydicom.dicomio
from peers import plan_folder, timed

from dosimetry.dicom.find import locate_cases
from dosimetry.dvh.engine import compute_dvh

REPEATS = 3


def main() -> None:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    pydicom.dicomio.read_file = pydicom.dcmread
    from dicompylercore import dvhcalc

    (located,) = locate_cases(plan_folder()).cases
    files = located.structures.path, located.dose.path
    case = located.read()
    rois = [roi for roi in case.structures if roi.contours is not None]
    raw = [pydicom.dcmread(path, force=True) for path in files]
    heart = next((roi for roi in rois if "heart" in roi.name.lower()), rois[0])

    def own() -> None:
        fresh = located.read()
        for roi in rois:
            compute_dvh(fresh.dose, fresh.structures.by_number(roi.number))

    def parsed_by_pydicom() -> None:
        structures, dose = (pydicom.dcmread(path, force=True) for path in files)
        for item in structures.ROIContourSequence:
            for contour in item.get("ContourSequence", ()):
                [float(number) for number in contour.ContourData]
        dose.pixel_array * float(dose.DoseGridScaling)

    def peer() -> None:
        for roi in rois:
            dvhcalc.get_dvh(*raw, roi.number)

    own()
    runs = {
        "dosimetry: reading and all DVHs": own,
        "dosimetry: reading alone": located.read,
        "dosimetry: heart alone": lambda: compute_dvh(case.dose, heart),
        "pydicom: parsing the same files": parsed_by_pydicom,
        "dicompyler-core: all get_dvh": peer,
        "dicompyler-core: heart alone": lambda: dvhcalc.get_dvh(*raw, heart.number),
    }
    rows = timed(runs, REPEATS)
    print(f"{len(rois)} ROIs, one process, median of {REPEATS}")
    for name, seconds in rows.items():
        print(f"  {name:34} {seconds:8.3f} s")
    first, _, alone, parsing, everything, other = rows.values()
    print(f"  reading and all DVHs take {first / parsing:.0%} of pydicom's parsing")
    print(f"  and are {everything / first:.1f} times as fast as dicompyler-core's DVHs alone")
    print(f"  the heart alone is {other / alone:.1f} times as fast")


if __name__ == "__main__":
    main()
