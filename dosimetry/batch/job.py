"""What there is to do, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.text import clean

if TYPE_CHECKING:
    from dosimetry.dicom.located import LocatedCase
    from dosimetry.warnings import Caution

__all__ = ["Failure", "Job", "Kind", "Outcome", "failure_of"]

_MAX_REASON = 500


class Kind(StrEnum):
    """What is computed."""

    CASE = "case"
    PAIR = "pair"


@dataclass(frozen=True)
class Failure:
    """Why something has no numbers.

    Attributes
    ----------
    code
        Stable: the class of the error, such as ``link`` or ``dicom-file``, or ``timeout``, ``memory``, ``killed``.
    text
        One line, without names of files.
    """

    code: str
    text: str


@dataclass(frozen=True)
class Job:
    """One case, or one pair of cases, found and not read yet.

    Attributes
    ----------
    key
        See :meth:`~dosimetry.batch.settings.Settings.key_of`.
    kind
        Whether it is a case or a pair.
    ref
        Keyed hash of the dose, as ``dosimetry find`` prints it; for a pair of both.
    patient
        Pseudonym.
    technique
        As the manifest or the plan's label has it; untrusted text.
    located
        The case; of a pair the one without the IMN and the one with it.
    failure
        Why it cannot be computed, where that is known beforehand.
    imn
        Of a case of the manifest: ``"with"`` or ``"without"``; otherwise empty.
    """

    key: str
    kind: Kind
    ref: str
    patient: str = ""
    technique: str = ""
    located: tuple[LocatedCase, ...] = field(default=(), repr=False)
    failure: Failure | None = None
    imn: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    documents
        JSON-ready results by name: ``"dvh"``, ``"imni"``, ``"check"``.
    risk
        Of a pair, numbers beside the relative risk: rows by column, see :mod:`dosimetry.report.risk_rows`.
    warnings
        Of all of them.
    failure
        Why there are none.
    seconds
        Of calculation, reading included.
    peak_bytes
        The most memory that the worker held so far; 0 where the system does not tell.
    compiled
        Kernels that this job had to compile.
    """

    documents: dict[str, dict[str, object]] = field(default_factory=dict)
    risk: tuple[dict[str, str | float | None], ...] = field(default=(), kw_only=True)
    warnings: tuple[Caution, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0
    peak_bytes: int = 0
    compiled: int = 0

    @property
    def state(self) -> str:
        """``"done"``, ``"done with warnings"`` or ``"failed"``."""
        if self.failure is not None:
            return "failed"
        return "done with warnings" if self.warnings else "done"


def failure_of(error: BaseException) -> Failure:
    """Return what an error means for a case, in one line without names of files."""
    if isinstance(error, DosimetryError):
        text = ": ".join(filter(None, (error.item, error.reason)))
        return Failure(_code(error), clean(text, limit=_MAX_REASON))
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        return Failure("memory", "needs more memory than there is, or than --case-memory allows")
    if isinstance(error, OSError):
        return Failure("reading", clean(error.strerror or type(error).__name__, limit=_MAX_REASON))
    # the text of a foreign exception may quote a file
    return Failure("internal", f"internal error: {type(error).__name__}")


def _code(error: DosimetryError) -> str:
    name = type(error).__name__.removesuffix("Error") or "error"
    return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in name).lstrip("-")
