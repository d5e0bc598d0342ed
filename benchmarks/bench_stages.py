"""Where the time goes, by stage, and how it grows with volume, contour points and dose grid, as a picture."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from inputs import arguments, plans, timed
from plan_1mm import make_dose
from stages import stages_of_dvh, stages_of_reading

from dosimetry.dvh.engine import compute_dvh
from dosimetry.model.structures import ContourPlanes, PlaneFrame, Structure

if TYPE_CHECKING:
    from collections.abc import Callable

    from inputs import Plan

_VOLUMES_CC = (1, 3, 10, 30, 100, 300, 1000, 2000)
_POINTS = (16, 32, 64, 128, 256, 512, 1024, 2048)
_SPACINGS_MM = (1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
_USUAL_CC, _USUAL_POINTS, _USUAL_MM = 500.0, 128, 2.0
# Okabe and Ito's colours, which colour-blind readers can tell apart; markers differ too.
_LOOKS = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write the picture, .png or .svg")
    given = parser.parse_args()
    with plans(given) as chosen:
        for plan in chosen:
            print_stages(plan, given.rounds)
    print_scaling(given.rounds, given.plot)


def print_stages(plan: Plan, rounds: int) -> None:
    case = plan.located.read()
    rois = [case.structures.by_number(number) for number in plan.numbers]
    stages_of_dvh(case.dose, rois)  # compiles where it must
    each = [
        stages_of_reading(plan.structures, plan.dose) | stages_of_dvh(case.dose, rois)
        for _ in range(max(rounds, 1))
    ]
    print(f"\n{plan.name}: {len(rois)} ROIs, seconds by stage, median of {rounds}")
    for stage in each[0]:
        print(f"  {stage:45} {median(one[stage] for one in each):9.4f} s")


def ellipsoid(volume_cc: float, points: int) -> Structure:
    """Return a long ellipsoid in slices of 1 mm, so many points to a contour."""
    radius = (volume_cc * 1000.0 * 3.0 / (4.0 * np.pi) / 1.5) ** (1.0 / 3.0)
    heights = np.arange(np.ceil(-1.5 * radius), 1.5 * radius)
    angle = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    circle = np.column_stack((np.cos(angle), np.sin(angle)))
    radii = radius * np.sqrt(1.0 - (heights / (1.5 * radius)) ** 2)
    kept = radii > 0.5
    contours = ContourPlanes(
        frame=PlaneFrame.axial(),
        points_mm=np.concatenate([r * circle + (0.37, -0.81) for r in radii[kept]]),
        contour_offsets=points * np.arange(kept.sum() + 1),
        plane_offsets=np.arange(kept.sum() + 1),
        positions_mm=heights[kept],
    )
    return Structure(1, f"{volume_cc:g} cc", contours, slice_spacing_mm=1.0)


def print_scaling(rounds: int, plot: Path | None) -> None:
    usual = make_dose(_USUAL_MM)
    runs: dict[str, Callable[[], object]] = {}
    for cc in _VOLUMES_CC:
        runs[f"volume {cc}"] = partial(compute_dvh, usual, ellipsoid(cc, _USUAL_POINTS))
    for points in _POINTS:
        runs[f"points {points}"] = partial(compute_dvh, usual, ellipsoid(_USUAL_CC, points))
    for spacing in _SPACINGS_MM:
        runs[f"grid {spacing}"] = partial(compute_dvh, make_dose(spacing), ellipsoid(_USUAL_CC, _USUAL_POINTS))
    seconds = timed(runs, rounds)
    planes = len(ellipsoid(_USUAL_CC, 8).contours.positions_mm)  # type: ignore[union-attr]
    usually = f"{_USUAL_CC:g} cc, {_USUAL_POINTS} points a contour, {_USUAL_MM:g} mm dose grid"
    panels = [
        ("Volume [cc]", _VOLUMES_CC, [seconds[f"volume {cc}"] for cc in _VOLUMES_CC]),
        (
            "Contour points [thousands]",
            [n * planes / 1000 for n in _POINTS],
            [seconds[f"points {n}"] for n in _POINTS],
        ),
        ("Dose grid spacing [mm]", _SPACINGS_MM, [seconds[f"grid {mm}"] for mm in _SPACINGS_MM]),
    ]
    print(f"\nOne DVH of an ellipsoid in slices of 1 mm; unless varied {usually}")
    for title, at, values in panels:
        print(f"  {title:28} " + " ".join(f"{x:8.3g}" for x in at))
        print(f"  {'milliseconds':28} " + " ".join(f"{1000 * value:8.3g}" for value in values))
    if plot is not None:
        draw(panels, usually, plot)


def draw(panels: list[tuple[str, list[float], list[float]]], usually: str, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), sharey=True, layout="constrained")
    for axis, (title, at, values), (colour, marker) in zip(axes, panels, _LOOKS, strict=True):
        axis.plot(at, [1000 * value for value in values], color=colour, marker=marker)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel(title)
        ticks = at if len(at) < 7 else at[::2]
        axis.xaxis.set_major_locator(FixedLocator(ticks))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{float(f'{x:.3g}'):g}"))
        axis.grid(visible=True, which="both", color="#dddddd", linewidth=0.6)
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes[0].set_ylabel("Time of one DVH [ms]")
    figure.suptitle(f"An ellipsoid in slices of 1 mm; unless varied {usually}", fontsize=10)
    figure.savefig(path, dpi=150)


if __name__ == "__main__":
    main()
