"""Structures that play a part, derived from others where the file has none.

Both lungs together are the left and the right one. What is derived says so with a warning, and is derived only
where that is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dvh.derived import union
from dosimetry.names.parts import find_part
from dosimetry.names.roles import Role, Side

if TYPE_CHECKING:
    from dosimetry.model.structures import Structure
    from dosimetry.names.parts import Choices, Part
    from dosimetry.names.resolver import Resolution

__all__ = ["find_structure"]


def find_structure(resolution: Resolution, part: Part, side: Side | None, choices: Choices) -> Structure | None:
    """Return the structure that plays a part, None if there is none and none can be made.

    Parameters and errors as for :func:`~dosimetry.names.parts.find_part`.

    Raises
    ------
    DerivationError
        Where the lungs to be joined overlap or were drawn on different slices.
    """
    found = find_part(resolution, part, side, choices)
    if found is not None or part.key != "lungs":
        return found
    lungs = [
        resolution.find(Role.LUNG, of_side, option=option, choice=choices.by_option.get(option))
        for of_side, option in ((Side.LEFT, "--lung-left"), (Side.RIGHT, "--lung-right"))
    ]
    left, right = lungs
    return None if left is None or right is None else union("Lungs", left, right)
