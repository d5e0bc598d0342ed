"""Relative risk by years since radiotherapy: a slope of its own in each band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.risk.forms import relative_risk
from dosimetry.risk.increment import model_cautions, model_notes
from dosimetry.risk.intervals import Bounded, bounded

if TYPE_CHECKING:
    from dosimetry.risk.doses import MeanDoses
    from dosimetry.risk.models import Band, BandedModel
    from dosimetry.warnings import Caution

__all__ = ["BandEstimate", "increment_by_time"]


@dataclass(frozen=True, slots=True)
class BandEstimate:
    """What a pair of plans adds in one band of years.

    Attributes
    ----------
    model, band
        The model, and the band with its slope.
    doses
        Mean doses that went in.
    added_err
        Added excess [% of the unirradiated rate].
    relative_increase
        Rise over the plan without [%].
    notes, warnings
        What the reader must know.
    """

    model: BandedModel
    band: Band
    doses: MeanDoses
    added_err: Bounded
    relative_increase: Bounded
    notes: tuple[str, ...]
    warnings: tuple[Caution, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the estimate as JSON-ready values."""
        band = self.band
        return {
            "model": self.model.id,
            "source": self.model.source.citation,
            "doi": self.model.source.doi,
            "verified": self.model.verified,
            "form": self.model.form.value,
            "years_since_radiotherapy": str(band),
            "per_gy_pct": band.per_gy_pct,
            "per_gy_ci_pct": None if band.per_gy_ci_pct is None else list(band.per_gy_ci_pct),
            "endpoint": self.model.endpoint,
            "horizon": self.model.horizon,
            "dose_basis": self.doses.basis,
            **self.added_err.as_dict("added_err", "pct"),
            **self.relative_increase.as_dict("relative_increase", "pct"),
            "notes": list(self.notes),
            "warnings": [caution.as_dict() for caution in self.warnings],
        }


def increment_by_time(model: BandedModel, doses: MeanDoses) -> tuple[BandEstimate, ...]:
    """Return what a pair of plans adds in each band of years since radiotherapy.

    Raises
    ------
    RiskError
        Where a slope below zero leaves no risk at these doses.
    """

    def added(per_gy: float, without_gy: float, with_gy: float) -> float:
        return 100 * (relative_risk(model.form, per_gy, with_gy) - relative_risk(model.form, per_gy, without_gy))

    def relative(per_gy: float, without_gy: float, with_gy: float) -> float:
        before = relative_risk(model.form, per_gy, without_gy)
        return 100 * (relative_risk(model.form, per_gy, with_gy) / before - 1)

    found = []
    for band in model.bands:
        slopes = [slope / 100 for slope in (band.per_gy_pct, *(band.per_gy_ci_pct or ()))]
        known = len(slopes) > 1
        found.append(
            BandEstimate(
                model=model,
                band=band,
                doses=doses,
                added_err=bounded(added, slopes, doses, has_interval=known),
                relative_increase=bounded(relative, slopes, doses, has_interval=known),
                notes=model_notes(model, has_interval=known, doses=doses),
                warnings=model_cautions(model, doses),
            )
        )
    return tuple(found)
