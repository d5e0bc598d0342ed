"""``dosimetry check``: one plan held against constraint sheets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.cells import bounded
from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.linking import DoseOption, LinksOption, RelativeOption, StructuresOption
from dosimetry.cli.made_dose import DoseIsOption
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
    BrachialPlexusOption,
    BreastLeftOption,
    BreastRightOption,
    BreastTargetOption,
    ChestwallOption,
    ChestwallTargetOption,
    HeartOption,
    ImnTargetOption,
    LadOption,
    LateralityOption,
    LeftVentricleOption,
    LiverOption,
    LungLeftOption,
    LungRightOption,
    LungsOption,
    OesophagusOption,
    SpinalCordOption,
    choices,
)
from dosimetry.cli.sides import Reading, read_side
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, note, print_warnings, say
from dosimetry.labels import masked_name
from dosimetry.saving import save_text
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.imn.sides import Side
    from dosimetry.protocols.sheet import Sheet
    from dosimetry.protocols.verdict import Checked, Judged, Wanted

__all__ = ["register"]

_HELP = """One plan held against constraint sheets: pass, acceptable, fail or not evaluable, line by line.

PATH is the folder or zip archive of one exported plan, or its DICOM files; several are added up. Where a folder
holds several plans, --dose and --structures choose. A line whose structure, metric, prescription or number of
fractions is missing is not evaluable and never passes.

Exit codes: 0 every line is kept; 1 a line fails or cannot be evaluated, or, under --strict, is only acceptable or
has a warning; 2 unusable input.

\b
Examples:
  dosimetry check exported_plan --protocol degro-2019
  dosimetry check exported_plan --protocol nsabp-b51 --protocol my_clinic.toml --junit check.xml
  dosimetry check --list"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("check", help=_HELP, short_help="A plan against constraint sheets.")(check)


def check(
    path: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Folder, zip archive or DICOM files.", show_default=False),
    ] = None,
    protocol: Annotated[
        list[str] | None,
        typer.Option("--protocol", metavar="NAME", help="A sheet by name, or a .toml or .json file; repeatable."),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Show the sheets that come with the program.")] = False,
    fractions: Annotated[
        int | None,
        typer.Option("--fractions", metavar="N", min=1, max=100, help="Number of fractions of the whole course."),
    ] = None,
    rx: RxOption = None,
    laterality: LateralityOption = None,
    imn_target: ImnTargetOption = None,
    heart: HeartOption = None,
    lad: LadOption = None,
    left_ventricle: LeftVentricleOption = None,
    lung_left: LungLeftOption = None,
    lung_right: LungRightOption = None,
    lungs: LungsOption = None,
    breast_left: BreastLeftOption = None,
    breast_right: BreastRightOption = None,
    breast_target: BreastTargetOption = None,
    chestwall: ChestwallOption = None,
    chestwall_target: ChestwallTargetOption = None,
    brachial_plexus: BrachialPlexusOption = None,
    spinal_cord: SpinalCordOption = None,
    oesophagus: OesophagusOption = None,
    liver: LiverOption = None,
    body: BodyOption = None,
    aliases: AliasesOption = None,
    dose_is: DoseIsOption = None,
    convention: ConventionOption = "prism-half-slice",
    report: ReportOption = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the lines as JUnit XML, too.")
    ] = None,
    dose: DoseOption = None,
    structures: StructuresOption = None,
    links: LinksOption = None,
    relative: RelativeOption = None,
    interval: IntervalOption = False,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: IdentifyOption = False,
) -> None:
    """Check a plan."""
    if listing:
        _list(output)
        return
    from dosimetry.cli.compiling import compilation_notice
    from dosimetry.dvh.convention import find_convention
    from dosimetry.errors import UsageError
    from dosimetry.imn.course import parse_rx
    from dosimetry.protocols.evaluate import check_plan
    from dosimetry.protocols.library import find_sheet
    from dosimetry.protocols.verdict import Verdict, Wanted

    if not path:
        raise UsageError("no plan is given", expected="the folder of a plan", remedy="see 'dosimetry check --help'")
    if not protocol:
        raise UsageError("no protocol is given", item="--protocol", remedy="'dosimetry check --list' shows them")
    named = {
        "--imn-target": imn_target,
        "--heart": heart,
        "--lad": lad,
        "--left-ventricle": left_ventricle,
        "--lung-left": lung_left,
        "--lung-right": lung_right,
        "--lungs": lungs,
        "--breast-left": breast_left,
        "--breast-right": breast_right,
        "--breast-target": breast_target,
        "--chestwall": chestwall,
        "--chestwall-target": chestwall_target,
        "--brachial-plexus": brachial_plexus,
        "--spinal-cord": spinal_cord,
        "--oesophagus": oesophagus,
        "--liver": liver,
        "--body": body,
    }
    wanted = Wanted(
        choices(laterality, named, aliases),
        parse_rx(rx or ()),
        fractions,
        find_convention(convention),
        intervals=interval,
    )
    sheets = [find_sheet(name) for name in dict.fromkeys(protocol)]
    reading = Reading(dose_is, links=links, dose=dose, structures=structures, relative=relative)
    reading.require_sense()
    if report is not None:
        from dosimetry.report.writing import report_kind

        report_kind(report)
    with compilation_notice():
        side = read_side("plan", path, reading)
        checks = check_plan(side, sheets, wanted)
    if junit is not None:
        from dosimetry.report.check import check_junit

        save_text(junit, check_junit(checks))
        note(f"JUnit: {masked_name(junit)}")
    if report is not None:
        from dosimetry.report.check_page import check_report
        from dosimetry.report.writing import write_report

        write_report(check_report(checks, side.parts, wanted, identify=identify), report)
        note(f"report: {masked_name(report)}")
    _print(checks, side, wanted, output, identify=identify)
    verdicts = [line.verdict for one in checks for line in one.lines]
    failed = not all(verdict.is_kept for verdict in verdicts)
    failed = failed or (strict and any(verdict is not Verdict.PASS for verdict in verdicts))
    finish(merge(*(one.all_warnings for one in checks)), strict=strict, failed=failed)


def _list(output: Format) -> None:
    """Show the sheets that come with the program."""
    from dosimetry.protocols.library import sheets

    known = sheets()
    if output is Format.JSON:
        write_json({"schema": "dosimetry/protocols/1", "protocols": [_described(sheet) for sheet in known]})
        return
    header = ("id", "title", "fractions", "constraints", "verified", "source", "doi", "where")
    if output is Format.CSV:
        rows = [_described(sheet) for sheet in known]
        write_csv(header, [tuple(_cell(row[name]) for name in header) for row in rows])
        return
    heads = [Column("Protocol", right=False), Column("Limits"), Column("Verified", right=False)]
    heads += [Column("In words", right=False)]
    verified = ["yes" if sheet.is_verified else "no" for sheet in known]
    rows_shown = [
        (sheet.id, len(sheet.constraints), seen, sheet.title) for sheet, seen in zip(known, verified, strict=True)
    ]
    table("", heads, rows_shown)
    say()
    definitions((sheet.id, _source(sheet)) for sheet in known)


def _described(sheet: Sheet) -> dict[str, object]:
    return {
        "id": sheet.id,
        "title": sheet.title,
        "fractions": list(sheet.fractions),
        "verified": sheet.is_verified,
        "source": sheet.citation,
        "doi": sheet.doi,
        "where": sheet.where,
        "notes": list(sheet.notes),
        "constraints": [
            {
                "part": list(line.parts) or None,
                "roi": line.roi,
                "goal": line.goal.as_json(),
                "acceptable": line.acceptable.as_json() if line.acceptable else None,
                "verified": line.verified,
                "note": line.note or None,
            }
            for line in sheet.constraints
        ],
    }


def _cell(value: object) -> str | int | None:
    if isinstance(value, list):
        return len(value) if value and isinstance(value[0], dict) else " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value)


def _source(sheet: Sheet) -> list[str]:
    doi = f", doi {sheet.doi}" if sheet.doi else ""
    return [f"{sheet.citation}{doi}", sheet.where, *sheet.notes]


def _print(checks: Sequence[Checked], side: Side, wanted: Wanted, output: Format, *, identify: bool) -> None:
    from dosimetry.report.check import check_document, check_rows

    if output is Format.JSON:
        write_json(check_document(checks, side.parts, wanted, identify=identify))
    elif output is Format.CSV:
        header, rows = check_rows(checks, side.parts, identify=identify)
        write_csv(header, rows)
    else:
        _print_tables(checks, side, wanted, identify=identify)


def _print_tables(checks: Sequence[Checked], side: Side, wanted: Wanted, *, identify: bool) -> None:
    from dosimetry.provenance import INTENDED_USE
    from dosimetry.report.conventions import describe_convention

    patient = side.parts[0].patient
    who = " ".join(filter(None, patient.identity)) if identify else patient.pseudonym
    say(f"{who}: {side.dose.summation.value} dose, {side.dose.dose_type.value.lower()}")
    heads = [Column("Structure", right=False), Column("Metric", right=False), Column("Value"), Column("Goal")]
    for one in checks:
        say()
        second = [Column("Acceptable")] * any(line.acceptable for line in one.lines)
        rows = [
            (
                *(line.subject, line.metric, bounded(line.value, _digits(line))),
                *(_limit(line, level) for level in ("goal", "acceptable")[: 1 + len(second)]),
                line.verdict.value,
            )
            for line in one.lines
        ]
        count = f", {one.fractions} fractions" if one.fractions else ""
        title = f"{one.sheet.id}: {one.sheet.title}. Plan{count}: {one.verdict.value}"
        table(title, [*heads, *second, Column("Verdict", right=False)], rows)
        told = _told(one)
        if told:
            say()
            definitions(told)
    say()
    say(f"Convention: {describe_convention(wanted.convention)}")
    if wanted.intervals:
        from dosimetry.dvh.interval import INTERVAL_MEANING

        say(f"In brackets: calculation interval ({INTERVAL_MEANING})")
    print_warnings(merge(*(one.all_warnings for one in checks)))
    say(INTENDED_USE)


def _told(one: Checked) -> list[tuple[str, list[str]]]:
    """Return why lines cannot be evaluated and what the sheet notes, each text once with the lines it is about."""
    about: dict[tuple[str, str], list[str]] = {}
    for line in one.lines:
        for text in filter(None, (line.reason, line.constraint.note)):
            about.setdefault((line.subject, text), []).append(line.metric)
    return [
        (subject, [f"{', '.join(dict.fromkeys(filter(None, metrics)))}: {text}".removeprefix(": ")])
        for (subject, text), metrics in about.items()
    ]


def _digits(line: Judged) -> int:
    return 2 if line.value is not None and line.value.unit == "Gy" else 1


def _limit(line: Judged, level: str) -> str | None:
    """Return a limit as a cell: with its metric where that is not the one that was measured last."""
    limit = line.goal if level == "goal" else line.acceptable
    if limit is None:
        return None
    return limit.shown if str(limit.metric) == line.metric else str(limit)
