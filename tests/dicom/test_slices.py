"""The slices of a structure set from the planes of its ROIs."""

from __future__ import annotations

import numpy as np
import pytest
from bodies import rectangle, stack

from dosimetry.dicom.slices import slice_positions, slice_spacing
from dosimetry.dicom.structures import read_structures
from dosimetry.dicom.write import StudyHeader, write_structures
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.solid import build_solid
from dosimetry.model.structures import StructureSet
from dosimetry.warnings import Code

SQUARE = rectangle(0, 0, 10, 10)
CT = np.arange(0.0, 90.1, 3.0)


def on(positions, **named):
    return stack({float(z): [SQUARE] for z in positions}, **named)


def found(*positions, frames=None):
    contours = [None if at is None else on(at).contours for at in positions]
    return slice_positions(contours, frames or [None] * len(contours))


def test_all_rois_know_the_slices_of_all():
    body, heart, node = found(CT, CT[5:12], [CT[20]])
    assert body.tolist() == heart.tolist() == node.tolist() == CT.tolist()


def test_an_empty_roi_and_one_alone_know_none():
    assert found(CT, None) == [None, None]
    assert found(CT, CT[3:5], frames=["1.2", "1.3"]) == [None, None]


@pytest.mark.parametrize("other", [np.arange(0.7, 90, 2.5), np.arange(0.0, 90.1, 1.0), np.arange(1.5, 90, 3.0)])
def test_rois_on_planes_of_their_own_make_no_slices(other):
    """Isodoses on the planes of the dose, ROIs filled up to 1 mm or shifted by half a slice."""
    *drawn, isodose = found(CT, CT[5:12], CT[8:20], CT[:20:2], other)
    assert all(at.tolist() == CT.tolist() for at in drawn)
    assert isodose is None


def test_every_second_slice_is_drawn_on_the_same_slices():
    sparse, body, other = found(CT[::2], CT, CT[1:30])
    assert sparse.tolist() == body.tolist() == other.tolist() == CT.tolist()


def test_jitter_makes_no_second_slice():
    jitter = np.random.default_rng(2).uniform(-0.02, 0.02, (3, CT.size))
    for at in found(*(CT + jitter)):
        assert at == pytest.approx(CT, abs=0.02)


def test_spacing_is_the_usual_gap_within_rois():
    assert slice_spacing([on(CT).contours, on(CT[::4]).contours, None]) == 3.0
    lone = [on([z]).contours for z in (0.0, 2.5, 2.52)]
    assert slice_spacing(lone) == pytest.approx(2.5, abs=0.03)
    assert slice_spacing([on([0.0]).contours, None]) is None


def test_a_file_with_two_spacings(tmp_path):
    """A body on 5 mm and 2.5 mm slices, a chain of nodes in two pieces across the change, and a lone plane."""
    ct = np.concatenate((np.arange(0.0, 50.0, 5.0), np.arange(50.0, 100.1, 2.5)))
    rois = StructureSet(
        (
            on(ct, name="BODY", number=1),
            on(ct[(ct >= 30) & (ct <= 60)], name="Whole", number=2),
            on([30.0, 35.0, 50.0, 52.5], name="Pieces", number=3),
            on([20.0], name="Lone", number=4),
        )
    )
    write_structures(tmp_path / "rs.dcm", rois, StudyHeader(patient_id="SYNTHETIC-SLICES"))
    read = read_structures(tmp_path / "rs.dcm")
    solids = {roi.name: build_solid(roi, DEFAULT_CONVENTION) for roi in read}
    lengths = {name: float(solid.thickness_mm.sum()) for name, solid in solids.items()}
    assert lengths == pytest.approx({"BODY": 103.75, "Whole": 33.75, "Pieces": 10 + 6.25, "Lone": 5.0})
    codes = {name: [caution.code for caution in solid.warnings] for name, solid in solids.items()}
    assert codes == {"BODY": [], "Whole": [], "Pieces": [Code.CONTOUR_GAP], "Lone": [Code.SPACING_ASSUMED]}
