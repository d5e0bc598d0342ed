"""``dosimetry dvh``: DVH metrics of every structure of one plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.cells import bounded, joined
from dosimetry.cli.checks import AgainstTpsOption, Opinion, SecondCheckOption, ask, with_warnings
from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.linking import DoseOption, LinksOption, RelativeOption, StructuresOption, searching
from dosimetry.cli.made_dose import (
    Beyond,
    BeyondGridOption,
    DoseIsOption,
    Eqd2Option,
    FractionsOption,
    IsoeffectiveOption,
    Making,
    SumAsOption,
    SumOption,
    figure_title,
    made_case,
    measure_of,
)
from dosimetry.cli.options import (
    ConventionOption,
    Format,
    FormatOption,
    IdentifyOption,
    IntervalOption,
    StrictOption,
)
from dosimetry.cli.rois import AliasesOption, read_alias_option
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import print_warnings, say
from dosimetry.saving import save_bytes
from dosimetry.warnings import merge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.cli.formats import Cell
    from dosimetry.dvh.measured import Measured
    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure
    from dosimetry.names.aliases import Aliases

__all__ = ["register"]

_HELP = """DVH metrics of the structures of one plan.

PATH is the folder or zip archive of one exported plan, or its RTDOSE, RTSTRUCT and (optionally) RTPLAN files. Where
a folder holds several, --dose and --structures choose. A metric is written as in TG-263: Mean[Gy], D95%[Gy],
D0.03cc[Gy], V20Gy[%], V20Gy[cc], V95%[%] (needs --prescription).

With --sum several plans, or all beams of one, are added up; --eqd2 and --isoeffective convert voxel by voxel.

--structure takes a ROI's name, or what it is: heart, lad, "lung, left" ...; --aliases knows your own names.

\b
Examples:
  dosimetry dvh exported_plan
  dosimetry dvh exported_plan --against-tps --second-check
  dosimetry dvh RD.dcm RS.dcm --structure Heart --metric "Mean[Gy]" --metric "V5Gy[%]" --format json
  dosimetry dvh tangents boost --sum --eqd2 3"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("dvh", help=_HELP, short_help="DVH metrics of every structure of one plan.")(dvh)


def dvh(
    path: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Folder, zip archive or DICOM files.", show_default=False),
    ],
    structure: Annotated[
        list[str] | None,
        typer.Option(
            "--structure",
            metavar="NAME",
            help="Only this ROI, by name, '#NUMBER' or meaning ('heart'); repeatable.",
        ),
    ] = None,
    aliases: AliasesOption = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="SPEC", help="Instead of the default metrics; repeatable."),
    ] = None,
    prescription: Annotated[
        float | None,
        typer.Option("--prescription", metavar="GY", help="What percentages of dose refer to.", min=0.01, max=500),
    ] = None,
    convention: ConventionOption = "prism-half-slice",
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Write the DVHs as a .png, .svg or .pdf picture."),
    ] = None,
    add: SumOption = False,
    sum_as: SumAsOption = None,
    beyond_grid: BeyondGridOption = Beyond.UNKNOWN,
    dose_is: DoseIsOption = None,
    fractions: FractionsOption = None,
    eqd2: Eqd2Option = None,
    isoeffective: IsoeffectiveOption = None,
    interval: IntervalOption = False,
    dose: DoseOption = None,
    structures: StructuresOption = None,
    links: LinksOption = None,
    relative: RelativeOption = None,
    against_tps: AgainstTpsOption = False,
    second_check: SecondCheckOption = False,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: IdentifyOption = False,
) -> None:
    """Print the metrics of every structure, or of those asked for."""
    from dosimetry.cli.compiling import compilation_notice
    from dosimetry.dvh.convention import find_convention
    from dosimetry.dvh.metrics import DEFAULT_METRICS, parse_metric
    from dosimetry.errors import UsageError

    known = read_alias_option(aliases)
    if known is not None and not structure:
        raise UsageError(
            "has no use without --structure", item="--aliases", remedy="ask for a part, as in --structure heart"
        )
    names = [str(parse_metric(spec)) for spec in metric] if metric else list(DEFAULT_METRICS)
    chosen = find_convention(convention)
    making = Making(add, sum_as, beyond_grid, dose_is, fractions, eqd2, isoeffective)
    making.require_sense(prescription, {"--dose": dose, "--structures": structures, "--relative": relative})
    meant = None
    if relative is not None:
        from dosimetry.dicom.relative import parse_relative

        meant = parse_relative(relative)
    if plot is not None:
        from dosimetry.report.figures import figure_kind

        figure_kind(plot)  # a wrong name shall not cost the calculation
    with compilation_notice():
        from dosimetry.dicom.find import read_case, read_parts
        from dosimetry.dvh.cores import on_all_cores
        from dosimetry.dvh.measured import measure
        from dosimetry.imn.total import unlike_prescribed

        cases = (
            read_parts(path, links=links, progress=searching())
            if making.adds
            else [
                read_case(path, dose=dose, structures=structures, links=links, relative=meant, progress=searching())
            ]
        )
        case = made_case(cases, making)
        case = replace(case, warnings=merge(case.warnings, unlike_prescribed(case)))
        rois = _chosen(case, structure, known) if structure else list(case.structures)

        def row(roi: Structure) -> Measured:
            return measure(
                case.dose,
                roi,
                names,
                convention=chosen,
                prescription_gy=prescription,
                must=bool(structure),
                intervals=interval,
            )

        rows = on_all_cores(row, rois)
        _require_one(rows)
        opinions = ask(case, rows, names, path, against_tps=against_tps, second_check=second_check)
        rows = with_warnings(rows, opinions)
    if plot is not None:
        _save_plot(plot, rows, case.dose, shaded=interval)
    cautions = merge(case.all_warnings, *(row.warnings for row in rows))
    settings: dict[str, object] = {
        "convention": chosen.as_dict(),
        "metrics": names,
        "prescription_gy": prescription,
    }
    settings |= making.as_dict()
    if output is Format.JSON:
        _write_json(case, rows, settings, opinions, cases, identify=identify)
    elif output is Format.CSV:
        _write_csv(case, rows, names, opinions, identify=identify)
    else:
        _print_table(case, rows, names, opinions, identify=identify)
        print_warnings(cautions)
    finish(cautions, strict=strict)


def _chosen(case: Case, names: Sequence[str], aliases: Aliases | None) -> list[Structure]:
    """Return the ROIs that the user named, each once: by its name, or by what it is ("lung, left")."""
    from dosimetry.names.aliases import meaning_of
    from dosimetry.names.resolver import choose, resolve_roles

    resolution = resolve_roles(case.structures, aliases)
    there = {structure.name for structure in case.structures}
    found: dict[int, Structure] = {}
    for name in names:
        meaning = None if name in there else meaning_of(name)
        if meaning is None:
            structure = choose(case.structures, name, option="--structure")
        else:
            structure = resolution.require(*meaning, option="--structure")
        found.setdefault(id(structure), structure)
    return list(found.values())


def _require_one(rows: Sequence[Measured]) -> None:
    """Refuse a plan of which nothing could be measured."""
    from dosimetry.errors import StructureError

    if not any(row.dvh for row in rows):
        raise StructureError(
            "no structure could be measured",
            found=joined(caution for row in rows for caution in row.warnings),
        )


def _write_json(
    case: Case,
    rows: Sequence[Measured],
    settings: Mapping[str, object],
    opinions: Sequence[Opinion],
    cases: Sequence[Case],
    *,
    identify: bool,
) -> None:
    from dosimetry.dvh.measured import dose_summary
    from dosimetry.report.provenance import provenance

    meaning = _meaning(rows)
    write_json(
        {
            "schema": "dosimetry/dvh/1",
            "dose": dose_summary(case.dose),
            "structures": [
                row.as_dict() | {opinion.source.field: opinion.as_dict(at) for opinion in opinions}
                for at, row in enumerate(rows)
            ],
            **({"interval_meaning": meaning} if meaning else {}),
            "warnings": [caution.as_dict() for caution in case.all_warnings],
            "provenance": provenance(cases, settings, identify=identify),
        }
    )


def _write_csv(
    case: Case, rows: Sequence[Measured], names: Sequence[str], opinions: Sequence[Opinion], *, identify: bool
) -> None:
    who = case.patient.identity[1] if identify else case.patient.pseudonym
    meaning = _meaning(rows)
    columns = [part for name in names for part in ((name, f"{name} low", f"{name} high") if meaning else (name,))]
    header = ["patient", "number", "name", "volume_cc", "outside_grid_cc", *columns]
    header += [name for opinion in opinions for name in opinion.header(names)]
    header += ["interval_meaning", "warnings"] if meaning else ["warnings"]
    write_csv(
        header,
        [
            (
                who,
                row.structure.number,
                row.structure.name,
                *_volumes(row),
                *_values(row, names),
                *(cell for opinion in opinions for cell in opinion.cells(at, names)),
                *([meaning] if meaning else []),
                joined((*case.all_warnings, *row.warnings)),
            )
            for at, row in enumerate(rows)
        ],
    )


def _print_table(
    case: Case, rows: Sequence[Measured], names: Sequence[str], opinions: Sequence[Opinion], *, identify: bool
) -> None:
    from dosimetry.dvh.convention import Inclusion
    from dosimetry.provenance import INTENDED_USE
    from dosimetry.report.conventions import describe_convention

    who = " ".join(filter(None, case.patient.identity)) if identify else case.patient.pseudonym
    frames, grid_rows, columns = case.dose.grid.shape
    title = (
        f"{who}: {case.dose.summation.value} dose, {measure_of(case.dose)}, "
        f"{columns} x {grid_rows} x {frames} voxels, highest {case.dose.values_gy.max():.2f} Gy"
    )
    heads = [Column("ROI", right=False), Column("Volume [cc]", digits=2)]
    heads += [Column(name, digits=3 if name.endswith("[Gy]") else 2) for name in names]
    body = [
        (
            row.structure.name,
            _volumes(row)[0],
            *(bounded(row.metrics.get(name), column.digits) for name, column in zip(names, heads[2:], strict=True)),
        )
        for row in rows
    ]
    table(title, heads, body)
    say()
    for link in case.links:
        say(f"{link.subject.capitalize()}: {link.reason}")
    convention = next(row.dvh.convention for row in rows if row.dvh)
    exact = convention.inclusion is Inclusion.EXACT
    say(
        f"Convention: {describe_convention(convention)}"
        + ("; dose trilinear, volumes from the contours alone" if exact else "")
    )
    if meaning := _meaning(rows):
        say(f"In brackets: calculation interval ({meaning})")
    say(INTENDED_USE)
    for opinion in opinions:
        opinion.show()
    if opinions:
        say()


def _volumes(row: Measured) -> tuple[Cell, Cell]:
    return (row.dvh.volume_cc, row.dvh.outside_grid_cc) if row.dvh else (None, None)


def _values(row: Measured, names: Sequence[str]) -> list[Cell]:
    """Return the numbers of a row, each with its bounds after it where they were asked for."""
    quantities = [row.metrics.get(name) for name in names]
    if not row.intervals:
        return [one.value if one else None for one in quantities]
    return [cell for one in quantities for cell in ((one.value, one.low, one.high) if one else (None, None, None))]


def _meaning(rows: Sequence[Measured]) -> str:
    """Return what the intervals hold and what they do not; an empty text where none were asked for."""
    from dosimetry.dvh.interval import INTERVAL_MEANING

    return INTERVAL_MEANING if any(row.intervals for row in rows) else ""


def _save_plot(path: Path, rows: Sequence[Measured], dose: Dose, *, shaded: bool) -> None:
    from dosimetry.dvh.band import band
    from dosimetry.report.figures import Curve, dvh_figure, figure_bytes, figure_kind

    drawn = [(slot, row) for slot, row in enumerate(rows) if row.dvh is not None and row.dvh.inside_cc > 0]
    limit_gy = max((row.dvh.max_gy for _, row in drawn if row.dvh), default=0.0)
    curves = [
        Curve(row.structure.name, row.dvh, slot, band=band(row.dvh, limit_gy) if shaded else None)
        for slot, row in drawn
        if row.dvh
    ]
    foot = f"Shaded: calculation interval ({_meaning(rows)})" if shaded else ""
    figure = dvh_figure(curves, figure_title(dose), foot=foot)
    save_bytes(path, figure_bytes(figure, figure_kind(path)))
