"""``dosimetry compare``: techniques of one patient side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.cells import bounded
from dosimetry.cli.cells import interval as interval_text
from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.linking import LinksOption
from dosimetry.cli.made_dose import Beyond, BeyondGridOption, DoseIsOption, SumAsOption
from dosimetry.cli.options import (
    ConventionOption,
    Format,
    FormatOption,
    IdentifyOption,
    IntervalOption,
    ReportOption,
    RxOption,
    StrictOption,
)
from dosimetry.cli.rois import AliasesOption, LateralityOption, choices
from dosimetry.cli.sides import Reading, read_side
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, note, print_warnings, say
from dosimetry.labels import masked_name
from dosimetry.saving import save_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.cli.formats import Cell
    from dosimetry.compare.comparison import Compared
    from dosimetry.compare.technique import Asked, Technique
    from dosimetry.risk.absolute import AbsoluteEstimate

__all__ = ["register"]

_HELP = """Techniques of one patient side by side, each on its own CT: doses, differences, geometry and risk.

Each argument is LABEL=PATH: the folder, archive or files of one plan; the same label again adds a plan to it.
Differences are to the first technique, or to --reference. Labels with FB and DIBH in them tell breathing: where all
four of free breathing and DIBH, without and with the IMN covered, are there, the two by two is shown.

\b
Examples:
  dosimetry compare FB=plan_fb DIBH=plan_dibh prone=plan_prone
  dosimetry compare FB=fb FB_IMN=fb_imn DIBH=dibh DIBH_IMN=dibh_imn --plot dvh.png --interval"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("compare", help=_HELP, short_help="Techniques of one patient side by side.")(compare)


def compare(
    technique: Annotated[
        list[str], typer.Argument(metavar="LABEL=PATH...", help="A technique and its plan.", show_default=False)
    ],
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="LABEL", help="What the others are held against.")
    ] = None,
    laterality: LateralityOption = None,
    roi: Annotated[
        list[str] | None,
        typer.Option("--roi", metavar="OPTION=ROI", help="Names a part: heart=NAME; repeatable."),
    ] = None,
    aliases: AliasesOption = None,
    rx: RxOption = None,
    dose_is: DoseIsOption = None,
    sum_as: SumAsOption = None,
    beyond_grid: BeyondGridOption = Beyond.UNKNOWN,
    same_patient: Annotated[
        bool, typer.Option("--same-patient", help="All plans are of one patient, whatever their IDs say.")
    ] = False,
    convention: ConventionOption = "prism-half-slice",
    risk: Annotated[
        Path | None,
        typer.Option("--risk", metavar="FILE", help="A TOML file with age and baseline: absolute risk, too."),
    ] = None,
    links: LinksOption = None,
    report: ReportOption = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Write the DVHs of all techniques as a .png, .svg or .pdf."),
    ] = None,
    interval: IntervalOption = False,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: IdentifyOption = False,
) -> None:
    """Compare techniques."""
    from dosimetry.cli.compiling import compilation_notice
    from dosimetry.compare.comparison import compare_techniques
    from dosimetry.compare.technique import Asked, measure_technique
    from dosimetry.dvh.convention import find_convention
    from dosimetry.imn.course import parse_rx

    asked = Asked(
        choices(laterality, _named(roi or ()), aliases),
        parse_rx(rx or ()),
        find_convention(convention),
        any_patient=same_patient,
    )
    reading = Reading(dose_is, sum_as, beyond_grid, links)
    reading.require_sense()
    paths = _labelled(technique)
    if risk is not None:
        from dosimetry.cli.risk_file import check_risk_file

        check_risk_file(risk)
    if report is not None:
        from dosimetry.report.writing import report_kind

        report_kind(report)
    if plot is not None:
        from dosimetry.report.figures import figure_kind

        figure_kind(plot)  # a wrong name shall not cost the calculation
    with compilation_notice():
        measured = [
            measure_technique(label, read_side(label, found, reading, option=label), asked)
            for label, found in paths.items()
        ]
        result = compare_techniques(measured, reference=reference, any_patient=same_patient, intervals=interval)
        if risk is not None:
            result = replace(result, absolute=_absolute(result, risk))
    if plot is not None:
        from dosimetry.report.compare_figures import techniques_figure
        from dosimetry.report.figures import figure_bytes, figure_kind

        save_bytes(plot, figure_bytes(techniques_figure(result), figure_kind(plot)))
    if report is not None:
        from dosimetry.report.compare_page import compare_report
        from dosimetry.report.writing import write_report

        write_report(compare_report(result, asked, identify=identify), report)
        note(f"report: {masked_name(report)}")
    _print(result, asked, output, identify=identify)
    finish(result.all_warnings, strict=strict)


def _absolute(result: Compared, path: Path) -> dict[str, tuple[AbsoluteEstimate, ...]]:
    from dosimetry.cli.risk_file import assess_doses

    found = {label: result.mean_doses(label) for label in result.differences}
    return {label: assess_doses(doses, path).absolute for label, doses in found.items() if "heart" in doses}


def _labelled(arguments: Sequence[str]) -> dict[str, list[Path]]:
    """Return the paths of each technique, in the order given."""
    from dosimetry.errors import UsageError

    found: dict[str, list[Path]] = {}
    for argument in arguments:
        label, equals, path = argument.partition("=")
        if not equals or not label.strip() or not path.strip():
            raise UsageError(f"cannot read {argument!r}", expected="LABEL=PATH, as in DIBH=plan_folder")
        found.setdefault(label.strip(), []).append(Path(path))
    return found


def _named(texts: Sequence[str]) -> dict[str, str | None]:
    """Return ROIs by the option that would name them elsewhere: ``heart=Hrt`` is ``--heart Hrt``."""
    from dosimetry.errors import UsageError
    from dosimetry.names.parts import PARTS

    known = {part.option.removeprefix("--") for part in PARTS.values()} | {"body"}
    known |= {f"{part}-{side}" for part in ("lung", "breast") for side in ("left", "right")}
    found: dict[str, str | None] = {}
    for text in texts:
        option, equals, name = text.partition("=")
        if not equals or option not in known or not name:
            raise UsageError(
                f"cannot read {text!r}",
                item="--roi",
                expected=f"one of {', '.join(sorted(known))}, = and a ROI name",
            )
        found[f"--{option}"] = name
    return found


def _print(result: Compared, asked: Asked, output: Format, *, identify: bool) -> None:
    from dosimetry.report.compare import compare_document, compare_rows

    if output is Format.JSON:
        write_json(compare_document(result, asked, identify=identify))
    elif output is Format.CSV:
        header, rows = compare_rows(result, identify=identify)
        write_csv(header, rows)
    else:
        _print_tables(result, asked, identify=identify)


def _print_tables(result: Compared, asked: Asked, *, identify: bool) -> None:
    from dosimetry.provenance import INTENDED_USE
    from dosimetry.report.conventions import describe_convention

    patient = result.techniques[0].side.parts[0].patient
    who = " ".join(filter(None, patient.identity)) if identify else patient.pseudonym
    say(f"{who}: {len(result.techniques)} techniques, differences to {result.reference.label}")
    say()
    _print_doses(result)
    say()
    _print_facts(result)
    if any(result.risk.values()):
        say()
        _print_risk(result)
    if any(result.absolute.values()):
        say()
        _print_absolute(result)
    if result.square is not None:
        say()
        _print_square(result)
    say()
    say(f"Convention: {describe_convention(asked.convention)}")
    differences = result.differences.values()
    if any(q.low is not None for parts in differences for metrics in parts.values() for q in metrics.values()):
        from dosimetry.dvh.interval import INTERVAL_MEANING

        say(f"In brackets: calculation interval of the difference ({INTERVAL_MEANING})")
    print_warnings(result.all_warnings)
    say(INTENDED_USE)


def _print_doses(result: Compared) -> None:
    from dosimetry.compare.technique import METRICS
    from dosimetry.names.parts import PARTS

    heads = [Column("Part", right=False), Column("Metric", right=False)]
    for one in result.techniques:
        heads.append(Column(one.label))
        if one is not result.reference:
            heads.append(Column("difference", attached=True))
    rows = []
    for key, metrics in METRICS.items():
        if not any(key in one.parts for one in result.techniques):
            continue
        for at, metric in enumerate(metrics):
            digits = 2 if metric.endswith("[Gy]") else 1
            cells: list[Cell] = [PARTS[key].label if at == 0 else "", metric]
            for one in result.techniques:
                value = one.value(key, metric)
                cells.append(None if value is None else f"{value:.{digits}f}")
                if one is not result.reference:
                    difference = result.differences[one.label].get(key, {}).get(metric)
                    cells.append(bounded(difference, digits, signed=True))
            rows.append(cells)
    table("", heads, rows)


def _print_facts(result: Compared) -> None:
    from dosimetry.report.compare import FACTS

    heads = [Column("Geometry", right=False), *(Column(one.label) for one in result.techniques)]
    rows: list[list[Cell]] = [["Position", *(one.facts.position or None for one in result.techniques)]]
    facts = [one.facts.as_dict() for one in result.techniques]
    for name, (words, unit) in FACTS.items():
        values = [fact[name] for fact in facts]
        if any(value is not None for value in values):
            rows.append(
                [f"{words} [{unit}]", *(f"{value:.0f}" if isinstance(value, float) else None for value in values)]
            )
    rows.append(["IMN covered", *(_covered(one) for one in result.techniques)])
    table("", heads, rows)


def _covered(one: Technique) -> str | None:
    return None if one.covers_imn is None else "yes" if one.covers_imn else "no"


def _print_risk(result: Compared) -> None:
    from dosimetry.risk.increment import READINGS

    heads = [Column("Risk against " + result.reference.label, right=False), Column("Model", right=False)]
    heads += [Column("Added ERR (CI) [%]"), Column("Relative change (CI) [%]")]
    rows = [
        (
            label if at == 0 else "",
            estimate.model.id,
            _signed(estimate.added_err_pct, estimate.added_err_ci_pct),
            _signed(estimate.relative_increase_pct, estimate.relative_increase_ci_pct),
        )
        for label, estimates in result.risk.items()
        for at, estimate in enumerate(estimates)
    ]
    table("", heads, rows)
    say(READINGS.replace("IMN irradiation adds", "the technique adds").replace("plan without IMN", "reference"))


def _print_absolute(result: Compared) -> None:
    base = result.reference.label
    heads = [Column("Absolute risk", right=False), Column("Endpoint", right=False), Column("Model", right=False)]
    heads += [Column(f"{base} [%]"), Column("Technique [%]"), Column("Excess (CI) [points]")]
    rows = []
    for label, estimates in result.absolute.items():
        for at, one in enumerate(estimates):
            excess = one.excess_pct
            limits = excess.combined or excess.coefficient
            rows.append(
                (
                    *(label if at == 0 else "", f"{one.function.endpoint}, {one.function.horizon}"),
                    *(one.function.model.id, f"{one.without_pct.value:.2f}", f"{one.with_pct.value:.2f}"),
                    f"{excess.value:+.2f}" + (f" {interval_text(min(limits), max(limits), 2)}" if limits else ""),
                )
            )
    table("", heads, rows)


def _signed(value: float, limits: tuple[float, float] | None) -> str:
    return f"{value:+.1f}" + (f" {interval_text(min(limits), max(limits))}" if limits else "")


def _print_square(result: Compared) -> None:
    square = result.square
    if square is None:
        return
    effects = square.effects("heart", "Mean[Gy]")
    if effects is None:
        return
    say("Mean heart dose, breathing and IMN [Gy]")
    heads = [Column("", right=False), Column("without IMN"), Column("with IMN"), Column("IMN adds")]
    cells = [
        one.value("heart", "Mean[Gy]")
        for one in (square.free_without, square.free_with, square.held_without, square.held_with)
    ]
    rows = [
        ("free breathing", cells[0], cells[1], f"{effects['imn_free']:+.2f}"),
        ("deep inspiration", cells[2], cells[3], f"{effects['imn_held']:+.2f}"),
        (
            "change",
            *(f"{effects[name]:+.2f}" for name in ("breath_without", "breath_with", "interaction")),
        ),
    ]
    table("", heads, rows)
    definitions([("Last cell", ["how much more, or less, the IMN adds in deep inspiration"])])
