"""What a constraint sheet must look like, checked key by key."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dosimetry.errors import DosimetryError, ProtocolError
from dosimetry.names.parts import PARTS
from dosimetry.protocols.limit import parse_limit

__all__ = ["ConstraintEntry", "SheetFile", "SourceEntry", "check_sheet"]


def _a_limit(text: str) -> str:
    try:
        parse_limit(text)
    except DosimetryError as error:
        raise ValueError(str(error)) from None
    return text


def _a_part(key: str) -> str:
    if key not in PARTS:
        raise ValueError(f"no part is called {key!r}; expected one of {', '.join(PARTS)}")
    return key


_Line = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\r\n]+$")]
_Count = Annotated[int, Field(ge=1, le=100)]
_Limit = Annotated[str, Field(max_length=80), AfterValidator(_a_limit)]
_PartKey = Annotated[str, AfterValidator(_a_part)]
_ByFractions = Annotated[dict[Annotated[str, Field(pattern=r"^[1-9][0-9]?$|^100$")], _Limit], Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SourceEntry(_Entry):
    """Where the figures are from."""

    citation: _Line
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    where: _Line
    verified: bool
    notes: list[_Line] = []


class ConstraintEntry(_Entry):
    """One line."""

    part: _PartKey | Annotated[list[_PartKey], Field(min_length=1)] | None = None
    roi: _Line | None = None
    goal: _Limit | _ByFractions
    acceptable: _Limit | _ByFractions | None = None
    verified: bool | None = None
    note: _Line | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.part is None) == (self.roi is None):
            raise ValueError("either part or roi must be there, and not both")
        goals, others = _limits(self.goal), _limits(self.acceptable)
        if others and set(goals) != set(others):
            raise ValueError("goal and acceptable must be stated for the same numbers of fractions")
        for count in others:
            goal, other = parse_limit(goals[count]), parse_limit(others[count])
            if goal.is_upper is not other.is_upper:
                raise ValueError(f"goal and acceptable point in opposite directions: {goal} and {other}")
            narrower = goal.number <= other.number if goal.is_upper else goal.number >= other.number
            if goal.metric == other.metric and not narrower:
                raise ValueError(f"acceptable is stricter than goal: {other} and {goal}")
        return self


class SheetFile(_Entry):
    """One file."""

    title: _Line
    fractions: Annotated[list[_Count], Field(min_length=1)] | None = None
    source: SourceEntry
    constraint: Annotated[list[ConstraintEntry], Field(min_length=1)]


def _limits(level: str | dict[str, str] | None) -> dict[str, str]:
    """Return the limits of a level by number of fractions; an empty text for every number."""
    if level is None:
        return {}
    return {"": level} if isinstance(level, str) else dict(level)


def check_sheet(document: dict[str, object], file: str) -> SheetFile:
    """Return the checked file.

    Raises
    ------
    ProtocolError
        Where it does not hold what it must; the message names the first key.
    """
    try:
        return SheetFile.model_validate(document)
    except ValidationError as error:
        # of the branches of a union the deepest complaint is the one that helps
        first = max(error.errors(include_url=False, include_context=False), key=lambda found: len(found["loc"]))
        place = ".".join(
            str(step + 1) if isinstance(step, int) else step
            for step in first["loc"]
            if not (isinstance(step, str) and ("[" in step or step in ("str", "list", "dict")))
        )
        raise ProtocolError(
            first["msg"].removeprefix("Value error, "), file=file, item=place or "constraint sheet"
        ) from None
