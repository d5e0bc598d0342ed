"""The plans that a command was given, read with what the user says of them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.cli.linking import searching
from dosimetry.cli.made_dose import Beyond, SumAs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dosimetry.imn.sides import Side

__all__ = ["Reading", "read_side", "read_without_beams"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the user says of the files.

    Attributes
    ----------
    dose_is
        ``"total"`` or ``"fraction"``: what a dose is whose file leaves it open.
    sum_as
        How doses of different fractionations are added; None where they are not.
    beyond
        What a dose is beyond its grid, where another one of the sum goes on.
    links
        A link file.
    """

    dose_is: str | None = None
    sum_as: SumAs | None = None
    beyond: Beyond = Beyond.UNKNOWN
    links: Path | None = None

    def require_sense(self) -> None:
        """Refuse words that mean nothing, before anything is read.

        Raises
        ------
        UsageError
            If `dose_is` is neither total nor fraction.
        """
        from dosimetry.errors import UsageError

        if self.dose_is is not None and self.dose_is.lower() not in ("total", "fraction"):
            raise UsageError(f"cannot be {self.dose_is!r}", item="--dose-is", expected="total or fraction")


def read_side(label: str, paths: Sequence[Path], reading: Reading, *, option: str | None = None) -> Side:
    """Read one plan, or several to be added.

    Parameters
    ----------
    label
        What the plan is called in results.
    paths
        Folders, archives or files.
    reading
        What the user says of them.
    option
        Named in errors, where the files of several plans are often called the same.
    """
    from dosimetry.dicom.find import read_parts
    from dosimetry.imn.sides import DoseIs, make_side

    with _naming(option):
        return make_side(
            label,
            read_parts(paths, links=reading.links, progress=searching()),
            DoseIs(reading.dose_is.lower()) if reading.dose_is else None,
            across_fractionations=reading.sum_as is SumAs.PHYSICAL,
            beyond=reading.beyond.value,
        )


def read_without_beams(paths: Sequence[Path], beams: Sequence[str], reading: Reading) -> tuple[Side, Side]:
    """Read one plan with the doses of its beams; return it without some of them, and with all."""
    from dosimetry.dicom.beam_doses import read_plan_beams
    from dosimetry.imn.beams import sides_by_beam
    from dosimetry.imn.sides import DoseIs

    with _naming("--with"):
        meant = DoseIs(reading.dose_is.lower()) if reading.dose_is else None
        return sides_by_beam(read_plan_beams(paths), beams, meant)


@contextmanager
def _naming(option: str | None) -> Iterator[None]:
    from dosimetry.errors import DosimetryError

    try:
        yield
    except DosimetryError as error:
        if option and not (error.item or "").startswith("--"):
            error.file = f"{option}: {error.file}" if error.file else option
        raise
