"""All DVHs of a plan with dicompyler-core: RTSTRUCT, RTDOSE and the numbers of the ROIs."""

from __future__ import annotations

import logging
import sys
import warnings
from time import perf_counter

import pydicom
import pydicom.dicomio

pydicom.dicomio.read_file = pydicom.dcmread  # the name that it still asks for
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

from dicompylercore import dvhcalc  # noqa: E402

start = perf_counter()
structures, dose = (pydicom.dcmread(path, force=True) for path in sys.argv[1:3])
for number in map(int, sys.argv[3].split(",")):
    dvh = dvhcalc.get_dvh(structures, dose, number)
    print(number, dvh.volume, dvh.mean)
print("seconds", perf_counter() - start)
