"""What explains a difference between techniques: where the heart lies, and how large organs are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from dosimetry.dvh.measured import Measured
    from dosimetry.model.structures import Structure

__all__ = ["Facts", "distance_mm", "extent_mm", "facts_of"]

_DENSE_MM = 1.0  # points along contours this close: the distance is right to half of it
HIGH_DOSE_SHARE = 0.5
"""The high-dose region receives at least this share of the highest prescription."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Geometry of one technique; None for what is not there.

    Attributes
    ----------
    position
        PatientPosition, or an empty text.
    heart_cc, heart_extent_mm
        Volume of the heart, and how far its contours reach cranio-caudally.
    heart_to_imn_mm
        Least distance between contours of the heart and of the IMN target.
    heart_high_dose_cc
        Volume of the heart that receives at least half of the highest prescription.
    lung_ipsilateral_cc, lungs_cc
        Volumes.
    """

    position: str
    heart_cc: float | None
    heart_extent_mm: float | None
    heart_to_imn_mm: float | None
    heart_high_dose_cc: float | None
    lung_ipsilateral_cc: float | None
    lungs_cc: float | None

    def as_dict(self) -> dict[str, object]:
        """Return the facts as JSON-ready values."""
        return asdict(self)


def facts_of(parts: Mapping[str, Measured], position: str, prescription_gy: float | None) -> Facts:
    """Return the facts of one technique.

    Parameters
    ----------
    parts
        Measured structures by the part that they play.
    position
        PatientPosition.
    prescription_gy
        The highest prescription; None where it is not known.
    """
    heart, imn = parts.get("heart"), parts.get("imn_target")
    high = None
    if heart is not None and heart.dvh is not None and heart.dvh.inside_cc > 0 and prescription_gy is not None:
        high = heart.dvh.metric(f"V{HIGH_DOSE_SHARE * prescription_gy:.10g}Gy[cc]")
    return Facts(
        position=position,
        heart_cc=_volume(heart),
        heart_extent_mm=None if heart is None else extent_mm(heart.structure),
        heart_to_imn_mm=None if heart is None or imn is None else distance_mm(heart.structure, imn.structure),
        heart_high_dose_cc=high,
        lung_ipsilateral_cc=_volume(parts.get("lung_ipsilateral")),
        lungs_cc=_volume(parts.get("lungs")),
    )


def extent_mm(structure: Structure) -> float | None:
    """Return how far a structure's contours reach along the patient's cranio-caudal axis."""
    points = _points_mm(structure)
    return None if points is None else float(np.ptp(points[:, 2]))


def distance_mm(one: Structure, other: Structure) -> float | None:
    """Return the least distance between the contours of two structures, 0 where these cross in a plane."""
    from scipy.spatial import cKDTree  # noqa: PLC0415  a quarter of a second

    first, second = _points_mm(one), _points_mm(other)
    if first is None or second is None:
        return None
    found, _ = cKDTree(first).query(second)
    return float(np.min(found))


def _volume(measured: Measured | None) -> float | None:
    return None if measured is None or measured.dvh is None else measured.dvh.volume_cc


def _points_mm(structure: Structure) -> NDArray[np.float64] | None:
    """Return points along all contours, LPS, shape (points, 3)."""
    contours = structure.contours
    if contours is None:
        return None
    found = []
    for plane, position in enumerate(contours.positions_mm):
        for c in range(contours.plane_offsets[plane], contours.plane_offsets[plane + 1]):
            ring = contours.points_mm[contours.contour_offsets[c] : contours.contour_offsets[c + 1]]
            flat = _densified(ring)
            frame = contours.frame
            found.append(flat[:, :1] * frame.u_axis + flat[:, 1:] * frame.v_axis + position * frame.normal)
    return np.concatenate(found)


def _densified(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a closed contour with points at most a millimetre apart."""
    step = np.roll(ring, -1, axis=0) - ring
    counts = np.maximum(np.ceil(np.hypot(step[:, 0], step[:, 1]) / _DENSE_MM).astype(int), 1)
    start = np.repeat(np.arange(len(ring)), counts)
    share = (np.arange(len(start)) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[start]
    return np.asarray(ring[start] + share[:, None] * step[start])
