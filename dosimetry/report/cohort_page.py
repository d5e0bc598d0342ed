"""A cohort as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.report.cohort import DICTIONARY, cohort_document, cohort_paper, cohort_rows
from dosimetry.report.cohort_figures import cohort_figure
from dosimetry.report.document import Card, Document, Fact, Gallery, Picture, Section, Statement
from dosimetry.report.numbers import change
from dosimetry.report.sheet import Sheet
from dosimetry.report.svg import inline_svg
from dosimetry.warnings import gathered

if TYPE_CHECKING:
    from dosimetry.cohort.study import Study

__all__ = ["cohort_report"]

_LEADING = ("heart", "Mean[Gy]", "Gy")
_PAPER_ROWS = 40  # of the table in the first section; all are in the last one


def cohort_report(study: Study) -> Document:
    """Return a study as a report."""
    header, rows = cohort_rows(study)
    heads, body, foot = cohort_paper(study)
    told = gathered(study.warnings)
    figure = cohort_figure(study)
    label = "Boxes of each technique for each metric, patients joined by lines"
    picture = Picture("Techniques, patient by patient", inline_svg(figure, "cohort", label), is_wide=True)
    left = (
        (f"{len(body) - _PAPER_ROWS} more rows stand in the table of all numbers.",)
        if len(body) > _PAPER_ROWS
        else ()
    )
    return Document(
        eyebrow="Techniques over many patients",
        title=f"{len(study.patients)} patients, {len(study.techniques)} techniques",
        patients=(),
        summary=(
            Statement(f"Differences are paired with {study.reference}. {foot}"),
            _leading(study),
            Card("Warnings", lead="" if told else "No warnings.", cautions=told, tone="warn"),
        ),
        sections=(
            Section("figures", "Pictures", (Gallery((picture,)),)),
            Section(
                "paper",
                "Table for a paper",
                (Sheet("", foot, tuple(heads), tuple(map(tuple, body[:_PAPER_ROWS])), notes=left),),
            ),
            Section(
                "dictionary",
                "What the columns are",
                (Sheet("", "Of the table of all numbers", ("Column", "Holds"), tuple(DICTIONARY.items()), "ll"),),
            ),
        ),
        values=cohort_document(study),
        header=tuple(header),
        rows=tuple(rows),
        intended_use=INTENDED_USE,
        version=package_version(),
    )


def _leading(study: Study) -> Card:
    """Return the differences of the mean heart dose, or of the first metric where there is none."""
    measured = study.measured()
    key = _LEADING if _LEADING in measured else measured[0]
    part, metric, unit = key
    facts = []
    for label in study.techniques:
        row = study.row(key, label)
        if row is None or row.paired is None:
            continue
        ends = row.paired.interval
        bounds = "no interval" if ends is None else f"({change(ends[0], unit)} to {change(ends[1], unit)})"
        facts.append(Fact(label, change(row.paired.mean, unit), unit, bounds, (f"{row.paired.n} pairs",)))
    title = f"{part.replace('_', ' ')}, {metric}: mean difference to {study.reference}"
    notes = ("In brackets: 95 % bootstrap interval of the mean paired difference.",)
    return Card(title, tuple(facts), lead="" if facts else "No patient has two techniques.", notes=notes)
