"""From a dose and a structure to a dose-volume histogram.

The solid is the stack of prisms that the convention makes of the contours; the dose is trilinear between voxel
centres. Volume, mean and extremes of that solid in that dose are exact up to rounding; the histogram resolves
dose to the limits of :class:`Accuracy`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.dvh.accuracy import DEFAULT_ACCURACY, Accuracy
from dosimetry.dvh.aligned import follows, in_planes_of, lookup_loss_gy
from dosimetry.dvh.block import lies_across, turned_over
from dosimetry.dvh.clipped import within_support
from dosimetry.dvh.convention import DEFAULT_CONVENTION, Convention, Inclusion, find_convention
from dosimetry.dvh.cores import on_all_cores
from dosimetry.dvh.deposition import deposit_solid, place_in_grid
from dosimetry.dvh.dvh import Basis, Dvh
from dosimetry.dvh.sections import Sections, section_areas
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import LinkError, PrescriptionError, StructureError, UnsupportedError
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dosimetry.dvh.solid import Solid
    from dosimetry.model.dose import Dose
    from dosimetry.model.structures import Structure

__all__ = ["DEFAULT_ACCURACY", "Accuracy", "compute_dvh", "compute_dvhs", "measure_solid"]

# Less than this share of the volume outside the grid is rounding, or planes that are parallel up to their decimals.
_OUTSIDE_ROUNDING = 1e-7
# A look-up of the dose that is nowhere off by more is exact for any purpose.
_SEEN_GY = 0.01


def compute_dvh(
    dose: Dose,
    structure: Structure,
    *,
    convention: Convention | str = DEFAULT_CONVENTION,
    prescription_gy: float | None = None,
    accuracy: Accuracy = DEFAULT_ACCURACY,
) -> Dvh:
    """Compute the dose-volume histogram of one structure.

    Parameters
    ----------
    dose, structure
        In the same frame of reference.
    convention
        How the contours are taken; a convention or the name of one.
    prescription_gy
        What percentages of dose refer to.
    accuracy
        How finely the histogram resolves dose.

    Raises
    ------
    StructureError
        If the structure has no closed contour, encloses no volume, or its thickness is unknown; or if its contours
        cross each other so often that they are no outline.
    LinkError
        If dose and structure lie in different frames of reference.
    PrescriptionError
        If the prescription is not a positive number.
    UnsupportedError
        If the dose has a single frame, row or column.
    """
    if isinstance(convention, str):
        convention = find_convention(convention)
    if prescription_gy is not None and not 0 < prescription_gy < math.inf:
        raise PrescriptionError("is not a dose", item="prescription_gy", found=f"{prescription_gy:g}")
    _require_same_frame(dose, structure)
    if structure.contours is None:
        raise StructureError("has no closed planar contour", item=f"ROI {structure.name!r}")
    if min(dose.grid.shape) < 2:
        raise UnsupportedError(
            "a dose of a single plane fills no volume",
            expected="at least two frames, rows and columns",
            found="x".join(map(str, dose.grid.shape)),
        )
    areas = section_areas(structure.contours, structure.name)
    solid = build_solid(structure, convention)
    if convention.inclusion is not Inclusion.EXACT:
        from dosimetry.dvh.inclusion import voxelised  # noqa: PLC0415  only for conventions that need it

        solid = voxelised(solid, dose.grid, convention.inclusion, structure.name)
    sections = Sections(areas if solid.contours is structure.contours else None)
    dvh = measure_solid(dose, solid, structure, convention, accuracy, sections)
    return replace(dvh, prescription_gy=prescription_gy, basis=Basis(dose, structure, accuracy))


def compute_dvhs(
    dose: Dose,
    structures: Iterable[Structure],
    *,
    convention: Convention | str = DEFAULT_CONVENTION,
    prescription_gy: float | None = None,
) -> list[Dvh]:
    """Compute the histograms of several structures on all cores; parameters and errors as for `compute_dvh`."""

    def one(structure: Structure) -> Dvh:
        return compute_dvh(dose, structure, convention=convention, prescription_gy=prescription_gy)

    return on_all_cores(one, structures)


def measure_solid(
    dose: Dose,
    solid: Solid,
    structure: Structure,
    convention: Convention,
    accuracy: Accuracy,
    sections: Sections,
) -> Dvh:
    """Return the histogram of a solid that a structure was made into.

    `sections` holds what other solids with the same sections in the same grid have left, if there are any.

    Raises
    ------
    StructureError
        If it encloses no volume.
    """
    if sections.areas_mm2 is None:
        sections.areas_mm2 = section_areas(solid.contours, structure.name)
    volume_mm3 = float(sections.areas_mm2 @ solid.thickness_mm)
    if not volume_mm3 > 0:
        raise StructureError("encloses no volume", item=f"ROI {structure.name!r}")
    looked_up: tuple[Caution, ...] = ()
    covers = sections.covers
    if not follows(dose.grid, solid):
        dose, solid, looked_up = _along_planes(dose, solid, structure.name)
        covers = {}  # of sections as they are cut, in a grid made for this solid alone
    elif lies_across(dose.grid, solid):
        dose = turned_over(dose, solid)
        covers = {}
    deposited = deposit_solid(dose, place_in_grid(solid, dose.grid, covers), volume_mm3, accuracy)
    inside_mm3 = deposited.volume_mm3
    outside_mm3 = volume_mm3 - inside_mm3
    warnings = merge(structure.warnings, solid.warnings, looked_up)
    if outside_mm3 <= _OUTSIDE_ROUNDING * volume_mm3:
        outside_mm3, inside_mm3 = 0.0, volume_mm3
    else:
        text = (
            f"{outside_mm3 / volume_mm3:.2%} of the volume lies outside the dose grid; "
            "dose metrics are of the part inside"
        )
        warnings = (*warnings, Caution(Code.OUTSIDE_GRID, structure.name, text))
    return Dvh(
        name=structure.name,
        number=structure.number,
        volume_cc=volume_mm3 / 1000.0,
        outside_grid_cc=outside_mm3 / 1000.0,
        mean_gy=deposited.mean_gy,
        min_gy=deposited.min_gy,
        max_gy=deposited.max_gy,
        edges_gy=deposited.edges_gy,
        volume_at_least_cc=deposited.share_at_least * (inside_mm3 / 1000.0),
        convention=convention,
        warnings=warnings,
    )


def _along_planes(dose: Dose, solid: Solid, name: str) -> tuple[Dose, Solid, tuple[Caution, ...]]:
    """Return a dose on a grid along the planes of a solid, the part of the solid within it, and what was lost."""
    inside = within_support(solid, dose.grid)
    if not inside.thickness_mm.size:
        return dose, inside, ()
    turned = in_planes_of(dose, inside)
    loss = lookup_loss_gy(dose, turned)
    if loss <= _SEEN_GY:
        return turned, inside, ()
    text = (
        f"contours tilted against the dose grid: the dose was looked up, which is off by up to {loss:.2g} "
        "Gy at a voxel centre; so may extreme doses be, and D metrics by a part of it"
    )
    return turned, inside, (Caution(Code.DOSE_LOOKED_UP, name, text),)


def _require_same_frame(dose: Dose, structure: Structure) -> None:
    if (
        dose.frame_of_reference_uid
        and structure.frame_of_reference_uid
        and dose.frame_of_reference_uid != structure.frame_of_reference_uid
    ):
        raise LinkError(
            "dose and structure lie in different frames of reference",
            item=f"ROI {structure.name!r}",
            remedy="use the structure set that was drawn on the planning CT of this dose",
        )
