"""A small thorax of boxes: quick to make, quick to measure, every dose known in closed form."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from bodies import dose_from, grid, planes, rectangle, stack

from dosimetry.model.case import Case, Patient
from dosimetry.model.dose import Dose
from dosimetry.model.plan import Plan, Prescription
from dosimetry.model.structures import StructureSet

# name: (x0, y0, x1, y1) in mm, LPS; all planes from -24 to 24 mm
BOXES = {
    "Heart": (0, -5, 30, 25),
    "CTVn_IMN_L": (18, -32, 26, -24),
    "A_LAD": (22, -6, 25, -3),
    "Lung_L": (32, -20, 70, 40),
    "Lung_R": (-70, -20, -32, 40),
    "Breast_L": (30, -45, 70, -28),
    "Breast_R": (-70, -45, -30, -28),
    "CTVp_breast_L": (34, -43, 66, -30),
    "Chestwall_L": (28, -27, 70, -21),
    "SpinalCord": (-4, 45, 4, 52),
    "CTVn_L4_L": (40, -26, 60, -22),
    "Body": (-75, -50, 75, 55),
}
FRAME, STUDY, SET_UID = "1.2.3.4", "1.2.3", "1.2.3.9"


def structure_set(boxes=BOXES, uid=SET_UID, frame=FRAME, **renamed):
    """Return the structure set; `renamed` maps names to other names, or to None to leave them out."""
    structures = []
    for number, (name, box) in enumerate(boxes.items(), start=1):
        shown = renamed.get(name, name)
        if shown is not None:
            made = stack({z: [rectangle(*box)] for z in planes(-24.0, 3.0, 17)}, shown, 3.0, number)
            structures.append(type(made)(number, shown, made.contours, 3.0, frame_of_reference_uid=frame))
    return StructureSet(tuple(structures), "THORAX", frozenset({frame}), uid, STUDY)


def base_dose(x, y, _z):
    """Tangents in caricature: high before the chest wall on the left, low elsewhere."""
    return 2.0 + 0.004 * (x + 75) + 24.0 * (1 + np.tanh((x - 25) / 6)) * 0.5 * (1 - np.tanh((y + 24) / 5))


def imn_field(x, y, _z):
    """The added field, linear in space over the heart so that its mean is known."""
    return 24.0 * 0.5 * (1 - np.tanh((y + 18) / 5)) * np.exp(-(((x - 22) / 14) ** 2)) + 0.02 * (x + 75)


@dataclass
class Maker:
    """Makes cases that differ in one thing."""

    on: object = field(default_factory=lambda: grid((-80, -60, -33), (5, 5, 3), (23, 24, 33)))

    def case(self, function=base_dose, *, structures=None, plan=None, patient="A", uid="1.2.3.10", **dose_fields):
        dose = dose_from(function, self.on)
        fields = {
            "frame_of_reference_uid": FRAME,
            "study_uid": STUDY,
            "sop_instance_uid": uid,
            "plan_uids": (uid + ".1",),
        } | dose_fields
        made = Dose(dose.grid, dose.values_gy, **fields)
        return Case(
            dose=made,
            structures=structures or structure_set(),
            rtplan=self.plan(uid=uid + ".1") if plan is None else plan,
            patient=Patient("P-" + patient, "HFS", ("DOE^JANE", patient, "19500101")),
        )

    def plan(self, *, uid="1.2.3.10.1", dose_gy=50.0, fractions=25, targets=(2, 8, 11), **fields):
        prescriptions = tuple(Prescription("", "VOLUME", number, dose_gy) for number in targets)
        return Plan("PLAN", prescriptions, (fractions,), (), "APPROVED", FRAME, uid, STUDY, SET_UID, **fields)

    def without(self, **changes):
        return self.case(**changes)

    def with_(self, **changes):
        changes = {"function": lambda x, y, z: base_dose(x, y, z) + imn_field(x, y, z), "uid": "1.2.3.20"} | changes
        return self.case(**changes)
