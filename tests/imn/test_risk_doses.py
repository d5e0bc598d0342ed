"""What the risk layer is given of a comparison: mean doses with their intervals, both lungs as one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from box_thorax import Maker

from dosimetry.errors import PrescriptionError
from dosimetry.imn.comparison import compare
from dosimetry.imn.risk import heart_doses, isoeffective_doses, lung_doses, mean_doses
from dosimetry.imn.sides import make_side
from dosimetry.model.quantity import Quantity


def increment(key, before, after, change, volumes=(500.0, 500.0)):
    """Return what these functions see of an increment."""
    sides = [
        SimpleNamespace(metrics={"Mean[Gy]": quantity}, dvh=SimpleNamespace(inside_cc=volume))
        for quantity, volume in zip((before, after), volumes, strict=True)
    ]
    return SimpleNamespace(key=key, without=sides[0], with_=sides[1], metrics={"Mean[Gy]": change})


def gray(value, low=None, high=None):
    return Quantity(value, "Gy", low, high)


HEART = increment("heart", gray(4.2, 4.1, 4.3), gray(8.0, 7.9, 8.1), gray(3.8, 3.75, 3.85))


def test_heart_keeps_its_intervals():
    doses = heart_doses(HEART)
    assert (doses.without, doses.with_) == (4.2, 8.0)
    assert (doses.bounds.without, doses.bounds.with_, doses.bounds.change) == ((4.1, 4.3), (7.9, 8.1), (3.75, 3.85))


def test_heart_without_intervals_has_no_bounds():
    assert heart_doses(increment("heart", gray(4.2), gray(8.0), gray(3.8))).bounds is None


def test_a_withheld_increment_gives_nothing():
    assert heart_doses(increment("heart", gray(4.2), gray(8.0), gray(None))) is None


def test_both_lungs_have_the_mean_of_their_means_by_volume():
    near = increment(
        "lung_ipsilateral", gray(10.0, 9.9, 10.2), gray(16.0, 15.9, 16.1), gray(6.0, 5.9, 6.1), (1000, 1000)
    )
    far = increment(
        "lung_contralateral", gray(1.0, 0.9, 1.1), gray(2.0, 1.9, 2.1), gray(1.0, 0.95, 1.05), (1500, 1500)
    )
    result = SimpleNamespace(increments=[HEART, near, far], heart=HEART)
    doses = lung_doses(result)
    assert doses.without == pytest.approx(0.4 * 10 + 0.6 * 1, rel=1e-12)
    assert doses.with_ == pytest.approx(0.4 * 16 + 0.6 * 2, rel=1e-12)
    assert doses.bounds.without == pytest.approx((0.4 * 9.9 + 0.6 * 0.9, 0.4 * 10.2 + 0.6 * 1.1), rel=1e-12)
    assert doses.bounds.change == pytest.approx((0.4 * 5.9 + 0.6 * 0.95, 0.4 * 6.1 + 0.6 * 1.05), rel=1e-12)


def test_one_lung_is_not_both():
    near = increment("lung_ipsilateral", gray(10.0), gray(16.0), gray(6.0))
    result = SimpleNamespace(increments=[HEART, near], heart=HEART)
    assert lung_doses(result) is None
    assert set(mean_doses(result)[0]) == {"heart"}


@pytest.fixture(scope="module")
def compared():
    make = Maker()
    return compare(make_side("without", [make.without()]), make_side("with", [make.with_()]))


def test_a_dose_that_conversion_leaves_alone_comes_back_unchanged(compared):
    plain, told = mean_doses(compared)
    asked = []
    same = isoeffective_doses(compared, lambda dose, fractions: asked.append(fractions) or dose, "isoeffective")
    assert set(same) == set(plain) == {"heart", "lungs"}
    assert told == ()
    assert asked == [compared.without.fractions, compared.with_.fractions]
    for name, doses in same.items():
        assert (doses.without, doses.with_) == pytest.approx((plain[name].without, plain[name].with_), rel=1e-12)
        assert (doses.basis, doses.bounds) == ("isoeffective", None)


def test_a_conversion_is_of_voxels(compared):
    plain, _ = mean_doses(compared)
    doubled = isoeffective_doses(compared, lambda dose, _: replace(dose, values_gy=2 * dose.values_gy), "doubled")
    for name, doses in doubled.items():
        assert doses.with_ == pytest.approx(2 * plain[name].with_, rel=1e-9)


def test_unknown_fractions_are_refused(compared):
    without = SimpleNamespace(fractions=None, dose=compared.without.dose)
    with pytest.raises(PrescriptionError, match="plan without IMN: the number of fractions is not known"):
        isoeffective_doses(replace(compared, without=without), lambda dose, _: dose, "isoeffective")


def test_a_drawn_roi_of_both_lungs_goes_first(compared):
    near = next(part for part in compared.increments if part.key == "lung_ipsilateral")
    others = tuple(part for part in compared.increments if part is not near)
    doses, told = mean_doses(replace(compared, increments=(*others, replace(near, key="lungs"))))
    assert doses["lungs"].without == near.without.metrics["Mean[Gy]"].value
    assert told == ()


def test_lungs_that_overlap_are_not_added_up(compared):
    near = next(part for part in compared.increments if part.key == "lung_ipsilateral")
    others = tuple(part for part in compared.increments if part.key != "lung_contralateral")
    doses, (caution,) = mean_doses(replace(compared, increments=(*others, replace(near, key="lung_contralateral"))))
    assert set(doses) == {"heart"}
    assert "overlap" in caution.text
