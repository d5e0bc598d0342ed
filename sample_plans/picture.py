"""Draw the plans: dose as a colour wash over the CT, structures as outlines, and the histograms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import dosimetry
from dosimetry.synthetic.catalogue import SAMPLE_PLANS, SamplePlan
from dosimetry.synthetic.organ import Organ
from dosimetry.synthetic.plans import Subject
from dosimetry.synthetic.structures import roi_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from numpy.typing import NDArray

    from dosimetry.model.case import Case

    Floats = NDArray[np.float64]

# Of the prescription. Viridis is read alike by everybody, and in grey; steps make its colours isodoses.
LEVELS_PCT = (5, 10, 20, 40, 60, 80, 90, 95, 100, 105, 110, 115)
WINDOW_X, WINDOW_Y, WINDOW_Z = (-175, 175), (-205, 130), (-150, 140)


@dataclass(frozen=True)
class Line:
    """How a structure is outlined, and the name it bears in the legend."""

    organ: Organ
    label: str
    colour: str
    width: float
    style: Literal["-", "--", ":", "-."] = "-"


LINES = (
    Line(Organ.LUNG_L, "left lung", "#56b4e9", 1.0),
    Line(Organ.LUNG_R, "right lung", "#56b4e9", 1.0, ":"),
    Line(Organ.HEART, "heart", "#d55e00", 1.6),
    Line(Organ.LV, "left ventricle", "#d55e00", 1.0, ":"),
    Line(Organ.LAD, "LAD", "#f0e442", 1.6),
    Line(Organ.CTV_BREAST, "breast target", "#ffffff", 1.3, "--"),
    Line(Organ.CTV_IMN, "IMN target", "#ffffff", 2.0),
)


def draw_all(folder: Path) -> None:
    """Draw the pair of the first page, and each plan by itself, as PNG."""
    pictures = folder / "pictures"
    pictures.mkdir(exist_ok=True)
    subjects = {plan.anatomy: Subject.of(plan, 0) for plan in SAMPLE_PLANS}
    _draw(folder, SAMPLE_PLANS[:2], subjects, folder / "overview.png")
    for plan in SAMPLE_PLANS:
        _draw(folder, (plan,), subjects, pictures / f"{plan.folder}.png")


def _draw(folder: Path, plans: Sequence[SamplePlan], subjects: dict[str, Subject], target: Path) -> None:
    with mpl.rc_context({"font.size": 8, "axes.titlesize": 8}):
        figure = Figure(figsize=(12.0, 3.1 * len(plans) + 0.3), layout="constrained")
        parts: Any = np.atleast_1d(figure.subfigures(len(plans), 1, hspace=0.02))
        for part, plan in zip(parts, plans, strict=True):
            case = dosimetry.read_case(folder / plan.folder)
            _row(part, plan, case, subjects[plan.anatomy])
        handles = [
            Line2D(
                [],
                [],
                color="#777777" if line.colour == "#ffffff" else line.colour,
                linewidth=line.width,
                linestyle=line.style,
                label=line.label,
            )
            for line in LINES
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
        figure.savefig(target, dpi=90, metadata={"Software": None}, pil_kwargs={"optimize": True})


def _row(part: Any, plan: SamplePlan, case: Case, subject: Subject) -> None:
    heart = case.structures[roi_name(Organ.HEART, plan.side, wild=plan.wild_names)]
    mean = dosimetry.compute_dvh(case.dose, heart).mean_gy
    course = f"{plan.prescription_gy:g} Gy in {plan.fractions}"
    part.suptitle(
        f"{plan.title.removesuffix(f', {course} fractions')}, {course} ({plan.folder}): "
        f"mean heart dose {mean:.2f} Gy",
        fontsize=10,
        x=0.02,
        ha="left",
    )
    axes = part.subplots(1, 4, width_ratios=(1.15, 1.15, 1.0, 1.15))
    rise = subject.regions.thorax.wall_rise_mm
    mesh = _axial(axes[0], case, plan, subject, 24.0 + rise)
    _axial(axes[1], case, plan, subject, -30.0)
    _sagittal(axes[2], case, plan, subject, 27.0 * plan.side)
    bar = part.colorbar(mesh, ax=axes[:3], shrink=0.95, pad=0.01, ticks=LEVELS_PCT, spacing="uniform")
    bar.set_label("dose (% of the prescription)")
    _histograms(axes[3], case, plan)


def _background(axis: Axes, subject: Subject, cut: tuple[Any, ...], across: Floats, up: Floats) -> None:
    axis.pcolormesh(across, up, subject.regions.tissue.density[cut], cmap="gray", vmin=0.0, vmax=1.3)


def _wash(axis: Axes, across: Floats, up: Floats, percent: Floats) -> QuadMesh:
    shown = np.ma.masked_less(percent, LEVELS_PCT[0])
    norm = BoundaryNorm(LEVELS_PCT, 256, extend="max")
    return axis.pcolormesh(across, up, shown, cmap="viridis", norm=norm, shading="nearest", alpha=0.6, linewidth=0)


def _percent(case: Case, plan: SamplePlan) -> tuple[Floats, Floats, Floats, Floats]:
    """Return x, y and z of the dose's voxels, ascending, and the dose in percent with axes z, y, x."""
    grid = case.dose.grid
    values = case.dose.values_gy * 100.0 / plan.prescription_gy
    x = grid.origin_mm[0] + grid.row_axis[0] * grid.spacing_mm[0] * np.arange(grid.columns)
    y = grid.origin_mm[1] + grid.column_axis[1] * grid.spacing_mm[1] * np.arange(grid.rows)
    return np.sort(x), np.sort(y), grid.origin_mm[2] + grid.frame_positions_mm, _ascending(values, x, y)


def _ascending(values: Floats, x: Floats, y: Floats) -> Floats:
    return values[:, :: -1 if y[0] > y[-1] else 1, :: -1 if x[0] > x[-1] else 1]


def _axial(axis: Axes, case: Case, plan: SamplePlan, subject: Subject, height: float) -> QuadMesh:
    x, y, z, percent = _percent(case, plan)
    tissue_x, tissue_y, tissue_z = (each.ravel() for each in subject.regions.tissue.axes)
    _background(axis, subject, (int(np.argmin(np.abs(tissue_z - height))),), tissue_x, tissue_y)
    mesh = _wash(axis, x, y, percent[int(np.argmin(np.abs(z - height)))])
    fine_x, fine_y = np.arange(*WINDOW_X), np.arange(*WINDOW_Y)
    _outlines(axis, subject, fine_x, fine_y, (fine_x[None, :], fine_y[:, None], np.full((1, 1), height)))
    axis.set(title=f"axial, z = {height:g} mm", xlabel="x, to her left (mm)", ylabel="y, to the back (mm)")
    axis.set(xlim=WINDOW_X, ylim=WINDOW_Y[::-1], aspect="equal", facecolor="black")
    return mesh


def _sagittal(axis: Axes, case: Case, plan: SamplePlan, subject: Subject, place: float) -> None:
    x, y, z, percent = _percent(case, plan)
    tissue_x, tissue_y, tissue_z = (each.ravel() for each in subject.regions.tissue.axes)
    column = int(np.argmin(np.abs(tissue_x - place)))
    _background(axis, subject, (slice(None), slice(None), column), tissue_y, tissue_z)
    _wash(axis, y, z, percent[:, :, int(np.argmin(np.abs(x - place)))])
    fine_y, fine_z = np.arange(*WINDOW_Y), np.arange(*WINDOW_Z)
    _outlines(axis, subject, fine_y, fine_z, (np.full((1, 1), place), fine_y[None, :], fine_z[:, None]))
    axis.set(title=f"sagittal, x = {place:g} mm", xlabel="y, to the back (mm)", ylabel="z, to the head (mm)")
    axis.set(xlim=WINDOW_Y, ylim=WINDOW_Z, aspect="equal", facecolor="black")


def _outlines(
    axis: Axes, subject: Subject, across: Floats, up: Floats, points: tuple[Floats, Floats, Floats]
) -> None:
    # Outlines come from the shapes that the contours were cut from, so that any cut has them.
    for line in LINES:
        values = np.broadcast_to(subject.regions.shape(line.organ)(*points), (up.size, across.size))
        if values.min() < 0:
            axis.contour(
                across,
                up,
                values,
                [0.0],
                colors=line.colour,
                linewidths=line.width,
                linestyles=line.style,
            )


def _histograms(axis: Axes, case: Case, plan: SamplePlan) -> None:
    lungs = [Organ.LUNG_L, Organ.LUNG_R]
    for line in LINES:
        structure = case.structures[roi_name(line.organ, plan.side, wild=plan.wild_names)]
        dvh = dosimetry.compute_dvh(case.dose, structure)
        dose, volume = dvh.cumulative()
        colour = "#000000" if line.colour == "#ffffff" else line.colour
        colour = "#b8a800" if line.organ is Organ.LAD else colour
        axis.plot(dose, 100.0 * volume / dvh.volume_cc, color=colour, linewidth=line.width, linestyle=line.style)
    treated = lungs[0 if plan.side > 0 else 1].value
    axis.set(xlabel="dose (Gy)", ylabel="volume (%)", xlim=(0, None), ylim=(0, 101))
    axis.set_title(f"histograms; {treated} is on the treated side")
    axis.grid(visible=True, color="#dddddd", linewidth=0.5)
