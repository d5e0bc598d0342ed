"""Techniques side by side as JSON-ready values and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dvh.interval import INTERVAL_MEANING
from dosimetry.dvh.measured import bounds_of
from dosimetry.report.provenance import provenance
from dosimetry.text import clean
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from dosimetry.compare.comparison import Compared
    from dosimetry.compare.technique import Asked, Technique

__all__ = ["FACTS", "SCHEMA", "compare_document", "compare_rows"]

SCHEMA = "dosimetry/compare/1"
FACTS = {
    "heart_cc": ("Heart volume", "cc"),
    "heart_extent_mm": ("Heart, cranio-caudal", "mm"),
    "heart_to_imn_mm": ("Heart to IMN target", "mm"),
    "heart_high_dose_cc": ("Heart at half of the prescription", "cc"),
    "lung_ipsilateral_cc": ("Ipsilateral lung", "cc"),
    "lungs_cc": ("Both lungs", "cc"),
}
"""The facts of a technique that are numbers: in words, with their unit."""


def compare_document(result: Compared, asked: Asked, *, identify: bool = False) -> dict[str, object]:
    """Return the whole comparison as JSON-ready values."""
    return {
        "schema": SCHEMA,
        "reference": result.reference.label,
        "techniques": [_technique(result, one) for one in result.techniques],
        "two_by_two": _square(result),
        **({"interval_meaning": INTERVAL_MEANING} if _has_intervals(result) else {}),
        "warnings": [caution.as_dict() for caution in result.all_warnings],
        "provenance": provenance(
            [part for one in result.techniques for part in one.side.parts],
            {
                "convention": asked.convention.as_dict(),
                "chosen": dict(asked.choices.by_option),
                "laterality": asked.choices.laterality.value if asked.choices.laterality else None,
                "prescriptions": {name: str(given) for name, given in asked.prescriptions.items()},
                "same_patient_stated": asked.any_patient,
            },
            identify=identify,
        ),
    }


def _has_intervals(result: Compared) -> bool:
    return any(
        quantity.low is not None
        for parts in result.differences.values()
        for metrics in parts.values()
        for quantity in metrics.values()
    )


def _technique(result: Compared, one: Technique) -> dict[str, object]:
    differences = result.differences.get(one.label, {})
    return {
        "label": one.label,
        "laterality": one.laterality.side.value if one.laterality else None,
        "dose_type": one.side.dose.dose_type.value,
        "fractions": one.side.fractions,
        "highest_prescription_gy": one.course.dose_gy if one.course else None,
        "covers_imn": one.covers_imn,
        "facts": one.facts.as_dict(),
        "structures": [{**measured.as_dict(), "role": key} for key, measured in one.parts.items()],
        "differences": {
            key: {metric: quantity.value for metric, quantity in metrics.items()}
            for key, metrics in differences.items()
        },
        "difference_intervals": {
            key: {metric: bounds_of(quantity) for metric, quantity in metrics.items()}
            for key, metrics in differences.items()
        }
        if _has_intervals(result)
        else None,
        "risk_against_reference": [estimate.as_dict() for estimate in result.risk.get(one.label, ())],
        "absolute_risk": [
            {**estimate.as_dict(), "note": "without is the reference, with this technique"}
            for estimate in result.absolute.get(one.label, ())
        ],
        "confounders": [caution.as_dict() for caution in result.confounders.get(one.label, ())],
        "warnings": [caution.as_dict() for caution in one.warnings],
    }


def _square(result: Compared) -> dict[str, object] | None:
    square = result.square
    if square is None:
        return None
    return {
        "free_without": square.free_without.label,
        "free_with": square.free_with.label,
        "held_without": square.held_without.label,
        "held_with": square.held_with.label,
        "effects": {"heart": {"Mean[Gy]": square.effects("heart", "Mean[Gy]")}},
    }


def compare_rows(
    result: Compared, *, identify: bool = False
) -> tuple[list[str], list[tuple[str | float | None, ...]]]:
    """Return header and rows in long form: one row for each number of each technique."""
    header = ["patient", "technique", "reference", "kind", "part", "structure", "metric", "unit", "value"]
    header += ["difference", "low", "high", "interval_meaning", "warnings"]
    rows: list[tuple[str | float | None, ...]] = []
    meaning = INTERVAL_MEANING if _has_intervals(result) else None
    for one in result.techniques:
        patient = one.side.parts[0].patient
        who = patient.identity[1] if identify else patient.pseudonym
        start = (who, one.label, result.reference.label)
        about = merge(one.warnings, result.confounders.get(one.label, ()))
        for key, measured in one.parts.items():
            for metric, quantity in measured.metrics.items():
                difference = result.differences.get(one.label, {}).get(key, {}).get(metric)
                told = merge(about, quantity.warnings, difference.warnings if difference else ())
                ends = (difference.value, difference.low, difference.high) if difference else (None,) * 3
                rows.append(
                    (
                        *(*start, "dose", key, measured.structure.name, metric, quantity.unit, quantity.value),
                        *(*ends, meaning, "; ".join(map(str, told))),
                    )
                )
        facts = one.facts.as_dict()
        for name, (_, unit) in FACTS.items():
            value = facts[name]
            number = value if isinstance(value, float) else None
            rows.append((*start, "fact", None, None, name, unit, number, None, None, None, None, None))
        for estimate in result.risk.get(one.label, ()):
            told = merge(about, estimate.warnings)
            low, high = estimate.added_err_ci_pct or (None, None)
            rows.append(
                (
                    *(*start, "risk", "heart", None, f"added_err {estimate.model.id}", "%"),
                    *(None, estimate.added_err_pct, low, high, clean(estimate.model.source.citation)),
                    "; ".join(map(str, told)),
                )
            )
        for absolute in result.absolute.get(one.label, ()):
            told = merge(about, absolute.warnings)
            low, high = absolute.excess_pct.combined or absolute.excess_pct.coefficient or (None, None)
            function = absolute.function
            name = f"{function.endpoint}, {function.horizon}: {function.model.id}"
            rows.append(
                (
                    *(*start, "absolute risk", None, None, name, "%", absolute.with_pct.value),
                    *(absolute.excess_pct.value, low, high, clean(function.model.source.citation)),
                    "; ".join(map(str, told)),
                )
            )
    return header, rows
