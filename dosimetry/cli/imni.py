"""``dosimetry imni``: doses with and without the IMN target, the increment, and its cardiac risk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.cli.checks import SecondCheckOption
from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.linking import LinksOption, searching
from dosimetry.cli.options import Format, FormatOption, IdentifyOption, IntervalOption, StrictOption
from dosimetry.cli.terminal import note
from dosimetry.saving import save_text
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from dosimetry.imn.comparison import ImnComparison, Request
    from dosimetry.imn.sides import DoseIs, Side
    from dosimetry.risk.assessment import Assessment

__all__ = ["MULTIPLE", "register"]

MULTIPLE = ("--without", "--with")
"""Options that take several values in a row."""

_HELP = """Heart and lung dose with and without the IMN target, the increment, and its cardiac risk.

Each side is the folder or zip archive of one exported plan, or its DICOM files: of a folder with several plans,
name the files of one on each side, or record the choice in a link file. Several folders, or several RTDOSE files,
on one side are added up. Both plans should lie on the same CT and structure set.

\b
Examples:
  dosimetry imni --without plan_a --with plan_b
  dosimetry imni --without plan_a --with plan_b --report report.html
  dosimetry imni --without tangents --with tangents imn_electrons --rx CTVn_IMN_L=50/25"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("imni", help=_HELP, short_help="Doses with and without the IMN, increment and risk.")(imni)


def _roi(option: str, what: str) -> Any:
    return typer.Option(option, metavar="ROI", help=f"The {what}, by name or '#NUMBER'.", show_default=False)


def imni(
    without: Annotated[
        list[Path], typer.Option("--without", metavar="PATH...", help="Plan without the IMN target.")
    ],
    with_: Annotated[list[Path], typer.Option("--with", metavar="PATH...", help="Plan with the IMN target.")],
    imn_target: Annotated[str | None, _roi("--imn-target", "IMN target")] = None,
    heart: Annotated[str | None, _roi("--heart", "heart")] = None,
    lad: Annotated[str | None, _roi("--lad", "left anterior descending artery")] = None,
    lung_left: Annotated[str | None, _roi("--lung-left", "left lung")] = None,
    lung_right: Annotated[str | None, _roi("--lung-right", "right lung")] = None,
    breast_left: Annotated[str | None, _roi("--breast-left", "left breast")] = None,
    breast_right: Annotated[str | None, _roi("--breast-right", "right breast")] = None,
    breast_target: Annotated[str | None, _roi("--breast-target", "breast target")] = None,
    chestwall: Annotated[str | None, _roi("--chestwall", "chest wall")] = None,
    spinal_cord: Annotated[str | None, _roi("--spinal-cord", "spinal cord")] = None,
    body: Annotated[str | None, _roi("--body", "body outline")] = None,
    laterality: Annotated[
        str | None, typer.Option("--laterality", metavar="left|right", help="The treated side.")
    ] = None,
    rx: Annotated[
        list[str] | None,
        typer.Option("--rx", metavar="ROI=GY/FX", help="Prescription to a target; repeatable."),
    ] = None,
    dose_is: Annotated[
        str | None,
        typer.Option("--dose-is", metavar="total|fraction", help="What a dose is whose file leaves it open."),
    ] = None,
    same_patient: Annotated[
        bool, typer.Option("--same-patient", help="Both plans are of one patient, whatever their IDs say.")
    ] = False,
    cover_dose: Annotated[
        float,
        typer.Option("--cover-dose", metavar="PCT", min=1, max=200, help="Covered: this share of the dose …"),
    ] = 90.0,
    cover_volume: Annotated[
        float,
        typer.Option("--cover-volume", metavar="PCT", min=1, max=100, help="… in this share of the volume."),
    ] = 90.0,
    without_limit: Annotated[
        float,
        typer.Option("--without-limit", metavar="PCT", min=1, max=200, help="Warn if the IMN mean reaches it."),
    ] = 80.0,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="SPEC", help="Instead of the default metrics; repeatable."),
    ] = None,
    convention: Annotated[
        str,
        typer.Option(
            "--convention", metavar="NAME", help="How contours become a solid; see 'dosimetry conventions'."
        ),
    ] = "prism-half-slice",
    interval: IntervalOption = False,
    risk: Annotated[
        Path | None,
        typer.Option("--risk", metavar="FILE", help="TOML: patient, baseline, rates … for risk in absolute terms."),
    ] = None,
    links: LinksOption = None,
    second_check: SecondCheckOption = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page with all of it.")
    ] = None,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: IdentifyOption = False,
) -> None:
    """Compare a plan without and a plan with the IMN target."""
    from dosimetry.cli.compiling import compilation_notice
    from dosimetry.dvh.convention import find_convention
    from dosimetry.dvh.metrics import DEFAULT_METRICS, parse_metric
    from dosimetry.imn.comparison import Request
    from dosimetry.imn.course import parse_rx
    from dosimetry.imn.coverage import CoverageRule
    from dosimetry.imn.sides import DoseIs
    from dosimetry.names.parts import Choices
    from dosimetry.names.roles import Side

    named = {
        "--imn-target": imn_target,
        "--heart": heart,
        "--lad": lad,
        "--lung-left": lung_left,
        "--lung-right": lung_right,
        "--breast-left": breast_left,
        "--breast-right": breast_right,
        "--breast-target": breast_target,
        "--chestwall": chestwall,
        "--spinal-cord": spinal_cord,
        "--body": body,
    }
    side = _one_of(laterality, ("left", "right"), "--laterality")
    meant = _one_of(dose_is, ("total", "fraction"), "--dose-is")
    request = Request(
        choices=Choices(
            {option: name for option, name in named.items() if name is not None}, Side(side) if side else None
        ),
        prescriptions=parse_rx(rx or ()),
        rule=CoverageRule(cover_dose, cover_volume, without_limit),
        metrics=[str(parse_metric(spec)) for spec in metric] if metric else DEFAULT_METRICS,
        convention=find_convention(convention),
        any_patient=same_patient,
    )
    if report is not None:
        _require_html(report)
    if risk is not None:
        from dosimetry.cli.risk_file import check_risk_file

        check_risk_file(risk)
    with compilation_notice():
        result = _compare(without, with_, request, DoseIs(meant) if meant else None, links)
        if interval:
            result = result.with_intervals()
        if second_check:
            result = _second_check(result, without, with_)
        shown = result
        if report is not None:
            from dosimetry.report.html import render_imni, with_page_intervals

            shown = with_page_intervals(result)
        assessment = None if risk is None else _assess(shown, risk)
        if report is not None:
            page = render_imni(shown, identify=identify, assessment=assessment)
    if report is not None:
        save_text(report, page)
        note(f"report: {report if identify else report.name}")  # folders may carry patient names
    _print(result, assessment, output, identify=identify)
    finish(merge(result.all_warnings, assessment.warnings if assessment else ()), strict=strict)


def _second_check(result: ImnComparison, without: list[Path], with_: list[Path]) -> ImnComparison:
    """Return the result with what the second check warns of."""
    from dosimetry.crosscheck.pair import check_sides, summary

    checks = check_sides(result, without, with_)
    note(summary(checks))
    return replace(result, warnings=merge(result.warnings, *(check.warnings for check in checks)))


def _one_of(value: str | None, choices: tuple[str, ...], option: str) -> str | None:
    from dosimetry.errors import UsageError

    if value is not None and value.lower() not in choices:
        raise UsageError(f"cannot be {value!r}", item=option, expected=" or ".join(choices))
    return None if value is None else value.lower()


def _require_html(path: Path) -> None:
    """Refuse a report that could not be written before anything is computed."""
    from dosimetry.errors import OutputError

    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError("no known report format", file=path, expected=".html")
    if not path.parent.is_dir():
        raise OutputError("folder does not exist", file=path, remedy="make it first")


def _compare(
    without: list[Path], with_: list[Path], request: Request, dose_is: DoseIs | None, links: Path | None
) -> ImnComparison:
    from dosimetry.imn.comparison import compare

    before = _side("without", without, dose_is, links)
    return compare(before, _side("with", with_, dose_is, links), request)


def _side(label: str, paths: list[Path], dose_is: DoseIs | None, links: Path | None) -> Side:
    """Read one side; errors name it, since the files of both are often called the same."""
    from dosimetry.dicom.find import read_parts
    from dosimetry.errors import DosimetryError
    from dosimetry.imn.sides import make_side

    try:
        return make_side(label, read_parts(paths, links=links, progress=searching()), dose_is)
    except DosimetryError as error:
        option = f"--{label}"
        if error.item != option:
            error.file = f"{option}: {error.file}" if error.file else option
        raise


def _assess(result: ImnComparison, path: Path) -> Assessment | None:
    from dosimetry.cli.risk_file import assess_comparison

    return assess_comparison(result, path)


def _print(result: ImnComparison, assessment: Assessment | None, output: Format, *, identify: bool) -> None:
    from dosimetry.report.imni import imni_document, imni_rows

    if output is Format.JSON:
        write_json(imni_document(result, identify=identify, assessment=assessment))
    elif output is Format.CSV:
        header, rows = imni_rows(result, identify=identify, assessment=assessment)
        write_csv(header, rows)
    else:
        from dosimetry.cli.imni_table import print_imni

        print_imni(result, identify=identify, assessment=assessment)
