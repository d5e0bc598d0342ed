"""What an RTPLAN says that matters to dose comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.provenance import SourceFile
    from dosimetry.warnings import Caution

__all__ = ["Beam", "Plan", "Prescription"]


@dataclass(frozen=True, slots=True)
class Prescription:
    """One item of the DoseReferenceSequence that prescribes a dose to a target.

    Attributes
    ----------
    description
        DoseReferenceDescription, untrusted text.
    structure_type
        DoseReferenceStructureType: POINT, VOLUME, COORDINATES or SITE.
    roi_number
        ReferencedROINumber; None where the item names no ROI.
    dose_gy
        TargetPrescriptionDose.
    """

    description: str
    structure_type: str
    roi_number: int | None
    dose_gy: float


@dataclass(frozen=True, slots=True)
class Beam:
    """One beam.

    Attributes
    ----------
    number, name
        BeamNumber and BeamName (untrusted text).
    radiation
        RadiationType: PHOTON, ELECTRON, PROTON …
    delivery
        TreatmentDeliveryType: TREATMENT, SETUP …
    """

    number: int
    name: str
    radiation: str
    delivery: str


@dataclass(frozen=True)
class Plan:
    """One RTPLAN.

    Attributes
    ----------
    label
        RTPlanLabel, untrusted text.
    prescriptions
        Prescriptions to targets, in the order of the file.
    fraction_counts
        NumberOfFractionsPlanned of each fraction group; None where it is not given.
    beams
        In the order of the file.
    approval
        ApprovalStatus, or an empty string.
    """

    label: str
    prescriptions: tuple[Prescription, ...] = ()
    fraction_counts: tuple[int | None, ...] = ()
    beams: tuple[Beam, ...] = ()
    approval: str = ""
    frame_of_reference_uid: str | None = field(default=None, repr=False)
    sop_instance_uid: str | None = field(default=None, repr=False)
    study_uid: str | None = field(default=None, repr=False)
    structure_set_uid: str | None = field(default=None, repr=False)
    source: SourceFile | None = None
    warnings: tuple[Caution, ...] = ()

    @property
    def fractions(self) -> int | None:
        """Number of fractions; None where the plan has not exactly one fraction group that states it."""
        return self.fraction_counts[0] if len(self.fraction_counts) == 1 else None
