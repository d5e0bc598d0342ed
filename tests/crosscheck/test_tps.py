"""Our metrics beside a planning system's histograms, written here with what is true of the box."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import exports
import numpy as np
import pytest
import tps_dvhs

from dosimetry.crosscheck.finding import Status
from dosimetry.crosscheck.tps import TpsComparison
from dosimetry.dicom.dose import read_dose
from dosimetry.dicom.find import read_case
from dosimetry.dicom.write import StudyHeader
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.metrics import DEFAULT_METRICS
from dosimetry.errors import DicomFileError
from dosimetry.warnings import Code

METRICS = (
    "Mean[Gy]",
    "Min[Gy]",
    "Max[Gy]",
    "D95%[Gy]",
    "D50%[Gy]",
    "D2%[Gy]",
    "D2cc[Gy]",
    "V10Gy[%]",
    "V10.5Gy[cc]",
)


@pytest.fixture
def folder(tmp_path):
    exports.export(tmp_path / "case")
    return tmp_path / "case"


def check(folder, *items, metrics=METRICS, prescription_gy=None):
    if items:
        tps_dvhs.add(folder / "dose.dcm", *items)
    case = read_case(folder)
    dvh = compute_dvh(case.dose, case.structures["Box"], prescription_gy=prescription_gy)
    return TpsComparison(case).check(dvh, metrics)


def codes(found):
    return [caution.code for caution in found.warnings]


@pytest.mark.parametrize("where", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("scale", [1.0, 0.01])
@pytest.mark.parametrize("unit", ["CM3", "PERCENT"])
@pytest.mark.parametrize("kind", ["CUMULATIVE", "DIFFERENTIAL"])
def test_the_true_histogram_agrees_in_every_form(folder, kind, unit, scale, where):
    widths, volumes = tps_dvhs.box_data(kind, 0.01, where, unit, scale=scale)
    made = tps_dvhs.item(widths, volumes, DVHType=kind, DVHVolumeUnits=unit, DVHDoseScaling=f"{scale:g}")
    found = check(folder, made)
    absolute = {"Volume[cc]", "D2cc[Gy]", "V10.5Gy[cc]"}
    for name, one in found.findings.items():
        if unit == "PERCENT" and name in absolute:
            assert (one.status, one.reason) == (Status.NOT_CHECKED, "its volumes are in percent")
            assert one.there is None
        else:
            assert one.status is Status.AGREES, name
            assert one.difference == pytest.approx(0.0, abs=0.011 if "Gy" in name.split("[")[1] else 0.6)
    assert codes(found) == ([] if unit == "CM3" else [Code.TPS_DVH_NOT_COMPARED])


def test_relative_doses_refer_to_the_normalization(folder):
    widths, volumes = tps_dvhs.box_data(scale=0.1)  # percent of 10 Gy
    found = check(folder, tps_dvhs.item(widths, volumes, DoseUnits="RELATIVE", DVHNormalizationDoseValue="10"))
    assert found.status is Status.AGREES
    (caution,) = found.warnings
    assert caution.code is Code.TPS_DVH_UNITS
    assert "percent of 10 Gy" in caution.text


@pytest.mark.parametrize(
    ("scale", "stated", "reason"),
    [(0.1, {}, "does not say to what"), (10.0, {"DVHNormalizationDoseValue": "10"}, "may be fractions or percent")],
)
def test_relative_doses_that_are_open_are_not_guessed(folder, scale, stated, reason):
    widths, volumes = tps_dvhs.box_data(scale=scale)
    found = check(folder, tps_dvhs.item(widths, volumes, DoseUnits="RELATIVE", **stated))
    assert reason in found.problem
    assert {one.status for one in found.findings.values()} == {Status.NOT_CHECKED}


STATED = {"DVHMinimumDose": "9.00", "DVHMeanDose": "10.00", "DVHMaximumDose": "11.00"}


def test_stated_doses_that_the_bins_bear_out_are_more_precise(folder):
    made = tps_dvhs.item(*tps_dvhs.box_data(width_gy=0.1), **STATED)
    found = check(folder, made, metrics=("Mean[Gy]", "Min[Gy]", "Max[Gy]"))
    assert found.findings["Mean[Gy]"].there == 10.0
    assert found.findings["Mean[Gy]"].bounds_there == pytest.approx((9.995, 10.005))
    assert found.status is Status.AGREES
    assert found.warnings == ()


def test_percent_under_gray_is_recognised_and_the_bins_are_integrated(folder):
    percent = {name: f"{float(text) / 0.14:.8g}" for name, text in STATED.items()}
    found = check(folder, tps_dvhs.item(*tps_dvhs.box_data(), **percent))
    assert found.findings["Mean[Gy]"].there == pytest.approx(10.0, abs=0.006)
    assert found.status is Status.AGREES
    (caution,) = found.warnings
    assert caution.code is Code.TPS_DVH_UNITS
    assert "percent of about 14 Gy" in caution.text


def test_other_histograms_of_the_file_tell_what_coarse_bins_leave_open(folder):
    """A low dose in wide bins could be percent or not: the box in fine bins says that it is."""
    low = tps_dvhs.item([1.0, 1.0, 1.0], [5.0, 5.0, 0.0], rois=((2, "INCLUDED"),), DVHMeanDose="2.8")
    percent = {name: f"{float(text) / 0.5:.8g}" for name, text in STATED.items()}
    found = check(folder, low, tps_dvhs.item(*tps_dvhs.box_data(), **percent))
    assert found.findings["Mean[Gy]"].there == pytest.approx(10.0, abs=0.006)
    assert codes(found) == [Code.TPS_DVH_UNITS]


def test_stated_doses_that_fit_nothing_are_not_used(folder):
    found = check(folder, tps_dvhs.item(*tps_dvhs.box_data(), **STATED | {"DVHMaximumDose": "70"}))
    assert found.findings["Max[Gy]"].there == pytest.approx(11.0, abs=0.011)
    assert codes(found) == [Code.TPS_DVH_INCONSISTENT]


@pytest.mark.parametrize("shift", [-0.5, 0.5])
def test_a_shifted_dose_differs(folder, shift):
    widths, volumes = tps_dvhs.box_data()
    late = np.roll(volumes, round(shift / 0.01))
    late[: max(round(shift / 0.01), 0)] = 8.0
    late[late.size + min(round(shift / 0.01), 0) :] = 0.0
    found = check(folder, tps_dvhs.item(widths, late))
    differing = {name for name, one in found.findings.items() if one.status is Status.DIFFERS}
    assert {"Mean[Gy]", "Min[Gy]", "Max[Gy]", "D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "V10Gy[%]"} <= differing
    assert "Volume[cc]" not in differing
    assert found.findings["Mean[Gy]"].difference == pytest.approx(shift, abs=0.011)
    assert codes(found)[0] is Code.TPS_DVH_DIFFERS
    assert "Mean[Gy]" in found.warnings[0].text


def test_a_smaller_volume_differs(folder):
    widths, volumes = tps_dvhs.box_data()
    found = check(folder, tps_dvhs.item(widths, 0.5 * volumes))
    assert found.findings["Volume[cc]"].status is Status.DIFFERS
    assert found.findings["Volume[cc]"].difference == pytest.approx(-4.0)
    assert found.findings["Mean[Gy]"].status is Status.AGREES


def test_wide_bins_are_no_agreement(folder):
    found = check(folder, tps_dvhs.item(*tps_dvhs.box_data(width_gy=2.0)))
    for name in ("D95%[Gy]", "D50%[Gy]", "D2%[Gy]", "V10Gy[%]"):
        assert found.findings[name].status is Status.NOT_CHECKED
        assert "too wide to tell" in found.findings[name].reason
        low, high = found.findings[name].bounds_there
        assert low <= found.findings[name].here <= high
    assert found.findings["Volume[cc]"].status is Status.AGREES


def test_wide_bins_still_show_what_lies_beyond_them(folder):
    found = check(folder, tps_dvhs.item([2.0, 2.0, 2.0], [8.0, 8.0, 0.0]))
    assert found.findings["D50%[Gy]"].status is Status.DIFFERS


REFUSED = {
    "natural": ({"DVHType": "NATURAL"}, "DVHType is NATURAL"),
    "no type": ({"DVHType": None}, "DVHType is missing"),
    "per u": ({"DVHVolumeUnits": "PER_U"}, "DVHVolumeUnits is PER_U"),
    "no volume units": ({"DVHVolumeUnits": None}, "DVHVolumeUnits is missing"),
    "no dose units": ({"DoseUnits": None}, "DoseUnits is missing"),
    "unknown dose units": ({"DoseUnits": "CGY"}, "DoseUnits is CGY"),
    "another dose type": ({"DoseType": "EFFECTIVE"}, "DoseType is EFFECTIVE, and that of the dose PHYSICAL"),
    "an error": ({"DoseType": "ERROR"}, "DoseType is ERROR"),
    "damaged": ({"DVHNumberOfBins": "7"}, "cannot be read: DVHData do not match DVHNumberOfBins"),
    "several ROIs": ({"rois": ((1, "INCLUDED"), (2, "INCLUDED"))}, "of several ROIs together"),
    "without another": ({"rois": ((1, "INCLUDED"), (2, "EXCLUDED"))}, "of this one without others"),
    "another ROI": ({"rois": ((2, "INCLUDED"),)}, "holds no histogram of it"),
    "excluded alone": ({"rois": ((1, "EXCLUDED"),)}, "holds no histogram of it"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_says_why_and_is_no_agreement(folder, case):
    changes, reason = REFUSED[case]
    found = check(folder, tps_dvhs.item(*tps_dvhs.box_data(), **changes))
    assert reason in found.problem
    assert found.status is Status.NOT_CHECKED
    assert codes(found) == [Code.TPS_DVH_NOT_COMPARED]
    assert reason in found.warnings[0].text


def test_rising_volumes_are_no_histogram(folder):
    widths, volumes = tps_dvhs.box_data()
    found = check(folder, tps_dvhs.item(widths, np.where(np.arange(widths.size) == 1000, 7.0, volumes)))
    assert "rise with dose" in found.problem


def test_without_a_sequence_nothing_is_checked(folder):
    assert "holds no histograms (DVHSequence)" in check(folder).problem


def test_of_two_histograms_the_finer_one_is_compared(folder):
    coarse, fine = (tps_dvhs.item(*tps_dvhs.box_data(width_gy=width)) for width in (1.0, 0.01))
    found = check(folder, coarse, fine)
    assert found.status is Status.AGREES


def test_numbers_of_another_structure_set_are_not_taken_for_these(folder, tmp_path):
    tps_dvhs.add(folder / "dose.dcm", tps_dvhs.item(*tps_dvhs.box_data()))
    frame = StudyHeader(patient_id="SYNTHETIC-TINY").frame
    other = StudyHeader(patient_id="SYNTHETIC-TINY", frame_of_reference_uid=frame, series_label="edited")
    _, edited, _ = exports.export(tmp_path / "other", other)
    case = read_case([folder / "dose.dcm", edited])
    dvh = compute_dvh(case.dose, case.structures["Box"])
    assert "another structure set" in TpsComparison(case).check(dvh, METRICS).problem


def test_percentages_of_a_prescription_given_here_are_compared_too(folder):
    found = check(
        folder,
        tps_dvhs.item(*tps_dvhs.box_data()),
        metrics=("V95%[%]", "D50%[%]", "Mean[%]"),
        prescription_gy=10.0,
    )
    assert found.findings["V95%[%]"].there == pytest.approx(75.0, abs=0.6)
    assert found.findings["D50%[%]"].there == pytest.approx(100.0, abs=0.11)
    assert found.findings["Mean[%]"].there == pytest.approx(100.0, abs=0.11)
    assert found.status is Status.AGREES


def test_flipped_bytes_in_the_sequence_never_crash_nor_touch_the_dose(folder):
    path = folder / "dose.dcm"
    stated = tps_dvhs.item(*tps_dvhs.box_data(width_gy=0.1), **STATED)
    tps_dvhs.add(path, stated, tps_dvhs.item(*tps_dvhs.box_data("DIFFERENTIAL", 0.1), DVHType="DIFFERENTIAL"))
    case = read_case(folder)
    dvh = compute_dvh(case.dose, case.structures["Box"])
    whole = path.read_bytes()
    start, end = whole.index(b"\x04\x30\x50\x00"), whole.index(b"\xe0\x7f\x10\x00")
    random = np.random.default_rng(0)
    found = Counter()
    for _ in range(250):
        spoiled = bytearray(whole)
        for at in random.integers(start, end, random.choice([1, 2, 5, 20])):
            spoiled[at] = random.integers(256)
        path.write_bytes(spoiled)
        try:
            dose = read_dose(path)
        except DicomFileError:  # a length that no longer fits the file
            found["refused"] += 1
            continue
        assert np.array_equal(dose.values_gy, case.dose.values_gy)
        made = TpsComparison(replace(case, dose=dose)).check(dvh, METRICS)
        for one in made.findings.values():
            assert one.there is None or np.isfinite(one.there)
        found[made.status.value] += 1
    assert found["refused"] < 60
    assert found["not-checked"] > 20
    assert found["differs"] > 0


def test_json_ready(folder):
    found = check(folder, tps_dvhs.item(*tps_dvhs.box_data())).as_dict()
    assert list(found) == ["status", "rule", "metrics"]
    assert found["status"] == "agrees"
    assert list(found["metrics"]["Mean[Gy]"]) == [
        *("here", "here_bounds", "there", "there_bounds", "difference", "tolerance", "status", "reason")
    ]


# What the planning system of a real export and we find, as far as its bins of 0.01 Gy tell it.
AGREEING = ("Heart", "Lt Lung", "Tumor Bed", "Tumor Bed Block", "Breast")


@pytest.mark.parametrize("name", AGREEING)
def test_a_real_export_agrees_in_dose(shared_data, name):
    case = read_case(shared_data / "breast_boost")
    dvh = compute_dvh(case.dose, case.structures[name])
    found = TpsComparison(case).check(dvh, DEFAULT_METRICS)
    mean = found.findings["Mean[Gy]"]
    assert mean.status is Status.AGREES
    assert mean.difference == pytest.approx(0.0, abs=0.01 * mean.here)
    assert sum(one.status is Status.AGREES for one in found.findings.values()) >= 11
    assert any("percent of about 14 Gy" in caution.text for caution in found.warnings)


def test_a_real_body_that_loses_volume_in_the_first_bin_is_not_made_up(shared_data):
    case = read_case(shared_data / "breast_boost")
    dvh = compute_dvh(case.dose, case.structures["BODY"])
    found = TpsComparison(case).check(dvh, ("Mean[Gy]", "Max[Gy]"))
    assert found.findings["Mean[Gy]"].status is Status.NOT_CHECKED
    assert found.findings["Max[Gy]"].status is Status.AGREES
