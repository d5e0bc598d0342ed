"""The doses of a plan's beams: each of them once, none missing, and what is left without some."""

from __future__ import annotations

from dataclasses import replace

import beam_plan
import numpy as np
import pytest
from beam_plan import BEAMS, beam_dose, plan, whole_dose
from bodies import grid
from hypothesis import given
from hypothesis import strategies as st

from dosimetry.dose_arithmetic.beams import find_beams, sum_of_beams, without_beams
from dosimetry.dose_arithmetic.sums import add_doses
from dosimetry.errors import AmbiguityError, ComparisonError, LinkError
from dosimetry.model.dose import Summation
from dosimetry.model.plan import Beam
from dosimetry.warnings import Code

DOSES = {number: beam_dose(number) for number in (1, 2, 4)}
PLAN = plan()


def codes(dose):
    return {caution.code for caution in dose.warnings}


def test_all_beams_make_the_plan():
    found = sum_of_beams(PLAN, DOSES.values(), whole_dose())
    np.testing.assert_allclose(found.values_gy, whole_dose().values_gy, rtol=1e-12)
    assert found.summation is Summation.PLAN
    assert codes(found) == {Code.BEAMS_SUMMED}
    assert found.fractions == 25


def test_without_the_plan_s_dose_it_stays_open_whether_it_is_the_total():
    found = sum_of_beams(PLAN, DOSES.values())
    assert found.summation is Summation.BEAM
    assert not found.is_plan_dose
    assert Code.DOSE_SUMMATION_UNCLEAR in codes(found)


@given(st.permutations([1, 2, 4]), st.sets(st.sampled_from([1, 2, 4]), min_size=1, max_size=2))
def test_a_plan_is_its_beams_in_any_order_and_any_two_parts(order, taken):
    beams = [beam for beam in BEAMS if beam.number in taken]
    doses = [DOSES[number] for number in order]
    total = sum_of_beams(PLAN, doses)
    left = without_beams(PLAN, beams, doses, None)
    out = add_doses([DOSES[beam.number] for beam in beams])
    np.testing.assert_allclose(left.values_gy + out.values_gy, total.values_gy, rtol=1e-12)


def test_a_missing_beam_is_named_and_a_setup_field_is_none():
    with pytest.raises(LinkError, match="none for #2 'Lateral'"):
        sum_of_beams(PLAN, [DOSES[1], DOSES[4]])
    with pytest.raises(LinkError, match="no treatment beams"):
        sum_of_beams(plan(beams=BEAMS[3:]), [])


def test_a_beam_counts_once_and_must_be_the_plan_s():
    with pytest.raises(LinkError, match="two doses are of beam #1 'Medial'"):
        sum_of_beams(PLAN, [*DOSES.values(), replace(DOSES[1], sop_instance_uid="1.2.3")])
    for numbers in ((), (7,), (1, 2)):
        with pytest.raises(LinkError, match="does not name one beam of the plan"):
            sum_of_beams(PLAN, [*DOSES.values(), replace(DOSES[1], beam_numbers=numbers)])


def test_a_sum_that_is_not_the_plan_s_dose_is_refused():
    whole = whole_dose()
    off = replace(whole, values_gy=whole.values_gy * 1.005)
    assert Code.BEAMS_UNLIKE_PLAN in codes(sum_of_beams(PLAN, DOSES.values(), off))
    with pytest.raises(ComparisonError, match="not the dose of the plan"):
        sum_of_beams(PLAN, DOSES.values(), replace(whole, values_gy=whole.values_gy * 1.03))
    with pytest.raises(ComparisonError, match=r"of one fraction.*--dose-is fraction"):
        sum_of_beams(PLAN, [beam_dose(number, factor=1 / 25) for number in DOSES], whole)


def test_beams_on_other_grids_are_compared_within_their_interpolation():
    finer = grid((-79, -59, -32), (4, 4, 3), (22, 29, 40))
    doses = [DOSES[1], DOSES[2], beam_dose(4, finer)]
    assert Code.DOSE_RESAMPLED in codes(sum_of_beams(PLAN, doses, whole_dose()))


def test_what_is_left_comes_from_the_others_or_by_subtraction():
    electrons = [BEAMS[2]]
    by_sum = without_beams(PLAN, electrons, DOSES.values(), None)
    by_subtraction = without_beams(PLAN, electrons, [DOSES[4]], whole_dose())
    np.testing.assert_allclose(by_sum.values_gy, DOSES[1].values_gy + DOSES[2].values_gy, rtol=1e-12)
    np.testing.assert_allclose(by_subtraction.values_gy, by_sum.values_gy, atol=1e-12)
    with pytest.raises(LinkError, match=r"no dose of #4 'IMN electrons'"):
        without_beams(PLAN, electrons, [DOSES[1]], whole_dose())
    with pytest.raises(LinkError, match="no plan dose"):
        without_beams(PLAN, electrons, [DOSES[4]], None)
    with pytest.raises(ComparisonError, match="nothing of the plan is left"):
        without_beams(PLAN, BEAMS[:3], DOSES.values(), whole_dose())


@pytest.mark.parametrize(
    ("name", "number"), [("IMN electrons", 4), ("4", 4), ("#4", 4), (" Medial ", 1), ("#2", 2)]
)
def test_beams_are_named_as_the_plan_names_them(name, number):
    assert [beam.number for beam in find_beams(PLAN, [name])] == [number]


def test_names_that_stand_for_none_or_several_list_the_choices():
    with pytest.raises(LinkError, match=r"no treatment beam 'IMN'.*#1 'Medial', #2 'Lateral', #4 'IMN electrons'"):
        find_beams(PLAN, ["IMN"])
    with pytest.raises(LinkError, match="did you mean 'IMN electrons'"):
        find_beams(PLAN, ["imn ELECTRONS"])
    with pytest.raises(LinkError, match="no treatment beam 'Set-up'"):
        find_beams(PLAN, ["Set-up"])
    twice = plan(beams=(*BEAMS, Beam(6, "Medial", "PHOTON", "TREATMENT"), Beam(7, "1", "PHOTON", "TREATMENT")))
    with pytest.raises(AmbiguityError, match=r"2 beams; found #1 'Medial', #6 'Medial'; name one as '#NUMBER'"):
        find_beams(twice, ["Medial"])
    with pytest.raises(AmbiguityError, match=r"#7 '1', #1 'Medial'"):
        find_beams(twice, ["1"])
    assert [beam.number for beam in find_beams(twice, ["#6", "6", "#1"])] == [6, 1]


def test_beam_numbers_survive_the_file(tmp_path):
    from dosimetry.dicom.dose import read_dose

    folder = beam_plan.export(tmp_path / "plan", (1, 4))
    assert read_dose(folder / "rd_beam4.dcm").beam_numbers == (4,)
    assert read_dose(folder / "rd.dcm").beam_numbers == ()
