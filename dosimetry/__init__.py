"""Heart and lung dose with and without the internal mammary nodes, and the cardiac risk of the difference.

Research and independent-check software. No regulatory clearance has been sought. Verify locally before
clinical use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.dicom.find import find_cases, read_case
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.dvh.engine import compute_dvh, compute_dvhs
    from dosimetry.errors import DosimetryError
    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure, StructureSet

__all__ = [
    "Case",
    "Dose",
    "DosimetryError",
    "Dvh",
    "Structure",
    "StructureSet",
    "compute_dvh",
    "compute_dvhs",
    "find_cases",
    "read_case",
]

_HOMES = {
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
