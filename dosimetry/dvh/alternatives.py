"""The same structure in the same dose under other conventions, measured when an interval is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dosimetry.dvh.convention import DEFAULT_CONVENTION
from dosimetry.dvh.cores import on_all_cores
from dosimetry.dvh.engine import measure_solid
from dosimetry.dvh.interval import Alternatives
from dosimetry.dvh.sections import Sections, section_areas
from dosimetry.dvh.sharpened import sharpened
from dosimetry.dvh.solid import build_solid
from dosimetry.dvh.variants import drawn_down, drawn_up, every_second, widened
from dosimetry.errors import MetricError, StructureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dosimetry.dvh.dvh import Dvh
    from dosimetry.dvh.solid import Solid
    from dosimetry.model.dose import Dose

__all__ = ["measure_alternatives"]


def measure_alternatives(dvh: Dvh) -> Alternatives:
    """Return the histograms of a structure under other conventions; see :mod:`dosimetry.dvh.interval`.

    Raises
    ------
    MetricError
        If the histogram came without its basis.
    """
    if dvh.basis is None:
        raise MetricError(
            "an interval needs the dose and the structure",
            item=f"ROI {dvh.name!r}",
            remedy="take it from a histogram that compute_dvh returned",
        )
    basis = dvh.basis
    prisms = build_solid(basis.structure, DEFAULT_CONVENTION)

    areas = section_areas(prisms.contours, basis.structure.name)

    def measured(solid: Solid | None, dose: Dose, sections: Sections | None = None) -> Dvh | None:
        if solid is None:
            return None
        if sections is None:
            sections = Sections(areas if solid.contours is prisms.contours else None)
        try:
            found = measure_solid(dose, solid, basis.structure, DEFAULT_CONVENTION, basis.accuracy, sections)
        except StructureError:  # what is left of it encloses nothing
            return None
        return replace(found, prescription_gy=dvh.prescription_gy)

    def moved() -> list[Dvh | None]:
        same = Sections(areas)
        return [measured(solid, basis.dose, same) for solid in (drawn_up(prisms), drawn_down(prisms))]

    work: tuple[Callable[[], list[Dvh | None]], ...] = (
        moved,
        lambda: [measured(every_second(prisms, 0), basis.dose)],
        lambda: [measured(every_second(prisms, 1), basis.dose)],
        lambda: [measured(widened(prisms, areas), basis.dose)],
        lambda: [measured(prisms, sharpened(basis.dose, prisms))],
        lambda: [dvh if dvh.convention == DEFAULT_CONVENTION else measured(prisms, basis.dose)],
    )
    (up, down), (first,), (second,), (wide,), (smooth,), (reference,) = on_all_cores(lambda job: job(), work)
    return Alternatives(
        reference=reference or dvh,
        thinned=(first, second),
        moved=(up, down),
        widened=wide,
        smooth=smooth,
        highest_gy=float(basis.dose.values_gy.max()) if dvh.outside_grid_cc > 0 else dvh.max_gy,
    )
