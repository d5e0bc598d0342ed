"""Measured structures: one row for each, whatever the output format."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import DosimetryError, StructureError
from dosimetry.model.quantity import up_to
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.dvh.convention import Convention
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.model.dose import Dose
    from dosimetry.model.quantity import Quantity
    from dosimetry.model.structures import Structure

__all__ = ["Measured", "bounds_of", "dose_summary", "measure"]

_NO_ERROR_GY = 1e-6


@dataclass(frozen=True, eq=False)
class Measured:
    """One structure with its metrics.

    Attributes
    ----------
    structure
        The ROI.
    dvh
        Its histogram; None where it could not be measured, and the warnings then say why.
    metrics
        By their canonical name.
    warnings
        Of the structure and of its metrics.
    intervals
        Whether the metrics' intervals were asked for.
    """

    structure: Structure
    dvh: Dvh | None
    metrics: dict[str, Quantity]
    warnings: tuple[Caution, ...]
    intervals: bool = False

    def with_intervals(self) -> Measured:
        """Return the structure with the interval of every metric; it is measured some more times for them."""
        if self.intervals or self.dvh is None:
            return replace(self, intervals=True)
        metrics = {name: self.dvh.quantity(name, interval=True) for name in self.metrics}
        warnings = merge(self.warnings, *(quantity.warnings for quantity in metrics.values()))
        return replace(self, metrics=metrics, warnings=warnings, intervals=True)

    def as_dict(self) -> dict[str, object]:
        """Return the structure as JSON-ready values.

        ``intervals`` are there only where they were asked for: ``[low, high]`` by metric, None where a metric or
        its interval cannot be evaluated.
        """
        intervals = {name: bounds_of(quantity) for name, quantity in self.metrics.items()}
        return {
            "number": self.structure.number,
            "name": self.structure.name,
            "volume_cc": self.dvh.volume_cc if self.dvh else None,
            "outside_grid_cc": self.dvh.outside_grid_cc if self.dvh else None,
            "metrics": {name: quantity.value for name, quantity in self.metrics.items()},
            **({"intervals": intervals} if self.intervals else {}),
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


def measure(
    dose: Dose,
    structure: Structure,
    metrics: Sequence[str],
    *,
    convention: Convention,
    prescription_gy: float | None = None,
    must: bool = False,
    intervals: bool = False,
) -> Measured:
    """Measure one structure.

    Parameters
    ----------
    dose, structure
        What to measure.
    metrics
        Canonical names.
    convention, prescription_gy
        As for :func:`~dosimetry.dvh.engine.compute_dvh`.
    must
        Whether a structure that cannot be measured is an error, as for one that was asked for by name;
        otherwise it is a row without numbers and with the reason.
    intervals
        Whether to add the interval of every metric.

    Raises
    ------
    DosimetryError
        If `must` is set and the structure cannot be measured.
    """
    try:
        dvh = compute_dvh(dose, structure, convention=convention, prescription_gy=prescription_gy)
    except DosimetryError as error:
        if must:
            raise
        reasons = structure.warnings
        if not (isinstance(error, StructureError) and structure.contours is None):
            reasons = (*reasons, Caution(Code.STRUCTURE_NOT_MEASURED, structure.name, str(error)))
        return Measured(structure, None, {}, reasons, intervals)
    dvh = _with_error(dvh, dose, convention)
    quantities = {name: dvh.quantity(name, interval=intervals) for name in metrics}
    warnings = merge(dvh.warnings, *(quantity.warnings for quantity in quantities.values()))
    return Measured(structure, dvh, quantities, warnings, intervals)


def _with_error(dvh: Dvh, dose: Dose, convention: Convention | str) -> Dvh:
    """Add to a histogram by how much interpolation between grids may have moved its doses."""
    if dose.error_gy is None or dvh.basis is None or not dvh.inside_cc > 0:
        return dvh
    error = replace(dose, values_gy=dose.error_gy, error_gy=None)
    moved = compute_dvh(error, dvh.basis.structure, convention=convention)
    if not moved.max_gy > _NO_ERROR_GY:
        return dvh
    text = (
        f"interpolation between dose grids moves its mean by at most {up_to(moved.mean_gy)} Gy and its other doses "
        f"by at most {up_to(moved.max_gy)} Gy"
    )
    return replace(dvh, warnings=(*dvh.warnings, Caution(Code.DOSE_RESAMPLED, dvh.name, text)))


def bounds_of(quantity: Quantity) -> list[float] | None:
    """Return the interval of a number as JSON-ready values."""
    return None if quantity.low is None or quantity.high is None else [quantity.low, quantity.high]


def dose_summary(dose: Dose) -> dict[str, object]:
    """Return what a dose is, as JSON-ready values."""
    frames, rows, columns = dose.grid.shape
    return {
        "units": "Gy",
        "type": dose.dose_type.value,
        "summation": dose.summation.value,
        "measure": dose.measure.value,
        "fractions": dose.fractions,
        "alpha_beta_gy": dose.alpha_beta_gy,
        "grid": {
            "frames": frames,
            "rows": rows,
            "columns": columns,
            "column_spacing_mm": dose.grid.spacing_mm[0],
            "row_spacing_mm": dose.grid.spacing_mm[1],
        },
        "max_gy": float(dose.values_gy.max()),
    }
