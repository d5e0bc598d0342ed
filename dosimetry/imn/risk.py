"""The risk layer's numbers from a comparison: mean doses of heart and lungs, with their calculation intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dvh.derived import union
from dosimetry.dvh.measured import measure
from dosimetry.errors import DerivationError, PrescriptionError
from dosimetry.model.quantity import Quantity
from dosimetry.risk.doses import DoseBounds, MeanDoses
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from collections.abc import Callable

    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.imn.increment import Increment
    from dosimetry.model.dose import Dose

__all__ = ["heart_doses", "isoeffective_doses", "lung_doses", "mean_doses"]

_MEAN = "Mean[Gy]"
_LUNGS = ("lung_ipsilateral", "lung_contralateral")
_Triple = tuple[Quantity, Quantity, Quantity]


def mean_doses(result: ImnComparison) -> tuple[dict[str, MeanDoses], tuple[Caution, ...]]:
    """Return the mean doses that models ask for, by structure, and why one of them is not there.

    Both lungs are a ROI of that part where one was drawn, else the left and the right one, if they do not overlap.
    """
    found: dict[str, MeanDoses] = {}
    heart = heart_doses(result.heart)
    if heart is not None:
        found["heart"] = heart
    lungs = [increment for increment in result.increments if increment.key == "lungs"]
    if lungs:
        drawn = heart_doses(lungs[0])
        return found | ({"lungs": drawn} if drawn is not None else {}), ()
    overlap = _overlap(result)
    if overlap is not None:
        return found, (overlap,)
    both = lung_doses(result)
    return found | ({"lungs": both} if both is not None else {}), ()


def _overlap(result: ImnComparison) -> Caution | None:
    """Return why the two lungs cannot stand for both together; None where they can, or where one is missing."""
    pair = [increment for increment in result.increments if increment.key in _LUNGS]
    if len(pair) != len(_LUNGS):
        return None
    for label in ("without", "with"):
        first, second = ((lung.without if label == "without" else lung.with_).structure for lung in pair)
        try:
            union("both lungs", first, second)
        except DerivationError as error:
            return Caution(Code.FACTOR_MISSING, "both lungs", f"no lung models, plan {label} IMN: {error}")
    return None


def heart_doses(heart: Increment) -> MeanDoses | None:
    """Return the mean doses of one structure; None where their increment was withheld."""
    before, after, change = _triple(heart)
    if before.value is None or after.value is None or change.value is None:
        return None
    return _doses(before, after, change)


def lung_doses(result: ImnComparison) -> MeanDoses | None:
    """Return the mean doses of both lungs together, weighted by their volumes; None where one is not there.

    Two lungs that do not overlap have the mean of their means, weighted by volume; each bound of it is that of both
    lungs at once.
    """
    lungs = [increment for increment in result.increments if increment.key in _LUNGS]
    if len(lungs) != len(_LUNGS):
        return None
    triples = [_triple(lung) for lung in lungs]
    if any(quantity.value is None for triple in triples for quantity in triple):
        return None
    volumes = [(_inside(lung, "without"), _inside(lung, "with")) for lung in lungs]
    if any(volume <= 0 for pair in volumes for volume in pair):
        return None
    before = _weighted([triple[0] for triple in triples], [pair[0] for pair in volumes])
    after = _weighted([triple[1] for triple in triples], [pair[1] for pair in volumes])
    change = Quantity((after.value or 0.0) - (before.value or 0.0), "Gy")
    if volumes[0][0] == volumes[0][1] and volumes[1][0] == volumes[1][1]:
        change = _weighted([triple[2] for triple in triples], [pair[1] for pair in volumes])
    return _doses(before, after, change)


def isoeffective_doses(
    result: ImnComparison, convert: Callable[[Dose, int], Dose], basis: str
) -> dict[str, MeanDoses]:
    """Return the mean doses of the converted doses of both plans, for a sensitivity analysis.

    Parameters
    ----------
    result
        The comparison.
    convert
        Takes a plan's dose and its number of fractions; returns the isoeffective dose, voxel by voxel.
    basis
        What such a dose is, for labels.

    Raises
    ------
    PrescriptionError
        Where the number of fractions of a side is not known.
    """
    converted = []
    for label, plan in (("without", result.without), ("with", result.with_)):
        if plan.fractions is None:
            raise PrescriptionError(
                "the number of fractions is not known",
                item=f"plan {label} IMN",
                remedy="give the RTPLAN that states it",
            )
        converted.append((label, convert(plan.dose, plan.fractions)))
    whole = [part for part in result.increments if part.key == "lungs"]
    wanted = {
        "heart": [result.heart],
        "lungs": whole[:1] or [part for part in result.increments if part.key in _LUNGS],
    }
    found = {}
    for name in mean_doses(result)[0]:
        means = []
        for label, dose in converted:
            parts = []
            for increment in wanted[name]:
                structure = (increment.without if label == "without" else increment.with_).structure
                measured = measure(dose, structure, [_MEAN], convention=result.request.convention)
                parts.append(measured.metrics[_MEAN])
            volumes = [_inside(increment, label) for increment in wanted[name]]
            means.append(_weighted(parts, volumes).value)
        if means[0] is not None and means[1] is not None:
            found[name] = MeanDoses(means[0], means[1], basis=basis)
    return found


def _triple(increment: Increment) -> _Triple:
    missing = Quantity(None, "Gy")
    return (
        increment.without.metrics.get(_MEAN, missing),
        increment.with_.metrics.get(_MEAN, missing),
        increment.metrics.get(_MEAN, missing),
    )


def _inside(increment: Increment, side: str) -> float:
    dvh = (increment.without if side == "without" else increment.with_).dvh
    return 0.0 if dvh is None else dvh.inside_cc


def _weighted(means: list[Quantity], volumes: list[float]) -> Quantity:
    total = sum(volumes)

    def of(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        if len(known) != len(values):
            return None
        return sum(value * volume for value, volume in zip(known, volumes, strict=True)) / total

    return Quantity(
        of([mean.value for mean in means]),
        "Gy",
        of([mean.low for mean in means]),
        of([mean.high for mean in means]),
    )


def _doses(before: Quantity, after: Quantity, change: Quantity) -> MeanDoses:
    first, second = before.value or 0.0, after.value or 0.0
    without, with_ = _bounds(before), _bounds(after)
    bounds = None
    if without is not None and with_ is not None:
        bounds = DoseBounds(_not_negative(without), _not_negative(with_), _bounds(change))
    return MeanDoses(first, second, bounds)


def _bounds(quantity: Quantity) -> tuple[float, float] | None:
    if quantity.value is None or quantity.low is None or quantity.high is None:
        return None
    return min(quantity.low, quantity.value), max(quantity.high, quantity.value)


def _not_negative(pair: tuple[float, float]) -> tuple[float, float]:
    return max(pair[0], 0.0), max(pair[1], 0.0)
