"""Doses made from doses: sums and multiples. Nothing here happens unless it was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import ComparisonError, LinkError, UnsupportedError
from dosimetry.model.dose import Dose, Summation
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["add", "same_dose", "scaled"]

# Two doses are the same where no voxel differs by more than this share of the highest dose: 16-bit storage
# of one dose under two scalings differs by less, and no change of a plan leaves every voxel this close.
_SAME_SHARE = 1e-4


def add(doses: Sequence[Dose]) -> Dose:
    """Return the sum of doses on the same grid.

    Raises
    ------
    LinkError
        If they lie in different frames of reference.
    ComparisonError
        If physical and RBE-weighted doses are mixed.
    UnsupportedError
        If their grids differ.
    """
    first = doses[0]
    if len(doses) == 1:
        return first
    if len({dose.frame_of_reference_uid for dose in doses}) > 1:
        raise LinkError("doses to be added lie in different frames of reference")
    if len({dose.dose_type for dose in doses}) > 1:
        raise ComparisonError(
            "physical and RBE-weighted doses cannot be added",
            found=", ".join(dose.dose_type.value for dose in doses),
        )
    if not all(first.grid.same_as(dose.grid) for dose in doses[1:]):
        raise UnsupportedError(
            "doses to be added lie on different grids",
            expected="the same origin, spacing and size",
            found=", ".join("x".join(map(str, dose.grid.shape)) for dose in doses),
            remedy="export them on one grid; doses are not resampled by this version",
        )
    total = first.values_gy + doses[1].values_gy
    for dose in doses[2:]:
        total += dose.values_gy
    text = f"the sum of {len(doses)} doses, as asked for"
    return Dose(
        grid=first.grid,
        values_gy=total,
        dose_type=first.dose_type,
        summation=Summation.MULTI_PLAN,
        frame_of_reference_uid=first.frame_of_reference_uid,
        study_uid=first.study_uid,
        plan_uids=tuple(uid for dose in doses for uid in dose.plan_uids),
        structure_set_uid=first.structure_set_uid,
        warnings=merge(*(dose.warnings for dose in doses), (Caution(Code.DOSE_SUMMED, "dose", text),)),
    )


def scaled(dose: Dose, factor: float, warning: Caution) -> Dose:
    """Return a multiple of a dose, with the warning that says so."""
    return replace(dose, values_gy=dose.values_gy * factor, warnings=merge(dose.warnings, (warning,)))


def same_dose(one: Dose, other: Dose) -> bool:
    """Tell whether two doses are the same distribution, however it is stored."""
    if not one.grid.same_as(other.grid):
        return False
    highest = float(max(one.values_gy.max(), other.values_gy.max()))
    return bool(np.abs(one.values_gy - other.values_gy).max() <= _SAME_SHARE * highest)
