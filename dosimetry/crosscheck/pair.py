"""Second opinions on both sides of a comparison with and without the IMN target."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.crosscheck.finding import PLANNING_SYSTEM, SECOND_ENGINE, Check, unchecked, value_here
from dosimetry.crosscheck.second import SecondCheck
from dosimetry.crosscheck.tps import TpsComparison
from dosimetry.dvh.binned import VOLUME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dosimetry.dvh.dvh import Dvh
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.sides import Side

__all__ = ["check_sides", "check_sides_against_tps", "summary"]


def check_sides(result: ImnComparison, without: Sequence[Path], with_: Sequence[Path]) -> tuple[Check, ...]:
    """Compare the metrics of every structure on both sides with dicompyler-core's.

    Parameters
    ----------
    result
        The comparison.
    without, with_
        The files or folders that each side was read from.
    """
    before = [increment.without.dvh for increment in result.increments]
    after = [increment.with_.dvh for increment in result.increments]
    metrics = tuple(result.request.metrics)
    return (
        *_of_side(result.without, before, metrics, without),
        *_of_side(result.with_, after, metrics, with_),
    )


def _of_side(side: Side, dvhs: Sequence[Dvh | None], metrics: Sequence[str], paths: Sequence[Path]) -> list[Check]:
    measured = [dvh for dvh in dvhs if dvh is not None]
    if len(side.parts) > 1:
        names = (VOLUME, *metrics)
        problem = "it knows nothing of sums of plans"
        found = [
            unchecked(SECOND_ENGINE, dvh.name, {name: value_here(dvh, name) for name in names}, problem)
            for dvh in measured
        ]
    else:
        second = SecondCheck(replace(side.parts[0], dose=side.dose), paths)
        found = [second.check(dvh, metrics) for dvh in measured]
    return [replace(check, roi=f"{check.roi} ({side.label} IMN)") for check in found]


def check_sides_against_tps(result: ImnComparison) -> tuple[Check, ...]:
    """Compare the metrics of every structure on both sides with the planning system's own histograms."""
    found = []
    for side in (result.without, result.with_):
        is_first = side is result.without
        measured = [(one.without if is_first else one.with_).dvh for one in result.increments]
        found += _against_tps(side, [dvh for dvh in measured if dvh is not None], result.request.metrics)
    return tuple(found)


def _against_tps(side: Side, dvhs: Sequence[Dvh], metrics: Sequence[str]) -> list[Check]:
    if len(side.parts) > 1 or side.without_beams:
        names = (VOLUME, *metrics)
        problem = "its histograms are of one plan, and this dose is made of several or of a part"
        found = [
            unchecked(PLANNING_SYSTEM, dvh.name, {name: value_here(dvh, name) for name in names}, problem)
            for dvh in dvhs
        ]
    else:
        tps = TpsComparison(replace(side.parts[0], dose=side.dose))
        found = [tps.check(dvh, metrics) for dvh in dvhs]
    return [replace(check, roi=f"{check.roi} ({side.label} IMN)") for check in found]


def summary(checks: Sequence[Check]) -> str:
    """Return what was found in one line."""
    found = Counter(one.status.value for check in checks for one in check.findings.values())
    name = checks[0].source.name if checks else SECOND_ENGINE.name
    what = "beside" if name == PLANNING_SYSTEM.name else "second check by"
    return (
        f"{what} {name}: {found['agrees']} values agree, {found['differs']} differ, "
        f"{found['not-checked']} unchecked"
    )
