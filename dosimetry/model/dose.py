"""A dose distribution in gray."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dosimetry.geometry import Grid
    from dosimetry.model.tps_dvh import StoredDvhs, TpsDvhs
    from dosimetry.provenance import SourceFile
    from dosimetry.warnings import Caution

__all__ = ["Dose", "DoseType", "Summation"]


class DoseType(StrEnum):
    """DoseType (3004,0004) of a dose that can be measured."""

    PHYSICAL = "PHYSICAL"
    EFFECTIVE = "EFFECTIVE"


class Summation(StrEnum):
    """DoseSummationType (3004,000A)."""

    PLAN = "PLAN"
    MULTI_PLAN = "MULTI_PLAN"
    FRACTION = "FRACTION"
    BEAM = "BEAM"
    BRACHY = "BRACHY"
    CONTROL_POINT = "CONTROL_POINT"
    FRACTION_SESSION = "FRACTION_SESSION"
    BEAM_SESSION = "BEAM_SESSION"
    BRACHY_SESSION = "BRACHY_SESSION"
    PLAN_OVERVIEW = "PLAN_OVERVIEW"
    RECORD = "RECORD"
    UNKNOWN = "UNKNOWN"

    @property
    def is_whole_plan(self) -> bool:
        """Whether the dose is that of one whole plan or of several, so that it may be compared."""
        return self in (Summation.PLAN, Summation.MULTI_PLAN)


@dataclass(frozen=True, eq=False)
class Dose:
    """Absorbed dose on a grid.

    Attributes
    ----------
    grid
        Where the voxel centres are. Frames ascend along the grid's normal, whatever the file's order.
    values_gy
        Dose in Gy, shape (frames, rows, columns), C-contiguous float64.
    dose_type, summation
        What the dose is of.
    frame_of_reference_uid, sop_instance_uid, study_uid
        Raw UIDs, for linking only; never printed unless identity was asked for.
    plan_uids, structure_set_uid
        What the dose refers to; empty or None where the file does not say.
    source
        The file it came from; None for a dose that was computed here.
    warnings
        What touches every number made from this dose.
    stored_dvhs
        How the planning system's own histograms are read from its file; None where it holds none.
    """

    grid: Grid
    values_gy: NDArray[np.float64]
    dose_type: DoseType = DoseType.PHYSICAL
    summation: Summation = Summation.PLAN
    frame_of_reference_uid: str | None = field(default=None, repr=False)
    sop_instance_uid: str | None = field(default=None, repr=False)
    study_uid: str | None = field(default=None, repr=False)
    plan_uids: tuple[str, ...] = field(default=(), repr=False)
    structure_set_uid: str | None = field(default=None, repr=False)
    source: SourceFile | None = None
    warnings: tuple[Caution, ...] = ()
    stored_dvhs: StoredDvhs | None = field(default=None, repr=False)

    @cached_property
    def tps_dvhs(self) -> TpsDvhs | None:
        """The planning system's histograms of this very dose, read when first asked for; None where it has none."""
        stored = self.stored_dvhs
        return stored.read() if stored is not None and stored.voxels is self.values_gy else None
