"""Options for doses that are made of doses: sums, totals of one fraction, other fractionations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dosimetry.model.case import Case
    from dosimetry.model.dose import Dose

__all__ = [
    "Beyond",
    "BeyondGridOption",
    "DoseIsOption",
    "Eqd2Option",
    "FractionsOption",
    "IsoeffectiveOption",
    "Making",
    "SumAs",
    "SumAsOption",
    "SumOption",
    "figure_title",
    "made_case",
    "measure_of",
]

_MOST_FRACTIONS = 200
_MOST_ALPHA_BETA_GY = 100.0


class SumAs(StrEnum):
    """In what measure doses of different fractionations are added up."""

    PHYSICAL = "physical"


class Beyond(StrEnum):
    """What a dose of a sum is beyond its own grid."""

    UNKNOWN = "unknown"
    ZERO = "zero"


SumOption = Annotated[
    bool, typer.Option("--sum", help="Add up all doses that are named: plans, or all beams of a plan.")
]
DoseIsOption = Annotated[
    str | None,
    typer.Option("--dose-is", metavar="total|fraction", help="What a dose is whose file leaves it open."),
]
FractionsOption = Annotated[
    int | None,
    typer.Option("--fractions", metavar="N", min=1, max=_MOST_FRACTIONS, help="In how many the dose is given."),
]
Eqd2Option = Annotated[
    float | None, typer.Option("--eqd2", metavar="ALPHA_BETA", help="Measure the EQD2 for this α/β in Gy.")
]
IsoeffectiveOption = Annotated[
    float | None,
    typer.Option(
        "--isoeffective", metavar="ALPHA_BETA", help="Measure the dose with the same effect in 25 fractions."
    ),
]
SumAsOption = Annotated[
    SumAs | None,
    typer.Option("--sum-as", help="Add plans of different fractionations, gray by gray.", show_default=False),
]
BeyondGridOption = Annotated[
    Beyond, typer.Option("--beyond-grid", help="What a dose of a sum is where its grid ends before the others.")
]


@dataclass(frozen=True, slots=True)
class Making:
    """What is asked to be made of the doses.

    Attributes
    ----------
    add
        Whether several doses are added up.
    sum_as, beyond
        How; see :func:`~dosimetry.dose_arithmetic.sums.add_doses`.
    dose_is
        What a dose is whose file leaves it open: ``"total"``, ``"fraction"`` or None.
    fractions
        Number of fractions where no plan states it.
    eqd2_gy, isoeffective_gy
        α/β of the conversion asked for; None for none.
    """

    add: bool = False
    sum_as: SumAs | None = None
    beyond: Beyond = Beyond.UNKNOWN
    dose_is: str | None = None
    fractions: int | None = None
    eqd2_gy: float | None = None
    isoeffective_gy: float | None = None

    @property
    def adds(self) -> bool:
        """Whether several doses are added up: asked for, or said how."""
        return self.add or self.sum_as is not None

    @property
    def converts(self) -> bool:
        """Whether the result is no dose in gray as given."""
        return self.eqd2_gy is not None or self.isoeffective_gy is not None

    def require_sense(self, prescription_gy: float | None, of_one_dose: Mapping[str, object]) -> None:
        """Refuse options that contradict one another, before anything is read.

        Parameters
        ----------
        prescription_gy
            What percentages of dose refer to.
        of_one_dose
            Options that choose or explain a single dose, with what was given.

        Raises
        ------
        UsageError
            If two conversions are asked for, percentages of a prescription in another measure, one dose out of
            several to be added, or how to add where nothing is added.
        """
        from dosimetry.errors import UsageError

        given = [option for option, value in of_one_dose.items() if value is not None]
        if self.adds and given:
            raise UsageError(
                "is of one dose, and several are to be added up",
                item=given[0],
                expected=f"--sum or {given[0]}",
                found="both",
                remedy="name the files to be added up one by one, or record what belongs together in a link file"
                if given[0] != "--relative"
                else "export doses to be added up in gray",
            )
        if self.beyond is not Beyond.UNKNOWN and not self.adds:
            raise UsageError("says how doses are added up, and none are", item="--beyond-grid", remedy="add --sum")
        for option, ratio in (("--eqd2", self.eqd2_gy), ("--isoeffective", self.isoeffective_gy)):
            if ratio is not None and not 0 < ratio <= _MOST_ALPHA_BETA_GY:
                raise UsageError(
                    "is no α/β",
                    item=option,
                    expected=f"more than 0 and at most {_MOST_ALPHA_BETA_GY:g} Gy",
                    found=f"{ratio:g}",
                )

        if self.eqd2_gy is not None and self.isoeffective_gy is not None:
            raise UsageError("one conversion at a time", expected="--eqd2 or --isoeffective", found="both")
        if self.converts and prescription_gy is not None:
            raise UsageError(
                "percentages of a prescription have no meaning in another measure than the prescription's",
                item="--prescription",
                remedy="ask for metrics in Gy",
            )
        if self.dose_is is not None and self.dose_is.lower() not in ("total", "fraction"):
            raise UsageError(f"cannot be {self.dose_is!r}", item="--dose-is", expected="total or fraction")

    def as_dict(self) -> dict[str, object]:
        """Return what was asked for, as JSON-ready values; nothing where nothing was."""
        asked = {
            "sum": self.adds or None,
            "sum_as": self.sum_as.value if self.sum_as else None,
            "beyond_grid": self.beyond.value if self.adds else None,
            "dose_is": self.dose_is,
            "fractions": self.fractions,
            "eqd2_alpha_beta_gy": self.eqd2_gy,
            "isoeffective_alpha_beta_gy": self.isoeffective_gy,
        }
        return {name: value for name, value in asked.items() if value is not None}


def made_case(cases: Sequence[Case], making: Making) -> Case:
    """Return one case with the dose that was asked for.

    A dose of unclear summation is measured as it is, with its warning; it is neither added nor converted until its
    prescription or the user tells what it is.

    Raises
    ------
    DosimetryError
        If doses cannot be added or converted.
    """
    from dosimetry.dose_arithmetic.cases import plans_of, repeated_doses, require_same_structures
    from dosimetry.dose_arithmetic.sums import add_doses
    from dosimetry.errors import UsageError
    from dosimetry.imn.total import DoseIs, total_of
    from dosimetry.warnings import merge

    first = cases[0]
    if making.adds and len(cases) == 1:
        raise UsageError(
            "there is only one dose",
            item="--sum",
            expected="several folders or RTDOSE files",
            remedy="of a folder that holds several, name the files to be added up one by one",
        )
    if len(cases) == 1 and not making.converts and making.dose_is is None:
        return _counted(first, making)
    require_same_structures(cases)
    dose_is = DoseIs(making.dose_is.lower()) if making.dose_is else None
    parts = [_counted(case, making) for case in plans_of(cases)]
    if len(parts) == 1 and len(cases) > 1 and dose_is is None and not making.converts:
        return parts[0]  # the beams of one plan
    doses = [_effect(total_of(part, dose_is, "dose"), making, several=len(parts) > 1) for part in parts]
    dose = add_doses(doses, across_fractionations=making.sum_as is SumAs.PHYSICAL, beyond=making.beyond.value)
    if making.isoeffective_gy is not None and len(parts) > 1:
        from dosimetry.dose_arithmetic.fractionation import isoeffective_dose

        dose = isoeffective_dose(dose)
    plan = first.rtplan if len(parts) == 1 else None
    plans = [part.rtplan.warnings for part in parts if part.rtplan is not None]
    notes = merge(*(part.warnings for part in parts), *plans, repeated_doses(doses, "dose"))
    return replace(first, dose=dose, rtplan=plan, warnings=notes)


def _counted(case: Case, making: Making) -> Case:
    """Return a case whose dose has the number of fractions that its plan states, or the user."""
    from dosimetry.dose_arithmetic.cases import course_dose
    from dosimetry.errors import UsageError

    dose = course_dose(case)
    if making.fractions is None:
        return replace(case, dose=dose)
    if dose.fractions not in (None, making.fractions):
        raise UsageError(
            "contradicts the plan",
            item="--fractions",
            expected=str(dose.fractions),
            found=str(making.fractions),
        )
    return replace(case, dose=replace(dose, fractions=making.fractions))


def _effect(dose: Dose, making: Making, *, several: bool) -> Dose:
    """Return a dose in the measure that was asked for; several courses meet in EQD2, which adds up."""
    from dosimetry.dose_arithmetic.fractionation import eqd2, isoeffective_dose

    if making.eqd2_gy is not None:
        return eqd2(dose, alpha_beta_gy=making.eqd2_gy)
    if making.isoeffective_gy is None:
        return dose
    ratio = making.isoeffective_gy
    return eqd2(dose, alpha_beta_gy=ratio) if several else isoeffective_dose(dose, alpha_beta_gy=ratio)


def measure_of(dose: Dose) -> str:
    """Return what a dose is and in what measure it counts, in words for a title."""
    from dosimetry.model.dose import Measure

    kind = dose.dose_type.value.lower()
    if dose.measure is Measure.DOSE:
        return kind
    words = dose.measure.value
    if dose.measure is Measure.ISOEFFECTIVE:
        words += f" in {dose.fractions} fractions"
    words += f" with α/β {dose.alpha_beta_gy:g} Gy" if dose.alpha_beta_gy else ""
    return f"{words} of {'an' if kind.startswith('e') else 'a'} {kind} dose"


def figure_title(dose: Dose) -> str:
    """Return the title of a figure, short enough for its width."""
    from dosimetry.model.dose import Measure

    ratio = f"α/β {dose.alpha_beta_gy:g} Gy" if dose.alpha_beta_gy else ""
    if dose.measure is Measure.EQD2:
        return f"Cumulative DVHs: EQD2, {ratio}"
    if dose.measure is Measure.ISOEFFECTIVE:
        return f"DVHs: dose in {dose.fractions} fractions, {ratio}"
    return "Cumulative dose-volume histograms"
