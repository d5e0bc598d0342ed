"""``dosimetry cohort``: techniques over many patients."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.options import ReportOption, StrictOption
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, note, print_warnings, say
from dosimetry.labels import masked_name
from dosimetry.saving import save_bytes

if TYPE_CHECKING:
    from dosimetry.cohort.observations import Observation
    from dosimetry.cohort.study import Row, Study

__all__ = ["register"]

_HELP = """Techniques over many patients, paired by pseudonym.

FILE is the folder of a batch's store, or a table in long form, as 'dosimetry compare --format csv' writes for each
patient: columns patient, technique, part, metric, unit, value. Each technique is described, and paired with the
reference: mean difference with a bootstrap interval, Wilcoxon's and the t-test, Holm's adjustment. Incomplete pairs
are described, not paired.

\b
Examples:
  dosimetry cohort patients.csv --reference FB
  dosimetry cohort a.csv b.csv --metric "heart Mean[Gy]" --format latex --plot boxes.pdf
  dosimetry cohort results --reference "FB, without IMN" --metric "heart Mean[Gy]"
  dosimetry cohort --dictionary"""


class TableFormat(StrEnum):
    """How the study is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    LATEX = "latex"


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("cohort", help=_HELP, short_help="Techniques over many patients.")(cohort)


def cohort(
    file: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Tables in long form, or a store.", show_default=False),
    ] = None,
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="LABEL", help="What the others are paired with.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="'PART METRIC'", help="Only this, as 'heart Mean[Gy]'; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the bootstrap.")] = 0,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Write boxes and paired lines as .png, .svg or .pdf."),
    ] = None,
    report: ReportOption = None,
    dictionary: Annotated[bool, typer.Option("--dictionary", help="Show what every column is.")] = False,
    output: Annotated[
        TableFormat, typer.Option("--format", help="How results are printed on stdout.")
    ] = TableFormat.TABLE,
    strict: StrictOption = False,
) -> None:
    """Describe and pair techniques."""
    from dosimetry.cohort.study import study_cohort
    from dosimetry.errors import UsageError
    from dosimetry.report.cohort import DICTIONARY

    if dictionary:
        definitions((name, [meaning]) for name, meaning in DICTIONARY.items())
        return
    if not file:
        raise UsageError("no table is given", expected="CSV files", remedy="see 'dosimetry cohort --help'")
    if report is not None:
        from dosimetry.report.writing import report_kind

        report_kind(report)
    if plot is not None:
        from dosimetry.report.figures import figure_kind

        figure_kind(plot)
    study = study_cohort(_observations(file), reference=reference, metrics=metric, seed=seed)
    if plot is not None:
        from dosimetry.report.cohort_figures import cohort_figure
        from dosimetry.report.figures import figure_bytes, figure_kind

        save_bytes(plot, figure_bytes(cohort_figure(study), figure_kind(plot)))
    if report is not None:
        from dosimetry.report.cohort_page import cohort_report
        from dosimetry.report.writing import write_report

        write_report(cohort_report(study), report)
        note(f"report: {masked_name(report)}")
    _show(study, output)
    finish(study.warnings, strict=strict)


def _observations(paths: list[Path]) -> tuple[Observation, ...]:
    """Return what a store holds, or what tables do."""
    if len(paths) == 1 and paths[0].is_dir():
        from dosimetry.batch.observed import observations
        from dosimetry.batch.store import Store

        with Store(paths[0]).frozen() as store:
            return observations(store)
    from dosimetry.cohort.observations import read_observations

    return read_observations(paths)


def _show(study: Study, output: TableFormat) -> None:
    from dosimetry.report.cohort import cohort_document, cohort_latex, cohort_markdown, cohort_rows

    if output is TableFormat.JSON:
        write_json(cohort_document(study))
    elif output is TableFormat.CSV:
        write_csv(*cohort_rows(study))
    elif output is TableFormat.TABLE:
        _print(study)
    else:
        text = cohort_markdown(study) if output is TableFormat.MARKDOWN else cohort_latex(study)
        for line in text.splitlines():
            say(line)


def _print(study: Study) -> None:
    from dosimetry.cohort.statistics import LEAST_PAIRS

    say(f"{len(study.patients)} patients, differences to {study.reference}")
    say()
    heads = [Column("Part", right=False), Column("Metric", right=False), Column("Technique", right=False)]
    heads += [Column("n"), Column("Mean"), Column("SD"), Column("Median"), Column("Range")]
    heads += [
        Column("Pairs"),
        Column("Difference (95 % CI)"),
        Column("p Wilcoxon"),
        Column("p t"),
        Column("p Holm"),
    ]
    rows = []
    last = None
    for row in study.rows:
        part, metric, _ = row.key
        first = row.key != last
        last = row.key
        d, p = row.described, row.paired
        rows.append(
            (
                *(part.replace("_", " ") if first else "", metric if first else "", row.technique),
                *(d.n, d.mean, d.sd, d.median, f"{d.low:.2f}–{d.high:.2f}"),
                *(p.n if p else None, _difference(row)),
                *(_p(value) for value in ((p.p_wilcoxon, p.p_t) if p else (None, None))),
                _p(row.p_holm),
            )
        )
    table("", heads, rows)
    say(f"Interval: bootstrap of the mean paired difference; none, and no test, below {LEAST_PAIRS} pairs")
    print_warnings(study.warnings)


def _difference(row: Row) -> str | None:
    found = row.paired
    if found is None:
        return None
    shown = f"{found.mean:+.2f}"
    return shown if found.interval is None else f"{shown} ({found.interval[0]:+.2f}…{found.interval[1]:+.2f})"


def _p(value: float | None) -> str | None:
    if value is None:
        return None
    return "<0.001" if value < 0.001 else f"{value:.3f}"
