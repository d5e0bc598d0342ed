"""Risks without irradiation: given by the user, or published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.files import packaged, read_toml
from dosimetry.risk.models import Source
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


__all__ = [
    "Baseline",
    "baseline_file",
    "given_baseline",
    "of_age",
    "published_baselines",
    "unverified",
]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A risk without irradiation over some time.

    Attributes
    ----------
    id
        Its name.
    risk
        A fraction from 0 to 1.
    endpoint, counts
        What it counts, as text and as the key that models use; None where nobody said.
    horizon, years
        Over which time, in words and in years since radiotherapy.
    source
        Whose number it is.
    verified
        Whether it was seen at its source.
    warnings
        What a reader of anything made from it must know.
    from_age
        The age that it begins at; None where it was given for this patient.
    """

    id: str
    risk: float
    endpoint: str
    counts: str
    horizon: str
    years: float
    source: str
    verified: bool
    warnings: tuple[Caution, ...] = ()
    from_age: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.risk < 1.0:
            raise RiskError(
                "baseline risk is no probability",
                item=self.id,
                expected="0 to below 100 %",
                found=f"{100 * self.risk:g} %",
            )


def given_baseline(risk_pct: float, counts: str, years: float, source: str = "") -> Baseline:
    """Return a baseline that the user states [%], over some years from radiotherapy on."""
    return Baseline(
        id="given",
        risk=risk_pct / 100,
        endpoint=counts.replace("-", " "),
        counts=counts,
        horizon=f"{years:g} years from radiotherapy",
        years=years,
        source=source or "given by the user, without a source",
        verified=True,
    )


@cache
def published_baselines() -> tuple[Baseline, ...]:
    """Return the baselines that come with the package."""
    from dosimetry.risk.baseline_schema import BaselineFile  # noqa: PLC0415  pydantic, only when files are read
    from dosimetry.risk.schema import check  # noqa: PLC0415

    document, _ = read_toml(baseline_file("darby_2013.toml"), "baseline")
    checked = check(BaselineFile, document, "darby_2013.toml", "baseline")
    source = Source(**checked.source.model_dump())
    return tuple(
        Baseline(
            id=entry.id,
            risk=entry.risk_pct / 100,
            endpoint=f"{entry.endpoint}; {entry.group}",
            counts=entry.counts,
            horizon=f"from age {entry.from_age:g} to age {entry.to_age:g}",
            years=entry.to_age - entry.from_age,
            from_age=entry.from_age,
            source=f"{source.citation}, {entry.where}",
            verified=entry.verified,
            warnings=() if entry.verified else (unverified(entry.id, entry.where),),
        )
        for entry in checked.baseline
    )


def of_age(baseline: Baseline, age: float | None) -> Baseline:
    """Return a baseline, with a warning where it is of women of another age than the patient."""
    if age is None or baseline.from_age in (None, age):
        return baseline
    text = f"of women aged {baseline.from_age:g}, this patient is {age:g}"
    return replace(baseline, warnings=(*baseline.warnings, Caution(Code.COHORT_DIFFERS, baseline.id, text)))


def baseline_file(name: str) -> Traversable:
    """Return a file of baseline risks that comes with the package."""
    return next(path for path in packaged("baselines", ".toml") if path.name == name)


def unverified(subject: str, where: str) -> Caution:
    """Return the warning of numbers that were not seen at their source."""
    return Caution(Code.MODEL_UNVERIFIED, subject, f"numbers were not seen at their source ({where}): unverified")
