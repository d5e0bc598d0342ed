"""What a risk model file must look like: one TOML file per paper, checked key by key."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dosimetry.errors import RiskError
from dosimetry.risk.forms import Form, relative_risk

__all__ = ["EstimateEntry", "ModelFile", "SourceEntry", "check_file"]

_Line = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\r\n]+$")]
_Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
_Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
_FORMS: dict[str, Form] = {form.value: form for form in Form}


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SourceEntry(_Entry):
    """The paper."""

    id: _Id
    title: _Line | None = None
    authors: _Line
    year: Annotated[int, Field(ge=1900, le=2100)]
    journal: _Line
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S+$")] | None = None


class EstimateEntry(_Entry):
    """One slope of the paper."""

    id: _Id
    label: _Line
    headline: bool
    verified: bool
    where: _Line
    form: Literal["linear", "log-linear"]
    unit: Literal["%/Gy"]
    per_gy_pct: Annotated[float, Field(gt=-100, lt=1000)]
    per_gy_ci_pct: _Pair | None = None
    ci_level_pct: Annotated[float, Field(gt=0, lt=100)] | None = None
    endpoint: _Line
    structure: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    dose_metric: _Line
    dose_range_gy: _Pair | None = None
    population: _Line
    notes: list[_Line] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.per_gy_ci_pct is None) != (self.ci_level_pct is None):
            raise ValueError("per_gy_ci_pct and ci_level_pct stand together or not at all")
        if self.per_gy_ci_pct is not None:
            low, high = self.per_gy_ci_pct
            if not -100 < low <= self.per_gy_pct <= high < 1000 or low == high:
                raise ValueError(f"per_gy_pct {self.per_gy_pct:g} does not lie in its interval {low:g} to {high:g}")
        if self.dose_range_gy is not None:
            low, high = self.dose_range_gy
            if not 0 <= low < high:
                raise ValueError(f"dose_range_gy {low:g} to {high:g} is not an ascending range of doses")
            for slope in (self.per_gy_pct, *(self.per_gy_ci_pct or ())):
                try:
                    relative_risk(_FORMS[self.form], slope / 100, high)
                except RiskError as error:
                    raise ValueError(str(error)) from None
        return self


class ModelFile(_Entry):
    """One file."""

    source: SourceEntry
    estimate: Annotated[list[EstimateEntry], Field(min_length=1)]


def check_file(document: object, name: str) -> ModelFile:
    """Return the content of a risk model file, checked.

    Parameters
    ----------
    document
        What the TOML parser returned.
    name
        Name of the file, for messages.

    Raises
    ------
    RiskError
        With the first faults by key: a key that is unknown or missing, a value of the wrong type, an
        estimate outside its own interval, an interval without its level.
    """
    try:
        return ModelFile.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        shown = [f"{_place(fault['loc'])}{_reason(fault['type'], fault['msg'])}" for fault in faults[:3]]
        more = [f"and {len(faults) - 3} more"] if len(faults) > 3 else []
        raise RiskError(", ".join(shown + more), file=name, item="risk model") from None


def _place(location: tuple[int | str, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
    return f"{path}: " if path else ""


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown key"
    if kind == "missing":
        return "key is missing"
    return message.removeprefix("Value error, ")
