"""Published risk models: read from the files beside this module, one TOML file per paper."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from dosimetry.errors import RiskError
from dosimetry.risk.forms import Form

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.resources.abc import Traversable

__all__ = ["RiskModel", "Source", "default_models", "load_models", "read_model_file", "select_models"]


@dataclass(frozen=True, slots=True)
class Source:
    """The paper behind a model.

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
        link = "" if self.doi is None else f", doi {self.doi}"
        return f"{self.authors} {self.journal}{link}"


@dataclass(frozen=True, slots=True)
class RiskModel:
    """One published dose-response slope.

    Attributes
    ----------
    id, label
        Name on the command line and in results; name in tables.
    source, where
        The paper, and the table or page of the number in it.
    form
        How the relative risk grows with dose.
    per_gy_pct
        Slope [%/Gy].
    per_gy_ci_pct, ci_level_pct
        Published interval of the slope [%/Gy] and its level [%]; None where none was published.
    endpoint, population
        What was counted, and in whom.
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
    per_gy_pct: float
    per_gy_ci_pct: tuple[float, float] | None
    ci_level_pct: float | None
    endpoint: str
    population: str
    structure: str
    dose_metric: str
    dose_range_gy: tuple[float, float] | None
    verified: bool
    headline: bool
    notes: tuple[str, ...]
    sha256: str

    @property
    def per_gy(self) -> float:
        """Slope as a fraction [1/Gy]."""
        return self.per_gy_pct / 100.0

    @property
    def per_gy_ci(self) -> tuple[float, float] | None:
        """Published interval of the slope as fractions [1/Gy]."""
        return (
            None if self.per_gy_ci_pct is None else (self.per_gy_ci_pct[0] / 100.0, self.per_gy_ci_pct[1] / 100.0)
        )


def read_model_file(path: Traversable) -> tuple[RiskModel, ...]:
    """Read one file: one paper, one or more estimates.

    Parameters
    ----------
    path
        A :class:`pathlib.Path` or a packaged resource.

    Raises
    ------
    RiskError
        Where the file is not UTF-8, not TOML, or does not hold what it must.
    """
    from dosimetry.risk.schema import check_file  # noqa: PLC0415  pydantic is needed only when files are read

    content = path.read_bytes()
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RiskError(f"not a TOML file: {error}", file=path.name, item="risk model") from error
    checked = check_file(document, path.name)
    source = Source(**checked.source.model_dump())
    digest = hashlib.sha256(content).hexdigest()
    models = []
    for entry in checked.estimate:
        fields = entry.model_dump(exclude={"unit"})  # the schema admits one unit, and the field names carry it
        fields["form"] = Form(entry.form)
        fields["notes"] = tuple(entry.notes)
        fields["per_gy_ci_pct"] = _pair(entry.per_gy_ci_pct)
        fields["dose_range_gy"] = _pair(entry.dose_range_gy)
        models.append(RiskModel(source=source, sha256=digest, **fields))
    _refuse_repeats(models, path.name)
    return tuple(models)


@cache
def load_models() -> tuple[RiskModel, ...]:
    """Return the models that come with the package: headline figures first, then by file and place in it.

    Raises
    ------
    RiskError
        Where a file is damaged or two estimates share a name.
    """
    folder = files("dosimetry.risk").joinpath("models")
    found = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    models = [model for path in found for model in read_model_file(path)]
    _refuse_repeats(models, None)
    return tuple(sorted(models, key=lambda model: not model.headline))


def default_models(models: Sequence[RiskModel] | None = None) -> tuple[RiskModel, ...]:
    """Return the models shown unasked: every estimate of a paper that has a headline figure.

    A rounded figure is thus never shown without the published one beside it.
    """
    known = load_models() if models is None else models
    papers = {model.source.id for model in known if model.headline}
    return tuple(model for model in known if model.source.id in papers)


def select_models(ids: Iterable[str], models: Sequence[RiskModel] | None = None) -> tuple[RiskModel, ...]:
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


def _pair(values: list[float] | None) -> tuple[float, float] | None:
    return None if values is None else (values[0], values[1])


def _refuse_repeats(models: Iterable[RiskModel], file: str | None) -> None:
    seen: set[str] = set()
    for model in models:
        if model.id in seen:
            raise RiskError("two estimates share this name", file=file, item=model.id, remedy="rename one")
        seen.add(model.id)
