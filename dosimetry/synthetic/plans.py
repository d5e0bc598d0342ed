"""Make the sample plans and write them as DICOM files.

Anatomy, targets and beams are fixed by rules that look at no dose; then the beams' weights are found, and a dose
is scaled once, so that the median dose of the breast target is the prescription. Plans on one anatomy share its
structure set and its CT.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dicom.study import DEFLATED, StudyHeader
from dosimetry.dicom.write_beam import BeamSetup
from dosimetry.dicom.write_dose import write_dose
from dosimetry.dicom.write_image import ImageSeries, write_images
from dosimetry.dicom.write_ion_plan import IonBeamSetup, write_ion_plan
from dosimetry.dicom.write_plan import write_plan
from dosimetry.dicom.write_structures import write_structures
from dosimetry.geometry import Grid
from dosimetry.model.dose import Dose, DoseType, Summation
from dosimetry.model.plan import Beam, Plan, Prescription
from dosimetry.saving import whole_folder
from dosimetry.synthetic.catalogue import SAMPLE_PLANS, SamplePlan, Technique
from dosimetry.synthetic.grids import whole
from dosimetry.synthetic.organ import LOOKS, Organ, organs_of
from dosimetry.synthetic.planning import make_plan
from dosimetry.synthetic.regions import Regions
from dosimetry.synthetic.structures import make_structures, roi_name, roi_number
from dosimetry.synthetic.thorax import Posture, Thorax
from dosimetry.synthetic.tissue import body_grid

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from dosimetry.model.structures import StructureSet
    from dosimetry.synthetic.planned import Planned

__all__ = [
    "CT_FOLDER",
    "DOSE_QUANTUM_GY",
    "SAMPLE_PLANS",
    "SamplePlan",
    "Subject",
    "write_plan_folder",
    "write_sample_plans",
]

# Coarse enough to compress well, far finer than any dose is known.
DOSE_QUANTUM_GY = 0.005
CT_FOLDER = "ct"
_AIR_HU = -1000.0


@dataclass(frozen=True)
class Subject:
    """A patient as she lies on one CT.

    Attributes
    ----------
    patient_id
        PatientID, the same for all her CTs.
    seed
        Of her dimensions.
    side, posture
        Which breast is treated, and how she lies and breathes.
    """

    patient_id: str
    seed: int
    side: int
    posture: Posture

    @staticmethod
    def of(recipe: SamplePlan, seed: int) -> Subject:
        """Return the subject of a sample plan."""
        patient_id = f"SYNTHETIC-{'LEFT' if recipe.side > 0 else 'RIGHT'}{f'-{seed}' if seed else ''}"
        return Subject(patient_id, seed, recipe.side, recipe.posture)

    @property
    def anatomy(self) -> str:
        """Name of the CT."""
        return f"{'left' if self.side > 0 else 'right'}_{self.posture.value.lower()}"

    @cached_property
    def regions(self) -> Regions:
        """Her organs and targets."""
        thorax = Thorax.from_seed(self.seed, self.side)
        if self.posture is Posture.DEEP_INSPIRATION:
            thorax = thorax.in_deep_inspiration()
        elif self.posture is Posture.PRONE:
            thorax = thorax.prone()
        return Regions.of(thorax)

    @cached_property
    def structures(self) -> StructureSet:
        """Her structures by TG-263 names."""
        return make_structures(self.regions)

    def header(self, label: str) -> StudyHeader:
        """Return the identity of one of her series."""
        plain = StudyHeader(
            patient_name="SYNTHETIC^THORAX",
            patient_id=self.patient_id,
            seed=self.seed,
            series_description=f"SYNTHETIC {label}"[:64],
            series_label=label,
            patient_position=self.posture.patient_position,
        )
        # One study, and a frame of reference for each CT.
        return replace(plain, frame_of_reference_uid=plain.uid("frame", self.anatomy))

    @property
    def images(self) -> ImageSeries:
        """The UIDs of her CT."""
        return ImageSeries.of(self.header(self.anatomy), body_grid().shape[0])

    def write_ct(self, folder: Path) -> None:
        """Write her CT."""
        density = self.regions.tissue.density
        values = np.where(density > 0, 1000.0 * (density - 1.0), _AIR_HU)
        grid, values = _as_scanned(body_grid(), values, self.posture)
        write_images(folder, values, grid, self.header(self.anatomy))


def write_sample_plans(
    folder: str | os.PathLike[str],
    seed: int = 0,
    plans: Sequence[SamplePlan] = SAMPLE_PLANS,
    *,
    ct: bool = True,
    step: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write sample plans, and the CTs that they were made on.

    Parameters
    ----------
    folder
        Where the folders are made; files of the same names are replaced.
    seed
        0 for the committed ones; another seed is another patient.
    plans
        Which ones; by default all.
    ct
        Whether the CTs are written too.
    step
        Called with the name of each folder once it is written.

    Returns
    -------
    list of Path
        The folders: those of the plans in their order, then those of the CTs.

    Raises
    ------
    OutputError
        If a file or folder cannot be written.
    """
    subjects: dict[str, Subject] = {}
    written = []
    for recipe in plans:
        subject = subjects.setdefault(recipe.anatomy, Subject.of(recipe, seed))
        written.append(Path(folder) / recipe.folder)
        with whole_folder(written[-1]) as draft:
            write_plan_folder(draft, recipe, subject)
        if step is not None:
            step(recipe.folder)
    for name, subject in subjects.items() if ct else ():
        written.append(Path(folder) / CT_FOLDER / name)
        with whole_folder(written[-1]) as draft:
            subject.write_ct(draft)
        if step is not None:
            step(f"{CT_FOLDER}/{name}")
    return written


def write_plan_folder(path: Path, recipe: SamplePlan, subject: Subject) -> None:
    """Write one plan: structures, plan, dose, and the doses of the beams where the technique calls for them."""
    planned = make_plan(recipe, subject.regions)
    # One structure set for all plans on a CT: the same UID and, in each folder, the same bytes.
    label, structures, colours = _structure_set(subject, recipe)
    structure_uid = write_structures(
        path / "rtstruct.dcm",
        structures,
        subject.header(label),
        colours=colours,
        images=subject.images,
        transfer_syntax=DEFLATED,
    )
    header = subject.header(recipe.label)
    prescriptions = tuple(
        Prescription(
            roi_name(target, subject.side, wild=recipe.wild_names),
            "VOLUME",
            roi_number(target),
            recipe.prescription_gy,
        )
        for target in recipe.targets
    )
    beams = tuple(
        Beam(number, beam.name, beam.radiation, "TREATMENT") for number, beam in enumerate(planned.beams, start=1)
    )
    plan = Plan(recipe.label, prescriptions, (recipe.fractions,), beams, "UNAPPROVED")
    plan_uid = _write_rtplan(path / "rtplan.dcm", plan, header, planned, structure_uid)
    total = np.sum([beam.dose_gy for beam in planned.beams], axis=0)
    _write_rtdose(path / "rtdose.dcm", total, planned, subject, recipe, header, plan_uid, None)
    if recipe.technique is Technique.ELECTRONS:
        for number, beam in enumerate(planned.beams, start=1):
            name = f"rtdose_beam_{number}.dcm"
            own = subject.header(f"{recipe.label} beam {number}")
            _write_rtdose(path / name, beam.dose_gy, planned, subject, recipe, own, plan_uid, number)


def _structure_set(subject: Subject, recipe: SamplePlan) -> tuple[str, StructureSet, list[tuple[int, int, int]]]:
    """Return a plan's structure set, a label that tells it from others on the same CT, and its colours."""
    drawn = organs_of(nodes=recipe.nodes)
    named = tuple(
        replace(structure, name=roi_name(organ, subject.side, wild=recipe.wild_names))
        for organ, structure in zip(Organ, subject.structures, strict=True)
        if organ in drawn
    )
    label = subject.anatomy + ("_nodes" if recipe.nodes else "") + ("_wild" if recipe.wild_names else "")
    return label, replace(subject.structures, structures=named), [LOOKS[organ].colour for organ in drawn]


def _write_rtplan(path: Path, plan: Plan, header: StudyHeader, planned: Planned, structure_uid: str) -> str:
    ions = [beam.setup for beam in planned.beams if isinstance(beam.setup, IonBeamSetup)]
    if ions:
        return write_ion_plan(path, plan, header, ions, structure_set_uid=structure_uid)
    setups = [beam.setup for beam in planned.beams if isinstance(beam.setup, BeamSetup)]
    return write_plan(path, plan, header, setups=setups, structure_set_uid=structure_uid)


def _write_rtdose(
    path: Path,
    dose_gy: NDArray[np.float64],
    planned: Planned,
    subject: Subject,
    recipe: SamplePlan,
    header: StudyHeader,
    plan_uid: str,
    beam_number: int | None,
) -> None:
    # What is stored is what is handed out: the dose in hand and the dose read back are the same.
    stored = np.rint(whole(planned.voxels.inside, dose_gy) / DOSE_QUANTUM_GY) * DOSE_QUANTUM_GY
    grid, values = _as_scanned(planned.voxels.grid, stored, subject.posture)
    protons = recipe.technique is Technique.PROTONS
    # The dose refers to the plan, and the plan to the structure set: a reference from dose to structures would
    # belong to the RT DVH module, which asks for a DVHSequence.
    write_dose(
        path,
        Dose(
            grid=grid,
            values_gy=values,
            dose_type=DoseType.EFFECTIVE if protons else DoseType.PHYSICAL,
            summation=Summation.PLAN if beam_number is None else Summation.BEAM,
            beam_numbers=() if beam_number is None else (beam_number,),
        ),
        header,
        plan_uid=plan_uid,
        bits=16,
        quantum_gy=DOSE_QUANTUM_GY,
        transfer_syntax=DEFLATED,
    )


def _as_scanned(grid: Grid, values: NDArray[np.float64], posture: Posture) -> tuple[Grid, NDArray[np.float64]]:
    """Return the grid as a scanner stores it: for a patient who lies prone, rows and columns run the other way."""
    if posture is not Posture.PRONE:
        return grid, np.ascontiguousarray(values)
    _, high = grid.extent_mm()
    turned = Grid(
        origin_mm=np.array([high[0], high[1], grid.origin_mm[2]]),
        row_axis=-grid.row_axis,
        column_axis=-grid.column_axis,
        spacing_mm=grid.spacing_mm,
        frame_positions_mm=grid.frame_positions_mm,
        rows=grid.rows,
        columns=grid.columns,
    )
    return turned, np.ascontiguousarray(values[:, ::-1, ::-1])
