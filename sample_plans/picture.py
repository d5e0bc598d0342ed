"""Draw the two plans side by side: dose as a colour wash, structures as outlines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import dosimetry
from dosimetry.synthetic.plans import SAMPLE_PLANS
from dosimetry.synthetic.thorax import Organ, Thorax

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from numpy.typing import NDArray

    from dosimetry.model.case import Case
    from dosimetry.model.structures import Structure

TITLES = ("Tangents, breast only", "Wide tangents, breast and IMN")
AXIAL_MM = (48.0, 0.0, -36.0)
SAGITTAL_MM = 27.0
LEVELS_GY = (2, 5, 10, 20, 30, 40, 45, 47.5, 50, 52.5, 55, 58)


@dataclass(frozen=True)
class Line:
    """How a structure is outlined, and the name it bears in the legend."""

    organ: Organ
    colour: str
    width: float
    style: Literal["-", "--", ":"] = "-"


LINES = (
    Line(Organ.BODY, "#444444", 1.0),
    Line(Organ.LUNG_L, "#0072b2", 1.2),
    Line(Organ.LUNG_R, "#0072b2", 1.2, ":"),
    Line(Organ.HEART, "#d55e00", 1.8),
    Line(Organ.LAD, "#d55e00", 1.4, "--"),
    Line(Organ.CTV_BREAST, "#000000", 1.4, "--"),
    Line(Organ.CTV_IMN, "#000000", 2.2),
)


def draw(folder: Path, target: Path) -> None:
    """Draw three axial slices and a sagittal one of both plans into a PNG."""
    cases = [dosimetry.read_case(folder / plan.folder) for plan in SAMPLE_PLANS]
    with mpl.rc_context({"font.size": 8, "axes.titlesize": 8}):
        figure = Figure(figsize=(12.0, 6.5), layout="constrained")
        rows: Any = figure.subfigures(2, 1, hspace=0.02)
        for part, case, title in zip(rows, cases, TITLES, strict=True):
            heart = dosimetry.compute_dvh(case.dose, case.structures[Organ.HEART.value]).mean_gy
            part.suptitle(f"{title}: mean heart dose {heart:.1f} Gy", fontsize=10, x=0.02, ha="left")
            axes = part.subplots(1, 4, width_ratios=(1.2, 1.2, 1.2, 1.35))
            for axis, z in zip(axes[:3], AXIAL_MM, strict=True):
                mesh = _axial(axis, case, z)
                axis.set_title(f"axial, z = {z:g} mm")
            axes[0].set_ylabel("y, to the back (mm)")
            _sagittal(axes[3], case)
            axes[3].set_title(f"sagittal, x = {SAGITTAL_MM:g} mm")
            bar = part.colorbar(mesh, ax=axes, shrink=0.95, pad=0.01, ticks=LEVELS_GY, spacing="uniform")
            bar.set_label("dose (Gy)")
        handles = [
            Line2D([], [], color=line.colour, linewidth=line.width, linestyle=line.style, label=line.organ.value)
            for line in LINES
        ]
        rows[1].legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
        figure.savefig(target, dpi=100, metadata={"Software": None})


def _wash(axis: Axes, across: NDArray[np.float64], up: NDArray[np.float64], dose: NDArray[np.float64]) -> QuadMesh:
    shown = np.ma.masked_less(dose, LEVELS_GY[0])
    # Viridis is read alike by everybody, and in grey; steps make its colours isodoses.
    norm = BoundaryNorm(LEVELS_GY, 256)
    return axis.pcolormesh(across, up, shown, cmap="viridis", norm=norm, shading="nearest", alpha=0.85)


def _axial(axis: Axes, case: Case, z: float) -> QuadMesh:
    grid = case.dose.grid
    frame = int(np.argmin(np.abs(grid.origin_mm[2] + grid.frame_positions_mm - z)))
    x = grid.origin_mm[0] + grid.spacing_mm[0] * np.arange(grid.columns)
    y = grid.origin_mm[1] + grid.spacing_mm[1] * np.arange(grid.rows)
    mesh = _wash(axis, x, y, case.dose.values_gy[frame])
    for line in LINES:
        for polygon in _polygons_at(case.structures[line.organ.value], z):
            closed = np.vstack((polygon, polygon[:1]))
            axis.plot(*closed.T, color=line.colour, linewidth=line.width, linestyle=line.style)
    axis.set(xlabel="x, to the patient's left (mm)", aspect="equal")
    axis.set(xlim=(-168, 168), ylim=(128, -150))
    return mesh


def _polygons_at(structure: Structure, z: float) -> Iterable[NDArray[np.float64]]:
    planes = structure.contours
    if planes is None:
        return
    for plane in np.flatnonzero(np.abs(planes.positions_mm - z) < 0.5):
        for contour in range(planes.plane_offsets[plane], planes.plane_offsets[plane + 1]):
            yield planes.points_mm[planes.contour_offsets[contour] : planes.contour_offsets[contour + 1]]


def _sagittal(axis: Axes, case: Case) -> None:
    grid = case.dose.grid
    column = round((SAGITTAL_MM - grid.origin_mm[0]) / grid.spacing_mm[0])
    y = grid.origin_mm[1] + grid.spacing_mm[1] * np.arange(grid.rows)
    z = grid.origin_mm[2] + grid.frame_positions_mm
    _wash(axis, y, z, case.dose.values_gy[:, :, column])
    # Contours are axial: the outlines of a sagittal cut come from the shapes that they were cut from.
    thorax = Thorax()
    fine_y, fine_z = np.arange(-150.0, 130.0), np.arange(-120.0, 118.0)
    for line in LINES:
        x = np.full((1, 1), SAGITTAL_MM)
        values = np.broadcast_to(
            thorax.field(line.organ, x, fine_y[None, :], fine_z[:, None]), (fine_z.size, fine_y.size)
        )
        if values.min() < 0:
            axis.contour(
                fine_y,
                fine_z,
                values,
                [0.0],
                colors=line.colour,
                linewidths=line.width,
                linestyles=line.style,
            )
    axis.set(xlabel="y, to the back (mm)", ylabel="z, to the head (mm)", aspect="equal")
    axis.set(xlim=(-150, 128), ylim=(-122, 120))
