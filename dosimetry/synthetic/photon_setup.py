"""Photon beams as the plan's file wants them: jaws, leaves, control points, monitor units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dicom.write_beam import BeamSetup, ControlPoint
from dosimetry.synthetic.aperture import LEAF_EDGES_MM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.synthetic.aperture import Aperture
    from dosimetry.synthetic.beam import Beam

__all__ = ["GY_PER_MU", "segmented_setup"]

# 1 cGy a monitor unit at the dose maximum of a 10 cm x 10 cm field at 1000 mm, where the model has 1.0675.
GY_PER_MU = 0.01 / 1.0675


def segmented_setup(
    beam: Beam, segments: Sequence[Aperture], weights_gy: Sequence[float], dose_gy: float
) -> BeamSetup:
    """Return the setup of a beam that gives one segment after the other.

    Parameters
    ----------
    beam
        Where it stands.
    segments
        Its apertures.
    weights_gy
        Fluence of each in one fraction, in the dose model's terms.
    dose_gy
        BeamDose.
    """
    total = sum(weights_gy)
    points = []
    given = 0.0
    for segment, weight in zip(segments, weights_gy, strict=True):
        if weight > 0:
            leaves = (*segment.left_mm.tolist(), *segment.right_mm.tolist())
            points.append(ControlPoint(round(given / total, 5), leaves))
            given += weight
            points.append(ControlPoint(round(given / total, 5), leaves))
    x, y, z = beam.isocentre_mm.tolist()
    return BeamSetup(
        gantry_deg=beam.gantry_deg,
        isocentre_mm=(x, y, z),
        x_jaws_mm=(min(s.x_jaws_mm[0] for s in segments), max(s.x_jaws_mm[1] for s in segments)),
        y_jaws_mm=segments[0].y_jaws_mm,
        leaf_edges_mm=tuple(LEAF_EDGES_MM.tolist()),
        control_points=tuple(points),
        meterset_mu=round(total / GY_PER_MU, 1),
        dose_gy=round(dose_gy, 4),
    )
