"""The analytic benchmark as JSON-ready values and as rows."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from dosimetry.report.provenance import provenance

if TYPE_CHECKING:
    from dosimetry.validation.benchmark import Benchmark

__all__ = ["SCHEMA", "validation_document", "validation_rows"]

SCHEMA = "dosimetry/validate/1"
_LIBRARIES = ("numpy", "numba", "pydicom", "dicompyler-core")


def validation_document(result: Benchmark) -> dict[str, object]:
    """Return the whole benchmark as JSON-ready values."""
    settings: dict[str, object] = {
        "convention": result.convention.as_dict(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        **{name: version(name) for name in _LIBRARIES},
    }
    told = provenance([], settings)
    for absent in ("patient", "files", "links"):  # bodies that were made here have none
        del told[absent]
    return {"schema": SCHEMA, **result.as_dict(), "provenance": told}


def validation_rows(result: Benchmark) -> tuple[list[str], list[tuple[str | float | None, ...]]]:
    """Return header and rows of every single value, in long form."""
    header = ["part", "phase", "body", "dose", "slice_mm", "grid_mm", "metric", "value", "ideal", "error_pct"]
    header += ["solid", "low", "high", "dicompyler_core"]
    groups = [(f"nelms-{test.number}", test.phase.share, test.scores) for test in result.nelms]
    rows: list[tuple[str | float | None, ...]] = []
    for part, phase, scores in (*groups, ("sweep", None, result.sweep)):
        for score in scores:
            low, high = score.interval or (None, None)
            second = score.second if score.second == score.second else None
            rows.append(
                (
                    *(part, phase, score.body, score.dose, score.slice_mm, score.grid, score.metric),
                    *(score.value, score.ideal, score.error_pct, score.solid, low, high, second),
                )
            )
    return header, rows
