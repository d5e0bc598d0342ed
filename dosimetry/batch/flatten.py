"""A result as rows of the store's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from dosimetry.dvh.metrics import parse_metric

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dosimetry.batch.job import Outcome

__all__ = ["Cell", "rows_of", "summary_of"]

Cell: TypeAlias = str | float | int | None
_SIDES = ("without", "with")


def rows_of(outcome: Outcome) -> Iterator[tuple[str, tuple[Cell, ...]]]:
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
        for structure in documents["dvh"]["structures"]:
            yield from _structure("", structure, _part_of_case(structure))
    if "imni" in documents:
        yield from _pair(documents["imni"])
    for sheet in documents.get("check", {}).get("protocols", ()):
        for line in sheet["constraints"]:
            yield "verdicts", _verdict(sheet["id"], line)


def summary_of(outcome: Outcome) -> tuple[str | None, str | None]:
    """Return the treated side and the class of a pair; None for both where it is none."""
    comparison: Any = outcome.documents.get("imni", {}).get("comparison")
    return (None, None) if comparison is None else (comparison["laterality"]["side"], comparison["class"])


def _part_of_case(structure: dict[str, Any]) -> str:
    return "_".join(filter(None, (structure.get("role"), structure.get("side"))))


def _structure(side: str, structure: dict[str, Any], part: str) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    name = structure["name"]
    yield (
        "structures",
        (side, structure["number"], name, part, structure["volume_cc"], structure["outside_grid_cc"]),
    )
    for metric, value in structure["metrics"].items():
        yield "measurements", (side, name, part, metric, parse_metric(metric).unit, value)


def _pair(document: dict[str, Any]) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    parts: dict[str, str] = {}
    for side in _SIDES:
        for structure in document[side]["structures"]:
            parts[structure["name"]] = structure["role"] or ""
            yield from _structure(side, structure, structure["role"] or "")
    for name, metrics in document["increment"].items():
        part = parts.get(name) or parts.get(name.rpartition(" #")[0], "")
        for metric, value in metrics.items():
            unit = parse_metric(metric).unit
            unit = "percentage points" if unit == "%" else unit
            yield "measurements", ("increment", name, part, metric, unit, value)
    imn = document["coverage"]["imn_target"]
    yield (
        "coverage",
        (
            imn["name"],
            *(imn[f"covered_volume_{side}_pct"] for side in _SIDES),
            *(imn[f"covered_{side}"] for side in _SIDES),
        ),
    )
    for model in document["risk"]:
        for quantity, unit in (("added_err", "percentage points"), ("relative_increase", "%")):
            low, high = model[f"{quantity}_ci_pct"] or (None, None)
            yield (
                "risks",
                (
                    *(model["model"], model["doi"], model["endpoint"], model["horizon"]),
                    *(quantity, unit, model[f"{quantity}_pct"], low, high),
                ),
            )


def _verdict(protocol: str, line: dict[str, Any]) -> tuple[Cell, ...]:
    unit = None if line["value"] is None else parse_metric(line["metric"]).unit
    return (
        *(protocol, line["structure"], line["metric"]),
        *(line["value"], unit, line["verdict"], line["reason"]),
    )
