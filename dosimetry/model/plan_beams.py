"""A plan with the doses of its beams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose

__all__ = ["PlanBeams"]


@dataclass(frozen=True, eq=False)
class PlanBeams:
    """One plan with the doses of its beams, and its own dose where that lies beside them.

    Attributes
    ----------
    case
        Structures, plan and patient; its dose is `whole`, or the first of `beams` where there is none.
    beams
        The doses of single beams, in the order of their files; some beams may have none.
    whole
        The dose of the plan; None where it is not there.
    """

    case: Case
    beams: tuple[Dose, ...]
    whole: Dose | None
