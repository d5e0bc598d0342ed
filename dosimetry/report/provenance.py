"""What every document says about where its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.provenance import INTENDED_USE, package_version
from dosimetry.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.model.case import Case

__all__ = ["provenance"]


def provenance(
    cases: Sequence[Case], settings: Mapping[str, object], *, identify: bool = False
) -> dict[str, object]:
    """Return files (by SHA-256 and keyed hash), links, settings and version as JSON-ready values.

    Parameters
    ----------
    cases
        What was read.
    settings
        Conventions, options and models that the numbers depend on.
    identify
        Whether to add names, IDs, raw UIDs and file names.
    """
    files = {source: None for case in cases for source in case.sources}
    document: dict[str, object] = {
        "version": package_version(),
        "patient": sorted({case.patient.pseudonym for case in cases}),
        "files": [source.as_dict(identify=identify) for source in files],
        "links": [
            {"subject": link.subject, "rule": link.rule, "reason": link.reason}
            for case in cases
            for link in case.links
        ],
        "settings": dict(settings),
        "intended_use": INTENDED_USE,
    }
    if identify:
        document["identity"] = [
            dict(zip(("name", "id", "birth_date"), map(clean, case.patient.identity), strict=True))
            for case in cases
        ]
    return document
