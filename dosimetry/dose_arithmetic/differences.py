"""What one dose has more than another."""

from __future__ import annotations

from dataclasses import replace

from dosimetry.dose_arithmetic.lattice import Beyond
from dosimetry.dose_arithmetic.sums import on_one_grid, require_addable
from dosimetry.errors import ComparisonError, UnitsError
from dosimetry.model.dose import Dose, Measure, Summation
from dosimetry.warnings import Caution, Code, merge

__all__ = ["remainder", "subtract"]

# Stored in 16 bits, a whole and its parts differ by a few steps of a 65535th of the highest dose.
_STORED_SHARE = 1e-3


def subtract(dose: Dose, other: Dose, *, across_fractionations: bool = False) -> Dose:
    """Return ``dose - other``, voxel by voxel: what a plan with a field has more than one without.

    The result can be measured, and its numbers can be negative. It is no dose that anybody receives: nothing here
    compares it, adds to it, converts it, or applies a slope to it. It ends where the first of both grids ends.

    Raises
    ------
    LinkError, ComparisonError, GeometryError, UnsupportedError
        As for :func:`add_doses`.
    """
    notes = require_addable((dose, other), across_fractionations=across_fractionations)
    grid, (one, less), cautions = on_one_grid((dose, other), Beyond.UNKNOWN)
    error = None if one.error_gy is None or less.error_gy is None else one.error_gy + less.error_gy
    text = "a difference of two doses: no dose that is given, and not to be taken for that of a plan"
    return Dose(
        grid=grid,
        values_gy=one.values_gy - less.values_gy,
        dose_type=dose.dose_type,
        summation=Summation.UNKNOWN,
        measure=Measure.DIFFERENCE,
        error_gy=error,
        frame_of_reference_uid=dose.frame_of_reference_uid,
        study_uid=dose.study_uid,
        structure_set_uid=dose.structure_set_uid,
        made_of=tuple(dict.fromkeys((*dose.files, *other.files))),
        warnings=merge(
            dose.warnings, other.warnings, (Caution(Code.DOSE_DIFFERENCE, "dose", text),), notes, cautions
        ),
    )


def remainder(whole: Dose, part: Dose) -> Dose:
    """Return what is left of a dose without a part of it: a dose that could be given.

    Raises
    ------
    ComparisonError
        If the part exceeds the whole somewhere by more than rounding in storage: then it is not part of it.
    UnitsError, LinkError, GeometryError, UnsupportedError
        If it is no dose in gray, or as for :func:`add_doses`.
    """
    if whole.measure is not Measure.DOSE:
        raise UnitsError("only of doses in gray as given can a part be taken out", found=whole.measure.value)
    left = subtract(whole, part)
    lowest, highest = float(left.values_gy.min()), float(whole.values_gy.max())
    allowed = left.error_gy if left.error_gy is not None else 0.0
    if float((left.values_gy + allowed).min()) < -_STORED_SHARE * highest:
        raise ComparisonError(
            "what shall be taken out of a dose exceeds it",
            expected="a part of the dose, in the same number of fractions",
            found=f"{-lowest:.2f} Gy more than the whole in a voxel",
            remedy="check whether both are of the same plan, and both total doses",
        )
    notes = [note for note in left.warnings if note.code not in (Code.DOSE_DIFFERENCE, Code.FRACTIONATION_UNKNOWN)]
    if lowest < 0:
        text = f"where a part exceeded the whole (by up to {-lowest:.3f} Gy, rounding in storage) nothing is left"
        notes.append(Caution(Code.DOSE_NEGATIVE, "dose", text))
    return replace(
        left,
        values_gy=left.values_gy.clip(min=0.0),
        summation=whole.summation,
        measure=Measure.DOSE,
        fractions=whole.fractions,
        plan_uids=whole.plan_uids,
        warnings=tuple(notes),
    )
