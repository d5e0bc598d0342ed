"""Descriptive and paired statistics, each by scipy; plain numbers in, plain numbers out."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

__all__ = ["LEAST_PAIRS", "Described", "Paired", "describe", "holm", "paired"]

LEAST_PAIRS = 6
"""Below this many pairs no interval and no test: six is the least with which Wilcoxon's can reach p < 0.05."""

_RESAMPLES = 9999
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Described:
    """One metric of one technique.

    Attributes
    ----------
    n
        Patients with a number.
    mean, sd, median, low, high
        Of these; the standard deviation is that of a sample, None for a single patient.
    """

    n: int
    mean: float
    sd: float | None
    median: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float | int | None]:
        """Return the numbers by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Paired:
    """Two techniques in the same patients, second minus first.

    Attributes
    ----------
    n
        Patients with both.
    mean, sd, median
        Of the differences.
    interval
        Bootstrap interval of the mean difference at 95 %; None with too few pairs.
    p_wilcoxon, p_t
        Two-sided p of Wilcoxon's signed-rank test and of the paired t-test; None with too few pairs or where no
        pair differs.
    """

    n: int
    mean: float
    sd: float | None
    median: float
    interval: tuple[float, float] | None
    p_wilcoxon: float | None
    p_t: float | None


def describe(values: ArrayLike) -> Described:
    """Return the description of numbers, at least one."""
    found = _finite(values)
    if not found.size:
        raise UsageError("no numbers to describe")
    sd = float(np.std(found, ddof=1)) if found.size > 1 else None
    return Described(
        int(found.size), float(found.mean()), sd, float(np.median(found)), float(found.min()), float(found.max())
    )


def paired(first: ArrayLike, second: ArrayLike, *, seed: int = 0, resamples: int = _RESAMPLES) -> Paired:
    """Compare two techniques in the same patients.

    Parameters
    ----------
    first, second
        One number for each patient, in the same order, shape (patients,).
    seed
        Of the bootstrap: the same seed gives the same interval.
    resamples
        Number of bootstrap samples.

    Notes
    -----
    The interval is the percentile bootstrap of the mean difference, expanded so that it is as wide as Student's for
    few patients: plain percentiles are too narrow there.

    References
    ----------
    Hesterberg, Am Stat 2015;69:371-86, doi 10.1080/00031305.2015.1089789, section 5.3.
    """
    one, other = _finite(first), _finite(second)
    if one.shape != other.shape or not one.size:
        raise UsageError("pairs of numbers are needed", found=f"{one.size} and {other.size}")
    difference = other - one
    n = int(difference.size)
    sd = float(np.std(difference, ddof=1)) if n > 1 else None
    interval: tuple[float, float] | None = None
    p_wilcoxon: float | None = None
    p_t: float | None = None
    if n >= LEAST_PAIRS:
        interval = _interval(difference, seed, resamples)
        if np.ptp(difference) > 0:
            p_wilcoxon, p_t = _tests(one, other)
    return Paired(n, float(difference.mean()), sd, float(np.median(difference)), interval, p_wilcoxon, p_t)


def _tests(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    from scipy import stats  # noqa: PLC0415  more than a second

    return float(stats.wilcoxon(other, one).pvalue), float(stats.ttest_rel(other, one).pvalue)


def _interval(difference: np.ndarray, seed: int, resamples: int) -> tuple[float, float]:
    from scipy import stats  # noqa: PLC0415  more than a second

    if not np.ptp(difference) > 0:
        return float(difference[0]), float(difference[0])
    n = difference.size
    tail = stats.norm.cdf(-math.sqrt(n / (n - 1)) * stats.t.ppf(0.5 + _LEVEL / 2, n - 1))
    found = stats.bootstrap(
        (difference,),
        np.mean,
        n_resamples=resamples,
        confidence_level=1 - 2 * tail,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p values adjusted for their number by Holm's method; None stays None and does not count.

    References
    ----------
    Holm, Scand J Stat 1979;6:65-70.
    """
    known = sorted((p, at) for at, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, at) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[at] = highest
    return adjusted


def _finite(values: ArrayLike) -> np.ndarray:
    found = np.asarray(values, dtype=float).ravel()
    if not np.isfinite(found).all():
        raise UsageError("a number is not finite")
    return found
