"""The whole benchmark, and the limits that it holds itself to."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from dosimetry.validation.intervals import LEAST_SHARE, MOST_RATIO, score_intervals, stated
from dosimetry.validation.nelms import PHASES, POLES_PHASE, as_published, run_nelms
from dosimetry.validation.orientations import run_orientations
from dosimetry.validation.score import is_from_histogram
from dosimetry.validation.sweep import GRIDS_MM, run_sweep, scan_phases, summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dosimetry.dvh.convention import Convention
    from dosimetry.validation.intervals import IntervalScore
    from dosimetry.validation.nelms import NelmsTest, Phase
    from dosimetry.validation.orientations import OrientationScore
    from dosimetry.validation.score import Score
    from dosimetry.validation.sweep import PhaseScan, Scatter

__all__ = ["FULL", "QUICK", "Benchmark", "Check", "Scope", "run_benchmark"]

# Doses are stored in steps of some 1e-8 Gy, coordinates with 14 digits and more.
_EXACT_RELATIVE = 1e-8
# Of metrics that are read from the histogram.
_HISTOGRAM_GY = 1e-3
_TURNED_RELATIVE = 1e-9


@dataclass(frozen=True, slots=True)
class Check:
    """One limit of the benchmark.

    Attributes
    ----------
    name
        What is limited.
    found, limit
        In `unit`.
    unit
        ``"relative"``, ``"Gy"``, ``"share"`` or ``"ratio"``.
    at_least
        Whether the limit is a lower one.
    """

    name: str
    found: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def passed(self) -> bool:
        """Whether the limit is kept."""
        return self.found >= self.limit if self.at_least else self.found <= self.limit

    def as_dict(self) -> dict[str, object]:
        """Return the check as JSON-ready values."""
        return {
            "name": self.name,
            "found": self.found,
            "limit": self.limit,
            "bound": "at least" if self.at_least else "at most",
            "unit": self.unit,
            "passed": self.passed,
        }


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is run.

    Attributes
    ----------
    tests, phases
        Of Nelms et al. 2015; the first phase must be the one with planes on the flat faces.
    sweep_phases, grids_mm
        Random phases of the small bodies for each slice spacing and voxel size, and these voxel sizes.
    scan_steps
        Steps in which planes move through a slice.
    is_part
        Whether it is less than the whole.
    """

    tests: tuple[int, ...]
    phases: tuple[Phase, ...]
    sweep_phases: int
    grids_mm: tuple[float, ...]
    scan_steps: int
    is_part: bool = True


FULL = Scope((1, 2), PHASES, 8, GRIDS_MM, 24, is_part=False)
QUICK = Scope((2,), PHASES[::2], 2, GRIDS_MM[1:2], 6)


@dataclass(frozen=True)
class Benchmark:
    """All results.

    Attributes
    ----------
    convention
        How contours were taken.
    quick
        Whether only a part was run.
    nelms
        The tests of Nelms et al. 2015, those with the published truth first.
    sweep, scatter
        Small and thin bodies: every value, and their errors summed up.
    scans
        One sphere by the phase of the planes.
    orientations
        One body in all patient positions.
    intervals
        How good stated limits are; empty where histograms state none.
    checks
        The benchmark's own limits.
    seconds
        How long it took.
    """

    convention: Convention
    quick: bool
    nelms: tuple[NelmsTest, ...]
    sweep: tuple[Score, ...]
    scatter: tuple[Scatter, ...]
    scans: tuple[PhaseScan, ...]
    orientations: tuple[OrientationScore, ...]
    intervals: tuple[IntervalScore, ...]
    checks: tuple[Check, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether every limit is kept."""
        return all(check.passed for check in self.checks)

    def as_dict(self) -> dict[str, object]:
        """Return all results as JSON-ready values, without the single values of the sweep."""
        return {
            "convention": self.convention.as_dict(),
            "quick": self.quick,
            "passed": self.passed,
            "checks": [check.as_dict() for check in self.checks],
            "nelms": [test.as_dict() for test in self.nelms],
            "sweep": [row.as_dict() for row in self.scatter],
            "phase_scans": [scan.as_dict() for scan in self.scans],
            "orientations": [row.as_dict() for row in self.orientations],
            "intervals": [row.as_dict() for row in self.intervals],
            "seconds": self.seconds,
        }


def run_benchmark(
    convention: Convention,
    *,
    scope: Scope = FULL,
    second: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> Benchmark:
    """Run the benchmark on this machine.

    Parameters
    ----------
    convention
        How contours become a solid.
    scope
        How much of it.
    second
        Whether dicompyler-core measures the files with dots at poles too.
    tell
        Called with one line before each part.
    """
    began = perf_counter()
    nelms: list[NelmsTest] = []
    for phase in scope.phases:
        for number in scope.tests:
            tell(f"Nelms test {number}, {phase.text}")
            nelms.append(run_nelms(number, phase, convention))
    published = [as_published(test) for test in nelms if test.phase is scope.phases[0]]
    with_poles = []
    for number in scope.tests:
        tell(f"Nelms test {number}, with dots at poles and apexes")
        with_poles.append(as_published(run_nelms(number, POLES_PHASE, convention, second=second)))
    sweep = run_sweep(scope.sweep_phases, convention, grids_mm=scope.grids_mm, tell=tell)
    tell("planes moved through a slice")
    scans = scan_phases(scope.scan_steps, convention)
    tell("patient positions")
    orientations = run_orientations(convention)
    intervals = score_intervals(stated(sweep))
    values = [*(score for test in nelms for score in test.scores), *sweep]
    return Benchmark(
        convention=convention,
        quick=scope.is_part,
        nelms=(*with_poles, *published, *nelms),
        sweep=sweep,
        scatter=summarise(sweep),
        scans=scans,
        orientations=orientations,
        intervals=intervals,
        checks=(*_engine_checks(values), *_other_checks(orientations, intervals, few=scope.is_part)),
        seconds=perf_counter() - began,
    )


def _engine_checks(scores: Iterable[Score]) -> list[Check]:
    """Return the largest errors to the solid that the convention defines."""
    exact, histogram = [], []
    for score in scores:
        if score.solid is None or score.engine_error is None:
            continue
        if is_from_histogram(score.metric):
            histogram.append(abs(score.engine_error))
        else:
            exact.append(abs(score.engine_error / score.solid))
    if not exact:
        return []
    return [
        Check("engine: volume, mean, extremes", max(exact), _EXACT_RELATIVE, "relative"),
        Check("engine: D metrics", max(histogram), _HISTOGRAM_GY, "Gy"),
    ]


def _other_checks(
    orientations: Iterable[OrientationScore], intervals: tuple[IntervalScore, ...], *, few: bool
) -> list[Check]:
    rows = list(orientations)
    checks = [
        Check(
            "eight patient positions: volume, mean, extremes",
            max(row.exact for row in rows),
            _TURNED_RELATIVE,
            "relative",
        ),
        Check("eight patient positions: D metrics", max(row.histogram_gy for row in rows), _HISTOGRAM_GY, "Gy"),
    ]
    if intervals:
        every = intervals[0]
        checks.append(
            Check("intervals: share that holds the truth", every.share, LEAST_SHARE, "share", at_least=True)
        )
        if every.ratio is not None and not few:  # a few phases do not show how far values scatter
            checks.append(Check("intervals: width over scatter", every.ratio, MOST_RATIO, "ratio"))
    return checks
