"""Doses without a unit: turned into gray only by what the user says that a value stands for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.errors import PrescriptionError, UnitsError
from dosimetry.text import clean
from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Relative", "parse_relative"]

_FORM = re.compile(r"(?P<value>\d+(?:\.\d+)?)%?=(?P<gy>\d+(?:\.\d+)?)(?:gy)?", re.IGNORECASE | re.ASCII)
# The highest dose of a plan over what is prescribed. Beyond these bounds percent and shares were mixed up.
_HIGHEST = (0.5, 3.0)
_MOST_GY = 500.0


@dataclass(frozen=True, slots=True)
class Relative:
    """What a value of a relative dose stands for.

    Attributes
    ----------
    value
        A value as the file holds it, such as 100 or 1.
    gy
        The dose that it stands for: mostly the prescription.
    """

    value: float
    gy: float

    def in_gray(self, values: NDArray[np.float64], path: Path) -> tuple[NDArray[np.float64], Caution]:
        """Return relative values as doses in gray, with the warning that says so.

        Raises
        ------
        UnitsError
            If the highest value is not what a plan has at its hottest: the value then means something else.
        """
        highest = float(values.max())
        if not _HIGHEST[0] * self.value <= highest <= _HIGHEST[1] * self.value:
            raise UnitsError(
                f"{self.value:g} cannot be the reference of this relative dose",
                file=path,
                item="--relative",
                expected=f"a highest value of {_HIGHEST[0] * self.value:g} to {_HIGHEST[1] * self.value:g}",
                found=f"{highest:g}",
                remedy="are its values percent or shares?",
            )
        text = f"the dose is relative; by the user's word {self.value:g} stands for {self.gy:g} Gy"
        return values * (self.gy / self.value), Caution(Code.DOSE_RELATIVE, "dose", text)


def parse_relative(text: str) -> Relative:
    """Return what ``--relative VALUE=GY`` says.

    Raises
    ------
    PrescriptionError
        If the text is not of this form.
    """
    match = _FORM.fullmatch(text.strip())
    found = Relative(float(match["value"]), float(match["gy"])) if match else Relative(0.0, 0.0)
    if not (found.value > 0 and 0 < found.gy <= _MOST_GY and math.isfinite(found.value)):
        raise PrescriptionError(
            f"cannot read {clean(text)!r}",
            item="--relative",
            expected="VALUE=GY, as in --relative 100=50 where 100 stands for 50 Gy",
        )
    return found
