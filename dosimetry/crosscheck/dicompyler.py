"""A second opinion: the same ROI of the same files, measured by dicompyler-core.

Its plain mode is used: each contour is filled with the voxels of the dose grid whose centres lie inside, in bins of
1 cGy. Its interpolated mode moves doses by half a voxel in positions other than head first, supine.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, Any

from dosimetry.dvh.metrics import parse_metric
from dosimetry.errors import MetricError, StructureError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

__all__ = ["SecondEngine", "SecondOpinion", "knows", "second_opinion"]

_FIRST_FRAME_MM = 0.01  # nearer to 0 than this it is an offset


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What dicompyler-core finds.

    Attributes
    ----------
    volume_cc
        Volume of the voxels counted.
    metrics
        By canonical name; doses in Gy.
    """

    volume_cc: float
    metrics: dict[str, float]

    def as_dict(self) -> dict[str, object]:
        """Return the opinion as JSON-ready values."""
        return {"volume_cc": self.volume_cc, "metrics": dict(self.metrics)}


class SecondEngine:
    """dicompyler-core on two files, which are read once for all their ROIs.

    Parameters
    ----------
    structures, dose
        RTSTRUCT and RTDOSE files.

    Raises
    ------
    StructureError
        If it cannot read them.
    """

    def __init__(self, structures: str | os.PathLike[str], dose: str | os.PathLike[str]) -> None:
        import pydicom  # noqa: PLC0415  heavy modules are imported where used

        with _silence():
            try:
                self._structures = pydicom.dcmread(structures, force=True)
                self._dose = pydicom.dcmread(dose, force=True)
                _complete_meta(self._dose)
                offsets = self._dose.get("GridFrameOffsetVector")
                first = 0.0 if offsets in (None, "") else float(offsets[0])
                highest = float(self._dose.pixel_array.max()) * float(self._dose.DoseGridScaling)
            except Exception as error:
                raise _failed(error) from error
        self.has_absolute_frames = abs(first) > _FIRST_FRAME_MM
        """Whether frames are given as patient z, which dicompyler-core takes for offsets."""
        self.highest_gy = highest
        """Highest dose of the file."""

    def opinion(self, number: int, metrics: Sequence[str] = ("Mean[Gy]",)) -> SecondOpinion:
        """Measure one ROI; parameters and errors as for :func:`second_opinion`."""
        asked = [str(parse_metric(spec)) for spec in metrics]
        item = f"ROI number {number}"
        with _silence():
            try:
                found = _engine().get_dvh(self._structures, self._dose, number)
            except Exception as error:
                raise _failed(error, item) from error
            if not found.volume > 0:
                raise StructureError(
                    "has no voxel centre of the dose grid inside", item=item, found="dicompyler-core"
                )
            if found.counts.size <= 1:
                raise StructureError(
                    "receives less than the first bin of dicompyler-core holds",
                    item=item,
                    expected="0.01 Gy or more",
                )
            return SecondOpinion(float(found.volume), {name: _value(found, name) for name in asked})


def second_opinion(
    structures: str | os.PathLike[str],
    dose: str | os.PathLike[str],
    number: int,
    metrics: Sequence[str] = ("Mean[Gy]",),
) -> SecondOpinion:
    """Measure one ROI with dicompyler-core.

    Parameters
    ----------
    structures, dose
        RTSTRUCT and RTDOSE files.
    number
        ROINumber.
    metrics
        Mean, Min and Max in Gy, D in Gy at % or cc, V in % or cc at Gy.

    Raises
    ------
    StructureError
        If dicompyler-core fails, or finds no voxel of the ROI in the dose grid, or no dose.
    MetricError
        If a metric is none of those.
    """
    return SecondEngine(structures, dose).opinion(number, metrics)


def _failed(error: Exception, item: str | None = None) -> StructureError:
    """Return what is said of an error in it: its own text may quote the file."""
    return StructureError("dicompyler-core cannot measure this", item=item, found=type(error).__name__)


def _complete_meta(dataset: Any) -> None:
    """Name the transfer syntax that pydicom recognised where the file does not: pixels are not decoded without."""
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian  # noqa: PLC0415

    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit


def knows(name: str) -> bool:
    """Tell whether dicompyler-core has a metric."""
    metric = parse_metric(name)
    if metric.kind in ("D", "Mean", "Min", "Max"):
        return metric.unit == "Gy"
    return metric.kind == "V" and metric.at == "Gy"


def _value(found: Any, name: str) -> float:
    metric = parse_metric(name)
    if not knows(name):
        raise MetricError(f"dicompyler-core has no {metric}", expected="Mean, Min, Max, D or V at Gy")
    if metric.kind in ("Mean", "Min", "Max"):
        return float(getattr(found, metric.kind.lower()))
    if metric.kind == "D":
        unit = "cc" if metric.at == "cc" else None
        return float(found.dose_constraint(metric.number, unit).value)
    histogram = found.relative_volume if metric.unit == "%" else found
    return float(histogram.volume_constraint(metric.number, "Gy").value)


@cache
def _engine() -> Any:
    import pydicom  # noqa: PLC0415  heavy modules are imported where used
    import pydicom.dicomio  # noqa: PLC0415

    # The name that dicompyler-core 0.5.6 imports is gone in pydicom 3; nothing else of it is missing.
    if not hasattr(pydicom.dicomio, "read_file"):
        pydicom.dicomio.read_file = pydicom.dcmread  # type: ignore[attr-defined]
    from dicompylercore import dvhcalc  # noqa: PLC0415

    return dvhcalc


@contextmanager
def _silence() -> Iterator[None]:
    """Keep its log, its prints and its warnings off the terminal."""
    logs = [logging.getLogger(name) for name in ("dicompylercore", "pydicom")]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
