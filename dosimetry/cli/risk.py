"""``dosimetry risk``: the risk layer alone, from numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.options import Format, FormatOption, StrictOption
from dosimetry.cli.risk_request import Given, Pair, make_request

if TYPE_CHECKING:
    from dosimetry.risk.assessment import Assessment

__all__ = ["register"]

_HELP = """Risk that IMN irradiation adds, from the mean doses of two plans.

Doses are physical, in gray. Every model is a published one, used in its own form; see --list. Absolute risks need a
baseline: --baseline, --score2, or a table of --rates. No patient factor is assumed: what is missing is named.

\b
Examples:
  dosimetry risk --heart-mean 4.2 --heart-mean-with-imn 8.0
  dosimetry risk --heart-mean 4.2 --heart-mean-with-imn 8.0 --baseline darby-event-none --threshold nl-2-points
  dosimetry risk --heart-mean 4.2 --heart-mean-with-imn 8.0 --rates rates.csv --age 50 --to-age 80
  dosimetry risk --heart-mean 4.2 --heart-mean-with-imn 8.0 --lungs-mean 6 --lungs-mean-with-imn 9
    --horizon 15 --breast-cancer-death 20 --cardiac-death 1.5 --lung-cancer-death 1 --factor nodes=1-3
  dosimetry risk --list"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("risk", help=_HELP, short_help="Risk of an increment of mean heart and lung dose.")(risk)


def _gray(option: str, what: str) -> Any:
    return typer.Option(option, metavar="GY", help=what)


def _ends(option: str, what: str) -> Any:
    return typer.Option(option, metavar="LOW,HIGH", help=what)


def _pct(option: str, what: str) -> Any:
    return typer.Option(option, metavar="PCT", help=what)


def risk(
    heart_mean: Annotated[float | None, _gray("--heart-mean", "Mean heart dose of the plan without IMN.")] = None,
    heart_mean_with_imn: Annotated[
        float | None, _gray("--heart-mean-with-imn", "Mean heart dose of the plan with IMN.")
    ] = None,
    heart_interval: Annotated[str | None, _ends("--heart-interval", "Interval of the first.")] = None,
    heart_interval_with_imn: Annotated[
        str | None, _ends("--heart-interval-with-imn", "Interval of the second.")
    ] = None,
    heart_increment_interval: Annotated[
        str | None, _ends("--heart-increment-interval", "Interval of their difference.")
    ] = None,
    lungs_mean: Annotated[float | None, _gray("--lungs-mean", "Mean dose of both lungs, without IMN.")] = None,
    lungs_mean_with_imn: Annotated[float | None, _gray("--lungs-mean-with-imn", "The same with IMN.")] = None,
    lungs_interval: Annotated[str | None, _ends("--lungs-interval", "Interval of the first.")] = None,
    lungs_interval_with_imn: Annotated[
        str | None, _ends("--lungs-interval-with-imn", "Interval of the second.")
    ] = None,
    lungs_increment_interval: Annotated[
        str | None, _ends("--lungs-increment-interval", "Interval of their difference.")
    ] = None,
    lung_site: Annotated[
        float | None, _gray("--lung-site", "Dose at one site of a lung, without IMN; never a mean.")
    ] = None,
    lung_site_with_imn: Annotated[float | None, _gray("--lung-site-with-imn", "The same with IMN.")] = None,
    iso_heart: Annotated[
        float | None, _gray("--isoeffective-heart-mean", "Mean of the heart's dose isoeffective in 25 fractions.")
    ] = None,
    iso_heart_with_imn: Annotated[
        float | None, _gray("--isoeffective-heart-mean-with-imn", "The same with IMN.")
    ] = None,
    iso_lungs: Annotated[float | None, _gray("--isoeffective-lungs-mean", "The same of both lungs.")] = None,
    iso_lungs_with_imn: Annotated[
        float | None, _gray("--isoeffective-lungs-mean-with-imn", "The same with IMN.")
    ] = None,
    alpha_beta: Annotated[float | None, _gray("--alpha-beta", "The value that they were computed with.")] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="ID", help="Use this model; repeatable. See --list."),
    ] = None,
    every: Annotated[bool, typer.Option("--all-models", help="All models of the doses given.")] = False,
    own: Annotated[
        list[Path] | None,
        typer.Option("--models", metavar="FILE", help="A TOML file of further models; repeatable."),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the models and exit.")] = False,
    age: Annotated[float | None, typer.Option("--age", help="Age at radiotherapy [years].")] = None,
    factor: Annotated[
        list[str] | None,
        typer.Option(
            "--factor",
            metavar="NAME=VALUE",
            help="A patient factor, as smoking=never; repeatable.",
        ),
    ] = None,
    patient: Annotated[
        Path | None,
        typer.Option("--patient", metavar="FILE", help="A TOML file of factors."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="PCT|ID",
            help="Risk without irradiation: percent, or a published one such as darby-event-none.",
        ),
    ] = None,
    baseline_endpoint: Annotated[
        str | None,
        typer.Option("--baseline-endpoint", metavar="KEY", help="What it counts: coronary-event …"),
    ] = None,
    baseline_source: Annotated[
        str | None,
        typer.Option("--baseline-source", metavar="TEXT", help="Where it is from."),
    ] = None,
    score2: Annotated[
        str | None,
        typer.Option(
            "--score2",
            metavar="REGION",
            help="SCORE2 as baseline: low, moderate, high or very-high.",
        ),
    ] = None,
    rates: Annotated[
        Path | None,
        typer.Option("--rates", metavar="FILE", help="CSV of rates by age: a life table."),
    ] = None,
    rates_example: Annotated[bool, typer.Option("--rates-example", help="Print such a CSV and exit.")] = False,
    other_causes: Annotated[
        str,
        typer.Option(
            "--other-causes",
            metavar="table|predict",
            help="Competing mortality: from the table, or by PREDICT.",
        ),
    ] = "table",
    to_age: Annotated[float | None, typer.Option("--to-age", help="Age at the horizon.")] = None,
    horizon: Annotated[
        float | None,
        typer.Option("--horizon", metavar="YEARS", help="Years after radiotherapy."),
    ] = None,
    breast_death: Annotated[
        float | None, _pct("--breast-cancer-death", "Risk of it over the horizon, without IMN irradiation.")
    ] = None,
    cardiac_death: Annotated[
        float | None, _pct("--cardiac-death", "Risk of it over the horizon, without irradiation.")
    ] = None,
    lung_death: Annotated[
        float | None, _pct("--lung-cancer-death", "Risk of it over the horizon, without irradiation.")
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            "--threshold",
            metavar="POINTS|RULE",
            help="Largest increment within so many percentage points, or within a rule: nl-2-points.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw it: .png, .svg or .pdf."),
    ] = None,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: Annotated[bool, typer.Option("--identify", hidden=True)] = False,  # noqa: ARG001  no patient here
) -> None:
    """Print what the models make of a pair of mean doses, or the models."""
    if rates_example:
        _print_example()
        return
    if show_list:
        from dosimetry.cli.risk_models import print_models

        print_models(model or (), own or (), output)
        return
    if other_causes not in ("table", "predict"):
        from dosimetry.errors import UsageError

        raise UsageError("no such source", item="--other-causes", expected="table or predict", found=other_causes)
    if plot is not None:
        from dosimetry.report.figures import figure_kind

        figure_kind(plot)
    heart_ends = (heart_interval, heart_interval_with_imn, heart_increment_interval)
    lungs_ends = (lungs_interval, lungs_interval_with_imn, lungs_increment_interval)
    given = Given(
        pairs={
            "heart": Pair("heart-mean", heart_mean, heart_mean_with_imn, heart_ends),
            "lungs": Pair("lungs-mean", lungs_mean, lungs_mean_with_imn, lungs_ends),
            "lung_site": Pair("lung-site", lung_site, lung_site_with_imn),
        },
        isoeffective={
            "heart": Pair("isoeffective-heart-mean", iso_heart, iso_heart_with_imn),
            "lungs": Pair("isoeffective-lungs-mean", iso_lungs, iso_lungs_with_imn),
        },
        alpha_beta=alpha_beta,
        models=model or [],
        every=every,
        own=own or [],
        patient=patient,
        factors=factor or [],
        age=age,
        to_age=to_age,
        horizon=horizon,
        baseline=baseline,
        baseline_endpoint=baseline_endpoint,
        baseline_source=baseline_source,
        score2=score2,
        rates=rates,
        other_causes=other_causes,
        breast_death=breast_death,
        cardiac_death=cardiac_death,
        lung_death=lung_death,
        threshold=threshold,
    )
    from dosimetry.risk.assessment import assess

    result = assess(make_request(given))
    if plot is not None:
        _draw(result, plot)
    _print(result, output)
    finish(result.warnings, strict=strict)


def _print(result: Assessment, output: Format) -> None:
    if output is Format.JSON:
        from dosimetry.report.risk import risk_document

        write_json(risk_document(result))
    elif output is Format.CSV:
        from dosimetry.report.risk_rows import HEADER, risk_rows

        write_csv(HEADER, risk_rows(result))
    else:
        from dosimetry.cli.risk_sections import print_assessment

        print_assessment(result)


def _print_example() -> None:
    import sys

    from dosimetry.risk.rates import example_rates

    sys.stdout.write(example_rates().read_text(encoding="utf-8"))


def _draw(result: Assessment, path: Path) -> None:
    from dosimetry.report.figures import figure_bytes, figure_kind
    from dosimetry.report.risk_figures import assessment_figure
    from dosimetry.saving import save_bytes

    save_bytes(path, figure_bytes(assessment_figure(result), figure_kind(path)))
