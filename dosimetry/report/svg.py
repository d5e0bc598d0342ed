"""matplotlib's SVG files as parts of an HTML page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dosimetry.report.palette import Style

from dosimetry.report.figures import figure_bytes
from dosimetry.report.palette import slot_style

__all__ = ["inline_svg", "line_swatch", "swatch"]

_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONTS = re.compile(r"font-family:[^;]*;?\s*")
# matplotlib's markers as paths around the origin, 8 units wide.
_MARKS = {
    "o": "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0z",
    "s": "M-3.4 -3.4h6.8v6.8h-6.8z",
    "^": "M0 -4L4 3.6h-8z",
    "v": "M0 4L4 -3.6h-8z",
    "<": "M-4 0L3.6 -4v8z",
    ">": "M4 0L-3.6 -4v8z",
    "D": "M0 -4.4L4.4 0L0 4.4L-4.4 0z",
    "P": "M-1.4 -4h2.8v2.6h2.6v2.8h-2.6v2.6h-2.8v-2.6h-2.6v-2.8h2.6z",
    "X": "M-4 -2.2L-2.2 -4L0 -1.8L2.2 -4L4 -2.2L1.8 0L4 2.2L2.2 4L0 1.8L-2.2 4L-4 2.2L-1.8 0z",
    "*": "M0 -4.6L1.1 -1.4H4.4L1.8 .6L2.7 3.8L0 1.9L-2.7 3.8L-1.8 .6L-4.4 -1.4H-1.1z",
}


def inline_svg(figure: Figure, prefix: str, label: str) -> Markup:
    """Return a figure as an SVG element: no metadata, no global styles, identifiers of its own, the page's fonts.

    Parameters
    ----------
    figure
        What to show.
    prefix
        Put before every identifier, since all figures of a page share one name space.
    label
        The figure in words, for those who do not see it; untrusted text.
    """
    root = ET.fromstring(figure_bytes(figure, "svg"))  # noqa: S314  our own output, not a file from elsewhere
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style")):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {
            name.rpartition("}")[2]: _attribute(name, value, prefix) for name, value in element.attrib.items()
        }
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    title = ET.Element("title")
    title.text = label
    root.insert(0, title)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704  the serialiser escapes text


def _attribute(name: str, value: str, prefix: str) -> str:
    if name == "id":
        return f"{prefix}-{value}"
    if name.endswith("href") and value.startswith("#"):  # a picture inside the drawing has its data there
        return f"#{prefix}-{value.removeprefix('#')}"
    value = _REFERENCE.sub(rf"url(#{prefix}-\1)", value)
    return _FONTS.sub("", value) if name == "style" else value


def swatch(look: Style | int, *, dashed: bool) -> Markup:
    """Return the line and marker of a structure, or of a place in a figure, as a small picture for a legend."""
    colour, marker = slot_style(look) if isinstance(look, int) else (look.colour, look.marker)
    dash = ' stroke-dasharray="6 3.5"' if dashed else ""
    fill = "#ffffff" if dashed else colour
    return Markup(  # noqa: S704  made of constants
        '<svg class="swatch" viewBox="0 0 36 12" aria-hidden="true">'
        f'<path d="M0 6H36" stroke="{colour}" stroke-width="2" fill="none"{dash}/>'
        f'<path d="{_MARKS[marker]}" transform="translate(18 6)" stroke="{colour}" stroke-width="1.2" '
        f'fill="{fill}"/></svg>'
    )


def line_swatch(style: Style) -> Markup:
    """Return the outline of a structure as a small picture for a legend."""
    dashes = " ".join(f"{2 * length:g}" for length in style.dashes)
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    return Markup(  # noqa: S704  made of constants
        '<svg class="swatch" viewBox="0 0 36 12" aria-hidden="true">'
        f'<path d="M0 6H36" stroke="{style.colour}" stroke-width="2.4" fill="none"{dash}/></svg>'
    )
