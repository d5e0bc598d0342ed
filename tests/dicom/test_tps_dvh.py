"""DVHSequence as it stands in the file, sound and damaged; the dose is read all the same."""

from __future__ import annotations

import pickle

import exports
import numpy as np
import pytest
import tps_dvhs

from dosimetry.dicom.dose import read_dose
from dosimetry.dose_arithmetic.fractionation import per_fraction
from dosimetry.model.tps_dvh import StatedDose


@pytest.fixture
def path(tmp_path):
    return exports.export(tmp_path)[0]


def read(path, *items):
    tps_dvhs.add(path, *items)
    return read_dose(path).tps_dvhs


def test_a_dose_without_has_none(path):
    assert read_dose(path).tps_dvhs is None


def test_all_of_an_item_is_read(path):
    made = tps_dvhs.item(
        [0.5, 1.0, 2.0],
        [30.0, 20.0, 0.0],
        DVHType="DIFFERENTIAL",
        DoseUnits="RELATIVE",
        DVHVolumeUnits="PERCENT",
        DVHDoseScaling="2.5",
        DVHMinimumDose="9.10",
        DVHMeanDose="1.0e1",
        DVHMaximumDose="11",
        DVHNormalizationDoseValue="50",
        rois=((1, "INCLUDED"), (7, "EXCLUDED"), (9, "INCLUDED")),
    )
    (found,) = read(path, made).items
    assert found.problem == ""
    assert (found.included, found.excluded) == ((1, 9), (7,))
    assert (found.kind, found.dose_units, found.dose_type) == ("DIFFERENTIAL", "RELATIVE", "PHYSICAL")
    assert found.volume_units == "PERCENT"
    assert found.widths.tolist() == [1.25, 2.5, 5.0]
    assert found.volumes.tolist() == [30.0, 20.0, 0.0]
    assert found.minimum == StatedDose(9.1, pytest.approx(0.01))
    assert found.mean == StatedDose(10.0, 1.0)
    assert found.maximum == StatedDose(11.0, 1.0)
    assert found.normalization_gy == 50.0


def test_nothing_is_decoded_before_it_is_asked_for(path, monkeypatch):
    tps_dvhs.add(path, tps_dvhs.item(*tps_dvhs.box_data()))
    import dosimetry.dicom.tps_dvh as module

    def never(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(module, "_item", never)
    dose = read_dose(path)
    assert dose.values_gy.shape == (7, 9, 11)
    with pytest.raises(AssertionError, match="decoded"):
        _ = dose.tps_dvhs


def test_a_dose_that_was_changed_since_has_none_of_its_file(path):
    tps_dvhs.add(path, tps_dvhs.item(*tps_dvhs.box_data()))
    dose = read_dose(path)
    assert len(dose.tps_dvhs.items) == 1
    assert per_fraction(dose, 25).tps_dvhs is None


def test_it_survives_pickling(path):
    tps_dvhs.add(path, tps_dvhs.item(*tps_dvhs.box_data()))
    copy = pickle.loads(pickle.dumps(read_dose(path)))  # noqa: S301  our own
    assert copy.tps_dvhs.items[0].included == (1,)


SPOILED = {
    "an odd count": ({"DVHData": ["1", "2", "3"], "DVHNumberOfBins": "2"}, "do not match DVHNumberOfBins"),
    "another count": ({"DVHNumberOfBins": "4"}, "expected 4 pairs; found 6 numbers"),
    "no bins": ({"DVHNumberOfBins": "0"}, "do not match"),
    "no data": ({"DVHData": None}, "DVHData) is missing"),
    "no count": ({"DVHNumberOfBins": None}, "is missing"),
    "no scaling": ({"DVHDoseScaling": None}, "DVHDoseScaling) is missing"),
    "scaling of nothing": ({"DVHDoseScaling": "0"}, "is not positive"),
    "negative scaling": ({"DVHDoseScaling": "-1"}, "is not positive"),
    "negative widths": ({"DVHData": ["1", "2", "-1", "1", "1", "0"]}, "negative or no width"),
    "no widths": ({"DVHData": ["0", "2", "0", "1", "0", "0"]}, "negative or no width"),
    "no doses": ({"DVHData": ["1e300", "2", "1", "1", "1", "0"]}, "no doses and no volumes"),
    "no volumes": ({"DVHData": ["1", "2e300", "1", "1", "1", "0"]}, "no doses and no volumes"),
    "an unknown contribution": ({"rois": ((1, "PERHAPS"),)}, "neither INCLUDED nor EXCLUDED"),
    "no contribution": ({"rois": ((1, None),)}, "neither INCLUDED nor EXCLUDED"),
}


@pytest.mark.parametrize("change", SPOILED)
def test_what_is_wrong_is_said_with_its_item_and_others_stay(path, change):
    changes, reason = SPOILED[change]
    spoiled = tps_dvhs.item([1.0, 1.0, 1.0], [2.0, 1.0, 0.0], **changes)
    first, second = read(path, spoiled, tps_dvhs.item([1.0], [2.0], rois=((2, "INCLUDED"),))).items
    assert reason in first.problem
    assert first.widths is None
    assert first.included == (1,)
    assert second.problem == ""
    assert second.volumes.tolist() == [2.0]


def test_data_that_are_no_numbers(path):
    tps_dvhs.add(path, tps_dvhs.item([1.0], [2.0]))

    def change(dataset):
        exports.set_raw(dataset.DVHSequence[0], "DVHData", b"1\\two")

    exports.edit(path, change)
    (found,) = read_dose(path).tps_dvhs.items
    assert "a number cannot be read" in found.problem


def test_stated_doses_that_are_no_numbers_are_none(path):
    tps_dvhs.add(path, tps_dvhs.item([1.0], [2.0]))

    def change(dataset):
        exports.set_raw(dataset.DVHSequence[0], "DVHMeanDose", b"N/A")
        exports.set_raw(dataset.DVHSequence[0], "DVHMaximumDose", b"NaN")
        exports.set_raw(dataset.DVHSequence[0], "DVHMinimumDose", b"1e999999")

    exports.edit(path, change)
    (found,) = read_dose(path).tps_dvhs.items
    assert (found.minimum, found.mean, found.maximum, found.problem) == (None, None, None, "")


def test_a_sequence_that_is_none_is_a_problem_of_its_own(path):
    def change(dataset):
        dataset.add_new(0x30040050, "OB", b"\x01\x02\x03\x04")

    exports.edit(path, change)
    dose = read_dose(path)
    assert np.isfinite(dose.values_gy).all()
    assert dose.tps_dvhs.items == ()
    assert dose.tps_dvhs.problem


def test_an_empty_sequence_holds_nothing(path):
    found = read(path)
    assert (found.items, found.problem) == ((), "")


def test_the_real_export_holds_nine(shared_data):
    found = read_dose(shared_data / "breast_boost" / "rtdose.dcm").tps_dvhs
    assert [one.included for one in found.items] == [(n,) for n in (1, 3, 4, 5, 6, 7, 8, 9, 10)]
    assert {(one.kind, one.dose_units, one.volume_units, one.problem) for one in found.items} == {
        ("CUMULATIVE", "GY", "CM3", "")
    }
    assert [one.widths.size for one in found.items] == [1470, 16, 1470, 311, 1274, 17, 1156, 1458, 1468]
