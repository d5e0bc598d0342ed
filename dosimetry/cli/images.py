"""The CT that pictures of a comparison are drawn on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dosimetry.imn.comparison import ImnComparison
    from dosimetry.model.images import Images

__all__ = ["read_images_of"]


def read_images_of(
    result: ImnComparison, paths: tuple[Sequence[Path], Sequence[Path]], folder: Path | None
) -> tuple[Images | None, Images | None]:
    """Return the CT of the plan without, and of the plan with; None where there is none.

    Parameters
    ----------
    result
        The comparison.
    paths
        What the user named for each side.
    folder
        The CT that the user named; it must be that of the plan with. None to look beside the plans.

    Raises
    ------
    LinkError, GeometryError
        If a folder was named that does not hold it.
    """
    from dosimetry.dicom.images import find_images, read_images

    frames = [side.dose.frame_of_reference_uid for side in (result.without, result.with_)]
    if folder is not None:
        with_ = read_images(folder, frames[1])
        return (with_ if frames[0] == frames[1] else find_images([folder], frames[0])), with_
    with_found = find_images(paths[1], frames[1])
    if frames[0] == frames[1] and with_found is not None:
        return with_found, with_found
    without = find_images(paths[0], frames[0])
    return without, without if frames[0] == frames[1] else with_found
