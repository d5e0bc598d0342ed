"""Histograms to and from dicompyler-core's object, and without what they were made from."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref

import bodies
import numpy as np
import pytest
from dicompylercore.dvh import DVH

from dosimetry.dvh.dvh import Dvh
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import MetricError, UnitsError
from dosimetry.warnings import Code


@pytest.fixture(scope="module")
def dvh():
    """Of 9 to 11 Gy, evenly, in 8 cc."""
    dose = bodies.dose_from(lambda x, y, z: 10 + 0.1 * x + 0 * y + 0 * z, bodies.grid())
    box = bodies.prism(bodies.rectangle(-10, -10, 10, 10), -8.0, 4.0, 5, name="Box", number=3)
    return compute_dvh(dose, box, prescription_gy=10.0)


def test_to_dicompyler(dvh):
    made = dvh.to_dicompyler()
    assert (made.name, made.rx_dose, made.notes) == ("Box", 10.0, None)
    assert (made.dvh_type, made.dose_units, made.volume_units) == ("cumulative", "Gy", "cm3")
    assert made.volume == pytest.approx(8.0, rel=1e-9)
    assert made.mean == pytest.approx(10.0, abs=1e-3)
    assert made.min == pytest.approx(9.0, abs=0.0101)
    assert made.max == pytest.approx(11.0, abs=0.0101)
    assert made.D50.value == pytest.approx(10.0, abs=0.01)
    assert made.V10Gy.value == pytest.approx(4.0, abs=1e-3)
    assert made.counts[1000] == pytest.approx(4.0, abs=1e-6)  # at least 10 Gy


@pytest.mark.parametrize("kind", ["cumulative", "differential"])
def test_there_and_back(dvh, kind):
    back = Dvh.from_dicompyler(getattr(dvh.to_dicompyler(bin_gy=0.002), kind), number=3)
    assert (back.name, back.number, back.prescription_gy) == ("Box", 3, 10.0)
    assert back.volume_cc == pytest.approx(8.0, rel=1e-9)
    assert back.mean_gy == pytest.approx(10.0, abs=2e-4)
    for spec in ("Min[Gy]", "Max[Gy]", "D95%[Gy]", "D2cc[Gy]", "V95%[%]", "V10.3Gy[cc]"):
        assert back.metric(spec) == pytest.approx(dvh.metric(spec), abs=0.01 if "Gy]" in spec else 0.05)
    (caution,) = back.warnings
    assert caution.code is Code.DVH_FROM_BINS
    assert "bins of 0.002 Gy" in caution.text
    assert back.convention.name == "dicompyler-core"


def test_what_came_in_bins_has_no_interval(dvh):
    back = Dvh.from_dicompyler(dvh.to_dicompyler())
    with pytest.raises(MetricError, match="an interval needs the dose and the structure"):
        back.interval("Mean[Gy]")
    quantity = back.quantity("Mean[Gy]", interval=True)
    assert quantity.value == pytest.approx(10.0, abs=0.01)
    assert (quantity.low, quantity.high) == (None, None)
    codes = [caution.code for caution in quantity.warnings]
    assert codes == [Code.DVH_FROM_BINS, Code.INTERVAL_NOT_EVALUABLE]


def test_one_dose_alone():
    dose = bodies.dose_from(lambda x, y, z: 10 + 0 * x * y * z, bodies.grid())
    made = compute_dvh(dose, bodies.prism(bodies.circle(15), -10, 2.5, 9)).to_dicompyler()
    assert made.counts[1000] == pytest.approx(made.volume, rel=1e-9)
    assert (made.min, made.max) == pytest.approx((10.01, 10.01))
    assert Dvh.from_dicompyler(made).metric("D50%[Gy]") == pytest.approx(10.0, abs=0.011)


def test_a_part_outside_is_noted():
    dose = bodies.dose_from(lambda x, y, z: 10 + 0.1 * x + 0 * y + 0 * z, bodies.grid())
    out = compute_dvh(dose, bodies.prism(bodies.rectangle(50, -10, 70, 10), -8.0, 4.0, 5))
    made = out.to_dicompyler()
    assert made.volume == pytest.approx(out.inside_cc, rel=1e-9)
    assert "4 cm3 lie outside" in made.notes


@pytest.mark.parametrize(
    ("changes", "error", "reason"),
    [
        ({"volume_units": "%"}, UnitsError, "absolute_volume"),
        ({"dose_units": "%"}, UnitsError, "absolute_dose"),
        ({"counts": [4.0, 5.0, 1.0]}, MetricError, "volumes that fall"),
        ({"counts": [0.0, 0.0, 0.0]}, MetricError, "no volume"),
        ({"counts": [4.0, 3.0]}, MetricError, "one edge more than bins"),
        ({"bins": [0.0, 2.0, 1.0, 3.0]}, MetricError, "volumes that fall"),
        ({"counts": [np.nan, 1.0, 0.0]}, MetricError, "no volume"),
    ],
)
def test_what_is_no_histogram_in_gray_and_cc_is_refused(changes, error, reason):
    parts = {"counts": [4.0, 3.0, 1.0], "bins": [0.0, 1.0, 2.0, 3.0], **changes}
    with pytest.raises(error, match=reason):
        Dvh.from_dicompyler(DVH(**parts))


def test_negative_doses_do_not_fit(dvh):
    dose = bodies.dose_from(lambda x, y, z: 0.1 * x + 0 * y + 0 * z, bodies.grid())
    cold = compute_dvh(dose, bodies.prism(bodies.circle(15), -10, 2.5, 9))
    with pytest.raises(UnitsError, match="begin at 0 Gy"):
        cold.to_dicompyler()
    with pytest.raises(MetricError, match="width of bins"):
        dvh.to_dicompyler(bin_gy=0.0)


def test_without_basis_the_dose_can_go_and_metrics_stay():
    dose = bodies.dose_from(lambda x, y, z: 10 + 0.1 * x + 0 * y + 0 * z, bodies.grid())
    full = compute_dvh(dose, bodies.prism(bodies.circle(15), -10, 2.5, 9))
    low, high = full.interval("Mean[Gy]")
    bare = full.without_basis()
    assert low <= bare.metric("Mean[Gy]") <= high
    assert bare.metric("D95%[Gy]") == full.metric("D95%[Gy]")
    seen = weakref.ref(dose)
    del dose, full
    gc.collect()
    assert seen() is None
    with pytest.raises(MetricError, match="needs the dose and the structure"):
        bare.interval("Mean[Gy]")


def test_dicompyler_is_not_loaded_before_it_is_asked_for():
    code = (
        "import sys, dosimetry.dvh.dvh, dosimetry.dvh.exchange\n"
        "print({'pydicom', 'dicompylercore', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
