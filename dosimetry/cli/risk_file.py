"""What to assess of a comparison's risk, from one TOML file: the options of ``dosimetry risk``, and the patient."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.cli.risk_request import Given, make_request
from dosimetry.errors import RiskError

if TYPE_CHECKING:
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.risk.assessment import Assessment

__all__ = ["assess_comparison", "check_risk_file"]

_KEYS: dict[str, tuple[str, type | tuple[type, ...]]] = {
    "models": ("models", list),
    "all_models": ("every", bool),
    "age": ("age", (int, float)),
    "to_age": ("to_age", (int, float)),
    "horizon": ("horizon", (int, float)),
    "baseline": ("baseline", (str, int, float)),
    "baseline_endpoint": ("baseline_endpoint", str),
    "baseline_source": ("baseline_source", str),
    "score2": ("score2", str),
    "rates": ("rates", str),
    "other_causes": ("other_causes", str),
    "breast_cancer_death": ("breast_death", (int, float)),
    "cardiac_death": ("cardiac_death", (int, float)),
    "lung_cancer_death": ("lung_death", (int, float)),
    "threshold": ("threshold", (str, int, float)),
}
_PATIENT = "patient"


def assess_comparison(result: ImnComparison, path: Path) -> Assessment | None:
    """Return what a file asks of the risk of a comparison; None where its mean heart doses were withheld.

    Raises
    ------
    RiskError, UsageError
        Where the file is unusable, or what it asks for does not go together.
    """
    from dosimetry.imn.risk import mean_doses
    from dosimetry.risk.assessment import assess

    given = _given(path)
    doses, told = mean_doses(result)
    if not doses or not result.risk:
        return None
    found = assess(make_request(given, doses))
    return replace(found, missing=(*told, *found.missing))


def check_risk_file(path: Path) -> None:
    """Refuse a file that could not be used, before anything is measured.

    Raises
    ------
    RiskError, UsageError
        As for :func:`assess_comparison`.
    """
    from dosimetry.risk.doses import MeanDoses

    make_request(_given(path), {"heart": MeanDoses(1.0, 1.0)})


def _given(path: Path) -> Given:
    from dosimetry.risk.files import read_toml

    document, _ = read_toml(path, "risk file")
    fields: dict[str, Any] = {}
    for key, value in document.items():
        if key == _PATIENT and isinstance(value, dict):
            fields["factors"] = [f"{name}={_word(item)}" for name, item in value.items()]
            continue
        if key not in _KEYS:
            raise RiskError(
                "unknown key", file=path.name, item=key, expected="one of " + ", ".join([*_KEYS, _PATIENT])
            )
        name, kind = _KEYS[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RiskError("value of the wrong type", file=path.name, item=key, found=str(value))
        fields[name] = value
    for name in ("baseline", "threshold"):
        if name in fields:
            fields[name] = str(fields[name])
    if "rates" in fields:
        fields["rates"] = path.parent / fields["rates"]  # beside the file, wherever the command runs
    for name in ("age", "to_age", "horizon", "breast_death", "cardiac_death", "lung_death"):
        if name in fields:
            fields[name] = float(fields[name])
    return Given(**fields)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
