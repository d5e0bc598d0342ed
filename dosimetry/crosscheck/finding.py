"""One metric by two hands, and whether they agree.

What cannot be compared is never counted as agreement: it has a reason of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.dvh.binned import VOLUME
from dosimetry.dvh.metrics import parse_metric
from dosimetry.errors import MetricError
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dosimetry.dvh.dvh import Dvh

__all__ = [
    "PLANNING_SYSTEM",
    "SECOND_ENGINE",
    "Check",
    "Finding",
    "Source",
    "Status",
    "unchecked",
    "value_here",
    "without_prescription",
]

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
    name, title
        In sentences, and over a column.
    key, field
        In the headers of CSV, and in JSON.
    rule
        When two numbers are said to differ.
    differs, not_checked
        Codes of the warnings.
    """

    name: str
    title: str
    key: str
    field: str
    rule: str
    differs: Code
    not_checked: Code


PLANNING_SYSTEM = Source(
    name="the planning system",
    title="Planning system",
    key="tps",
    field="against_tps",
    rule=(
        "a value differs where what its bins leave open (in brackets) lies outside of the calculation interval "
        "(in brackets); where bins are too wide to tell, nothing is checked"
    ),
    differs=Code.TPS_DVH_DIFFERS,
    not_checked=Code.TPS_DVH_NOT_COMPARED,
)
SECOND_ENGINE = Source(
    name="dicompyler-core",
    title="dicompyler-core",
    key="second",
    field="second_check",
    rule=(
        "a value differs beyond the tolerance (±): one and a half times as far as the metric moves when the whole "
        "voxels that it counts are placed elsewhere (a volume at least by the noise of counting), and its bins of "
        "0.01 Gy or 1 % of the volume. The fewer voxels a structure has, the wider it is; agreement within more "
        "than a tenth of the value is no check"
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
    tolerance
        How far the values may lie apart; None where their bounds decide.
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
    tolerance: float | None = None
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
            "tolerance": self.tolerance,
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
            "rule": self.source.rule,
            "metrics": {name: finding.as_dict() for name, finding in self.findings.items()},
        }


def without_prescription(name: str, prescription_gy: float | None) -> tuple[str, float]:
    """Return the metric in and at Gy that another refers to, and what its value is multiplied by.

    Others know nothing of the prescription that was given here.
    """
    if name == VOLUME:
        return name, 1.0
    metric = parse_metric(name)
    if not metric.needs_prescription or prescription_gy is None:
        return name, 1.0
    if metric.is_dose:
        return str(replace(metric, unit="Gy")), 100.0 / prescription_gy
    return str(replace(metric, number=metric.number / 100.0 * prescription_gy, at="Gy")), 1.0


def value_here(dvh: Dvh, name: str) -> float | None:
    """Return a metric, or the volume; None where it cannot be evaluated."""
    try:
        return dvh.volume_cc if name == VOLUME else dvh.metric(name)
    except MetricError:
        return None


def unchecked(source: Source, roi: str, names: Mapping[str, float | None], problem: str) -> Check:
    """Return a check of which nothing could be done."""
    findings = {name: Finding(name, value, None, reason=problem) for name, value in names.items()}
    return Check(source, roi, findings, problem)
