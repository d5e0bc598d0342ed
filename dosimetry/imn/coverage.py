"""Whether the target is covered with the IMN, and spared without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.warnings import Caution, Code

if TYPE_CHECKING:
    from dosimetry.dvh.dvh import Dvh
    from dosimetry.imn.course import Prescribed

__all__ = ["Coverage", "CoverageRule", "judge_imn", "judge_other"]

# Below this share of what the other side gives, a target was not treated on this side.
_DROPPED = 0.8
_DIFFERS = 0.05


@dataclass(frozen=True, slots=True)
class CoverageRule:
    """When a target counts as covered.

    Attributes
    ----------
    dose_pct, volume_pct
        Covered means that at least `volume_pct` of the volume receives `dose_pct` of the prescription.
    without_limit_pct
        A mean dose of this share of the prescription in the plan without IMN is doubtful.
    """

    dose_pct: float = 90.0
    volume_pct: float = 90.0
    without_limit_pct: float = 80.0

    def __str__(self) -> str:
        return (
            f"covered means V{self.dose_pct:g}% ≥ {self.volume_pct:g} % of the volume; "
            f"without IMN its mean should stay under {self.without_limit_pct:g} % of the prescription"
        )

    def as_dict(self) -> dict[str, float]:
        """Return the rule as JSON-ready values."""
        return {
            "dose_pct": self.dose_pct,
            "volume_pct": self.volume_pct,
            "without_limit_pct": self.without_limit_pct,
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a target fares on both sides.

    Attributes
    ----------
    name
        Of the ROI.
    volume_cc
        Its volume.
    prescribed
        The prescription that coverage refers to; None where coverage is not evaluable.
    mean_without_gy, mean_with_gy, d95_without_gy, d95_with_gy
        Doses on both sides.
    covered_without_pct, covered_with_pct
        Volume that receives the rule's dose; None where coverage is not evaluable.
    is_covered_without, is_covered_with
        The verdict; None where coverage is not evaluable.
    """

    name: str
    volume_cc: float
    prescribed: Prescribed | None
    mean_without_gy: float
    mean_with_gy: float
    d95_without_gy: float
    d95_with_gy: float
    covered_without_pct: float | None
    covered_with_pct: float | None
    is_covered_without: bool | None
    is_covered_with: bool | None

    def as_dict(self) -> dict[str, object]:
        """Return the coverage as JSON-ready values."""
        prescribed = self.prescribed
        return {
            "name": self.name,
            "volume_cc": self.volume_cc,
            "prescription_gy": prescribed.dose_gy if prescribed else None,
            "fractions": prescribed.fractions if prescribed else None,
            "prescription_basis": prescribed.basis if prescribed else None,
            "mean_without_gy": self.mean_without_gy,
            "mean_with_gy": self.mean_with_gy,
            "d95_without_gy": self.d95_without_gy,
            "d95_with_gy": self.d95_with_gy,
            "covered_volume_without_pct": self.covered_without_pct,
            "covered_volume_with_pct": self.covered_with_pct,
            "covered_without": _verdict(self.is_covered_without),
            "covered_with": _verdict(self.is_covered_with),
        }


def _verdict(covered: bool | None) -> str:  # noqa: FBT001
    if covered is None:
        return "not evaluable"
    return "covered" if covered else "not covered"


def _coverage(without: Dvh, with_: Dvh, prescribed: Prescribed | None, rule: CoverageRule) -> Coverage:
    share_without = share_with = None
    if prescribed is not None:
        spec = f"V{prescribed.dose_gy * rule.dose_pct / 100.0:.10g}Gy[%]"
        share_without, share_with = without.metric(spec), with_.metric(spec)
    return Coverage(
        name=with_.name,
        volume_cc=with_.volume_cc,
        prescribed=prescribed,
        mean_without_gy=without.mean_gy,
        mean_with_gy=with_.mean_gy,
        d95_without_gy=without.metric("D95%[Gy]"),
        d95_with_gy=with_.metric("D95%[Gy]"),
        covered_without_pct=share_without,
        covered_with_pct=share_with,
        is_covered_without=None if share_without is None else share_without >= rule.volume_pct,
        is_covered_with=None if share_with is None else share_with >= rule.volume_pct,
    )


def judge_imn(
    without: Dvh, with_: Dvh, prescribed: Prescribed | None, reason: str, rule: CoverageRule
) -> tuple[Coverage, tuple[Caution, ...]]:
    """Return the coverage of the IMN target on both sides, and what is doubtful about it.

    Parameters
    ----------
    without, with_
        DVHs of the IMN target.
    prescribed
        The IMN prescription; None where there is no usable one.
    reason
        Why there is none.
    rule
        When a target counts as covered.
    """
    coverage = _coverage(without, with_, prescribed, rule)
    notes = []
    if prescribed is None:
        text = f"coverage is not evaluable: {reason}; state it with --rx '{with_.name}=GY/FRACTIONS'"
        notes.append(Caution(Code.COVERAGE_NOT_EVALUABLE, with_.name, text))
        if 100.0 * coverage.mean_without_gy >= rule.without_limit_pct * coverage.mean_with_gy:
            text = (
                f"mean {coverage.mean_without_gy:.1f} Gy without and {coverage.mean_with_gy:.1f} Gy with IMN: "
                "the plans hardly differ in the target, and the increment is not that of its irradiation"
            )
            notes.append(Caution(Code.COVERAGE_WITHOUT_HIGH, without.name, text))
        return coverage, tuple(notes)
    if not coverage.is_covered_with:
        text = (
            f"the plan with IMN does not cover the target: V{rule.dose_pct:g}% is "
            f"{coverage.covered_with_pct:.1f} %, {rule.volume_pct:g} % are needed"
        )
        notes.append(Caution(Code.COVERAGE_WITH_LOW, with_.name, text))
    share = 100.0 * coverage.mean_without_gy / prescribed.dose_gy
    if share >= rule.without_limit_pct:
        text = (
            f"the plan without IMN gives the target {share:.0f} % of its prescription: it is hardly a plan "
            "without IMN, and the increment is understated"
        )
        notes.append(Caution(Code.COVERAGE_WITHOUT_HIGH, without.name, text))
    return coverage, tuple(notes)


def judge_other(
    without: Dvh, with_: Dvh, prescribed: Prescribed | None, rule: CoverageRule, treated_gy: float
) -> tuple[Coverage, bool, tuple[Caution, ...]]:
    """Return the coverage of another target, whether one side drops it, and what is doubtful about it.

    A target whose mean is below `treated_gy` on both sides is drawn, but treated by neither plan: its scattered
    dose may double and drops nothing.
    """
    coverage = _coverage(without, with_, prescribed, rule)
    means = (coverage.mean_without_gy, coverage.mean_with_gy)
    if max(means) < treated_gy:
        return coverage, False, ()
    if min(means) < _DROPPED * max(means):
        less = "without" if means[0] < means[1] else "with"
        text = (
            f"mean {means[0]:.1f} Gy without and {means[1]:.1f} Gy with IMN: the plan {less} IMN does not treat "
            "this target alike, so the difference is not that of the IMN alone"
        )
        return coverage, True, (Caution(Code.COVERAGE_OTHER_TARGETS, with_.name, text),)
    d95 = (coverage.d95_without_gy, coverage.d95_with_gy)
    if abs(d95[0] - d95[1]) > _DIFFERS * max(d95):
        text = f"D95% is {d95[0]:.1f} Gy without and {d95[1]:.1f} Gy with IMN: covered unequally"
        return coverage, False, (Caution(Code.COVERAGE_OTHER_TARGETS, with_.name, text),)
    return coverage, False, ()
