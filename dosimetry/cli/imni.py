"""``dosimetry imni``: doses with and without the IMN target, the increment, and its cardiac risk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.checks import AgainstTpsOption, SecondCheckOption
from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.images import read_images_of
from dosimetry.cli.linking import LinksOption
from dosimetry.cli.made_dose import Beyond, BeyondGridOption, DoseIsOption, SumAs, SumAsOption
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
from dosimetry.cli.rois import (
    AliasesOption,
    BodyOption,
    BreastLeftOption,
    BreastRightOption,
    BreastTargetOption,
    ChestwallOption,
    HeartOption,
    ImnTargetOption,
    LadOption,
    LateralityOption,
    LungLeftOption,
    LungRightOption,
    SpinalCordOption,
    choices,
)
from dosimetry.cli.sides import Reading, read_side, read_without_beams
from dosimetry.cli.terminal import note
from dosimetry.labels import masked_name
from dosimetry.saving import save_text
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from dosimetry.crosscheck.finding import Check
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.sides import Side
    from dosimetry.model.images import Images
    from dosimetry.protocols.sheet import Sheet
    from dosimetry.protocols.verdict import Checked
    from dosimetry.risk.assessment import Assessment

__all__ = ["MULTIPLE", "register"]

MULTIPLE = ("--without", "--with", "--imn-beam")
"""Options that take several values in a row."""

_HELP = """Heart and lung dose with and without the IMN target, the increment, and its cardiac risk.

Each side is the folder or zip archive of one exported plan, or its DICOM files: of a folder with several plans,
name the files of one on each side, or record the choice in a link file. Several folders, or several RTDOSE files,
on one side are added up. Both plans should lie on the same CT and structure set.

With --imn-beam the plan without is the plan with, less the beams named: the contribution of the IMN field.

\b
Examples:
  dosimetry imni --without plan_a --with plan_b
  dosimetry imni --without plan_a --with plan_b --report report.html
  dosimetry imni --without tangents --with tangents imn_electrons --rx CTVn_IMN_L=50/25
  dosimetry imni --with plan_with_beam_doses --imn-beam IMN_electrons"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("imni", help=_HELP, short_help="Doses with and without the IMN, increment and risk.")(imni)


def imni(
    with_: Annotated[list[Path], typer.Option("--with", metavar="PATH...", help="Plan with the IMN target.")],
    without: Annotated[
        list[Path] | None, typer.Option("--without", metavar="PATH...", help="Plan without the IMN target.")
    ] = None,
    imn_beam: Annotated[
        list[str] | None,
        typer.Option(
            "--imn-beam", metavar="NAME...", help="Instead of --without: beams to take out, by name or number."
        ),
    ] = None,
    imn_target: ImnTargetOption = None,
    heart: HeartOption = None,
    lad: LadOption = None,
    lung_left: LungLeftOption = None,
    lung_right: LungRightOption = None,
    breast_left: BreastLeftOption = None,
    breast_right: BreastRightOption = None,
    breast_target: BreastTargetOption = None,
    chestwall: ChestwallOption = None,
    spinal_cord: SpinalCordOption = None,
    body: BodyOption = None,
    laterality: LateralityOption = None,
    aliases: AliasesOption = None,
    rx: RxOption = None,
    dose_is: DoseIsOption = None,
    sum_as: SumAsOption = None,
    beyond_grid: BeyondGridOption = Beyond.UNKNOWN,
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
    convention: ConventionOption = "prism-half-slice",
    interval: IntervalOption = False,
    risk: Annotated[
        Path | None,
        typer.Option("--risk", metavar="FILE", help="TOML: patient, baseline, rates … for risk in absolute terms."),
    ] = None,
    links: LinksOption = None,
    second_check: SecondCheckOption = False,
    against_tps: AgainstTpsOption = False,
    protocol: Annotated[
        list[str] | None,
        typer.Option("--protocol", metavar="NAME", help="Hold both plans against a constraint sheet; repeatable."),
    ] = None,
    report: ReportOption = None,
    viewer: Annotated[
        Path | None,
        typer.Option("--viewer", metavar="FILE", help="Write an HTML page to scroll through the planes."),
    ] = None,
    ct: Annotated[
        Path | None,
        typer.Option(
            "--ct", metavar="FOLDER", help="The planning CT below maps and planes, where it lies elsewhere."
        ),
    ] = None,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: IdentifyOption = False,
) -> None:
    """Compare a plan without and a plan with the IMN target."""
    from dosimetry.cli.compiling import compilation_notice
    from dosimetry.dvh.convention import find_convention
    from dosimetry.dvh.metrics import DEFAULT_METRICS, parse_metric
    from dosimetry.imn.comparison import Request, compare
    from dosimetry.imn.course import parse_rx
    from dosimetry.imn.coverage import CoverageRule

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
    reading = Reading(dose_is, sum_as, beyond_grid, links)
    reading.require_sense()
    request = Request(
        choices=choices(laterality, named, aliases),
        prescriptions=parse_rx(rx or ()),
        rule=CoverageRule(cover_dose, cover_volume, without_limit),
        metrics=[str(parse_metric(spec)) for spec in metric] if metric else DEFAULT_METRICS,
        convention=find_convention(convention),
        any_patient=same_patient,
    )
    _require_two_sides(without, imn_beam)
    if imn_beam:
        _require_no_sum(sum_as, beyond_grid)
    _require_pages(report, viewer, ct)
    sheets = _sheets(protocol or [])
    if risk is not None:
        from dosimetry.cli.risk_file import check_risk_file

        check_risk_file(risk)
    with compilation_notice():
        result = compare(*_sides(without or [], with_, imn_beam or [], reading), request)
        if interval:
            result = result.with_intervals()
        second, tps = (
            _second_check(result, without or with_, with_) if second_check else (),
            _against_tps(result) if against_tps else (),
        )
        result = replace(result, warnings=merge(result.warnings, *(check.warnings for check in (*second, *tps))))
        protocols = _protocols(result, sheets, intervals=interval or report is not None)
        shown = result
        if report is not None:
            from dosimetry.report.imni_page import imni_report, with_page_intervals
            from dosimetry.report.maps import map_section

            shown = with_page_intervals(result)
        assessment = None if risk is None else _assess(shown, risk)
        images = read_images_of(shown, (without or with_, with_), ct) if report or viewer else (None, None)
        planes = _viewer(shown, images) if viewer else ""
        if report is not None:
            document = imni_report(
                shown,
                identify=identify,
                assessment=assessment,
                second=second,
                tps=tps,
                protocols=protocols,
                further=(map_section(shown, images),),
            )
    if report is not None:
        from dosimetry.report.writing import write_report

        write_report(document, report)
        note(f"report: {masked_name(report)}")
    _save_viewer(viewer, planes)
    if output is Format.JSON:
        from dosimetry.report.imni import imni_document

        write_json(
            imni_document(
                result, identify=identify, assessment=assessment, second=second, tps=tps, protocols=protocols
            )
        )
    else:
        _print(result, assessment, output, identify=identify)
    told = merge(
        result.all_warnings,
        *(checked.all_warnings for _, checked in protocols),
        assessment.warnings if assessment else (),
    )
    kept = all(line.verdict.is_kept for _, checked in protocols for line in checked.lines)
    finish(told, strict=strict, failed=strict and not kept)


def _second_check(result: ImnComparison, without: list[Path], with_: list[Path]) -> tuple[Check, ...]:
    """Return what dicompyler-core says of both sides."""
    from dosimetry.crosscheck.pair import check_sides, summary

    checks = check_sides(result, without, with_)
    note(summary(checks))
    return checks


def _against_tps(result: ImnComparison) -> tuple[Check, ...]:
    """Return what the planning system's own histograms say of both sides."""
    from dosimetry.crosscheck.pair import check_sides_against_tps, summary

    checks = check_sides_against_tps(result)
    note(summary(checks))
    return checks


def _sheets(names: list[str]) -> list[Sheet]:
    if not names:
        return []
    from dosimetry.protocols.library import find_sheet

    return [find_sheet(name) for name in dict.fromkeys(names)]


def _protocols(result: ImnComparison, sheets: list[Sheet], *, intervals: bool) -> tuple[tuple[str, Checked], ...]:
    """Hold both plans against constraint sheets, and say in a line what became of each."""
    if not sheets:
        return ()
    from dosimetry.protocols.evaluate import check_plan
    from dosimetry.protocols.verdict import Wanted

    request = result.request
    wanted = Wanted(request.choices, request.prescriptions, None, request.convention, intervals=intervals)
    found = tuple(
        (f"{side.label} IMN", checked)
        for side in (result.without, result.with_)
        for checked in check_plan(side, sheets, wanted)
    )
    for side, checked in found:
        note(f"{checked.sheet.id}, {side}: {checked.verdict.value}")
    return found


def _save_viewer(path: Path | None, page: str) -> None:
    if path is not None:
        save_text(path, page)
        note(f"viewer: {masked_name(path)}")


def _viewer(result: ImnComparison, images: tuple[Images | None, Images | None]) -> str:
    from dosimetry.report.viewer import render_viewer

    return render_viewer(result, images)


def _require_pages(report: Path | None, viewer: Path | None, ct: Path | None) -> None:
    """Refuse pages that could not be written, and what no page shows, before anything is computed."""
    from dosimetry.errors import OutputError, UsageError
    from dosimetry.report.writing import report_kind

    if ct is not None and report is None and viewer is None:
        raise UsageError("is drawn in a page", item="--ct", remedy="add --report or --viewer, or leave --ct out")
    if report is not None and viewer is not None and report.resolve() == viewer.resolve():
        raise OutputError("report and viewer cannot be one file", file=viewer)
    if report is not None:
        report_kind(report)
    if viewer is not None and report_kind(viewer) != "html":
        raise OutputError("is a page", file=viewer, item="--viewer", expected=".html")


def _require_two_sides(without: list[Path] | None, imn_beam: list[str] | None) -> None:
    from dosimetry.errors import UsageError

    if without and imn_beam:
        raise UsageError(
            "the plan without the IMN is either a plan of its own or what is left without its beams",
            expected="--without or --imn-beam",
            found="both",
        )
    if not without and not imn_beam:
        raise UsageError("no plan without the IMN", expected="--without PATH, or --imn-beam NAME with beam doses")


def _require_no_sum(sum_as: SumAs | None, beyond_grid: Beyond) -> None:
    """Refuse to be told how to add plans where the beams of one plan are taken."""
    from dosimetry.errors import UsageError

    given = "--sum-as" if sum_as is not None else "--beyond-grid" if beyond_grid is not Beyond.UNKNOWN else None
    if given:
        raise UsageError(
            "says how plans are added up, and --imn-beam takes one plan", item=given, remedy=f"leave {given} out"
        )


def _sides(without: list[Path], with_: list[Path], imn_beam: list[str], reading: Reading) -> tuple[Side, Side]:
    if imn_beam:
        return read_without_beams(with_, imn_beam, reading)
    before = read_side("without", without, reading, option="--without")
    return before, read_side("with", with_, reading, option="--with")


def _assess(result: ImnComparison, path: Path) -> Assessment | None:
    from dosimetry.cli.risk_file import assess_comparison

    return assess_comparison(result, path)


def _print(result: ImnComparison, assessment: Assessment | None, output: Format, *, identify: bool) -> None:
    if output is Format.CSV:
        from dosimetry.report.imni import imni_rows

        header, rows = imni_rows(result, identify=identify, assessment=assessment)
        write_csv(header, rows)
    else:
        from dosimetry.cli.imni_table import print_imni

        print_imni(result, identify=identify, assessment=assessment)
