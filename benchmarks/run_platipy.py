"""All DVHs of a plan with platipy: RTSTRUCT and RTDOSE.

platipy fills contours on a reference image, by rule that of the planning CT. An export may have none: an empty
image of the dose's pixels, on the slices of the contours and wide enough for all of them, stands for it. Like a CT
it is square: on others platipy 0.7 cuts structures off.
"""

from __future__ import annotations

import sys
import warnings
from time import perf_counter

warnings.simplefilter("ignore")

import numpy as np  # noqa: E402
import pydicom  # noqa: E402
import SimpleITK as sitk  # noqa: E402, N813  the name that its own documentation gives it

if not hasattr(pydicom, "read_file"):
    pydicom.read_file = pydicom.dcmread  # the name that it still asks for
from platipy.dicom.io.rtdose_to_nifti import convert_rtdose  # noqa: E402
from platipy.dicom.io.rtstruct_to_nifti import (  # noqa: E402
    read_dicom_struct_file,
    transform_point_set_from_dicom_struct,
)
from platipy.imaging.dose.dvh import calculate_dvh_for_labels  # noqa: E402


def reference_image(structures: pydicom.Dataset, dose: sitk.Image) -> sitk.Image:
    """Return an empty image that holds all contours, as a CT would."""
    contours = [
        np.asarray(contour.ContourData, dtype=float).reshape(-1, 3)
        for item in structures.ROIContourSequence
        for contour in item.get("ContourSequence", ())
    ]
    points = np.concatenate(contours)
    gaps = np.diff(np.unique(points[:, 2].round(2)))
    spacing = np.array([*dose.GetSpacing()[:2], np.median(gaps[gaps > 0.1])])
    low = points.min(axis=0) - [spacing[0], spacing[1], 0.0]
    size = np.ceil((points.max(axis=0) - low) / spacing).astype(int) + 2
    side = int(size[:2].max())
    image = sitk.Image([side, side, int(size[2])], sitk.sitkUInt8)
    image.SetOrigin(low.tolist())
    image.SetSpacing(spacing.tolist())
    return image


start = perf_counter()
dose = convert_rtdose(sys.argv[2], force=True)
structures = read_dicom_struct_file(sys.argv[1])
made = perf_counter()
reference = reference_image(structures, dose)
made = perf_counter() - made
masks, names = transform_point_set_from_dicom_struct(reference, structures)
table = calculate_dvh_for_labels(dose, dict(zip(names, masks, strict=True)))
seconds = perf_counter() - start - made  # a CT would have been there
print(table[["label", "cc", "mean"]].to_string())
print("seconds", seconds)
