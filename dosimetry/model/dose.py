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

__all__ = ["Dose", "DoseType", "Measure", "Summation"]


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


class Measure(StrEnum):
    """In what measure the numbers of a dose count. Files hold the first alone; the others are made here."""

    DOSE = "dose"
    PER_FRACTION = "dose per fraction"
    EQD2 = "EQD2"
    ISOEFFECTIVE = "isoeffective dose"
    DIFFERENCE = "difference of doses"


@dataclass(frozen=True, eq=False)
class Dose:
    """Absorbed dose on a grid, or what was made of one.

    Attributes
    ----------
    grid
        Where the voxel centres are. Frames ascend along the grid's normal, whatever the file's order.
    values_gy
        Dose in Gy, shape (frames, rows, columns), C-contiguous float64.
    dose_type, summation
        What the dose is of.
    measure
        In what measure the numbers count; anything but ``DOSE`` is no plan's dose.
    fractions
        In how many fractions it is given; None where that is not known.
    alpha_beta_gy
        α/β of an EQD2 or isoeffective dose.
    beam_numbers
        The beams of its plan that it is of; empty where the file names none.
    error_gy
        By how much interpolation from other grids may have moved the dose anywhere around each voxel, of the
        shape of `values_gy`; None for a dose on its own grid.
    frame_of_reference_uid, sop_instance_uid, study_uid
        Raw UIDs, for linking only; never printed unless identity was asked for.
    plan_uids, structure_set_uid
        What the dose refers to; empty or None where the file does not say.
    source
        The file it came from; None for a dose that was computed here.
    made_of
        The files of the doses that it was computed from.
    warnings
        What touches every number made from this dose.
    stored_dvhs
        How the planning system's own histograms are read from its file; None where it holds none.
    """

    grid: Grid
    values_gy: NDArray[np.float64]
    dose_type: DoseType = DoseType.PHYSICAL
    summation: Summation = Summation.PLAN
    measure: Measure = Measure.DOSE
    fractions: int | None = None
    alpha_beta_gy: float | None = None
    beam_numbers: tuple[int, ...] = ()
    error_gy: NDArray[np.float64] | None = field(default=None, repr=False)
    frame_of_reference_uid: str | None = field(default=None, repr=False)
    sop_instance_uid: str | None = field(default=None, repr=False)
    study_uid: str | None = field(default=None, repr=False)
    plan_uids: tuple[str, ...] = field(default=(), repr=False)
    structure_set_uid: str | None = field(default=None, repr=False)
    source: SourceFile | None = None
    made_of: tuple[SourceFile, ...] = ()
    warnings: tuple[Caution, ...] = ()
    stored_dvhs: StoredDvhs | None = field(default=None, repr=False)

    @cached_property
    def tps_dvhs(self) -> TpsDvhs | None:
        """The planning system's histograms of this very dose, read when first asked for; None where it has none."""
        stored = self.stored_dvhs
        return stored.read() if stored is not None and stored.voxels is self.values_gy else None

    @property
    def is_plan_dose(self) -> bool:
        """Whether it is the dose of one whole plan or of several, in gray as given: what may be compared."""
        return self.summation.is_whole_plan and self.measure is Measure.DOSE

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """The files that its numbers come from."""
        return self.made_of if self.source is None else (self.source,)
