"""Verdicts on the lines of a constraint sheet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.measured import bounds_of
from dosimetry.names.parts import Choices
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.dvh.convention import Convention
    from dosimetry.imn.course import Prescribed
    from dosimetry.model.quantity import Quantity
    from dosimetry.names.laterality import Laterality
    from dosimetry.protocols.limit import Limit
    from dosimetry.protocols.sheet import Constraint, Sheet
    from dosimetry.warnings import Caution

__all__ = ["Checked", "Judged", "Verdict", "Wanted"]


class Verdict(StrEnum):
    """What became of a line; the order is from best to worst."""

    PASS = "pass"  # noqa: S105  no password
    ACCEPTABLE = "acceptable"
    NOT_EVALUABLE = "not evaluable"
    FAIL = "fail"

    @property
    def is_kept(self) -> bool:
        """Whether the plan keeps the line: what cannot be evaluated never does."""
        return self in (Verdict.PASS, Verdict.ACCEPTABLE)


@dataclass(frozen=True)
class Wanted:
    """How a plan is to be checked.

    Attributes
    ----------
    choices
        ROIs that the user named, and the side.
    prescriptions
        Prescriptions that the user stated, by ROI name.
    fractions
        Number of fractions that the user stated; None for that of the plan.
    convention
        How contours become a solid.
    intervals
        Whether every number gets its calculation interval.
    """

    choices: Choices = field(default_factory=Choices)
    prescriptions: Mapping[str, Prescribed] = field(default_factory=dict)
    fractions: int | None = None
    convention: Convention = DEFAULT_CONVENTION
    intervals: bool = False


@dataclass(frozen=True, eq=False)
class Judged:
    """One line of a sheet on one structure.

    Attributes
    ----------
    constraint
        The line.
    subject
        ROI name, untrusted text, or the part that is missing.
    part
        Key of the part; None where the line names a ROI.
    goal, acceptable
        The limits that apply to this course; None where there are none.
    value
        The measured metric of the limit that decided; None where nothing was measured.
    metric
        Its name.
    verdict, reason
        What became of it, and why; no reason where the numbers say it all.
    warnings
        What touches the number.
    """

    constraint: Constraint
    subject: str
    part: str | None
    goal: Limit | None
    acceptable: Limit | None
    value: Quantity | None
    metric: str
    verdict: Verdict
    reason: str
    warnings: tuple[Caution, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the line as JSON-ready values."""
        value = self.value
        return {
            "structure": self.subject,
            "part": self.part,
            "metric": self.metric,
            "value": None if value is None else value.value,
            **({"interval": bounds_of(value)} if value is not None and value.low is not None else {}),
            "goal": None if self.goal is None else str(self.goal),
            "acceptable": None if self.acceptable is None else str(self.acceptable),
            "verdict": self.verdict.value,
            "reason": self.reason or None,
            "verified": self.constraint.verified,
            "note": self.constraint.note or None,
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


@dataclass(frozen=True, eq=False)
class Checked:
    """A plan held against one sheet.

    Attributes
    ----------
    sheet
        The protocol.
    lines
        Its lines, in its order.
    fractions
        Number of fractions that decided; None where it is not known.
    laterality
        The treated side and how it was decided; None where no line needed it or it could not be told.
    warnings
        What touches the whole sheet.
    """

    sheet: Sheet
    lines: tuple[Judged, ...]
    fractions: int | None
    laterality: Laterality | None
    warnings: tuple[Caution, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all lines."""
        order = list(Verdict)
        return max((line.verdict for line in self.lines), key=order.index)

    @property
    def all_warnings(self) -> tuple[Caution, ...]:
        """Warnings of the sheet and of its lines, each one once."""
        return merge(self.warnings, *(line.warnings for line in self.lines))
