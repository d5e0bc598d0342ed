"""Risk models for readers: their coefficients in words, as JSON, and as the page of the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.risk.models import AdditiveModel, BandedModel, NtcpModel, RiskModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dosimetry.risk.models import Model

__all__ = ["coefficients", "model_dict", "models_page", "observed"]

_NONE = "no interval published"


def coefficients(model: Model) -> str:
    """Return a model's numbers in one line, each with its unit and its interval."""
    if isinstance(model, RiskModel | AdditiveModel):
        unit = "points/Gy" if isinstance(model, AdditiveModel) else "%/Gy"
        return f"{model.per_gy_pct:g}{_interval(model.per_gy_ci_pct)} {unit}"
    if isinstance(model, BandedModel):
        parts = [f"{band} y: {band.per_gy_pct:g}{_interval(band.per_gy_ci_pct)}" for band in model.bands]
        return "; ".join(parts) + " %/Gy"
    if isinstance(model, NtcpModel):
        if model.td50_gy is not None:
            return f"TD50 {model.td50_gy:g} Gy, m {model.m:g}"
        return f"b0 {model.b0:g}, b1 {model.b1_per_gy:g} /Gy"
    return ""


def observed(model: Model) -> str:
    """Return the range of observed doses in words."""
    limits = model.dose_range_gy
    return "not stated" if limits is None else f"{limits[0]:g}–{limits[1]:g}"


def model_dict(model: Model) -> dict[str, object]:
    """Return all that a model states, as JSON-ready values."""
    shown: dict[str, object] = {
        "id": model.id,
        "label": model.label,
        "source": model.source.citation,
        "doi": model.source.doi,
        "where": model.where,
        "form": model.form.value,
        "per_gy_pct": getattr(model, "per_gy_pct", None),
        "per_gy_ci_pct": getattr(model, "per_gy_ci_pct", None),
        "ci_level_pct": getattr(model, "ci_level_pct", None),
        "coefficients": coefficients(model),
        "endpoint": model.endpoint,
        "counts": model.counts,
        "horizon": model.horizon,
        "structure": model.structure,
        "dose_metric": model.dose_metric,
        "dose_range_gy": model.dose_range_gy,
        "population": model.population,
        "verified": model.verified,
        "headline": model.headline,
        "notes": model.notes,
        "sha256": model.sha256,
    }
    if isinstance(model, BandedModel):
        shown["bands"] = [
            {"years": str(band), "per_gy_pct": band.per_gy_pct, "per_gy_ci_pct": band.per_gy_ci_pct}
            for band in model.bands
        ]
    if isinstance(model, NtcpModel):
        shown |= {"b0": model.b0, "b1_per_gy": model.b1_per_gy, "td50_gy": model.td50_gy, "m": model.m}
        shown["modifiers"] = [
            {"factor": modifier.factor, "value": modifier.value, "adds": modifier.adds}
            for modifier in model.modifiers
        ]
    return shown


def models_page(models: Iterable[Model]) -> str:
    """Return the documentation of all models as Markdown."""
    listed = sorted(models, key=lambda model: (model.source.year, model.source.id, model.id))
    lines = [
        "# Risk models",
        "",
        "Made from the TOML files in `dosimetry/risk/models` by `python docs/make_risk_models.py`.",
        "A number that was not seen at its source is *unverified*, and every result that uses it says so.",
        "",
        "| model | numbers | form | counts | over | dose | observed [Gy] | verified |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for model in listed:
        cells = (
            f"[`{model.id}`](#{_anchor(model)})",
            coefficients(model),
            model.form.value,
            model.endpoint,
            model.horizon,
            model.dose_metric,
            observed(model),
            "yes" if model.verified else "**no**",
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    lines += ["", "## Forms", ""]
    lines += [
        "| form | meaning |",
        "|---|---|",
        "| linear | RR = 1 + K·D |",
        "| log-linear | RR = (1 + K)^D, where 1 + K is the hazard ratio per gray |",
        "| time-banded | RR = 1 + K(t)·D, with a slope for each band of years since radiotherapy |",
        "| logistic | p = 1 / (1 + exp(-S)), S = b0 + b1·D + what patient factors add |",
        "| probit | p = Φ((D - TD50) / (m·TD50)) |",
        "| additive | each gray adds so many percentage points of absolute risk |",
    ]
    for model in listed:
        lines += ["", f"## {model.id}", "", *_section(model)]
    return "\n".join(lines) + "\n"


def _section(model: Model) -> list[str]:
    source = model.source
    doi = "DOI not confirmed" if source.doi is None else f"[doi {source.doi}](https://doi.org/{source.doi})"
    title = f"*{source.title}.* " if source.title else ""
    standing = "" if model.verified else ", **unverified**"
    lines = [
        f"{model.label}{standing}. {source.authors} {title}{source.journal}. {doi}.",
        "",
        f"- numbers: {coefficients(model)}{_level(model)}",
        f"- from: {model.where}",
        f"- counts: {model.endpoint}; {model.horizon}",
        f"- dose: {model.dose_metric}; observed {observed(model)}" + (" Gy" if model.dose_range_gy else ""),
        f"- in: {model.population}",
    ]
    if isinstance(model, NtcpModel):
        lines += [
            f"- {modifier.factor.replace('_', ' ')} {str(modifier.value).lower()}: {modifier.adds:+g} in S"
            for modifier in model.modifiers
        ]
    return lines + [f"- {note}" for note in model.notes]


def _level(model: Model) -> str:
    level = getattr(model, "ci_level_pct", None)
    return f" ({_NONE})" if level is None else f", {level:g} % CI"


def _interval(limits: tuple[float, float] | None) -> str:
    if limits is None:
        return ""
    dash = " to " if limits[0] < 0 else "–"
    return f" ({limits[0]:g}{dash}{limits[1]:g})"


def _anchor(model: Model) -> str:
    return "".join(letter for letter in model.id if letter.isalnum() or letter == "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
