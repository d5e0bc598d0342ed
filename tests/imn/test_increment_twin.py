"""Increments of every dose metric against a dense regular sampling of both doses, to 0.005 Gy."""

from __future__ import annotations

import numpy as np
import pytest
from box_thorax import BOXES, Maker
from reference import trilinear

from dosimetry.imn.comparison import Request, compare
from dosimetry.imn.sides import make_side

LEVELS = (99, 98, 95, 90, 50, 10, 5, 2, 1)
# All planes lie from -24 to 24 mm, 3 mm apart: half-slice caps end the boxes at -25.5 and 25.5 mm.
LOW_MM, HIGH_MM = -25.5, 25.5
DENSE = (400, 400, 16)  # one random point in each: on a plain lattice points line up with the isodoses


def sampled(dose, box):
    """Return the sorted doses at a random point in each cell of a dense lattice in a box."""
    low, high = np.array([*box[:2], LOW_MM]), np.array([*box[2:], HIGH_MM])
    cells = np.indices(DENSE).reshape(3, -1).T
    points = low + (cells + np.random.default_rng(5).random(cells.shape)) * (high - low) / DENSE
    columns, rows, along = dose.grid.map_mm_to_plane(points).T
    frames = np.interp(along, dose.grid.frame_positions_mm, np.arange(dose.grid.frame_positions_mm.size))
    return np.sort(trilinear(dose.values_gy, columns, rows, frames))


def dose_at(sorted_doses, level):
    """Return the dose that `level` percent of equal volumes receive at least."""
    return float(np.interp((1 - level / 100) * len(sorted_doses), np.arange(len(sorted_doses)) + 0.5, sorted_doses))


@pytest.fixture(scope="module")
def result():
    make = Maker()
    specs = ["Mean[Gy]", *(f"D{level}%[Gy]" for level in LEVELS)]
    sides = make_side("without", [make.without()]), make_side("with", [make.with_()])
    return compare(*sides, Request(metrics=specs))


@pytest.mark.parametrize(
    "name",
    ["Heart", "CTVn_IMN_L", *(pytest.param(n, marks=pytest.mark.slow) for n in ("A_LAD", "Lung_L", "Breast_L"))],
)
def test_every_increment_equals_the_twin(result, name):
    increment = next(found for found in result.increments if found.name == name)
    before, after = sampled(result.without.dose, BOXES[name]), sampled(result.with_.dose, BOXES[name])
    assert increment.metrics["Mean[Gy]"].value == pytest.approx(after.mean() - before.mean(), abs=0.005)
    for level in LEVELS:
        twin = dose_at(after, level) - dose_at(before, level)
        assert increment.metrics[f"D{level}%[Gy]"].value == pytest.approx(twin, abs=0.005)
