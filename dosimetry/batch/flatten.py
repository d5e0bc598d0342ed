"""A result as rows of the store's tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from dosimetry.dvh.metrics import parse_metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dosimetry.batch.job import Outcome

__all__ = ["Cell", "rows_of", "summary_of"]

Cell: TypeAlias = str | float | int | None
Row: TypeAlias = tuple[str, tuple[Cell, ...]]
"""Table, and cells behind the key."""

_SIDES = ("without", "with")
_NONE: tuple[None, None] = (None, None)


def rows_of(outcome: Outcome) -> Iterator[Row]:
    """Yield the rows of a result as table and cells behind its key."""
    for caution in outcome.warnings:
        told = caution.as_dict()
        yield "warnings", (told["code"], told["subject"], told["text"])
    documents: dict[str, Any] = dict(outcome.documents)
    files = {
        (file["kind"], file["sha256"], file["uid_hash"])
        for document in documents.values()
        for file in document.get("provenance", {}).get("files", ())
    }
    for file in sorted(files, key=str):
        yield "files", file
    if "dvh" in documents:
        yield from _case(documents["dvh"])
    if "imni" in documents:
        yield from _pair(documents["imni"])
        for number in outcome.risk:
            yield "risks", _further(number)
    check = documents.get("check", {})
    if "failure" in check:
        yield "verdicts", (*(None,) * 7, "not evaluable", check["failure"]["text"], None, None)
    for sheet in check.get("protocols", ()):
        for line in sheet["constraints"]:
            yield "verdicts", _verdict(sheet, line)


def summary_of(outcome: Outcome) -> tuple[str | None, str | None]:
    """Return the treated side and the class of a pair; None for both where it is none."""
    comparison: Any = outcome.documents.get("imni", {}).get("comparison")
    return _NONE if comparison is None else (comparison["laterality"]["side"], comparison["class"])


def _case(document: dict[str, Any]) -> Iterator[Row]:
    dose, course = document["dose"], document["course"]
    yield (
        "plans",
        (
            *("", course["plan"], course["prescription_gy"], course["fractions"]),
            *(dose["type"], dose["summation"], dose["max_gy"]),
        ),
    )
    structures = document["structures"]
    # which of several ROIs is the heart is nobody's guess: then none of them is, as for the single commands
    played = Counter(_named(one) for one in structures if one["volume_cc"] is not None)
    for structure in structures:
        part = _named(structure)
        yield from _structure("", structure, part if played[part] == 1 else "")


def _named(structure: dict[str, Any]) -> str:
    return "_".join(filter(None, (structure["role"], structure["side"])))


def _structure(side: str, structure: dict[str, Any], part: str) -> Iterator[Row]:
    name, number = structure["name"], structure["number"]
    yield (
        "structures",
        (side, number, name, part, structure["volume_cc"], structure["outside_grid_cc"]),
    )
    told, ends = _codes(structure["warnings"]), structure.get("intervals", {})
    for metric, value in structure["metrics"].items():
        unit = parse_metric(metric).unit
        yield "measurements", (side, number, name, part, metric, unit, value, *(ends.get(metric) or _NONE), told)


def _pair(document: dict[str, Any]) -> Iterator[Row]:
    for side in _SIDES:
        for plan in document[side]["parts"]:
            yield (
                "plans",
                (
                    *(side, plan["plan"], plan["highest_prescription_gy"], plan["fractions"]),
                    *(plan["type"], plan["summation"], plan["max_gy"]),
                ),
            )
        for structure in document[side]["structures"]:
            yield from _structure(side, structure, structure["role"] or "")
    intervals = document.get("increment_interval", {})
    # increments are called so that no two are the same; their order is that of the structures
    for structure, (label, metrics) in zip(
        document["with"]["structures"], document["increment"].items(), strict=True
    ):
        about = (structure["number"], structure["name"], structure["role"] or "")
        told, ends = _codes(document["increment_warnings"].get(label, ())), intervals.get(label, {})
        for metric, value in metrics.items():
            unit = parse_metric(metric).unit
            unit = "percentage points" if unit == "%" else unit
            yield "measurements", ("increment", *about, metric, unit, value, *(ends.get(metric) or _NONE), told)
    imn = document["coverage"]["imn_target"]
    yield (
        "coverage",
        (
            imn["name"],
            *(imn[f"covered_volume_{side}_pct"] for side in _SIDES),
            *(imn[f"covered_{side}"] for side in _SIDES),
        ),
    )
    yield from _relative_risks(document)


def _relative_risks(document: dict[str, Any]) -> Iterator[Row]:
    """Yield the headline models, and those that were asked for beside them, each once for each dose it is given."""
    assessed = document.get("risk_assessment", {})
    models = (*document["risk"], *assessed.get("risk", ()), *assessed.get("sensitivity", {}).get("risk", ()))
    told: set[tuple[str, str, str]] = set()
    for model in models:
        place = (model["model"], model["structure"], model["dose_basis"])
        if place in told:
            continue
        told.add(place)
        for quantity, unit in (("added_err", "percentage points"), ("relative_increase", "%")):
            yield "risks", _relative(model, quantity, unit)


def _relative(model: dict[str, Any], quantity: str, unit: str) -> tuple[Cell, ...]:
    return (
        *("relative", model["model"], model["doi"], model["source"], model["endpoint"], model["horizon"]),
        *(model["structure"], model["dose_basis"], quantity, unit, model[f"{quantity}_pct"]),
        *_interval(
            model[f"{quantity}_ci_pct"],
            model[f"{quantity}_dose_interval_pct"],
            model[f"{quantity}_combined_interval_pct"],
        ),
        *("yes" if model["verified"] else "no", _sentences(model["warnings"])),
    )


def _further(number: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return a row of what was assessed beside the relative risk, as the reports have it."""
    ends = [(number[f"{of}_low"], number[f"{of}_high"]) for of in ("ci", "dose", "combined")]
    return (
        *(number["kind"], number["model"], None, number["source"], number["endpoint"], number["horizon"]),
        *(number["structure"], number["dose_basis"], number["quantity"], number["unit"], number["value"]),
        *_interval(*(None if pair == _NONE else pair for pair in ends)),
        *("yes" if number["verified"] == "true" else "no", number["warnings"] or None),
    )


def _interval(
    coefficient: Iterable[float] | None, dose: Iterable[float] | None, combined: Iterable[float] | None
) -> tuple[Cell, ...]:
    """Return the ends of the widest interval that there is, and what it is of."""
    for ends, of in ((combined, "all that have one"), (coefficient, "coefficient"), (dose, "dose")):
        if ends is not None:
            return (*ends, of)
    return (None, None, None)


def _verdict(sheet: dict[str, Any], line: dict[str, Any]) -> tuple[Cell, ...]:
    unit = None if line["value"] is None else parse_metric(line["metric"]).unit
    return (
        *(sheet["id"], line["structure"], line["metric"], line["value"], unit),
        *(line["goal"], line["acceptable"], line["verdict"], line["reason"]),
        *("yes" if line["verified"] else "no", _sentences([*sheet["warnings"], *line["warnings"]])),
    )


def _codes(warnings: Iterable[dict[str, str]]) -> str | None:
    return " ".join(dict.fromkeys(told["code"] for told in warnings)) or None


def _sentences(warnings: Iterable[dict[str, str]]) -> str | None:
    told = (f"{one['subject']}: {one['text']} [{one['code']}]" for one in warnings)
    return "; ".join(dict.fromkeys(told)) or None
