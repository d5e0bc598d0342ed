"""Every exception of the project.

An error is one line that names the file, the object in it, what was expected, what was found and what to do.
Parts that do not apply are left out. All text is cleaned before it is shown: it may come from a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.labels import file_label
from dosimetry.text import clean

if TYPE_CHECKING:
    from pathlib import PurePath

__all__ = [
    "AmbiguityError",
    "ComparisonError",
    "ContourError",
    "DerivationError",
    "DicomFileError",
    "DosimetryError",
    "GeometryError",
    "LateralityError",
    "LinkError",
    "MetricError",
    "NotDicomError",
    "OutputError",
    "PrescriptionError",
    "ProtocolError",
    "RiskError",
    "StructureError",
    "UnitsError",
    "UnsupportedError",
    "UsageError",
]


class DosimetryError(Exception):
    """Base of all errors that the project raises on purpose.

    Parameters
    ----------
    problem
        What is wrong, as a clause without a full stop.
    file
        The file it is about, shown by :func:`dosimetry.labels.file_label`: exports put patient names, IDs and UIDs
        into names of files and folders.
    item
        The object in the file: a ROI, a DICOM attribute, an option.
    expected, found
        The rule and what broke it.
    remedy
        What the user can do.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: PurePath | str | None = None,
        item: str | None = None,
        expected: str | None = None,
        found: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem = problem
        self.path = file
        self._label: str | None = None
        self.item = item
        self.expected = expected
        self.found = found
        self.remedy = remedy
        super().__init__(problem)

    def __str__(self) -> str:
        head = ": ".join(clean(part) for part in (self.file, self.item, self.problem) if part)
        tail = [
            f"{label}{clean(part)}"
            for label, part in (("expected ", self.expected), ("found ", self.found), ("", self.remedy))
            if part
        ]
        return "; ".join([head, *tail])

    @property
    def file(self) -> str | None:
        """How the file is named in the message; made when it is first asked for, since it may take a hash."""
        if self._label is None and self.path is not None:
            self._label = file_label(self.path)
        return self._label

    @file.setter
    def file(self, label: str) -> None:
        self._label = label

    @property
    def reason(self) -> str:
        """What is wrong, what was expected and what was found, for a warning that has its subject and no remedy."""
        expected, found = self.expected and f"expected {self.expected}", self.found and f"found {self.found}"
        return "; ".join(clean(part) for part in (self.problem, expected, found) if part)


class UsageError(DosimetryError):
    """An option or argument that makes no sense."""


class OutputError(DosimetryError):
    """An output that cannot be written."""


class NotDicomError(DosimetryError):
    """A file that is not DICOM, or not of a kind that is read here."""


class DicomFileError(DosimetryError):
    """A DICOM file that is damaged or lacks what its kind must have."""


class UnitsError(DosimetryError):
    """Doses whose unit or type does not let them be measured in gray."""


class GeometryError(DosimetryError):
    """Positions, orientations or spacings that do not describe a grid or a plane."""


class ContourError(DosimetryError):
    """Contour data that do not describe planar polygons."""


class UnsupportedError(DosimetryError):
    """A legal input that is not handled yet; it is refused, never approximated."""


class LinkError(DosimetryError):
    """Files that do not belong together, or a file that is missing."""


class AmbiguityError(DosimetryError):
    """More than one candidate; the message lists them and the option that settles it."""


class StructureError(DosimetryError):
    """A structure that is not there, is there twice or is empty."""


class DerivationError(StructureError):
    """A structure that cannot be made exactly of others."""


class LateralityError(DosimetryError):
    """A side that is unknown, contradictory or bilateral."""


class MetricError(DosimetryError):
    """A DVH metric that cannot be read or evaluated."""


class PrescriptionError(DosimetryError):
    """A prescription that is missing, malformed or undecided."""


class ProtocolError(DosimetryError):
    """A constraint sheet that cannot be read."""


class ComparisonError(DosimetryError):
    """Two sides that must not be compared."""


class RiskError(DosimetryError):
    """A risk model or its input that cannot be used."""
