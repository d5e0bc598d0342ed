"""What a report holds, whatever its format: every renderer shows the same blocks, so all show the same numbers.

A block holds text and numbers that are rounded already, by :mod:`dosimetry.report.numbers`. Untrusted text, such as
names of ROIs, is cleaned and escaped by the renderer, whatever the block.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dosimetry.report.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from dosimetry.warnings import Caution

__all__ = [
    "Block",
    "Card",
    "Cautions",
    "Document",
    "Fact",
    "Gallery",
    "Key",
    "Picture",
    "Plot",
    "Section",
    "Statement",
    "Tone",
    "Trace",
    "Traits",
]

Tone: TypeAlias = str
"""``"plain"``, ``"good"``, ``"bad"`` or ``"unknown"``: how a text is set, never the only bearer of what it says."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of a card.

    Attributes
    ----------
    label
        What it is.
    value, unit
        As text; the unit may be empty.
    bounds
        Its interval, without brackets; empty for none.
    notes
        Small lines below it.
    verdict, tone
        A word beside it, and how this is set.
    is_key
        Whether it is the one that the card is for.
    """

    label: str
    value: str
    unit: str = ""
    bounds: str = ""
    notes: tuple[str, ...] = ()
    verdict: str = ""
    tone: Tone = "plain"
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A paragraph; a `tag` above it makes it stand out."""

    text: str
    tag: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Cautions:
    """Warnings where they touch something; an empty group is not shown."""

    items: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A few numbers that belong together, with all that one has to know to read them.

    Attributes
    ----------
    title, lead
        Heading, and a line below it.
    facts
        The numbers; cards without numbers are told by `notes`.
    notes
        Small lines below them.
    cautions
        Warnings that touch them.
    verdict, tone
        A word beside the heading.
    parts
        Cards within it.
    is_half
        Whether it stands beside another of its kind where there is room.
    """

    title: str
    facts: tuple[Fact, ...] = ()
    lead: str = ""
    notes: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()
    verdict: str = ""
    tone: Tone = "plain"
    parts: tuple[Card, ...] = ()
    is_half: bool = False


@dataclass(frozen=True, slots=True)
class Traits:
    """Names with texts, such as what a model rests on."""

    title: str
    pairs: tuple[tuple[str, str], ...]
    cautions: tuple[Caution, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend.

    Attributes
    ----------
    name
        Untrusted text.
    swatches
        Its lines as small pictures.
    group
        What it turns on and off in the picture: elements whose name begins with it; empty for nothing.
    """

    name: str
    swatches: tuple[Markup, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """One curve to be read off: its values in percent at evenly spaced doses along the plot's axis."""

    name: str
    group: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """Where a picture's axes lie in it, so that a pointer can be read as a dose.

    Attributes
    ----------
    box
        Left, top, right and bottom in the picture's own units.
    limits_gy, limits_pct
        Ends of the axes.
    traces
        Its curves.
    """

    box: tuple[float, float, float, float]
    limits_gy: tuple[float, float]
    limits_pct: tuple[float, float]
    traces: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure; names from files stand in its legend and not in the drawing.

    Attributes
    ----------
    title
        What it shows.
    svg
        The drawing.
    legend
        What its lines mean, and what that is of.
    legend_meaning
        The lines of an entry in words.
    plot
        For reading it off; None for a picture that has nothing to read.
    is_wide
        Whether it wants the whole width of a page.
    """

    title: str
    svg: Markup
    legend: tuple[Key, ...] = ()
    legend_meaning: str = ""
    plot: Plot | None = None
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Gallery:
    """Pictures side by side where there is room."""

    pictures: tuple[Picture, ...]
    lead: str = ""
    notes: tuple[str, ...] = ()


Block: TypeAlias = Card | Statement | Cautions | Traits | Gallery | Sheet


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report.

    Attributes
    ----------
    name
        A word of ASCII letters that no other section has: the target of links.
    title, lead
        Heading, and a line below it.
    blocks
        What it holds, in order.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Attributes
    ----------
    eyebrow, title
        What kind of report it is, and its heading.
    patients
        Pseudonyms.
    identity
        Names, IDs and dates of birth, each one line; empty unless asked for.
    basis
        A remark beside the pseudonyms.
    summary
        What must be seen first; it fills a page and no more.
    sections
        The rest.
    values
        The whole result as JSON-ready values, with its provenance.
    header, rows
        The whole result as a long table.
    intended_use
        Stands at both ends of the report.
    version
        Of this program.
    """

    eyebrow: str
    title: str
    patients: tuple[str, ...]
    summary: tuple[Block, ...]
    sections: tuple[Section, ...]
    values: Mapping[str, object]
    header: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]
    intended_use: str
    version: str
    identity: tuple[str, ...] = ()
    basis: str = ""
