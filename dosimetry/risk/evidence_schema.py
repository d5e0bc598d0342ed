"""What the files of evidence must look like, checked key by key."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dosimetry.risk.schema import Entry, Line

__all__ = ["NodesFile", "ThresholdsFile", "TrialsFile"]

_Pct = Annotated[float, Field(ge=0, le=100)]
_Pair = Annotated[list[_Pct], Field(min_length=2, max_length=2)]
_Ratio = Annotated[list[Annotated[float, Field(gt=0, lt=10)]], Field(min_length=3, max_length=3)]
_Nodes = Literal["none", "1-3", "4+"]


class TrialEntry(Entry):
    """One study; pairs are with and without, ratios are estimate, low, high."""

    id: Line
    label: Line
    source: Line
    doi: Line | None = None
    verified: bool
    isolates_imn: bool
    design: Line
    patients: Annotated[int, Field(gt=0)]
    years: Annotated[float, Field(gt=0)] | None = None
    overall_survival_pct: _Pair | None = None
    overall_survival_hr: _Ratio | None = None
    breast_death_pct: _Pair | None = None
    breast_death_hr: _Ratio | None = None
    other: Line | None = None
    caveats: list[Line]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for ratio in (self.overall_survival_hr, self.breast_death_hr):
            if ratio is not None and not ratio[1] <= ratio[0] <= ratio[2]:
                raise ValueError(f"ratio {ratio[0]:g} does not lie in its interval")
        return self


class TrialsFile(Entry):
    """All studies."""

    trial: Annotated[list[TrialEntry], Field(min_length=1)]


class InvolvementEntry(Entry):
    """Probability that internal mammary nodes are involved."""

    nodes: _Nodes
    method: Line
    pct: _Pct
    ci_pct: _Pair | None = None
    counted: Annotated[list[int], Field(min_length=2, max_length=2)] | None = None
    verified: bool


class SparingEntry(Entry):
    """What a negative biopsy would have spared."""

    nodes: _Nodes
    text: Line


class GuidelineEntry(Entry):
    """What guidelines make of it."""

    text: Line
    high_risk: Line


class NodesFile(Entry):
    """Nodal status."""

    involvement: list[InvolvementEntry]
    sparing: list[SparingEntry]
    guideline: GuidelineEntry


class ThresholdEntry(Entry):
    """A rule for choosing a technique."""

    id: Line
    points: Annotated[float, Field(gt=0, le=100)]
    text: Line
    source: Line
    verified: bool


class TechniqueEntry(Entry):
    """How far a technique lowered the mean heart dose [Gy], before and after."""

    label: Line
    mhd_gy: Annotated[list[float], Field(min_length=2, max_length=2)]
    source: Line
    verified: bool


class ThresholdsFile(Entry):
    """Rules and techniques."""

    threshold: list[ThresholdEntry]
    technique: list[TechniqueEntry]
