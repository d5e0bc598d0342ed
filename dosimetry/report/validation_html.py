"""The benchmark as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report.document import Document, Gallery, Section, Statement
from dosimetry.report.html import render
from dosimetry.report.sheet import Sheet
from dosimetry.report.validation import validation_document
from dosimetry.report.validation_figures import pictures
from dosimetry.report.validation_sheets import sheets
from dosimetry.report.validation_text import METHOD
from dosimetry.validation.score import MISS_PCT

if TYPE_CHECKING:
    from dosimetry.validation.benchmark import Benchmark

__all__ = ["render_validation", "validation_report"]


def render_validation(result: Benchmark) -> str:
    """Return the benchmark as an HTML page."""
    return render(validation_report(result))


def validation_report(result: Benchmark) -> Document:
    """Return the benchmark as a report."""
    values = validation_document(result)
    provenance: Any = values["provenance"]
    settings = provenance["settings"]
    rows = [(name, value) for name, value in settings.items() if isinstance(value, str)]
    rows += [
        (f"convention, {name.replace('_', ' ')}", str(value))
        for name, value in settings["convention"].items()
        if value is not None
    ]
    made = sheets(result)
    quick = "Quick run: test 1 and most phases were left out. " if result.quick else ""
    scores = [
        f"Nelms et al. 2015, test {test.number}: {len(test.misses)} of {len(test.scores)} values are more than "
        f"{MISS_PCT:g} % off ({test.phase.text})"
        + ("" if test.second_misses is None else f", {test.second_misses} by dicompyler-core on the same files")
        + "."
        for test in result.nelms
        if test.phase.is_capped
    ]
    passed = "Every limit is kept" if result.passed else "A limit is not kept"
    told = " ".join([f"{quick}It took {result.seconds:.0f} s.", *scores])
    return Document(
        eyebrow=f"dosimetry {package_version()}, convention {result.convention.name}",
        title="Analytic benchmark",
        patients=(),
        summary=(
            Statement(told, passed, "good" if result.passed else "bad"),
            *(Statement(paragraph) for paragraph in METHOD),
        ),
        sections=(
            Section("scores", "Scores", tuple(made[:2])),
            Section("figures", "What slices cost", (Gallery(pictures(result)),)),
            Section("details", "Details", tuple(made[2:])),
            Section(
                "provenance",
                "Provenance",
                (Sheet("", "What the numbers depend on", ("Setting", "Value"), tuple(rows), "ll"),),
            ),
        ),
        values=values,
        header=(),
        rows=(),
        intended_use=INTENDED_USE,
        version=package_version(),
    )
