"""Plans with and without the IMN target: increments, kinds of comparison, coverage, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bodies import dose_from, grid
from box_thorax import BOXES, Maker, base_dose, imn_field, structure_set
from reference import sampled_dose

from dosimetry.dose_arithmetic.alike import same_dose
from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.solid import build_solid
from dosimetry.errors import (
    AmbiguityError,
    ComparisonError,
    LateralityError,
    PrescriptionError,
    StructureError,
)
from dosimetry.imn.comparison import Request, compare
from dosimetry.imn.course import Prescribed, equivalent_2gy, parse_rx
from dosimetry.imn.coverage import CoverageRule
from dosimetry.imn.kind import Kind
from dosimetry.imn.sides import DoseIs, make_side
from dosimetry.model.dose import DoseType, Summation
from dosimetry.names.parts import Choices
from dosimetry.names.roles import Side
from dosimetry.warnings import Code


@pytest.fixture
def make():
    return Maker()


def sides(without, with_):
    return make_side("without", [without]), make_side("with", [with_])


def run(without, with_, request=None):
    return compare(*sides(without, with_), request)


def codes(result):
    return {caution.code for caution in result.all_warnings}


def test_increments_are_those_of_a_known_added_field(make):
    """The second dose is the first plus a known field: the increment of the mean is that field's mean."""
    result = run(make.without(), make.with_())
    field = dose_from(imn_field, make.on)
    for increment in result.increments:
        if increment.name == "Body":
            continue
        solid = build_solid(increment.with_.structure, DEFAULT_CONVENTION)
        slabs = list(zip(solid.low_mm, solid.high_mm, strict=True))
        twin, _ = sampled_dose(field, increment.with_.structure, slabs, 400_000)
        error = 4 * twin.std() / np.sqrt(len(twin))
        assert increment.metrics["Mean[Gy]"].value == pytest.approx(twin.mean(), abs=max(error, 1e-6))


def test_metrics_of_both_sides_equal_dense_sampling(make):
    result = run(make.without(), make.with_())
    heart = result.heart
    solid = build_solid(heart.with_.structure, DEFAULT_CONVENTION)
    slabs = list(zip(solid.low_mm, solid.high_mm, strict=True))
    for side, measured in ((result.without, heart.without), (result.with_, heart.with_)):
        twin, _ = sampled_dose(side.dose, measured.structure, slabs, 400_000)
        for spec, value in (("D50%[Gy]", np.quantile(twin, 0.5)), ("D5%[Gy]", np.quantile(twin, 0.95))):
            assert measured.metrics[spec].value == pytest.approx(value, abs=0.03)


def test_a_true_increment_is_called_one(make):
    result = run(make.without(), make.with_())
    assert result.comparability.kind is Kind.INCREMENT
    assert result.laterality.side is Side.LEFT
    assert "confirmed by its position" in result.laterality.basis
    assert {increment.key for increment in result.increments} >= {"heart", "imn_target", "lad", "lung_ipsilateral"}
    assert (result.imn.is_covered_without, result.imn.prescribed.dose_gy) == (False, 50.0)


def test_risk_follows_from_the_two_means(make):
    result = run(make.without(), make.with_())
    before = result.heart.without.metrics["Mean[Gy]"].value
    after = result.heart.with_.metrics["Mean[Gy]"].value
    by_id = {estimate.model.id: estimate for estimate in result.risk}
    assert by_id["darby-7"].added_err_pct == pytest.approx(7.0 * (after - before), rel=1e-12)
    assert by_id["sardaro-4"].added_err_pct == pytest.approx(4.0 * (after - before), rel=1e-12)
    assert by_id["darby-7.4"].relative_increase_pct == pytest.approx(
        100 * ((1 + 0.074 * after) / (1 + 0.074 * before) - 1), rel=1e-12
    )


def test_scaled_plan_gives_a_proportional_increment(make):
    """The same dose times 1.1: the increment is a tenth of the mean."""
    result = run(make.without(), make.without(function=lambda x, y, z: 1.1 * base_dose(x, y, z), uid="1.2.3.20"))
    mean = result.heart.without.metrics["Mean[Gy]"].value
    assert result.heart.metrics["Mean[Gy]"].value == pytest.approx(0.1 * mean, rel=1e-9)


def test_the_same_dose_twice_is_refused(make):
    with pytest.raises(ComparisonError, match="the same dose on both sides"):
        run(make.without(), make.without(uid="1.2.3.20"))


def test_the_same_dose_stored_anew_is_refused(make):
    def coarse(x, y, z):
        return np.round(base_dose(x, y, z), 3)

    with pytest.raises(ComparisonError, match="the same dose on both sides"):
        run(make.without(), make.without(function=coarse, uid="1.2.3.20"))


def test_other_patient_is_refused_unless_vouched_for(make):
    pair = (make.without(), make.with_(patient="B"))
    with pytest.raises(ComparisonError, match=r"different patients.*--same-patient") as caught:
        run(*pair)
    assert "B" not in str(caught.value).replace("Breast", "")
    result = run(*pair, Request(any_patient=True))
    assert Code.PATIENT_MISMATCH in codes(result)
    assert not result.comparability.same_patient


def test_missing_patient_ids_pass_on_one_frame_of_reference_only(make):
    assert run(make.without(patient=""), make.with_(patient="")).comparability.same_patient
    other = structure_set(uid="1.9", frame="9.9")
    with pytest.raises(ComparisonError, match="do not tell whose they are"):
        run(make.without(patient=""), make.with_(patient="", structures=other, frame_of_reference_uid="9.9"))


def test_other_ct_is_a_technique_comparison(make):
    other = structure_set(uid="1.9", frame="9.9")
    result = run(make.without(), make.with_(structures=other, frame_of_reference_uid="9.9"))
    assert result.comparability.kind is Kind.TECHNIQUE
    assert "not an IMN increment" in result.comparability.kind.text
    assert Code.DIFFERENT_CT in codes(result)
    assert result.heart.metrics["Mean[Gy]"].value > 0


def test_a_copied_structure_set_is_still_an_increment(make):
    result = run(make.without(), make.with_(structures=structure_set(uid="1.9")))
    assert result.comparability.kind is Kind.INCREMENT


def test_a_redrawn_heart_is_said_to_be_one(make):
    redrawn = structure_set({**BOXES, "Heart": (0, -5, 30, 27)}, uid="1.9")
    result = run(make.without(), make.with_(structures=redrawn))
    assert result.comparability.kind is Kind.STRUCTURES_DIFFER
    assert Code.STRUCTURES_DIFFER in codes(result)


def test_an_edited_structure_set_that_kept_its_uid_is_noticed(make):
    edited = structure_set({**BOXES, "CTVn_IMN_L": (18, -32, 27, -24)})
    result = run(make.without(), make.with_(structures=edited))
    assert result.comparability.kind is Kind.STRUCTURES_DIFFER


def test_nodes_dropped_together_with_the_imn_are_named(make):
    def nodal(x, y, z):
        return base_dose(x, y, z) + imn_field(x, y, z) + 30.0 * ((np.abs(x - 50) < 14) & (np.abs(y + 24) < 6))

    result = run(make.without(), make.with_(function=nodal))
    assert result.comparability.kind is Kind.NODES_DROPPED
    assert {Code.NODES_DROPPED_TOO, Code.COVERAGE_OTHER_TARGETS} <= codes(result)


def test_breast_covered_unequally_is_named(make):
    def weaker(x, y, z):
        return 0.85 * base_dose(x, y, z) + imn_field(x, y, z)

    result = run(make.without(), make.with_(function=weaker))
    assert "CTVp_breast_L" in {c.subject for c in result.warnings if c.code is Code.COVERAGE_OTHER_TARGETS}


def test_one_plan_minus_its_imn_field(make):
    tangents = make.without(uid="1.2.3.20", sop_instance_uid="1.5", summation=Summation.BEAM)
    with_ = make.with_()
    tangents = replace(tangents, rtplan=with_.rtplan)
    result = compare(make_side("without", [tangents], DoseIs.TOTAL), make_side("with", [with_]))
    assert result.comparability.kind is Kind.IMN_FIELD


def test_a_plan_added_to_an_unchanged_one_is_its_fields_contribution(make):
    tangents, electrons = make.without(), make.case(imn_field, uid="1.2.3.30")
    result = compare(make_side("without", [tangents]), make_side("with", [tangents, electrons]))
    assert result.comparability.kind is Kind.IMN_FIELD
    assert {Code.DOSE_SUMMED, Code.FRACTIONATION_UNKNOWN} <= codes(result)
    direct = run(make.without(), make.with_())
    assert result.heart.metrics["Mean[Gy]"].value == pytest.approx(
        direct.heart.metrics["Mean[Gy]"].value, rel=1e-12
    )
    assert [part["fractions"] for part in result.with_.describe_parts()] == [25, 25]


def test_parts_on_different_grids_are_put_onto_the_finer_one(make):
    """The mean of a sum is that of both parts, whatever grid it stands on, within what it says it is off."""
    other = replace(make, on=grid((-79, -59, -32), (4, 4, 3), (23, 30, 40)))
    side = make_side("with", [make.without(), other.case(imn_field, uid="1.2.3.30")])
    assert side.dose.grid.spacing_mm == (4.0, 4.0)
    result = compare(make_side("without", [make.without()]), side)
    assert result.comparability.kind is Kind.IMN_FIELD
    field = dose_from(imn_field, other.on)
    heart = structure_set()["Heart"]
    exact = compute_dvh(make.without().dose, heart).mean_gy + compute_dvh(field, heart).mean_gy
    (caution,) = [c for c in result.heart.warnings if c.code is Code.DOSE_RESAMPLED]
    stated = float(caution.text.split("at most ")[1].split(" Gy")[0])
    assert result.heart.with_.metrics["Mean[Gy]"].value == pytest.approx(exact, abs=stated)
    assert stated < 0.05


def test_a_field_s_small_grid_withholds_the_increment_unless_it_ends_in_no_dose(make):
    """Beyond the electron field's grid its dose is not known: the heart's increment is not made up."""
    small = replace(make, on=grid((0, -60, -33), (5, 5, 3), (23, 12, 12)))
    parts = [make.without(), small.case(lambda x, y, z: np.maximum(imn_field(x, y, z), 0), uid="1.2.3.30")]
    before = make_side("without", [make.without()])
    result = compare(before, make_side("with", parts))
    assert result.heart.metrics["Mean[Gy]"].value is None
    assert {Code.DOSE_BEYOND_GRID, Code.INCREMENT_WITHHELD, Code.RISK_WITHHELD} <= codes(result)
    told = compare(before, make_side("with", parts, beyond="zero"))
    assert told.heart.metrics["Mean[Gy]"].value > 0
    assert "at its border it is up to" in next(c.text for c in told.all_warnings if c.code is Code.DOSE_BEYOND_GRID)


def test_fractionations_are_added_only_if_asked_for(make):
    boost = make.case(imn_field, uid="1.2.3.30", plan=make.plan(uid="1.2.3.30.1", dose_gy=16.0, fractions=8))
    with pytest.raises(ComparisonError, match=r"25 and 8 fractions.*--sum-as physical"):
        make_side("with", [make.without(), boost])
    side = make_side("with", [make.without(), boost], across_fractionations=True)
    assert Code.FRACTIONATION_DIFFERS in {caution.code for caution in side.warnings}


def test_two_doses_of_one_plan_are_not_added(make):
    twice = make.with_(sop_instance_uid="1.5.1")
    with pytest.raises(ComparisonError, match="one of them may hold the other"):
        make_side("with", [make.with_(), twice])
    beam = make.with_(sop_instance_uid="1.5.2", summation=Summation.BEAM, beam_numbers=(1,))
    with pytest.raises(ComparisonError, match=r"found PLAN, BEAM"):
        make_side("with", [make.with_(), beam])


@pytest.mark.parametrize("summation", [Summation.BEAM, Summation.FRACTION, Summation.UNKNOWN])
def test_a_dose_of_unclear_summation_is_not_compared_until_told(make, summation):
    with pytest.raises(ComparisonError, match="--dose-is total"):
        make_side("without", [make.without(summation=summation)])
    side = make_side("without", [make.without(summation=summation)], DoseIs.TOTAL)
    assert side.dose.values_gy.max() == make.without().dose.values_gy.max()


def test_a_fraction_dose_is_multiplied_only_when_told(make):
    case = make.without(function=lambda x, y, z: base_dose(x, y, z) / 25, summation=Summation.FRACTION)
    side = make_side("without", [case], DoseIs.FRACTION)
    np.testing.assert_allclose(side.dose.values_gy, make.without().dose.values_gy, rtol=1e-12)
    assert Code.DOSE_SUMMATION_UNCLEAR in {caution.code for caution in side.warnings}
    with pytest.raises(PrescriptionError, match="number of fractions is not known"):
        make_side("without", [replace(case, rtplan=None)], DoseIs.FRACTION)


def test_physical_and_rbe_weighted_doses_are_not_compared(make):
    with pytest.raises(ComparisonError, match="RBE-weighted"):
        run(make.without(), make.with_(dose_type=DoseType.EFFECTIVE))


def test_unequal_fractionation_is_named(make):
    result = run(make.without(), make.with_(plan=make.plan(uid="1.2.3.20.1", fractions=15, dose_gy=40.0)))
    assert Code.FRACTIONATION_DIFFERS in codes(result)
    assert Code.FRACTIONATION_UNKNOWN in codes(run(replace(make.without(), rtplan=None), make.with_()))


def test_a_boost_alone_is_a_partial_course(make):
    boost = make.plan(dose_gy=14.0, fractions=7)
    result = run(make.without(plan=boost), make.with_(plan=replace(boost, sop_instance_uid="1.2.3.20.1")))
    assert Code.PARTIAL_COURSE in codes(result)
    assert Code.PARTIAL_COURSE not in codes(run(make.without(), make.with_()))


@pytest.mark.parametrize(
    ("dose_gy", "fractions", "expected"), [(50, 25, 50.0), (40, 15, 44.848), (26, 5, 41.127), (14, 7, 14.0)]
)
def test_equivalent_dose_in_2_gy_fractions(dose_gy, fractions, expected):
    assert equivalent_2gy(Prescribed(dose_gy, fractions, "")) == pytest.approx(expected, abs=0.001)


def test_coverage_needs_a_usable_prescription(make):
    plan = make.plan(uid="1.2.3.20.1", targets=())
    result = run(make.without(), make.with_(plan=plan))
    assert result.imn.prescribed is None
    assert result.imn.is_covered_with is None
    assert Code.COVERAGE_NOT_EVALUABLE in codes(result)
    assert result.heart.metrics["Mean[Gy]"].value > 0
    told = run(make.without(), make.with_(plan=plan), Request(prescriptions=parse_rx(["CTVn_IMN_L=50/25"])))
    assert told.imn.prescribed == Prescribed(50.0, 25, "given with --rx")


def test_several_prescriptions_that_do_not_name_the_target_are_not_used(make):
    base = make.plan(uid="1.2.3.20.1", targets=(8,))
    boost = replace(base.prescriptions[0], roi_number=None, dose_gy=60.0)
    result = run(make.without(), make.with_(plan=replace(base, prescriptions=(*base.prescriptions, boost))))
    assert result.imn.prescribed is None
    only = run(make.without(), make.with_(plan=base))
    assert only.imn.prescribed == Prescribed(50.0, 25, "the only dose level of the plan")


def test_covered_means_what_the_rule_says(make):
    result = run(make.without(), make.with_())
    share = result.increments[1].with_.dvh.metric("V45Gy[%]")
    assert result.imn.covered_with_pct == share
    assert result.imn.is_covered_with == (share >= 90)
    strict = run(make.without(), make.with_(), Request(rule=CoverageRule(volume_pct=min(share + 0.01, 100))))
    assert Code.COVERAGE_WITH_LOW in codes(strict)
    loose = run(make.without(), make.with_(), Request(rule=CoverageRule(dose_pct=20, volume_pct=50)))
    assert Code.COVERAGE_WITH_LOW not in codes(loose)


def test_a_plan_without_imn_that_treats_the_target_is_doubtful(make):
    def generous(x, y, z):
        return base_dose(x, y, z) + 0.95 * imn_field(x, y, z)

    mean = run(make.without(), make.with_()).imn.mean_with_gy
    rx = parse_rx([f"CTVn_IMN_L={mean:.1f}/25"])
    result = run(make.without(function=generous), make.with_(), Request(prescriptions=rx))
    assert Code.COVERAGE_WITHOUT_HIGH in codes(result)
    limit = Request(prescriptions=rx, rule=CoverageRule(without_limit_pct=99.0))
    assert Code.COVERAGE_WITHOUT_HIGH not in codes(run(make.without(function=generous), make.with_(), limit))


def test_swapped_sides_are_noticed(make):
    result = run(make.with_(), make.without())
    assert Code.INCREMENT_NEGATIVE in codes(result)


@pytest.mark.parametrize("missing", ["Heart", "CTVn_IMN_L"])
def test_heart_and_imn_target_are_required(make, missing):
    bare = structure_set(**{missing: None})
    with pytest.raises(StructureError, match=r"--heart|--imn-target"):
        run(make.without(structures=bare), make.with_(structures=bare))


@pytest.mark.parametrize(
    ("missing", "label"), [("A_LAD", "LAD"), ("Lung_R", "contralateral lung"), ("Breast_L", "ipsilateral breast")]
)
def test_other_parts_are_not_available_with_a_warning(make, missing, label):
    bare = structure_set(**{missing: None})
    result = run(make.without(structures=bare), make.with_(structures=bare))
    assert label in {c.subject for c in result.warnings if c.code is Code.ROLE_NOT_AVAILABLE}


def test_an_ambiguous_name_lists_the_rois_and_the_option(make):
    twice = structure_set({**BOXES, "PTVn_IMN_L": (17, -33, 27, -23)})
    pair = make.without(structures=twice), make.with_(structures=twice)
    with pytest.raises(AmbiguityError, match=r"CTVn_IMN_L.*PTVn_IMN_L.*--imn-target"):
        run(*pair)
    result = run(*pair, Request(choices=Choices({"--imn-target": "PTVn_IMN_L"})))
    assert result.imn.name == "PTVn_IMN_L"


def test_laterality_comes_from_the_option_where_names_tell_nothing(make):
    silent = structure_set(CTVn_IMN_L="Nodes", CTVp_breast_L=None, CTVn_L4_L=None, Chestwall_L=None)
    pair = make.without(structures=silent), make.with_(structures=silent)
    named = {"--imn-target": "Nodes"}
    with pytest.raises(LateralityError, match="--laterality"):
        run(*pair, Request(choices=Choices(named)))
    assert run(*pair, Request(choices=Choices(named, Side.LEFT))).laterality.side is Side.LEFT
    with pytest.raises(LateralityError, match="contradict"):
        run(*pair, Request(choices=Choices(named, Side.RIGHT)))


def test_a_mirrored_structure_set_is_caught(make):
    mirrored = structure_set({name: (-x1, y0, -x0, y1) for name, (x0, y0, x1, y1) in BOXES.items()})
    with pytest.raises(LateralityError, match=r"mirrored|contradict"):
        run(make.without(structures=mirrored), make.with_(structures=mirrored))


def test_bilateral_plans_are_refused(make):
    both = structure_set({**BOXES, "CTVp_breast_R": (-66, -43, -34, -30)})
    pair = make.without(structures=both), make.with_(structures=both)
    with pytest.raises(LateralityError, match="both sides"):
        run(*pair)
    # drawn on both sides, treated on one: the user's word settles it
    assert run(*pair, Request(choices=Choices(laterality=Side.LEFT))).laterality.side is Side.LEFT

    def symmetric(x, y, z):
        return base_dose(np.abs(x), y, z) + imn_field(x, y, z)

    with pytest.raises(LateralityError, match="both sides are treated"):
        run(
            pair[0], make.with_(structures=both, function=symmetric), Request(choices=Choices(laterality=Side.LEFT))
        )


def test_increment_is_withheld_where_a_structure_leaves_the_grid(make):
    short = replace(make, on=grid((-80, -60, -20), (5, 5, 3), (18, 24, 33)))
    result = run(make.without(), short.with_())
    assert result.heart.metrics["Mean[Gy]"].value is None
    assert result.risk == ()
    assert {Code.INCREMENT_WITHHELD, Code.RISK_WITHHELD} <= codes(result)
    assert result.heart.with_.metrics["Mean[Gy]"].value > 0


def test_prescription_for_an_unknown_roi_is_refused(make):
    with pytest.raises(PrescriptionError, match="no ROI named 'IMN'"):
        run(make.without(), make.with_(), Request(prescriptions=parse_rx(["IMN=50/25"])))


@pytest.mark.parametrize("text", ["", "IMN", "IMN=50", "IMN=50/0", "IMN=-5/25", "IMN=50/25x", "=50/25", "IMN=0/25"])
def test_malformed_rx_is_refused(text):
    with pytest.raises(PrescriptionError, match="--rx"):
        parse_rx([text])


def test_rx_names_may_hold_anything():
    assert parse_rx(["a=b c=50.5Gy/28"]) == {"a=b c": Prescribed(50.5, 28, "given with --rx")}
    with pytest.raises(PrescriptionError, match="two prescriptions"):
        parse_rx(["A=50/25", "A=40/15"])


def test_nodes_that_neither_plan_treats_are_not_dropped(make):
    """Drawn nodes with a gray of scatter: that it grows by half makes no other comparison."""
    drawn = structure_set({**BOXES, "CTVn_L1_L": (60, -20, 70, -10)})

    def scattered(function, scatter):
        return lambda x, y, z: np.where(y > -21, scatter, function(x, y, z))

    def both(x, y, z):
        return base_dose(x, y, z) + imn_field(x, y, z)

    result = run(
        make.without(structures=drawn, function=scattered(base_dose, 1.0)),
        make.with_(structures=drawn, function=scattered(both, 1.5)),
    )
    assert result.comparability.kind is Kind.INCREMENT
    assert "CTVn_L1_L" in {coverage.name for coverage in result.others}
    noted = {c.subject for c in result.all_warnings if c.code is Code.COVERAGE_OTHER_TARGETS}
    assert "CTVn_L1_L" not in noted


@pytest.mark.parametrize("share", [0.04, 0.3])
def test_a_dose_far_below_its_prescription_is_a_part(make, share):
    """One fraction or one field stored as PLAN: the header says a whole course, the dose does not."""
    result = run(
        make.without(function=lambda x, y, z: share * base_dose(x, y, z)),
        make.with_(function=lambda x, y, z: share * (base_dose(x, y, z) + imn_field(x, y, z))),
    )
    partial = [c for c in result.all_warnings if c.code is Code.PARTIAL_COURSE]
    assert {caution.subject for caution in partial} == {"without", "with"}
    assert "50 Gy in 25 fractions is prescribed" in partial[0].text


def cropped(case, uid="1.2.3.20"):
    """Return the case with a dose exported with smaller margins."""
    dose = case.dose
    smaller = replace(
        dose.grid,
        origin_mm=dose.grid.map_index_to_mm([[1, 2, 3]])[0],
        frame_positions_mm=dose.grid.frame_positions_mm[:-4],
        rows=dose.grid.rows - 3,
        columns=dose.grid.columns - 1,
    )
    values = np.ascontiguousarray(dose.values_gy[3:-1, 2:-1, 1:])
    return replace(case, dose=replace(dose, grid=smaller, values_gy=values, sop_instance_uid=uid))


def test_the_same_dose_with_other_margins_is_refused(make):
    for pair in ((make.without(), cropped(make.without())), (cropped(make.without()), make.without())):
        with pytest.raises(ComparisonError, match="the same dose on both sides"):
            run(*pair)
    other = cropped(make.with_())
    direct = run(make.without(), make.with_()).imn.mean_with_gy
    assert run(make.without(), other).imn.mean_with_gy == pytest.approx(direct, rel=1e-12)


def test_margins_that_share_no_high_dose_tell_nothing(make):
    low = make.without(function=lambda x, y, z: np.where(x > 0, 50.0, 1.0) + 0 * (y + z))
    on = replace(low.dose.grid, columns=10)
    part = replace(low.dose, grid=on, values_gy=np.ascontiguousarray(low.dose.values_gy[:, :, :10]))
    assert not same_dose(low.dose, part)
    assert same_dose(part, part)
    shifted = replace(low.dose, grid=replace(low.dose.grid, origin_mm=low.dose.grid.origin_mm + 1.0))
    assert not same_dose(low.dose, shifted)


def test_a_plan_is_added_to_itself_only_by_mistake(make):
    with pytest.raises(ComparisonError, match="given twice"):
        make_side("with", [make.with_(), make.with_()])
    copied = make_side("with", [make.with_(), make.with_(uid="1.2.3.30")])
    assert any("agree in every voxel" in caution.text for caution in copied.warnings)


def renumbered(structures, uid):
    """Return the structure set with every ROI number moved on by one."""
    moved = tuple(replace(found, number=found.number % len(structures) + 1) for found in structures)
    return replace(structures, structures=moved, sop_instance_uid=uid)


@pytest.mark.parametrize(("number", "expected"), [(3, (74.0, 50)), (2, (50.0, 25))], ids=["IMN", "heart"])
def test_roi_numbers_of_a_summed_plan_are_those_of_its_own_structure_set(make, number, expected):
    other = renumbered(structure_set(), "1.2.3.99")
    assert (other["CTVn_IMN_L"].number, other["Heart"].number) == (3, 2)
    plan = replace(make.plan(uid="1.2.3.30.1", dose_gy=24.0, targets=(number,)), structure_set_uid="1.2.3.99")
    field = make.case(function=imn_field, structures=other, uid="1.2.3.30", plan=plan)
    result = compare(make_side("without", [make.without()]), make_side("with", [make.without(), field]))
    assert (result.imn.prescribed.dose_gy, result.imn.prescribed.fractions) == expected


def test_roi_numbers_of_another_structure_set_are_not_believed(make):
    case = make.with_()
    first, second, *_ = case.rtplan.prescriptions
    plan = replace(case.rtplan, structure_set_uid="1.2.3.99", prescriptions=(replace(first, dose_gy=30.0), second))
    assert first.roi_number == 2
    result = run(make.without(), replace(case, rtplan=plan))
    assert result.imn.prescribed is None
    assert Code.COVERAGE_NOT_EVALUABLE in codes(result)


def test_without_a_prescription_two_plans_that_both_treat_the_target_are_doubtful(make):
    plan = make.plan(uid="1.2.3.20.1", targets=())

    def generous(x, y, z):
        return base_dose(x, y, z) + 0.95 * imn_field(x, y, z)

    assert Code.COVERAGE_WITHOUT_HIGH in codes(run(make.without(function=generous), make.with_(plan=plan)))
    assert Code.COVERAGE_WITHOUT_HIGH not in codes(run(make.without(), make.with_(plan=plan)))


def test_slopes_applied_to_an_rbe_weighted_dose_say_so(make):
    effective = {"dose_type": DoseType.EFFECTIVE}
    result = run(make.without(**effective), make.with_(**effective))
    assert [c.subject for c in result.all_warnings if c.code is Code.DOSE_EFFECTIVE] == ["risk"]
    assert Code.DOSE_EFFECTIVE not in codes(run(make.without(), make.with_()))


def test_fractions_unlike_those_of_the_sources_are_named(make):
    plans = [make.plan(uid=uid, fractions=15, dose_gy=40.0) for uid in ("1.2.3.10.1", "1.2.3.20.1")]
    result = run(make.without(plan=plans[0]), make.with_(plan=plans[1]))
    (text,) = {c.text for c in result.warnings if c.code is Code.FRACTIONATION_UNLIKE_SOURCE}
    assert text.startswith("40 Gy in 15 fractions are 2.67 Gy a fraction")
    assert Code.FRACTIONATION_UNLIKE_SOURCE not in codes(run(make.without(), make.with_()))


def test_rois_of_one_name_are_told_to_be_left_out(make):
    twice = structure_set(Lung_L="Lung", Lung_R="Lung")
    result = run(make.without(structures=twice), make.with_(structures=twice))
    assert "Lung" in {c.subject for c in result.warnings if c.code is Code.STRUCTURE_DUPLICATE_NAME}
    assert "Lung" not in {increment.name for increment in result.increments}


def test_one_roi_cannot_be_heart_and_target(make):
    with pytest.raises(AmbiguityError, match="heart and imn target"):
        run(make.without(), make.with_(), Request(choices=Choices({"--heart": "CTVn_IMN_L"})))


def test_a_field_alone_is_cautioned(make):
    tangents, electrons = make.without(), make.case(imn_field, uid="1.2.3.30")
    result = compare(make_side("without", [tangents]), make_side("with", [tangents, electrons]))
    assert Code.IMN_FIELD_ALONE in codes(result)


def test_a_prescription_to_a_point_says_so(make):
    plan = make.plan(uid="1.2.3.20.1", targets=(8,))
    point = replace(plan.prescriptions[0], roi_number=None, structure_type="COORDINATES")
    result = run(make.without(), make.with_(plan=replace(plan, prescriptions=(point,))))
    assert result.imn.prescribed.basis == "the only dose level of the plan, to a point"
