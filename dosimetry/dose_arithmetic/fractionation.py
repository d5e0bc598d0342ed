"""Doses of one fraction, and doses of the same effect in other fractions.

Linear-quadratic model, voxel by voxel. A dose D in n fractions has the biologically effective dose
D(1 + D/(n·α/β)). Its EQD2 is what has the same in fractions of 2 Gy, and its isoeffective dose in N fractions the
one that solves X(1 + X/(N·α/β)) = D(1 + D/(n·α/β)). EQD2 is lower than the physical dose of a 50 Gy in 25 course
wherever that gives less than 2 Gy a fraction, as in the heart: a slope per gray of physical dose must never meet
it. The isoeffective dose in the course's own number of fractions is the dose itself.

Between voxel centres the converted dose is trilinear, as every dose: where the dose changes by d Gy within a cell
that raises EQD2 by at most d²/(4n(2 + α/β)).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.errors import ComparisonError, PrescriptionError, UnitsError
from dosimetry.model.dose import Measure, Summation
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dosimetry.model.dose import Dose

__all__ = [
    "DEFAULT_ALPHA_BETA_GY",
    "SOURCE_FRACTIONS",
    "eqd2",
    "eqd2_gy",
    "isoeffective_dose",
    "isoeffective_gy",
    "per_fraction",
    "total_dose",
]

# The usual assumption for late effects in normal tissue; no measurement of any one organ, the heart included.
DEFAULT_ALPHA_BETA_GY = 3.0
SOURCE_FRACTIONS = 25
"""What the regimens have that slopes per gray of mean heart dose come from."""

_MOST_FRACTIONS = 200
_LARGEST_ALPHA_BETA_GY = 100.0

Doses = Any  # a number of Gy, or an array of them


def eqd2_gy(dose_gy: Doses, fractions: int, alpha_beta_gy: float) -> Doses:
    """Return the dose in 2 Gy fractions with the same effect as `dose_gy` (number or array) in `fractions`."""
    return dose_gy * (dose_gy / fractions + alpha_beta_gy) / (2.0 + alpha_beta_gy)


def isoeffective_gy(effective_gy: Doses, fractions: int, alpha_beta_gy: float) -> Doses:
    """Return the dose in `fractions` that has this biologically effective dose (number or array, Gy)."""
    return 2.0 * effective_gy / (1.0 + np.sqrt(1.0 + 4.0 * effective_gy / (fractions * alpha_beta_gy)))


def per_fraction(dose: Dose, fractions: int | None = None) -> Dose:
    """Return the mean dose of one fraction.

    Parameters
    ----------
    dose
        The total dose.
    fractions
        In how many fractions it is given; where None, what the dose states.

    Raises
    ------
    PrescriptionError
        If the number of fractions is not known, or contradicts the dose's own.
    UnitsError
        If it is no dose in gray as given.
    """
    _require(dose, Measure.DOSE, "is taken per fraction")
    count = _count(dose, fractions)
    text = f"the dose of one fraction: the total divided by {count} fractions"
    return _converted(
        dose, dose.values_gy / count, text, measure=Measure.PER_FRACTION, fractions=count, slope=1 / count
    )


def total_dose(dose: Dose, fractions: int | None = None) -> Dose:
    """Return the total of a dose per fraction; the reverse of :func:`per_fraction`, and errors as there.

    A dose that a file stores as that of a fraction is taken at its word only here, since it was asked for.
    """
    if dose.measure is not Measure.PER_FRACTION and dose.summation.is_whole_plan:
        raise UnitsError("is a total dose already", item="dose", found=dose.summation.value)
    _require(dose, Measure.PER_FRACTION if dose.measure is Measure.PER_FRACTION else Measure.DOSE, "is multiplied")
    count = _count(dose, fractions)
    text = f"the total of {count} fractions: the dose of one multiplied by {count}"
    total = _converted(dose, dose.values_gy * count, text, measure=Measure.DOSE, fractions=count, slope=count)
    whole = dose.summation if dose.summation.is_whole_plan else Summation.PLAN
    part = dose.summation in (Summation.BEAM, Summation.CONTROL_POINT, Summation.BEAM_SESSION)
    return replace(total, summation=dose.summation if part else whole)


def eqd2(dose: Dose, fractions: int | None = None, alpha_beta_gy: float | None = None) -> Dose:
    """Return the dose in 2 Gy fractions with the same effect, voxel by voxel: D(D/n + α/β)/(2 + α/β).

    It is a metric of its own: no slope per gray of physical dose applies to it.

    Parameters
    ----------
    dose
        The total dose.
    fractions
        In how many fractions it is given; where None, what the dose states.
    alpha_beta_gy
        α/β in Gy. Where None, 3 Gy as usual for late effects, with a warning that says so.

    Raises
    ------
    PrescriptionError
        If the number of fractions is not known, or contradicts the dose's own; if α/β is not a positive number.
    UnitsError
        If it is no total dose in gray.
    """
    _require(dose, Measure.DOSE, "has an EQD2")
    count = _count(dose, fractions)
    ratio, notes = _ratio(alpha_beta_gy)
    text = f"EQD2 with α/β = {ratio:g} Gy, from {count} fractions: no physical dose"
    values = eqd2_gy(dose.values_gy, count, ratio)
    steepest = (2.0 * float(dose.values_gy.max()) / count + ratio) / (2.0 + ratio)
    made = _converted(dose, values, text, measure=Measure.EQD2, fractions=None, slope=steepest, notes=notes)
    return replace(made, alpha_beta_gy=ratio)


def isoeffective_dose(
    dose: Dose,
    fractions: int | None = None,
    alpha_beta_gy: float | None = None,
    *,
    in_fractions: int = SOURCE_FRACTIONS,
) -> Dose:
    """Return the dose in `in_fractions` fractions with the same effect, voxel by voxel.

    A dose given in as many fractions comes back unchanged. Several courses have one isoeffective dose together:
    give the sum of their EQD2, whose α/β is then used.

    Parameters
    ----------
    dose
        A total dose, or an EQD2.
    fractions
        In how many fractions it is given; where None, what the dose states. Not for an EQD2.
    alpha_beta_gy
        As for :func:`eqd2`.
    in_fractions
        The number of fractions wanted.

    Raises
    ------
    PrescriptionError, UnitsError
        As for :func:`eqd2`.
    """
    wanted = _checked(in_fractions)
    if dose.measure is Measure.EQD2 and dose.alpha_beta_gy is not None:
        return _of_eqd2(dose, fractions, alpha_beta_gy, wanted)
    _require(dose, Measure.DOSE, "has an isoeffective dose")
    count = _count(dose, fractions)
    ratio, notes = _ratio(alpha_beta_gy)
    values = dose.values_gy
    slope = 1.0
    if count != wanted:
        values = isoeffective_gy(values * (1.0 + values / (count * ratio)), wanted, ratio)
        slope = max(1.0, math.sqrt(wanted / count))  # dX/dD goes from 1 without dose to this at the highest doses
    text = f"isoeffective dose in {wanted} fractions with α/β = {ratio:g} Gy, from {count} fractions"
    made = _converted(dose, values, text, measure=Measure.ISOEFFECTIVE, fractions=wanted, slope=slope, notes=notes)
    return replace(made, alpha_beta_gy=ratio)


def _of_eqd2(dose: Dose, fractions: int | None, alpha_beta_gy: float | None, wanted: int) -> Dose:
    ratio = dose.alpha_beta_gy or math.nan
    if fractions is not None or alpha_beta_gy not in (None, ratio):
        raise ComparisonError(
            "an EQD2 has its own α/β and is in fractions of 2 Gy",
            expected=f"neither fractions nor another α/β than {ratio:g} Gy",
            found=f"{fractions} fractions, α/β {alpha_beta_gy}",
        )
    values = isoeffective_gy(dose.values_gy * (1.0 + 2.0 / ratio), wanted, ratio)
    text = f"isoeffective dose in {wanted} fractions with α/β = {ratio:g} Gy, from EQD2"
    return _converted(dose, values, text, measure=Measure.ISOEFFECTIVE, fractions=wanted, slope=1.0 + 2.0 / ratio)


def _require(dose: Dose, measure: Measure, what: str) -> None:
    if dose.measure is not measure:
        raise UnitsError(
            f"only a {measure.value} {what}", item="dose", expected=measure.value, found=dose.measure.value
        )
    if dose.values_gy.size and float(dose.values_gy.min()) < 0:
        raise UnitsError(f"only a dose of 0 Gy or more {what}", found=f"{float(dose.values_gy.min()):.3g} Gy")


def _count(dose: Dose, fractions: int | None) -> int:
    """Return the number of fractions, as given or as the dose states it."""
    count = dose.fractions if fractions is None else fractions
    if count is None:
        raise PrescriptionError(
            "the number of fractions is not known",
            item="fractions",
            remedy="give it (--fractions), or the RTPLAN that states it",
        )
    if dose.fractions is not None and count != dose.fractions:
        raise PrescriptionError(
            "contradicts the number of fractions that the dose has",
            item="fractions",
            expected=str(dose.fractions),
            found=str(count),
        )
    return _checked(count)


def _checked(count: int) -> int:
    if isinstance(count, bool) or count != int(count) or not 1 <= count <= _MOST_FRACTIONS:
        raise PrescriptionError(
            "is no number of fractions", item="fractions", expected=f"1 to {_MOST_FRACTIONS}", found=str(count)
        )
    return int(count)


def _ratio(alpha_beta_gy: float | None) -> tuple[float, tuple[Caution, ...]]:
    """Return α/β, and what is to be said of it."""
    if alpha_beta_gy is None:
        text = (
            f"α/β was not given; {DEFAULT_ALPHA_BETA_GY:g} Gy, the usual assumption for late effects in normal "
            "tissue, was taken"
        )
        return DEFAULT_ALPHA_BETA_GY, (Caution(Code.ALPHA_BETA_ASSUMED, "dose", text),)
    if not 0 < alpha_beta_gy <= _LARGEST_ALPHA_BETA_GY:
        raise PrescriptionError(
            "is no α/β",
            item="alpha_beta_gy",
            expected=f"more than 0 and at most {_LARGEST_ALPHA_BETA_GY:g} Gy",
            found=f"{alpha_beta_gy:g}",
        )
    return float(alpha_beta_gy), ()


def _converted(
    dose: Dose,
    values_gy: NDArray[np.float64],
    text: str,
    *,
    measure: Measure,
    fractions: int | None,
    slope: float,
    notes: tuple[Caution, ...] = (),
) -> Dose:
    """Return the dose in another measure; `slope` is the steepest by which its errors grow."""
    caution = Caution(Code.DOSE_CONVERTED, "dose", text)
    return replace(
        dose,
        values_gy=np.ascontiguousarray(values_gy),
        measure=measure,
        fractions=fractions,
        alpha_beta_gy=dose.alpha_beta_gy,
        error_gy=None if dose.error_gy is None else dose.error_gy * slope,
        sop_instance_uid=None,
        source=None,
        made_of=dose.files,
        warnings=merge(dose.warnings, notes, (caution,)),
    )
