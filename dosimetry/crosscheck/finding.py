"""One metric by two hands, and whether they agree.

What cannot be compared is never counted as agreement: it has a reason of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PLANNING_SYSTEM", "SECOND_ENGINE", "Check", "Finding", "Source", "Status", "unchecked"]

Bounds = tuple[float, float]


class Status(StrEnum):
    """What a comparison found."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Source:
    """Whose numbers stand beside ours.

    Attributes
    ----------
    name, key
        In sentences, and in machine-readable output.
    rule
        When two numbers are said to differ.
    differs, not_checked
        Codes of the warnings.
    """

    name: str
    key: str
    rule: str
    differs: Code
    not_checked: Code


PLANNING_SYSTEM = Source(
    name="the planning system",
    key="tps",
    rule=(
        "it differs where the planning system's value, as far as its bins tell it, lies outside of the calculation "
        "interval; bins too wide to tell are not checked"
    ),
    differs=Code.TPS_DVH_DIFFERS,
    not_checked=Code.TPS_DVH_NOT_COMPARED,
)
SECOND_ENGINE = Source(
    name="dicompyler-core",
    key="second",
    rule=(
        "it differs beyond the tolerance: as much as whole voxels, which dicompyler-core counts, change the metric "
        "when they are placed elsewhere, and the width of its bins; the smaller a structure, the more that is. "
        "A tolerance that is wider than a tenth of the value checks nothing"
    ),
    differs=Code.SECOND_CHECK_DIFFERS,
    not_checked=Code.SECOND_CHECK_NOT_DONE,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One metric by two hands.

    Attributes
    ----------
    metric
        Its canonical name, or ``Volume[cc]``.
    here, there
        The value here, and the other one; None where there is none.
    bounds_here, bounds_there
        What each can be; None where that is not stated.
    status
        Whether they agree.
    reason
        Why it was not checked; an empty text where it was.
    """

    metric: str
    here: float | None
    there: float | None
    bounds_here: Bounds | None = None
    bounds_there: Bounds | None = None
    status: Status = Status.NOT_CHECKED
    reason: str = ""

    @property
    def difference(self) -> float | None:
        """The other value less ours."""
        return None if self.here is None or self.there is None else self.there - self.here

    def as_dict(self) -> dict[str, object]:
        """Return the finding as JSON-ready values."""
        return {
            "here": self.here,
            "here_bounds": None if self.bounds_here is None else list(self.bounds_here),
            "there": self.there,
            "there_bounds": None if self.bounds_there is None else list(self.bounds_there),
            "difference": self.difference,
            "status": self.status.value,
            "reason": self.reason or None,
        }


@dataclass(frozen=True, eq=False)
class Check:
    """All metrics of one structure by two hands.

    Attributes
    ----------
    source
        Whose numbers stand beside ours.
    roi
        Name of the structure.
    findings
        By metric.
    problem
        Why nothing of it was checked; an empty text where something was.
    notes
        What else the reader must know.
    """

    source: Source
    roi: str
    findings: Mapping[str, Finding]
    problem: str = ""
    notes: tuple[Caution, ...] = field(default=())

    @property
    def status(self) -> Status:
        """The worst of its findings: a difference before what was not checked, and that before agreement."""
        found = {finding.status for finding in self.findings.values()}
        return next((one for one in (Status.DIFFERS, Status.NOT_CHECKED) if one in found), Status.AGREES)

    @property
    def warnings(self) -> tuple[Caution, ...]:
        """What differs, and what was not checked and why."""
        source = self.source
        if self.problem:
            text = f"not checked against {source.name}: {self.problem}"
            return (*self.notes, Caution(source.not_checked, self.roi, text))
        notes = list(self.notes)
        differing = [name for name, one in self.findings.items() if one.status is Status.DIFFERS]
        if differing:
            notes.append(Caution(source.differs, self.roi, f"differs from {source.name} in {', '.join(differing)}"))
        reasons = Counter(one.reason for one in self.findings.values() if one.status is Status.NOT_CHECKED)
        for reason in reasons:
            names = [name for name, one in self.findings.items() if one.reason == reason]
            text = f"{', '.join(names)} not checked against {source.name}: {reason}"
            notes.append(Caution(source.not_checked, self.roi, text))
        return tuple(notes)

    def as_dict(self) -> dict[str, object]:
        """Return the check as JSON-ready values."""
        return {
            "status": self.status.value,
            "metrics": {name: finding.as_dict() for name, finding in self.findings.items()},
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


def unchecked(source: Source, roi: str, names: Mapping[str, float | None], problem: str) -> Check:
    """Return a check of which nothing could be done."""
    findings = {name: Finding(name, value, None, reason=problem) for name, value in names.items()}
    return Check(source, roi, findings, problem)
