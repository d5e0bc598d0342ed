"""Published risk models: read from the files beside this module, one TOML file per paper, and from a user's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from dosimetry.errors import RiskError
from dosimetry.risk.files import packaged, read_toml
from dosimetry.risk.forms import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.resources.abc import Traversable

__all__ = [
    "AdditiveModel",
    "Band",
    "BandedModel",
    "Model",
    "Modifier",
    "NtcpModel",
    "RiskModel",
    "Source",
    "all_models",
    "default_models",
    "load_models",
    "read_model_file",
    "select_models",
    "slope_models",
]

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Source:
    """The paper behind a number.

    Attributes
    ----------
    id
        Stable name of the paper.
    title, authors, year, journal, doi
        Its citation; title and DOI are None where they were not confirmed.
    """

    id: str
    authors: str
    year: int
    journal: str
    title: str | None = None
    doi: str | None = None

    @property
    def citation(self) -> str:
        """Authors, journal and DOI in one line."""
        return f"{self.authors} {self.journal}, {'no DOI' if self.doi is None else f'doi {self.doi}'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What every published model says of itself.

    Attributes
    ----------
    id, label
        Name on the command line and in results; name in tables.
    source, where
        The paper, and the table or page of the number in it.
    form
        How the risk grows with dose.
    endpoint, counts, population
        What was counted, as text and as a stable key; and in whom.
    horizon, most_years
        The time over which the risk holds, as text; its end in years since radiotherapy, None where it has none.
    also_counts
        Further endpoints that the paper itself applies the number to.
    structure, dose_metric
        Role of the structure whose dose goes in, and which dose.
    dose_range_gy
        Doses that were observed [Gy]; None where the source does not say.
    verified
        Whether the number was seen at its source.
    headline
        Whether this is a figure to lead with.
    notes
        What a reader of the number must know.
    sha256
        Hash of the file that the model came from.
    """

    id: str
    label: str
    source: Source
    where: str
    form: Form
    endpoint: str
    counts: str
    population: str
    horizon: str
    most_years: float | None
    also_counts: tuple[str, ...]
    structure: str
    dose_metric: str
    dose_range_gy: Pair | None
    verified: bool
    headline: bool
    notes: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _PerGray(Model):
    """A model of one slope.

    Attributes
    ----------
    per_gy_pct
        Slope [%/Gy].
    per_gy_ci_pct, ci_level_pct
        Published interval of the slope [%/Gy] and its level [%]; None where none was published.
    """

    per_gy_pct: float
    per_gy_ci_pct: Pair | None
    ci_level_pct: float | None

    @property
    def per_gy(self) -> float:
        """Slope as a fraction [1/Gy]."""
        return self.per_gy_pct / 100.0

    @property
    def per_gy_ci(self) -> Pair | None:
        """Published interval of the slope as fractions [1/Gy]."""
        return _fractions(self.per_gy_ci_pct)


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskModel(_PerGray):
    """A relative risk that one slope describes, linear or log-linear.

    Attributes
    ----------
    from_years
        Years after radiotherapy from which on it holds; the same at all later times.
    """

    from_years: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AdditiveModel(_PerGray):
    """An absolute risk that each gray adds, in percentage points.

    Attributes
    ----------
    applies_to
        The patients that the slope is of: ``"smoker"``, ``"no-cardiac-risk-factor"``; None for all.
    """

    applies_to: str | None


@dataclass(frozen=True, slots=True)
class Band:
    """The slope in a band of time since radiotherapy, from `from_years` to before `to_years`."""

    from_years: float
    to_years: float
    per_gy_pct: float
    per_gy_ci_pct: Pair | None

    def __str__(self) -> str:
        return (
            f"{self.from_years:g}+" if math.isinf(self.to_years) else f"{self.from_years:g} to <{self.to_years:g}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BandedModel(Model):
    """A linear relative risk with a slope of its own in each band of time since radiotherapy."""

    bands: tuple[Band, ...]
    ci_level_pct: float | None


@dataclass(frozen=True, slots=True)
class Modifier:
    """What a patient factor of some value adds to a logistic score."""

    factor: str
    value: str | float | bool
    adds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NtcpModel(Model):
    """A complication probability in a mean dose: logistic with `b0` and `b1_per_gy`, or probit."""

    b0: float | None
    b1_per_gy: float | None
    td50_gy: float | None
    m: float | None
    modifiers: tuple[Modifier, ...]

    @property
    def factors(self) -> tuple[str, ...]:
        """Patient factors that the model asks for."""
        return tuple(dict.fromkeys(modifier.factor for modifier in self.modifiers))


def read_model_file(path: Traversable) -> tuple[Model, ...]:
    """Read one file: one paper, one or more estimates.

    Parameters
    ----------
    path
        A :class:`pathlib.Path` or a packaged resource.

    Raises
    ------
    RiskError
        Where the file cannot be read, is not TOML, or does not hold what it must.
    """
    from dosimetry.risk.schema import ModelFile, check  # noqa: PLC0415  pydantic is needed only when files are read

    document, digest = read_toml(path, "risk model")
    checked = check(ModelFile, document, path.name)
    source = Source(**checked.source.model_dump())
    models = tuple(_model(entry.model_dump(), source, digest) for entry in checked.estimate)
    _refuse_repeats(models, path.name)
    return models


def _model(fields: dict[str, Any], source: Source, digest: str) -> Model:
    del fields["unit"]  # the schema ties it to the form, and the field names carry it
    fields |= {"source": source, "sha256": digest, "form": Form(fields["form"]), "notes": tuple(fields["notes"])}
    fields["also_counts"] = tuple(fields["also_counts"])
    for key in ("dose_range_gy", "per_gy_ci_pct"):
        if key in fields:
            fields[key] = _pair(fields[key])
    if fields["form"] is Form.TIME_BANDED:
        entries = fields.pop("band")
        ends = [*(entry["from_years"] for entry in entries[1:]), math.inf]
        bands = tuple(
            Band(entry["from_years"], end, entry["per_gy_pct"], _pair(entry["per_gy_ci_pct"]))
            for entry, end in zip(entries, ends, strict=True)
        )
        return BandedModel(bands=bands, **fields)
    if fields["form"] in (Form.LOGISTIC, Form.PROBIT):
        return NtcpModel(modifiers=tuple(Modifier(**entry) for entry in fields.pop("modifier")), **fields)
    if fields["form"] is Form.ADDITIVE:
        del fields["from_years"]
        return AdditiveModel(**fields)
    del fields["applies_to"]
    return RiskModel(**fields)


@cache
def load_models() -> tuple[Model, ...]:
    """Return the models that come with the package: headline figures first, then by file and place in it.

    Raises
    ------
    RiskError
        Where a file is damaged or two estimates share a name.
    """
    models = [model for path in packaged("models", ".toml") for model in read_model_file(path)]
    _refuse_repeats(models, None)
    return tuple(sorted(models, key=lambda model: not model.headline))


def all_models(own: Iterable[Traversable] = ()) -> tuple[Model, ...]:
    """Return the models that come with the package and those of a user's own files.

    Raises
    ------
    RiskError
        Where one of the files is unusable, or takes the name of another model.
    """
    models = list(load_models())
    for path in own:
        models += read_model_file(path)
        _refuse_repeats(models, path.name)
    return tuple(models)


def slope_models(models: Sequence[Model] | None = None, structure: str | None = None) -> tuple[RiskModel, ...]:
    """Return the relative risks that one slope describes, of one structure or of all."""
    known = load_models() if models is None else models
    return tuple(model for model in known if isinstance(model, RiskModel) and structure in (None, model.structure))


def default_models(models: Sequence[Model] | None = None) -> tuple[RiskModel, ...]:
    """Return the models shown unasked: every slope of a paper that has a headline figure.

    A rounded figure is thus never shown without the published one beside it.
    """
    known = load_models() if models is None else models
    papers = {model.source.id for model in known if model.headline}
    return tuple(model for model in slope_models(known) if model.source.id in papers)


def select_models(ids: Iterable[str], models: Sequence[Model] | None = None) -> tuple[Model, ...]:
    """Return models by name, in the order asked, each one once.

    Raises
    ------
    RiskError
        For a name that is not known; the message lists those that are.
    """
    known = {model.id: model for model in (load_models() if models is None else models)}
    asked = tuple(dict.fromkeys(ids))
    for name in asked:
        if name not in known:
            raise RiskError("no such risk model", item=name, expected="one of " + ", ".join(known))
    return tuple(known[name] for name in asked)


def _pair(values: list[float] | None) -> Pair | None:
    return None if values is None else (values[0], values[1])


def _fractions(percent: Pair | None) -> Pair | None:
    return None if percent is None else (percent[0] / 100.0, percent[1] / 100.0)


def _refuse_repeats(models: Iterable[Model], file: str | None) -> None:
    seen: set[str] = set()
    for model in models:
        if model.id in seen:
            raise RiskError("two estimates share this name", file=file, item=model.id, remedy="rename one")
        seen.add(model.id)
