"""Write DICOM-RT files of synthetic cases, for examples and tests.

The header carries the identity, the model objects carry the content:

>>> from dosimetry.dicom.write import StudyHeader, write_dose
>>> write_dose("dose.dcm", dose, StudyHeader(patient_id="SYNTHETIC-1"))  # doctest: +SKIP
"""

from __future__ import annotations

from dosimetry.dicom.study import DEFLATED, EXPLICIT, IMPLICIT, StudyHeader, synthetic_uid
from dosimetry.dicom.write_beam import BeamSetup, ControlPoint
from dosimetry.dicom.write_dose import write_dose
from dosimetry.dicom.write_image import ImageSeries, write_images
from dosimetry.dicom.write_ion_plan import IonBeamSetup, IonLayer, write_ion_plan
from dosimetry.dicom.write_plan import write_plan
from dosimetry.dicom.write_structures import write_structures

__all__ = [
    "DEFLATED",
    "EXPLICIT",
    "IMPLICIT",
    "BeamSetup",
    "ControlPoint",
    "ImageSeries",
    "IonBeamSetup",
    "IonLayer",
    "StudyHeader",
    "synthetic_uid",
    "write_dose",
    "write_images",
    "write_ion_plan",
    "write_plan",
    "write_structures",
]
