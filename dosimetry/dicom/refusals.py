"""What is said where a folder holds no case, or more than one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.dicom.file_names import CHOOSE_DOSE, listed
from dosimetry.errors import AmbiguityError, DicomFileError, LinkError

if TYPE_CHECKING:
    from pathlib import Path

    from dosimetry.dicom.located import Located
    from dosimetry.dicom.scan import Scan
    from dosimetry.errors import DosimetryError

__all__ = ["no_case", "several_cases"]

_SHOWN = 2  # how many doses that cannot be linked a message explains


def several_cases(folder: Path, located: Located) -> AmbiguityError:
    """Return the error that lists the doses which could be the plan."""
    linked = [case.dose for case in located.cases]
    failed = [left for left in located.left if left.error is not None]
    return AmbiguityError(
        f"{len(located.doses)} doses could be the plan",
        file=folder,
        found=listed(sorted(linked, key=lambda dose: dose.path))
        + "".join(f"; {listed([left.header])}, not linked: {left.reason}" for left in failed[:_SHOWN])
        + (f" and {len(failed) - _SHOWN} more" if len(failed) > _SHOWN else ""),
        remedy=f"{CHOOSE_DOSE}; 'dosimetry find' lists them",
    )


def no_case(folder: Path, located: Located) -> DosimetryError:
    """Return the error that says best why a folder gave no case."""
    if located.problems:
        return located.problems[0]
    scan = located.scan
    if len(scan.broken) == 1:
        return scan.broken[0][1]
    if scan.broken:
        return DicomFileError(
            f"no dose can be read: {len(scan.broken)} files or folders are damaged or closed",
            file=folder,
            found=f"[{scan.broken[0][1]}] and {len(scan.broken) - 1} more",
        )
    doses = scan.of_kind("RTDOSE")
    if doses:
        reasons = sorted({left.reason for left in located.left if left.header.kind == "RTDOSE"})
        return LinkError("no dose that is a case", file=folder, found=f"{listed(doses)}: {'; '.join(reasons)}")
    kinds = sorted({header.kind for header in scan.headers})
    return LinkError(
        "no RT Dose found",
        file=folder,
        expected="an RTDOSE with its RTSTRUCT",
        found=f"{', '.join(kinds) or 'no DICOM-RT file'} and {scan.others} other file(s)",
        remedy=_elsewhere(scan),
    )


def _elsewhere(scan: Scan) -> str:
    """Return where the dose could be, as far as that shows."""
    hints = []
    if scan.archives:
        hints.append(f"{scan.archives} zip archive(s) were not opened: name one instead of the folder")
    if scan.folder_links:
        hints.append(f"{scan.folder_links} link(s) to folders were not followed: name the folder they lead to")
    if scan.dead_links:
        hints.append(f"{scan.dead_links} link(s) lead nowhere")
    return "; ".join(hints)
