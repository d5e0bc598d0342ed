"""Evidence on irradiating the internal mammary nodes: trials, nodal status, rules and techniques."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from dosimetry.errors import RiskError
from dosimetry.risk.evidence_schema import NodesFile, ThresholdsFile, TrialsFile
from dosimetry.risk.files import packaged, read_toml
from dosimetry.risk.schema import check

if TYPE_CHECKING:
    from dosimetry.risk.evidence_schema import TechniqueEntry, ThresholdEntry, TrialEntry

__all__ = ["find_threshold", "nodal_status", "techniques", "trials"]

_File = TypeVar("_File", bound=BaseModel)


@cache
def trials() -> tuple[TrialEntry, ...]:
    """Return all studies: those that isolate the IMN first."""
    found = _read(TrialsFile, "trials.toml").trial
    return tuple(sorted(found, key=lambda trial: not trial.isolates_imn))


def nodal_status(nodes: str | None = None) -> dict[str, object]:
    """Return what is known of the involvement of internal mammary nodes, by axillary status or of all.

    Returns
    -------
    dict
        JSON-ready values.
    """
    file = _nodes()
    return {
        "involvement": [
            {
                "axillary_nodes": entry.nodes,
                "method": entry.method,
                "involved_pct": entry.pct,
                "ci_pct": entry.ci_pct,
                "counted": entry.counted,
                "verified": entry.verified,
            }
            for entry in file.involvement
            if nodes in (None, entry.nodes)
        ],
        "sentinel": [entry.text for entry in file.sparing if nodes in (None, entry.nodes)],
        "guideline": file.guideline.text,
        "high_risk": file.guideline.high_risk,
    }


def find_threshold(name: str) -> ThresholdEntry | None:
    """Return a rule by name; None where it is a plain number.

    Raises
    ------
    RiskError
        Where it is neither.
    """
    known = {entry.id: entry for entry in _thresholds().threshold}
    if name in known:
        return known[name]
    try:
        float(name)
    except ValueError:
        raise RiskError(
            "no such threshold", item=name, expected="percentage points, or one of " + ", ".join(known)
        ) from None
    return None


def techniques() -> tuple[TechniqueEntry, ...]:
    """Return what techniques did to the mean heart dose."""
    return tuple(_thresholds().technique)


@cache
def _nodes() -> NodesFile:
    return _read(NodesFile, "nodes.toml")


@cache
def _thresholds() -> ThresholdsFile:
    return _read(ThresholdsFile, "thresholds.toml")


def _read(kind: type[_File], name: str) -> _File:
    path = next(path for path in packaged("evidence", ".toml") if path.name == name)
    document, _ = read_toml(path, "evidence")
    return check(kind, document, name, "evidence")
