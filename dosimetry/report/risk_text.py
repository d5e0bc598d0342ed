"""Numbers and names of risk results as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.risk.life_table import BANDS_AT_ONCE
from dosimetry.risk.models import BandedModel
from dosimetry.warnings import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dosimetry.risk.intervals import Bounded
    from dosimetry.risk.models import Model, Source
    from dosimetry.warnings import Caution

__all__ = [
    "cited",
    "doi",
    "envelopes",
    "interval_kind",
    "is_extrapolated",
    "limits_text",
    "roles",
    "standing",
    "widest",
    "with_ci",
    "without_interval",
]

Pair = tuple[float, float]


def with_ci(value: float | None, limits: Pair | None, digits: int = 1, *, signed: bool = True) -> str:
    """Return a number with its interval in brackets, or one of both alone."""
    shown = "" if value is None else f"{value:{'+' if signed else ''}z.{digits}f}"
    return shown if limits is None else f"{shown} ({limits_text(limits, digits)})".lstrip()


def limits_text(limits: Pair | None, digits: int = 1) -> str:
    """Return an interval without its brackets, or a dash where there is none."""
    if limits is None:
        return "–"
    first, last = (f"{limit:z.{digits}f}" for limit in limits)
    dash = "…" if "-" in first + last else "–"  # a dash before a minus sign cannot be read
    return f"{first}{dash}{last}"


def widest(number: Bounded) -> tuple[Pair | None, str]:
    """Return the interval to show where there is room for one, and what it is of; empty without one."""
    for limits, kind in ((number.combined, "combined"), (number.coefficient, "CI"), (number.dose, "dose interval")):
        if limits is not None:
            return limits, kind
    return None, ""


def interval_kind(numbers: Iterable[Bounded]) -> str:
    """Return what the intervals of a column are of, for its header: empty where there are none."""
    kinds = dict.fromkeys(kind for _, kind in map(widest, numbers) if kind)
    return " or ".join(kinds)


def is_extrapolated(cautions: Iterable[Caution]) -> bool:
    """Whether a dose or a horizon lies outside of what the model was observed at."""
    codes = (Code.DOSE_EXTRAPOLATED, Code.HORIZON_EXTRAPOLATED)
    return any(caution.code in codes and caution.text.startswith("extrapolated") for caution in cautions)


def standing(model: Model, cautions: Iterable[Caution] = ()) -> str:
    """Return a model's name; whether its numbers were not seen at their source, and whether it is extrapolated."""
    marks = [] if model.verified else ["unverified"]
    marks += ["extrapolated"] if is_extrapolated(cautions) else []
    return f"{model.id} ({', '.join(marks)})" if marks else model.id


def roles(models: Iterable[Model]) -> str:
    """Return one line that says which models lead, which published figure is behind them, and which were chosen."""
    known = tuple(models)
    papers = {model.source.id for model in known if model.headline}
    lead = [model.id for model in known if model.headline]
    behind = [model.id for model in known if not model.headline and model.source.id in papers]
    others = [model.id for model in known if model.source.id not in papers]
    parts = [
        (lead, "Headline: "),
        (behind, "published beside it: "),
        (others, "chosen besides: "),
    ]
    shown = [f"{name}{', '.join(ids)}" for ids, name in parts if ids]
    return f"{'; '.join(shown)}." if lead and len(shown) > 1 else ""


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
