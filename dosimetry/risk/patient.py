"""What is known of a patient: a few factors, from a small TOML file or named one by one; none is assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from dosimetry.errors import RiskError
from dosimetry.risk.files import read_toml
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from importlib.resources.abc import Traversable

__all__ = ["FACTORS", "NODES", "Patient", "parse_factors", "read_patient"]

NODES = ("none", "1-3", "4+")
_CHOICES = {"smoking": ("never", "former", "current"), "nodes": NODES, "imn_sentinel": ("negative", "positive")}
_RANGES = {
    "age": (18.0, 110.0),
    "systolic_mmhg": (60.0, 260.0),
    "total_cholesterol_mmol_l": (1.0, 15.0),
    "hdl_cholesterol_mmol_l": (0.2, 5.0),
    "year": (1990.0, 2100.0),
}
_YES_NO = (
    *("cardiac_risk_factor", "diabetes", "prior_cardiovascular_disease", "pulmonary_comorbidity"),
    *("trastuzumab", "anthracycline"),
)
_WORDS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Patient:
    """Factors of one patient; None for what nobody said.

    Attributes
    ----------
    age
        At radiotherapy [years].
    smoking
        ``"never"``, ``"former"`` or ``"current"``.
    cardiac_risk_factor
        Whether she has at least one.
    systolic_mmhg, total_cholesterol_mmol_l, hdl_cholesterol_mmol_l
        As SCORE2 asks for.
    diabetes, prior_cardiovascular_disease, pulmonary_comorbidity
        Whether she has it.
    trastuzumab, anthracycline
        Whether she is given it; a caution, never a multiplier.
    year
        Of diagnosis.
    nodes
        Positive axillary nodes: ``"none"``, ``"1-3"`` or ``"4+"``.
    imn_sentinel
        Result of a sentinel biopsy of internal mammary nodes, ``"negative"`` or ``"positive"``.
    """

    age: float | None = None
    smoking: str | None = None
    cardiac_risk_factor: bool | None = None
    systolic_mmhg: float | None = None
    total_cholesterol_mmol_l: float | None = None
    hdl_cholesterol_mmol_l: float | None = None
    diabetes: bool | None = None
    prior_cardiovascular_disease: bool | None = None
    pulmonary_comorbidity: bool | None = None
    trastuzumab: bool | None = None
    anthracycline: bool | None = None
    year: float | None = None
    nodes: str | None = None
    imn_sentinel: str | None = None

    @property
    def numbers(self) -> dict[str, float]:
        """Return the numeric factors that are known."""
        return {name: float(value) for name in _RANGES if (value := getattr(self, name)) is not None}

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return which of some factors nobody stated."""
        return tuple(name for name in names if getattr(self, name) is None)

    def require(self, names: Sequence[str], what: str) -> None:
        """Refuse to go on without factors that a model asks for.

        Raises
        ------
        RiskError
            Naming all that are missing.
        """
        if absent := self.missing(names):
            raise RiskError(
                "patient factors are missing",
                item=what,
                expected=", ".join(absent),
                remedy="give them with --factor NAME=VALUE or in a --patient file; none is assumed",
            )

    def updated(self, factors: Mapping[str, object]) -> Patient:
        """Return the patient with further factors, which replace known ones."""
        checked: dict[str, Any] = {name: _checked(name, value) for name, value in factors.items()}
        return replace(self, **checked)

    def as_dict(self) -> dict[str, object]:
        """Return what is known, as JSON-ready values."""
        return {name: value for name in FACTORS if (value := getattr(self, name)) is not None}

    def cautions(self) -> tuple[Caution, ...]:
        """Return what is known of systemic treatment, for which no model here has a factor."""
        found = []
        if self.trastuzumab:
            text = (
                "concurrent trastuzumab: keep strict heart constraints and know the cardiac function before; "
                "no model here holds its effect"
            )
            found.append(Caution(Code.CARDIOTOXIC_THERAPY, "patient", text))
        if self.anthracycline:
            text = "anthracycline is cardiotoxic by itself: no model here holds its effect"
            found.append(Caution(Code.CARDIOTOXIC_THERAPY, "patient", text))
        return tuple(found)


FACTORS = tuple(field.name for field in fields(Patient))


def read_patient(path: Traversable) -> Patient:
    """Read a patient's factors from a TOML file of ``name = value`` lines.

    Raises
    ------
    RiskError
        Where it is no such file, or a factor is unknown or out of range.
    """
    document, _ = read_toml(path, "patient")
    try:
        return Patient().updated(document)
    except RiskError as error:
        error.path = str(path)
        raise


def parse_factors(texts: Iterable[str]) -> dict[str, object]:
    """Return factors given as ``NAME=VALUE``.

    Raises
    ------
    RiskError
        Where one has another form, or is given twice.
    """
    found: dict[str, object] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().lower().replace("-", "_")
        if not equals:
            raise RiskError("not a factor", item=text, expected="NAME=VALUE, as in smoking=never")
        if name in found:
            raise RiskError("factor is given twice", item=name)
        found[name] = value.strip()
    return found


def _checked(name: str, value: object) -> object:
    if name not in FACTORS:
        raise RiskError("no such patient factor", item=name, expected="one of " + ", ".join(FACTORS))
    if name in _YES_NO:
        word = _WORDS.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(word, bool):
            raise RiskError("patient factor is neither yes nor no", item=name, found=str(value))
        return word
    if name in _CHOICES:
        word = value.lower() if isinstance(value, str) else value
        if word not in _CHOICES[name]:
            raise RiskError(
                "no such value", item=name, expected="one of " + ", ".join(_CHOICES[name]), found=str(value)
            )
        return word
    low, high = _RANGES[name]
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # a text or a number
    except (TypeError, ValueError):
        number = math.nan
    if not low <= number <= high:
        raise RiskError(
            "patient factor is out of range", item=name, expected=f"{low:g} to {high:g}", found=str(value)
        )
    if name == "year" and not number.is_integer():
        raise RiskError("patient factor is no whole number", item=name, found=str(value))
    return number
