"""The sample pair: one synthetic patient, planned without and with the internal mammary nodes.

Both folders hold the same structure set; the plans differ in their fields, targets and doses. Anatomy and
field geometry are fixed beforehand; a dose is scaled once, so that the median dose of the breast target is
the prescription.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.study import DEFLATED, StudyHeader
from dosimetry.dicom.write_dose import write_dose
from dosimetry.dicom.write_plan import BeamSetup, write_plan
from dosimetry.dicom.write_structures import write_structures
from dosimetry.errors import OutputError
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose
from dosimetry.model.plan import Beam, Plan, Prescription
from dosimetry.synthetic.dose_model import PhotonModel, field_dose, voxel_centres
from dosimetry.synthetic.structures import COLOURS, SLICE_MM, contour_points, make_structures
from dosimetry.synthetic.tangents import LEAF_EDGES_MM, Tangent, tangent_pair
from dosimetry.synthetic.thorax import Organ, Thorax

if TYPE_CHECKING:
    import os

    from dosimetry.model.structures import StructureSet

__all__ = [
    "DOSE_QUANTUM_GY",
    "FRACTIONS",
    "PRESCRIPTION_GY",
    "SAMPLE_PLANS",
    "SamplePlan",
    "dose_grid",
    "make_dose",
    "write_sample_plans",
]

PRESCRIPTION_GY = 50.0
FRACTIONS = 25
# Coarse enough to compress well, far finer than any dose is known.
DOSE_QUANTUM_GY = 0.002
_WEDGE_DEG = 15.0
# Output of the machine in the model's terms: dose per monitor unit of the unattenuated fluence.
_GY_PER_MU = 0.01
# From the targets' contours to the field's edge: the penumbra at its 95 % level and a little motion.
_DEEP_MARGIN_MM = 7.0
_END_MARGIN_MM = 8.0


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """One plan of the pair.

    Attributes
    ----------
    folder
        Name of its folder.
    label
        RTPlanLabel.
    gantry_deg
        Gantry angle of the medial field.
    medial_weight
        Weight of the medial field where the lateral one has 1.
    targets
        What is prescribed.
    """

    folder: str
    label: str
    gantry_deg: float
    medial_weight: float
    targets: tuple[Organ, ...]


SAMPLE_PLANS = (
    SamplePlan("left_fb_tangents", "TANGENTS", 310.0, 1.0, (Organ.CTV_BREAST,)),
    # A little flatter, so that the deeper edge spares the other breast; the weight cools the hot spot that
    # the longer lateral path would leave under the skin of the flank.
    SamplePlan("left_fb_tangents_imn", "TANGENTS_IMN", 308.0, 1.05, (Organ.CTV_BREAST, Organ.CTV_IMN)),
)


def dose_grid() -> Grid:
    """Return the dose grid, 2.5 mm x 2.5 mm x 3 mm: all but the outer parts of the body lie inside it."""
    return Grid(
        origin_mm=np.array([-150.0, -145.0, -108.0]),
        row_axis=np.array([1.0, 0.0, 0.0]),
        column_axis=np.array([0.0, 1.0, 0.0]),
        spacing_mm=(2.5, 2.5),
        frame_positions_mm=SLICE_MM * np.arange(78.0),
        rows=97,
        columns=123,
    )


def make_dose(thorax: Thorax, structures: StructureSet, plan: SamplePlan) -> tuple[Dose, tuple[BeamSetup, ...]]:
    """Return the dose of one plan of the pair and its two beams."""
    targets = [contour_points(structures[target.value]) for target in plan.targets]
    skin = contour_points(structures[Organ.BREAST_L.value])
    pair = tangent_pair(targets, skin, plan.gantry_deg, _DEEP_MARGIN_MM, _END_MARGIN_MM)
    grid = dose_grid()
    points = voxel_centres(grid)
    model = PhotonModel()
    weights = (plan.medial_weight, 1.0)
    medial, lateral = (
        weight * field_dose(thorax, tangent, points, model) for weight, tangent in zip(weights, pair, strict=True)
    )
    breast = thorax.field(Organ.CTV_BREAST, points[..., 0], points[..., 1], points[..., 2]) < 0
    fluence_gy = PRESCRIPTION_GY / float(np.median((medial + lateral)[breast]))
    values = fluence_gy * (medial + lateral)
    share = float(medial[breast].mean() / (medial + lateral)[breast].mean())
    setups = tuple(
        _setup(tangent, weight * fluence_gy / FRACTIONS / _GY_PER_MU, part * PRESCRIPTION_GY / FRACTIONS)
        for tangent, weight, part in zip(pair, weights, (share, 1.0 - share), strict=True)
    )
    # What is stored is what is handed out: the dose in hand and the dose read back are the same.
    quantised = np.rint(values / DOSE_QUANTUM_GY) * DOSE_QUANTUM_GY
    return Dose(grid=grid, values_gy=np.ascontiguousarray(quantised)), setups


def write_sample_plans(folder: str | os.PathLike[str], seed: int = 0) -> tuple[Path, Path]:
    """Write the pair.

    Parameters
    ----------
    folder
        Where the two folders of three files each are made; files of the same names are replaced.
    seed
        0 for the committed pair; another seed varies the anatomy by a few per cent.

    Returns
    -------
    tuple of Path
        The folders without and with the IMN.

    Raises
    ------
    OutputError
        If a file or folder cannot be written.
    """
    thorax = Thorax.from_seed(seed)
    structures = make_structures(thorax)
    suffix = f"-{seed}" if seed else ""
    folders = []
    for plan in SAMPLE_PLANS:
        path = Path(folder) / plan.folder
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError("folder cannot be made", file=path, found=error.strerror) from error
        header = StudyHeader(
            patient_name="SYNTHETIC^THORAX",
            patient_id=f"SYNTHETIC-LEFT-FB{suffix}",
            seed=seed,
            series_description=f"SYNTHETIC {plan.label}",
            series_label=plan.label,
        )
        _write_one(path, plan, header, thorax, structures)
        folders.append(path)
    return folders[0], folders[1]


def _write_one(path: Path, plan: SamplePlan, header: StudyHeader, thorax: Thorax, structures: StructureSet) -> None:
    dose, setups = make_dose(thorax, structures, plan)
    # One structure set for both plans: the same UID and, in both folders, the same bytes.
    shared = StudyHeader(
        patient_name=header.patient_name,
        patient_id=header.patient_id,
        seed=header.seed,
        series_description="SYNTHETIC structures",
    )
    structure_uid = write_structures(path / "rtstruct.dcm", structures, shared, colours=COLOURS)
    prescriptions = tuple(
        Prescription(target.value, "VOLUME", structures[target.value].number, PRESCRIPTION_GY)
        for target in plan.targets
    )
    beams = tuple(
        Beam(number, name, "PHOTON", "TREATMENT") for number, name in enumerate(("Medial", "Lateral"), start=1)
    )
    plan_uid = write_plan(
        path / "rtplan.dcm",
        Plan(plan.label, prescriptions, (FRACTIONS,), beams, "UNAPPROVED"),
        header,
        setups=setups,
        structure_set_uid=structure_uid,
    )
    # The dose refers to the plan, and the plan to the structure set: a reference from dose to structures
    # would belong to the RT DVH module, which asks for a DVHSequence.
    write_dose(
        path / "rtdose.dcm",
        dose,
        header,
        plan_uid=plan_uid,
        bits=16,
        quantum_gy=DOSE_QUANTUM_GY,
        transfer_syntax=DEFLATED,
    )


def _setup(tangent: Tangent, meterset_mu: float, dose_gy: float) -> BeamSetup:
    """Return how the field is set up on the machine; the deep edge is X1 or X2 by the side it opens to."""
    leaves = LEAF_EDGES_MM.size - 1
    deep, far = tuple(tangent.deep_leaves_mm.tolist()), (tangent.x_far_mm,) * leaves
    opens_right = tangent.opens_to > 0
    x, y, z = tangent.isocentre_mm.tolist()
    return BeamSetup(
        gantry_deg=tangent.gantry_deg,
        isocentre_mm=(x, y, z),
        x_jaws_mm=(0.0, tangent.x_far_mm) if opens_right else (-tangent.x_far_mm, 0.0),
        y_jaws_mm=tangent.y_jaws_mm,
        leaf_edges_mm=tuple(LEAF_EDGES_MM.tolist()),
        leaves_mm=deep + far if opens_right else tuple(-p for p in far) + tuple(-p for p in deep),
        wedge_deg=_WEDGE_DEG,
        wedge_orientation_deg=90.0 if opens_right else 270.0,
        meterset_mu=round(meterset_mu, 1),
        dose_gy=round(dose_gy, 4),
    )
