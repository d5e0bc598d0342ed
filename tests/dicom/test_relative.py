"""Relative doses: refused, or turned into gray by what the user says that a value stands for."""

from __future__ import annotations

import json

import exports
import numpy as np
import pytest
from trees import setting

from dosimetry import read_case
from dosimetry.cli import main
from dosimetry.dicom.relative import Relative, parse_relative
from dosimetry.errors import PrescriptionError, UnitsError
from dosimetry.warnings import Code


@pytest.fixture
def plan(tmp_path):
    """Return an export whose dose is in percent of 5 Gy, 12 Gy at most: 240 percent."""
    paths = exports.export(tmp_path)

    def change(dataset):
        setting(DoseUnits="RELATIVE", DoseGridScaling=dataset.DoseGridScaling * 20)(dataset)

    exports.edit(paths[0], change)
    return tmp_path


def test_refused_without_a_word(plan):
    with pytest.raises(UnitsError) as caught:
        read_case(plan)
    assert str(caught.value) == (
        "dose.dcm: DoseUnits: dose is not in gray; expected GY; found RELATIVE; export the dose as absolute dose, "
        "or say what a value stands for (--relative 100=50)"
    )


def test_turned_into_gray(plan, tmp_path_factory):
    case = read_case(plan, relative=Relative(100.0, 5.0))
    absolute = read_case(exports.export(tmp_path_factory.mktemp("absolute")))
    np.testing.assert_allclose(case.dose.values_gy, absolute.dose.values_gy, rtol=1e-9)
    assert [(caution.code, caution.text) for caution in case.dose.warnings] == [
        (Code.DOSE_RELATIVE, "the dose is relative; by the user's word 100 stands for 5 Gy")
    ]


@pytest.mark.parametrize("reference", [Relative(1.0, 5.0), Relative(1000.0, 5.0)])
def test_percent_and_shares_are_not_mixed_up(plan, reference):
    with pytest.raises(UnitsError, match=r"cannot be the reference of this relative dose; .* found 240; are its"):
        read_case(plan, relative=reference)


def test_dose_in_gray_is_not_rescaled(tmp_path):
    exports.export(tmp_path)
    with pytest.raises(UnitsError, match=r"dose is in gray, not relative to anything; .*; leave --relative out"):
        read_case(tmp_path, relative=Relative(100.0, 5.0))


@pytest.mark.parametrize("text", ["100=50", "100%=50Gy", " 100.0=50.0gy "])
def test_forms(text):
    assert parse_relative(text) == Relative(100.0, 50.0)


@pytest.mark.parametrize("text", ["", "50", "100=", "=50", "0=50", "100=0", "100=5000", "-1=50", "1e2=50", "1:5"])
def test_other_forms_are_refused(text):
    with pytest.raises(PrescriptionError, match=r"--relative: cannot read .*; expected VALUE=GY, as in"):
        parse_relative(text)


def test_option_of_dvh(plan, capfd):
    arguments = ["dvh", str(plan), "--structure", "Box", "--metric", "Mean[Gy]", "--format", "json"]
    with pytest.raises(SystemExit) as stop:
        main.run([*arguments, "--relative", "100=5"])
    document = json.loads(capfd.readouterr().out)
    assert stop.value.code == 0
    assert document["structures"][0]["metrics"]["Mean[Gy]"] == pytest.approx(exports.BOX_MEAN_GY, abs=1e-6)
    assert "dose-relative" in {warning["code"] for warning in document["warnings"]}
    with pytest.raises(SystemExit) as stop:
        main.run([*arguments, "--relative", "percent"])
    assert (stop.value.code, capfd.readouterr().err.count("\n")) == (2, 1)
