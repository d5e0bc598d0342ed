"""Write a DVHSequence into an exported RTDOSE, as a planning system would."""

from __future__ import annotations

import exports
import numpy as np
from pydicom.dataset import Dataset

# The box of `exports` holds 9 to 11 Gy, evenly, in 8 cc.
BOX_CC, LOW_GY, HIGH_GY = 8.0, 9.0, 11.0


def at_least(dose_gy):
    """Return the volume of the box that receives at least a dose, in cc."""
    return BOX_CC * np.clip((HIGH_GY - np.asarray(dose_gy, dtype=float)) / (HIGH_GY - LOW_GY), 0.0, 1.0)


def box_data(kind="CUMULATIVE", width_gy=0.01, where=0.0, unit="CM3", *, end_gy=11.5, scale=1.0):
    """Return the widths and volumes of the box's histogram.

    `where` tells which dose in its bin a cumulative volume belongs to: 0 the lower edge, 1 the upper. Widths
    are divided by `scale`, which DVHDoseScaling or a normalisation undoes.
    """
    count = int(np.ceil(end_gy / width_gy))
    low = width_gy * np.arange(count)
    volumes = at_least(low + where * width_gy) if kind == "CUMULATIVE" else at_least(low) - at_least(low + width_gy)
    if unit == "PERCENT":
        volumes = 100.0 * volumes / BOX_CC
    return np.full(count, width_gy / scale), volumes


def item(widths, volumes, **changes):
    """Return one item of a DVHSequence; a change to None leaves an attribute out."""
    made = Dataset()
    pairs = np.column_stack((widths, volumes)).ravel()
    stated = {
        "DVHType": "CUMULATIVE",
        "DoseUnits": "GY",
        "DoseType": "PHYSICAL",
        "DVHDoseScaling": "1",
        "DVHVolumeUnits": "CM3",
        "DVHNumberOfBins": str(len(widths)),
        "DVHData": [f"{number:.9g}" for number in pairs],
        **changes,
    }
    rois = stated.pop("rois", ((1, "INCLUDED"),))
    for keyword, value in stated.items():
        if value is not None:
            setattr(made, keyword, value)
    made.DVHReferencedROISequence = []
    for number, contribution in rois:
        part = Dataset()
        part.ReferencedROINumber = str(number)
        if contribution is not None:
            part.DVHROIContributionType = contribution
        made.DVHReferencedROISequence.append(part)
    return made


def add(path, *items):
    """Write items into the DVHSequence of an RTDOSE."""

    def change(dataset):
        dataset.DVHSequence = list(items)

    return exports.edit(path, change)
