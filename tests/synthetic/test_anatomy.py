"""The thorax is a believable one, breathes and turns over as a patient does."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry.names.match import match_name
from dosimetry.names.roles import Role, Side
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.regions import VOXEL_CC, Regions
from dosimetry.synthetic.structures import roi_name
from dosimetry.synthetic.thorax import Posture, Thorax

POSTURES = {
    Posture.FREE_BREATHING: Thorax(),
    Posture.DEEP_INSPIRATION: Thorax().in_deep_inspiration(),
    Posture.PRONE: Thorax().prone(),
}


@pytest.fixture(scope="module")
def regions():
    return {posture: Regions.of(thorax) for posture, thorax in POSTURES.items()}


@pytest.fixture(scope="module")
def volume(regions):
    return lambda posture, organ: len(regions[posture].points(organ)) * VOXEL_CC


@pytest.mark.parametrize(
    ("organ", "low", "high"),
    [
        (Organ.HEART, 450, 700),
        (Organ.LV, 100, 200),
        (Organ.LAD, 1.5, 5),
        (Organ.LUNG_L, 1100, 1600),
        (Organ.LUNG_R, 1400, 2000),
        (Organ.BREAST_L, 400, 900),
        (Organ.CTV_BREAST, 350, 800),
        (Organ.CTV_IMN, 5, 12),
        (Organ.LIVER, 500, 1600),
        (Organ.AXILLA_1, 20, 60),
        (Organ.AXILLA_2, 5, 20),
        (Organ.AXILLA_3, 4, 15),
        (Organ.SUPRACLAVICULAR, 5, 30),
    ],
)
def test_organs_have_believable_volumes(volume, organ, low, high):
    assert low <= volume(Posture.FREE_BREATHING, organ) <= high


def test_deep_inspiration_fills_the_lungs_by_half_and_keeps_the_heart(volume):
    free, held = Posture.FREE_BREATHING, Posture.DEEP_INSPIRATION
    lungs = [volume(p, Organ.LUNG_L) + volume(p, Organ.LUNG_R) for p in (free, held)]
    assert 1.4 <= lungs[1] / lungs[0] <= 1.6
    assert volume(held, Organ.HEART) == pytest.approx(volume(free, Organ.HEART), rel=0.05)
    assert volume(held, Organ.CTV_BREAST) == pytest.approx(volume(free, Organ.CTV_BREAST), rel=0.06)
    # The same tissue in more air.
    densities = [POSTURES[p].lung_density for p in (free, held)]
    assert densities[1] * lungs[1] == pytest.approx(densities[0] * lungs[0], rel=0.05)


def test_deep_inspiration_takes_the_heart_down_and_away_from_the_wall(regions):
    free, held = (regions[p] for p in (Posture.FREE_BREATHING, Posture.DEEP_INSPIRATION))
    hearts = [r.points(Organ.HEART) for r in (free, held)]
    assert -32 < hearts[1][:, 2].mean() - hearts[0][:, 2].mean() < -15
    gaps = []
    for region, heart in zip((free, held), hearts, strict=True):
        front = region.tissue.anatomy.cage_front_mm(heart[:, 0], heart[:, 2])
        gaps.append(float((heart[:, 1] - front).min()))
    assert gaps[1] > gaps[0] + 5.0


def test_prone_breast_hangs_with_its_volume(regions, volume):
    assert volume(Posture.PRONE, Organ.BREAST_L) == pytest.approx(
        volume(Posture.FREE_BREATHING, Organ.BREAST_L), rel=0.15
    )
    reach = {p: regions[p].points(Organ.BREAST_L)[:, 1].min() for p in POSTURES}
    assert reach[Posture.PRONE] < reach[Posture.FREE_BREATHING] - 25.0
    assert Posture.PRONE.patient_position == "HFP"
    assert Posture.DEEP_INSPIRATION.patient_position == "HFS"


def test_nothing_lies_in_two_places(regions):
    for region in regions.values():
        parts = [
            Organ.LUNG_L,
            Organ.LUNG_R,
            Organ.HEART,
            Organ.CTV_BREAST,
            Organ.CTV_IMN,
            Organ.CORD,
            Organ.OESOPHAGUS,
        ]
        inside = np.stack([region.tissue.field(region.shape(organ)) < 0 for organ in parts])
        assert inside.sum(axis=0).max() == 1
        body = region.tissue.field(region.tissue.anatomy.body) < 0
        assert not (inside.any(axis=0) & ~body).any()


def test_parts_lie_in_their_wholes(regions):
    region = regions[Posture.FREE_BREATHING]
    field = {organ: region.tissue.field(region.shape(organ)) for organ in (Organ.HEART, Organ.LV, Organ.BREAST_L)}
    assert (field[Organ.HEART][field[Organ.LV] < 0] < 0).all()
    target = region.tissue.field(region.shape(Organ.CTV_BREAST)) < 0
    assert (field[Organ.BREAST_L][target] < 0).all()
    skin = region.tissue.field(region.tissue.anatomy.body)
    assert skin[target].max() < -4.0


def test_imn_strip_runs_beside_the_sternum_over_three_spaces(regions):
    points = regions[Posture.FREE_BREATHING].points(Organ.CTV_IMN)
    assert 15 < points[:, 0].min() < points[:, 0].max() < 40
    assert 70 < np.ptp(points[:, 2]) < 85
    anatomy = regions[Posture.FREE_BREATHING].tissue.anatomy
    assert (anatomy.cage(*points.T) > 0).all()  # outside of the pleura


def test_the_right_side_is_the_mirror_image_of_the_left():
    right = Regions.of(Thorax(side=-1))
    left = Regions.of(Thorax())
    for organ in (Organ.CTV_BREAST, Organ.CTV_IMN):
        mirrored = right.points(organ) * [-1, 1, 1]
        assert {tuple(p) for p in mirrored.round(3).tolist()} == {
            tuple(p) for p in left.points(organ).round(3).tolist()
        }
    np.testing.assert_array_equal(right.points(Organ.HEART), left.points(Organ.HEART))


def test_seeds_make_patients_that_differ_and_stay_believable():
    assert Thorax.from_seed(0) == Thorax()
    assert Thorax.from_seed(3) == Thorax.from_seed(3) != Thorax.from_seed(4)
    hearts, breasts = [], []
    for seed in (1, 2, 3):
        region = Regions.of(Thorax.from_seed(seed))
        hearts.append(len(region.points(Organ.HEART)) * VOXEL_CC)
        breasts.append(len(region.points(Organ.CTV_BREAST)) * VOXEL_CC)
    assert 350 < min(hearts) < max(hearts) < 850
    assert 200 < min(breasts) < max(breasts) < 1200
    assert np.ptp(breasts) > 20


@pytest.mark.parametrize("wild", [False, True])
@pytest.mark.parametrize("side", [1, -1])
def test_every_name_is_understood(side, wild):
    roles = {
        Organ.HEART: Role.HEART,
        Organ.LAD: Role.LAD,
        Organ.LUNG_L: Role.LUNG,
        Organ.LUNG_R: Role.LUNG,
        Organ.BREAST_L: Role.BREAST,
        Organ.CHESTWALL: Role.CHESTWALL,
        Organ.CORD: Role.SPINAL_CORD,
        Organ.CTV_BREAST: Role.BREAST_TARGET,
        Organ.CTV_IMN: Role.IMN_TARGET,
        Organ.AXILLA_1: Role.LEVEL_1,
        Organ.AXILLA_3: Role.LEVEL_3,
    }
    for organ, role in roles.items():
        name = roi_name(organ, side, wild=wild)
        match = match_name(name)
        assert match is not None, name
        assert match.role is role, name
        if organ in (Organ.CTV_BREAST, Organ.CTV_IMN, Organ.CHESTWALL):
            assert match.side is (Side.LEFT if side > 0 else Side.RIGHT), name
