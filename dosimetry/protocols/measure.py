"""Histograms of one dose, each measured once however many lines ask for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import MetricError

if TYPE_CHECKING:
    from dosimetry.dvh.convention import Convention
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.model.dose import Dose
    from dosimetry.model.quantity import Quantity
    from dosimetry.model.structures import Structure

__all__ = ["Ruler"]


class Ruler:
    """Measures structures in one dose.

    Parameters
    ----------
    dose, convention
        What is measured, and how.
    intervals
        Whether every number gets its calculation interval.
    """

    def __init__(self, dose: Dose, convention: Convention, *, intervals: bool = False) -> None:
        self._dose, self._convention, self._intervals = dose, convention, intervals
        self._known: dict[int, tuple[Structure, Dvh]] = {}

    def dvh(self, structure: Structure, prescription_gy: float | None = None) -> Dvh:
        """Return the histogram of a structure; percentages of dose refer to the prescription.

        Raises
        ------
        DosimetryError
            If the structure cannot be measured.
        """
        if id(structure) not in self._known:
            self._known[id(structure)] = structure, compute_dvh(self._dose, structure, convention=self._convention)
        dvh = self._known[id(structure)][1]
        return dvh if prescription_gy is None else replace(dvh, prescription_gy=prescription_gy)

    def quantity(self, dvh: Dvh, spec: str) -> Quantity:
        """Return a metric with its unit and warnings, and its interval where these are wanted."""
        return dvh.quantity(spec, interval=self._intervals)

    def bounds(self, dvh: Dvh, spec: str) -> tuple[float, float] | tuple[None, None]:
        """Return the calculation interval of a metric, or nothing where there is none."""
        try:
            return dvh.interval(spec)
        except MetricError:
            return None, None
