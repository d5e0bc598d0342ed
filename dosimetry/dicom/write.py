"""Write DICOM-RT files of synthetic cases, for examples and tests.

The header carries the identity, the model objects carry the content:

>>> from dosimetry.dicom.write import StudyHeader, write_dose
>>> write_dose("dose.dcm", dose, StudyHeader(patient_id="SYNTHETIC-1"))  # doctest: +SKIP
"""

from __future__ import annotations

from dosimetry.dicom.study import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader, synthetic_uid
from dosimetry.dicom.write_dose import write_dose
from dosimetry.dicom.write_plan import BeamSetup, write_plan
from dosimetry.dicom.write_structures import write_structures

__all__ = [
    "DEFLATED",
    "EXPLICIT",
    "IMPLICIT",
    "BeamSetup",
    "StudyHeader",
    "synthetic_uid",
    "write_dose",
    "write_plan",
    "write_structures",
]
