"""``dosimetry risk``: the risk layer alone, from mean heart doses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.cli.cells import joined
from dosimetry.cli.ending import finish
from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.options import Format, FormatOption, StrictOption
from dosimetry.cli.risk_table import describe, print_estimates, slope
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, print_warnings, say
from dosimetry.errors import UsageError
from dosimetry.warnings import Caution, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.risk.increment import RiskEstimate
    from dosimetry.risk.models import RiskModel

__all__ = ["register"]

_HELP = """Cardiac risk that IMN irradiation adds, from the mean heart doses of two plans.

Doses are physical, in gray. Every model is a published slope, used in its own form; intervals come from the
slope's confidence interval alone.

\b
Examples:
  dosimetry risk --heart-mean 4.2 --heart-mean-with-imn 8.0
  dosimetry risk --heart-mean 4.2 --heart-mean-with-imn 8.0 --format json
  dosimetry risk --list"""


def register(app: typer.Typer) -> None:
    """Add the command to the console script."""
    app.command("risk", help=_HELP, short_help="Cardiac risk of an increment of mean heart dose.")(risk)


def risk(
    heart_mean: Annotated[
        float | None,
        typer.Option("--heart-mean", metavar="GY", help="Mean heart dose of the plan without IMN."),
    ] = None,
    heart_mean_with_imn: Annotated[
        float | None,
        typer.Option("--heart-mean-with-imn", metavar="GY", help="Mean heart dose of the plan with IMN."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="ID", help="Use this model; give it again for more. See --list."),
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the models and exit.")] = False,
    output: FormatOption = Format.TABLE,
    strict: StrictOption = False,
    identify: Annotated[bool, typer.Option("--identify", hidden=True)] = False,  # noqa: ARG001  no patient here
) -> None:
    """Print the risk estimates for a pair of mean heart doses, or the models."""
    from dosimetry.risk.increment import increment_risk
    from dosimetry.risk.models import default_models, load_models, select_models

    if show_list:
        _print_models(select_models(model or ()) or load_models(), output)
        return
    without_gy = _needed(heart_mean, "--heart-mean")
    with_gy = _needed(heart_mean_with_imn, "--heart-mean-with-imn")
    models = select_models(model or ()) or default_models()
    for chosen in models:
        if chosen.structure != "heart":
            raise UsageError(
                "not a model of mean heart dose",
                item=f"--model {chosen.id}",
                found=chosen.dose_metric,
                remedy="see 'dosimetry risk --list'",
            )
    estimates = [increment_risk(chosen, without_gy, with_gy) for chosen in models]
    cautions = merge(*(estimate.warnings for estimate in estimates))
    if output is Format.JSON:
        _write_json(estimates, cautions)
    elif output is Format.CSV:
        _write_csv(estimates)
    else:
        _print_table(estimates, cautions)
    finish(cautions, strict=strict)


def _needed(value: float | None, option: str) -> float:
    if value is None:
        raise UsageError("missing", item=option, remedy="give a mean heart dose in Gy, or --list for the models")
    return value


def _write_json(estimates: Sequence[RiskEstimate], cautions: Sequence[Caution]) -> None:
    from dosimetry.provenance import INTENDED_USE, package_version
    from dosimetry.risk.increment import MAX_MEAN_GY

    first = estimates[0]
    write_json(
        {
            "schema": "dosimetry/risk/1",
            "heart_mean_without_gy": first.mean_without_gy,
            "heart_mean_with_imn_gy": first.mean_with_gy,
            "risk": [estimate.as_dict() for estimate in estimates],
            "warnings": [caution.as_dict() for caution in cautions],
            "provenance": {
                "version": package_version(),
                "settings": {
                    "models": [estimate.model.id for estimate in estimates],
                    "max_mean_gy": MAX_MEAN_GY,
                },
                "models": [
                    {"id": e.model.id, "doi": e.model.source.doi, "sha256": e.model.sha256} for e in estimates
                ],
            },
            "intended_use": INTENDED_USE,
        }
    )


def _write_csv(estimates: Sequence[RiskEstimate]) -> None:
    header = (
        *("model", "heart_mean_without_gy", "heart_mean_with_imn_gy", "form", "verified"),
        *("per_gy_pct", "per_gy_ci_low_pct", "per_gy_ci_high_pct", "err_without_pct", "err_with_pct"),
        *("added_err_pct", "added_err_ci_low_pct", "added_err_ci_high_pct"),
        *("relative_increase_pct", "relative_increase_ci_low_pct", "relative_increase_ci_high_pct"),
        *("endpoint", "source", "notes", "warnings"),
    )
    absent = (None, None)
    rows = [
        (
            *(
                e.model.id,
                e.mean_without_gy,
                e.mean_with_gy,
                e.model.form.value,
                str(e.model.verified).lower(),
            ),
            *(e.model.per_gy_pct, *(e.model.per_gy_ci_pct or absent), e.err_without_pct, e.err_with_pct),
            *(e.added_err_pct, *(e.added_err_ci_pct or absent)),
            *(e.relative_increase_pct, *(e.relative_increase_ci_pct or absent)),
            *(e.model.endpoint, e.model.source.citation, "; ".join(e.notes), joined(e.warnings)),
        )
        for e in estimates
    ]
    write_csv(header, rows)


def _print_table(estimates: Sequence[RiskEstimate], cautions: Sequence[Caution]) -> None:
    from dosimetry.provenance import INTENDED_USE

    first = estimates[0]
    title = (
        f"Mean heart dose {first.mean_without_gy:.2f} Gy without IMN, {first.mean_with_gy:.2f} Gy with IMN: "
        f"{first.mean_with_gy - first.mean_without_gy:+.2f} Gy"
    )
    print_estimates(estimates, title)
    say()
    print_warnings(cautions)
    say(INTENDED_USE)


def _print_models(models: Sequence[RiskModel], output: Format) -> None:
    if output is Format.JSON:
        write_json({"schema": "dosimetry/risk-models/1", "models": [_model_dict(model) for model in models]})
        return
    if output is Format.CSV:
        rows = [_model_row(model) for model in models]
        header = ("model", "form", "per_gy_pct", "per_gy_ci_low_pct", "per_gy_ci_high_pct", "range_low_gy")
        write_csv((*header, "range_high_gy", "verified", "headline", "endpoint", "source"), rows)
        return
    columns = (
        *(Column("Model", right=False), Column("Slope (CI) [%/Gy]"), Column("Form", right=False)),
        *(Column("Observed doses [Gy]"), Column("Verified", right=False)),
    )
    rows = [
        (model.id, slope(model), model.form.value, _range(model), "yes" if model.verified else "no")
        for model in models
    ]
    table("Risk models", columns, rows)
    say()
    definitions((model.id, describe(model, model.notes)) for model in models)


def _range(model: RiskModel) -> str:
    limits = model.dose_range_gy
    return "not stated" if limits is None else f"{limits[0]:g}–{limits[1]:g}"


def _model_row(model: RiskModel) -> tuple[str | float | None, ...]:
    absent = (None, None)
    return (
        *(model.id, model.form.value, model.per_gy_pct, *(model.per_gy_ci_pct or absent)),
        *(model.dose_range_gy or absent),
        *(str(model.verified).lower(), str(model.headline).lower(), model.endpoint, model.source.citation),
    )


def _model_dict(model: RiskModel) -> dict[str, object]:
    return {
        "id": model.id,
        "label": model.label,
        "source": model.source.citation,
        "doi": model.source.doi,
        "where": model.where,
        "form": model.form.value,
        "per_gy_pct": model.per_gy_pct,
        "per_gy_ci_pct": model.per_gy_ci_pct,
        "ci_level_pct": model.ci_level_pct,
        "endpoint": model.endpoint,
        "structure": model.structure,
        "dose_metric": model.dose_metric,
        "dose_range_gy": model.dose_range_gy,
        "population": model.population,
        "verified": model.verified,
        "headline": model.headline,
        "notes": model.notes,
        "sha256": model.sha256,
    }
