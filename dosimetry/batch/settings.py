"""What the numbers of a batch depend on besides the files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dosimetry.dvh.convention import DEFAULT_CONVENTION, Convention
from dosimetry.dvh.metrics import DEFAULT_METRICS
from dosimetry.provenance import keyed_hash, package_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.names.parts import Choices
    from dosimetry.protocols.sheet import Sheet
    from dosimetry.risk.assessment import Assessment

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How every case is computed.

    Attributes
    ----------
    metrics
        Canonical names.
    convention
        How contours become a solid.
    sheets
        Constraint sheets that every plan is held against.
    choices
        The institution's names of ROIs, and what else holds for all cases.
    risk_file
        What to assess of the risk of every pair; None for relative risk alone.
    risk_sha256
        Hash of the file's bytes, and of the rate table that it names.
    assess
        Assesses a comparison by such a file. A function of a module, so that it can be sent to another process.
    """

    metrics: tuple[str, ...] = tuple(DEFAULT_METRICS)
    convention: Convention = DEFAULT_CONVENTION
    sheets: tuple[Sheet, ...] = ()
    choices: Choices | None = None
    risk_file: Path | None = field(default=None, repr=False)
    risk_sha256: str = ""
    assess: Callable[[ImnComparison, Path], Assessment | None] | None = field(
        default=None, repr=False, compare=False
    )

    def as_dict(self) -> dict[str, object]:
        """Return the settings as JSON-ready values."""
        aliases = self.choices.aliases if self.choices is not None else None
        return {
            "metrics": list(self.metrics),
            "convention": self.convention.as_dict(),
            "protocols": [{"id": sheet.id, "sha256": sheet.sha256} for sheet in self.sheets],
            "aliases": None if aliases is None else aliases.sha256,
            "risk": self.risk_sha256 or None,
        }

    def key_of(self, kind: str, hashes: tuple[str, ...]) -> str:
        """Return the key of a result: a keyed hash of its files, these settings and the version.

        Parameters
        ----------
        kind
            What is computed: ``"case"`` or ``"pair"``.
        hashes
            Hashes of the files, in the order of their parts.
        """
        settings = json.dumps(self.as_dict(), sort_keys=True)
        return keyed_hash("\0".join(("batch", kind, *hashes, settings, package_version())))
