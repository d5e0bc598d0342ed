"""What a structure is, and on which side it lies."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["NODAL_TARGETS", "PAIRED", "TARGETS", "Role", "Side"]


class Side(StrEnum):
    """The patient's own left and right."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    UNKNOWN = "unknown"

    @property
    def opposite(self) -> Side:
        """The other side; both and unknown are their own opposites."""
        return {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(self, self)


class Role(StrEnum):
    """Anatomical roles. Left and right are no roles of their own: see :class:`Side`."""

    HEART = "heart"
    LAD = "lad"
    LEFT_VENTRICLE = "left_ventricle"
    LUNG = "lung"
    BREAST = "breast"
    CHESTWALL = "chestwall"
    SPINAL_CORD = "spinal_cord"
    BRACHIAL_PLEXUS = "brachial_plexus"
    OESOPHAGUS = "oesophagus"
    LIVER = "liver"
    BODY = "body"
    BREAST_TARGET = "breast_target"
    CHESTWALL_TARGET = "chestwall_target"
    IMN_TARGET = "imn_target"
    LEVEL_1 = "level_1"
    LEVEL_2 = "level_2"
    LEVEL_3 = "level_3"
    LEVEL_4 = "level_4"
    INTERPECTORAL = "interpectoral"
    SUPRACLAVICULAR = "supraclavicular"
    AXILLA = "axilla"
    NODES = "nodes"

    @property
    def label(self) -> str:
        """The role in words, for messages and tables."""
        return _LABELS.get(self, self.value.replace("_", " "))


_LABELS = {
    Role.LAD: "LAD",
    Role.CHESTWALL: "chest wall",
    Role.BREAST_TARGET: "breast target",
    Role.CHESTWALL_TARGET: "chest wall target",
    Role.IMN_TARGET: "IMN target",
    Role.LEVEL_1: "axillary level 1",
    Role.LEVEL_2: "axillary level 2",
    Role.LEVEL_3: "axillary level 3",
    Role.LEVEL_4: "nodal level 4",
    Role.INTERPECTORAL: "interpectoral nodes",
    Role.SUPRACLAVICULAR: "supraclavicular nodes",
    Role.NODES: "nodes of no or several levels",
}

# IMN is not among them: these are the nodes that a comparison with and without the IMN should leave alone.
NODAL_TARGETS = frozenset(
    {
        Role.LEVEL_1,
        Role.LEVEL_2,
        Role.LEVEL_3,
        Role.LEVEL_4,
        Role.INTERPECTORAL,
        Role.SUPRACLAVICULAR,
        Role.AXILLA,
        Role.NODES,
    }
)
TARGETS = NODAL_TARGETS | {Role.IMN_TARGET, Role.BREAST_TARGET, Role.CHESTWALL_TARGET}
PAIRED = TARGETS | {Role.LUNG, Role.BREAST, Role.CHESTWALL, Role.BRACHIAL_PLEXUS}
