"""The comparison with and without the IMN target as JSON-ready values and as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dvh.interval import INTERVAL_MEANING
from dosimetry.dvh.measured import bounds_of
from dosimetry.report.check import protocol_values
from dosimetry.report.provenance import provenance
from dosimetry.report.risk import assessment_parts
from dosimetry.report.risk_rows import further_numbers
from dosimetry.text import clean
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.crosscheck.finding import Check
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.increment import Increment
    from dosimetry.imn.sides import Side
    from dosimetry.protocols.verdict import Checked
    from dosimetry.risk.assessment import Assessment

__all__ = ["SCHEMA", "imni_document", "imni_rows", "labels"]

SCHEMA = "dosimetry/imni/1"


def labels(result: ImnComparison) -> dict[Increment, str]:
    """Return a name for each structure that no other has: with its number where two ROIs are called the same."""
    names = [clean(increment.name) for increment in result.increments]
    return {
        increment: name if names.count(name) == 1 else f"{name} #{increment.with_.structure.number}"
        for increment, name in zip(result.increments, names, strict=True)
    }


def imni_document(
    result: ImnComparison,
    *,
    identify: bool = False,
    assessment: Assessment | None = None,
    second: Sequence[Check] = (),
    tps: Sequence[Check] = (),
    protocols: Sequence[tuple[str, Checked]] = (),
) -> dict[str, object]:
    """Return the whole comparison as JSON-ready values, with what else was assessed of its risk.

    `second`, `tps` and `protocols` are second opinions and constraint sheets, each of these with the side in words.

    Where the comparison has intervals, ``intervals`` stand beside the metrics of each structure, and
    ``increment_interval`` beside ``increment``: ``[low, high]`` by metric, None for what has none.
    """
    request = result.request
    names = labels(result)
    touching = merge(result.warnings, result.heart.warnings)
    return {
        "schema": SCHEMA,
        "comparison": {
            **result.comparability.as_dict(),
            "laterality": {"side": result.laterality.side.value, "basis": result.laterality.basis},
            "warnings": [caution.as_dict() for caution in result.comparability.warnings],
        },
        "without": _side(result, result.without),
        "with": _side(result, result.with_),
        "coverage": {
            "rule": request.rule.as_dict(),
            "imn_target": result.imn.as_dict(),
            "other_targets": [coverage.as_dict() for coverage in result.others],
        },
        "increment": {
            names[increment]: {name: quantity.value for name, quantity in increment.metrics.items()}
            for increment in result.increments
        },
        **(_intervals(result, names) if result.has_intervals else {}),
        "increment_warnings": {
            names[increment]: [caution.as_dict() for caution in increment.warnings]
            for increment in result.increments
            if increment.warnings
        },
        "risk": [
            {
                **estimate.as_dict(),
                "warnings": [caution.as_dict() for caution in merge(touching, estimate.warnings)],
            }
            for estimate in result.risk
        ],
        **({} if assessment is None else {"risk_assessment": assessment_parts(assessment)}),
        **({"second_check": {check.roi: check.as_dict() for check in second}} if second else {}),
        **({"against_tps": {check.roi: check.as_dict() for check in tps}} if tps else {}),
        **(
            {"protocols": [{"side": side, **protocol_values(checked)} for side, checked in protocols]}
            if protocols
            else {}
        ),
        "warnings": [
            caution.as_dict()
            for caution in merge(
                result.all_warnings,
                *(check.warnings for check in (*second, *tps)),
                *(checked.all_warnings for _, checked in protocols),
                assessment.warnings if assessment is not None else (),
            )
        ],
        "provenance": provenance([*result.without.parts, *result.with_.parts], settings(result), identify=identify),
    }


def _intervals(result: ImnComparison, names: Mapping[Increment, str]) -> dict[str, object]:
    return {
        "increment_interval": {
            names[increment]: {name: bounds_of(quantity) for name, quantity in increment.metrics.items()}
            for increment in result.increments
        },
        "interval_meaning": INTERVAL_MEANING,
    }


def settings(result: ImnComparison) -> dict[str, object]:
    """Return what the numbers depend on besides the files."""
    request = result.request
    names = labels(result)
    return {
        "convention": request.convention.as_dict(),
        "metrics": list(result.heart.metrics),
        "rois": {increment.key: names[increment] for increment in result.increments if increment.key},
        "chosen": dict(request.choices.by_option),
        "laterality": request.choices.laterality.value if request.choices.laterality else None,
        "prescriptions": {name: str(given) for name, given in request.prescriptions.items()},
        "coverage": request.rule.as_dict(),
        "same_patient_stated": request.any_patient,
        "models": [
            {"id": estimate.model.id, "doi": estimate.model.source.doi, "sha256": estimate.model.sha256}
            for estimate in result.risk
        ],
    }


def _side(result: ImnComparison, side: Side) -> dict[str, object]:
    structures = []
    for increment in result.increments:
        measured = increment.without if side is result.without else increment.with_
        structures.append({**measured.as_dict(), "role": increment.key})
    return {
        "parts": side.describe_parts(),
        "fractions": side.fractions,
        "structures": structures,
        "warnings": [caution.as_dict() for caution in side.warnings],
    }


def imni_rows(
    result: ImnComparison, *, identify: bool = False, assessment: Assessment | None = None
) -> tuple[list[str], list[tuple[str | float | None, ...]]]:
    """Return header and rows of the comparison in long form: one row for each number.

    Rows of the kind ``dose`` hold both sides and the increment of one metric; rows of the kind ``risk`` hold one
    figure of one model with its interval. Where the comparison has calculation intervals, rows of doses hold those
    of both sides and of the increment, too.
    """
    bounded = result.has_intervals
    header = ["patient", "class", "kind", "subject", "role", "metric", "unit", "without", "with", "increment"]
    header += ["ci_low", "ci_high", "source"]
    header += [f"{side}_{end}" for side in ("without", "with", "increment") for end in ("low", "high")] * bounded
    header += ["interval_meaning"] * bounded
    header += ["warnings"]
    absent = (None,) * 7 * bounded
    patient = result.with_.parts[0].patient
    who = patient.identity[1] if identify else patient.pseudonym
    kind = result.comparability.kind.value
    names = labels(result)
    rows: list[tuple[str | float | None, ...]] = []
    for increment in result.increments:
        told = "; ".join(str(caution) for caution in merge(result.warnings, increment.warnings))
        for name, quantity in increment.metrics.items():
            before, after = increment.without.metrics.get(name), increment.with_.metrics[name]
            unit = "percentage points" if quantity.unit == "%" else quantity.unit
            ends = [
                end for one in (before, after, quantity) for end in ((one.low, one.high) if one else (None, None))
            ]
            rows.append(
                (
                    *(who, kind, "dose", names[increment], increment.key, name, unit),
                    *(before.value if before else None, after.value, quantity.value),
                    *(None, None, None, *([*ends, INTERVAL_MEANING] if bounded else ()), told),
                )
            )
    for estimate in result.risk:
        told = "; ".join(
            str(caution) for caution in merge(result.warnings, result.heart.warnings, estimate.warnings)
        )
        model = estimate.model
        for name, value, limits in (
            ("added_err", estimate.added_err_pct, estimate.added_err_ci_pct),
            ("relative_increase", estimate.relative_increase_pct, estimate.relative_increase_ci_pct),
        ):
            sides = (estimate.err_without_pct, estimate.err_with_pct) if name == "added_err" else (None, None)
            rows.append(
                (
                    *(who, kind, "risk", model.id, model.endpoint, name, "%"),
                    *(*sides, value, *(limits or (None, None)), clean(model.source.citation), *absent, told),
                )
            )
    for number in further_numbers(assessment) if assessment is not None else ():
        subject = f"{number['endpoint']}, {number['horizon']}"
        rows.append(
            (
                *(
                    who,
                    kind,
                    f"risk-{number['kind']}",
                    number["model"],
                    subject,
                    number["quantity"],
                    number["unit"],
                ),
                *(None, None, number["value"], number["ci_low"], number["ci_high"], number["source"]),
                *(*absent, number["warnings"]),
            )
        )
    return header, rows
