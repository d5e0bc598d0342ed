"""A plan of three beams on the small thorax, exported with the dose of each beam."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from bodies import dose_from, grid
from box_thorax import BOXES, imn_field, structure_set

from dosimetry.dicom.write import StudyHeader, write_dose, write_plan, write_structures
from dosimetry.model.dose import Summation
from dosimetry.model.plan import Beam, Plan, Prescription

HEADER = StudyHeader(patient_id="SYNTHETIC-BEAMS")
GRID = grid((-80, -60, -33), (5, 5, 3), (23, 24, 33))
BEAMS = (
    Beam(1, "Medial", "PHOTON", "TREATMENT"),
    Beam(2, "Lateral", "PHOTON", "TREATMENT"),
    Beam(4, "IMN electrons", "ELECTRON", "TREATMENT"),
    Beam(5, "Set-up", "PHOTON", "SETUP"),
)
_BREAST, _IMN = (list(BOXES).index(name) + 1 for name in ("CTVp_breast_L", "CTVn_IMN_L"))


def medial(x, y, z):
    return 1.0 + 0.002 * (x + 80) + 0.5 * shape(x, y, z)


def lateral(x, y, z):
    return 1.0 + 0.002 * (x + 80) + 0.5 * shape(x, y, z)


def shape(x, y, _z):
    return 46.0 * 0.5 * (1 + np.tanh((x - 25) / 6)) * 0.5 * (1 - np.tanh((y + 20) / 5))


def electrons(x, y, z):
    return 0.2 + 1.6 * imn_field(x, y, z)


FIELDS = {1: medial, 2: lateral, 4: electrons}


def plan(beams=BEAMS, prescribed=(_BREAST,), **fields):
    items = tuple(Prescription("", "VOLUME", number, 50.0) for number in prescribed)
    return Plan("BREAST", items, (25,), beams, "APPROVED", **fields)


def beam_dose(number, on=GRID, factor=1.0):
    made = dose_from(lambda x, y, z: factor * FIELDS[number](x, y, z), on)
    return replace(made, summation=Summation.BEAM, beam_numbers=(number,), frame_of_reference_uid=HEADER.frame)


def whole_dose(on=GRID):
    made = dose_from(lambda x, y, z: sum(field(x, y, z) for field in FIELDS.values()), on)
    return replace(made, frame_of_reference_uid=HEADER.frame)


def export(folder, numbers=(1, 2, 4), *, whole=True, factor=1.0, beams=BEAMS, **written):
    """Write structures, plan, the doses of these beams and, where asked for, that of the plan."""
    folder.mkdir(parents=True, exist_ok=True)
    structures = write_structures(folder / "rs.dcm", structure_set(frame=HEADER.frame), HEADER)
    plan_uid = write_plan(folder / "rp.dcm", plan(beams, **written), HEADER, structure_set_uid=structures)
    links = {"plan_uid": plan_uid, "structure_set_uid": structures}
    for number in numbers:
        made = replace(beam_dose(number, factor=factor), sop_instance_uid=HEADER.uid("beam", number))
        write_dose(folder / f"rd_beam{number}.dcm", made, HEADER, **links)
    if whole:
        write_dose(folder / "rd.dcm", replace(whole_dose(), sop_instance_uid=HEADER.uid("whole")), HEADER, **links)
    return folder
