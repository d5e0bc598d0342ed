"""Our metrics beside the planning system's own histograms.

Two numbers differ where our calculation interval and what the system's bins leave open have nothing in common.
Where the bins leave open so much that a difference could hide in them, the metric is not checked.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from dosimetry.crosscheck.finding import (
    PLANNING_SYSTEM,
    Check,
    Finding,
    Status,
    unchecked,
    value_here,
    without_prescription,
)
from dosimetry.crosscheck.tps_bins import histogram_in_gy, histogram_of_roi
from dosimetry.dvh.binned import VOLUME
from dosimetry.dvh.metrics import parse_metric
from dosimetry.errors import MetricError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.dvh.binned import BinnedDvh
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.model.case import Case
    from dosimetry.model.tps_dvh import StatedDose, TpsDvh

__all__ = ["TpsComparison"]

# Bins must tell a metric to this much, or to our own interval, if their agreement is to mean anything.
_TELLING_SHARE, _TELLING_GY, _TELLING_PCT = 0.03, 0.05, 1.0
_SAME = 1e-9
_TINY_GY = 1e-9  # stands for 0 where it divides


class TpsComparison:
    """Comparison of histograms with those that the planning system wrote beside the same dose.

    Parameters
    ----------
    case
        The dose with the system's histograms, and the structure set.
    """

    def __init__(self, case: Case) -> None:
        self._case = case

    def check(self, dvh: Dvh, metrics: Sequence[str]) -> Check:
        """Compare one histogram.

        Parameters
        ----------
        dvh
            Ours, with its basis: it is measured some more times for the intervals.
        metrics
            Canonical names; the volume is always compared.
        """
        names = (VOLUME, *metrics)
        ours = {name: value_here(dvh, name) for name in names}
        found, problem = histogram_of_roi(self._case, dvh.number)
        if found is None:
            return unchecked(PLANNING_SYSTEM, dvh.name, ours, problem)
        try:
            bins, notes = histogram_in_gy(found, self._case, dvh.name)
        except MetricError as error:
            return unchecked(PLANNING_SYSTEM, dvh.name, ours, f"of its histogram, {error.problem}")
        stated, doubts = self._stated(found, bins, dvh.name)
        findings = {name: _finding(dvh, name, ours[name], bins, stated) for name in names}
        return Check(PLANNING_SYSTEM, dvh.name, findings, notes=(*notes, *doubts))

    @cached_property
    def _factors(self) -> tuple[float, float]:
        """Lowest and highest factor between the doses of the bins and those stated that fits the whole file."""
        lowest, highest = 0.0, math.inf
        dvhs = self._case.dose.tps_dvhs
        for found in () if dvhs is None else dvhs.items:
            if found.dose_units == "GY":
                try:
                    low, high = _factors(_given(found), histogram_in_gy(found, self._case, "")[0])
                except MetricError:
                    continue
                lowest, highest = max(lowest, low), min(highest, high)
        return lowest, highest

    def _stated(
        self, found: TpsDvh, bins: BinnedDvh, roi: str
    ) -> tuple[dict[str, StatedDose], tuple[Caution, ...]]:
        """Return the stated mean and extremes where the bins bear out that they are in Gy.

        They are more precise than the bins, if they are what they say: some files hold percent under GY.
        """
        given = _given(found)
        if found.dose_units != "GY" or not given:
            return {}, ()
        low, high = self._factors
        if low > high:  # the file keeps to no one unit
            low, high = _factors(given, bins)
        if low <= 1 <= high:
            return given, ()
        if low <= high:
            text = (
                "DVHMinimumDose, DVHMeanDose and DVHMaximumDose are percent of about "
                f"{200 / (low + min(high, 2 * low)):.3g} Gy, as the histograms show, though DoseUnits is GY: "
                "they are not used"
            )
            return {}, (Caution(Code.TPS_DVH_UNITS, PLANNING_SYSTEM.name, text),)
        text = "the stated minimum, mean and maximum are not those of the planning system's histogram, and not used"
        return {}, (Caution(Code.TPS_DVH_INCONSISTENT, roi, text),)


def _given(found: TpsDvh) -> dict[str, StatedDose]:
    single = {"Mean[Gy]": found.mean, "Min[Gy]": found.minimum, "Max[Gy]": found.maximum}
    return {name: one for name, one in single.items() if one is not None}


def _factors(given: dict[str, StatedDose], bins: BinnedDvh) -> tuple[float, float]:
    """Return the lowest and highest factor between the doses of the bins and all of those stated."""
    lowest, highest = 0.0, math.inf
    for name, one in given.items():
        try:
            _, low, high = bins.bounds(name)
        except MetricError:
            continue
        # Extremes are cut off where small volumes have lost their last digits: a bin more is no contradiction.
        slack = 0.0 if name == "Mean[Gy]" else high - low
        lowest = max(lowest, (one.value - one.step) / max(high + slack, _TINY_GY))
        highest = min(highest, (one.value + one.step) / max(low - slack, _TINY_GY))
    return lowest, highest


def _finding(dvh: Dvh, name: str, here: float | None, bins: BinnedDvh, stated: dict[str, StatedDose]) -> Finding:
    if here is None:
        return Finding(name, None, None, reason="it cannot be evaluated here")
    try:
        own = dvh.interval("V0Gy[cc]" if name == VOLUME else name)
    except MetricError:
        return Finding(name, here, None, reason="its interval cannot be evaluated")
    finding = Finding(name, here, None, own)
    try:
        spec, scale = without_prescription(name, dvh.prescription_gy)
        there, low, high = bins.bounds(spec)
    except MetricError as error:
        return replace(finding, reason=error.problem)
    if spec in stated:
        there, half = stated[spec].value, 0.5 * stated[spec].step
        low, high = there - half, there + half
    there, low, high = scale * there, scale * low, scale * high
    finding = replace(finding, there=there, bounds_there=(low, high))
    same = _SAME * max(abs(here), abs(there))
    if low > own[1] + same or high < own[0] - same:
        return replace(finding, status=Status.DIFFERS)
    if high - low > max(own[1] - own[0], _telling(name, here)):
        return replace(finding, reason="its bins are too wide to tell")
    return replace(finding, status=Status.AGREES)


def _telling(name: str, here: float) -> float:
    """Return how much bins may leave open."""
    share = _TELLING_SHARE * abs(here)
    if name == VOLUME:
        return share
    metric = parse_metric(name)
    least = _TELLING_GY if metric.is_dose else _TELLING_PCT if metric.unit == "%" else 0.0
    return max(share, least)
