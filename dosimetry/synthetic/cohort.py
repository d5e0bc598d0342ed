"""A small cohort of synthetic patients: each one planned breathing freely and holding her breath, twice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.synthetic.catalogue import SAMPLE_PLANS
from dosimetry.synthetic.plans import write_sample_plans

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = ["COHORT_PLANS", "patient_folder", "write_patient"]

_NAMES = ("left_fb_tangents", "left_fb_tangents_imn", "left_dibh_tangents", "left_dibh_tangents_imn")
COHORT_PLANS = tuple(plan for plan in SAMPLE_PLANS if plan.folder in _NAMES)


def patient_folder(number: int) -> str:
    """Return the name of a patient's folder; patients are counted from 1."""
    return f"patient_{number:03d}"


def write_patient(
    folder: str | os.PathLike[str], number: int, seed: int = 0, *, step: Callable[[str], None] | None = None
) -> list[Path]:
    """Write the four plans of one patient, without CT.

    Parameters
    ----------
    folder
        Of the cohort; the patient's own is made in it.
    number
        Which patient, from 1; her dimensions follow from it and the seed.
    seed
        Another one makes another cohort.
    step
        Called with the name of each plan once it is written.

    Returns
    -------
    list of Path
        The plans' folders.

    Raises
    ------
    OutputError
        If a file or folder cannot be written.
    """
    place = Path(folder) / patient_folder(number)
    return write_sample_plans(place, seed=1000 * seed + number, plans=COHORT_PLANS, ct=False, step=step)
