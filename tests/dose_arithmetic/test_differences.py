"""What one dose has more than another, and why that is no dose of a plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bodies import dose_from, grid, prism, rectangle
from box_thorax import Maker

from dosimetry.dicom.write import StudyHeader, write_dose
from dosimetry.dose_arithmetic.differences import remainder, subtract
from dosimetry.dose_arithmetic.fractionation import eqd2
from dosimetry.dose_arithmetic.sums import add_doses
from dosimetry.dvh.engine import compute_dvh
from dosimetry.errors import ComparisonError, UnitsError
from dosimetry.imn.sides import make_side
from dosimetry.imn.total import DoseIs
from dosimetry.model.dose import Measure
from dosimetry.warnings import Code

ON = grid((-20, -20, -21), (4, 4, 3), (15, 11, 11))


def more(x, y, z):
    return 20 + 0.1 * x + 0.2 * y - 0.1 * z


def less(x, y, z):
    return 15 - 0.2 * x + 0.2 * y + 0 * z


def test_a_difference_is_measured_and_signed():
    found = subtract(dose_from(more, ON), dose_from(less, grid((-19, -21, -20), (3, 5, 2.5), (17, 9, 13))))
    box = prism(rectangle(-12, -10, 12, 14), -9.0, 3.0, 7)
    assert compute_dvh(found, box).mean_gy == pytest.approx(5.0, abs=1e-9)
    assert (found.measure, found.is_plan_dose) == (Measure.DIFFERENCE, False)
    assert Code.DOSE_DIFFERENCE in {caution.code for caution in found.warnings}
    assert subtract(dose_from(less, ON), dose_from(more, ON)).values_gy.min() < 0


def test_a_difference_is_taken_for_no_plan():
    make = Maker()
    case = make.with_()
    difference = subtract(
        case.dose, replace(make.without().dose, frame_of_reference_uid=case.dose.frame_of_reference_uid)
    )
    with pytest.raises(ComparisonError, match="difference of doses is not the dose of a plan"):
        make_side("with", [replace(case, dose=difference)], DoseIs.TOTAL)
    with pytest.raises(ComparisonError, match="does not add up"):
        add_doses([difference, difference])
    with pytest.raises(ComparisonError, match="different measures"):
        add_doses([case.dose, difference])


def test_only_doses_in_gray_are_written(tmp_path):
    for made in (subtract(dose_from(more, ON), dose_from(less, ON)), eqd2(dose_from(more, ON), 25, 3.0)):
        with pytest.raises(UnitsError, match="only a dose in gray"):
            write_dose(tmp_path / "rd.dcm", made, StudyHeader())
    assert list(tmp_path.iterdir()) == []


def test_a_part_is_taken_out_of_a_dose():
    whole, part = dose_from(more, ON), dose_from(lambda x, y, z: 0.25 * more(x, y, z), ON)
    left = remainder(whole, part)
    np.testing.assert_allclose(left.values_gy, 0.75 * whole.values_gy)
    assert left.is_plan_dose
    assert not {Code.DOSE_NEGATIVE, Code.DOSE_DIFFERENCE} & {caution.code for caution in left.warnings}
    with pytest.raises(ComparisonError, match="exceeds it"):
        remainder(part, whole)


def test_rounding_in_storage_leaves_no_negative_dose():
    whole = dose_from(more, ON)
    stored = replace(whole, values_gy=np.round(whole.values_gy, 2) + 0.004)
    left = remainder(whole, stored)
    assert left.values_gy.min() == 0.0
    assert Code.DOSE_NEGATIVE in {caution.code for caution in left.warnings}
