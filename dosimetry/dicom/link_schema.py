"""What a link file must look like, checked key by key."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["CaseEntry", "FileEntry", "LeftOutEntry", "LinkFile"]

_Line = Annotated[str, Field(min_length=1, max_length=2000)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FileEntry(_Entry):
    """A file: by path, UID or content; whatever is given must fit."""

    path: _Line | None = None
    uid: Annotated[str, Field(pattern=r"^[0-9.]{1,64}$")] | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.path is None and self.uid is None and self.sha256 is None:
            raise ValueError("a file needs a path, a uid or a sha256")
        if self.path is not None and (self.path.startswith(("/", "\\")) or self.path[1:2] == ":"):
            raise ValueError("a path is relative to the link file")
        return self


class CaseEntry(_Entry):
    """One dose with what belongs to it."""

    dose: FileEntry
    structures: FileEntry | None = None
    plan: FileEntry | Literal["none"] | None = None
    why: _Line | None = None


class LeftOutEntry(_Entry):
    """One dose that is no case."""

    dose: FileEntry
    why: _Line | None = None


class LinkFile(_Entry):
    """All of a link file."""

    links: Literal["dosimetry/links/1"]
    case: list[CaseEntry] = []
    leave_out: list[LeftOutEntry] = []
