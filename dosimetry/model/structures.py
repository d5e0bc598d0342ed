"""Structures as planar contours in flat arrays."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import AmbiguityError, StructureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dosimetry.provenance import SourceFile
    from dosimetry.warnings import Caution

__all__ = ["ContourPlanes", "PlaneFrame", "Structure", "StructureSet"]


@dataclass(frozen=True, eq=False)
class PlaneFrame:
    """The frame that parallel contour planes share.

    A point with plane coordinates (u, v) on the plane at position w lies at u·u_axis + v·v_axis + w·normal,
    LPS in mm. For axial planes u, v and w are the patient's x, y and z.

    Attributes
    ----------
    u_axis, v_axis, normal
        Right-handed orthonormal axes, each of shape (3,).
    """

    u_axis: NDArray[np.float64]
    v_axis: NDArray[np.float64]
    normal: NDArray[np.float64]

    @staticmethod
    def axial() -> PlaneFrame:
        """Return the frame of axial planes: the patient's axes themselves."""
        x, y, z = np.eye(3)
        return PlaneFrame(x, y, z)


@dataclass(frozen=True, eq=False)
class ContourPlanes:
    """All closed contours of one structure, grouped by plane.

    Attributes
    ----------
    frame
        Axes of the planes.
    points_mm
        Vertices (u, v) of all contours, plane by plane, shape (points, 2); contours close by themselves.
    contour_offsets
        Contour c has the points ``contour_offsets[c]:contour_offsets[c + 1]``, shape (contours + 1,).
    plane_offsets
        Plane p has the contours ``plane_offsets[p]:plane_offsets[p + 1]``, shape (planes + 1,).
    positions_mm
        Positions of the planes along the normal, strictly ascending, shape (planes,).
    """

    frame: PlaneFrame
    points_mm: NDArray[np.float64]
    contour_offsets: NDArray[np.int64]
    plane_offsets: NDArray[np.int64]
    positions_mm: NDArray[np.float64]

    @property
    def centroid_mm(self) -> NDArray[np.float64]:
        """Mean of the vertices, LPS, shape (3,): good enough to tell left from right."""
        points_per_plane = np.diff(self.contour_offsets[self.plane_offsets])
        along = float(np.average(self.positions_mm, weights=points_per_plane))
        u, v = self.points_mm.mean(axis=0)
        return np.asarray(u * self.frame.u_axis + v * self.frame.v_axis + along * self.frame.normal)


@dataclass(frozen=True, eq=False)
class Structure:
    """One region of interest.

    Attributes
    ----------
    number, name
        ROINumber and ROIName as in the file; the name is untrusted text.
    contours
        The closed contours; None where the ROI has none.
    slice_spacing_mm
        Usual distance between contour planes of the whole structure set; None where it shows none.
    slice_positions_mm
        The slices that it could have been drawn on, along the normal of its planes, ascending: those of the
        whole structure set; None where they are not known.
    roi_type
        RTROIInterpretedType, or an empty string. Unreliable.
    frame_of_reference_uid
        The frame that the contours are in, for linking only.
    warnings
        What touches every number of this structure.
    """

    number: int
    name: str
    contours: ContourPlanes | None
    slice_spacing_mm: float | None = None
    roi_type: str = ""
    frame_of_reference_uid: str | None = field(default=None, repr=False)
    warnings: tuple[Caution, ...] = ()
    slice_positions_mm: NDArray[np.float64] | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class StructureSet:
    """The structures of one RTSTRUCT, by name or by number.

    Attributes
    ----------
    structures
        In the order of the file.
    label
        StructureSetLabel, untrusted text.
    frame_of_reference_uids, sop_instance_uid, study_uid
        Raw UIDs, for linking only.
    source
        The file; None for structures made here.
    """

    structures: tuple[Structure, ...]
    label: str = ""
    frame_of_reference_uids: frozenset[str] = field(default=frozenset(), repr=False)
    sop_instance_uid: str | None = field(default=None, repr=False)
    study_uid: str | None = field(default=None, repr=False)
    source: SourceFile | None = None
    warnings: tuple[Caution, ...] = ()

    def values(self) -> tuple[Structure, ...]:
        """Return all structures in the order of the file."""
        return self.structures

    def names(self) -> tuple[str, ...]:
        """Return all ROI names in the order of the file."""
        return tuple(structure.name for structure in self.structures)

    def duplicate_names(self) -> frozenset[str]:
        """Return the names that more than one ROI has."""
        return frozenset(name for name, count in Counter(self.names()).items() if count > 1)

    def by_number(self, number: int) -> Structure:
        """Return the structure with this ROINumber."""
        for structure in self.structures:
            if structure.number == number:
                return structure
        raise StructureError(
            f"no ROI number {number}",
            file=self._file,
            found=", ".join(f"{s.number} {s.name}" for s in self.structures) or "no ROI at all",
        )

    def __getitem__(self, name: str) -> Structure:
        found = [structure for structure in self.structures if structure.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguityError(
                f"{len(found)} ROIs are named {name!r}",
                file=self._file,
                found="ROI numbers " + ", ".join(str(structure.number) for structure in found),
                remedy="pick one by its number",
            )
        near = get_close_matches(name, self.names(), n=3, cutoff=0.6)
        raise StructureError(
            f"no ROI named {name!r}",
            file=self._file,
            found=", ".join(self.names()) or "no ROI at all",
            remedy=f"did you mean {' or '.join(map(repr, near))}?" if near else None,
        )

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def __iter__(self) -> Iterator[Structure]:
        return iter(self.structures)

    def __len__(self) -> int:
        return len(self.structures)

    @property
    def _file(self) -> str | None:
        return None if self.source is None else self.source.name
