"""From a sample plan's recipe to its beams and doses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.synthetic.catalogue import SamplePlan, Technique
from dosimetry.synthetic.electron_plan import plan_electrons
from dosimetry.synthetic.imrt_plan import plan_imrt
from dosimetry.synthetic.proton_plan import plan_protons
from dosimetry.synthetic.tangent_plan import plan_tangents

if TYPE_CHECKING:
    from dosimetry.synthetic.planned import Planned
    from dosimetry.synthetic.regions import Regions

__all__ = ["make_plan"]

_PLANNERS = {
    Technique.TANGENTS: plan_tangents,
    Technique.ELECTRONS: plan_electrons,
    Technique.IMRT: plan_imrt,
    Technique.PROTONS: plan_protons,
}


def make_plan(recipe: SamplePlan, regions: Regions) -> Planned:
    """Plan a patient as a recipe says."""
    return _PLANNERS[recipe.technique](regions, recipe)
