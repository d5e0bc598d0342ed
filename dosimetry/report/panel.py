"""A figure of a page with its legend outside the picture: names of ROIs stay text of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["Panel"]


@dataclass(frozen=True)
class Panel:
    """One figure.

    Attributes
    ----------
    title
        What it shows.
    svg
        The picture.
    legend
        Each name, untrusted text, with its lines.
    """

    title: str
    svg: Markup
    legend: tuple[tuple[str, tuple[Markup, ...]], ...]
