"""What a stack of contours is taken to mean.

Planning systems differ in how they fill the space between contours and beyond the last one; they seldom say so.
A :class:`Convention` states it, and is passed wherever it matters. Named ones are data: ``conventions.toml``
beside this module.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from dosimetry.errors import UsageError
from dosimetry.text import clean

__all__ = [
    "CONVENTIONS",
    "DEFAULT_CONVENTION",
    "Convention",
    "EndCap",
    "Inclusion",
    "SliceRule",
    "find_convention",
    "read_conventions",
]


class SliceRule(StrEnum):
    """How the space between two contour planes is filled."""

    PRISM = "prism"
    SHAPE_BASED = "shape-based"


class EndCap(StrEnum):
    """How far a structure reaches beyond its first and last plane."""

    NONE = "none"
    HALF_SLICE = "half-slice"
    LIMITED = "limited"
    ROUNDED = "rounded"


class Inclusion(StrEnum):
    """Which part of a voxel counts."""

    EXACT = "exact"
    CENTRE = "centre"
    TOUCHED = "touched"


@dataclass(frozen=True, slots=True)
class Convention:
    """How contours become a solid.

    Attributes
    ----------
    name
        As printed with every result.
    slice_rule
        ``prism``: each contour holds unchanged up to the middle between its plane and the next.
        ``shape-based``: between two planes the signed distance to the contour is interpolated linearly.
    end_cap
        ``half-slice``: the first and last contour reach half a slice spacing further; ``none``: they end at their
        plane; ``limited``: half a slice, but at most `cap_limit_mm`; ``rounded``: half a slice, shrinking to
        nothing like a spheroid.
    inclusion
        ``exact``: the part of a voxel that is inside. ``centre``: voxels whose centre is inside, whole.
        ``touched``: voxels of which any part is inside, whole.
    cap_limit_mm
        Of ``limited`` end caps, and of these alone.
    gap_factor
        Planes further apart than this multiple of the usual spacing belong to separate pieces, each with its
        own end caps; they are not bridged, unless the structure set has no slice in between to draw on.
    description
        In a sentence.
    system
        The system that works so, and its version; None for conventions that are nobody's in particular.
    not_modelled
        What else that system does.
    source, doi
        Where this is said of it; the DOI is None where it was not confirmed.
    verified
        Whether it was read in the source itself.

    Raises
    ------
    UsageError
        If the cap limit does not go with the end cap, or a number makes no sense.
    """

    name: str
    slice_rule: SliceRule = SliceRule.PRISM
    end_cap: EndCap = EndCap.HALF_SLICE
    inclusion: Inclusion = Inclusion.EXACT
    cap_limit_mm: float | None = None
    gap_factor: float = 1.5
    description: str = ""
    system: str | None = None
    not_modelled: tuple[str, ...] = ()
    source: str | None = None
    doi: str | None = None
    verified: bool = False

    def __post_init__(self) -> None:
        item = f"convention {self.name!r}"
        if (self.end_cap is EndCap.LIMITED) != (self.cap_limit_mm is not None):
            raise UsageError("cap_limit_mm and the end cap 'limited' stand together or not at all", item=item)
        if self.cap_limit_mm is not None and not 0 < self.cap_limit_mm < math.inf:
            raise UsageError("cap_limit_mm is no length", item=item, found=f"{self.cap_limit_mm:g}")
        if not 1 <= self.gap_factor < math.inf:
            raise UsageError(
                "gap_factor is not at least 1",
                item=item,
                expected="at least 1",
                found=f"{self.gap_factor:g}",
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the convention as JSON-ready values."""
        return asdict(self) | {
            "slice_rule": self.slice_rule.value,
            "end_cap": self.end_cap.value,
            "inclusion": self.inclusion.value,
            "not_modelled": list(self.not_modelled),
        }


DEFAULT_CONVENTION = Convention(
    "prism-half-slice",
    description="Each contour holds half way to the planes beside it, and half a slice beyond the last.",
)


class _Named(Mapping[str, Convention]):
    """All named conventions, read when one is first asked for."""

    def __getitem__(self, name: str) -> Convention:
        return _named()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_named())

    def __len__(self) -> int:
        return len(_named())


CONVENTIONS: Mapping[str, Convention] = _Named()


def find_convention(name: str) -> Convention:
    """Return a convention by its name.

    Raises
    ------
    UsageError
        If there is none of this name; the message lists those there are.
    """
    if name == DEFAULT_CONVENTION.name:
        return DEFAULT_CONVENTION
    if name not in CONVENTIONS:
        raise UsageError(
            f"no convention named {clean(name)!r}", item="--convention", expected=" or ".join(CONVENTIONS)
        )
    return CONVENTIONS[name]


@cache
def _named() -> dict[str, Convention]:
    from importlib.resources import files  # noqa: PLC0415  the default needs neither a file nor a parser

    file = files("dosimetry.dvh").joinpath("conventions.toml")
    read = read_conventions(file.read_text(encoding="utf-8"), file.name)
    return {DEFAULT_CONVENTION.name: DEFAULT_CONVENTION, **{convention.name: convention for convention in read}}


_WORDS = {"slice_rule": SliceRule, "end_cap": EndCap, "inclusion": Inclusion}
_TYPES: dict[str, tuple[Any, str]] = {
    **dict.fromkeys(("system", "description", "source", "doi", *_WORDS), (str, "a text")),
    **dict.fromkeys(("cap_limit_mm", "gap_factor"), (float, "a number with a decimal point")),
    "not_modelled": (list, "a list of texts"),
    "verified": (bool, "true or false"),
}
_NEEDED = ("description", "slice_rule", "end_cap", "inclusion")


def read_conventions(text: str, file: str) -> tuple[Convention, ...]:
    """Return the conventions that a TOML document holds: one table each, headed by its name.

    Parameters
    ----------
    text
        The document.
    file
        Its name, for messages.

    Raises
    ------
    UsageError
        Where a key is unknown or missing, a value of the wrong type, or a word none of those that are defined;
        where a system is named without a source; where the document is no TOML.
    """
    import tomllib  # noqa: PLC0415  the default needs neither a file nor a parser

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"not a TOML file: {error}", file=file) from error
    return tuple(_convention(name, table, file) for name, table in document.items())


def _convention(name: str, table: Any, file: str) -> Convention:
    def wrong(problem: str, **parts: str) -> UsageError:
        return UsageError(problem, file=file, item=f"convention {name!r}", **parts)

    if not isinstance(table, dict):
        raise wrong("is no table")
    if name == DEFAULT_CONVENTION.name:
        raise wrong("this name is taken by the default")
    missing = [key for key in _NEEDED if key not in table]
    if missing:
        raise wrong("key is missing", expected=", ".join(missing))
    fields: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _TYPES:
            raise wrong(f"unknown key {key!r}", expected=" or ".join(_TYPES))
        kind, called = _TYPES[key]
        if type(value) is not kind or (kind is list and not all(isinstance(part, str) for part in value)):
            raise wrong(f"{key} is not {called}", found=repr(value))
        if key in _WORDS and value not in tuple(_WORDS[key]):
            raise wrong(f"{key} has no meaning", expected=" or ".join(_WORDS[key]), found=repr(value))
        fields[key] = _WORDS[key](value) if key in _WORDS else tuple(value) if kind is list else value
    if ("system" in fields) != ("source" in fields):
        raise wrong("a system and the source of what is said of it stand together or not at all")
    return Convention(name, **fields)
