"""From an item of the DVHSequence to a histogram of one ROI in Gy, or to the reason why there is none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dosimetry.dvh.binned import BinnedDvh, cumulative_bins, differential_bins
from dosimetry.errors import MetricError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from dosimetry.model.case import Case
    from dosimetry.model.tps_dvh import TpsDvh, TpsDvhs

__all__ = ["histogram_in_gy", "histogram_of_roi"]

_UNITS = {"CM3": "cc", "PERCENT": "%"}
# No structure receives ten times what its doses are relative to: a highest relative dose above is in percent.
_SURELY_PERCENT = 10.0


def histogram_of_roi(case: Case, number: int) -> tuple[TpsDvh | None, str]:
    """Return the planning system's histogram of one ROI alone, or None and why there is none."""
    dvhs = case.dose.tps_dvhs
    if dvhs is None and (case.dose.source is None or case.dose.stored_dvhs is not None):
        return None, "computed dose, of which the planning system has no histograms"
    if dvhs is None:
        return None, "the dose file holds no histograms (DVHSequence)"
    if dvhs.problem:
        return None, dvhs.problem
    uid, used = case.dose.structure_set_uid, case.structures.sop_instance_uid
    if uid and used and uid != used:
        return None, "its histograms are of another structure set, whose ROI numbers may mean other ROIs"
    return _best(dvhs.of(number), number)


def _best(found: tuple[TpsDvh, ...], number: int) -> tuple[TpsDvh | None, str]:
    alone = [one for one in found if one.included == (number,) and not one.excluded]
    sound = [one for one in alone if one.widths is not None]
    if sound:
        # of several histograms of one ROI the one with the narrowest bins tells most
        return min(sound, key=_widest), ""
    if alone:
        return None, f"its histogram cannot be read: {alone[0].problem}"
    if found:
        return None, "its histogram is of several ROIs together, or of this one without others"
    return None, "the dose file holds no histogram of it"


def _widest(found: TpsDvh) -> float:
    return math.inf if found.widths is None else float(found.widths.max())


def histogram_in_gy(found: TpsDvh, case: Case, roi: str) -> tuple[BinnedDvh, tuple[Caution, ...]]:
    """Return a planning system's histogram in Gy, and what must be said of its units.

    Raises
    ------
    MetricError
        If its type or units do not allow that, or its volumes make no histogram.
    """
    if found.widths is None or found.volumes is None:
        raise MetricError("DVHData are missing")
    if found.dose_type not in ("", case.dose.dose_type):
        raise MetricError(f"DoseType is {found.dose_type}, and that of the dose {case.dose.dose_type}")
    notes: tuple[Caution, ...] = ()
    widths = found.widths
    if found.dose_units == "RELATIVE":
        widths = widths * _gy_per_percent(found, case.dose.tps_dvhs)
        text = f"the planning system's doses are relative: taken as percent of {found.normalization_gy:g} Gy"
        notes = (Caution(Code.TPS_DVH_UNITS, roi, text),)
    elif found.dose_units != "GY":
        raise MetricError(f"DoseUnits is {found.dose_units or 'missing'}, neither GY nor RELATIVE")
    if found.volume_units not in _UNITS:
        raise MetricError(f"DVHVolumeUnits is {found.volume_units or 'missing'}, neither CM3 nor PERCENT")
    unit = _UNITS[found.volume_units]
    if found.kind == "CUMULATIVE":
        return cumulative_bins(widths, found.volumes, unit), notes
    if found.kind == "DIFFERENTIAL":
        return differential_bins(widths, found.volumes, unit), notes
    raise MetricError(f"DVHType is {found.kind or 'missing'}, neither CUMULATIVE nor DIFFERENTIAL")


def _gy_per_percent(found: TpsDvh, dvhs: TpsDvhs | None) -> float:
    if found.normalization_gy is None:
        raise MetricError("doses are relative, and DVHNormalizationDoseValue does not say to what")
    items = () if dvhs is None else dvhs.items
    ends = [float(one.widths.sum()) for one in items if one.dose_units == "RELATIVE" and one.widths is not None]
    if max(ends) <= _SURELY_PERCENT:
        raise MetricError("doses are relative, and may be fractions or percent")
    return found.normalization_gy / 100.0
