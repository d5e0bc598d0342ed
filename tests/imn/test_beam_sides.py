"""The contribution of the IMN field, and doses of which a file does not say whether they are the total."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from beam_plan import BEAMS, HEADER, beam_dose, electrons, plan, whole_dose
from bodies import dose_from
from box_thorax import structure_set

from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import ComparisonError, LinkError, PrescriptionError
from dosimetry.imn.beams import sides_by_beam
from dosimetry.imn.comparison import compare
from dosimetry.imn.kind import Kind
from dosimetry.imn.sides import make_side
from dosimetry.imn.total import DoseIs, settled
from dosimetry.model.case import Case, Patient
from dosimetry.model.dose import Summation
from dosimetry.model.plan_beams import PlanBeams
from dosimetry.warnings import Code

PLAN_UID = "1.2.3.77"


def case_of(dose, made=None):
    made = made or plan(sop_instance_uid=PLAN_UID)
    return Case(
        dose=replace(dose, plan_uids=(PLAN_UID,)),
        structures=structure_set(frame=HEADER.frame),
        rtplan=made,
        patient=Patient("P", "HFS", ("", "A", "")),
    )


def found(numbers=(1, 2, 4), *, whole=True, factor=1.0, made=None):
    beams = tuple(beam_dose(number, factor=factor) for number in numbers)
    dose = whole_dose() if whole else None
    return PlanBeams(case_of(dose or beams[0], made), beams, dose)


def codes(side):
    return {caution.code for caution in side.warnings}


@pytest.mark.parametrize(
    ("numbers", "whole", "dose_is"),
    [((1, 2, 4), True, None), ((1, 2, 4), False, None), ((4,), True, DoseIs.TOTAL), ((1, 2), True, DoseIs.TOTAL)],
    ids=["all and plan", "beams alone", "by subtraction", "others and plan"],
)
def test_the_increment_is_the_field_s_own_dose(numbers, whole, dose_is):
    sides = sides_by_beam(found(numbers, whole=whole), ["IMN electrons"], dose_is)
    result = compare(*sides)
    assert result.comparability.kind is Kind.IMN_FIELD
    assert "contribution of the IMN field" in result.comparability.kind.text
    field = dose_from(electrons, whole_dose().grid)
    for increment in result.increments:
        if increment.name != "Body":
            exact = compute_dvh(field, increment.with_.structure).mean_gy
            assert increment.metrics["Mean[Gy]"].value == pytest.approx(exact, abs=1e-9)
    texts = {c.code: c.text for c in result.all_warnings}
    assert "#4 'IMN electrons'" in texts[Code.IMN_BY_SUBTRACTION]
    assert "planned with that field in mind" in texts[Code.IMN_BY_SUBTRACTION]
    assert Code.IMN_FIELD_ALONE in texts
    assert result.without.describe_parts()[0]["without_beams"] == ["#4 'IMN electrons'"]
    assert "without_beams" not in result.with_.describe_parts()[0]


def test_several_beams_are_taken_out_at_once():
    without, _ = sides_by_beam(found(), ["4", "Lateral"])
    np.testing.assert_allclose(without.dose.values_gy, beam_dose(1).values_gy)


def test_beams_of_one_fraction_are_recognised_by_the_plan_s_dose_or_its_prescription():
    with pytest.raises(ComparisonError, match="--dose-is fraction"):
        sides_by_beam(found(factor=1 / 25), ["4"])
    told, _ = sides_by_beam(found(factor=1 / 25), ["4"], DoseIs.FRACTION)
    np.testing.assert_allclose(told.dose.values_gy, beam_dose(1).values_gy + beam_dose(2).values_gy, rtol=1e-9)
    without, with_ = sides_by_beam(found(factor=1 / 25, whole=False), ["4"])
    np.testing.assert_allclose(without.dose.values_gy, told.dose.values_gy, rtol=1e-9)
    for side in (without, with_):
        assert any("that of one fraction and were multiplied by 25" in caution.text for caution in side.warnings)


def test_a_beam_dose_that_nothing_tells_of_is_refused_until_told():
    """One beam beside the plan's dose: a 25th of it would be subtracted just as smoothly."""
    with pytest.raises(ComparisonError, match="--dose-is total or --dose-is fraction"):
        sides_by_beam(found((4,)), ["4"])
    bare = plan(prescribed=(), sop_instance_uid=PLAN_UID)
    with pytest.raises(ComparisonError, match="--dose-is total or --dose-is fraction"):
        sides_by_beam(found(whole=False, made=bare), ["4"])
    without, _ = sides_by_beam(found(whole=False, made=bare), ["4"], DoseIs.TOTAL)
    assert any("said to be totals" in caution.text for caution in without.warnings)
    with pytest.raises(ComparisonError, match="exceeds it"):
        sides_by_beam(found((4,)), ["4"], DoseIs.FRACTION)
    uncounted = replace(bare, fraction_counts=(None,))
    with pytest.raises(PrescriptionError, match="number of fractions is not known"):
        sides_by_beam(found(whole=False, made=uncounted), ["4"], DoseIs.FRACTION)


def test_what_lacks_a_beam_is_refused_by_its_name():
    with pytest.raises(LinkError, match="none for #2 'Lateral'"):
        sides_by_beam(found((1, 4), whole=False), ["4"])
    with pytest.raises(ComparisonError, match="nothing of the plan is left"):
        sides_by_beam(found(), ["1", "2", "4"])
    with pytest.raises(LinkError, match="no treatment beam"):
        sides_by_beam(found(), ["boost"])


def test_all_beams_named_one_by_one_are_the_plan():
    """As files of an explicit sum, with the prescription that tells them to be the total."""
    parts = [case_of(beam_dose(number)) for number in (1, 2, 4)]
    side = make_side("with", parts)
    np.testing.assert_allclose(side.dose.values_gy, whole_dose().values_gy, rtol=1e-12)
    assert [len(side.parts), side.fractions] == [1, 25]
    with pytest.raises(LinkError, match="none for #4 'IMN electrons'"):
        make_side("with", parts[:2])
    with pytest.raises(ComparisonError, match="the RTPLAN"):
        make_side("with", [replace(part, rtplan=None) for part in parts])


@pytest.mark.parametrize(("factor", "expected"), [(1.0, DoseIs.TOTAL), (1 / 25, DoseIs.FRACTION), (0.4, None)])
def test_a_fraction_dose_is_what_its_prescribed_target_tells(factor, expected):
    """FRACTION is ambiguous: some systems write the total under it."""
    whole = whole_dose()
    dose = replace(whole, values_gy=factor * whole.values_gy, summation=Summation.FRACTION)
    verdict = settled(case_of(dose))
    assert (verdict and verdict[0]) == expected
    if expected is None:
        with pytest.raises(ComparisonError, match="no prescribed target"):
            make_side("with", [case_of(dose)])
        return
    side = make_side("with", [case_of(dose)])
    np.testing.assert_allclose(side.dose.values_gy, whole.values_gy, rtol=1e-12)
    texts = [caution.text for caution in side.warnings if caution.code is Code.DOSE_SUMMATION_UNCLEAR]
    assert any("CTVp_breast_L" in text and "50 Gy in 25 fractions are prescribed" in text for text in texts)


def test_nothing_is_settled_without_a_target_of_this_structure_set_or_for_one_beam_of_several():
    dose = replace(whole_dose(), summation=Summation.FRACTION)
    assert settled(case_of(dose)) is not None
    assert settled(replace(case_of(dose), rtplan=None)) is None
    assert settled(case_of(dose, plan(prescribed=()))) is None
    assert settled(case_of(dose, replace(plan(), structure_set_uid="1.2.3.999"))) is None
    assert settled(case_of(dose, replace(plan(), fraction_counts=(25, 8)))) is None
    assert settled(case_of(replace(dose, summation=Summation.BEAM, beam_numbers=(1,)))) is None
    single = plan(beams=BEAMS[:1])
    assert settled(case_of(replace(dose, summation=Summation.BEAM, beam_numbers=(1,)), single)) is not None
    assert settled(case_of(replace(dose, summation=Summation.UNKNOWN), plan(beams=()))) is None


def test_the_user_s_word_goes_before_the_prescription():
    dose = replace(whole_dose(), summation=Summation.FRACTION)
    side = make_side("with", [case_of(dose)], DoseIs.FRACTION)
    assert side.dose.values_gy.max() == pytest.approx(25 * dose.values_gy.max())
    assert any("was said to be that of one fraction" in caution.text for caution in side.warnings)
