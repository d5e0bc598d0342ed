"""What to assess of a comparison's risk, from one TOML file: the options of ``dosimetry risk``, and the patient."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.cli.risk_request import Given, make_request
from dosimetry.errors import RiskError

if TYPE_CHECKING:
    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.model.dose import Dose
    from dosimetry.risk.assessment import Assessment
    from dosimetry.risk.doses import MeanDoses

__all__ = ["assess_comparison", "assess_doses", "check_risk_file"]

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
    "alpha_beta": ("alpha_beta", (int, float)),
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

    given = _with_headline(_given(path))
    doses, told = mean_doses(result)
    if not doses or not result.risk:
        return None
    request = make_request(given, doses)
    if given.alpha_beta is not None:
        request = replace(request, isoeffective=_isoeffective(result, given.alpha_beta))
    found = assess(request)
    return replace(found, missing=(*told, *found.missing))


def assess_doses(doses: dict[str, MeanDoses], path: Path) -> Assessment:
    """Return what a file asks of the risk of a pair of mean doses, by structure; errors as above."""
    from dosimetry.risk.assessment import assess

    return assess(make_request(_with_headline(_given(path)), doses))


def _with_headline(given: Given) -> Given:
    """Return what was asked for with the headline models first: those that a file chooses stand beside them."""
    from dosimetry.risk.models import default_models

    if not given.models:
        return given
    return replace(given, models=[*(model.id for model in default_models()), *given.models])


def _isoeffective(result: ImnComparison, alpha_beta_gy: float) -> dict[str, MeanDoses]:
    from dosimetry.dose_arithmetic.fractionation import SOURCE_FRACTIONS, isoeffective_dose
    from dosimetry.imn.risk import isoeffective_doses

    def convert(dose: Dose, fractions: int) -> Dose:
        return isoeffective_dose(dose, fractions, alpha_beta_gy)

    basis = f"isoeffective in {SOURCE_FRACTIONS} fractions, alpha/beta {alpha_beta_gy:g} Gy"
    return isoeffective_doses(result, convert, basis)


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
            raise RiskError("unknown key", file=path, item=key, expected="one of " + ", ".join([*_KEYS, _PATIENT]))
        name, kind = _KEYS[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RiskError("value of the wrong type", file=path, item=key, found=str(value))
        fields[name] = value
    for name in ("baseline", "threshold"):
        if name in fields:
            fields[name] = str(fields[name])
    if "rates" in fields:
        fields["rates"] = path.parent / fields["rates"]  # beside the file, wherever the command runs
    for name in ("age", "to_age", "horizon", "breast_death", "cardiac_death", "lung_death", "alpha_beta"):
        if name in fields:
            fields[name] = float(fields[name])
    return Given(**fields)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
