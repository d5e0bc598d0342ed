"""An assessment of risk as JSON-ready values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.risk.doses import MAX_MEAN_GY
from dosimetry.risk.intervals import COMBINED
from dosimetry.risk.models import AdditiveModel
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from dosimetry.risk.absolute import AgeCurve
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.doses import MeanDoses

__all__ = ["SCHEMA", "assessment_parts", "risk_document"]

SCHEMA = "dosimetry/risk/1"


def risk_document(result: Assessment) -> dict[str, object]:
    """Return all of an assessment as JSON-ready values; what was not asked for is absent."""
    heart = result.request.doses.get("heart")
    return {
        "schema": SCHEMA,
        "heart_mean_without_gy": None if heart is None else heart.without,
        "heart_mean_with_imn_gy": None if heart is None else heart.with_,
        "doses": {name: _doses(doses) for name, doses in result.request.doses.items()},
        **assessment_parts(result),
        "warnings": [caution.as_dict() for caution in result.warnings],
        "provenance": {
            "version": package_version(),
            "settings": {
                "models": [estimate.model.id for estimate in result.relative],
                "max_mean_gy": MAX_MEAN_GY,
            },
            "models": [{"id": m.id, "doi": m.source.doi, "sha256": m.sha256} for m in result.models],
            **({} if result.request.life is None else {"rate_table": {"sha256": result.request.life.table.sha256}}),
        },
        "intended_use": INTENDED_USE,
    }


def assessment_parts(result: Assessment) -> dict[str, object]:
    """Return the results of an assessment, those alone that something was computed for."""
    request = result.request
    parts: dict[str, object] = {"risk": [estimate.as_dict() for estimate in result.relative]}
    optional: dict[str, object] = {
        "risk_by_time": [estimate.as_dict() for estimate in result.by_time],
        "absolute": [estimate.as_dict() for estimate in result.absolute],
        "curves": [_curve(curve) for curve in result.curves],
        "complications": [estimate.as_dict() for estimate in result.complications],
        "additive": [estimate.as_dict() for estimate in result.additive],
        "additive_combined_pct": None if result.combined is None else _combined(result, result.combined),
        "nodal_status": result.nodal,
        "balance": [balance.as_dict() for balance in result.balances],
        "break_even": [found.as_dict() for found in result.break_evens],
        "patient": request.patient.as_dict(),
        "missing": [caution.as_dict() for caution in result.missing],
    }
    parts |= {name: part for name, part in optional.items() if part}
    if any(doses.bounds is not None for doses in request.doses.values()):
        parts["interval_meaning"] = COMBINED
    if result.sensitivity is not None:
        inner = result.sensitivity
        parts["sensitivity"] = {
            "dose_basis": next(iter(inner.request.doses.values())).basis,
            "doses": {name: _doses(doses) for name, doses in inner.request.doses.items()},
            **assessment_parts(inner),
        }
    return parts


def _doses(doses: MeanDoses) -> dict[str, object]:
    bounds = doses.bounds
    shown: dict[str, object] = {
        "mean_without_gy": doses.without,
        "mean_with_gy": doses.with_,
        "basis": doses.basis,
    }
    if bounds is not None:
        shown |= {
            "interval_without_gy": list(bounds.without),
            "interval_with_gy": list(bounds.with_),
            "interval_increment_gy": None if bounds.change is None else list(bounds.change),
        }
    return shown


def _combined(result: Assessment, pair: tuple[float, float]) -> dict[str, object]:
    """Return the risk of at least one of the endpoints, with all that its parts say of themselves."""
    parts = result.additive
    has_one = any(part.model.per_gy_ci_pct for part in parts if isinstance(part.model, AdditiveModel))
    absent = "no interval of the combination is computed" if has_one else "no interval published"
    return {
        "without": pair[0],
        "with": pair[1],
        "formula": "1 - prod(1 - p)",
        "models": [part.model.id for part in parts],
        "endpoint": " or ".join(part.model.endpoint for part in parts),
        "horizon": "; ".join(dict.fromkeys(part.model.horizon for part in parts)),
        "source": "; ".join(dict.fromkeys(part.model.source.citation for part in parts)),
        "verified": all(part.model.verified for part in parts),
        "notes": [absent, *dict.fromkeys(note for part in parts for note in part.model.notes)],
        "warnings": [caution.as_dict() for caution in merge(*(part.warnings for part in parts))],
    }


def _curve(curve: AgeCurve) -> dict[str, object]:
    function = curve.estimate.function
    shown: dict[str, object] = {
        "model": function.model.id,
        "source": function.model.source.citation,
        "doi": function.model.source.doi,
        "verified": function.model.verified,
        "endpoint": function.endpoint,
        "horizon": function.horizon,
        "method": function.method,
        "notes": list(curve.estimate.notes),
        "warnings": [caution.as_dict() for caution in curve.estimate.warnings],
        "ages": curve.ages.tolist(),
        "none_pct": curve.none.tolist(),
        "without_pct": curve.without.tolist(),
        "with_pct": curve.with_.tolist(),
    }
    if curve.low is not None and curve.high is not None:
        shown |= {"with_low_pct": curve.low.tolist(), "with_high_pct": curve.high.tolist()}
    return shown
