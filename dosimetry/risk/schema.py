"""What a risk model file must look like: one TOML file per paper, checked key by key."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dosimetry.errors import RiskError
from dosimetry.risk.forms import Form, relative_risk

__all__ = ["BandedEntry", "Counts", "Entry", "Line", "ModelFile", "NtcpEntry", "SlopeEntry", "SourceEntry", "check"]

Line = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\r\n]+$")]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
_Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
_Slope = Annotated[float, Field(gt=-100, lt=1000)]
_Level = Annotated[float, Field(gt=0, lt=100)]
Counts = Literal[
    "coronary-event",
    "coronary-death",
    "cardiac-death",
    "cardiovascular-event",
    "heart-disease",
    "myocardial-infarction",
    "lung-cancer",
    "lung-cancer-death",
    "pneumonitis",
]


_File = TypeVar("_File", bound=BaseModel)


class Entry(BaseModel):
    """Part of a file: its keys are all known, its types are exact."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SourceEntry(Entry):
    """The paper."""

    id: _Id
    title: Line | None = None
    authors: Line
    year: Annotated[int, Field(ge=1900, le=2100)]
    journal: Line
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S+$")] | None = None


class _Described(Entry):
    """What every estimate says of itself."""

    id: _Id
    label: Line
    headline: bool = False
    verified: bool
    where: Line
    endpoint: Line
    counts: Counts
    horizon: Line
    most_years: Annotated[float, Field(gt=0)] | None = None
    also_counts: list[Counts] = []
    structure: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    dose_metric: Line
    dose_range_gy: _Pair | None = None
    population: Line
    notes: list[Line] = []

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.dose_range_gy is not None:
            low, high = self.dose_range_gy
            if not 0 <= low < high:
                raise ValueError(f"dose_range_gy {low:g} to {high:g} is not an ascending range of doses")
        return self


class _WithInterval(Entry):
    per_gy_pct: _Slope
    per_gy_ci_pct: _Pair | None = None

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.per_gy_ci_pct is not None:
            low, high = self.per_gy_ci_pct
            if not -100 < low <= self.per_gy_pct <= high < 1000 or low == high:
                raise ValueError(f"per_gy_pct {self.per_gy_pct:g} does not lie in its interval {low:g} to {high:g}")
        return self


class SlopeEntry(_Described, _WithInterval):
    """A relative slope, or percentage points per gray of absolute risk."""

    form: Literal["linear", "log-linear", "additive"]
    unit: Literal["%/Gy", "percentage points/Gy"]
    ci_level_pct: _Level | None = None
    from_years: Annotated[float, Field(ge=0)] = 0.0
    applies_to: Literal["cardiac-risk-factor", "no-cardiac-risk-factor", "smoker", "non-smoker"] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.per_gy_ci_pct is None) != (self.ci_level_pct is None):
            raise ValueError("per_gy_ci_pct and ci_level_pct stand together or not at all")
        absolute = self.form == "additive"
        if absolute is not (self.unit == "percentage points/Gy"):
            raise ValueError(f"unit {self.unit} does not belong to form {self.form}")
        if self.dose_range_gy is not None and not absolute:
            for slope in (self.per_gy_pct, *(self.per_gy_ci_pct or ())):
                _meaningful(Form(self.form), slope, self.dose_range_gy[1])
        return self


class BandEntry(_WithInterval):
    """One band of time since radiotherapy."""

    from_years: Annotated[float, Field(ge=0)]


class BandedEntry(_Described):
    """A linear slope for each band of time since radiotherapy."""

    form: Literal["time-banded"]
    unit: Literal["%/Gy"]
    ci_level_pct: _Level | None = None
    band: Annotated[list[BandEntry], Field(min_length=2)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        starts = [band.from_years for band in self.band]
        if starts[0] != 0 or sorted(set(starts)) != starts:
            raise ValueError("bands start at 0 years and ascend")
        limited = {band.per_gy_ci_pct is not None for band in self.band}
        if limited != {self.ci_level_pct is not None}:
            raise ValueError("per_gy_ci_pct of every band and ci_level_pct stand together or not at all")
        return self


class ModifierEntry(Entry):
    """What a patient factor adds to the score of a logistic model."""

    factor: Literal["smoking", "pulmonary_comorbidity", "older_than"]
    value: str | float | bool
    adds: float


class NtcpEntry(_Described):
    """A complication probability: logistic or probit in a mean dose."""

    form: Literal["logistic", "probit"]
    unit: Literal["probability"]
    b0: float | None = None
    b1_per_gy: Annotated[float, Field(gt=0)] | None = None
    td50_gy: Annotated[float, Field(gt=0)] | None = None
    m: Annotated[float, Field(gt=0)] | None = None
    modifier: list[ModifierEntry] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        own, others = (self.b0, self.b1_per_gy), (self.td50_gy, self.m)
        if self.form == "probit":
            own, others = others, own
        if None in own or others != (None, None) or (self.form == "probit" and self.modifier):
            raise ValueError("a logistic model has b0 and b1_per_gy, a probit model td50_gy and m")
        return self


_Estimate = Annotated[SlopeEntry | BandedEntry | NtcpEntry, Field(discriminator="form")]


class ModelFile(Entry):
    """One file."""

    source: SourceEntry
    estimate: Annotated[list[_Estimate], Field(min_length=1)]


def check(kind: type[_File], document: object, name: str, item: str = "risk model") -> _File:
    """Return the content of a file, checked.

    Parameters
    ----------
    kind
        What it must be.
    document
        What the TOML parser returned.
    name, item
        Name of the file and what it is, for messages.

    Raises
    ------
    RiskError
        With the first faults by key: a key that is unknown or missing, a value of the wrong type, an
        estimate outside its own interval, an interval without its level.
    """
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        shown = [f"{_place(fault['loc'])}{_reason(fault['type'], fault['msg'])}" for fault in faults[:3]]
        more = [f"and {len(faults) - 3} more"] if len(faults) > 3 else []
        raise RiskError(", ".join(shown + more), file=name, item=item) from None


def _meaningful(form: Form, slope_pct: float, dose_gy: float) -> None:
    try:
        relative_risk(form, slope_pct / 100, dose_gy)
    except RiskError as error:
        raise ValueError(str(error)) from None


def _place(location: tuple[int | str, ...]) -> str:
    parts = [part for part in location if part not in {form.value for form in Form}]  # pydantic names the variant
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    return f"{path}: " if path else ""


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "key is missing"
    return message.removeprefix("Value error, ")
