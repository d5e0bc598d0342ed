"""Sums of doses, on one grid or on several."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dose_arithmetic.lattice import Beyond, common_grid, described
from dosimetry.dose_arithmetic.resampling import resampled
from dosimetry.errors import ComparisonError, GeometryError, LinkError, UsageError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose, Measure, Summation
from dosimetry.model.quantity import up_to
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["add_doses", "on_one_grid", "require_addable"]

_ADDITIVE = (Measure.DOSE, Measure.PER_FRACTION, Measure.EQD2)
_ROUNDING_GY = 1e-9


def add_doses(
    doses: Sequence[Dose], *, across_fractionations: bool = False, beyond: Beyond | str = Beyond.UNKNOWN
) -> Dose:
    """Return the sum of doses in the measure that they share, voxel by voxel.

    Doses on one grid are added as they are. Others are interpolated onto the finer grid, told axis by axis; the
    sum then knows by how much that may have moved it (``error_gy``), and every metric made from it says so.

    Parameters
    ----------
    doses
        All physical or all RBE-weighted, in one frame of reference, and in one measure: doses in gray as given,
        or EQD2 of one α/β.
    across_fractionations
        Whether gray of different numbers of fractions may be added as they are: they do not have the same effect.
        Convert each with :func:`eqd2` instead, and add the results.
    beyond
        What a dose is beyond its own grid: ``"unknown"`` ends the sum where the first grid ends; ``"zero"`` takes
        it as no dose, with a warning that says how much there is at the grid's border.

    Raises
    ------
    LinkError
        If they lie in different frames of reference.
    ComparisonError
        If dose types, measures or fractionations are mixed, or one of them is a difference.
    GeometryError, UnsupportedError
        If their grids hardly overlap, or one of them is a single plane.
    """
    if not doses:
        raise UsageError("no dose to add")
    beyond = _beyond(beyond)
    first = doses[0]
    if len(doses) == 1:
        return first
    notes = [*require_addable(doses, across_fractionations=across_fractionations)]
    grid, parts, cautions = on_one_grid(doses, beyond)
    total = reduce(np.add, (part.values_gy for part in parts))
    errors = [part.error_gy for part in parts if part.error_gy is not None]
    known = {dose.fractions for dose in doses}
    sets = {dose.structure_set_uid for dose in doses}
    studies = {dose.study_uid for dose in doses}
    what = "doses" if first.measure is Measure.DOSE else f"{first.measure.value}s"
    if first.alpha_beta_gy is not None:
        what += f" (α/β {first.alpha_beta_gy:g} Gy)"
    notes.insert(0, Caution(Code.DOSE_SUMMED, "dose", f"the sum of {len(doses)} {what}, as asked for"))
    return Dose(
        grid=grid,
        values_gy=total,
        dose_type=first.dose_type,
        summation=Summation.MULTI_PLAN if all(d.summation.is_whole_plan for d in doses) else Summation.UNKNOWN,
        measure=first.measure,
        fractions=first.fractions if len(known) == 1 else None,
        alpha_beta_gy=first.alpha_beta_gy,
        error_gy=reduce(np.add, errors) if errors else None,
        frame_of_reference_uid=first.frame_of_reference_uid,
        study_uid=first.study_uid if len(studies) == 1 else None,
        plan_uids=tuple(dict.fromkeys(uid for dose in doses for uid in dose.plan_uids)),
        structure_set_uid=first.structure_set_uid if len(sets) == 1 else None,
        made_of=tuple(dict.fromkeys(file for dose in doses for file in dose.files)),
        warnings=merge(*(dose.warnings for dose in doses), notes, cautions),
    )


def require_addable(doses: Sequence[Dose], *, across_fractionations: bool = False) -> tuple[Caution, ...]:
    """Refuse doses that make no sum; return what is doubtful about the others' fractions."""
    if len({dose.frame_of_reference_uid for dose in doses}) > 1:
        raise LinkError("doses to be put together lie in different frames of reference")
    if len({dose.dose_type for dose in doses}) > 1:
        raise ComparisonError(
            "physical and RBE-weighted doses cannot be put together",
            found=", ".join(dose.dose_type.value for dose in doses),
        )
    measures = sorted({_in_words(dose) for dose in doses})
    if len(measures) > 1:
        raise ComparisonError(
            "doses in different measures cannot be put together",
            expected="one measure",
            found=", ".join(measures),
            remedy="convert each of them first",
        )
    if doses[0].measure not in _ADDITIVE:
        raise ComparisonError(
            f"a {doses[0].measure.value} does not add up",
            expected="doses in gray as given, or EQD2",
            remedy="add EQD2 doses, and convert their sum" if doses[0].measure is Measure.ISOEFFECTIVE else None,
        )
    if doses[0].measure is Measure.EQD2:
        return ()
    counts = [dose.fractions for dose in doses if dose.fractions is not None]
    if len(set(counts)) < 2:
        if len(counts) == len(doses) or doses[0].measure is Measure.PER_FRACTION:
            return ()
        text = "not every dose states its number of fractions: they were put together gray by gray all the same"
        return (Caution(Code.FRACTIONATION_UNKNOWN, "dose", text),)
    shown = " and ".join(str(count) for count in counts)
    if not across_fractionations:
        raise ComparisonError(
            "doses of different fractionations do not add up gray by gray",
            expected="one number of fractions, or the measure of the sum",
            found=f"{shown} fractions",
            remedy="ask for the sum of physical doses (--sum-as physical; across_fractionations=True) or add EQD2",
        )
    text = f"doses given in {shown} fractions were put together gray by gray (physical dose), as asked for"
    return (Caution(Code.FRACTIONATION_DIFFERS, "dose", text),)


def on_one_grid(doses: Sequence[Dose], beyond: Beyond) -> tuple[Grid, list[Dose], tuple[Caution, ...]]:
    """Return a grid for all doses, the doses on it, and what that has done to them."""
    first = doses[0]
    if all(first.grid.same_as(dose.grid) for dose in doses[1:]):
        return first.grid, list(doses), ()
    grid = common_grid([dose.grid for dose in doses], beyond)
    found = [resampled(dose, grid) for dose in doses]
    notes: list[Caution] = []
    if beyond is Beyond.ZERO:
        notes += [note for dose in doses if (note := _border(dose, grid)) is not None]
        values = [np.nan_to_num(one.values_gy) for one in found]
        errors = [one.error_gy for one in found]
    else:
        low, high = _known([one.values_gy for one in found])
        kept = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        grid = _part_of(grid, low, high)
        values = [np.ascontiguousarray(one.values_gy[kept]) for one in found]
        errors = [np.ascontiguousarray(one.error_gy[kept]) for one in found]
        notes += _ends(doses, grid)
    moved = [float(error.max()) > _ROUNDING_GY for error in errors]
    total = sum(errors[1:], start=errors[0])
    sources = ", ".join(dict.fromkeys(described(dose.grid) for dose in doses))
    text = f"doses on grids of {sources} were put onto one of {described(grid)}"
    if any(moved):
        how = "at most" if all(one.is_bound for one in found) else "about"
        text += (
            f": interpolation moves the dose by {how} {up_to(float(total.max()))} Gy at a point, "
            f"and by {how} {up_to(float(total.mean()))} Gy on average"
        )
    else:
        text += ": interpolation moves no dose"
    notes.insert(0, Caution(Code.DOSE_RESAMPLED, "dose", text))
    parts = [
        replace(dose, grid=grid, values_gy=value, error_gy=error)
        for dose, value, error in zip(doses, values, errors, strict=True)
    ]
    return grid, parts, tuple(notes)


def _beyond(text: Beyond | str) -> Beyond:
    try:
        return Beyond(text)
    except ValueError as error:
        raise UsageError(f"cannot be {text!r}", item="beyond", expected=" or ".join(Beyond)) from error


def _in_words(dose: Dose) -> str:
    words = dose.measure.value
    return words if dose.alpha_beta_gy is None else f"{words} of α/β {dose.alpha_beta_gy:g} Gy"


def _border(dose: Dose, grid: Grid) -> Caution | None:
    """Tell how much a dose that is taken as none beyond its grid has at the border of it."""
    low, high = grid.extent_mm()
    own_low, own_high = dose.grid.extent_mm()
    if (low > own_low - 0.01).all() and (high < own_high + 0.01).all():
        return None
    values = dose.values_gy
    faces = [np.take(values, end, axis) for axis in range(3) for end in (0, -1)]
    highest = max(float(face.max()) for face in faces)
    text = (
        f"a dose of the sum ends before the others and was taken as none beyond its grid ({described(dose.grid)}), "
        f"as asked for: at its border it is up to {highest:.2f} Gy"
    )
    return Caution(Code.DOSE_BEYOND_GRID, "dose", text)


def _ends(doses: Sequence[Dose], grid: Grid) -> tuple[Caution, ...]:
    """Tell where a sum ends, if that is before one of its doses does, by more than a voxel."""
    low, high = grid.extent_mm()
    voxel = max(*grid.spacing_mm, float(np.diff(grid.frame_positions_mm).max()))
    ends = [dose.grid.extent_mm() for dose in doses]
    if all((own_low > low - voxel).all() and (own_high < high + voxel).all() for own_low, own_high in ends):
        return ()
    shown = ", ".join(f"{axis} {a:.0f} to {b:.0f}" for axis, a, b in zip("xyz", low, high, strict=True))
    text = (
        f"the sum of {len(doses)} doses is known where all of their grids are ({shown} mm); beyond, it counts as "
        "outside of the dose grid"
    )
    return (Caution(Code.DOSE_BEYOND_GRID, "dose", text),)


def _known(values: Sequence[NDArray[np.float64]]) -> tuple[list[int], list[int]]:
    """Return first and end node along each axis of a box in which all doses are known.

    Nodes beyond a turned grid are peeled off face by face, the one with the largest unknown share first.
    """
    known = reduce(np.logical_and, (~np.isnan(each) for each in values))
    low, high = [0, 0, 0], list(known.shape)
    while True:
        box = known[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
        if min(box.shape) < 2:
            raise GeometryError(
                "doses to be put together hardly overlap",
                expected="grids that share a part of the patient",
                remedy="export the doses on grids that cover the structures of interest",
            )
        if box.all():
            return low, high
        shares = {(axis, end): 1.0 - float(np.take(box, end, axis).mean()) for axis in range(3) for end in (0, -1)}
        axis, end = max(shares, key=lambda face: shares[face])
        if end == 0:
            low[axis] += 1
        else:
            high[axis] -= 1


def _part_of(grid: Grid, low: Sequence[int], high: Sequence[int]) -> Grid:
    """Return the grid of the nodes from `low` to `high` (exclusive), as (frame, row, column)."""
    frames = grid.frame_positions_mm[low[0] : high[0]]
    return Grid(
        origin_mm=grid.map_index_to_mm([low[::-1]])[0],
        row_axis=grid.row_axis,
        column_axis=grid.column_axis,
        spacing_mm=grid.spacing_mm,
        frame_positions_mm=frames - frames[0],
        rows=high[1] - low[1],
        columns=high[2] - low[2],
    )
