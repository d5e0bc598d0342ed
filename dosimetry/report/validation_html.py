"""The benchmark as one HTML page that needs nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.report.html import environment
from dosimetry.report.validation import validation_document
from dosimetry.report.validation_figures import pictures
from dosimetry.report.validation_sheets import sheets
from dosimetry.report.validation_text import METHOD
from dosimetry.validation.score import MISS_PCT

if TYPE_CHECKING:
    from dosimetry.validation.benchmark import Benchmark

__all__ = ["render_validation"]


def render_validation(result: Benchmark) -> str:
    """Return the benchmark as an HTML page."""
    return (
        environment()
        .get_template("validation.html.j2")
        .render(
            result=result,
            method=METHOD,
            miss_pct=MISS_PCT,
            sheets=sheets(result),
            pictures=pictures(result),
            provenance=validation_document(result)["provenance"],
        )
    )
