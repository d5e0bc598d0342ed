"""The list of risk models, in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.cli.formats import write_csv, write_json
from dosimetry.cli.options import Format
from dosimetry.cli.risk_table import describe
from dosimetry.cli.table import Column, table
from dosimetry.cli.terminal import definitions, say
from dosimetry.report.risk_models import coefficients, model_dict, observed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dosimetry.risk.models import Model

__all__ = ["print_models"]

_HEADER = (
    *("model", "form", "per_gy_pct", "per_gy_ci_low_pct", "per_gy_ci_high_pct", "range_low_gy", "range_high_gy"),
    *("verified", "headline", "endpoint", "source", "structure", "horizon", "coefficients", "where"),
)


def print_models(ids: Sequence[str], own: Sequence[Path], output: Format) -> None:
    """Print the models of the package and of a user's files, or those named."""
    from dosimetry.risk.models import all_models, select_models

    known = all_models(own)
    models = select_models(ids, known) or known
    if output is Format.JSON:
        write_json({"schema": "dosimetry/risk-models/1", "models": [model_dict(model) for model in models]})
        return
    if output is Format.CSV:
        write_csv(_HEADER, [_row(model) for model in models])
        return
    columns = (
        *(Column("Model", right=False), Column("Coefficients", right=False), Column("Form", right=False)),
        *(Column("Dose of", right=False), Column("Observed [Gy]"), Column("Verified", right=False)),
    )
    rows = [
        (
            *(model.id, coefficients(model), model.form.value, model.structure.replace("_", " ")),
            *(observed(model), "yes" if model.verified else "no"),
        )
        for model in models
    ]
    table("Risk models", columns, rows)
    say()
    definitions((model.id, describe(model, _notes(model))) for model in models)


def _notes(model: Model) -> list[str]:
    notes = [*model.notes, f"number from: {model.where}"]
    if getattr(model, "ci_level_pct", None) is None:
        notes.append("no interval published")
    if model.dose_range_gy is None:
        notes.append("dose range not stated")
    return notes


def _row(model: Model) -> tuple[str | float | None, ...]:
    absent = (None, None)
    return (
        *(model.id, model.form.value, getattr(model, "per_gy_pct", None)),
        *(getattr(model, "per_gy_ci_pct", None) or absent),
        *(model.dose_range_gy or absent),
        *(str(model.verified).lower(), str(model.headline).lower(), model.endpoint, model.source.citation),
        *(model.structure, model.horizon, coefficients(model), model.where),
    )
