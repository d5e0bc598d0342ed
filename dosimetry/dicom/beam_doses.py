"""A plan's beam doses, found in one folder or among files that are named one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import is_zipfile

from dosimetry.dicom.file_names import listed
from dosimetry.dicom.find import locate_cases, read_case
from dosimetry.dicom.headers import read_header
from dosimetry.errors import AmbiguityError, LinkError
from dosimetry.model.dose import Summation
from dosimetry.model.plan_beams import PlanBeams

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from dosimetry.dicom.decisions import Decisions
    from dosimetry.dicom.headers import Header
    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose

__all__ = ["read_plan_beams"]


def read_plan_beams(
    sources: Sequence[PathLike[str] | str], *, links: PathLike[str] | str | Decisions | None = None
) -> PlanBeams:
    """Read the beam doses of one plan with its structures, the RTPLAN, and the plan's dose where it is there.

    Parameters
    ----------
    sources
        One folder, or the RTDOSE, RTSTRUCT and RTPLAN files.
    links
        As for :func:`~dosimetry.dicom.find.locate_cases`.

    Raises
    ------
    LinkError
        If there is no beam dose, or no RTPLAN that tells which beams there are.
    AmbiguityError
        If there are several plans, or several doses of the plan.
    """
    paths = [Path(source) for source in sources]
    for path in paths:
        if not path.exists():
            raise LinkError("no such file or folder", file=path)
    folders = [path for path in paths if path.is_dir() or is_zipfile(path)]
    if folders and len(paths) > 1:
        raise LinkError(
            "beams are taken from one plan",
            expected="one folder, or files named one by one",
            found=f"{len(paths)} paths",
        )
    located = locate_cases(folders[0], links=links) if folders else None
    headers = list(located.scan.headers) if located else [read_header(path) for path in paths]
    beams, whole = _chosen([header for header in headers if header.kind == "RTDOSE"])
    anchor = whole or beams[0]
    if located is None:
        others = [header.path for header in headers if header.kind != "RTDOSE"]
        case = read_case([anchor.path, *others], links=links)
    else:
        found = [case for case in located.cases if case.dose.path == anchor.path]
        if not found:
            raise located.problems[0] if located.problems else LinkError("cannot be linked", file=anchor.path)
        case = found[0].read()
    if case.rtplan is None:
        raise LinkError(
            "no RTPLAN that tells which beams there are",
            file=anchor.path,
            expected="the RTPLAN that the beam doses refer to",
            remedy="export the plan too, or name its file",
        )
    doses = [case.dose if header is anchor else _read(header, case) for header in beams]
    return PlanBeams(case, tuple(doses), case.dose if whole else None)


def _read(header: Header, case: Case) -> Dose:
    from dosimetry.dicom.dose import read_dose  # noqa: PLC0415  reading needs numba, finding does not

    return replace(read_dose(header.path), fractions=case.dose.fractions)


def _chosen(doses: Sequence[Header]) -> tuple[list[Header], Header | None]:
    """Return the beam doses of the only plan that has any, and the dose of that plan."""
    beams = [header for header in doses if header.summation is Summation.BEAM]
    if not beams:
        raise LinkError(
            "no dose of a single beam",
            expected="RTDOSE files with DoseSummationType BEAM",
            found=listed(doses),
            remedy="export the dose of each beam too",
        )
    plans = {header.plan_uids for header in beams}
    if len(plans) > 1 or not beams[0].plan_uids:
        raise AmbiguityError(
            f"beam doses of {len(plans)} plans" if len(plans) > 1 else "beam doses that refer to no plan",
            expected="the beam doses of one plan",
            found=listed(beams),
            remedy="name the files of one plan one by one",
        )
    (uids,) = plans
    wholes = [header for header in doses if header.summation.is_whole_plan and set(uids) & set(header.plan_uids)]
    if len(wholes) > 1:
        raise AmbiguityError(
            f"{len(wholes)} doses of the plan", found=listed(wholes), remedy="name one of them with the beam doses"
        )
    return beams, wholes[0] if wholes else None
