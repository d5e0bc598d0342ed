"""Heart and lung dose with and without the internal mammary nodes, and the cardiac risk of the difference.

Research and independent-check software. No regulatory clearance has been sought. Verify locally before
clinical use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.dicom.find import find_cases, read_case
    from dosimetry.dose_arithmetic.beams import sum_of_beams
    from dosimetry.dose_arithmetic.differences import subtract
    from dosimetry.dose_arithmetic.fractionation import eqd2, isoeffective_dose, per_fraction, total_dose
    from dosimetry.dose_arithmetic.sums import add_doses
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.dvh.engine import compute_dvh, compute_dvhs
    from dosimetry.errors import DosimetryError
    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure, StructureSet
    from dosimetry.tables import Table, check_table, cohort_table, compare_table, names_table

__all__ = [
    "Case",
    "Dose",
    "DosimetryError",
    "Dvh",
    "Structure",
    "StructureSet",
    "Table",
    "add_doses",
    "check_table",
    "cohort_table",
    "compare_table",
    "compute_dvh",
    "compute_dvhs",
    "eqd2",
    "find_cases",
    "isoeffective_dose",
    "names_table",
    "per_fraction",
    "read_case",
    "subtract",
    "sum_of_beams",
    "total_dose",
]

_HOMES = {
    "Table": "dosimetry.tables",
    "check_table": "dosimetry.tables",
    "cohort_table": "dosimetry.tables",
    "compare_table": "dosimetry.tables",
    "names_table": "dosimetry.tables",
    "sum_of_beams": "dosimetry.dose_arithmetic.beams",
    "total_dose": "dosimetry.dose_arithmetic.fractionation",
    "per_fraction": "dosimetry.dose_arithmetic.fractionation",
    "isoeffective_dose": "dosimetry.dose_arithmetic.fractionation",
    "eqd2": "dosimetry.dose_arithmetic.fractionation",
    "subtract": "dosimetry.dose_arithmetic.differences",
    "add_doses": "dosimetry.dose_arithmetic.sums",
    "Case": "dosimetry.model.case",
    "Dose": "dosimetry.model.dose",
    "DosimetryError": "dosimetry.errors",
    "Dvh": "dosimetry.dvh.dvh",
    "Structure": "dosimetry.model.structures",
    "StructureSet": "dosimetry.model.structures",
    "compute_dvh": "dosimetry.dvh.engine",
    "compute_dvhs": "dosimetry.dvh.engine",
    "find_cases": "dosimetry.dicom.find",
    "read_case": "dosimetry.dicom.find",
}


def __getattr__(name: str) -> object:
    """Import public names when they are first used: numpy and pydicom cost most of a second."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dosimetry' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
