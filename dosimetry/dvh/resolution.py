"""Which doses a structure's histogram has bins for, and how wide these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.dvh.accuracy import Accuracy
    from dosimetry.kernels.histogram import Bins

    Floats = NDArray[np.float64]
    Range = tuple[float, float]

__all__ = ["choose_bins"]

_FEWEST_BINS = 2048
_SPARE_BINS = 2
_NARROWEST_GY = 1e-9
_SAMPLE = 100_000
# Where all doses would need bins so many times wider than usual, a few cells get wide ones of their own.
_TOO_WIDE = 2.0


def choose_bins(around_gy: Floats, cells: float, accuracy: Accuracy) -> tuple[Bins, Bins] | None:
    """Return the bins for the usual doses around a structure, and for all of them.

    Both are the same unless some voxels are wildly hotter or colder than the rest: in a dose of 50 Gy, a voxel of
    10,000 Gy would make bins 0.3 Gy wide, wherever in or near the structure it lies.

    Parameters
    ----------
    around_gy
        Doses of the voxels around the structure, shape (frames, rows, columns).
    cells
        Volume of the structure in cells.
    accuracy
        How finely the histogram resolves dose.

    Returns
    -------
    (usual, all), or None where no voxel has a dose.
    """
    from dosimetry.kernels.extremes import dose_range  # noqa: PLC0415  numba is imported where it runs

    every = dose_range(around_gy)
    if not every[0] <= every[1]:
        return None
    coarseness = accuracy.coarseness(cells)
    most = _TOO_WIDE * accuracy.bin_gy * accuracy.bins
    if every[1] - every[0] <= most:
        usual = _bins(every, accuracy, coarseness)
        return usual, usual._replace(number=1)  # nothing falls beside the usual bins
    return _bins(_crowd(around_gy, most), accuracy, coarseness), _bins(every, accuracy, coarseness)


def resolve_hottest(usual: Bins, samples: Floats, share: float, accuracy: Accuracy) -> tuple[Bins, Bins]:
    """Return the usual bins with the dose above which cells are hottest, and the finer ones for these.

    D0.03cc is the dose of two or three cells, which average nothing.

    Parameters
    ----------
    usual
        Bins for all cells.
    samples
        Doses in the structure and the volumes that they stand for, shape (samples, 2).
    share
        Of the volume, that is hottest.
    accuracy
        How finely the histogram resolves dose.
    """
    order = np.argsort(samples[:, 0])
    doses, volumes = samples[order, 0], np.cumsum(samples[order, 1])
    hot = -np.inf
    if share < 1.0 and doses.size:
        hot = float(doses[np.searchsorted(volumes, (1.0 - share) * volumes[-1])])
    factor = 1.0 / accuracy.finer
    fine = usual._replace(cut=factor * usual.cut, ratio=factor * usual.ratio, skew=factor * usual.skew)
    return usual._replace(hot=hot), fine


def _bins(range_gy: Range, accuracy: Accuracy, coarseness: float) -> Bins:
    from dosimetry.kernels.histogram import Bins  # noqa: PLC0415

    low, high = range_gy
    size = high - low
    width = max(size / min(accuracy.bins, max(size / accuracy.bin_gy, _FEWEST_BINS)), _NARROWEST_GY)
    # the hottest bin begins above the highest dose: no block shall reach beyond it
    number = int(np.ceil(size / width)) + 2 * _SPARE_BINS
    top = high + _SPARE_BINS * width
    cut = min(accuracy.cut_gy, accuracy.range_share * size)
    skew = accuracy.skew_share * cut
    return Bins(top - number * width, top, 1.0 / width, number, cut * coarseness, accuracy.ratio * coarseness, skew, np.inf)


def _crowd(doses_gy: Floats, size_gy: float) -> Range:
    """Return the range of doses, not larger than a size, that holds the most voxels."""
    flat = doses_gy.ravel()
    sample = np.sort(flat[:: max(flat.size // _SAMPLE, 1)])
    sample = sample[: int(np.searchsorted(sample, np.inf, side="right"))]  # NaN, beyond the dose, comes last
    ends = np.searchsorted(sample, sample + size_gy, side="right")
    if not ends.size:  # only voxels beside the sample hold a dose
        sample, ends = flat[~np.isnan(flat)][:1], np.ones(1, dtype=int)
    first = int(np.argmax(ends - np.arange(ends.size)))
    low, high = float(sample[first]), float(sample[ends[first] - 1])
    spare = 0.5 * (size_gy - (high - low))
    near = flat[(flat >= low - spare) & (flat <= high + spare)]
    return float(near.min()), float(near.max())
