"""Where the numbers of a report come from, as its last section."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.report.document import Section, Statement
from dosimetry.report.imni_view import flat
from dosimetry.report.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.report.document import Block

__all__ = ["identity_lines", "provenance_section"]

_NAMES = (
    "Names of ROIs and plans are shown as the files give them: look through them before the report is passed on."
)


def identity_lines(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return names, IDs and dates of birth as lines; none where nobody asked for them."""
    lines = []
    for person in values["provenance"].get("identity", ()):
        line = f"{person['name']}, ID {person['id']}"
        lines.append(f"{line}, born {person['birth_date']}" if person["birth_date"] else line)
    return tuple(dict.fromkeys(lines))


def provenance_section(values: Mapping[str, Any], links: Sequence[tuple[str, ...]], how: str = "") -> Section:
    """Return files by hash, why they were taken to belong together, and settings.

    Parameters
    ----------
    values
        A document with ``provenance``.
    links
        Four cells each: what of, what was linked, the rule, the reason.
    how
        What else the numbers depend on, as a clause.
    """
    provenance = values["provenance"]
    told = "identity" in provenance
    files = tuple(
        (
            *(str(file["kind"]), str(file["sha256"]), str(file["uid_hash"] or "–")),
            *((str(file["uid"] or "–"), str(file["file"])) if told else ()),
        )
        for file in provenance["files"]
    )
    made = f"dosimetry {provenance['version']}{f', {how}' if how else ''}."
    blocks: list[Block] = [Statement(f"{made} {_NAMES}")]
    if files:
        heads = ("Kind", "SHA-256", "UID, keyed hash", *(("UID", "File") if told else ()))
        blocks.append(Sheet("", "Files", heads, files, "l" * len(heads)))
    if links:
        why = "Why files were taken to belong together"
        blocks.append(Sheet("", why, ("Of", "Linked", "Rule", "Reason"), tuple(links), "llll"))
    settings = tuple(flat(provenance["settings"]))
    if settings:
        blocks.append(Sheet("", "Settings", ("Setting", "Value"), settings, "ll"))
    return Section("provenance", "Provenance", tuple(blocks))
