"""Names of structures: what a ROI is by its name, and on which side the treatment lies."""

from __future__ import annotations

from dosimetry.names.laterality import Laterality, Placement, decide, side_from_geometry, side_from_names
from dosimetry.names.match import Match, match_name
from dosimetry.names.resolver import Resolution, Resolved, choose, resolve_roles
from dosimetry.names.roles import NODAL_TARGETS, PAIRED, TARGETS, Role, Side

__all__ = [
    "NODAL_TARGETS",
    "PAIRED",
    "TARGETS",
    "Laterality",
    "Match",
    "Placement",
    "Resolution",
    "Resolved",
    "Role",
    "Side",
    "choose",
    "decide",
    "match_name",
    "resolve_roles",
    "side_from_geometry",
    "side_from_names",
]
