"""DVHSequence of an RTDOSE to :class:`~dosimetry.model.tps_dvh.TpsDvhs`.

Whatever is wrong with it is said with the histogram it touches, and never keeps the dose from being read.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dosimetry.dicom.decoding import tidy
from dosimetry.dicom.elements import float_values, integer, items, optional_text, raw_bytes
from dosimetry.errors import DicomFileError, DosimetryError
from dosimetry.model.tps_dvh import StatedDose, TpsDvh, TpsDvhs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom.dataelem import DataElement, RawDataElement

    from dosimetry.warnings import Caution

__all__ = ["tps_dvh_reader"]

_SEQUENCE = Tag("DVHSequence")
_MOST = 1e9  # in any unit: no dose and no volume of a patient


def tps_dvh_reader(dataset: Dataset, path: Path) -> Callable[[], TpsDvhs] | None:
    """Return what reads the histograms of an opened RTDOSE; None where it has none.

    Nothing is decoded before it is called, and of the file it keeps this one element alone.
    """
    if _SEQUENCE not in dataset:
        return None
    return partial(_read, dataset.get_item(_SEQUENCE), path.name)


def _read(element: DataElement | RawDataElement, name: str) -> TpsDvhs:
    from pathlib import Path  # noqa: PLC0415  for the messages

    path = Path(name)
    dataset = Dataset()
    dataset[_SEQUENCE] = element
    notes: list[Caution] = []
    try:
        with tidy(path, notes):
            found = items(dataset, "DVHSequence")
    except DosimetryError as error:
        return TpsDvhs(problem=f"DVHSequence {error.problem}")
    if not all(isinstance(item, Dataset) for item in found):
        return TpsDvhs(problem="DVHSequence is no sequence")
    return TpsDvhs(tuple(_item(item, path) for item in found))


def _item(item: Dataset, path: Path) -> TpsDvh:
    notes: list[Caution] = []
    included: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    try:
        with tidy(path, notes):
            included, excluded, is_clear = _contributions(item, path)
            if not is_clear:
                raise DicomFileError("a DVHROIContributionType is neither INCLUDED nor EXCLUDED")
            widths, volumes = _bins(item, path)
            return TpsDvh(
                included=included,
                excluded=excluded,
                kind=optional_text(item, "DVHType").upper(),
                dose_units=optional_text(item, "DoseUnits").upper(),
                dose_type=optional_text(item, "DoseType").upper(),
                volume_units=optional_text(item, "DVHVolumeUnits").upper(),
                widths=widths,
                volumes=volumes,
                minimum=_stated(item, "DVHMinimumDose"),
                mean=_stated(item, "DVHMeanDose"),
                maximum=_stated(item, "DVHMaximumDose"),
                normalization_gy=_normalization_gy(item),
            )
    except DosimetryError as error:
        return TpsDvh(included, excluded, problem=error.reason)


def _contributions(item: Dataset, path: Path) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """Return the numbers of the ROIs that a histogram is of, of those left out of it, and whether that is clear."""
    included: list[int] = []
    excluded: list[int] = []
    is_clear = True
    for part in items(item, "DVHReferencedROISequence"):
        number = integer(part, "ReferencedROINumber", path)
        kind = optional_text(part, "DVHROIContributionType").upper()
        is_clear &= kind in ("INCLUDED", "EXCLUDED")
        (excluded if kind == "EXCLUDED" else included).append(number)
    return tuple(included), tuple(excluded), is_clear


def _bins(item: Dataset, path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return widths in the item's dose units and volumes, both of shape (bins,)."""
    data = float_values(item, "DVHData", path)
    bins = integer(item, "DVHNumberOfBins", path)
    if data.size != 2 * bins or not bins:
        raise DicomFileError(
            "DVHData do not match DVHNumberOfBins", expected=f"{bins} pairs", found=f"{data.size} numbers"
        )
    scaling = float(float_values(item, "DVHDoseScaling", path, 1)[0])
    if not scaling > 0:
        raise DicomFileError("DVHDoseScaling is not positive", found=f"{scaling:g}")
    if np.abs(data).max() > _MOST or scaling > _MOST:
        raise DicomFileError("DVHData hold numbers that are no doses and no volumes")
    widths = data[::2] * scaling
    if not (widths >= 0).all() or not widths.sum() > 0:
        raise DicomFileError("DVHData hold bins of negative or no width")
    return widths, np.ascontiguousarray(data[1::2])


def _stated(item: Dataset, keyword: str) -> StatedDose | None:
    """Return a stated dose with its last digit; None where it is missing or no number."""
    text = (raw_bytes(item, keyword) or b"").decode("ascii", "replace").strip(" \0")
    try:
        number = Decimal(text)
        _, _, exponent = number.as_tuple()
        value = float(number)
    except (InvalidOperation, OverflowError):
        return None
    if not isinstance(exponent, int) or not np.isfinite(value):
        return None
    return StatedDose(value, 10.0 ** min(max(exponent, -30), 30))


def _normalization_gy(item: Dataset) -> float | None:
    stated = _stated(item, "DVHNormalizationDoseValue")
    return stated.value if stated is not None and stated.value > 0 else None
