"""The plans that a command was given, read with what the user says of them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.cli.linking import searching
from dosimetry.cli.made_dose import Beyond, SumAs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from dosimetry.dicom.relative import Relative
    from dosimetry.imn.sides import Side
    from dosimetry.model.case import Case

__all__ = ["Reading", "read_side", "read_without_beams"]

_OF_ONE_PLAN = re.compile(r"--(?:dose|structures|relative) ")
_WITHOUT_THESE = "name the RTDOSE, RTSTRUCT and RTPLAN files of this side one by one, or use a link file (--links)"


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
    dose, structures
        Of one plan: which of several files is meant.
    relative
        Of one plan: what a value of a relative dose stands for.
    """

    dose_is: str | None = None
    sum_as: SumAs | None = None
    beyond: Beyond = Beyond.UNKNOWN
    links: Path | None = None
    dose: str | None = None
    structures: str | None = None
    relative: str | None = None

    @property
    def of_one_plan(self) -> bool:
        """Whether what is said can be of one plan only."""
        return (self.dose, self.structures, self.relative) != (None, None, None)

    def require_sense(self) -> None:
        """Refuse words that mean nothing, before anything is read.

        Raises
        ------
        UsageError
            If `dose_is` is neither total nor fraction.
        PrescriptionError
            If `relative` cannot be read.
        """
        from dosimetry.errors import UsageError

        self.meant()

        if self.dose_is is not None and self.dose_is.lower() not in ("total", "fraction"):
            raise UsageError(f"cannot be {self.dose_is!r}", item="--dose-is", expected="total or fraction")

    def meant(self) -> Relative | None:
        """Return what a value of a relative dose stands for."""
        if self.relative is None:
            return None
        from dosimetry.dicom.relative import parse_relative

        return parse_relative(self.relative)


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
    from dosimetry.imn.sides import DoseIs, make_side

    with _naming(option):
        return make_side(
            label,
            _cases(paths, reading, alone=option is None),
            DoseIs(reading.dose_is.lower()) if reading.dose_is else None,
            across_fractionations=reading.sum_as is SumAs.PHYSICAL,
            beyond=reading.beyond.value,
        )


def _cases(paths: Sequence[Path], reading: Reading, *, alone: bool) -> list[Case]:
    """Read what a side is made of; of a plan that stands alone one file of several can be chosen."""
    from dosimetry.dicom.find import read_case, read_parts

    if not (reading.of_one_plan or (alone and len(paths) == 1)):
        return read_parts(paths, links=reading.links, progress=searching())
    return [
        read_case(
            paths,
            dose=reading.dose,
            structures=reading.structures,
            links=reading.links,
            relative=reading.meant(),
            progress=searching(),
        )
    ]


def read_without_beams(paths: Sequence[Path], beams: Sequence[str], reading: Reading) -> tuple[Side, Side]:
    """Read one plan with the doses of its beams; return it without some of them, and with all."""
    from dosimetry.dicom.beam_doses import read_plan_beams
    from dosimetry.imn.beams import sides_by_beam
    from dosimetry.imn.sides import DoseIs

    with _naming("--with"):
        meant = DoseIs(reading.dose_is.lower()) if reading.dose_is else None
        return sides_by_beam(read_plan_beams(paths, links=reading.links), beams, meant)


@contextmanager
def _naming(option: str | None) -> Iterator[None]:
    from dosimetry.errors import DosimetryError, UnitsError

    try:
        yield
    except DosimetryError as error:
        if option and not (error.item or "").startswith("--"):
            error.file = f"{option}: {error.file}" if error.file else option
        if option and error.remedy and _OF_ONE_PLAN.search(error.remedy):
            error.remedy = _WITHOUT_THESE
            if isinstance(error, UnitsError):
                error.remedy = "export the dose as absolute dose: a comparison takes no relative ones"
        raise
