"""Numbers and names of risk results as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.risk.life_table import BANDS_AT_ONCE
from dosimetry.risk.models import BandedModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dosimetry.risk.models import Model, Source

__all__ = ["cited", "doi", "envelopes", "standing", "with_ci", "without_interval"]


def with_ci(
    value: float | None, limits: tuple[float, float] | None, digits: int = 1, *, signed: bool = True
) -> str:
    """Return a number with its interval in brackets, or one of both alone."""
    shown = "" if value is None else f"{value:{'+' if signed else ''}z.{digits}f}"
    if limits is None:
        return shown
    first, last = (f"{limit:z.{digits}f}" for limit in limits)
    dash = "…" if "-" in first + last else "–"  # a dash before a minus sign cannot be read
    return f"{shown} ({first}{dash}{last})".lstrip()


def standing(model: Model) -> str:
    """Return a model's name, and whether its numbers were not seen at their source."""
    return model.id if model.verified else f"{model.id} (unverified)"


def without_interval(models: Iterable[tuple[Model, bool]]) -> tuple[str, ...]:
    """Return one line that names the models for which no interval was published; none where all have one."""
    names = [model.id for model, has_interval in models if not has_interval]
    return (f"No interval published: {', '.join(dict.fromkeys(names))}.",) if names else ()


def envelopes(models: Iterable[Model]) -> tuple[str, ...]:
    """Return one line that names the models whose interval is an envelope over bands of time."""
    names = [model.id for model in models if isinstance(model, BandedModel)]
    return (f"Interval of {', '.join(dict.fromkeys(names))}: {BANDS_AT_ONCE}.",) if names else ()


def doi(source: Source) -> str:
    """Return a paper's DOI, or its citation where there is none."""
    return source.citation if source.doi is None else f"doi {source.doi}"


def cited(label: str, number: str | None) -> str:
    """Return a study with its DOI, or with the remark that none was confirmed."""
    return f"{label}, no DOI" if number is None else f"{label}, doi {number}"
