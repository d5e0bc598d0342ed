"""Dose-volume histograms that a planning system wrote beside its dose, as they stand in the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["StatedDose", "StoredDvhs", "TpsDvh", "TpsDvhs"]


@dataclass(frozen=True, slots=True)
class StatedDose:
    """A single number beside a histogram: DVHMinimumDose, DVHMeanDose or DVHMaximumDose.

    Attributes
    ----------
    value
        As written. The unit is the file's DoseUnits, if the file keeps to it.
    step
        One unit of its last digit.
    """

    value: float
    step: float


@dataclass(frozen=True, eq=False)
class TpsDvh:
    """One item of the DVHSequence (PS3.3, C.8.8.4).

    Attributes
    ----------
    included, excluded
        Numbers of the ROIs whose volume it is of, and of those that are left out of it.
    kind
        DVHType: CUMULATIVE, DIFFERENTIAL or NATURAL.
    dose_units, dose_type, volume_units
        DoseUnits (GY or RELATIVE), DoseType and DVHVolumeUnits (CM3, PERCENT or PER_U).
    widths, volumes
        DVHData: widths of the bins in `dose_units`, scaled by DVHDoseScaling, and the volume with each; both of
        shape (bins,).
    minimum, mean, maximum
        The stated single numbers; None where they are not given.
    normalization_gy
        DVHNormalizationDoseValue, which RELATIVE doses refer to; None where it is not given.
    problem
        Why nothing can be taken from it; an empty text where it is sound.
    """

    included: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    kind: str = ""
    dose_units: str = ""
    dose_type: str = ""
    volume_units: str = ""
    widths: NDArray[np.float64] | None = field(default=None, repr=False)
    volumes: NDArray[np.float64] | None = field(default=None, repr=False)
    minimum: StatedDose | None = None
    mean: StatedDose | None = None
    maximum: StatedDose | None = None
    normalization_gy: float | None = None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class TpsDvhs:
    """All histograms of one RTDOSE.

    Attributes
    ----------
    items
        In the order of the file.
    problem
        Why they could not be read at all; an empty text where they could.
    """

    items: tuple[TpsDvh, ...] = ()
    problem: str = ""

    def of(self, number: int) -> tuple[TpsDvh, ...]:
        """Return the histograms that have to do with a ROI, those of it alone first."""
        found = [item for item in self.items if number in item.included]
        return tuple(sorted(found, key=lambda item: len(item.included) + len(item.excluded) > 1))


@dataclass(frozen=True, eq=False)
class StoredDvhs:
    """How the histograms of a file are read when they are first asked for.

    Attributes
    ----------
    read
        Reads them.
    voxels
        The dose that they are of. One that was scaled or added up since has other voxels, and none of them.
    """

    read: Callable[[], TpsDvhs] = field(repr=False)
    voxels: NDArray[np.float64] = field(repr=False)
