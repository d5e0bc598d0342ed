"""What the files of baseline risks must look like, checked key by key."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from dosimetry.risk.schema import Counts, Entry, Line, SourceEntry

__all__ = ["BaselineEntry", "BaselineFile", "PredictEntry", "PredictFile", "Score2Entry", "Score2File"]


class BaselineEntry(Entry):
    """A published risk without irradiation."""

    id: Line
    risk_pct: Annotated[float, Field(gt=0, lt=100)]
    endpoint: Line
    counts: Counts
    from_age: Annotated[float, Field(ge=0)]
    to_age: Annotated[float, Field(le=120)]
    group: Line
    verified: bool
    where: Line
    notes: tuple[Line, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _ages(self) -> Self:
        if self.from_age >= self.to_age:
            raise ValueError("from_age lies before to_age")
        return self


class BaselineFile(Entry):
    """Baselines of one paper."""

    source: SourceEntry
    baseline: Annotated[list[BaselineEntry], Field(min_length=1)]


class Score2Entry(Entry):
    """Coefficients of SCORE2 for women, and the two numbers of each region's scale."""

    verified: bool
    where: Line
    baseline_survival: Annotated[float, Field(gt=0, lt=1)]
    age: float
    smoking: float
    systolic: float
    total: float
    hdl: float
    age_smoking: float
    age_systolic: float
    age_total: float
    age_hdl: float
    scales: dict[str, Annotated[list[float], Field(min_length=2, max_length=2)]]


class Score2File(Entry):
    """The file of SCORE2."""

    source: SourceEntry
    score2: Score2Entry


class PredictEntry(Entry):
    """Coefficients of mortality from other causes."""

    verified: bool
    where: Line
    c0: float
    c1: float
    c2: float
    a3: float
    a3_log: float
    per_year: float
    radiotherapy: float
    smokers: Annotated[float, Field(gt=0, lt=1)]
    smoking_rate_ratio: Annotated[float, Field(gt=0)]
    smoking_rate_ratio_verified: bool


class PredictFile(Entry):
    """The file of PREDICT."""

    source: SourceEntry
    predict: PredictEntry
