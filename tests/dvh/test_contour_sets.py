"""Awkward contour sets against dense random sampling, and against themselves written another way."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from awkward import SETS, ContourSet
from bodies import dose_from, grid, stack
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import exact_area, sampled_planes

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.engine import compute_dvh
from dosimetry.dvh.solid import build_solid

pytestmark = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="too slow without compiled kernels"
)
LEVELS = (99, 98, 95, 50, 5, 2, 1)
SPECS = (*(f"D{level}%[Gy]" for level in LEVELS), "V20Gy[%]", "V18Gy[cc]", "DC1%[Gy]")


def rough(x, y, z):
    return 20 + 2 * np.sin(0.2 * x) + 2.5 * np.cos(0.15 * y + 0.1 * z) + 1.5 * np.sin(0.12 * z + 0.004 * x * y)


DOSE = dose_from(rough, grid())


@pytest.mark.parametrize("name", SETS)
def test_dense_sampling_agrees(name):
    """Volume and mean within three standard errors, which are small; metrics between the samples' quantiles."""
    case = SETS[name]
    dvh = compute_dvh(DOSE, case.structure())
    assert tuple(caution.code for caution in dvh.warnings) == case.codes
    doses, volume_cc, error_cc = sampled_planes(DOSE, case.polygons, case.slabs, 1_200_000, seed=1)
    assert error_cc <= 1e-3 * volume_cc
    assert dvh.volume_cc == pytest.approx(volume_cc, abs=3 * error_cc)
    error_gy = doses.std() / math.sqrt(doses.size)
    assert error_gy <= 0.005
    assert dvh.mean_gy == pytest.approx(doses.mean(), abs=3 * error_gy)
    doses.sort()
    for level in LEVELS:
        p = 1 - level / 100
        slack = 4 * math.sqrt(p * (1 - p) / doses.size)
        low, high = doses[[int((p - slack) * doses.size), math.ceil((p + slack) * doses.size)]]
        assert low <= dvh.metric(f"D{level}%[Gy]") <= high
    for dose in np.quantile(doses, [0.03, 0.3, 0.7, 0.97]):
        above = float((doses >= dose).mean())
        slack = 4 * math.sqrt(above * (1 - above) / doses.size)
        assert dvh.metric(f"V{dose:.9f}Gy[%]") / 100 == pytest.approx(above, abs=slack)
    assert dvh.min_gy <= doses[0]
    assert dvh.max_gy >= doses[-1]
    assert dvh.outside_grid_cc == 0


@pytest.mark.parametrize("name", SETS)
def test_prisms_are_those_written_out(name):
    case = SETS[name]
    solid = build_solid(case.structure(), DEFAULT_CONVENTION)
    found = np.column_stack((solid.low_mm, solid.high_mm))
    assert found == pytest.approx(np.array(case.slabs), abs=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_volume_is_that_of_rational_numbers(name):
    case = SETS[name]
    heights = [top - bottom for bottom, top in case.slabs]
    areas = [exact_area(case.polygons[z]) for z in sorted(case.polygons)]
    assert compute_dvh(DOSE, case.structure()).volume_cc == pytest.approx(np.dot(areas, heights) / 1000, rel=1e-12)


def reordered(polygons_by_z, rng):
    """Return the same polygons, in another order and each from another start and in another direction."""
    made = {}
    for z, polygons in polygons_by_z.items():
        made[z] = []
        for p in rng.permutation(len(polygons)):
            polygon = np.roll(np.asarray(polygons[p], dtype=float), rng.integers(100), axis=0)
            made[z].append(polygon[::-1] if rng.random() < 0.5 else polygon)
    return made


def split(polygons_by_z, rng):
    """Return the same area, each polygon of four or more points cut in two along a diagonal.

    Even-odd the pieces add up to the polygon, wherever the diagonal runs.
    """
    made = {}
    for z, polygons in polygons_by_z.items():
        made[z] = []
        for polygon in polygons:
            points = np.asarray(polygon, dtype=float)
            if len(points) < 4:
                made[z].append(points)
                continue
            at = rng.integers(2, len(points) - 1)
            made[z] += [points[: at + 1], np.vstack((points[at:], points[:1]))]
    return made


def numbers(structure):
    dvh = compute_dvh(DOSE, structure)
    return np.array([dvh.volume_cc, dvh.mean_gy, dvh.min_gy, dvh.max_gy, *(dvh.metric(spec) for spec in SPECS)])


def assert_same(body, base, change, rng):
    """Compare a body that is written another way with the numbers of the first.

    Cut in two, an area makes other cells: volume, mean and extremes are those of the solid all the same, metrics as
    fine as the histogram. Otherwise even the cells are the same.
    """
    other = numbers(stack(change(body.polygons, rng), spacing=body.spacing, slices=body.slices))
    exact = 4 if change is split else base.size
    np.testing.assert_allclose(other[:exact], base[:exact], rtol=1e-9)
    np.testing.assert_allclose(other[exact:], base[exact:], rtol=1e-4)


@pytest.mark.parametrize("name", SETS)
def test_the_same_area_written_another_way(name):
    base = numbers(SETS[name].structure())
    for change in (reordered, split):
        assert_same(SETS[name], base, change, np.random.default_rng(5))


corner = st.tuples(*[st.floats(-20, 20).map(lambda v: round(v, 2))] * 2)
polygons = st.lists(st.lists(corner, min_size=3, max_size=9), min_size=1, max_size=3)


@given(st.lists(polygons, min_size=1, max_size=3), st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_any_area_written_another_way(sets, seed):
    """Crossing, touching and repeated edges on a lattice of 0.01 mm."""
    body = {3.0 * i: [np.array(p) for p in one] for i, one in enumerate(sets)}
    rng = np.random.default_rng(seed)
    # without this prism tiny areas would be compared with their own rounding
    body[-3.0] = [np.array([(-3.1, -2.2), (4.3, -2.2), (1.3, 5.1)])]
    case = ContourSet(body, [])
    base = numbers(case.structure())
    for change in (reordered, split):
        assert_same(case, base, change, rng)
