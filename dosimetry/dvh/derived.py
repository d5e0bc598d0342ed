"""Structures made of two others: both lungs together, the body without a target.

Contours of both, plane by plane, under the even-odd rule: where two structures do not overlap that is their union,
and where one lies wholly in the other it is their difference. Whether they do is measured, not assumed; where
neither holds, there is no derived structure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.sections import section_areas
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import DerivationError
from dosimetry.model.structures import ContourPlanes, Structure
from dosimetry.warnings import Caution, Code, merge

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["difference", "union"]

_SAME_PLANE_MM = 0.01
# Contours drawn side by side share a line of pixels here and there.
_NEGLIGIBLE = 1e-3


def union(name: str, first: Structure, second: Structure) -> Structure:
    """Return two structures that do not overlap as one.

    Parameters
    ----------
    name
        Of the new structure; its number is -1, which no file has.
    first, second
        What it is made of; both have contours.

    Raises
    ------
    DerivationError
        If they were not drawn on the same slices, or share more than 0.1 % of the smaller one's volume.
    """
    together = _even_odd(name, first, second)
    volumes = [_volume_mm3(structure) for structure in (first, second, together)]
    shared = (volumes[0] + volumes[1] - volumes[2]) / 2.0
    if shared > _NEGLIGIBLE * min(volumes[:2]):
        raise DerivationError(
            f"cannot be derived: {first.name!r} and {second.name!r} overlap",
            item=f"ROI {name!r}",
            expected="structures side by side",
            found=f"{shared / 1000.0:.3g} cc in both",
        )
    return together


def difference(name: str, whole: Structure, part: Structure) -> Structure:
    """Return a structure without one that lies wholly inside it; parameters and errors as for :func:`union`."""
    rest = _even_odd(name, whole, part)
    volumes = [_volume_mm3(structure) for structure in (whole, part, rest)]
    beyond = (volumes[2] - volumes[0] + volumes[1]) / 2.0
    if beyond > _NEGLIGIBLE * volumes[1]:
        raise DerivationError(
            f"cannot be derived: {part.name!r} does not lie wholly in {whole.name!r}",
            item=f"ROI {name!r}",
            found=f"{beyond / 1000.0:.3g} cc of it outside",
        )
    return rest


def _even_odd(name: str, first: Structure, second: Structure) -> Structure:
    """Return the contours of both structures as one, plane by plane."""
    one, other = first.contours, second.contours
    if one is None or other is None:
        empty = first.name if one is None else second.name
        raise DerivationError(f"cannot be derived: {empty!r} has no contours", item=f"ROI {name!r}")
    if not np.allclose(one.frame.normal, other.frame.normal, atol=1e-6) or not np.allclose(
        one.frame.u_axis, other.frame.u_axis, atol=1e-6
    ):
        raise DerivationError("cannot be derived: planes of two directions", item=f"ROI {name!r}")
    positions = _planes(name, one, other, first.slice_spacing_mm or second.slice_spacing_mm)
    points: list[NDArray[np.float64]] = []
    contours, planes = [0], [0]
    for position in positions:
        for structure in (one, other):
            for plane in np.flatnonzero(np.abs(structure.positions_mm - position) <= _SAME_PLANE_MM):
                for c in range(structure.plane_offsets[plane], structure.plane_offsets[plane + 1]):
                    found = structure.points_mm[structure.contour_offsets[c] : structure.contour_offsets[c + 1]]
                    points.append(found)
                    contours.append(contours[-1] + len(found))
        planes.append(len(contours) - 1)
    made = ContourPlanes(
        one.frame, np.concatenate(points), np.asarray(contours), np.asarray(planes), np.asarray(positions)
    )
    told = Caution(Code.STRUCTURE_DERIVED, name, f"derived from {first.name} and {second.name}")
    return Structure(
        number=-1,
        name=name,
        contours=made,
        slice_spacing_mm=first.slice_spacing_mm or second.slice_spacing_mm,
        frame_of_reference_uid=first.frame_of_reference_uid or second.frame_of_reference_uid,
        warnings=merge(first.warnings, second.warnings, (told,)),
        slice_positions_mm=first.slice_positions_mm,
    )


def _planes(name: str, one: ContourPlanes, other: ContourPlanes, spacing_mm: float | None) -> list[float]:
    """Return the planes of both, ascending; those that are almost but not quite the same are refused."""
    positions = sorted([*one.positions_mm.tolist(), *other.positions_mm.tolist()])
    kept = positions[:1]
    for position in positions[1:]:
        gap = position - kept[-1]
        if gap <= _SAME_PLANE_MM:
            continue
        if spacing_mm is not None and gap < 0.5 * spacing_mm:
            raise DerivationError(
                "cannot be derived: its parts were drawn on different slices",
                item=f"ROI {name!r}",
                found=f"planes {gap:.3g} mm apart at a spacing of {spacing_mm:g} mm",
            )
        kept.append(position)
    return kept


def _volume_mm3(structure: Structure) -> float:
    solid = build_solid(structure, DEFAULT_CONVENTION)
    return float(section_areas(solid.contours, structure.name) @ solid.thickness_mm)
