"""How files are named in messages, and the options that choose among them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dosimetry.errors import AmbiguityError
from dosimetry.labels import masked_name
from dosimetry.provenance import keyed_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.dicom.headers import Header

__all__ = ["CHOOSE_DOSE", "CHOOSE_STRUCTURES", "listed", "same_uid"]

CHOOSE_DOSE = "choose one with --dose FILE|UID"
CHOOSE_STRUCTURES = "choose one with --structures FILE|UID, or record it in a link file (--links)"
# How many files a message names.
_SHOWN = 6


def same_uid(headers: Sequence[Header]) -> AmbiguityError:
    """Return the error of files that say that they are the same object and are not."""
    remedy = CHOOSE_STRUCTURES if headers[0].kind == "RTSTRUCT" else "name the files of one case one by one"
    return AmbiguityError("different files say that they are the same object", found=listed(headers), remedy=remedy)


def listed(headers: Sequence[Header]) -> str:
    """Return how files are named in messages.

    Where a name is masked, or two are alike, the hash of the UID stands beside it: --dose and --structures take it.
    """
    labels = Counter(masked_name(header.path) for header in headers)
    more = f" and {len(headers) - _SHOWN} more" if len(headers) > _SHOWN else ""
    return ", ".join(_shown(header, labels) for header in headers[:_SHOWN]) + more or "none"


def _shown(header: Header, labels: Counter[str]) -> str:
    name = masked_name(header.path)
    what = []
    if header.kind == "RTDOSE":
        what.append(header.summation.value)
        if header.dose_type not in ("", "PHYSICAL"):
            what.append(header.dose_type)
        if header.units not in ("", "GY"):
            what.append(header.units)
    if (labels[name] > 1 or "…" in name) and header.uid:
        what.append(f"UID hash {keyed_hash(header.uid)}")
    return f"{name} ({', '.join(what)})" if what else name
