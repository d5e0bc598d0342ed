"""What ROI names say, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dosimetry.names.survey import Surveyed

__all__ = ["NAMES_COLUMNS", "names_row"]

NAMES_COLUMNS = ("number", "name", "role", "side", "rule", "position", "offset_mm", "problem", "similar")


def names_row(row: Surveyed) -> tuple[str | float | int | None, ...]:
    """Return one ROI."""
    match, place = row.match, row.placement
    return (
        *(row.structure.number, row.structure.name),
        *((match.role.value, match.side and match.side.value, match.rule) if match else (None, None, None)),
        *((place.side.value, place.offset_mm) if place else (None, None)),
        *(row.problem or None, "; ".join(row.near) or None),
    )
