"""One dose with the structure set and plan that belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.warnings import Caution, merge

if TYPE_CHECKING:
    from dosimetry.model.dose import Dose
    from dosimetry.model.plan import Plan
    from dosimetry.model.structures import StructureSet
    from dosimetry.provenance import SourceFile

__all__ = ["Case", "Link", "Patient"]


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose data it is.

    Attributes
    ----------
    pseudonym
        Keyed hash of the patient's ID: the same for the same patient under the same key.
    position
        PatientPosition where a file states it (HFS, HFP …), else an empty string.
    identity
        Name, ID and birth date as in the file. Shown only when identity was asked for.
    """

    pseudonym: str
    position: str = ""
    identity: tuple[str, str, str] = field(default=("", "", ""), repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    """Why two files were taken to belong together.

    Attributes
    ----------
    subject
        What was linked: ``"structures"`` or ``"plan"``.
    rule
        Stable name of the rule: ``"reference"``, ``"frame-of-reference"``, ``"named"`` …
    reason
        The rule in words.
    """

    subject: str
    rule: str
    reason: str


@dataclass(frozen=True, eq=False)
class Case:
    """A dose, its structures and, where there is one, its plan.

    Attributes
    ----------
    dose, structures, rtplan
        The objects; `rtplan` may be None.
    patient
        Whose they are.
    links
        How they were found to belong together.
    warnings
        Warnings of the linking itself; `all_warnings` adds those of the objects.
    """

    dose: Dose
    structures: StructureSet
    rtplan: Plan | None
    patient: Patient
    links: tuple[Link, ...] = ()
    warnings: tuple[Caution, ...] = ()

    @property
    def all_warnings(self) -> tuple[Caution, ...]:
        """Warnings of the case, its dose, its structure set (not of single structures) and its plan."""
        plan = () if self.rtplan is None else self.rtplan.warnings
        return merge(self.warnings, self.dose.warnings, self.structures.warnings, plan)

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """The files of the case."""
        parts = (*self.dose.files, self.structures.source, self.rtplan.source if self.rtplan else None)
        return tuple(source for source in parts if source is not None)
